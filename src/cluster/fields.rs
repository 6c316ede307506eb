//! The fields of the cluster's own formats. A number is written in groups of seven bits, the lowest
//! group first; texts and bytes follow their length.
//!
//! The input came over a network: each length is checked against a limit, and against the bytes
//! that are left, before memory is allocated for it.

use std::fmt;

/// Why bytes are not what a node writes, as a text for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Encodes fields.
#[derive(Debug, Default)]
pub struct FieldWriter(Vec<u8>);

impl FieldWriter {
    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Writes a number, seven bits to a byte.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80); // the low seven bits
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Writes the length of `bytes`, then the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Writes the length of a text in bytes, then the text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes the number of texts, then each text.
    pub fn texts<S: AsRef<str>>(&mut self, texts: &[S]) {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text.as_ref());
        }
    }

    /// Writes a flag, then the text if there is one.
    pub fn maybe_text(&mut self, text: Option<&str>) {
        self.byte(text.is_some().into());
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// The number of bytes written so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes that were written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Decodes what a [`FieldWriter`] encoded.
#[derive(Debug, Clone)]
pub struct FieldReader<'a>(&'a [u8]);

impl<'a> FieldReader<'a> {
    /// A reader at the start of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all bytes were read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that are not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    /// Reads a byte that has to be 0 or 1.
    pub fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("a flag is neither 0 nor 1")),
        }
    }

    /// Reads a number; it has to be in its shortest form.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed("a number has more than 64 bits"));
            }
            number |= bits << shift;
            if byte < 0x80 {
                return match byte == 0 && shift > 0 {
                    true => Err(Malformed("a number is longer than it need be")),
                    false => Ok(number),
                };
            }
        }
        Err(Malformed("a number has more than 64 bits"))
    }

    /// Reads the number of items that follow: at most `max`, and no more than the bytes that are
    /// left, since each item has at least one.
    pub fn count(&mut self, max: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if count > max {
            return Err(Malformed("there are more of something than may be"));
        }
        if count > self.0.len() {
            return Err(Malformed("it ends too early"));
        }
        Ok(count)
    }

    /// Reads a length of at most `max`, then as many bytes.
    pub fn bytes(&mut self, max: usize) -> Result<&'a [u8], Malformed> {
        let count = self.count(max)?;
        let (bytes, rest) = self.0.split_at(count); // in bounds: count() checked it
        self.0 = rest;
        Ok(bytes)
    }

    /// Reads a text of at most `max` bytes.
    pub fn text(&mut self, max: usize) -> Result<&'a str, Malformed> {
        let bytes = self.bytes(max)?;
        std::str::from_utf8(bytes).map_err(|_| Malformed("a text is not UTF-8"))
    }

    /// Reads at most `max` texts of at most `max_bytes` bytes each.
    pub fn texts(&mut self, max: usize, max_bytes: usize) -> Result<Vec<String>, Malformed> {
        let count = self.count(max)?;
        (0..count)
            .map(|_| self.text(max_bytes).map(str::to_owned))
            .collect()
    }

    /// Reads a flag, then a text of at most `max` bytes if there is one.
    pub fn maybe_text(&mut self, max: usize) -> Result<Option<&'a str>, Malformed> {
        self.flag()?.then(|| self.text(max)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_have_one_form() {
        for number in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::MAX / 2, u64::MAX] {
            let mut writer = FieldWriter::default();
            writer.number(number);
            let bytes = writer.into_bytes();
            let mut reader = FieldReader::new(&bytes);
            assert_eq!((reader.number(), reader.is_at_end()), (Ok(number), true));
            let cut = &bytes[..bytes.len() - 1];
            assert!(FieldReader::new(cut).number().is_err(), "{number}");
        }
        let long: &[&[u8]] = &[&[0x80, 0], &[0xff; 10], &[0xff; 11]];
        for bytes in long {
            assert!(FieldReader::new(bytes).number().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn lengths_are_checked_at_the_limit_and_one_past_it() {
        let mut writer = FieldWriter::default();
        writer.text("four");
        let bytes = writer.into_bytes();
        assert_eq!(FieldReader::new(&bytes).text(4), Ok("four"));
        assert!(FieldReader::new(&bytes).text(3).is_err());
        assert!(FieldReader::new(&bytes[..4]).text(4).is_err());
        assert!(FieldReader::new(&[2, 0xc3, 0x28]).text(9).is_err());
        assert!(FieldReader::new(&[2]).flag().is_err());
        let huge = [0xff, 0xff, 0xff, 0xff, 0x7f];
        assert!(FieldReader::new(&huge).bytes(usize::MAX).is_err());
    }
}
