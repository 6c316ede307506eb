//! `Sec-WebSocket-Key` and the `Sec-WebSocket-Accept` value that answers it
//! (RFC 6455 sections 4.1, 4.2.2 and 11.3).

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};

/// The text that is appended to every key (RFC 6455 section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The bytes of the nonce inside a key (RFC 6455 section 4.1, item 7).
const NONCE_BYTES: usize = 16;

/// The length of sixteen bytes in base64.
const KEY_CHARS: usize = 24;

/// The `Sec-WebSocket-Accept` value for a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2, item 5.4):
/// base64 of the SHA-1 of the key as it stands, followed by the GUID.
#[must_use]
pub fn accept_value(key: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(key.as_bytes());
    sha1.update(GUID.as_bytes());
    STANDARD.encode(sha1.finalize())
}

/// Whether `key` is the canonical base64 of exactly sixteen bytes (RFC 6455 section 4.2.1,
/// item 5): padded, without spaces, its unused bits zero.
#[must_use]
pub fn is_valid_key(key: &str) -> bool {
    key.len() == KEY_CHARS
        && STANDARD
            .decode(key)
            .is_ok_and(|nonce| nonce.len() == NONCE_BYTES)
}

/// The `Sec-WebSocket-Key` for a nonce (RFC 6455 section 4.1, item 7).
#[must_use]
pub fn encode_key(nonce: [u8; NONCE_BYTES]) -> String {
    STANDARD.encode(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_values() {
        let rows = [
            // RFC 6455 section 1.3
            ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            // a nonce of zeroes, worked out with another program's SHA-1
            ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ];
        for (key, accept) in rows {
            assert_eq!(accept_value(key), accept, "{key}");
        }
    }

    #[test]
    fn keys_come_back() {
        assert_eq!(encode_key(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
        for byte in 0..=255 {
            assert!(is_valid_key(&encode_key([byte; 16])), "{byte}");
        }
    }

    #[test]
    fn keys_that_are_none() {
        let rows = [
            ("empty", ""),
            ("fifteen bytes", "AAAAAAAAAAAAAAAAAAAA"),
            ("seventeen bytes", "AAAAAAAAAAAAAAAAAAAAAAA="),
            ("eighteen bytes", "AAAAAAAAAAAAAAAAAAAAAAAA"),
            ("no padding", "AAAAAAAAAAAAAAAAAAAAAA"),
            ("half the padding", "AAAAAAAAAAAAAAAAAAAAAA="),
            ("unused bits set", "AAAAAAAAAAAAAAAAAAAAAB=="),
            ("url alphabet", "__________________-___=="),
            ("space inside", "AAAAAAAAAAA AAAAAAAAAA=="),
            ("space behind", "AAAAAAAAAAAAAAAAAAAAAA== "),
            (
                "two keys",
                "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
            ),
            ("not ASCII", "AAAAAAAAAAAAAAAAAAAA\u{e9}=="),
        ];
        for (name, key) in rows {
            assert!(!is_valid_key(key), "{name}");
        }
    }
}
