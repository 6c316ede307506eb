//! What compressed messages inflate to, and what inflates them.

use std::fmt;
use std::ops::Range;

use crate::protocol::byte_buffer::ByteBuffer;
use crate::protocol::inflate::Inflate;

/// A longer buffer is given back as soon as its message has been handed out.
const KEPT_BYTES: usize = 64 << 10;

/// What a connection with compression has beside its receiver's buffer.
pub(super) struct Compression {
    pub(super) inflate: Box<dyn Inflate>,
    /// What the message, or the present piece of it, inflates to.
    pub(super) message: ByteBuffer,
    /// How much of `message` was handed out as a piece.
    pub(super) handed_out: usize,
    /// How the message that is under way, or was handed out last, came.
    pub(super) came: Came,
}

/// A compressed message as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Came {
    /// Its length in bytes, so far.
    pub(super) compressed_bytes: u64,
    /// What it inflated to, so far.
    pub(super) inflated_bytes: u64,
    /// Where it lies in the receiver's buffer, if others can be sent it as it is.
    pub(super) reusable: Option<Range<usize>>,
}

/// A compressed message that has been inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompressedForm<'a> {
    /// The message's length in bytes, as it came.
    pub(crate) compressed_bytes: u64,
    /// The message's length in bytes, inflated.
    pub(crate) inflated_bytes: u64,
    /// The message as it came, if that can be sent to others.
    pub(crate) reusable: Option<&'a [u8]>,
}

impl fmt::Debug for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compression")
            .field("message_bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}

impl Compression {
    pub(super) fn by(inflate: Box<dyn Inflate>) -> Self {
        Self {
            inflate,
            message: ByteBuffer::default(),
            handed_out: 0,
            came: Came::default(),
        }
    }

    /// The message has been handed out: its memory is used again, or given back.
    pub(super) fn clear(&mut self) {
        self.message.clear();
        self.handed_out = 0;
        self.came = Came::default();
        if self.message.capacity() > KEPT_BYTES {
            self.rest();
        }
    }

    /// Gives back what the last message needed, once it has been handed out.
    pub(super) fn rest(&mut self) {
        self.message = ByteBuffer::default();
        self.handed_out = 0;
        self.inflate.released();
    }

    /// Drops what was handed out.
    pub(super) fn go_on(&mut self) {
        let handed_out = std::mem::take(&mut self.handed_out).min(self.message.len());
        self.message.drain(..handed_out);
    }
}
