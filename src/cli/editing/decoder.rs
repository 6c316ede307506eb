//! UTF-8 in pieces: bytes in, characters out.

/// The result of a byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// The character needs more bytes.
    More,
    Char(char),
    /// This byte begins no character.
    Invalid(u8),
    /// The character before was never finished; this byte is still to be fed.
    Interrupted(u8),
}

/// The bytes of a character that is not finished: three at the most.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    bytes: [u8; 4],
    length: usize,
}

impl Decoder {
    /// Takes the next byte.
    pub(super) fn feed(&mut self, byte: u8) -> Decoded {
        if self.length == 0 && byte.is_ascii() {
            return Decoded::Char(char::from(byte));
        }
        self.bytes[self.length] = byte;
        let had = std::mem::take(&mut self.length);
        match std::str::from_utf8(&self.bytes[..=had]) {
            Ok(text) => text.chars().next().map_or(Decoded::More, Decoded::Char),
            Err(error) if error.error_len().is_none() => {
                self.length = had + 1;
                Decoded::More
            }
            Err(_) if had > 0 => Decoded::Interrupted(byte),
            Err(_) => Decoded::Invalid(byte),
        }
    }
}
