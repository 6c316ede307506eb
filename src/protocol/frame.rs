//! The frame header (RFC 6455 section 5.2): every rule about it, in wire order.

use super::error::ProtocolError;
use super::mask::MaskingKey;

/// The longest header: two bytes, an eight-byte length, a four-byte masking key.
pub const MAX_HEADER_BYTES: usize = 14;

/// The longest payload of a ping, pong or close frame (5.5).
pub const MAX_CONTROL_PAYLOAD_BYTES: usize = 125;

/// Which end of the connection this program is (5.1): a server receives masked frames
/// and sends unmasked ones, a client the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that accepted the connection.
    Server,
    /// The end that opened the connection.
    Client,
}

/// What a frame is (5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// 0: a further fragment of the message under way.
    Continuation,
    /// 1: a text message, or its first fragment.
    Text,
    /// 2: a binary message, or its first fragment.
    Binary,
    /// 8: the closing handshake.
    Close,
    /// 9: asks for a pong with the same payload.
    Ping,
    /// 10: answers a ping, or is sent unasked to show that the sender is there.
    Pong,
}

impl Opcode {
    /// The opcode with this number; `None` for reserved numbers: 3 to 7, 11 and above.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    /// The opcode's number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Whether this is a control frame's opcode (5.5): close, ping or pong.
    #[must_use]
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl TryFrom<u8> for Opcode {
    type Error = ProtocolError;

    /// # Errors
    ///
    /// [`ProtocolError::ReservedOpcode`] for a number without a meaning (5.2).
    fn try_from(number: u8) -> Result<Self, ProtocolError> {
        Self::from_number(number).ok_or(ProtocolError::ReservedOpcode(number))
    }
}

impl From<Opcode> for u8 {
    fn from(opcode: Opcode) -> Self {
        opcode.number()
    }
}

/// A frame's header (5.2). One that [`decode_header`] returned follows all rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// The last fragment of its message (or its only one).
    pub fin: bool,
    /// RSV1: the frame begins a compressed message (RFC 7692 section 6).
    pub rsv1: bool,
    /// What the frame is.
    pub opcode: Opcode,
    /// Present on what a client sends.
    pub masking_key: Option<MaskingKey>,
    /// Announced length of the payload in bytes, below 2^63.
    pub payload_bytes: u64,
}

impl FrameHeader {
    /// Length of this header on the wire, in bytes. Lengths are minimal, so it follows.
    #[must_use]
    pub fn encoded_bytes(&self) -> usize {
        let length = match self.payload_bytes {
            0..=125 => 0,
            126..=0xFFFF => 2,
            _ => 8,
        };
        2 + length + if self.masking_key.is_some() { 4 } else { 0 }
    }
}

/// Decodes the header at the front of `bytes`, as `role` receives it (5.2).
///
/// `Ok(None)` means that more bytes are needed.
///
/// # Errors
///
/// The rule of the header that is broken, as soon as the byte that breaks it has come. Rules
/// that concern more than one frame (5.4) and limits are the
/// [`Receiver`](super::Receiver)'s.
#[inline]
pub fn decode_header(bytes: &[u8], role: Role) -> Result<Option<FrameHeader>, ProtocolError> {
    decode(bytes, role, 0x70) // 5.2: without an extension none of the reserved bits has a meaning
}

/// Decodes the header at the front of `bytes` on a connection that negotiated
/// `permessage-deflate`, where RSV1 has a meaning (RFC 7692 section 6); otherwise as
/// [`decode_header`] does.
///
/// # Errors
///
/// Those of [`decode_header`], and [`ProtocolError::MisplacedCompression`].
#[inline]
pub fn decode_header_with_rsv1(
    bytes: &[u8],
    role: Role,
) -> Result<Option<FrameHeader>, ProtocolError> {
    decode(bytes, role, 0x30)
}

#[inline]
fn decode(bytes: &[u8], role: Role, reserved: u8) -> Result<Option<FrameHeader>, ProtocolError> {
    let &[first, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & reserved != 0 {
        return Err(ProtocolError::ReservedBits); // 5.2
    }
    let opcode = Opcode::try_from(first & 0x0F)?; // 5.2
    let rsv1 = first & 0x40 != 0;
    if rsv1 && !matches!(opcode, Opcode::Text | Opcode::Binary) {
        return Err(ProtocolError::MisplacedCompression); // RFC 7692 section 6.1
    }
    let fin = first & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(ProtocolError::FragmentedControl); // 5.5
    }

    let &[second, ref rest @ ..] = rest else {
        return Ok(None);
    };
    let masked = second & 0x80 != 0;
    match role {
        Role::Server if !masked => return Err(ProtocolError::Unmasked), // 5.1
        Role::Client if masked => return Err(ProtocolError::Masked),    // 5.1
        _ => {}
    }
    let short = second & 0x7F;
    if opcode.is_control() && usize::from(short) > MAX_CONTROL_PAYLOAD_BYTES {
        return Err(ProtocolError::ControlTooLong); // 5.5
    }

    let (payload_bytes, rest) = match short {
        126 => {
            let Some((length, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            let length = u64::from(u16::from_be_bytes(*length));
            if length <= 125 {
                return Err(ProtocolError::NonMinimalLength); // 5.2
            }
            (length, rest)
        }
        127 => {
            if rest.first().is_some_and(|top| top & 0x80 != 0) {
                return Err(ProtocolError::LengthTopBit); // 5.2
            }
            let Some((length, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            let length = u64::from_be_bytes(*length);
            if length <= 0xFFFF {
                return Err(ProtocolError::NonMinimalLength); // 5.2
            }
            (length, rest)
        }
        short => (u64::from(short), rest),
    };

    let masking_key = if masked {
        let Some(key) = rest.first_chunk() else {
            return Ok(None);
        };
        Some(MaskingKey(*key))
    } else {
        None
    };
    Ok(Some(FrameHeader {
        fin,
        rsv1,
        opcode,
        masking_key,
        payload_bytes,
    }))
}

/// A header as it goes over the wire; it dereferences to its bytes.
#[derive(Debug, Clone, Copy)]
pub struct EncodedHeader {
    bytes: [u8; MAX_HEADER_BYTES],
    used: usize,
}

impl std::ops::Deref for EncodedHeader {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

/// Encodes a header, the length in its shortest form (5.2).
#[must_use]
pub fn encode_header(header: &FrameHeader) -> EncodedHeader {
    let mut bytes = [0; MAX_HEADER_BYTES];
    let fin = if header.fin { 0x80 } else { 0 };
    let mask = if header.masking_key.is_some() {
        0x80
    } else {
        0
    };
    let rsv1 = if header.rsv1 { 0x40 } else { 0 };
    bytes[0] = fin | rsv1 | header.opcode.number();
    // Each arm's cast is exact: the pattern is its proof.
    let mut used = match header.payload_bytes {
        length @ 0..=125 => {
            bytes[1] = mask | length as u8;
            2
        }
        length @ 126..=0xFFFF => {
            bytes[1] = mask | 126;
            bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            4
        }
        length => {
            bytes[1] = mask | 127;
            bytes[2..10].copy_from_slice(&length.to_be_bytes());
            10
        }
    };
    if let Some(MaskingKey(key)) = header.masking_key {
        bytes[used..used + 4].copy_from_slice(&key);
        used += 4;
    }
    EncodedHeader { bytes, used }
}
