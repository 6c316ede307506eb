//! What the connection's own thread answers: gathered while one read is worked off, then
//! written in one call.

use std::io::{self, IoSlice};
use std::time::Duration;

use super::encoder::{Encoder, opcode_of};
use super::sender::Sender;
use super::tally::Tally;
use crate::protocol::{CloseFrame, Message, Opcode, Role, encode_header};

/// A payload from here on is written from where it lies, with what was gathered before it. What
/// is shorter is copied: that is cheaper than a system call for each message of a read.
const LARGE_BYTES: usize = 32 << 10;

/// What is gathered is written once it is this much, even before the read is worked off.
const FULL_BYTES: usize = 64 << 10;

/// Gathers a connection's answers. Nothing is sent after a Close was asked for.
#[derive(Debug)]
pub struct Outbox {
    sender: Sender,
    encoder: Encoder,
    pending: Vec<u8>,
    tally: Tally,
    round_trip: Option<Duration>,
    close: Option<CloseFrame>,
}

impl Outbox {
    pub(super) fn new(role: Role, sender: Sender) -> Self {
        let encoder = Encoder::new(role);
        Self {
            sender,
            encoder,
            pending: Vec::new(),
            tally: Tally::default(),
            round_trip: None,
            close: None,
        }
    }

    /// Sends a message. A write that fails ends the connection; there is nothing to handle.
    pub fn send(&mut self, message: Message<'_>) {
        let payload = message.as_bytes();
        if self.close.is_some() {
            return;
        }
        self.tally.count(opcode_of(message), payload.len(), true);
        if payload.len() >= LARGE_BYTES && self.encoder.sends_as_is() {
            let header = self.encoder.header(true, opcode_of(message), payload.len());
            self.pending.extend_from_slice(&encode_header(&header));
            self.write(payload);
        } else {
            self.encoder.message(message, &mut self.pending);
            if self.pending.len() >= FULL_BYTES {
                self.write(&[]);
            }
        }
    }

    /// Sends a text message.
    pub fn text(&mut self, text: &str) {
        self.send(Message::Text(text));
    }

    /// Sends a binary message.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.send(Message::Binary(bytes));
    }

    /// Begins the closing handshake once the present message is dealt with. Only the first
    /// call counts.
    pub fn close(&mut self, frame: CloseFrame) {
        self.close.get_or_insert(frame);
    }

    /// The connection's sender, for other threads.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// While an [`Event::Pong`](crate::protocol::Event::Pong) is being shown that answers a
    /// ping of the keepalive: how long the answer took.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub(super) fn set_round_trip(&mut self, took: Option<Duration>) {
        self.round_trip = took;
    }

    pub(super) fn control(&mut self, opcode: Opcode, payload: &[u8]) {
        self.tally.count(opcode, payload.len(), true);
        self.encoder.frame(true, opcode, payload, &mut self.pending);
        if self.pending.len() >= FULL_BYTES {
            self.write(&[]);
        }
    }

    /// The Close that was asked for.
    pub(super) fn wanted_close(&self) -> Option<&CloseFrame> {
        self.close.as_ref()
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.write(&[]);
        }
    }

    /// Gives memory back while nothing is being answered.
    pub(super) fn rest(&mut self) {
        self.pending = Vec::new();
    }

    fn write(&mut self, payload: &[u8]) {
        let mut slices = [IoSlice::new(&self.pending), IoSlice::new(payload)];
        let used = if payload.is_empty() { 1 } else { 2 };
        // A failed write has cut the connection: the session sees that at its next read.
        let _: io::Result<()> = self.sender.write(&mut slices[..used], &self.tally);
        self.pending.clear();
        self.tally = Tally::default();
    }
}
