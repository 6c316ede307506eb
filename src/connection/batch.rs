//! Messages that are encoded once and sent to many connections.

use std::sync::{Arc, OnceLock};

use super::compression::Deflate;
use super::encoder::{Encoder, Start, opcode_of};
use super::memory::{MemoryBudget, Reservation};
use super::received::ReceivedMessage;
use super::spare::SpareBuffers;
use super::tally::Tally;
use crate::protocol::{ByteBuffer, MAX_HEADER_BYTES, Message, Opcode, Role, decode_header};

/// One or more messages as a server's frames: encoded once, shared by all who get them.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: ByteBuffer,
    tally: Tally,
    /// The memory that it takes of a budget for as long as anybody holds it.
    memory: Option<Reservation>,
    /// The same messages for connections with compression. They are compressed by the first thread
    /// that is about to write them to such a connection; `None` inside means that no message
    /// becomes shorter.
    compressed: OnceLock<Option<Box<Compressed>>>,
    /// The compressed forms in which messages came, with the messages' places in the batch.
    originals: Vec<(usize, Arc<[u8]>)>,
    /// Gets its buffer back when the last receiver has it.
    spare: Option<SpareBuffers>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(spare) = &self.spare {
            spare.give_back(std::mem::take(&mut self.bytes));
        }
    }
}

/// Frames, some of which are compressed.
#[derive(Debug, Default)]
struct Compressed {
    bytes: ByteBuffer,
    /// The length of the longest message that is compressed, in bytes.
    longest: usize,
    /// The messages that are compressed.
    tally: Tally,
}

/// Two batches are equal if they contain the same messages.
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
            originals: Vec::new(),
            spare: Some(spare.clone()),
        };
        batch.push(message);
        batch
    }

    /// Keeps the compressed form in which the batch's one message came, to be sent as it is.
    pub(crate) fn keep_original(&mut self, message: ReceivedMessage<'_>) {
        self.compressed.take();
        self.originals = Vec::from_iter(message.compressed.map(|form| (0, form.into())));
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
        let before = self.messages();
        let more = other.originals.iter();
        self.originals
            .extend(more.map(|(place, form)| (before + place, form.clone())));
        self.bytes.extend_from_slice(&other.bytes);
        self.tally.add(&other.tally);
    }

    /// From here on, counts its bytes in `budget`, for as long as the batch exists.
    pub(crate) fn charge_to(&mut self, budget: &MemoryBudget) {
        let originals = self.originals.iter().map(|(_, form)| form.len());
        let bytes = self.bytes.len() + originals.sum::<usize>();
        self.memory = (budget.limit_bytes()).map(|_| budget.charge(bytes));
    }

    /// The same messages as a client sends them: each frame with a masking key of its own.
    pub(super) fn masked(&self) -> Self {
        let mut encoder = Encoder::new(Role::Client);
        let mut masked = Self {
            bytes: ByteBuffer::with_room_for(self.bytes.len() + 4 * self.messages()),
            tally: self.tally,
            memory: None,
            compressed: OnceLock::new(),
            originals: Vec::new(),
            spare: None,
        };
        self.each_message(|opcode, payload| {
            encoder.frame((true, opcode), payload, &mut masked.bytes);
        });
        masked
    }

    /// The frames as they are sent over a connection: compressed if both ends agreed on it.
    pub(super) fn bytes_for(&self, deflate: Option<Deflate>) -> &[u8] {
        match deflate.and_then(|deflate| self.compressed_for(deflate)) {
            Some(compressed) => &compressed.bytes,
            None => &self.bytes,
        }
    }

    /// Counts the messages that go compressed over a connection that agreed on this.
    pub(super) fn count_compressed_for(&self, deflate: Deflate, tally: &mut Tally) {
        if let Some(compressed) = self.compressed_for(deflate) {
            tally.add(&compressed.tally);
        }
    }

    fn compressed_for(&self, deflate: Deflate) -> Option<&Compressed> {
        let make = || self.compress(deflate.for_everyone());
        let compressed = self.compressed.get_or_init(make).as_deref();
        compressed.filter(|compressed| compressed.longest <= deflate.window_bytes())
    }

    fn compress(&self, deflate: Deflate) -> Option<Box<Compressed>> {
        let mut encoder = Encoder::new(Role::Server);
        let mut packed = ByteBuffer::default();
        let mut compressed = Compressed::default();
        let mut originals = self.originals.iter().peekable();
        let mut place = 0;
        self.each_message(|opcode, payload| {
            packed.clear();
            let original = originals.next_if(|(of, _)| *of == place);
            let original = original.filter(|_| deflate.takes(payload));
            let shorter = match original {
                Some((_, form)) => Some(&form[..]),
                None => (deflate.compress(payload, &mut packed)).then_some(&packed[..]),
            };
            let start = Start::of_message(opcode, shorter.is_some());
            encoder.frame(start, shorter.unwrap_or(payload), &mut compressed.bytes);
            if let Some(form) = shorter {
                compressed.longest = compressed.longest.max(payload.len());
                let (before, after) = (payload.len() as u64, form.len() as u64);
                compressed.tally.count_compressed(before, after);
            }
            place += 1;
        });
        (compressed.longest > 0).then(|| Box::new(compressed))
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
