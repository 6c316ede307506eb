//! What the two applications exchange: a text or a run of bytes, whole.

/// A message, borrowed from where it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// UTF-8 text.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The payload, whatever its kind.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// A copy that owns its payload.
    pub fn to_buf(&self) -> MessageBuf {
        match self {
            Self::Text(text) => MessageBuf::Text((*text).to_owned()),
            Self::Binary(bytes) => MessageBuf::Binary(bytes.to_vec()),
        }
    }
}

/// A message that owns its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageBuf {
    /// UTF-8 text.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

impl MessageBuf {
    /// The same message, borrowed.
    pub fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }
}
