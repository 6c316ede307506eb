//! A frame as it was seen on the wire, legal or not: for logs and pictures of frames.

use std::fmt;

use super::frame::{FrameHeader, Opcode};
use super::mask::MaskingKey;

/// The most of a payload that is kept, in bytes.
const FIRST_BYTES: usize = 32;

/// A frame's header fields and the first bytes of its payload (RFC 6455 section 5.2).
///
/// [`Display`](fmt::Display) draws it as `key=value` fields on one line; of the payload only
/// printable ASCII gets out as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FrameSeen {
    /// FIN.
    pub fin: bool,
    /// RSV1, RSV2 and RSV3 as the bits 4, 2 and 1.
    pub rsv: u8,
    /// The opcode's number, 0 to 15.
    pub opcode: u8,
    /// MASK.
    pub masked: bool,
    /// The masking key; absent without a mask, or when it has not arrived.
    pub masking_key: Option<MaskingKey>,
    /// The announced length of the payload in bytes; absent when it has not arrived.
    pub payload_bytes: Option<u64>,
    /// The first bytes of the payload, at most 32, unmasked, as far as they have arrived.
    pub first: Vec<u8>,
}

impl FrameSeen {
    /// A frame with a legal header; `payload` is what has arrived of its payload, unmasked.
    #[must_use]
    pub fn new(header: &FrameHeader, payload: &[u8]) -> Self {
        let mut frame = Self {
            fin: header.fin,
            rsv: u8::from(header.rsv1) << 2,
            opcode: header.opcode.number(),
            masked: header.masking_key.is_some(),
            masking_key: header.masking_key,
            payload_bytes: Some(header.payload_bytes),
            first: Vec::new(),
        };
        frame.extend(payload);
        frame
    }

    /// Further bytes of the payload, unmasked.
    pub(super) fn extend(&mut self, payload: &[u8]) {
        let room = FIRST_BYTES.saturating_sub(self.first.len());
        self.first
            .extend_from_slice(&payload[..payload.len().min(room)]);
    }

    /// Decodes the frame at the front of `bytes` as far as it has come, without checking any
    /// rule. Returns it with its length on the wire in bytes, header included, if that is known
    /// already; `None` if `bytes` is empty.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, Option<u64>)> {
        let (&first, rest) = bytes.split_first()?;
        let second = rest.first().copied();
        let mut seen = Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: first & 0x0F,
            masked: second.is_some_and(|byte| byte & 0x80 != 0),
            masking_key: None,
            payload_bytes: None,
            first: Vec::new(),
        };
        let rest = rest.get(1..).unwrap_or_default();
        let (length, rest) = match second.map(|byte| byte & 0x7F) {
            None => return Some((seen, None)),
            Some(126) => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Some((seen, None)),
            },
            Some(127) => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Some((seen, None)),
            },
            Some(short) => (u64::from(short), rest),
        };
        seen.payload_bytes = Some(length);
        let payload = match (seen.masked, rest.split_first_chunk()) {
            (false, _) => rest,
            (true, None) => return Some((seen, None)),
            (true, Some((key, rest))) => {
                seen.masking_key = Some(MaskingKey(*key));
                rest
            }
        };
        let announced = usize::try_from(length).unwrap_or(usize::MAX);
        seen.first = payload[..payload.len().min(announced).min(FIRST_BYTES)].to_vec();
        if let Some(key) = seen.masking_key {
            key.apply(0, &mut seen.first);
        }
        let header = (bytes.len() - payload.len()) as u64;
        Some((seen, Some(length.saturating_add(header))))
    }

    fn opcode_name(&self) -> &'static str {
        match Opcode::from_number(self.opcode) {
            Some(Opcode::Continuation) => "continuation",
            Some(Opcode::Text) => "text",
            Some(Opcode::Binary) => "binary",
            Some(Opcode::Close) => "close",
            Some(Opcode::Ping) => "ping",
            Some(Opcode::Pong) => "pong",
            None => "reserved",
        }
    }
}

impl fmt::Display for FrameSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "fin={} rsv={:03b} opcode={}/{} mask=",
            u8::from(self.fin),
            self.rsv,
            self.opcode,
            self.opcode_name()
        )?;
        match (self.masked, self.masking_key) {
            (false, _) => f.write_str("none")?,
            (true, None) => f.write_str("?")?,
            (true, Some(MaskingKey(key))) => write!(f, "{:08x}", u32::from_be_bytes(key))?,
        }
        match self.payload_bytes {
            Some(length) => write!(f, " len={length}")?,
            None => f.write_str(" len=?")?,
        }
        if self.first.is_empty() {
            return Ok(());
        }
        f.write_str(" hex=\"")?;
        for (at, byte) in self.first.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        write!(f, "\" ascii=\"{}", self.first.escape_ascii())?;
        let rest = self.payload_bytes.unwrap_or(0);
        let more = if rest > self.first.len() as u64 {
            "..."
        } else {
            ""
        };
        write!(f, "\"{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_drawn_whether_legal_or_not() {
        let rows: &[(&[u8], Option<u64>, &str)] = &[
            (
                &[
                    0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
                ],
                Some(11),
                "fin=1 rsv=000 opcode=1/text mask=37fa213d len=5 hex=\"48 65 6c 6c 6f\" ascii=\"Hello\"",
            ),
            (
                &[0x89, 0],
                Some(2),
                "fin=1 rsv=000 opcode=9/ping mask=none len=0",
            ),
            (
                &[0x72, 3, 0x1b, b'"'],
                Some(5),
                "fin=0 rsv=111 opcode=2/binary mask=none len=3 hex=\"1b 22\" ascii=\"\\x1b\\\"\"...",
            ),
            (
                &[0xC3, 0xFE, 1, 0],
                None,
                "fin=1 rsv=100 opcode=3/reserved mask=? len=256",
            ),
            (
                &[0, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                Some(u64::MAX),
                "fin=0 rsv=000 opcode=0/continuation mask=none len=18446744073709551615",
            ),
            (
                &[0x82, 126, 1],
                None,
                "fin=1 rsv=000 opcode=2/binary mask=none len=?",
            ),
            (
                &[0x88],
                None,
                "fin=1 rsv=000 opcode=8/close mask=none len=?",
            ),
        ];
        for (bytes, length, drawn) in rows {
            let (seen, wire) = FrameSeen::read(bytes).unwrap();
            assert_eq!(seen.to_string(), *drawn);
            assert_eq!(wire, *length, "{drawn}");
        }
        assert_eq!(FrameSeen::read(&[]), None);
    }

    #[test]
    fn of_a_long_payload_the_first_bytes_are_kept() {
        let mut bytes = vec![0x82, 126, 0x01, 0x00];
        bytes.extend([0xAB; 256]);
        let (seen, wire) = FrameSeen::read(&bytes).unwrap();
        assert_eq!((seen.first.len(), wire), (FIRST_BYTES, Some(260)));
    }
}
