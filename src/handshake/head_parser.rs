//! The incremental parser of heads (RFC 9112 sections 2, 3 and 5): strict, bounded, and fed in
//! whatever pieces the network gives. Every byte is looked at once.

use super::head::{RequestHead, ResponseHead};
use super::head_error::HeadError;
use super::headers::is_tchar;
use super::start_line::{StartLine, latin1};

/// The most bytes in one line of a head, without its CRLF. Default of the field's servers; ample
/// for a target with a token in it.
pub const MAX_LINE_BYTES: usize = 8 * 1024;

/// The most bytes in a head, from its first byte to the end of the blank line. It bounds what a
/// peer can make us hold before it has said anything.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The most header lines in a head.
pub const MAX_HEADERS: usize = 100;

/// What feeding a parser came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed<H> {
    /// All bytes belonged to the head, and its end has not come.
    NeedMore,
    /// The head is whole.
    Done {
        /// The head.
        head: H,
        /// How many bytes of this feed belonged to it. The rest is what follows: frames.
        consumed: usize,
    },
}

/// Most lines are shorter: they are taken without a second allocation.
const USUAL_LINE_BYTES: usize = 128;

/// Parses request heads: the server's side.
pub type RequestParser = HeadParser<RequestHead>;

/// Parses response heads: the client's side.
pub type ResponseParser = HeadParser<ResponseHead>;

/// An incremental parser of one kind of head. It holds the line at hand and the headers so far,
/// never more than [`MAX_HEAD_BYTES`] of the peer's bytes. After [`Fed::Done`] it is as new; after
/// an error it gives the same error for ever.
#[derive(Debug, Default)]
pub struct HeadParser<H: StartLine> {
    place: Place,
    progress: H::Progress,
    line: Vec<u8>,
    head: H,
    head_bytes: usize,
    failed: Option<HeadError>,
}

/// Where in the head the next byte stands.
#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    StartLine,
    Name,
    Value {
        colon: usize,
    },
    /// A CR has come; only an LF may follow.
    LineEnd(Line),
}

/// Which line ends.
#[derive(Debug, Clone, Copy)]
enum Line {
    Start,
    Blank,
    WithoutColon,
    Header { colon: usize },
}

impl<H: StartLine> HeadParser<H> {
    /// A parser at the first byte of a head.
    pub fn new() -> Self {
        Self {
            line: Vec::with_capacity(USUAL_LINE_BYTES),
            ..Self::default()
        }
    }

