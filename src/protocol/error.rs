//! Every way in which a peer can break RFC 6455 sections 5 to 8, each with the
//! section that it breaks and the close code that answers it.

use std::fmt;

use super::close::{CloseCode, InvalidClose};

/// A rule of the protocol that the peer broke: the fact, with the figures that show it.
///
/// The connection is failed with [`ProtocolError::close_code`] (RFC 6455 section 7.1.7),
/// and the [`Display`](fmt::Display) text is the close reason: short, plain, and free of
/// anything that the peer chose beyond numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolError {
    /// RSV1, RSV2 or RSV3 is set, and no extension that gives it a meaning was negotiated (5.2).
    ReservedBits,
    /// The opcode is one of 3 to 7 or 11 to 15 (5.2).
    ReservedOpcode(u8),
    /// A ping, pong or close frame without FIN (5.4, 5.5).
    FragmentedControl,
    /// A ping, pong or close frame announces more than 125 bytes (5.5).
    ControlTooLong,
    /// A client's frame without a mask (5.1, 5.3).
    Unmasked,
    /// A server's frame with a mask (5.1).
    Masked,
    /// A length that a shorter form could have carried (5.2).
    NonMinimalLength,
    /// A 64-bit length with its most significant bit set (5.2).
    LengthTopBit,
    /// A continuation frame while no fragmented message is under way (5.4).
    UnexpectedContinuation,
    /// A text or binary frame inside a fragmented message (5.4).
    ExpectedContinuation,
    /// A message of more fragments than the limit, empty ones included (10.4).
    TooManyFragments {
        /// The limit, in fragments of one message.
        limit: u32,
    },
    /// A message longer than the limit, as soon as a header announces it (10.4).
    TooBig {
        /// The bytes of the message with what the header announces; saturates.
        announced: u64,
        /// The limit, in bytes of one message after reassembly.
        limit: u64,
    },
    /// A text message that is not UTF-8, at the first byte that cannot be right (5.6, 8.1).
    InvalidUtf8,
    /// RSV1 on a control frame, or on a continuation: only the first frame of a message says
    /// that it is compressed (RFC 7692 section 6.1).
    MisplacedCompression,
    /// A compressed message that does not inflate (RFC 7692 section 7.2.2).
    InvalidCompression,
    /// There is no memory for a message: a limit of this end (10.4).
    OutOfMemory,
    /// A close payload that breaks section 5.5.1 or 7.4.
    InvalidClose(InvalidClose),
}

impl ProtocolError {
    /// The code to fail the connection with (RFC 6455 section 7.4.1).
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::TooBig { .. } => CloseCode::TOO_BIG,
            Self::OutOfMemory => CloseCode::TRY_AGAIN_LATER,
            Self::TooManyFragments { .. } => CloseCode::POLICY,
            Self::InvalidUtf8
            | Self::InvalidCompression
            | Self::InvalidClose(InvalidClose::ReasonNotUtf8) => CloseCode::INVALID_DATA,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    /// The rule's name in `snake_case`, without figures: a label for counters.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::ReservedBits => "reserved_bits",
            Self::ReservedOpcode(_) => "reserved_opcode",
            Self::FragmentedControl => "fragmented_control",
            Self::ControlTooLong => "control_too_long",
            Self::Unmasked => "unmasked",
            Self::Masked => "masked",
            Self::NonMinimalLength => "non_minimal_length",
            Self::LengthTopBit => "length_top_bit",
            Self::UnexpectedContinuation => "unexpected_continuation",
            Self::ExpectedContinuation => "expected_continuation",
            Self::TooManyFragments { .. } => "too_many_fragments",
            Self::TooBig { .. } => "too_big",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::MisplacedCompression => "misplaced_compression",
            Self::InvalidCompression => "invalid_compression",
            Self::OutOfMemory => "out_of_memory",
            Self::InvalidClose(InvalidClose::HalfCode) => "close_half_code",
            Self::InvalidClose(InvalidClose::ForbiddenCode(_)) => "close_forbidden_code",
            Self::InvalidClose(InvalidClose::ReasonNotUtf8) => "close_reason_not_utf8",
        }
    }

    /// The RFC that states the broken rule: 6455, or 7692 for a rule about compression.
    #[must_use]
    pub fn rfc(&self) -> u16 {
        match self {
            Self::MisplacedCompression | Self::InvalidCompression => 7692,
            _ => 6455,
        }
    }

    /// The section of [`ProtocolError::rfc`] that states the broken rule.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::NonMinimalLength
            | Self::LengthTopBit => "5.2",
            Self::FragmentedControl | Self::ControlTooLong => "5.5",
            Self::Unmasked | Self::Masked => "5.1",
            Self::UnexpectedContinuation | Self::ExpectedContinuation => "5.4",
            Self::TooManyFragments { .. } | Self::TooBig { .. } | Self::OutOfMemory => "10.4",
            Self::InvalidUtf8 => "8.1",
            Self::MisplacedCompression => "6.1",
            Self::InvalidCompression => "7.2.2",
            Self::InvalidClose(InvalidClose::ForbiddenCode(_)) => "7.4",
            Self::InvalidClose(_) => "5.5.1",
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedBits => write!(f, "reserved bit set, but no extension was negotiated"),
            Self::ReservedOpcode(code) => write!(f, "reserved opcode {code}"),
            Self::FragmentedControl => write!(f, "fragmented control frame"),
            Self::ControlTooLong => write!(f, "control frame longer than 125 bytes"),
            Self::Unmasked => write!(f, "frame from a client without a mask"),
            Self::Masked => write!(f, "frame from a server with a mask"),
            Self::NonMinimalLength => write!(f, "length not in its shortest form"),
            Self::LengthTopBit => write!(f, "64-bit length with its top bit set"),
            Self::UnexpectedContinuation => write!(f, "continuation without a message to continue"),
            Self::ExpectedContinuation => write!(f, "new message inside a fragmented one"),
            Self::TooManyFragments { limit } => {
                write!(f, "message of more than {limit} fragments")
            }
            Self::TooBig { announced, limit } => {
                write!(f, "message of {announced} bytes, the limit is {limit}")
            }
            Self::InvalidUtf8 => write!(f, "text that is not UTF-8"),
            Self::MisplacedCompression => {
                write!(f, "compression bit on a frame that begins no message")
            }
            Self::OutOfMemory => {
                write!(f, "no memory is free for this message now; try again later")
            }
            Self::InvalidCompression => write!(f, "compressed message that does not inflate"),
            Self::InvalidClose(rule) => rule.fmt(f),
        }
    }
}

impl std::error::Error for ProtocolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidClose(rule) => Some(rule),
            _ => None,
        }
    }
}

impl From<InvalidClose> for ProtocolError {
    fn from(rule: InvalidClose) -> Self {
        Self::InvalidClose(rule)
    }
}
