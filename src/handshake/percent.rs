//! Percent-encoding (RFC 3986 section 2.1), both ways.

/// Decodes `%XX`. `None` when an escape is incomplete, or the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let high = hex_value(bytes.next()?)?;
            let low = hex_value(bytes.next()?)?;
            high << 4 | low
        } else {
            byte
        });
    }
    String::from_utf8(decoded).ok()
}

/// Decodes what stands in a query: as [`decode`], with `+` as a space.
pub(super) fn decode_query(text: &str) -> Option<String> {
    decode(&text.replace('+', " "))
}

/// Encodes, as UTF-8, every byte that `keep` does not keep.
pub(super) fn encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii() && keep(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
        }
    }
    encoded
}

/// Whether `byte` may stand anywhere in a URI as it is (RFC 3986 section 2.3, `unreserved`).
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Whether `byte` may stand in a path with its query (RFC 3986 sections 3.3 and 3.4). `%` is
/// kept: what is encoded already stays so.
pub(super) fn is_path_or_query(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@/?%".contains(&byte)
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding() {
        let rows = [
            ("", Some("")),
            ("plain", Some("plain")),
            ("a%20b%2fc%2F", Some("a b/c/")),
            ("%C3%A9", Some("\u{e9}")),
            ("a+b", Some("a+b")),
            ("%", None),
            ("%4", None),
            ("%4g", None),
            ("%+1", None),
            ("%%41", None),
            ("%C3", None),
            ("%ff", None),
            ("%ed%a0%80", None),
        ];
        for (text, expected) in rows {
            assert_eq!(decode(text).as_deref(), expected, "{text}");
        }
        assert_eq!(decode_query("a+b%2B").as_deref(), Some("a b+"));
    }

    #[test]
    fn encoding() {
        assert_eq!(
            encode("/a b\u{e9}%41?x=<y>", is_path_or_query),
            "/a%20b%C3%A9%41?x=%3Cy%3E"
        );
        assert_eq!(encode("a:b@c", is_unreserved), "a%3Ab%40c");
    }
}
