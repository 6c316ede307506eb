//! Frames for the wire: unmasked from a server, each with a fresh key from a client
//! (RFC 6455 sections 5.1 and 5.3).

use super::entropy::Entropy;
use crate::protocol::{FrameHeader, Message, Opcode, Role, encode_header};

/// A payload is copied in pieces of this many bytes. The C library copies longer ones with the
/// processor's own instruction (rep movsb). On some processors (AMD's Zen 3 and 4) that is up to
/// thirty times slower if the target's offset within its page is up to 15 bytes after the source's;
/// two buffers of one size that were allocated one after the other are placed like that.
const COPIED_BYTES: usize = 2 << 10;

/// The beginning of a frame.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub fin: bool,
    pub rsv1: bool,
    pub opcode: Opcode,
}

impl Start {
    /// The one frame of a message.
    pub(super) fn of_message(opcode: Opcode, is_compressed: bool) -> Self {
        Self {
            fin: true,
            rsv1: is_compressed,
            opcode,
        }
    }
}

/// A frame that is not compressed.
impl From<(bool, Opcode)> for Start {
    fn from((fin, opcode): (bool, Opcode)) -> Self {
        Self {
            fin,
            rsv1: false,
            opcode,
        }
    }
}

/// Writes frames as one role sends them.
#[derive(Debug)]
pub struct Encoder {
    /// A client's; boxed, since a server's many connections have none.
    masks: Option<Box<Entropy>>,
}

impl Encoder {
    /// An encoder for what `role` sends.
    pub fn new(role: Role) -> Self {
        Self {
            masks: (role == Role::Client).then(|| Box::new(Entropy::new())),
        }
    }

    /// Whether a payload may be sent as it is, without a copy for masking.
    pub fn sends_as_is(&self) -> bool {
        self.masks.is_none()
    }

    /// Appends a frame to `out`.
    pub fn frame(&mut self, start: impl Into<Start>, payload: &[u8], out: &mut Vec<u8>) {
        let header = self.header(start, payload.len());
        out.extend_from_slice(&encode_header(&header));
        let start = out.len();
        out.reserve(payload.len());
        for piece in payload.chunks(COPIED_BYTES) {
            out.extend_from_slice(piece);
        }
        if let Some(key) = header.masking_key {
            key.apply(0, &mut out[start..]);
        }
    }

    /// Appends a whole message in one frame to `out`.
    pub fn message(&mut self, message: Message<'_>, out: &mut Vec<u8>) {
        self.frame((true, opcode_of(message)), message.as_bytes(), out);
    }

    /// The header of a frame whose payload follows elsewhere.
    pub fn header(&mut self, start: impl Into<Start>, payload: usize) -> FrameHeader {
        let Start { fin, rsv1, opcode } = start.into();
        let masking_key = self.masks.as_mut().map(|masks| masks.masking_key());
        FrameHeader {
            fin,
            rsv1,
            opcode,
            masking_key,
            payload_bytes: payload as u64,
        }
    }
}

/// The opcode that a message goes out with.
pub(super) fn opcode_of(message: Message<'_>) -> Opcode {
    match message {
        Message::Text(_) => Opcode::Text,
        Message::Binary(_) => Opcode::Binary,
    }
}
