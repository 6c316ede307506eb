//! The receiver's one buffer: where bytes arrive, how it grows with what comes of a message, and
//! how it gives memory back.

use super::Receiver;
use crate::protocol::frame::MAX_HEADER_BYTES;
use crate::protocol::limits::{BUSY_BUFFER_BYTES, GROWTH_BYTES, IDLE_BUFFER_BYTES, SHRINK_AFTER};

impl Receiver {
    /// Free space to read into, never empty; [`Receiver::filled`] tells how much was used.
    ///
    /// The space grows with what has come of a message: about twice as much each time, and no
    /// further than the frame under way needs when that frame ends its message, and the header
    /// of one like it: the next message of that size fits from its first byte to its last.
    pub fn space(&mut self) -> &mut [u8] {
        self.rewind();
        let held = self.held();
        let unread = self.filled - self.cursor;
        let step = if held == 0 {
            IDLE_BUFFER_BYTES
        } else {
            GROWTH_BYTES
        };
        // `enough` is worth a read; with less than that, the buffer grows by `growth`. The two
        // are apart so that growing is geometric, linear in all, whatever the size of the reads.
        let (enough, growth) = match &self.payload {
            Some(payload) if payload.fin && payload.remaining > unread => {
                let lacking = payload.remaining - unread;
                (
                    lacking.min((held / 4).max(step / 2)),
                    (lacking + MAX_HEADER_BYTES).min(held.max(step)),
                )
            }
            _ => (step / 2, (held / 2).max(step)),
        };
        let busy = if self.hungry {
            (self.buffer.len() * 2).min(BUSY_BUFFER_BYTES)
        } else {
            0
        };
        let mut size = self.buffer.len().max(busy);
        if size - self.filled < enough {
            // Moving what is held costs as much as reading it did: it is done where it makes
            // half as much room at least.
            if self.filled - held >= held / 2 {
                self.compact();
            }
            if size - self.filled < enough {
                size = (self.filled + growth).next_multiple_of(IDLE_BUFFER_BYTES);
            }
        }
        if size > self.buffer.len() {
            self.buffer.reserve_exact(size - self.buffer.len());
            self.buffer.resize(size, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// The first `bytes` of [`Receiver::space`] now hold what the peer sent.
    pub fn filled(&mut self, bytes: usize) {
        self.filled += bytes;
        self.hungry = self.filled == self.buffer.len();
        self.peak = self.peak.max(self.filled);
    }

    /// Copies `bytes` in: for what arrived behind the handshake, and for tests.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let space = self.space();
            let taken = space.len().min(bytes.len());
            space[..taken].copy_from_slice(&bytes[..taken]);
            self.filled(taken);
            bytes = &bytes[taken..];
        }
    }

    /// Bytes of memory that the buffer holds.
    pub fn buffer_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// Gives memory back while nothing is arriving; the next read takes it anew.
    pub fn rest(&mut self) {
        if !self.is_mid_message() && self.buffer.len() > IDLE_BUFFER_BYTES {
            (self.filled, self.cursor) = (0, 0);
            self.resize(IDLE_BUFFER_BYTES);
        }
    }

    /// Bytes that must be kept: the message so far and what was not looked at.
    fn held(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |m| m.end - m.start);
        message + self.filled - self.cursor
    }

    /// Begins at the front again when nothing is held, in a smaller buffer when it has long
    /// been far larger than what it was used for.
    fn rewind(&mut self) {
        if self.ended.is_some() {
            // Nothing behind a Close or a fault is looked at, so nothing of it is kept.
            (self.message, self.payload, self.cursor) = (None, None, self.filled);
        }
        if self.is_mid_message() {
            return;
        }
        (self.filled, self.cursor) = (0, 0);
        self.emptied += 1;
        if self.emptied >= SHRINK_AFTER {
            let needed = (self.peak * 2).max(IDLE_BUFFER_BYTES);
            if needed * 2 <= self.buffer.len() {
                self.resize(needed);
            }
            (self.emptied, self.peak) = (0, 0);
        }
    }

    /// Moves what is held to the front, without the gaps.
    fn compact(&mut self) {
        let mut end = 0;
        if let Some(message) = &mut self.message {
            if message.start > 0 {
                self.buffer.copy_within(message.start..message.end, 0);
            }
            end = message.end - message.start;
            (message.start, message.end) = (0, end);
        }
        self.buffer.copy_within(self.cursor..self.filled, end);
        (self.cursor, self.filled) = (end, end + self.filled - self.cursor);
    }

    fn resize(&mut self, bytes: usize) {
        self.buffer.truncate(bytes);
        self.buffer.shrink_to(bytes);
        (self.emptied, self.peak) = (0, 0);
    }
}
