//! The traffic of a connection, counted by kind: plain numbers for the thread that counts, and a
//! meter that other threads may read meanwhile.
//!
//! Counting costs nothing measurable: a message adds to two plain numbers; each read or write,
//! which is a system call anyway, stores them for other threads once, without a locked instruction.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::cause::Traffic;
use super::encoder::Start;
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
    /// Those of the messages that were compressed; they are counted above as well, inflated.
    #[cfg(feature = "deflate")]
    pub compressed: CompressedTraffic,
}

/// Compressed messages that went one way over a connection.
#[cfg(feature = "deflate")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompressedTraffic {
    /// Messages.
    pub messages: u64,
    /// Their bytes before they were compressed.
    pub inflated_bytes: u64,
    /// Their bytes as they went over the connection, without the headers of frames.
    pub compressed_bytes: u64,
}

#[cfg(feature = "deflate")]
impl CompressedTraffic {
    fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.inflated_bytes += other.inflated_bytes;
        self.compressed_bytes += other.compressed_bytes;
    }
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
        #[cfg(feature = "deflate")]
        self.compressed.add(&other.compressed);
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

    /// Counts payload bytes, and a message if these are its last bytes. A Close is not counted:
    /// [`CloseCause`](super::CloseCause) describes it.
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

    /// Counts a whole message, or a control frame: `bytes` bytes, in a frame whose payload has
    /// `on_wire` bytes.
    pub(super) fn count_frame(&mut self, start: Start, bytes: usize, on_wire: usize) {
        self.count(start.opcode, bytes, true);
        if start.rsv1 {
            self.count_compressed(bytes as u64, on_wire as u64);
        }
    }

    /// Counts a message, which was counted, as one that is compressed.
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables, clippy::unused_self))]
    pub(super) fn count_compressed(&mut self, inflated_bytes: u64, compressed_bytes: u64) {
        #[cfg(feature = "deflate")]
        self.compressed.add(&CompressedTraffic {
            messages: 1,
            inflated_bytes,
            compressed_bytes,
        });
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

/// A [`Tally`] that one thread at a time writes and any thread reads. For a moment a reader may see
/// a message's bytes before the message is counted; the counts never decrease.
#[derive(Debug, Default)]
pub(super) struct Meter {
    messages: [AtomicU64; KINDS],
    bytes: [AtomicU64; KINDS],
    /// Compressed messages, their bytes inflated, their bytes compressed.
    #[cfg(feature = "deflate")]
    compressed: [AtomicU64; 3],
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
        #[cfg(feature = "deflate")]
        if more.compressed.messages > 0 {
            let CompressedTraffic {
                messages,
                inflated_bytes,
                compressed_bytes,
            } = more.compressed;
            let more = [messages, inflated_bytes, compressed_bytes];
            for (place, more) in self.compressed.iter().zip(more) {
                place.store(place.load(Relaxed) + more, Relaxed);
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
        #[cfg(feature = "deflate")]
        {
            let [messages, inflated_bytes, compressed_bytes] = &self.compressed;
            tally.compressed = CompressedTraffic {
                messages: messages.load(Relaxed),
                inflated_bytes: inflated_bytes.load(Relaxed),
                compressed_bytes: compressed_bytes.load(Relaxed),
            };
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
        #[cfg(feature = "deflate")]
        tally.count_compressed(4, 3);
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
        #[cfg(feature = "deflate")]
        assert_eq!(
            twice.compressed,
            CompressedTraffic {
                messages: 2,
                inflated_bytes: 8,
                compressed_bytes: 6
            }
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
