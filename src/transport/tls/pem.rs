//! PEM files (RFC 7468), read just far enough to say what is in them and to hand the right
//! blocks on.

use std::fmt;

/// One `-----BEGIN LABEL-----` to its `-----END LABEL-----`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    /// The block with both its lines.
    pub(super) text: &'a str,
}

/// The blocks of a file, whatever stands between them. A file that is no text has none.
pub(super) fn blocks(file: &[u8]) -> Vec<Block<'_>> {
    const BEGIN: &str = "-----BEGIN ";
    let mut blocks = Vec::new();
    let mut rest = std::str::from_utf8(file).unwrap_or_default();
    while let Some(start) = rest.find(BEGIN) {
        rest = &rest[start..];
        let Some((label, _)) = rest[BEGIN.len()..].split_once("-----") else {
            break;
        };
        let end = format!("-----END {label}-----");
        let Some(length) = rest.find(&end).map(|at| at + end.len()) else {
            rest = &rest[BEGIN.len()..];
            continue;
        };
        let (text, behind) = rest.split_at(length);
        blocks.push(Block { label, text });
        rest = behind;
    }
    blocks
}

/// The blocks with this label as a file of their own; empty if there is none.
pub(super) fn only(file: &[u8], label: &str) -> String {
    let blocks = blocks(file).into_iter();
    let wanted = blocks.filter(|block| block.label == label);
    wanted.map(|block| format!("{}\n", block.text)).collect()
}

/// What a file for `--tls-key` holds instead of a PKCS#8 key in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// PKCS#1, SEC 1: a key in an older form.
    Older,
    /// A key behind a password.
    Encrypted,
    /// OpenSSH's own form.
    OpenSsh,
    /// No key at all, or not as PEM.
    None,
}

impl KeyForm {
    /// What is there, where there is no `PRIVATE KEY`.
    pub(super) fn of(file: &[u8]) -> Self {
        let blocks = blocks(file);
        let key = blocks
            .iter()
            .find(|block| block.label.ends_with("PRIVATE KEY"));
        match key.map(|block| block.label) {
            None => Self::None,
            Some("OPENSSH PRIVATE KEY") => Self::OpenSsh,
            Some("ENCRYPTED PRIVATE KEY") => Self::Encrypted,
            // The older forms are encrypted inside.
            Some(_) if key.is_some_and(|block| block.text.contains("ENCRYPTED")) => Self::Encrypted,
            Some(_) => Self::Older,
        }
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Older => "a key in an older form than PKCS#8",
            Self::Encrypted => "a key that is encrypted",
            Self::OpenSsh => "a key of OpenSSH, which is not for TLS",
            Self::None => "no private key in PEM form",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\r\n{body}\r\n-----END {label}-----\r\n")
    }

    #[test]
    fn blocks_are_found_whatever_stands_between_them() {
        let cert = block("CERTIFICATE", "AAAA");
        let key = block("PRIVATE KEY", "BBBB");
        let file = format!("Bag Attributes\n{cert}junk\n{key}{cert}-----BEGIN CUT-----\nCCCC");
        let labels: Vec<_> = blocks(file.as_bytes()).iter().map(|b| b.label).collect();
        assert_eq!(labels, ["CERTIFICATE", "PRIVATE KEY", "CERTIFICATE"]);
        assert!(only(file.as_bytes(), "PRIVATE KEY").starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(
            only(file.as_bytes(), "CERTIFICATE").matches("AAAA").count(),
            2
        );
        assert_eq!(only(file.as_bytes(), "CUT"), "");
    }

    #[test]
    fn what_is_no_pem_has_no_blocks() {
        for file in [
            &b""[..],
            b"\x30\x82\x01\x0A",
            b"-----BEGIN",
            b"-----BEGIN X-----",
            b"\xFF-----BEGIN X-----\n-----END X-----",
        ] {
            assert_eq!(blocks(file), [], "{file:?}");
        }
    }

    #[test]
    fn a_key_that_will_not_do_is_called_by_its_form() {
        let old_encrypted = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA";
        let rows = [
            (block("RSA PRIVATE KEY", "AAAA"), KeyForm::Older),
            (block("EC PRIVATE KEY", "AAAA"), KeyForm::Older),
            (block("RSA PRIVATE KEY", old_encrypted), KeyForm::Encrypted),
            (block("ENCRYPTED PRIVATE KEY", "AAAA"), KeyForm::Encrypted),
            (block("OPENSSH PRIVATE KEY", "AAAA"), KeyForm::OpenSsh),
            (block("CERTIFICATE", "AAAA"), KeyForm::None),
            (String::new(), KeyForm::None),
        ];
        for (file, form) in rows {
            assert_eq!(KeyForm::of(file.as_bytes()), form, "{file}");
        }
    }
}
