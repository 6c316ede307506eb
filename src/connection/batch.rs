//! Messages that are encoded once and sent to many connections.

use std::sync::OnceLock;

use super::compression::Deflate;
use super::encoder::{Encoder, Start, opcode_of};
use super::memory::{MemoryBudget, Reservation};
use super::spare::SpareBuffers;
use super::tally::Tally;
use crate::protocol::{ByteBuffer, MAX_HEADER_BYTES, Message, Opcode, Role, decode_header};

/// One or more messages as a server's frames: encoded once, shared by all who get them.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: ByteBuffer,
    tally: Tally,
    /// What it takes of a budget, while anybody holds it.
    memory: Option<Reservation>,
    /// The same messages for connections with compression: made when the first of them is about
    /// to write it, by its thread, and none if no message becomes shorter.
    compressed: OnceLock<Option<Box<Compressed>>>,
    /// Where its buffer goes when the last one has it.
    spare: Option<SpareBuffers>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(spare) = &self.spare {
            spare.give_back(std::mem::take(&mut self.bytes));
        }
    }
}

/// Frames of which some are compressed.
#[derive(Debug, PartialEq, Eq)]
struct Compressed {
    bytes: ByteBuffer,
    /// The length of the longest message that is compressed, in bytes.
    longest: usize,
}

/// The same messages.
impl PartialEq for Batch {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.tally == other.tally
    }
}

impl Eq for Batch {}

impl Batch {
    /// A batch of one message.
    pub fn of(message: Message<'_>) -> Self {
        let mut batch = Self::default();
        batch.push(message);
        batch
    }

    /// A batch of one message, in a buffer of `spare`.
    pub(crate) fn in_spare(message: Message<'_>, spare: &SpareBuffers) -> Self {
        let mut batch = Self {
            bytes: spare.take(message.as_bytes().len() + MAX_HEADER_BYTES),
            tally: Tally::default(),
            memory: None,
            compressed: OnceLock::new(),
            spare: Some(spare.clone()),
        };
        batch.push(message);
        batch
    }

    /// Appends a message.
    pub fn push(&mut self, message: Message<'_>) {
        self.compressed.take();
        Encoder::new(Role::Server).message(message, &mut self.bytes);
        self.tally
            .count(opcode_of(message), message.as_bytes().len(), true);
    }

    /// Appends all messages of `other`.
    pub fn append(&mut self, other: &Batch) {
        self.compressed.take();
        self.bytes.extend_from_slice(&other.bytes);
        self.tally.add(&other.tally);
    }

    /// Counts its bytes in `budget` from here on, for as long as the batch is there.
    pub(crate) fn charge_to(&mut self, budget: &MemoryBudget) {
        self.memory = (budget.limit_bytes()).map(|_| budget.charge(self.bytes.len()));
    }

    /// The same messages as a client sends them: each frame with a masking key of its own.
    pub(super) fn masked(&self) -> Self {
        let mut encoder = Encoder::new(Role::Client);
        let mut masked = Self {
            bytes: ByteBuffer::with_room_for(self.bytes.len() + 4 * self.messages()),
            tally: self.tally,
            memory: None,
            compressed: OnceLock::new(),
            spare: None,
        };
        self.each_message(|opcode, payload| {
            encoder.frame((true, opcode), payload, &mut masked.bytes);
        });
        masked
    }

    /// The frames as they go over a connection: compressed where both ends agreed on that.
    pub(super) fn bytes_for(&self, deflate: Option<Deflate>) -> &[u8] {
        let Some(deflate) = deflate else {
            return &self.bytes;
        };
        let make = || self.compress(deflate.for_everyone());
        match self.compressed.get_or_init(make) {
            Some(compressed) if compressed.longest <= deflate.window_bytes() => &compressed.bytes,
            _ => &self.bytes,
        }
    }

    fn compress(&self, deflate: Deflate) -> Option<Box<Compressed>> {
        let mut encoder = Encoder::new(Role::Server);
        let (mut bytes, mut packed) = (ByteBuffer::default(), ByteBuffer::default());
        let mut longest = 0;
        self.each_message(|opcode, payload| {
            packed.clear();
            let shrinks = deflate.compress(payload, &mut packed);
            let shorter = match shrinks {
                true => &packed,
                false => payload,
            };
            encoder.frame(Start::of_message(opcode, shrinks), shorter, &mut bytes);
            if shrinks {
                longest = longest.max(payload.len());
            }
        });
        (longest > 0).then(|| Box::new(Compressed { bytes, longest }))
    }

    fn each_message(&self, mut show: impl FnMut(Opcode, &[u8])) {
        let mut rest = self.bytes.as_slice();
        while let Ok(Some(header)) = decode_header(rest, Role::Client) {
            let start = header.encoded_bytes();
            let end = start + header.payload_bytes as usize; // it lies in memory
            show(header.opcode, &rest[start..end]);
            rest = &rest[end..];
        }
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
