//! The answers of the connection's own thread: collected while the messages of one read are
//! handled, then written in one call.

use std::sync::Arc;

use super::encoder::{Encoder, Start, opcode_of};
use super::error::SendError;
use super::received::{Original, ReceivedMessage};
use super::sender::Sender;
use super::tally::Tally;
use super::wire::Wire;
use crate::protocol::{CloseCode, CloseFrame, Input, Message, Opcode, Step, encode_header};

/// A payload of this length or more is written from where it is, together with what was collected
/// before it. A shorter one is copied, which is cheaper than a system call for each message of a
/// read.
const LARGE_BYTES: usize = 32 << 10;

/// Collected answers of this length are written even before all messages of the read are handled.
const FULL_BYTES: usize = 64 << 10;

/// Collects a connection's answers. Nothing is sent after a Close.
///
/// Until the first call of [`Outbox::sender`], nobody on this thread can send in another way, and
/// the answers are collected here without taking a lock for each. From then on they are collected
/// in the connection's queue, which keeps their order among what the sender sends.
#[derive(Debug)]
pub struct Outbox {
    wire: Arc<Wire>,
    encoder: Encoder,
    /// Whole frames; empty once `has_sender`.
    gathered: Vec<u8>,
    tally: Tally,
    has_sender: bool,
    /// The compressed form in which the message came that the application is shown at present; a
    /// connection without compression has none.
    original: Option<Box<Original>>,
}

impl Outbox {
    pub(super) fn new(wire: Arc<Wire>) -> Self {
        let encoder = Encoder::new(wire.role);
        Self {
            wire,
            encoder,
            gathered: Vec::new(),
            tally: Tally::default(),
            has_sender: false,
            original: None,
        }
    }

    /// Sends a message. A write that fails ends the connection; there is nothing to handle.
    pub fn send(&mut self, message: Message<'_>) {
        let (opcode, payload) = (opcode_of(message), message.as_bytes());
        if let Some(deflate) = self.wire.deflate {
            let mut packed = Vec::new();
            if deflate.compress(payload, &mut packed) {
                return self.put(Start::of_message(opcode, true), &packed, payload.len());
            }
        }
        self.put((true, opcode).into(), payload, payload.len());
    }

    /// The message that the application is shown, with the compressed form in which it came, if
    /// others can be sent that. Any other message has none.
    pub fn received<'a>(&'a self, message: Message<'a>) -> ReceivedMessage<'a> {
        let original = self.original.as_deref();
        ReceivedMessage {
            message,
            compressed: original.and_then(|original| original.form_of(message)),
        }
    }

    /// The application is about to be shown `message`, which came as `compressed`.
    pub(super) fn keep_original(&mut self, message: Message<'_>, compressed: &[u8]) {
        self.original = Some(Box::new(Original::new(message, compressed)));
    }

    /// The application has been shown the message.
    pub(super) fn forget_original(&mut self) {
        self.original = None;
    }

    /// Sends the one frame of a message, which counts as `bytes` bytes.
    #[inline]
    fn put(&mut self, start: Start, payload: &[u8], bytes: usize) {
        if payload.len() >= LARGE_BYTES && self.encoder.sends_as_is() {
            let header = self.encoder.header(start, payload.len());
            self.gathered.extend_from_slice(&encode_header(&header));
            self.tally.count_frame(start, bytes, payload.len());
            self.write(payload);
        } else {
            self.gather(start, payload, bytes);
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

    /// Begins the closing handshake: what was sent before goes out, then the Close. A reason of
    /// over 123 bytes is cut. Only the first call counts.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.feed(Input::LocalClose, &CloseFrame::new(code, reason));
    }

    /// The connection's sender, for other threads.
    pub fn sender(&mut self) -> Sender {
        if !std::mem::replace(&mut self.has_sender, true) && !self.gathered.is_empty() {
            let (gathered, more) = (&self.gathered, &self.tally);
            self.wire.queue.answer(|bytes, tally| {
                bytes.extend_from_slice(gathered);
                tally.add(more);
            });
            self.gathered.clear();
            self.tally = Tally::default();
        }
        self.foreign_sender()
    }

    /// A sender that the connection's own thread does not use.
    pub(super) fn foreign_sender(&self) -> Sender {
        Sender(self.wire.clone())
    }

    /// Sends a ping, or a pong. It does not wait for a fragmented message of another thread.
    pub(super) fn control(&mut self, opcode: Opcode, payload: &[u8]) {
        if self.wire.is_fragmenting() {
            // As in `write`.
            let _: Result<(), SendError> = self.wire.send_frame(opcode, payload);
        } else {
            self.gather((true, opcode).into(), payload, payload.len());
        }
    }

    /// Applies `input` to the state table; sends `close` after what was collected, if the table
    /// says so.
    pub(super) fn feed(&mut self, input: Input, close: &CloseFrame) -> Step {
        let tally = std::mem::take(&mut self.tally);
        let step = self.wire.close(input, close, (&self.gathered, tally));
        self.gathered.clear();
        step
    }

    /// Writes the collected answers.
    pub(super) fn flush(&mut self) {
        if !self.gathered.is_empty() || self.has_sender && self.wire.queue.has_answers() {
            self.write(&[]);
        }
    }

    /// Bytes of memory that are kept for the next answers.
    pub(super) fn kept_bytes(&self) -> usize {
        self.gathered.capacity()
    }

    /// Gives memory back while nothing is being answered.
    pub(super) fn rest(&mut self) {
        self.gathered = Vec::new();
        self.wire.rest();
    }

    #[inline]
    fn gather(&mut self, start: Start, payload: &[u8], counted: usize) {
        let encoder = &mut self.encoder;
        let mut encode = |bytes: &mut Vec<u8>, tally: &mut Tally| {
            tally.count_frame(start, counted, payload.len());
            encoder.frame(start, payload, bytes);
            bytes.len()
        };
        let bytes = match self.has_sender {
            true => self.wire.queue.answer(encode).unwrap_or(0),
            false => encode(&mut self.gathered, &mut self.tally),
        };
        if bytes >= FULL_BYTES {
            self.write(&[]);
        }
    }

    /// Writes the collected answers, then `payload`. A failed write has aborted the connection: the
    /// session notices that at its next read.
    fn write(&mut self, payload: &[u8]) {
        let tally = std::mem::take(&mut self.tally);
        let _: Result<(), SendError> = self.wire.send(&[&self.gathered, payload], &tally);
        self.gathered.clear();
    }
}
