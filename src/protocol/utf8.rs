//! UTF-8 as it arrives (RFC 6455 sections 5.6 and 8.1): text may be cut anywhere, in the
//! middle of a character too, and is refused at the first byte that cannot be right.

use super::error::ProtocolError;

/// The whole characters of `bytes`, the beginning of a text or of what follows a character; at
/// most three bytes of a cut character stay behind.
pub(super) fn characters(bytes: &[u8]) -> Result<&str, ProtocolError> {
    let whole = whole_characters(bytes)?;
    std::str::from_utf8(&bytes[..whole]).map_err(|_| ProtocolError::InvalidUtf8)
}

/// How many bytes the whole characters of `bytes` have, as for [`characters`], if they are UTF-8.
/// A cut character is validated here; whether those in front of it are valid is for the caller to
/// ask.
pub(super) fn whole_characters(bytes: &[u8]) -> Result<usize, ProtocolError> {
    let from = bytes.len().saturating_sub(3);
    let start = bytes[from..].iter().rposition(|byte| *byte >= 0xC0);
    let Some(start) = start.map(|at| from + at) else {
        return Ok(bytes.len());
    };
    match std::str::from_utf8(&bytes[start..]) {
        Ok(_) => Ok(bytes.len()),
        Err(error) if error.error_len().is_some() => Err(ProtocolError::InvalidUtf8),
        Err(_) => Ok(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of bytes after which the text is refused, as far as it has come then; one past
    /// the end: only when it ends there.
    fn refused_after(bytes: &[u8], cut: usize) -> Option<usize> {
        let first = match characters(&bytes[..cut]) {
            Ok(text) => text.len(),
            Err(_) => return Some(cut),
        };
        let rest = &bytes[first..];
        match characters(rest) {
            Err(_) => Some(bytes.len()),
            Ok(text) => (text.len() < rest.len()).then_some(bytes.len() + 1),
        }
    }

    #[test]
    fn characters_are_told_from_what_can_begin_one_and_from_what_cannot_wherever_a_text_is_cut() {
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
            for cut in 0..=bytes.len() {
                let refused = match expected {
                    Some(at) if *at <= cut => Some(cut),
                    Some(at) if *at <= bytes.len() => Some(bytes.len()),
                    expected => *expected,
                };
                let found = refused_after(bytes, cut);
                assert_eq!(found, refused, "{bytes:02x?} cut at {cut}");
                assert_eq!(found.is_none(), std::str::from_utf8(bytes).is_ok());
            }
        }
    }
}
