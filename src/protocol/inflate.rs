//! What the receiver asks of whoever inflates compressed messages (RFC 7692 section 7.2.2). The
//! rules about compressed messages are the receiver's; the DEFLATE format is not.

use std::fmt;

use super::error::ProtocolError;

/// Inflates the compressed messages of one connection, piece by piece.
pub trait Inflate: Send {
    /// Inflates the next bytes of a message: appends at most `room` bytes to `out`. With `end`,
    /// `input` is all that is left of the message; the empty block that every sender leaves out
    /// (RFC 7692 section 7.2.1) is not part of it.
    ///
    /// # Errors
    ///
    /// The bytes are no DEFLATE data, or the data does not end with the message; or there is no
    /// memory for it. The message is lost then, and nothing more is asked.
    fn inflate(
        &mut self,
        input: &[u8],
        end: bool,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Inflated, NotInflated>;

    /// What was appended to `out` has been handed out, and its memory given back. The default does
    /// nothing.
    fn released(&mut self) {}

    /// Whether the message that was inflated last can be sent to others as it came: it refers to
    /// no message before it, and no block inside it is marked as the last. The default is no.
    fn is_self_contained(&self) -> bool {
        false
    }
}

/// How far [`Inflate::inflate`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes of the input that are used up.
    pub consumed: usize,
    /// All of the input is used up, and nothing that it led to is held back for want of room:
    /// at the end of a message, the message is complete.
    pub done: bool,
}

/// Why bytes were not inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotInflated {
    /// They are no compressed message.
    Invalid,
    /// There is no memory for what they inflate to.
    OutOfMemory,
}

impl fmt::Display for NotInflated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => f.write_str("not a compressed message"),
            Self::OutOfMemory => ProtocolError::OutOfMemory.fmt(f),
        }
    }
}

impl std::error::Error for NotInflated {}
