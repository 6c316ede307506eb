//! The receiving half of RFC 6455 sections 5 and 8: bytes in, [`Event`]s out.
//!
//! One buffer holds what has arrived. A payload is unmasked where it lies, and the fragments
//! of a message are moved together in the same buffer, over the headers between them; so a
//! message is borrowed from the buffer whole, and one that came in a single frame was never
//! copied. A text that does not come in one piece is gathered beside the buffer, so that each of
//! its bytes is validated once, as it comes. Memory follows what has *come*, never what a header announces. A message that is
//! streamed is handed out piece by piece, and the buffer does not grow with it.
//!
//! ```text
//!   buffer:  ......[ message so far ]......[ not yet looked at ][ free space ......]
//!                  message.start    .end   cursor               filled
//! ```

mod assembly;
mod buffer;
mod compressed;
mod gathering;
mod inflated;
mod streaming;
mod tap;

use super::byte_buffer::{ByteBuffer, TextBuffer};
use super::close::CloseFrame;
use super::compressed_form::CompressedForm;
use super::error::ProtocolError;
use super::frame::{FrameHeader, Opcode, Role, decode_header, decode_header_with_rsv1};
use super::limits::Limits;
use super::message::{Fragment, Message};
use super::seen::FrameSeen;
use assembly::{Assembly, Found, Payload};
use inflated::Compression;
use tap::Tap;

