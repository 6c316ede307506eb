//! The opening handshake on a stream, both sides, each under one deadline for all of it: a
//! peer that sends a byte a second gains nothing.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::handshake::{
    Accepted, BadUpgrade, Fed, HeadError, Refusal, RequestHead, RequestParser, ResponseHead,
    ResponseParser, check,
};
use crate::transport::{ReadHalf, ReadOutcome};

/// Bytes of a head that are read at once.
const CHUNK_BYTES: usize = 2 << 10;

/// How much of the body of an answer other than 101 is read, and for how long.
const BODY_BYTES: usize = 4 << 10;
const BODY_TIME: Duration = Duration::from_secs(1);

/// Why no head came, or none that is right.
#[derive(Debug)]
pub enum HandshakeFailure {
    /// The head breaks a rule of HTTP/1.1.
    Head(HeadError),
    /// The time was over in the middle of a head.
    TooSlow,
    /// The time was over before the first byte.
    Silent,
    /// TCP ended before the head did.
    Ended,
    /// Reading failed.
    Io(io::Error),
    /// The head is no valid answer to our request; the first line of its body is with it.
    Refused(BadUpgrade, String),
}

impl HandshakeFailure {
    /// What to answer to a client; `None` where nobody would read it.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Head(error) => Some(Refusal::from(error)),
            Self::TooSlow => Some(Refusal::new(408, "The request took too long to arrive.")),
            _ => None,
        }
    }
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(error) => error.fmt(f),
            Self::TooSlow => write!(f, "the head took too long to arrive"),
            Self::Silent => write!(f, "nothing was sent in time"),
            Self::Ended => write!(f, "TCP ended before the end of the head"),
            Self::Io(error) => write!(f, "reading failed: {}", error.kind()),
            Self::Refused(rule, _) => rule.fmt(f),
        }
    }
}

/// Reads a request head; with it comes what arrived behind it.
pub fn accept_head(
    read: &mut ReadHalf,
    deadline: Instant,
) -> Result<(RequestHead, Vec<u8>), HandshakeFailure> {
    let mut parser = RequestParser::new();
    read_head(read, deadline, |bytes| parser.feed(bytes))
}

/// Reads the answer to a request that was written and judges it; with it comes what arrived
/// behind it.
pub fn request_upgrade(
    read: &mut ReadHalf,
    nonce: [u8; 16],
    offered: &[String],
    deadline: Instant,
) -> Result<(Accepted, ResponseHead, Vec<u8>), HandshakeFailure> {
    let mut parser = ResponseParser::new();
    let (mut head, mut behind) = read_head(read, deadline, |bytes| parser.feed(bytes))?;
    while head.is_interim() {
        (head, behind) = match parser.feed(&behind).map_err(HandshakeFailure::Head)? {
            Fed::Done { head, consumed } => (head, behind.split_off(consumed)),
            Fed::NeedMore => read_head(read, deadline, |bytes| parser.feed(bytes))?,
        };
    }
    match check(&head, nonce, offered) {
        Ok(accepted) => Ok((accepted, head, behind)),
        Err(rule) => {
            let end = deadline.min(Instant::now() + BODY_TIME);
            Err(HandshakeFailure::Refused(
                rule,
                first_line(read, behind, end),
            ))
        }
    }
}

fn read_head<H>(
    read: &mut ReadHalf,
    deadline: Instant,
    mut feed: impl FnMut(&[u8]) -> Result<Fed<H>, HeadError>,
) -> Result<(H, Vec<u8>), HandshakeFailure> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut started = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(if started {
                HandshakeFailure::TooSlow
            } else {
                HandshakeFailure::Silent
            });
        }
        match read.read(&mut chunk, left).map_err(HandshakeFailure::Io)? {
            ReadOutcome::TimedOut => {}
            ReadOutcome::Eof => return Err(HandshakeFailure::Ended),
            ReadOutcome::Data(bytes) => {
                started = true;
                match feed(&chunk[..bytes]).map_err(HandshakeFailure::Head)? {
                    Fed::NeedMore => {}
                    Fed::Done { head, consumed } => {
                        return Ok((head, chunk[consumed..bytes].to_vec()));
                    }
                }
            }
        }
    }
}

/// The first line of a refusal's body: mostly the sentence that says why.
fn first_line(read: &mut ReadHalf, mut body: Vec<u8>, deadline: Instant) -> String {
    let mut chunk = [0; 1024];
    while body.len() < BODY_BYTES && !body.contains(&b'\n') {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match read.read(&mut chunk, left) {
            Ok(ReadOutcome::Data(bytes)) => body.extend_from_slice(&chunk[..bytes]),
            Ok(ReadOutcome::TimedOut) => {}
            Ok(ReadOutcome::Eof) | Err(_) => break,
        }
    }
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim().to_owned()
}
