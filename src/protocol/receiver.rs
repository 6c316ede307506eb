//! The receiving half of RFC 6455 sections 5 and 8: bytes in, [`Event`]s out.
//!
//! One buffer holds what has arrived. A payload is unmasked where it lies, and the fragments
//! of a message are moved together in the same buffer, over the headers between them; so a
//! message is borrowed from the buffer whole, and one that came in a single frame was never
//! copied. Memory follows what has *come*, never what a header announces.
//!
//! ```text
//!   buffer:  ......[ message so far ]......[ not yet looked at ][ free space ......]
//!                  message.start    .end   cursor               filled
//! ```

mod buffer;

use std::fmt;
use std::ops::Range;

use super::close::CloseFrame;
use super::error::ProtocolError;
use super::frame::{FrameHeader, Opcode, Role, decode_header};
use super::limits::Limits;
use super::mask::MaskingKey;
use super::seen::FrameSeen;
use super::utf8::Utf8Validator;

/// What a peer sent, as the connection's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message.
    Binary(&'a [u8]),
    /// A ping, to be answered with a pong of the same payload (5.5.2).
    Ping(&'a [u8]),
    /// A pong (5.5.3).
    Pong(&'a [u8]),
    /// The peer's Close; no event follows it (5.5.1).
    Close(CloseFrame),
}

/// A message that has begun and whose last fragment has not been seen whole.
#[derive(Debug)]
struct Assembly {
    text: bool,
    /// Where the payload so far lies in the buffer.
    start: usize,
    end: usize,
    fragments: u32,
    utf8: Utf8Validator,
    /// Payload bytes that `utf8` has seen: never the last piece, since the whole message is
    /// validated when it becomes a `&str`; so one that arrives in one piece is validated once.
    validated: usize,
}

/// A data frame whose payload is arriving.
#[derive(Debug)]
struct Payload {
    fin: bool,
    key: Option<MaskingKey>,
    seen: usize,
    remaining: usize,
}

/// Who is shown every frame, and the header of the one whose payload is arriving.
struct Tap {
    show: Box<dyn FnMut(&FrameSeen) + Send>,
    header: Option<FrameHeader>,
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Decodes what one peer sends.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    limits: Limits,
    buffer: Vec<u8>,
    filled: usize,
    cursor: usize,
    message: Option<Assembly>,
    payload: Option<Payload>,
    /// The last read filled all the space it was given: more is waiting.
    hungry: bool,
    /// The most bytes in use since the buffer's size was last considered, and how often it
    /// ran empty since.
    peak: usize,
    emptied: u32,
    ended: Option<Result<(), ProtocolError>>,
    tap: Option<Tap>,
}

impl Receiver {
    /// `role` is this end: a server's receiver wants masked frames, a client's unmasked ones.
    pub fn new(role: Role, limits: Limits) -> Self {
        Self {
            role,
            limits,
            buffer: Vec::new(),
            filled: 0,
            cursor: 0,
            message: None,
            payload: None,
            hungry: false,
            peak: 0,
            emptied: 0,
            ended: None,
            tap: None,
        }
    }

    /// Shows every frame from here on: once it is whole, or as far as it has come when it
    /// breaks a rule.
    pub fn watch(&mut self, show: impl FnMut(&FrameSeen) + Send + 'static) {
        self.tap = Some(Tap {
            show: Box::new(show),
            header: None,
        });
    }

    /// The next event, or `Ok(None)` when more bytes are needed.
    ///
    /// After the peer's Close there are no more events; after an error the same error is
    /// returned for ever. Whatever came whole before a fault has been returned by then.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, ProtocolError> {
        match self.ended {
            Some(Ok(())) => return Ok(None),
            Some(Err(error)) => return Err(error),
            None => {}
        }
        match self.advance() {
            Ok(Some(found)) => self.event(found).map(Some),
            Ok(None) => Ok(None),
            Err(error) => {
                self.show_broken();
                self.ended = Some(Err(error));
                Err(error)
            }
        }
    }

    /// Whether a message or a frame has begun and is not complete.
    pub fn is_mid_message(&self) -> bool {
        self.message.is_some() || self.cursor < self.filled
    }

    /// Goes on until a message or a control frame is complete.
    fn advance(&mut self) -> Result<Option<Found>, ProtocolError> {
        loop {
            if self.payload.is_some() {
                if !self.take_payload()? {
                    return Ok(None);
                }
                if self.tap.is_some() {
                    self.show_data();
                }
                if let Some(found) = self.finish_frame()? {
                    return Ok(Some(found));
                }
                continue;
            }
            let unread = &self.buffer[self.cursor..self.filled];
            let Some(header) = decode_header(unread, self.role)? else {
                return Ok(None);
            };
            if header.opcode.is_control() {
                return Ok(self.take_control(&header));
            }
            self.begin_frame(&header)?;
            if let Some(tap) = &mut self.tap {
                tap.header = Some(header);
            }
        }
    }

    /// Shows the data frame whose payload is complete, or is not and broke a rule.
    fn show_data(&mut self) {
        if let (Some(tap), Some(message)) = (&mut self.tap, &self.message)
            && let Some(header) = tap.header.take()
        {
            let seen = self.payload.as_ref().map_or(0, |payload| payload.seen);
            let frame = FrameSeen::new(&header, &self.buffer[message.end - seen..message.end]);
            (tap.show)(&frame);
        }
    }

    /// Shows the frame that broke a rule.
    fn show_broken(&mut self) {
        if self.payload.is_some() {
            return self.show_data();
        }
        let Some(tap) = &mut self.tap else { return };
        if let Some((frame, _)) = FrameSeen::read(&self.buffer[self.cursor..self.filled]) {
            (tap.show)(&frame);
        }
    }

    /// A control frame is at most 125 bytes: it is waited for whole.
    fn take_control(&mut self, header: &FrameHeader) -> Option<Found> {
        let start = self.cursor + header.encoded_bytes();
        let end = start + header.payload_bytes as usize; // decode_header: at most 125
        if end > self.filled {
            return None;
        }
        if let Some(key) = header.masking_key {
            key.apply(0, &mut self.buffer[start..end]);
        }
        if let Some(tap) = &mut self.tap {
            (tap.show)(&FrameSeen::new(header, &self.buffer[start..end]));
        }
        self.cursor = end;
        Some(Found {
            kind: header.opcode,
            range: start..end,
        })
    }

    /// The rules of fragmentation (5.4) and the limits, before a byte of payload is taken.
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        let start = self.cursor + header.encoded_bytes();
        match (header.opcode, &mut self.message) {
            (Opcode::Continuation, None) => return Err(ProtocolError::UnexpectedContinuation),
            (Opcode::Continuation, Some(message)) => {
                message.fragments = message.fragments.saturating_add(1);
            }
            (_, Some(_)) => return Err(ProtocolError::ExpectedContinuation),
            (opcode, message @ None) => {
                *message = Some(Assembly {
                    text: opcode == Opcode::Text,
                    start,
                    end: start,
                    fragments: 1,
                    utf8: Utf8Validator::default(),
                    validated: 0,
                });
            }
        }
        let (fragments, so_far) = self
            .message
            .as_ref()
            .map_or((0, 0), |m| (m.fragments, (m.end - m.start) as u64));
        if fragments > self.limits.max_fragments {
            return Err(ProtocolError::TooManyFragments {
                limit: self.limits.max_fragments,
            });
        }
        let announced = so_far.saturating_add(header.payload_bytes);
        let limit = self.limits.max_message_bytes;
        let remaining = usize::try_from(header.payload_bytes)
            .ok()
            .filter(|_| announced <= limit);
        let remaining = remaining.ok_or(ProtocolError::TooBig { announced, limit })?;
        self.cursor = start;
        self.payload = Some(Payload {
            fin: header.fin,
            key: header.masking_key,
            seen: 0,
            remaining,
        });
        Ok(())
    }

    /// Takes what has arrived of the frame's payload; true once it is complete.
    fn take_payload(&mut self) -> Result<bool, ProtocolError> {
        let (Some(payload), Some(message)) = (&mut self.payload, &mut self.message) else {
            return Ok(true);
        };
        let taken = payload.remaining.min(self.filled - self.cursor);
        let arrived = self.cursor..self.cursor + taken;
        if let Some(key) = payload.key {
            key.apply(payload.seen, &mut self.buffer[arrived.clone()]);
        }
        if message.end != self.cursor {
            self.buffer.copy_within(arrived, message.end);
        }
        message.end += taken;
        self.cursor += taken;
        payload.seen += taken;
        payload.remaining -= taken;
        let complete = payload.remaining == 0;
        let whole = complete && payload.fin;
        if message.text && !whole {
            let new = message.start + message.validated..message.end;
            message.validated = message.end - message.start;
            message
                .utf8
                .feed(&self.buffer[new])
                .map_err(|_| ProtocolError::InvalidUtf8)?;
        }
        Ok(complete)
    }

    /// A frame's payload is complete: is its message?
    fn finish_frame(&mut self) -> Result<Option<Found>, ProtocolError> {
        let fin = self.payload.take().is_some_and(|payload| payload.fin);
        let Some(message) = self.message.take_if(|_| fin) else {
            return Ok(None);
        };
        let kind = if message.text {
            Opcode::Text
        } else {
            Opcode::Binary
        };
        Ok(Some(Found {
            kind,
            range: message.start..message.end,
        }))
    }

    /// What was found, borrowed from the buffer; the last rules are about its content.
    fn event(&mut self, found: Found) -> Result<Event<'_>, ProtocolError> {
        let payload = &self.buffer[found.range];
        let event = match found.kind {
            Opcode::Text => match std::str::from_utf8(payload) {
                Ok(text) => Ok(Event::Text(text)),
                Err(_) => Err(ProtocolError::InvalidUtf8),
            },
            Opcode::Close => CloseFrame::decode(payload)
                .map(Event::Close)
                .map_err(Into::into),
            Opcode::Ping => Ok(Event::Ping(payload)),
            Opcode::Pong => Ok(Event::Pong(payload)),
            Opcode::Binary | Opcode::Continuation => Ok(Event::Binary(payload)),
        };
        match &event {
            Ok(Event::Close(_)) => self.ended = Some(Ok(())),
            Err(error) => self.ended = Some(Err(*error)),
            Ok(_) => {}
        }
        event
    }
}

/// Something complete, by its place in the buffer.
struct Found {
    kind: Opcode,
    range: Range<usize>,
}
