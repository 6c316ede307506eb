//! Reads PEM files (RFC 7468, RFC 1421) as tools and people write them: finds their blocks,
//! whatever text surrounds them, and writes these in the one form that every TLS library accepts.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::der::Der;
use super::old_key;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Base64 as it stands in files: padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One `-----BEGIN LABEL-----` to its `-----END LABEL-----`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    label: String,
    contents: Contents,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Contents {
    Der(Vec<u8>),
    /// Encrypted with a password, as in RFC 1421.
    Encrypted,
    /// No base64.
    Malformed,
}

/// The blocks of a file. What stands between them may be anything, in any encoding: comments, the
/// attributes that OpenSSL writes, a certificate in words, a byte-order mark. A block begins and ends
/// on a line of its own; lines end with LF, CR LF or CR, and may be indented.
fn blocks(file: &[u8]) -> Vec<Block> {
    let file = single_bytes(file);
    let mut lines = file
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(without_blanks)
        .peekable();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(label) = label_of(line, BEGIN) else {
            continue;
        };
        let mut body = Vec::new();
        let ended = loop {
            // A block that is cut ends where the next one begins.
            match lines.next_if(|line| label_of(line, BEGIN).is_none()) {
                None => break false,
                Some(line) => match label_of(line, END) {
                    Some(end) => break end == label,
                    None => body.push(line),
                },
            }
        };
        if ended {
            blocks.push(Block {
                label: String::from_utf8_lossy(label).into_owned(),
                contents: contents(&body),
            });
        }
    }
    blocks
}

/// The label in a line that begins or ends a block.
fn label_of<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(start)?.strip_suffix(DASHES)
}

/// Removes spaces and tabs at both ends; a byte-order mark counts as one.
fn without_blanks(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

/// The lines between the two that begin and end a block. Headers (RFC 1421 section 4.4) stand before
/// a blank line, and may go on in a line that begins with a blank or follows a backslash.
fn contents(body: &[&[u8]]) -> Contents {
    let headers_end = match body.iter().rposition(|line| line.contains(&b':')) {
        None => 0,
        Some(last) => {
            let blank = body[last..].iter().position(|line| line.is_empty());
            blank.map_or(last + 1, |lines| last + lines)
        }
    };
    let (headers, data) = body.split_at(headers_end);
    let is_encrypted = headers
        .iter()
        .any(|line| line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED"));
    if is_encrypted {
        return Contents::Encrypted;
    }
    let mut base64 = data.concat();
    base64.retain(|byte| !byte.is_ascii_whitespace());
    match BASE64.decode(&base64) {
        Ok(der) if !der.is_empty() => Contents::Der(der),
        _ => Contents::Malformed,
    }
}

/// The file with one byte for each character: editors and shells of Windows write UTF-16, with a
/// byte-order mark or without. A character that is not ASCII can stand in a comment only.
fn single_bytes(file: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        let ascii = |unit| u8::try_from(unit).ok().filter(u8::is_ascii);
        Cow::Owned(units.map(|unit| ascii(unit).unwrap_or(b'?')).collect())
    };
    let place = |mark: &[u8]| file.windows(mark.len()).position(|window| window == mark);
    if let Some(rest) = file.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = file.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, u16::from_be_bytes);
    }
    match place(b"-\0B\0E\0G\0I\0N").filter(|_| place(BEGIN).is_none()) {
        Some(at) if at % 2 == 0 => utf16(file, u16::from_le_bytes),
        Some(_) => utf16(file, u16::from_be_bytes),
        None => Cow::Borrowed(file),
    }
}

/// A block as every TLS library reads it.
#[cfg(any(test, not(feature = "rustls")))] // rustls gets DER
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line)); // it is ASCII
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// The certificates of a file in DER, in their order; of one that is malformed, `None`.
pub(super) fn certificates(file: &[u8]) -> Vec<Option<Vec<u8>>> {
    let blocks = blocks(file).into_iter();
    let certificate = |Block { label, contents }| {
        let is_trusted = match label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => false,
            "TRUSTED CERTIFICATE" => true,
            _ => return None,
        };
        Some(match contents {
            // What the certificate is trusted for follows it: an addition of OpenSSL.
            Contents::Der(der) if is_trusted => Der(&der).whole().map(<[u8]>::to_vec),
            Contents::Der(der) => Some(der),
            Contents::Encrypted | Contents::Malformed => None,
        })
    };
    blocks.filter_map(certificate).collect()
}

/// The usable keys of a file, as PKCS#8 in DER, in their order. If there is none, the error says
/// what the file contains instead.
pub(super) fn keys(file: &[u8]) -> Result<Vec<Vec<u8>>, KeyForm> {
    let blocks = blocks(file);
    let mut curve = None;
    let mut keys = Vec::new();
    let mut other = KeyForm::None;
    for Block { label, contents } in &blocks {
        let key = match (label.as_str(), contents) {
            ("EC PARAMETERS", Contents::Der(der)) => {
                curve = Some(der.as_slice());
                continue;
            }
            ("PRIVATE KEY", Contents::Der(der)) => Ok(der.clone()),
            ("RSA PRIVATE KEY", Contents::Der(der)) => old_key::rsa(der).ok_or(KeyForm::Older),
            ("EC PRIVATE KEY", Contents::Der(der)) => {
                old_key::elliptic(der, curve).ok_or(KeyForm::Older)
            }
            ("ENCRYPTED PRIVATE KEY", _) => Err(KeyForm::Encrypted),
            ("OPENSSH PRIVATE KEY", _) => Err(KeyForm::OpenSsh),
            (label, Contents::Encrypted) if label.ends_with("PRIVATE KEY") => {
                Err(KeyForm::Encrypted)
            }
            ("PRIVATE KEY", _) => Err(KeyForm::Malformed),
            (label, _) if label.ends_with("PRIVATE KEY") => Err(KeyForm::Older),
            _ => continue,
        };
        match key {
            Ok(key) => keys.push(key),
            Err(form) if other == KeyForm::None => other = form,
            Err(_) => {}
        }
    }
    match keys.is_empty() {
        true => Err(other),
        false => Ok(keys),
    }
}

/// What a key file contains instead of a usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyForm {
    /// A key in an older form than PKCS#8, of a kind that is not for TLS, or malformed.
    Older,
    /// A key with a password.
    Encrypted,
    /// OpenSSH's own form.
    OpenSsh,
    /// A PKCS#8 key that is not base64.
    Malformed,
    /// No key at all, or not as PEM.
    None,
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Older => "a key in an older form than PKCS#8 that cannot be read",
            Self::Encrypted => "a key that is encrypted",
            Self::OpenSsh => "an OpenSSH key, which TLS cannot use",
            Self::Malformed => "a malformed key",
            Self::None => "no private key in PEM form",
        })
    }
}

#[cfg(test)]
#[path = "pem_tests.rs"]
mod tests;
