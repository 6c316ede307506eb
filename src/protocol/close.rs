//! Close codes and the payload of a close frame (RFC 6455 sections 5.5.1 and 7.4).

use std::fmt;

/// The longest close reason in bytes: a control frame's 125 less the code's two.
pub const MAX_REASON_BYTES: usize = 123;

/// A close code that may be on the wire: never 1004, 1005, 1006, 1015 or one of a range
/// that nobody registered (7.4.1, 7.4.2, and IANA's registry for 1012 to 1014).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: a server stops, or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: this end does not accept that kind of data.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1007: a message's data do not fit its kind, such as a text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a message violates a policy that no other code describes.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too big to process.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: the end that sends it met an unexpected condition.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the server restarts; the client may come back (IANA's registry).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: the server has too much to do; the client may come back later (IANA's registry).
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got no valid answer from the server behind it (IANA's registry).
    pub const BAD_GATEWAY: Self = Self(1014);

    /// The code with this number; `None` if that number may not be on the wire (7.4).
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        match number {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(number)),
            _ => None,
        }
    }

    /// The code's number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// The meaning of a code in a few words, for logs and people (7.4.1). 1005, 1006 and 1015
    /// have a meaning too: they are never on the wire, but name the end of a connection.
    #[must_use]
    pub fn meaning(number: u16) -> &'static str {
        match number {
            1000 => "normal closure",
            1001 => "going away",
            1002 => "protocol error",
            1003 => "unsupported data",
            1005 => "no code given",
            1006 => "abnormal closure",
            1007 => "invalid data",
            1008 => "policy violation",
            1009 => "message too big",
            1010 => "extension missing",
            1011 => "internal error",
            1012 => "service restart",
            1013 => "try again later",
            1014 => "bad gateway",
            1015 => "TLS handshake failed",
            3000..=3999 => "registered by an application",
            4000..=4999 => "private use",
            _ => "unassigned",
        }
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = InvalidClose;

    fn try_from(number: u16) -> Result<Self, InvalidClose> {
        Self::from_number(number).ok_or(InvalidClose::ForbiddenCode(number))
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The rule that the payload of a close frame breaks (5.5.1, 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidClose {
    /// One byte: half a code (5.5.1).
    HalfCode,
    /// A code that may not be on the wire (7.4).
    ForbiddenCode(u16),
    /// The reason is not UTF-8 (5.5.1).
    ReasonNotUtf8,
}

impl fmt::Display for InvalidClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfCode => write!(f, "close frame with one byte of payload"),
            Self::ForbiddenCode(code) => write!(f, "close code {code} may not be sent"),
            Self::ReasonNotUtf8 => write!(f, "close reason that is not UTF-8"),
        }
    }
}

impl std::error::Error for InvalidClose {}

/// What a close frame says: nothing, or a code and a reason of at most 123 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CloseFrame {
    body: Option<(CloseCode, String)>,
}

impl CloseFrame {
    /// A close frame without code or reason.
    pub const EMPTY: Self = Self { body: None };

    /// A close frame with a code and a reason. A reason longer than [`MAX_REASON_BYTES`] is cut
    /// between two characters.
    #[must_use]
    pub fn new(code: CloseCode, reason: &str) -> Self {
        let end = reason.floor_char_boundary(MAX_REASON_BYTES);
        Self {
            body: Some((code, reason[..end].to_owned())),
        }
    }

    /// Decodes the payload of a close frame (5.5.1).
    ///
    /// # Errors
    ///
    /// [`InvalidClose`] if the payload has one byte, if the code may not be on the wire (7.4), or
    /// if the reason is not UTF-8.
    pub fn decode(payload: &[u8]) -> Result<Self, InvalidClose> {
        let (code, reason) = match payload {
            [] => return Ok(Self::EMPTY),
            [_] => return Err(InvalidClose::HalfCode),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        let code = CloseCode::try_from(code)?;
        let reason = std::str::from_utf8(reason).map_err(|_| InvalidClose::ReasonNotUtf8)?;
        Ok(Self::new(code, reason))
    }

    /// The payload for the wire, at most 125 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match &self.body {
            None => Vec::new(),
            Some((code, reason)) => [&code.0.to_be_bytes(), reason.as_bytes()].concat(),
        }
    }

    /// The code, if one was given.
    #[must_use]
    pub fn code(&self) -> Option<CloseCode> {
        self.body.as_ref().map(|(code, _)| *code)
    }

    /// The code's number, or 1005 where none was given (7.1.5).
    pub fn code_or_1005(&self) -> u16 {
        self.code().map_or(1005, CloseCode::number)
    }

    /// The reason, empty where none was given.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.body.as_ref().map_or("", |(_, reason)| reason)
    }

    /// The Close that answers this one: the same code (5.5.1) and the same reason, since what a
    /// browser shows as the reason is what the answer says. Both are valid: this frame could not
    /// hold them otherwise.
    #[must_use]
    pub fn echo(&self) -> Self {
        self.clone()
    }
}

impl From<CloseCode> for CloseFrame {
    fn from(code: CloseCode) -> Self {
        Self::new(code, "")
    }
}