    /// Takes the next bytes, however few or many.
    ///
    /// # Errors
    ///
    /// [`HeadError`] at the first byte that proves the head wrong or too long.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Fed<H>, HeadError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let plain = self.take_plain(&bytes[at..]);
            if plain > 0 {
                at += plain;
                continue;
            }
            match self.take(byte) {
                Ok(false) => at += 1,
                Ok(true) => {
                    let head = std::mem::take(self).head;
                    return Ok(Fed::Done {
                        head,
                        consumed: at + 1,
                    });
                }
                Err(error) => {
                    *self = Self {
                        failed: Some(error),
                        ..Self::default()
                    };
                    return Err(error);
                }
            }
        }
        Ok(Fed::NeedMore)
    }

    /// Whether a byte of a head has come and its end has not: a peer that leaves now has cut
    /// itself short.
    pub fn is_started(&self) -> bool {
        self.head_bytes > 0
    }

    /// Takes, of a header's value, what stands in front of the first byte that has to be looked
    /// at more closely, or that would be too much; answers how long it was.
    fn take_plain(&mut self, bytes: &[u8]) -> usize {
        let Place::Value { .. } = self.place else {
            return 0;
        };
        let room = (MAX_LINE_BYTES - self.line.len()).min(MAX_HEAD_BYTES - self.head_bytes);
        let bytes = &bytes[..bytes.len().min(room)];
        let plain = bytes.iter().position(u8::is_ascii_control);
        let plain = plain.unwrap_or(bytes.len());
        self.line.extend_from_slice(&bytes[..plain]);
        self.head_bytes += plain;
        plain
    }

    /// Takes one byte; true when it ends the head.
    fn take(&mut self, byte: u8) -> Result<bool, HeadError> {
        if let Place::LineEnd(line) = self.place {
            self.count_byte()?;
            return match byte {
                b'\n' => self.end_line(line),
                _ => Err(HeadError::BareCr),
            };
        }
        if self.head_bytes == 0
            && let Some(error) = H::foreign(byte)
        {
            return Err(error);
        }
        match byte {
            b'\r' => {
                self.count_byte()?;
                self.place = Place::LineEnd(self.line_at_cr()?);
                return Ok(false);
            }
            b'\n' => return Err(HeadError::BareLf),
            0 => return Err(HeadError::Nul),
            b'\t' => {}
            _ if byte.is_ascii_control() => return Err(HeadError::ControlCharacter),
            _ => {}
        }
        let at = self.line.len();
        if at == MAX_LINE_BYTES {
            let limit = MAX_LINE_BYTES;
            return Err(match self.place {
                Place::StartLine => HeadError::LineTooLong { limit },
                _ => HeadError::HeaderLineTooLong { limit },
            });
        }
        self.count_byte()?;
        match self.place {
            Place::StartLine => H::admit(&mut self.progress, at, byte)?,
            Place::Name => self.admit_name(at, byte)?,
            Place::Value { .. } | Place::LineEnd(_) => {} // what no value may hold is gone by now
        }
        self.line.push(byte);
        Ok(false)
    }

    fn count_byte(&mut self) -> Result<(), HeadError> {
        if self.head_bytes == MAX_HEAD_BYTES {
            return Err(HeadError::HeadTooLong);
        }
        self.head_bytes += 1;
        Ok(())
    }

    /// Judges a byte in front of a header line's colon, or that colon.
    fn admit_name(&mut self, at: usize, byte: u8) -> Result<(), HeadError> {
        if at == 0 && self.head.headers_mut().len() == MAX_HEADERS {
            return Err(HeadError::TooManyHeaders);
        }
        match byte {
            b':' if at == 0 => Err(HeadError::EmptyName),
            b':' => {
                self.place = Place::Value { colon: at };
                Ok(())
            }
            b' ' | b'\t' if at == 0 => Err(HeadError::ObsFold),
            b' ' | b'\t' => Err(HeadError::SpaceBeforeColon),
            _ if is_tchar(byte) => Ok(()),
            _ => Err(HeadError::InvalidNameByte),
        }
    }

    fn line_at_cr(&self) -> Result<Line, HeadError> {
        match self.place {
            Place::StartLine if self.line.is_empty() => Err(HeadError::EmptyFirstLine),
            Place::StartLine => Ok(Line::Start),
            Place::Name if self.line.is_empty() => Ok(Line::Blank),
            Place::Name => Ok(Line::WithoutColon),
            Place::Value { colon } => Ok(Line::Header { colon }),
            Place::LineEnd(_) => Err(HeadError::BareCr),
        }
    }

    /// Takes the LF of a line; true when it was the blank one.
    fn end_line(&mut self, line: Line) -> Result<bool, HeadError> {
        match line {
            Line::Blank => {
                self.head.headers_mut().shrink();
                return Ok(true);
            }
            Line::WithoutColon => return Err(HeadError::MissingColon),
            Line::Start => self.head = H::finish(&self.progress, &self.line)?,
            Line::Header { colon } => {
                // Of what `trim_ascii` removes, SP and HTAB alone can have got here.
                let (name, value) = (&self.line[..colon], self.line[colon + 1..].trim_ascii());
                let headers = self.head.headers_mut();
                headers.push_chars(latin1(name), latin1(value));
            }
        }
        self.line.clear();
        self.place = Place::Name;
        Ok(false)
    }
}

#[cfg(test)]
#[path = "head_parser_tests.rs"]
mod tests;
