//! What the two applications exchange: texts and binary messages, whole or in pieces.

/// A message, or a piece of one, with a borrowed payload (RFC 6455 section 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message<'a> {
    /// UTF-8 text.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The payload, whatever its kind.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Whether this is a text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// A copy that owns its payload.
    #[must_use]
    pub fn to_buf(&self) -> MessageBuf {
        match self {
            Self::Text(text) => MessageBuf::Text((*text).to_owned()),
            Self::Binary(bytes) => MessageBuf::Binary(bytes.to_vec()),
        }
    }
}

/// A piece of a message, borrowed from where it arrived: what a receiver hands out when
/// messages are streamed ([`Receiver::stream_fragments`](super::Receiver::stream_fragments)).
///
/// The pieces of one message come in order, and those of a text are cut between characters.
/// They need not be the frames that the peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fragment<'a> {
    /// The piece; each piece of a message has the message's kind. It is empty only where the
    /// end of the message, or all of it, is.
    pub payload: Message<'a>,
    /// The message begins with this piece.
    pub first: bool,
    /// The message ends with this piece.
    pub last: bool,
}

/// A message that owns its payload (RFC 6455 section 5.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MessageBuf {
    /// UTF-8 text.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

impl MessageBuf {
    /// The same message, borrowed.
    #[must_use]
    pub fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }
}

impl<'a> From<&'a str> for Message<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Message<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<&'a MessageBuf> for Message<'a> {
    fn from(message: &'a MessageBuf) -> Self {
        message.as_message()
    }
}

impl From<Message<'_>> for MessageBuf {
    fn from(message: Message<'_>) -> Self {
        message.to_buf()
    }
}

impl From<String> for MessageBuf {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for MessageBuf {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for MessageBuf {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&[u8]> for MessageBuf {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}
