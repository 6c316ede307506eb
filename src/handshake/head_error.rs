//! The rules that a head may break, and the HTTP status that answers each.

use std::fmt;

/// The rule that a head breaks (RFC 9112 sections 2 to 5). The text is one sentence, and never
/// repeats what the peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadError {
    /// The first byte opens a TLS record: the client speaks `wss://` to a `ws://` port.
    TlsHello,
    /// The first byte of the answer belongs to a TLS record: the server speaks `wss://` only.
    TlsAnswer,
    /// The first bytes cannot be HTTP.
    NotHttp,
    /// An empty line stands where the status line belongs. Only a server skips one, in front of
    /// a request line (RFC 9112 section 2.2).
    EmptyFirstLine,
    /// A CR without an LF behind it (RFC 9112 section 2.2).
    BareCr,
    /// An LF without a CR before it. RFC 9112 section 2.2 leaves it open; it is refused.
    BareLf,
    /// A NUL (RFC 9110 section 5.5).
    Nul,
    /// Another control character (RFC 9110 section 5.5).
    ControlCharacter,
    /// The request line is not `METHOD target HTTP/1.1` (RFC 9112 section 3).
    InvalidRequestLine,
    /// The request target is neither a path nor an absolute `http` or `ws` URL (RFC 9112
    /// section 3.2).
    InvalidTarget,
    /// A request for the server as a whole (`OPTIONS *`), or for a tunnel (`CONNECT host:port`):
    /// valid, but no resource that is served here (RFC 9112 sections 3.2.3 and 3.2.4).
    NoResource,
    /// The status line is not `HTTP/1.1 101 reason` (RFC 9112 section 4).
    InvalidStatusLine,
    /// The HTTP version is none that is read here: 1.1 and later ones of 1.x, and 1.0, in which
    /// nothing can switch protocols.
    UnsupportedVersion,
    /// A header line of a request begins with a space: obsolete line folding (RFC 9112 section
    /// 5.2). In a response it stands after the status line, where there is nothing to fold (RFC
    /// 9112 section 2.2).
    ObsFold,
    /// A header line without a colon (RFC 9112 section 5).
    MissingColon,
    /// A space in a header name, or between it and its colon (RFC 9112 section 5.1).
    SpaceBeforeColon,
    /// A header line that begins with its colon.
    EmptyName,
    /// A byte that no header name may hold (RFC 9110 section 5.1).
    InvalidNameByte,
    /// The method is longer than any that is served (RFC 9112 section 3).
    MethodTooLong {
        /// The most bytes the first line may have, without its CRLF.
        limit: usize,
    },
    /// The first line is too long.
    LineTooLong {
        /// The most bytes it may have, without its CRLF.
        limit: usize,
    },
    /// A header line is too long.
    HeaderLineTooLong {
        /// The most bytes it may have, without its CRLF.
        limit: usize,
    },
    /// The head as a whole is too long.
    HeadTooLong {
        /// The most bytes it may have, its blank line included.
        limit: usize,
    },
    /// There are too many header lines.
    TooManyHeaders {
        /// The most there may be.
        limit: usize,
    },
}

impl HeadError {
    /// The HTTP status that answers it: 400, 405, 414, 431, 501 or 505.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::LineTooLong { .. } => 414,
            Self::HeaderLineTooLong { .. }
            | Self::HeadTooLong { .. }
            | Self::TooManyHeaders { .. } => 431,
            Self::MethodTooLong { .. } => 501,
            Self::NoResource => 405,
            Self::UnsupportedVersion => 505,
            Self::TlsHello
            | Self::TlsAnswer
            | Self::NotHttp
            | Self::EmptyFirstLine
            | Self::BareCr
            | Self::BareLf
            | Self::Nul
            | Self::ControlCharacter
            | Self::InvalidRequestLine
            | Self::InvalidTarget
            | Self::InvalidStatusLine
            | Self::ObsFold
            | Self::MissingColon
            | Self::SpaceBeforeColon
            | Self::EmptyName
            | Self::InvalidNameByte => 400,
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsHello => "This port speaks ws://, not wss://: the client began with TLS.",
            Self::TlsAnswer => "This port speaks wss://, not ws://: the server answered with TLS.",
            Self::NotHttp => "The peer does not speak HTTP.",
            Self::EmptyFirstLine => "The head begins with an empty line.",
            Self::BareCr => "The head contains a carriage return without a line feed after it.",
            Self::BareLf => "A line of the head ends with LF alone; HTTP lines end with CR LF.",
            Self::Nul => "The head contains a NUL.",
            Self::ControlCharacter => "The head contains a control character.",
            Self::InvalidRequestLine => {
                "The request line is malformed; it should read like: GET /echo HTTP/1.1"
            }
            Self::InvalidTarget => {
                "The request target is malformed; it should be a path like /echo, in ASCII and \
                 without a fragment."
            }
            Self::NoResource => "Only GET and HEAD requests for a path are served here.",
            Self::InvalidStatusLine => {
                "The status line is malformed; it should read like: HTTP/1.1 101 Switching Protocols"
            }
            Self::UnsupportedVersion => {
                "The HTTP version is not supported; WebSocket needs HTTP/1.1."
            }
            Self::ObsFold => "A header line begins with a space; folded lines are not accepted.",
            Self::MissingColon => "A header line has no colon.",
            Self::SpaceBeforeColon => {
                "A header name has a space in it or after it; the colon must follow the name \
                 directly."
            }
            Self::EmptyName => "A header line has no name before its colon.",
            Self::InvalidNameByte => "A header name contains a character that is not allowed \
                                      there.",
            Self::MethodTooLong { limit } => {
                return write!(f, "The method is longer than {limit} bytes; use GET.");
            }
            Self::LineTooLong { limit } => {
                return write!(f, "The first line is longer than {limit} bytes.");
            }
            Self::HeaderLineTooLong { limit } => {
                return write!(f, "A header line is longer than {limit} bytes.");
            }
            Self::HeadTooLong { limit } => {
                return write!(f, "The head is longer than {limit} bytes.");
            }
            Self::TooManyHeaders { limit } => {
                return write!(f, "The head has more than {limit} header lines.");
            }
        })
    }
}

impl std::error::Error for HeadError {}
