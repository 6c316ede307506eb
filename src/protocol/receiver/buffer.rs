//! The receiver's one buffer: where bytes arrive, how it grows with what comes of a message, and
//! how it gives memory back.

use super::Receiver;
use super::assembly::Assembly;
use crate::protocol::byte_buffer::{ByteBuffer, TextBuffer};
use crate::protocol::frame::MAX_HEADER_BYTES;
use crate::protocol::limits::{BUSY_BUFFER_BYTES, GROWTH_BYTES, IDLE_BUFFER_BYTES, SHRINK_AFTER};

impl Receiver {
    /// Free space to read into, never empty; [`Receiver::filled`] tells how much was used.
    ///
    /// The space grows with what has come of a message: about twice as much each time, and no
    /// further than the frame under way needs when that frame ends its message, and the header
    /// of one like it: the next message of that size fits from its first byte to its last.
    pub fn space(&mut self) -> &mut [u8] {
        let bytes = self.bytes_for_a_read();
        self.grow(bytes);
        &mut self.buffer[self.filled..]
    }

    /// As [`Receiver::space`], in a buffer of `most_bytes` at most: for memory that is shared out
    /// among many connections.
    ///
    /// # Errors
    ///
    /// The size that the buffer needs, in bytes, where that is more. Nothing is lost: the space is
    /// there once it is asked for with at least that bound.
    pub fn space_within(&mut self, most_bytes: usize) -> Result<&mut [u8], usize> {
        let bytes = self.bytes_for_a_read();
        let gathered = self.bytes_to_gather(bytes);
        let all = bytes.saturating_add(gathered);
        if all > most_bytes && (bytes > self.buffer.len() || gathered > self.text.capacity()) {
            return Err(all);
        }
        self.grow(bytes);
        Ok(&mut self.buffer[self.filled..])
    }

    /// The size that the buffer has to have for the next read.
    fn bytes_for_a_read(&mut self) -> usize {
        self.rewind();
        let held = self.held();
        let leaves = |m: &Assembly| m.streamed || m.delivered > 0;
        if self.message.as_ref().is_some_and(leaves) && held <= MAX_HEADER_BYTES {
            // Events that were handed out left free space at the front, and next to none at the
            // end.
            self.compact();
        }
        let unread = self.filled - self.cursor;
        let step = if held == 0 {
            IDLE_BUFFER_BYTES
        } else {
            GROWTH_BYTES
        };
        // `enough` is worth a read; with less than that, the buffer grows by `growth`. The two
        // are apart so that growing is geometric, linear in all, whatever the size of the reads.
        let (enough, growth) = match &self.payload {
            Some(payload) if payload.fin && payload.remaining > unread as u64 => {
                let lacking = payload.remaining - unread as u64;
                let lacking = usize::try_from(lacking).unwrap_or(usize::MAX);
                (
                    lacking.min((held / 4).max(step / 2)),
                    lacking.saturating_add(MAX_HEADER_BYTES).min(held.max(step)),
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
            // Moving the kept bytes costs as much as reading them did, so it is done only if it
            // frees at least half as much space.
            if self.filled - held >= held / 2 {
                self.compact();
            }
            if size - self.filled < enough {
                size = (self.filled + growth).next_multiple_of(IDLE_BUFFER_BYTES);
            }
        }
        size
    }

    fn grow(&mut self, bytes: usize) {
        let more = bytes.saturating_sub(self.buffer.len());
        if more > 0 {
            self.buffer.reserve_exact(more);
            self.buffer.resize(bytes, 0);
        }
    }

    /// Tells that the first `bytes` of [`Receiver::space`] now hold what the peer sent; `bytes`
    /// is at most the length of that space.
    pub fn filled(&mut self, bytes: usize) {
        self.filled += bytes;
        self.hungry = self.filled == self.buffer.len();
        self.peak = self.peak.max(self.filled);
    }

    /// Takes a copy of the next bytes that the peer sent, such as those that arrived after the
    /// opening handshake. The buffer grows to hold them all until events are taken.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let space = self.space();
            let taken = space.len().min(bytes.len());
            space[..taken].copy_from_slice(&bytes[..taken]);
            self.filled(taken);
            bytes = &bytes[taken..];
        }
    }

    /// The memory for what arrives, in bytes: that of the buffer, and of a text that is gathered.
    #[must_use]
    pub fn buffer_bytes(&self) -> usize {
        self.buffer.capacity() + self.text.capacity()
    }

    /// Frees most of the buffer, unless a message or a frame has begun: for a connection on which
    /// nothing arrives at the moment. The next read allocates again.
    pub fn rest(&mut self) {
        if !self.is_mid_message() && self.buffer.len() > IDLE_BUFFER_BYTES {
            (self.filled, self.cursor) = (0, 0);
            self.resize(IDLE_BUFFER_BYTES);
        }
        if self.message.is_none() {
            self.text = TextBuffer::default();
        }
        self.rest_inflated();
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
            // Nothing after a Close or a fault is decoded, so nothing of it is kept.
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
        self.buffer = ByteBuffer::with_room_for(bytes); // not shrunk: that would stay a mapping
        self.buffer.resize(bytes, 0);
        (self.emptied, self.peak) = (0, 0);
    }
}
