//! Messages with the compressed form in which they came, so that others can be sent the same bytes.

use crate::protocol::Message;

/// A message that is to be published, and the compressed form of it that a client has sent, if
/// there is one. Members of a room that take compressed messages get that form, so that the message
/// is not compressed again.
///
/// [`Peer::received`](crate::server::Peer::received) makes one of the message that a handler is
/// shown; a [`Message`] becomes one without a compressed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedMessage<'a> {
    pub(in crate::connection) message: Message<'a>,
    /// Shorter than the message, and complete in itself.
    pub(in crate::connection) compressed: Option<&'a [u8]>,
}

impl<'a> ReceivedMessage<'a> {
    /// The message itself.
    pub fn message(&self) -> Message<'a> {
        self.message
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.message.as_bytes().len() + self.compressed.map_or(0, <[u8]>::len)
    }
}

impl<'a> From<Message<'a>> for ReceivedMessage<'a> {
    fn from(message: Message<'a>) -> Self {
        Self {
            message,
            compressed: None,
        }
    }
}

/// The compressed form of the message that a session shows its application at present.
#[derive(Debug)]
pub(super) struct Original {
    compressed: Vec<u8>,
    /// Where the message lies in memory, and its length: no other message is there meanwhile.
    of: (usize, usize),
}

impl Original {
    /// `message` came as `compressed`.
    pub(super) fn new(message: Message<'_>, compressed: &[u8]) -> Self {
        Self {
            compressed: compressed.to_vec(),
            of: place(message),
        }
    }

    /// The compressed form of `message`, if it is the one that is shown.
    pub(super) fn form_of(&self, message: Message<'_>) -> Option<&[u8]> {
        (self.of == place(message)).then_some(&self.compressed)
    }
}

fn place(message: Message<'_>) -> (usize, usize) {
    let bytes = message.as_bytes();
    (bytes.as_ptr().addr(), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_message_that_is_shown_has_its_compressed_form() {
        let shown = b"shown ".repeat(10);
        let copy = shown.clone();
        let original = Original::new(Message::Binary(&shown), b"packed");
        assert_eq!(
            original.form_of(Message::Binary(&shown)),
            Some(&b"packed"[..])
        );
        for other in [&copy, &shown[..59], &shown[1..], b""] {
            assert_eq!(original.form_of(Message::Binary(other)), None);
        }
    }
}
