//! One client: connects, makes the opening handshake, writes the messages that are due, and
//! compares the replies.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::time::Instant;

use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

use super::stream::{Stream, Trust};
use super::wire::{Talk, agrees};

/// The state of a client.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    /// The opening handshake is being written or its answer read.
    Opening {
        written: usize,
        answer: Vec<u8>,
    },
    /// Socket.IO: the server's first packet was answered, and its second one is awaited.
    Greeting {
        came: Vec<u8>,
        written: usize,
    },
    Open,
    /// This end has closed; what still comes are the server's last bytes.
    Closing {
        written: usize,
    },
}

/// The progress of a client since the last call.
#[derive(Debug, Default)]
pub struct Progress {
    /// The connection has just been opened.
    pub opened: bool,
    /// The number of replies that were completed.
    pub replies: usize,
    /// The server has ended the connection, after this end closed.
    pub ended: bool,
}

pub struct Connection {
    pub socket: Stream,
    stage: Stage,
    /// The messages to be written, and how many bytes of the first are written.
    due: usize,
    out_at: usize,
    /// How many bytes of the present reply have come.
    in_at: usize,
    /// The send times of the messages whose replies are awaited, each with its number of messages.
    sent: VecDeque<(Instant, usize)>,
    /// The number of replies so far.
    pub received: usize,
    /// For one of several publishers, the number of messages after its first ones.
    pub published: usize,
}

