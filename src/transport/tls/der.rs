//! DER (X.690), as far as certificates and keys need it here: a sequence of values.

#[cfg(feature = "rustls")]
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed: a certificate's version, a key's curve.
pub(super) const CONTEXT_0: u8 = 0xA0;

/// The rest of a sequence of DER values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'a>(pub(super) &'a [u8]);

impl<'a> Der<'a> {
    /// The next value: its tag and its contents.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let bytes = usize::from(first & 0x7F);
            if bytes == 0 || bytes > 4 {
                return None;
            }
            let (written, behind) = rest.split_at_checked(bytes)?;
            length = written
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = behind;
        }
        let (contents, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        Some((tag, contents))
    }

    /// The contents of the next value, which has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, contents)| contents)
    }
}

impl<'a> Der<'a> {
    /// The next value with its tag and its length, as it stands there.
    pub(super) fn whole(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        self.next()?;
        Some(&before[..before.len() - self.0.len()])
    }
}

/// A value with this tag.
pub(super) fn value(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let mut value = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..=0x7F) => value.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let written = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
            value.push(0x80 | written.len() as u8); // at most eight
            value.extend_from_slice(written);
        }
    }
    contents
        .iter()
        .for_each(|part| value.extend_from_slice(part));
    value
}

/// What is read of a certificate (RFC 5280 section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    /// The contents of the issuer's name.
    pub(super) issuer: &'a [u8],
    pub(super) validity: &'a [u8],
    /// The contents of the subject's name.
    pub(super) subject: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads them; `None` if this is not a certificate.
    pub(super) fn of(certificate: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(certificate);
        let mut signed = Der(Der(certificate.expect(SEQUENCE)?).expect(SEQUENCE)?);
        if signed.0.first() == Some(&CONTEXT_0) {
            signed.next()?;
        }
        signed.expect(INTEGER)?; // serial number
        signed.expect(SEQUENCE)?; // algorithm
        Some(Self {
            issuer: signed.expect(SEQUENCE)?,
            validity: signed.expect(SEQUENCE)?,
            subject: signed.expect(SEQUENCE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let contents = vec![7; length];
            let written = value(OCTET_STRING, &[&contents, &[]]);
            let mut der = Der(&written);
            assert_eq!(der.whole(), Some(&written[..]), "{length}");
            assert_eq!(Der(&written).expect(OCTET_STRING), Some(&contents[..]));
            assert_eq!(Der(&written).expect(NULL), None);
            assert_eq!(Der(&written[..written.len() - 1]).next(), None);
        }
    }
}
