//! Why something was not sent.

use std::fmt;
use std::io;

/// Why a [`Sender`](super::Sender) did not send.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// A Close was sent or the connection is over: nothing is sent any more (RFC 6455 section
    /// 5.5.1).
    Closed,
    /// Another thread began a fragmented message and sent none of it for the write timeout. The
    /// connection is aborted.
    Unfinished,
    /// The write failed. The connection is aborted.
    Io(io::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the connection is closed"),
            Self::Unfinished => f.write_str("a fragmented message was left unfinished"),
            Self::Io(error) => write!(f, "writing failed: {error}"),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<SendError> for io::Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Io(error) => error,
            SendError::Closed => Self::new(io::ErrorKind::NotConnected, error),
            SendError::Unfinished => Self::new(io::ErrorKind::TimedOut, error),
        }
    }
}
