//! The messages that compressed ones inflate to, and the inflater.

use std::fmt;
use std::ops::Range;

use crate::protocol::byte_buffer::ByteBuffer;
use crate::protocol::compressed_form::CompressedForm;
use crate::protocol::inflate::Inflate;

/// A longer buffer is given back as soon as its message has been handed out.
const KEPT_BYTES: usize = 64 << 10;

/// The parts that only a connection with compression has.
pub(super) struct Compression {
    pub(super) inflate: Box<dyn Inflate>,
    /// None while the connection rests.
    message: Option<Box<InflatedMessage>>,
}

/// A compressed message that is under way, or was handed out last.
#[derive(Debug, Default)]
pub(super) struct InflatedMessage {
    /// The inflated bytes of the message, or of its present piece.
    pub(super) bytes: ByteBuffer,
    /// How much of `bytes` was handed out as a piece.
    pub(super) handed_out: usize,
    pub(super) came: Came,
}

/// A compressed message as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Came {
    /// Its length in bytes, so far.
    pub(super) compressed_bytes: u64,
    /// Its inflated length in bytes, so far.
    pub(super) inflated_bytes: u64,
    /// Where it lies in the receiver's buffer, if others can be sent it as it is.
    pub(super) reusable: Option<Range<usize>>,
}

impl fmt::Debug for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compression")
            .field("message_bytes", &self.bytes().len())
            .finish_non_exhaustive()
    }
}

impl Compression {
    pub(super) fn by(inflate: Box<dyn Inflate>) -> Self {
        Self {
            inflate,
            message: None,
        }
    }

    /// The inflater, and the message in progress.
    pub(super) fn parts(&mut self) -> (&mut dyn Inflate, &mut InflatedMessage) {
        (&mut *self.inflate, self.message.get_or_insert_default())
    }

    /// What the message, or the present piece of it, inflates to.
    pub(super) fn bytes(&self) -> &[u8] {
        self.message.as_ref().map_or(&[], |message| &message.bytes)
    }

    /// How the message came that was found in `buffer` whole, or whose last piece was found.
    pub(super) fn form<'a>(&self, buffer: &'a [u8]) -> Option<CompressedForm<'a>> {
        let Came {
            compressed_bytes,
            inflated_bytes,
            reusable,
        } = &self.message.as_ref()?.came;
        Some(CompressedForm {
            compressed_bytes: *compressed_bytes,
            inflated_bytes: *inflated_bytes,
            reusable: reusable.clone().map(|range| &buffer[range]),
        })
    }

    /// The message has been handed out: its memory is used again, or given back.
    pub(super) fn clear(&mut self) {
        let Some(message) = &mut self.message else {
            return;
        };
        message.bytes.clear();
        message.handed_out = 0;
        message.came = Came::default();
        if message.bytes.capacity() > KEPT_BYTES {
            self.rest();
        }
    }

    /// Gives back what the last message needed, once it has been handed out.
    pub(super) fn rest(&mut self) {
        if self.message.take().is_some() {
            self.inflate.released();
        }
    }

    /// Drops what was handed out.
    pub(super) fn go_on(&mut self) {
        if let Some(message) = &mut self.message {
            let handed_out = std::mem::take(&mut message.handed_out).min(message.bytes.len());
            message.bytes.drain(..handed_out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its inflater, of 72 bytes at most, that is what such a connection allocates.
    #[test]
    fn a_receiver_that_takes_compressed_messages_has_24_bytes_for_that_while_it_rests() {
        assert!(size_of::<Compression>() <= 24);
    }
}
