//! Frames as they should not be: every bit of a header is the caller's.

use crate::protocol::MaskingKey;

/// The key of every frame that is masked here; what is sent is no secret.
const KEY: MaskingKey = MaskingKey([0x37, 0xfa, 0x21, 0x3d]);

/// How a length is written (RFC 6455 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// As short as it goes.
    Shortest,
    /// In two bytes behind 126.
    Two,
    /// In eight bytes behind 127.
    Eight,
    /// In eight bytes behind 127, this number, whatever follows.
    Claim(u64),
}

/// Writes frames as one end would: a client masks them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames {
    /// A client speaks.
    pub(super) masked: bool,
}

impl Frames {
    /// A frame with this first byte: FIN, RSV1-3 and the opcode.
    pub(super) fn frame(self, first: u8, payload: &[u8]) -> Vec<u8> {
        self.long(first, Length::Shortest, payload)
    }

    /// A frame with this first byte and its length in this form.
    pub(super) fn long(self, first: u8, length: Length, payload: &[u8]) -> Vec<u8> {
        let mask = if self.masked { 0x80 } else { 0 };
        let mut frame = vec![first];
        let bytes = payload.len();
        match (length, bytes) {
            (Length::Shortest, 0..=125) => frame.push(mask | bytes as u8),
            (Length::Two, _) | (Length::Shortest, 126..=0xFFFF) => {
                frame.push(mask | 126);
                frame.extend((bytes as u16).to_be_bytes());
            }
            (Length::Eight | Length::Shortest, _) => {
                frame.push(mask | 127);
                frame.extend((bytes as u64).to_be_bytes());
            }
            (Length::Claim(claim), _) => {
                frame.push(mask | 127);
                frame.extend(claim.to_be_bytes());
            }
        }
        if self.masked {
            frame.extend(KEY.0);
        }
        let start = frame.len();
        frame.extend(payload);
        if self.masked {
            KEY.apply(0, &mut frame[start..]);
        }
        frame
    }

    /// A whole text.
    pub(super) fn text(self, payload: &[u8]) -> Vec<u8> {
        self.frame(0x81, payload)
    }

    /// A whole binary.
    pub(super) fn binary(self, payload: &[u8]) -> Vec<u8> {
        self.frame(0x82, payload)
    }

    /// A ping.
    pub(super) fn ping(self, payload: &[u8]) -> Vec<u8> {
        self.frame(0x89, payload)
    }

    /// A Close with a code and a reason.
    pub(super) fn close(self, code: u16, reason: &[u8]) -> Vec<u8> {
        self.frame(0x88, &[&code.to_be_bytes(), reason].concat())
    }

    /// A text in these fragments.
    pub(super) fn fragments(self, pieces: &[&[u8]]) -> Vec<u8> {
        let last = pieces.len().saturating_sub(1);
        let frame = |(i, piece): (usize, &&[u8])| {
            let fin = if i == last { 0x80 } else { 0 };
            self.frame(fin | u8::from(i == 0), piece)
        };
        pieces.iter().enumerate().flat_map(frame).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_bytes_of_the_rfc() {
        let (client, server) = (Frames { masked: true }, Frames { masked: false });
        // RFC 6455 section 5.7
        assert_eq!(server.text(b"Hello"), *b"\x81\x05Hello");
        assert_eq!(
            client.text(b"Hello"),
            *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
        );
        assert_eq!(
            server.fragments(&[b"Hel", b"lo"]),
            *b"\x01\x03Hel\x80\x02lo"
        );
        assert_eq!(server.binary(&[0; 256])[..4], *b"\x82\x7e\x01\x00");
        assert_eq!(
            server.binary(&[0; 65536])[..10],
            *b"\x82\x7f\0\0\0\0\0\x01\0\0"
        );
        assert_eq!(server.long(0x81, Length::Two, b"a"), *b"\x81\x7e\0\x01a");
        assert_eq!(
            server.long(0x81, Length::Eight, b"a"),
            *b"\x81\x7f\0\0\0\0\0\0\0\x01a"
        );
        assert_eq!(
            server.long(0x82, Length::Claim(1 << 63), b"")[..3],
            *b"\x82\x7f\x80"
        );
        assert_eq!(server.close(1000, b"x"), *b"\x88\x03\x03\xe8x");
    }
}
