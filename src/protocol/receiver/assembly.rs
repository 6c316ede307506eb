//! What a receiver knows about the message and the frame that are arriving, and about what it has
//! found.

use std::ops::Range;

use crate::protocol::frame::Opcode;
use crate::protocol::mask::MaskingKey;
use crate::protocol::message::{Fragment, Message};

/// A message that has begun and whose last fragment has not been seen whole.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) text: bool,
    /// Its bytes are compressed.
    pub(super) compressed: bool,
    /// It is handed out piece by piece.
    pub(super) streamed: bool,
    /// Payload bytes of it that have left the buffer: those of a streamed message that were handed
    /// out, those of a text that were gathered.
    pub(super) delivered: u64,
    /// The place in the buffer of the payload so far, except for what has left the buffer.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) fragments: u32,
}

impl Assembly {
    pub(super) fn kind(&self) -> Opcode {
        if self.text {
            Opcode::Text
        } else {
            Opcode::Binary
        }
    }

    /// Whether it is a text whose characters are gathered as they arrive: not one that is handed
    /// out at once, nor one whose characters are known only when it is inflated.
    pub(super) fn is_gathered(&self) -> bool {
        self.text && !self.streamed && !self.compressed
    }

    /// Payload bytes of it that have come.
    pub(super) fn bytes(&self) -> u64 {
        self.delivered + (self.end - self.start) as u64
    }

    /// What is handed out next: the first piece, until something was handed out.
    pub(super) fn piece(&self, last: bool) -> Piece {
        Piece {
            first: self.delivered == 0,
            last,
        }
    }
}

/// A data frame whose payload is arriving.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) fin: bool,
    pub(super) key: Option<MaskingKey>,
    /// How many of its bytes were unmasked; only the remainder by four matters, so the count may
    /// wrap.
    pub(super) unmasked: usize,
    pub(super) remaining: u64,
}

/// Something complete, or a piece of a streamed message, by its place in the buffer.
pub(super) struct Found {
    pub(super) kind: Opcode,
    pub(super) range: Range<usize>,
    pub(super) piece: Option<Piece>,
    /// It came compressed.
    pub(super) compressed: bool,
    /// `range` is in what it inflated to, not in the buffer.
    pub(super) inflated: bool,
    /// It is a text whose beginning was gathered; `range` is the rest.
    pub(super) gathered: bool,
}

/// Which piece of its message: the first, the last, both or neither.
pub(super) struct Piece {
    pub(super) first: bool,
    pub(super) last: bool,
}

impl Piece {
    pub(super) fn holding(self, payload: Message<'_>) -> Fragment<'_> {
        Fragment {
            payload,
            first: self.first,
            last: self.last,
        }
    }
}
