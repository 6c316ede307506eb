//! One client: connects, makes the opening handshake, writes the messages that are due, and reads
//! frames.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use flate2::{Decompress, FlushDecompress};
use mio::net::TcpStream;

use super::messages::Message;

pub const READ_BYTES: usize = 256 << 10;

/// The progress of a client since the last call.
#[derive(Debug, Default)]
pub struct Progress {
    pub opened: bool,
    /// The number of messages that have come.
    pub messages: usize,
}

pub struct Client {
    pub socket: TcpStream,
    is_open: bool,
    out: Vec<u8>,
    written: usize,
    input: Vec<u8>,
    /// The indexes of the next message to send and of the next one to expect.
    to_send: usize,
    expected: usize,
    sent: VecDeque<Instant>,
    pub received: usize,
    /// The bytes of frames that came.
    pub bytes_in: u64,
    /// The number of messages that came compressed.
    pub compressed: u64,
    /// Inflates and compares the messages; `None` if this client only counts frames.
    judge: Option<Judge>,
}

/// Compares every message with the expected one.
struct Judge {
    tool: Decompress,
    keeps_context: bool,
    out: Vec<u8>,
}

impl Client {
    /// Begins to connect; `hello` is the upgrade request.
    pub fn begin(server: SocketAddr, hello: &[u8], first: usize, judges: bool) -> io::Result<Self> {
        let socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        let judge = judges.then(|| Judge {
            tool: Decompress::new(false),
            keeps_context: true,
            out: Vec::new(),
        });
        Ok(Self {
            socket,
            is_open: false,
            out: hello.to_vec(),
            written: 0,
            input: Vec::new(),
            to_send: first,
            expected: first,
            sent: VecDeque::new(),
            received: 0,
            bytes_in: 0,
            compressed: 0,
            judge,
        })
    }

    /// Queues so many more messages, and writes as much as the socket accepts.
    pub fn send(&mut self, messages: usize, now: Instant, round: &[Message]) -> io::Result<()> {
        for _ in 0..messages {
            self.out
                .extend_from_slice(&round[self.to_send % round.len()].frame);
            self.to_send += 1;
            self.sent.push_back(now);
        }
        self.write()
    }

    /// Takes the send time of the message whose answer is the next one.
    pub fn take_sent(&mut self) -> Option<Instant> {
        self.sent.pop_front()
    }

    /// Reads and writes what the socket is ready for.
    pub fn ready(
        &mut self,
        round: &[Message],
        compressed: bool,
        scratch: &mut [u8],
    ) -> io::Result<Progress> {
        let mut progress = Progress::default();
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        if self.socket.peer_addr().is_err() {
            return Ok(progress); // the connection is not established yet
        }
        self.write()?;
        loop {
            match self.socket.read(scratch) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.input.extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            if !self.is_open {
                self.open(compressed)?;
                progress.opened = self.is_open;
            }
            if self.is_open {
                progress.messages += self.take_frames(round)?;
            }
        }
        Ok(progress)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.written < self.out.len() {
            match self.socket.write(&self.out[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads the response head, once it is complete.
    fn open(&mut self, compressed: bool) -> io::Result<()> {
        let Some(end) = self.input.windows(4).position(|end| end == b"\r\n\r\n") else {
            return Ok(());
        };
        let head = String::from_utf8_lossy(&self.input[..end]).to_lowercase();
        let agrees = head.contains("permessage-deflate");
        if !head.starts_with("http/1.1 101") || agrees != compressed {
            return Err(io::Error::other(format!("not the expected answer: {head}")));
        }
        if let Some(judge) = &mut self.judge {
            judge.keeps_context = !head.contains("server_no_context_takeover");
        }
        self.input.drain(..end + 4);
        self.is_open = true;
        Ok(())
    }

    fn take_frames(&mut self, round: &[Message]) -> io::Result<usize> {
        let (mut messages, mut at) = (0, 0);
        while let Some((first, payload, end)) = header(&self.input[at..]) {
            let payload = at + payload..at + end;
            if payload.end > self.input.len() {
                break;
            }
            at = payload.end;
            match first & 0x0F {
                9 => continue, // a ping; no workload lasts so long that a server would time out
                1 if first & 0x80 != 0 => {}
                _ => {
                    return Err(io::Error::other(format!(
                        "a frame that begins with {first:02x}"
                    )));
                }
            }
            let is_compressed = first & 0x40 != 0;
            self.compressed += u64::from(is_compressed);
            let expected = &round[self.expected % round.len()].text;
            if let Some(judge) = &mut self.judge
                && !judge.agrees(&self.input[payload], is_compressed, expected)?
            {
                return Err(io::Error::other(
                    "another message than the one that was sent",
                ));
            }
            self.expected += 1;
            messages += 1;
        }
        self.bytes_in += at as u64;
        self.received += messages;
        self.input.drain(..at);
        Ok(messages)
    }
}

impl Judge {
    fn agrees(&mut self, payload: &[u8], compressed: bool, expected: &[u8]) -> io::Result<bool> {
        if !compressed {
            return Ok(payload == expected);
        }
        if !self.keeps_context {
            self.tool.reset(false);
        }
        self.out.clear();
        self.out.reserve(expected.len() + 1);
        for input in [payload, &[0, 0, 0xFF, 0xFF]] {
            let inflated = self
                .tool
                .decompress_vec(input, &mut self.out, FlushDecompress::Sync);
            inflated.map_err(io::Error::other)?;
        }
        Ok(self.out == expected)
    }
}

/// The first byte of the first frame, and where its payload begins and ends.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, short) = (*bytes.first()?, *bytes.get(1)? & 0x7F);
    let (start, length) = match short {
        126 => (
            4,
            u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?).into(),
        ),
        127 => (10, u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)),
        length => (2, length.into()),
    };
    Some((first, start, start + length as usize))
}
