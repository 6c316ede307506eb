//! One connection to a Redis server or a Sentinel. Each command and each answer is bounded in time
//! and in bytes.

use std::fmt;
use std::io::{self, IoSlice, Read};
use std::time::{Duration, Instant};

use super::resp::{self, Decoder, Refusal, Reply, Unread, shown};
use super::url::Address;
use crate::client::{ConnectError, ConnectOptions};
use crate::connection::Timeouts;
use crate::handshake::WsUrl;
use crate::transport::{ReadHalf, ReadOutcome, Stream, TlsTrust};

/// The least speed at which commands and answers have to be transferred: longer ones get more time.
const LEAST_BYTES_A_MILLISECOND: u64 = 1000;

/// The longest answer to a command whose answer is short.
pub(super) const MOST_SMALL_BYTES: usize = 16 * 1024;

/// The timeouts of the calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The timeout for connecting, TCP and TLS together; the system's own time for resolving the
    /// name comes on top.
    pub(super) connect: Duration,
    /// The timeout for a Sentinel's connection and answer.
    pub(super) sentinel: Duration,
    /// The timeout for an answer, on top of the time that the command itself blocks and the time
    /// that its bytes need.
    pub(super) answer: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            sentinel: Duration::from_secs(1),
            answer: Duration::from_secs(2),
        }
    }
}

/// An open connection.
pub(super) struct Link {
    stream: Stream,
    decoder: Decoder,
    answer_timeout: Duration,
}

/// Why a call failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection is unusable; the text says why.
    Lost(String),
    /// The peer does not speak RESP, and the connection is unusable.
    NotRedis(String),
    /// Redis refused the command; the connection is still usable.
    Refused(Refusal),
}

impl Link {
    /// Connects; the name is resolved again.
    pub(super) fn open(
        address: &Address,
        tls: Option<&TlsTrust>,
        connect: Duration,
        answer_timeout: Duration,
    ) -> Result<Self, ConnectError> {
        let mut options = ConnectOptions {
            timeout: connect,
            timeouts: Timeouts {
                write: answer_timeout,
                ..Timeouts::default()
            },
            ..ConnectOptions::default()
        };
        if let Some(tls) = tls {
            options.tls = tls.clone();
        }
        // Only host, port and TLS are used: no HTTP is spoken here.
        let target = WsUrl {
            secure: tls.is_some(),
            host: address.host.clone(),
            zone: address.zone.clone(),
            port: address.port,
            target: "/".to_owned(),
            userinfo: None,
        };
        Ok(Self {
            stream: options.open(&target, Instant::now() + connect)?,
            decoder: Decoder::new(),
            answer_timeout,
        })
    }

    /// Sends a command and waits for its answer of at most `most_bytes`; `wait` is how long the
    /// command itself may block before it answers.
    pub(super) fn call(
        &mut self,
        words: &[&[u8]],
        wait: Duration,
        most_bytes: usize,
    ) -> Result<Reply, Failure> {
        let command = resp::command(words);
        let deadline = Instant::now() + self.answer_timeout + time_for(command.len());
        let write = &mut self.stream.write;
        let written = write.write_all_by(&mut [IoSlice::new(&command)], deadline);
        written.map_err(|error| Failure::Lost(lost(&error, "took no command")))?;
        let mut answer = Answer {
            read: &mut self.stream.read,
            deadline: Instant::now() + wait + self.answer_timeout,
            left: most_bytes,
        };
        match self.decoder.next(&mut answer) {
            Ok(Reply::Refused(refusal)) => Err(Failure::Refused(refusal)),
            Ok(reply) => Ok(reply),
            Err(Unread::Malformed) => Err(Failure::NotRedis(
                "does not speak as Redis does; is it something else that listens there, or is it \
                 rediss:// (TLS) that the URL should begin with?"
                    .to_owned(),
            )),
            Err(Unread::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => Err(
                Failure::NotRedis(format!("gave an answer of more than {most_bytes} bytes")),
            ),
            Err(Unread::Io(error)) => Err(Failure::Lost(lost(&error, "gave no answer"))),
        }
    }
}

fn time_for(bytes: usize) -> Duration {
    Duration::from_millis(bytes as u64 / LEAST_BYTES_A_MILLISECOND)
}

/// Describes a failed read or write.
fn lost(error: &io::Error, what: &str) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => format!("{what} in time"),
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => "closed the connection".to_owned(),
        _ => format!("is not reached any more: {}", shown(&error.to_string())),
    }
}

/// Reads one answer of bounded length; the deadline is extended with the bytes that arrive.
struct Answer<'a> {
    read: &'a mut ReadHalf,
    deadline: Instant,
    left: usize,
}

impl Read for Answer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match self.read.read(buffer, left)? {
                ReadOutcome::Data(bytes) => {
                    let left = self.left.checked_sub(bytes);
                    self.left = left.ok_or(io::ErrorKind::FileTooLarge)?;
                    self.deadline += time_for(bytes);
                    return Ok(bytes);
                }
                ReadOutcome::TimedOut => {}
                ReadOutcome::Eof => return Ok(0),
            }
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
