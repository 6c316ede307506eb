//! UTF-8 as it arrives (RFC 6455 sections 5.6 and 8.1): text may be cut anywhere, in the
//! middle of a character too, and is refused at the first byte that cannot be right.

use std::fmt;

/// A text is not UTF-8 (RFC 6455 section 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvalidUtf8;

impl fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text that is not UTF-8")
    }
}

impl std::error::Error for InvalidUtf8 {}

/// In place of a count of kept bytes: the text was refused.
const REFUSED: usize = 4;

/// Validates one text, piece by piece.
///
/// The bulk of each piece goes through `std`'s validator; only a character cut at the
/// end of a piece (at most three bytes of it) is kept here until its rest arrives.
#[derive(Debug, Clone, Default)]
pub struct Utf8Validator {
    cut: [u8; 4],
    cut_bytes: usize,
}

impl Utf8Validator {
    /// Takes the next piece of the text.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] if no continuation could make the text UTF-8, from the first such piece
    /// on.
    pub fn feed(&mut self, mut piece: &[u8]) -> Result<(), InvalidUtf8> {
        while self.cut_bytes > 0 {
            // At most three bytes are kept: a fourth completes any character or is refused.
            if self.cut_bytes == REFUSED {
                return Err(InvalidUtf8);
            }
            let Some((&byte, rest)) = piece.split_first() else {
                return Ok(());
            };
            piece = rest;
            self.cut[self.cut_bytes] = byte;
            self.cut_bytes += 1;
            match std::str::from_utf8(&self.cut[..self.cut_bytes]) {
                Ok(_) => self.cut_bytes = 0,
                Err(error) if error.error_len().is_some() => self.cut_bytes = REFUSED,
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(piece) {
            if error.error_len().is_some() {
                self.cut_bytes = REFUSED;
                return Err(InvalidUtf8);
            }
            let tail = &piece[error.valid_up_to()..];
            self.cut[..tail.len()].copy_from_slice(tail);
            self.cut_bytes = tail.len();
        }
        Ok(())
    }

    /// Tells that the text ends here.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] if it ends inside a character, or was refused before.
    pub fn finish(&self) -> Result<(), InvalidUtf8> {
        if self.cut_bytes == 0 {
            Ok(())
        } else {
            Err(InvalidUtf8)
        }
    }
}

/// How many of `bytes`, the beginning of a text or of what follows a character, are whole
/// characters, if they are UTF-8; at most three bytes of a cut character stay behind. Those are
/// validated here; whether the characters in front of them are valid is for the caller to ask.
pub(super) fn whole_characters(bytes: &[u8]) -> Result<usize, InvalidUtf8> {
    let from = bytes.len().saturating_sub(3);
    let start = bytes[from..].iter().rposition(|byte| *byte >= 0xC0);
    let Some(start) = start.map(|at| from + at) else {
        return Ok(bytes.len());
    };
    match std::str::from_utf8(&bytes[start..]) {
        Ok(_) => Ok(bytes.len()),
        Err(error) if error.error_len().is_some() => Err(InvalidUtf8),
        Err(_) => Ok(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of bytes after which the text is refused, fed byte by byte.
    fn refused_after(bytes: &[u8]) -> Option<usize> {
        let mut validator = Utf8Validator::default();
        for (i, byte) in bytes.iter().enumerate() {
            if validator.feed(&[*byte]).is_err() {
                return Some(i + 1);
            }
        }
        validator.finish().err().map(|_| bytes.len() + 1)
    }

    #[test]
    fn refuses_at_the_first_impossible_byte() {
        // (bytes, refused after how many of them; one past the end: only when it ends there)
        let rows: &[(&[u8], Option<usize>)] = &[
            (b"", None),
            (b"plain", None),
            ("κόσμε".as_bytes(), None),
            (
                "\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}".as_bytes(),
                None,
            ),
            (b"\x80", Some(1)),             // a continuation byte alone
            (b"\xC0\xAF", Some(1)),         // overlong, two bytes
            (b"\xC1\xBF", Some(1)),         // overlong, two bytes
            (b"\xC2", Some(2)),             // cut
            (b"\xC2\x41", Some(2)),         // cut by a letter
            (b"\xE0\x80\xAF", Some(2)),     // overlong, three bytes
            (b"\xE0\x9F\xBF", Some(2)),     // overlong, three bytes
            (b"\xED\xA0\x80", Some(2)),     // surrogate D800
            (b"\xED\xBF\xBF", Some(2)),     // surrogate DFFF
            (b"\xED\x9F\xBF", None),        // D7FF
            (b"\xEE\x80\x80", None),        // E000
            (b"\xEF\xBF\xBD", None),        // the replacement character itself
            (b"\xF0\x80\x80\xAF", Some(2)), // overlong, four bytes
            (b"\xF4\x8F\xBF\xBF", None),    // 10FFFF
            (b"\xF4\x90\x80\x80", Some(2)), // 110000
            (b"\xF5", Some(1)),             // beyond Unicode
            (b"\xFE", Some(1)),
            (b"\xFF", Some(1)),
            (b"ok \xCE\xBA\xE1\xBD\xB9 \xFF", Some(9 + 1)),
            (b"\xF0\x9F\x98", Some(4)), // cut after three of four
        ];
        for (bytes, expected) in rows {
            assert_eq!(refused_after(bytes), *expected, "{bytes:02x?}");
            for cut in 0..=bytes.len() {
                let mut validator = Utf8Validator::default();
                let result = validator
                    .feed(&bytes[..cut])
                    .and_then(|()| validator.feed(&bytes[cut..]))
                    .and_then(|()| validator.finish());
                assert_eq!(
                    result.is_err(),
                    expected.is_some(),
                    "{bytes:02x?} cut at {cut}"
                );
                assert_eq!(result.is_ok(), std::str::from_utf8(bytes).is_ok());
            }
        }
    }

    #[test]
    fn what_was_refused_stays_refused() {
        for bad in [&b"\xF0\x9F\x98A"[..], b"\xFF", b"\xC2A"] {
            for cut in 0..bad.len() {
                let mut validator = Utf8Validator::default();
                let fed = validator
                    .feed(&bad[..cut])
                    .and_then(|()| validator.feed(&bad[cut..]));
                assert_eq!(fed, Err(InvalidUtf8));
                assert_eq!(validator.feed(b""), Err(InvalidUtf8));
                assert_eq!(validator.feed(b"fine"), Err(InvalidUtf8));
                assert_eq!(validator.finish(), Err(InvalidUtf8));
            }
        }
    }
}