impl Connection {
    /// Begins to connect, from this machine's address number `nth`.
    pub fn begin(server: SocketAddr, nth: u8, trust: Option<&Trust>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        if nth > 0 {
            socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, 1 + nth), 0)).into())?;
        }
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        match socket.connect(&server.into()) {
            Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => return Err(error),
            _ => {}
        }
        Ok(Self {
            socket: Stream::new(TcpStream::from_std(socket.into()), trust)?,
            stage: Stage::Connecting,
            due: 0,
            out_at: 0,
            in_at: 0,
            sent: VecDeque::new(),
            received: 0,
            published: 0,
        })
    }

    /// Queues so many more messages, and writes as much as the socket accepts.
    pub fn send(&mut self, messages: usize, now: Instant, talk: &Talk) -> io::Result<()> {
        if messages > 0 {
            self.due += messages;
            self.sent.push_back((now, messages));
        }
        self.write(talk)
    }

    /// Takes the send time of the message whose reply is the next one.
    pub fn take_sent(&mut self) -> Option<Instant> {
        let (time, messages) = self.sent.front_mut()?;
        let time = *time;
        *messages -= 1;
        if *messages == 0 {
            self.sent.pop_front();
        }
        Some(time)
    }

    /// Closes this end.
    pub fn close(&mut self, talk: &Talk) -> io::Result<()> {
        self.stage = Stage::Closing { written: 0 };
        self.write(talk)
    }

    /// Reads and writes what the socket is ready for.
    pub fn ready(&mut self, talk: &Talk, scratch: &mut [u8]) -> io::Result<Progress> {
        let mut progress = Progress::default();
        if self.stage == Stage::Connecting {
            if let Some(error) = self.socket.tcp().take_error()? {
                return Err(error);
            }
            if self.socket.tcp().peer_addr().is_err() {
                return Ok(progress); // the connection is not established yet
            }
            self.stage = Stage::Opening {
                written: 0,
                answer: Vec::new(),
            };
            if talk.is_bare() {
                self.stage = Stage::Open;
                progress.opened = true;
            }
        }
        self.write(talk)?;
        self.read(talk, scratch, &mut progress)?;
        Ok(progress)
    }

    fn write(&mut self, talk: &Talk) -> io::Result<()> {
        loop {
            let bytes = match &self.stage {
                Stage::Connecting => return Ok(()),
                Stage::Opening { written, .. } => &talk.hello[*written..],
                Stage::Greeting { came, written } if first_frame(came).is_some() => {
                    &talk.greeting[*written..]
                }
                Stage::Greeting { .. } => &[],
                Stage::Open => {
                    let left = (self.due * talk.request.turn()).saturating_sub(self.out_at);
                    talk.request.ahead(self.out_at, left)
                }
                Stage::Closing { written } => &talk.goodbye[*written..],
            };
            if bytes.is_empty() {
                if talk.is_bare() && matches!(self.stage, Stage::Closing { .. }) {
                    self.socket.say_goodbye();
                    let _ = self.socket.tcp().shutdown(Shutdown::Write); // an error: already ended
                }
                return self.socket.push();
            }
            let count = match self.socket.write(bytes) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            match &mut self.stage {
                Stage::Connecting => {}
                Stage::Opening { written, .. }
                | Stage::Greeting { written, .. }
                | Stage::Closing { written } => *written += count,
                Stage::Open => {
                    self.out_at += count;
                    self.due -= self.out_at / talk.request.turn();
                    self.out_at %= talk.request.turn();
                }
            }
        }
    }

    fn read(&mut self, talk: &Talk, scratch: &mut [u8], progress: &mut Progress) -> io::Result<()> {
        loop {
            let count = match self.socket.read(scratch) {
                Ok(0) if matches!(self.stage, Stage::Closing { .. }) => {
                    progress.ended = true;
                    return Ok(());
                }
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let came = &scratch[..count];
            match &mut self.stage {
                Stage::Connecting | Stage::Closing { .. } => {}
                Stage::Opening { answer, .. } => {
                    answer.extend(came);
                    if let Some(end) = answer.windows(4).position(|end| end == b"\r\n\r\n") {
                        let (head, behind) = answer.split_at(end + 4);
                        if !agrees(head) || !(behind.is_empty() || talk.greets()) {
                            return Err(unexpected(answer));
                        }
                        if talk.greets() {
                            self.stage = Stage::Greeting {
                                came: behind.to_vec(),
                                written: 0,
                            };
                            self.write(talk)?;
                        } else {
                            self.stage = Stage::Open;
                            progress.opened = true;
                        }
                    }
                }
                Stage::Greeting { came: sofar, .. } => {
                    sofar.extend(came);
                    let behind = first_frame(sofar).map_or(&[][..], |end| &sofar[end..]);
                    match first_frame(behind) {
                        None => self.write(talk)?,
                        Some(end) if end == behind.len() => {
                            self.stage = Stage::Open;
                            progress.opened = true;
                        }
                        Some(_) => return Err(unexpected(behind)),
                    }
                }
                Stage::Open => {
                    let came = match self.in_at {
                        0 => behind_pings(came),
                        _ => came,
                    };
                    let count = came.len();
                    if talk.reply.ahead(self.in_at, count) != came {
                        return Err(unexpected(came));
                    }
                    self.in_at += count;
                    progress.replies += self.in_at / talk.reply.turn();
                    self.received += self.in_at / talk.reply.turn();
                    self.in_at %= talk.reply.turn();
                }
            }
            // All bytes were read, and later ones will be reported; but the end may have been
            // reported together with these bytes.
            if self.socket.tells_all(count, scratch.len())
                && !matches!(self.stage, Stage::Closing { .. })
            {
                return Ok(());
            }
        }
    }
}

/// The end of a server's first frame, which may have some ten thousand bytes; `None` if it is
/// incomplete.
fn first_frame(bytes: &[u8]) -> Option<usize> {
    let end = match bytes {
        [_, length @ 0..=125, ..] => 2 + usize::from(*length),
        [_, 126, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => return None,
    };
    (bytes.len() >= end).then_some(end)
}

/// The bytes after a server's pings, which are sent to clients that are silent for long. They are
/// not answered: no workload lasts so long that a server would time out.
fn behind_pings(mut bytes: &[u8]) -> &[u8] {
    while let [0x89, length @ 0..=125, rest @ ..] = bytes {
        bytes = rest.get(usize::from(*length)..).unwrap_or_default();
    }
    bytes
}

/// The error of a connect that is still in progress.
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();

fn unexpected(bytes: &[u8]) -> io::Error {
    let shown = &bytes[..bytes.len().min(40)];
    io::Error::other(format!("not the expected bytes: {}", shown.escape_ascii()))
}
