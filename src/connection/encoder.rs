//! Frames for the wire: unmasked from a server, each with a fresh key from a client
//! (RFC 6455 sections 5.1 and 5.3).

use super::tally::Tally;
use crate::protocol::{FrameHeader, Message, Opcode, Role, encode_header};
use crate::transport::Entropy;

/// A payload is copied in pieces of this many bytes. The C library copies what is longer with the
/// processor's own instruction for it (rep movsb), and that is up to thirty times slower on some
/// processors (AMD's Zen 3 and 4) where the target lies up to 15 bytes behind the source, the
/// page aside; two buffers of one size that were taken one after the other lie like that.
const COPIED_BYTES: usize = 2 << 10;

/// Writes frames as one role sends them.
#[derive(Debug)]
pub struct Encoder {
    masks: Option<Entropy>,
}

impl Encoder {
    /// An encoder for what `role` sends.
    pub fn new(role: Role) -> Self {
        Self {
            masks: (role == Role::Client).then(Entropy::new),
        }
    }

    /// Whether a payload may go out as it is, without a copy to mask.
    pub fn sends_as_is(&self) -> bool {
        self.masks.is_none()
    }

    /// Appends a frame to `out`.
    pub fn frame(&mut self, fin: bool, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        let header = self.header(fin, opcode, payload.len());
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
        self.frame(true, opcode_of(message), message.as_bytes(), out);
    }

    /// The header of a frame whose payload follows elsewhere.
    pub fn header(&mut self, fin: bool, opcode: Opcode, payload: usize) -> FrameHeader {
        let masking_key = self.masks.as_mut().map(Entropy::masking_key);
        FrameHeader {
            fin,
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

/// One or more messages as a server's frames: encoded once, shared by all who get them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    tally: Tally,
}

impl Batch {
    /// A batch of one message.
    pub fn of(message: Message<'_>) -> Self {
        let mut batch = Self::default();
        batch.push(message);
        batch
    }

    /// Appends a message.
    pub fn push(&mut self, message: Message<'_>) {
        Encoder { masks: None }.message(message, &mut self.bytes);
        self.tally
            .count(opcode_of(message), message.as_bytes().len(), true);
    }

    /// Appends all messages of `other`.
    pub fn append(&mut self, other: &Batch) {
        self.bytes.extend_from_slice(&other.bytes);
        self.tally.add(&other.tally);
    }

    /// The frames, as they go over the wire.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many messages they are.
    pub fn messages(&self) -> usize {
        self.tally.data().messages as usize
    }

    /// How many messages and bytes they are, by kind.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }
}
