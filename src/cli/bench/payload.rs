//! The payloads of a run: each says which one it is, so that a wrong answer is noticed.

use crate::protocol::Message;

/// The bytes of a fanout's stamp: its sender in four hex digits, its time in twelve.
pub(super) const STAMP_BYTES: usize = 16;

/// The bytes of an echo's number, as far as they have room.
const NUMBER_BYTES: usize = 8;

/// Builds and knows the payloads of one connection.
#[derive(Debug)]
pub(super) struct Payloads {
    bytes: Vec<u8>,
    size: (usize, usize),
    salt: u64,
    binary: bool,
}

impl Payloads {
    /// For the connection `salt`, with sizes from the first to the second.
    pub(super) fn new(salt: u64, size: (usize, usize), binary: bool) -> Self {
        let bytes = (b'a'..=b'z').cycle().take(size.1).collect();
        Self {
            bytes,
            size,
            salt,
            binary,
        }
    }

    /// The `number`th message of an echo.
    pub(super) fn echo(&mut self, number: u64) -> Message<'_> {
        let size = self.size_of(number);
        let room = size.min(NUMBER_BYTES);
        write_hex(&mut self.bytes[..room], number);
        self.message(size)
    }

    /// The `number`th message of a fanout: of this sender, at this time after the start.
    pub(super) fn stamped(&mut self, number: u64, sender: u64, nanos: u64) -> Message<'_> {
        let size = self.size_of(number).max(STAMP_BYTES);
        write_hex(&mut self.bytes[..4], sender);
        write_hex(&mut self.bytes[4..STAMP_BYTES], nanos);
        self.message(size)
    }

    fn message(&self, size: usize) -> Message<'_> {
        let bytes = &self.bytes[..size];
        match std::str::from_utf8(bytes) {
            Ok(text) if !self.binary => Message::Text(text), // hex digits and letters: always
            _ => Message::Binary(bytes),
        }
    }

    /// Sizes are spread over the range by the number, the same each time.
    fn size_of(&self, number: u64) -> usize {
        let (least, most) = self.size;
        if least == most {
            return least;
        }
        let mut mixed = (number ^ self.salt << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        least + (mixed >> 32) as usize % (most - least + 1)
    }
}

/// The sender and the time of a fanout's message; none if it is not one of ours.
pub(super) fn read_stamp(message: &[u8]) -> Option<(u64, u64)> {
    let stamp = std::str::from_utf8(message.get(..STAMP_BYTES)?).ok()?;
    let (sender, nanos) = stamp.split_at_checked(4)?;
    Some((
        u64::from_str_radix(sender, 16).ok()?,
        u64::from_str_radix(nanos, 16).ok()?,
    ))
}

/// Writes the low digits of `number`, as many as there is room for.
fn write_hex(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_differ_from_one_to_the_next() {
        let mut payloads = Payloads::new(1, (12, 12), false);
        assert_eq!(payloads.echo(0), Message::Text("00000000ijkl"));
        assert_eq!(payloads.echo(0xabc), Message::Text("00000abcijkl"));
        let mut short = Payloads::new(1, (2, 2), true);
        assert_eq!(short.echo(0x1ff), Message::Binary(b"ff"));
        assert_eq!(Payloads::new(1, (0, 0), false).echo(7), Message::Text(""));
    }

    #[test]
    fn sizes_fill_their_range_and_repeat() {
        let mut payloads = Payloads::new(3, (10, 20), false);
        let mut sizes: Vec<usize> = (0..1000)
            .map(|i| payloads.echo(i).as_bytes().len())
            .collect();
        assert_eq!(sizes[7], payloads.echo(7).as_bytes().len());
        sizes.sort_unstable();
        sizes.dedup();
        assert_eq!(sizes, (10..=20).collect::<Vec<_>>());
    }

    #[test]
    fn stamps_come_back() {
        let mut payloads = Payloads::new(1, (16, 20), false);
        let message = payloads
            .stamped(1, 0xfffe, 123_456_789_012)
            .as_bytes()
            .to_vec();
        assert_eq!(read_stamp(&message), Some((0xfffe, 123_456_789_012)));
        for other in [
            &b"short"[..],
            b"not hex at all, is it",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}".as_bytes(),
        ] {
            assert_eq!(read_stamp(other), None);
        }
    }
}
