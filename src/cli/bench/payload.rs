//! The payloads of a run. Each holds its number or its time, so that a wrong answer is noticed.

use wshub::connection::Incoming;
use wshub::protocol::Message;

/// The bytes of a fan-out's stamp: the sender in four hex digits, the time in twelve.
pub(super) const STAMP_BYTES: usize = 16;

/// The bytes of an echo's number; a shorter payload holds the last digits.
const NUMBER_BYTES: usize = 8;

/// Builds the payloads of one connection and recognises those that come back.
#[derive(Debug)]
pub(super) struct Payloads {
    bytes: Vec<u8>,
    size: (usize, usize),
    salt: u64,
    binary: bool,
}

impl Payloads {
    /// For connection `salt`, with sizes from `size.0` to `size.1` bytes.
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

    /// The stamp of a fan-out's message, from any connection; none if any byte of the message
    /// differs from what the bench sends.
    pub(super) fn stamp_of(&self, message: &[u8]) -> Option<Stamp> {
        let (stamp, letters) = message.split_at_checked(STAMP_BYTES)?;
        let (sender, nanos) = stamp.split_at(4);
        let whole = message.len() >= self.size.0 && self.bytes[STAMP_BYTES..].starts_with(letters);
        whole.then_some(Stamp {
            sender: read_hex(sender)?,
            nanos: read_hex(nanos)?,
        })
    }

    /// Whether a message is an echo's, of any connection and any number.
    pub(super) fn is_echo(&self, message: &[u8]) -> bool {
        let digits = message.len().min(NUMBER_BYTES);
        let (number, letters) = message.split_at(digits);
        let fits = (self.size.0..=self.size.1).contains(&message.len());
        fits && read_hex(number).is_some() && self.bytes[digits..].starts_with(letters)
    }

    fn message(&self, size: usize) -> Message<'_> {
        let bytes = &self.bytes[..size];
        match std::str::from_utf8(bytes) {
            Ok(text) if !self.binary => Message::Text(text), // hex digits and letters: always
            _ => Message::Binary(bytes),
        }
    }

    /// The size of message `number`: spread over the range, the same each time it is asked.
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

/// The payload of a message, and whether it is a binary one; none of anything else.
pub(super) fn payload_of<'a>(event: &Incoming<'a>) -> Option<(&'a [u8], bool)> {
    match event {
        Incoming::Message(Message::Text(text)) => Some((text.as_bytes(), false)),
        Incoming::Message(Message::Binary(bytes)) => Some((bytes, true)),
        _ => None,
    }
}

/// Which connection sent a fanout's message, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) sender: u64,
    pub(super) nanos: u64,
}

fn read_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(number << 4 | u64::from(value))
    })
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
        let stamp = Stamp {
            sender: 0xfffe,
            nanos: 123_456_789_012,
        };
        assert_eq!(payloads.stamp_of(&message), Some(stamp));
        let mut longer = Payloads::new(1, (16, 20), false);
        longer.size = (20, 20);
        let whole = longer.stamped(1, 7, 8).as_bytes().to_vec();
        assert!(payloads.stamp_of(&whole).is_some());
        assert_eq!(payloads.stamp_of(&[&whole[..19], b"?"].concat()), None);
        assert_eq!(longer.stamp_of(&whole[..19]), None, "cut short");
        for other in [
            &b"short"[..],
            b"not hex at all, is it",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}".as_bytes(),
        ] {
            assert_eq!(payloads.stamp_of(other), None);
        }
    }
}
