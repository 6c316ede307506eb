//! What goes over a connection, counted by kind: plain numbers for the thread that counts, and
//! a meter that other threads may read meanwhile.
//!
//! Counting costs nothing measurable: a message adds to two plain numbers; a read or a write,
//! each a system call, stores them for others once, without a locked instruction.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::cause::Traffic;
use crate::protocol::Opcode;

/// What went one way over a connection, by kind. Bytes are those of payloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Whole text messages.
    pub text: Traffic,
    /// Whole binary messages.
    pub binary: Traffic,
    /// Pings.
    pub ping: Traffic,
    /// Pongs, asked for or not.
    pub pong: Traffic,
}

/// The kinds of a [`Tally`].
const KINDS: usize = 4;

impl Tally {
    /// Text and binary messages together.
    pub fn data(&self) -> Traffic {
        Traffic {
            messages: self.text.messages + self.binary.messages,
            bytes: self.text.bytes + self.binary.bytes,
        }
    }

    /// Adds what `other` counted.
    pub fn add(&mut self, other: &Self) {
        for (place, more) in self.kinds_mut().into_iter().zip(other.kinds()) {
            place.messages += more.messages;
            place.bytes += more.bytes;
        }
    }

    /// Each kind with its name.
    pub fn named(&self) -> [(&'static str, Traffic); KINDS] {
        let [text, binary, ping, pong] = self.kinds();
        [
            ("text", text),
            ("binary", binary),
            ("ping", ping),
            ("pong", pong),
        ]
    }

    /// Counts payload bytes, and a message where they are its last. Close is not counted: its
    /// story is told by [`CloseCause`](super::CloseCause).
    pub(super) fn count(&mut self, kind: Opcode, bytes: usize, whole: bool) {
        let place = match kind {
            Opcode::Text => &mut self.text,
            Opcode::Binary => &mut self.binary,
            Opcode::Ping => &mut self.ping,
            Opcode::Pong => &mut self.pong,
            Opcode::Close | Opcode::Continuation => return,
        };
        place.messages += u64::from(whole);
        place.bytes += bytes as u64;
    }

    fn kinds(&self) -> [Traffic; KINDS] {
        [self.text, self.binary, self.ping, self.pong]
    }

    fn kinds_mut(&mut self) -> [&mut Traffic; KINDS] {
        [
            &mut self.text,
            &mut self.binary,
            &mut self.ping,
            &mut self.pong,
        ]
    }
}

/// A [`Tally`] that one thread at a time writes and any thread reads. A reader may see a kind's
/// bytes without their message for a moment; nothing that was seen is ever taken back.
#[derive(Debug, Default)]
pub(super) struct Meter {
    messages: [AtomicU64; KINDS],
    bytes: [AtomicU64; KINDS],
}

impl Meter {
    /// Adds to the meter. The caller is its only writer at this time, so that a plain load and
    /// store are enough.
    pub(super) fn add(&self, more: &Tally) {
        for (kind, more) in more.kinds().into_iter().enumerate() {
            if more != Traffic::default() {
                let (messages, bytes) = (&self.messages[kind], &self.bytes[kind]);
                messages.store(messages.load(Relaxed) + more.messages, Relaxed);
                bytes.store(bytes.load(Relaxed) + more.bytes, Relaxed);
            }
        }
    }

    /// What has been added so far.
    pub(super) fn read(&self) -> Tally {
        let mut tally = Tally::default();
        for (kind, place) in tally.kinds_mut().into_iter().enumerate() {
            place.messages = self.messages[kind].load(Relaxed);
            place.bytes = self.bytes[kind].load(Relaxed);
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_kind_and_adds_up() {
        let mut tally = Tally::default();
        tally.count(Opcode::Text, 5, true);
        tally.count(Opcode::Binary, 3, false);
        tally.count(Opcode::Binary, 4, true);
        tally.count(Opcode::Ping, 8, true);
        tally.count(Opcode::Pong, 0, true);
        tally.count(Opcode::Close, 2, true);
        let meter = Meter::default();
        meter.add(&tally);
        meter.add(&tally);
        let mut twice = tally;
        twice.add(&tally);
        assert_eq!(meter.read(), twice);
        let counted = twice.named().map(|(name, t)| (name, t.messages, t.bytes));
        assert_eq!(
            counted,
            [
                ("text", 2, 10),
                ("binary", 2, 14),
                ("ping", 2, 16),
                ("pong", 2, 0)
            ]
        );
        assert_eq!(
            twice.data(),
            Traffic {
                messages: 4,
                bytes: 24
            }
        );
    }
}
