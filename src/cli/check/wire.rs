//! One connection under probe: raw bytes out, what the peer does in.

use std::io::IoSlice;
use std::thread;
use std::time::{Duration, Instant};

use super::frames::{Frame, ping, wire};
use super::judge::is_enough;
use super::seen::{MARKER, Seen, last_ping, messages};
use super::vectors::{Event, Expect, Pace, Then, Vector};
use wshub::protocol::{self, CloseCode, Inflate, Limits, Message, Receiver, Role};
use wshub::transport::{ReadOutcome, Stream};

/// The pause between two bytes that are sent one by one.
const DRIP: Duration = Duration::from_millis(10);

/// The pause between two segments.
const REST: Duration = Duration::from_millis(100);

/// The most events that are read from one connection: a peer may send without end.
const MOST_SEEN: usize = 1000;

/// A connection whose opening handshake is over.
pub(super) struct Wire {
    stream: Stream,
    receiver: Receiver,
    role: Role,
}

impl Wire {
    /// `role`: which end this is. `behind`: the bytes after the peer's head.
    pub(super) fn new(stream: Stream, role: Role, behind: &[u8]) -> Self {
        let mut receiver = Receiver::new(role, Limits::default());
        receiver.feed(behind);
        Self {
            stream,
            receiver,
            role,
        }
    }

    /// Takes compressed messages too, as was agreed on.
    pub(super) fn accept_compressed(&mut self, inflate: Box<dyn Inflate>) {
        self.receiver.accept_compressed(inflate);
    }

    /// Sends a vector and tells what the peer did within `timeout`. Where the connection should
    /// stay open, the marker is sent after it; with `echoes`, once the echo is there, as a pong may
    /// overtake it.
    pub(super) fn probe(&mut self, vector: &Vector, echoes: bool, timeout: Duration) -> Vec<Seen> {
        let Expect { events, then } = &vector.expect;
        let bytes = self.bytes(&vector.frames);
        match vector.pace {
            Pace::AtOnce => self.send(&bytes),
            Pace::ByteByByte => {
                for byte in bytes {
                    self.send(&[byte]);
                    thread::sleep(DRIP);
                }
            }
            Pace::RestAfter(cut) => {
                self.send(&bytes[..cut]);
                thread::sleep(REST);
                self.send(&bytes[cut..]);
            }
        }
        let mut seen = Vec::new();
        let echo = messages(events.iter()).len();
        if *then == Then::Open && echoes && echo > 0 && last_ping(events).is_none() {
            seen = self.watch(timeout, |seen| {
                messages(seen.iter().filter_map(Seen::event)).len() >= echo
            });
        }
        if matches!(
            seen.last(),
            Some(
                Seen::End
                    | Seen::Reset
                    | Seen::Silence
                    | Seen::Fault(_)
                    | Seen::Event(Event::Close(..))
            )
        ) {
            return seen;
        }
        if matches!(then, Then::Open | Then::Limit(_)) {
            self.send_marker();
        }
        seen.extend(self.watch(timeout, |seen| is_enough(*then, seen)));
        seen
    }

    /// The bytes of frames as this end sends them.
    fn bytes(&self, frames: &[Frame]) -> Vec<u8> {
        let receiver = match self.role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        wire(receiver, frames)
    }

    /// Sends the ping whose pong says that the connection stays open.
    pub(super) fn send_marker(&mut self) {
        self.send(&self.bytes(&[ping(MARKER)]));
    }

    /// Sends bytes. If the peer has closed already, that is not a fault of the vector: reading
    /// shows it.
    fn send(&mut self, bytes: &[u8]) {
        drop(self.stream.write.write_all(&mut [IoSlice::new(bytes)]));
    }

    /// Returns what the peer does until that is enough, or for `timeout`; the last entry is why it
    /// ended.
    pub(super) fn watch(
        &mut self,
        timeout: Duration,
        is_enough: impl Fn(&[Seen]) -> bool,
    ) -> Vec<Seen> {
        let deadline = Instant::now() + timeout;
        let mut seen = Vec::new();
        while seen.len() < MOST_SEEN {
            seen.push(self.next(deadline));
            if is_enough(&seen) {
                break;
            }
            match seen.last() {
                Some(Seen::End | Seen::Reset | Seen::Silence | Seen::Fault(_)) => break,
                // The server ends TCP first (RFC 6455 section 7.1.1).
                Some(Seen::Event(Event::Close(..))) if self.role == Role::Server => {
                    self.stream.write.finish()
                }
                _ => {}
            }
        }
        seen
    }

    fn next(&mut self, deadline: Instant) -> Seen {
        loop {
            match self.receiver.next_event() {
                Ok(Some(event)) => return Seen::Event(owned(event)),
                Ok(None) => {}
                Err(fault) => return Seen::Fault(format!("{fault} (section {})", fault.section())),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Seen::Silence;
            }
            match self.stream.read.read(self.receiver.space(), left) {
                Ok(ReadOutcome::Data(bytes)) => self.receiver.filled(bytes),
                Ok(ReadOutcome::TimedOut) => {}
                Ok(ReadOutcome::Eof) => return Seen::End,
                Err(_) => return Seen::Reset,
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stream.shutdown.abort();
    }
}

fn owned(event: protocol::Event<'_>) -> Event {
    match event {
        protocol::Event::Text(text) => Event::Text(text.to_owned()),
        protocol::Event::Binary(bytes) => Event::Binary(bytes.to_vec()),
        // Only a receiver that is asked for pieces gives them.
        protocol::Event::Fragment(piece) => match piece.payload {
            Message::Text(text) => Event::Text(text.to_owned()),
            Message::Binary(bytes) => Event::Binary(bytes.to_vec()),
        },
        protocol::Event::Ping(payload) => Event::Ping(payload.to_vec()),
        protocol::Event::Pong(payload) => Event::Pong(payload.to_vec()),
        protocol::Event::Close(frame) => Event::Close(
            frame.code().map(CloseCode::number),
            frame.reason().to_owned(),
        ),
    }
}

/// A vector as the first of its bytes in hex; `receiver` is the role of the peer under probe.
pub(super) fn sent_in_words(vector: &Vector, receiver: Role) -> String {
    const MOST: usize = 16;
    let bytes = wire(receiver, &vector.frames);
    let shown: Vec<_> = bytes
        .iter()
        .take(MOST)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = match bytes.len() {
        0..=MOST => String::new(),
        length => format!(" ... ({length} bytes)"),
    };
    format!("{}{more}", shown.join(" "))
}
