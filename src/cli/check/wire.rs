//! One connection under probe: raw bytes out, what the peer does in.

use std::io::IoSlice;
use std::thread;
use std::time::{Duration, Instant};

use super::frames::Frames;
use super::judge::is_enough;
use super::seen::{MARKER, Seen, messages};
use super::vectors::{Expect, Step};
use crate::protocol::{Event, Limits, Receiver, Role};
use crate::transport::{ReadOutcome, Stream};

/// The rest between two bytes of a drip.
const DRIP: Duration = Duration::from_millis(10);

/// The most that is looked at of one connection: a peer may talk without end.
const MOST_SEEN: usize = 1000;

/// A connection whose opening handshake is over.
pub(super) struct Wire {
    stream: Stream,
    receiver: Receiver,
    role: Role,
}

impl Wire {
    /// `role`: which end we are. `behind`: what came behind the peer's head.
    pub(super) fn new(stream: Stream, role: Role, behind: &[u8]) -> Self {
        let mut receiver = Receiver::new(role, Limits::default());
        receiver.feed(behind);
        Self {
            stream,
            receiver,
            role,
        }
    }

    /// Does a vector's steps and tells what the peer did within `patience`. Where the connection
    /// should go on, the marker is sent behind it all; with `echoes`, once the echo is there, as
    /// a pong may overtake it.
    pub(super) fn probe(
        &mut self,
        steps: &[Step],
        expect: &Expect,
        echoes: bool,
        patience: Duration,
    ) -> Vec<Seen> {
        for step in steps {
            match step {
                Step::Send(bytes) => self.send(bytes),
                Step::Drip(bytes) => {
                    for byte in bytes {
                        self.send(&[*byte]);
                        thread::sleep(DRIP);
                    }
                }
                Step::Rest(time) => thread::sleep(*time),
            }
        }
        let mut seen = Vec::new();
        if let Expect::Goes(back) = expect
            && echoes
            && !back.is_empty()
        {
            seen = self.watch(patience, |seen| messages(seen).len() >= back.len());
        }
        if matches!(
            seen.last(),
            Some(Seen::End | Seen::Reset | Seen::Silence | Seen::Fault(_) | Seen::Close(..))
        ) {
            return seen;
        }
        if matches!(expect, Expect::Goes(_) | Expect::Pong(_) | Expect::Limit(_)) {
            let masked = self.role == Role::Client;
            self.send(&Frames { masked }.ping(MARKER));
        }
        seen.extend(self.watch(patience, |seen| is_enough(expect, seen)));
        seen
    }

    /// Sends bytes. A peer that has left already is no fault of the vector: reading tells.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        drop(self.stream.write.write_all(&mut [IoSlice::new(bytes)]));
    }

    /// Tells what the peer does until that is enough, or for `patience`; the last is why it ended.
    pub(super) fn watch(
        &mut self,
        patience: Duration,
        is_enough: impl Fn(&[Seen]) -> bool,
    ) -> Vec<Seen> {
        let deadline = Instant::now() + patience;
        let mut seen = Vec::new();
        while seen.len() < MOST_SEEN {
            seen.push(self.next(deadline));
            if is_enough(&seen) {
                break;
            }
            match seen.last() {
                Some(Seen::End | Seen::Reset | Seen::Silence | Seen::Fault(_)) => break,
                // The server ends TCP first (RFC 6455 section 7.1.1).
                Some(Seen::Close(..)) if self.role == Role::Server => self.stream.write.finish(),
                _ => {}
            }
        }
        seen
    }

    fn next(&mut self, deadline: Instant) -> Seen {
        loop {
            match self.receiver.next_event() {
                Ok(Some(event)) => return seen(event),
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
        self.stream.cutter.cut();
    }
}

fn seen(event: Event<'_>) -> Seen {
    match event {
        Event::Text(text) => Seen::Text(text.to_owned()),
        Event::Binary(bytes) => Seen::Binary(bytes.to_vec()),
        Event::Ping(_) => Seen::Ping,
        Event::Pong(payload) => Seen::Pong(payload.to_vec()),
        Event::Close(frame) => Seen::Close(frame.code_or_1005(), frame.reason().to_owned()),
    }
}

/// A vector's steps as the first of their bytes in hex.
pub(super) fn sent_in_words(steps: &[Step]) -> String {
    const MOST: usize = 16;
    let mut all = Vec::new();
    for step in steps {
        if let Step::Send(bytes) | Step::Drip(bytes) = step {
            all.extend_from_slice(bytes);
        }
    }
    let shown: Vec<_> = all
        .iter()
        .take(MOST)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = match all.len() {
        0..=MOST => String::new(),
        length => format!(" ... ({length} bytes)"),
    };
    format!("{}{more}", shown.join(" "))
}
