//! Messages that come compressed (RFC 7692 section 7.2.2). Their compressed bytes are gathered in
//! the receiver's buffer as those of any message; what they inflate to has a buffer of its own,
//! which is given back after a large message.
//!
//! A whole message is inflated when its last byte has come. One that is streamed is inflated as
//! it comes, at most [`PIECE_BYTES`] for each piece that is handed out.

use super::Receiver;
use super::assembly::{Found, Piece};
use super::inflated::{Came, Compression, InflatedMessage};
use crate::protocol::error::ProtocolError;
use crate::protocol::frame::Opcode;
use crate::protocol::inflate::{Inflate, NotInflated};
use crate::protocol::utf8::whole_characters;

/// A streamed message is inflated in pieces of this many bytes at most; a whole one grows by as
/// much at a time, so that one past its limit is found before much more memory is taken.
const PIECE_BYTES: usize = 64 << 10;

impl Receiver {
    /// From the next message on, takes compressed messages too and inflates them, as both ends
    /// agreed in the opening handshake (RFC 7692). [`Limits::max_message_bytes`] bounds what a
    /// message inflates to, and its compressed bytes as well.
    ///
    /// [`Limits::max_message_bytes`]: super::Limits::max_message_bytes
    pub fn accept_compressed(&mut self, inflate: Box<dyn Inflate>) {
        self.compression = Some(Box::new(Compression::by(inflate)));
    }

    /// The message before has been handed out: its memory is used again, or given back.
    pub(super) fn forget_inflated(&mut self) {
        let streams = self.message.as_ref().is_some_and(|m| m.streamed);
        if let Some(compression) = &mut self.compression
            && !streams
        {
            compression.clear();
        }
    }

    /// All that has come is worked through: what messages inflated to is given back, since a client
    /// may be silent for long. Allocating it again is little beside inflating.
    pub(super) fn rest_inflated(&mut self) {
        if let Some(compression) = &mut self.compression
            && self.message.is_none()
        {
            compression.rest();
        }
    }

    /// Inflates a whole message, whose compressed bytes were found.
    pub(super) fn inflate_message(&mut self, found: Found) -> Result<Found, ProtocolError> {
        let Some(compression) = &mut self.compression else {
            return Err(ProtocolError::ReservedBits); // never: the header was not let in
        };
        let limit = self.limits.max_message_bytes;
        let (inflate, inflated) = compression.parts();
        let message = &mut inflated.bytes;
        let mut input = &self.buffer[found.range.clone()];
        loop {
            let lacking = limit.saturating_add(1) - message.len() as u64;
            let room = lacking.min(PIECE_BYTES as u64) as usize; // no more than a piece
            let step = inflate.inflate(input, true, message, room)?;
            let announced = message.len() as u64;
            if announced > limit {
                return Err(ProtocolError::TooBig { announced, limit });
            }
            input = &input[step.consumed..];
            if step.done {
                inflated.came = Came {
                    compressed_bytes: found.range.len() as u64,
                    inflated_bytes: message.len() as u64,
                    reusable: inflate.is_self_contained().then_some(found.range),
                };
                let range = 0..message.len();
                return Ok(Found {
                    inflated: true,
                    range,
                    ..found
                });
            }
        }
    }

    /// The next piece of a compressed message that is streamed: `Ok(None)` when more of it has
    /// to come first. With `end`, all of it has come.
    pub(super) fn inflate_piece(&mut self, end: bool) -> Result<Option<Found>, ProtocolError> {
        let limit = self.limits.max_streamed_message_bytes;
        let (Some(compression), Some(message)) = (&mut self.compression, &mut self.message) else {
            return Ok(None);
        };
        compression.go_on();
        let (inflate, inflated) = compression.parts();
        let InflatedMessage {
            bytes: piece,
            handed_out,
            came,
        } = inflated;
        let input = &self.buffer[message.start..message.end];
        let step = inflate.inflate(input, end, piece, PIECE_BYTES)?;
        message.start += step.consumed;
        came.compressed_bytes += step.consumed as u64;
        let announced = message.delivered.saturating_add(piece.len() as u64);
        if announced > limit {
            return Err(ProtocolError::TooBig { announced, limit });
        }
        let last = end && step.done;
        let ready = match message.text && !last {
            true => whole_characters(piece)?,
            false => piece.len(),
        };
        if ready == 0 && !last {
            return Ok(None);
        }
        *handed_out = ready;
        let found = Found {
            kind: message.kind(),
            range: 0..ready,
            piece: Some(Piece {
                first: message.delivered == 0,
                last,
            }),
            compressed: true,
            inflated: true,
            gathered: false,
        };
        message.delivered += ready as u64;
        came.inflated_bytes = message.delivered;
        if last {
            self.finish_frame(); // the message is over; `found` is what is left of it
        }
        Ok(Some(found))
    }
}

impl From<NotInflated> for ProtocolError {
    fn from(error: NotInflated) -> Self {
        match error {
            NotInflated::Invalid => Self::InvalidCompression,
            NotInflated::OutOfMemory => Self::OutOfMemory,
        }
    }
}

impl Found {
    /// A whole message whose bytes are still compressed.
    pub(super) fn is_to_be_inflated(&self) -> bool {
        self.compressed && !self.inflated && !matches!(self.kind, Opcode::Close)
    }
}
