//! What can be wrong with a URL, each with what to write instead.

use super::authority::AuthorityError;
use std::fmt;

/// Why a URL is refused (RFC 6455 section 3). The text says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlError {
    /// The URL is empty.
    Empty,
    /// The URL has a space or a line break in it.
    Whitespace,
    /// The URL has a control character in it.
    ControlCharacter,
    /// The URL has a fragment, `#...`, which RFC 6455 section 3 forbids.
    Fragment,
    /// A scheme stands there without the `://` behind it.
    MissingSlashes {
        /// The scheme, in lower case.
        scheme: String,
    },
    /// The scheme is not one of `ws`, `wss`, `http` and `https`.
    UnknownScheme {
        /// The scheme, as it was written.
        scheme: String,
    },
    /// What stands before the `@` does not decode to text, or the user has a colon (RFC 7617
    /// section 2).
    InvalidUserinfo,
    /// The host or the port is wrong.
    Authority(AuthorityError),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the URL is empty; write one like ws://localhost:8765/echo"),
            Self::Whitespace => f.write_str(
                "the URL has a space in it; write it as %20, as in ws://localhost:8765/a%20b",
            ),
            Self::ControlCharacter => f.write_str(
                "the URL has a control character in it; write one like ws://localhost:8765/echo",
            ),
            Self::Fragment => f.write_str(
                "a WebSocket URL has no fragment; leave the # and what follows out, or write %23 \
                 for the character, as in ws://localhost:8765/a%23b",
            ),
            Self::MissingSlashes { scheme } => write!(
                f,
                "the scheme {scheme} has no :// behind it; write a URL like \
                 {scheme}://localhost:8765/echo"
            ),
            Self::UnknownScheme { scheme } => write!(
                f,
                "the scheme {scheme:?} is not one of ws and wss; write a URL like \
                 ws://localhost:8765/echo"
            ),
            Self::InvalidUserinfo => f.write_str(
                "the user or password in the URL is malformed; write % as %25, @ as %40 and a \
                 colon of the password as %3A, as in ws://ana:p%40ss@localhost:8765/",
            ),
            Self::Authority(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UrlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authority(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AuthorityError> for UrlError {
    fn from(error: AuthorityError) -> Self {
        Self::Authority(error)
    }
}
