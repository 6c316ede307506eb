//! Messages that are handed out piece by piece: a piece is what has arrived of the payload since
//! the piece before it. Of a text, up to three bytes stay behind in the buffer where it was cut
//! inside a character; they are the beginning of the next piece.

use super::Receiver;
use super::assembly::Found;
use crate::protocol::error::ProtocolError;
use crate::protocol::utf8::whole_characters;

impl Receiver {
    /// From the next message on, hands messages out piece by piece, as
    /// [`Event::Fragment`](super::Event::Fragment), or whole again. A receiver starts with whole
    /// messages. The next message is the one whose first header [`Receiver::next_event`] decodes
    /// next: a message under way goes on as it began.
    ///
    /// Pieces need not be the fragments that the peer sent: each holds what has arrived of the
    /// message, of one frame or a part of it. So the buffer does not grow with the message, and
    /// [`Limits::max_streamed_message_bytes`](super::Limits::max_streamed_message_bytes) bounds
    /// its length instead of `max_message_bytes`. No piece is empty but the last.
    ///
    /// The pieces of a text are cut between characters and are valid UTF-8. A text that turns
    /// out not to be UTF-8, or that ends inside a character, fails with
    /// [`ProtocolError::InvalidUtf8`] behind the pieces that came before (RFC 6455 section 8.1).
    ///
    /// ```
    /// use wshub::protocol::{Event, Limits, Message, Receiver, Role};
    ///
    /// let mut receiver = Receiver::new(Role::Client, Limits::default());
    /// receiver.stream_fragments(true);
    /// receiver.feed(&[0x81, 5, b'H', b'e', b'l']); // three of five bytes
    /// let Ok(Some(Event::Fragment(piece))) = receiver.next_event() else { panic!() };
    /// assert_eq!(piece.payload, Message::Text("Hel"));
    /// assert!(piece.first && !piece.last);
    ///
    /// receiver.feed(b"lo");
    /// let Ok(Some(Event::Fragment(piece))) = receiver.next_event() else { panic!() };
    /// assert_eq!(piece.payload, Message::Text("lo"));
    /// assert!(!piece.first && piece.last);
    /// ```
    pub fn stream_fragments(&mut self, on: bool) {
        self.streams = on;
    }

    /// What has arrived of a streamed message and was not handed out, if that is anything.
    pub(super) fn next_piece(&mut self) -> Result<Option<Found>, ProtocolError> {
        let Some(message) = self
            .message
            .as_mut()
            .filter(|m| m.streamed && !m.compressed)
        else {
            return Ok(None);
        };
        let held = &self.buffer[message.start..message.end];
        let ready = if message.text {
            whole_characters(held)?
        } else {
            held.len()
        };
        if ready == 0 {
            return Ok(None);
        }
        let piece = message.piece(false);
        let start = message.start;
        message.start += ready;
        message.delivered += ready as u64;
        Ok(Some(Found {
            kind: message.kind(),
            range: start..message.start,
            piece: Some(piece),
            compressed: false,
            inflated: false,
            gathered: false,
        }))
    }

    /// Moves what the buffer holds of a message that leaves it as it comes to where the payload of
    /// its next frame begins: three bytes at most, whereas the payload would be copied for it.
    pub(super) fn bring_forward(&mut self, payload: usize) {
        if let Some(message) = &mut self.message {
            let start = payload - (message.end - message.start);
            self.buffer.copy_within(message.start..message.end, start);
            (message.start, message.end) = (start, payload);
        }
    }
}
