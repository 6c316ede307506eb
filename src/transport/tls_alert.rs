//! The alerts by which a peer says why it ends TLS (RFC 8446 section 6).

use std::fmt;

/// An alert that a peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TlsAlert(u8);

/// Each alert's number and its name, with spaces (RFC 8446 appendix B.2, RFC 5246 section 7.2).
const NAMES: [(u8, &str); 35] = [
    (0, "close notify"),
    (10, "unexpected message"),
    (20, "bad record mac"),
    (21, "decryption failed"),
    (22, "record overflow"),
    (30, "decompression failure"),
    (40, "handshake failure"),
    (41, "no certificate"),
    (42, "bad certificate"),
    (43, "unsupported certificate"),
    (44, "certificate revoked"),
    (45, "certificate expired"),
    (46, "certificate unknown"),
    (47, "illegal parameter"),
    (48, "unknown ca"),
    (49, "access denied"),
    (50, "decode error"),
    (51, "decrypt error"),
    (60, "export restriction"),
    (70, "protocol version"),
    (71, "insufficient security"),
    (80, "internal error"),
    (86, "inappropriate fallback"),
    (90, "user canceled"),
    (100, "no renegotiation"),
    (109, "missing extension"),
    (110, "unsupported extension"),
    (111, "certificate unobtainable"),
    (112, "unrecognized name"),
    (113, "bad certificate status response"),
    (114, "bad certificate hash value"),
    (115, "unknown psk identity"),
    (116, "certificate required"),
    (120, "no application protocol"),
    (121, "ech required"),
];

impl TlsAlert {
    /// The alert with this number.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its name, such as `certificate required`; `None` for a number that has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let known = NAMES.iter().find(|(number, _)| *number == self.0);
        known.map(|(_, name)| *name)
    }

    /// Whether it is about this end's certificate: the peer wants one, or another one.
    #[must_use]
    pub fn is_about_certificate(self) -> bool {
        matches!(self.0, 41..=46 | 48 | 49 | 111 | 113 | 114 | 116)
    }
}

impl fmt::Display for TlsAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "the peer sent the TLS alert \"{name}\""),
            None => write!(f, "the peer sent the TLS alert number {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_has_its_name_and_its_meaning() {
        let rows = [
            (
                116,
                "the peer sent the TLS alert \"certificate required\"",
                true,
            ),
            (42, "the peer sent the TLS alert \"bad certificate\"", true),
            (48, "the peer sent the TLS alert \"unknown ca\"", true),
            (
                40,
                "the peer sent the TLS alert \"handshake failure\"",
                false,
            ),
            (80, "the peer sent the TLS alert \"internal error\"", false),
            (77, "the peer sent the TLS alert number 77", false),
        ];
        for (number, words, about_certificate) in rows {
            let alert = TlsAlert::new(number);
            assert_eq!(alert.to_string(), words);
            assert_eq!(alert.is_about_certificate(), about_certificate, "{number}");
            assert_eq!(alert.number(), number);
        }
    }
}