/// What a peer sent: a message, a piece of one, or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message.
    Binary(&'a [u8]),
    /// A piece of a message; see [`Receiver::stream_fragments`].
    Fragment(Fragment<'a>),
    /// A ping, to be answered with a pong of the same payload (5.5.2).
    Ping(&'a [u8]),
    /// A pong (5.5.3).
    Pong(&'a [u8]),
    /// The peer's Close; no event follows it (5.5.1).
    Close(CloseFrame),
}

/// An event, and, for a compressed message, the form in which it arrived.
type Arrived<'a> = (Event<'a>, Option<CompressedForm<'a>>);

/// Decodes what one peer sends, and checks every rule of sections 5.1 to 5.6, 7.4 and 8.1.
///
/// Bytes go in through [`feed`](Self::feed), or without a copy through [`space`](Self::space)
/// and [`filled`](Self::filled); [`next_event`](Self::next_event) is called until it returns
/// `Ok(None)`, and then more bytes go in.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    limits: Limits,
    buffer: ByteBuffer,
    filled: usize,
    cursor: usize,
    message: Option<Assembly>,
    /// The part of a text that has arrived, if the text did not arrive in one piece.
    text: TextBuffer,
    payload: Option<Payload>,
    /// The last read filled all the space it was given: more is waiting.
    hungry: bool,
    /// The most bytes in use since the buffer's size was last checked, and how often it ran empty
    /// since.
    peak: usize,
    emptied: u32,
    ended: Option<Result<(), ProtocolError>>,
    tap: Option<Tap>,
    /// The next message is streamed.
    streams: bool,
    /// Set if compressed messages are accepted.
    compression: Option<Box<Compression>>,
}

impl Receiver {
    /// A receiver that starts at the first byte after the opening handshake. `role` is this end: a
    /// server receives masked frames, a client unmasked ones (5.1).
    #[must_use]
    pub fn new(role: Role, limits: Limits) -> Self {
        Self {
            role,
            limits,
            buffer: ByteBuffer::default(),
            filled: 0,
            cursor: 0,
            message: None,
            text: TextBuffer::default(),
            payload: None,
            hungry: false,
            peak: 0,
            emptied: 0,
            ended: None,
            tap: None,
            streams: false,
            compression: None,
        }
    }

    /// Has `show` called with every frame from here on: once the frame is whole, or as far as it
    /// has come when it breaks a rule. It replaces an earlier `show`.
    pub fn watch(&mut self, show: impl FnMut(&FrameSeen) + Send + 'static) {
        self.tap = Some(Tap::new(show));
    }

    /// The next event, or `Ok(None)` when more bytes are needed. After the peer's Close there
    /// are no more events.
    ///
    /// # Errors
    ///
    /// The rule that the peer broke, or the limit that it exceeded: the connection is to be
    /// failed with [`ProtocolError::close_code`] (7.1.7). Every message that came whole before
    /// was returned before. The same error is returned from then on.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, ProtocolError> {
        let arrived = self.next_arrived()?;
        Ok(arrived.map(|(event, _)| event))
    }

    /// As [`Receiver::next_event`]; with a compressed message, or its last piece, how it came.
    pub(crate) fn next_arrived(&mut self) -> Result<Option<Arrived<'_>>, ProtocolError> {
        match self.ended {
            Some(Ok(())) => return Ok(None),
            Some(Err(error)) => return Err(error),
            None => {}
        }
        match self.advance() {
            Ok(Some(found)) => self.event(found).map(Some),
            Ok(None) => {
                self.rest_inflated();
                Ok(None)
            }
            Err(error) => {
                self.show_broken();
                self.ended = Some(Err(error));
                Err(error)
            }
        }
    }

    /// Whether a message or a frame has begun and is not complete.
    #[must_use]
    pub fn is_mid_message(&self) -> bool {
        self.message.is_some() || self.cursor < self.filled
    }

    /// Goes on until a message or a control frame is complete.
    fn advance(&mut self) -> Result<Option<Found>, ProtocolError> {
        self.forget_inflated();
        self.forget_gathered();
        loop {
            if let Some(payload) = &self.payload {
                let fin = payload.fin;
                let complete = self.take_payload()?;
                if self
                    .message
                    .as_ref()
                    .is_some_and(|m| m.compressed && m.streamed)
                    && let Some(piece) = self.inflate_piece(complete && fin)?
                {
                    return Ok(Some(piece));
                }
                if complete && let Some(found) = self.finish_frame() {
                    return match found.is_to_be_inflated() {
                        true => self.inflate_message(found).map(Some),
                        false => Ok(Some(found)),
                    };
                }
                if let Some(piece) = self.next_piece()? {
                    return Ok(Some(piece));
                }
                if !complete {
                    return Ok(None);
                }
                continue;
            }
            let unread = &self.buffer[self.cursor..self.filled];
            let header = match self.compression {
                None => decode_header(unread, self.role)?,
                Some(_) => decode_header_with_rsv1(unread, self.role)?,
            };
            let Some(header) = header else {
                return Ok(None);
            };
            if header.opcode.is_control() {
                return Ok(self.take_control(&header));
            }
            self.begin_frame(&header)?;
            if let Some(tap) = &mut self.tap {
                tap.begin(&header);
            }
        }
    }

    /// Shows the frame that broke a rule, as far as it has come.
    fn show_broken(&mut self) {
        let Some(tap) = &mut self.tap else { return };
        if self.payload.is_some() {
            tap.finish();
        } else if let Some((frame, _)) = FrameSeen::read(&self.buffer[self.cursor..self.filled]) {
            tap.show(&frame);
        }
    }

    /// A control frame has at most 125 bytes, so it is kept until it is complete.
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
            tap.show(&FrameSeen::new(header, &self.buffer[start..end]));
        }
        self.cursor = end;
        Some(Found {
            kind: header.opcode,
            range: start..end,
            piece: None,
            compressed: false,
            inflated: false,
            gathered: false,
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
                    compressed: header.rsv1,
                    streamed: self.streams,
                    delivered: 0,
                    start,
                    end: start,
                    fragments: 1,
                });
            }
        }
        let Some(message) = &self.message else {
            return Ok(()); // never: it has just begun, or goes on
        };
        let (fragments, so_far, streamed) = (message.fragments, message.bytes(), message.streamed);
        let inflated_as_it_comes = message.compressed && streamed;
        let leaves_the_buffer = streamed || message.is_gathered();
        if fragments > self.limits.max_fragments {
            return Err(ProtocolError::TooManyFragments {
                limit: self.limits.max_fragments,
            });
        }
        let announced = so_far.saturating_add(header.payload_bytes);
        let limit = if streamed {
            self.limits.max_streamed_message_bytes
        } else {
            self.limits.max_message_bytes
        };
        if announced > limit && !inflated_as_it_comes {
            return Err(ProtocolError::TooBig { announced, limit });
        }
        if leaves_the_buffer {
            self.bring_forward(start);
        }
        self.cursor = start;
        self.payload = Some(Payload {
            fin: header.fin,
            key: header.masking_key,
            unmasked: 0,
            remaining: header.payload_bytes,
        });
        Ok(())
    }

    /// Takes what has arrived of the frame's payload; true once it is complete.
    fn take_payload(&mut self) -> Result<bool, ProtocolError> {
        let (Some(payload), Some(message)) = (&mut self.payload, &mut self.message) else {
            return Ok(true);
        };
        let arrived = (self.filled - self.cursor) as u64;
        let taken = payload.remaining.min(arrived) as usize; // no more than the buffer holds
        let arrived = self.cursor..self.cursor + taken;
        if let Some(key) = payload.key {
            key.apply(payload.unmasked, &mut self.buffer[arrived.clone()]);
        }
        if let Some(tap) = &mut self.tap {
            tap.arrived(&self.buffer[arrived.clone()]);
        }
        if message.end != self.cursor {
            self.buffer.copy_within(arrived, message.end);
        }
        message.end += taken;
        self.cursor += taken;
        payload.unmasked = payload.unmasked.wrapping_add(taken);
        payload.remaining -= taken as u64;
        let complete = payload.remaining == 0;
        let whole = complete && payload.fin;
        if !whole && message.is_gathered() {
            self.gather()?;
        }
        Ok(complete)
    }

    /// Ends a frame whose payload is complete; returns its message if that is complete too.
    fn finish_frame(&mut self) -> Option<Found> {
        if let Some(tap) = &mut self.tap {
            tap.finish();
        }
        let fin = self.payload.take().is_some_and(|payload| payload.fin);
        let message = self.message.take_if(|_| fin)?;
        Some(Found {
            kind: message.kind(),
            range: message.start..message.end,
            piece: message.streamed.then(|| message.piece(true)),
            compressed: message.compressed,
            inflated: false,
            gathered: message.is_gathered() && message.delivered > 0,
        })
    }

    /// Borrows what was found from the buffer, and checks the last rules, which are about its
    /// content.
    fn event(&mut self, found: Found) -> Result<Arrived<'_>, ProtocolError> {
        let piece = found.piece;
        let (payload, form) = match &self.compression {
            Some(compression) if found.inflated => {
                let is_whole = piece.as_ref().is_none_or(|piece| piece.last);
                let form = is_whole.then(|| compression.form(&self.buffer)).flatten();
                (&compression.bytes()[found.range], form)
            }
            _ => (&self.buffer[found.range], None),
        };
        let event = match found.kind {
            Opcode::Text => match std::str::from_utf8(payload) {
                Ok(text) => Ok(match piece {
                    None if found.gathered => {
                        self.text.push_str(text);
                        Event::Text(&self.text)
                    }
                    None => Event::Text(text),
                    Some(piece) => Event::Fragment(piece.holding(Message::Text(text))),
                }),
                Err(_) => Err(ProtocolError::InvalidUtf8),
            },
            Opcode::Close => CloseFrame::decode(payload)
                .map(Event::Close)
                .map_err(Into::into),
            Opcode::Ping => Ok(Event::Ping(payload)),
            Opcode::Pong => Ok(Event::Pong(payload)),
            Opcode::Binary | Opcode::Continuation => Ok(match piece {
                None => Event::Binary(payload),
                Some(piece) => Event::Fragment(piece.holding(Message::Binary(payload))),
            }),
        };
        match &event {
            Ok(Event::Close(_)) => self.ended = Some(Ok(())),
            Err(error) => {
                self.ended = Some(Err(*error));
                if let Some(tap) = &mut self.tap {
                    tap.finish(); // a streamed text may be refused in the middle of a frame
                }
            }
            Ok(_) => {}
        }
        event.map(|event| (event, form))
    }
}
