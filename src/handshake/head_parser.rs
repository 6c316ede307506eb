//! The incremental parser of heads (RFC 9112 sections 2, 3 and 5): strict, bounded, and fed in
//! whatever pieces the network gives. Every byte is looked at once.

use super::head::{RequestHead, ResponseHead};
use super::head_error::HeadError;
use super::head_limits::HeadLimits;
use super::headers::is_tchar;
use super::start_line::{StartLine, latin1};

/// The result of feeding a parser.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
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

/// An incremental parser of one kind of head. It holds the current line and the headers so far,
/// never more than [`HeadLimits::max_bytes`] of the peer's bytes. After [`Fed::Done`] it is as good as
/// new, for the next head; after an error it returns the same error from then on.
#[derive(Debug, Default)]
pub struct HeadParser<H: StartLine> {
    place: Place,
    progress: H::Progress,
    line: Vec<u8>,
    head: H,
    head_bytes: usize,
    limits: HeadLimits,
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
    /// In a line that goes on with the value of the one before it.
    Fold,
    /// A CR has come; only an LF may follow.
    LineEnd(Line),
}

/// Which line ends.
#[derive(Debug, Clone, Copy)]
enum Line {
    Start,
    Blank,
    WithoutColon,
    Header {
        colon: usize,
    },
    Folded,
    /// An empty line in front of a request line.
    Skipped,
}

impl<H: StartLine> HeadParser<H> {
    /// A parser at the first byte of a head, with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(HeadLimits::default())
    }

    /// A parser at the first byte of a head with these limits.
    #[must_use]
    pub fn with_limits(limits: HeadLimits) -> Self {
        Self {
            line: Vec::with_capacity(USUAL_LINE_BYTES),
            limits,
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
                    let fresh = Self {
                        limits: self.limits,
                        ..Self::default()
                    };
                    let head = std::mem::replace(self, fresh).head;
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

    /// Whether a byte of a head, or of an empty line in front of it, has come and its end has not: if the peer closes the connection
    /// now, its head is incomplete.
    pub fn is_started(&self) -> bool {
        self.head_bytes > 0
    }

    /// Takes, of a header's value, what stands in front of the first byte that has to be looked at
    /// more closely, or that would be too much; returns how long it was.
    fn take_plain(&mut self, bytes: &[u8]) -> usize {
        let (Place::Value { .. } | Place::Fold) = self.place else {
            return 0;
        };
        let line_room = self.limits.max_line_bytes.saturating_sub(self.line.len());
        let room = line_room.min(self.limits.max_bytes.saturating_sub(self.head_bytes));
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
        let limit = self.limits.max_line_bytes;
        if at >= limit {
            return Err(match self.place {
                Place::StartLine => H::too_long(&self.progress, limit),
                _ => HeadError::HeaderLineTooLong { limit },
            });
        }
        self.count_byte()?;
        match self.place {
            Place::StartLine => H::admit(&mut self.progress, at, byte)?,
            Place::Name => self.admit_name(at, byte)?,
            Place::Value { .. } | Place::Fold | Place::LineEnd(_) => {} // what no value may hold is gone by now
        }
        self.line.push(byte);
        Ok(false)
    }

    fn count_byte(&mut self) -> Result<(), HeadError> {
        let limit = self.limits.max_bytes;
        if self.head_bytes >= limit {
            return Err(HeadError::HeadTooLong { limit });
        }
        self.head_bytes += 1;
        Ok(())
    }

    /// Judges a byte in front of a header line's colon, or that colon.
    fn admit_name(&mut self, at: usize, byte: u8) -> Result<(), HeadError> {
        if at == 0 && matches!(byte, b' ' | b'\t') {
            if H::IS_REQUEST || self.head.headers_mut().is_empty() {
                return Err(HeadError::ObsFold);
            }
            self.place = Place::Fold;
            return Ok(());
        }
        let limit = self.limits.max_headers;
        if at == 0 && self.head.headers_mut().len() >= limit {
            return Err(HeadError::TooManyHeaders { limit });
        }
        match byte {
            b':' if at == 0 => Err(HeadError::EmptyName),
            b':' => {
                self.place = Place::Value { colon: at };
                Ok(())
            }
            b' ' | b'\t' => Err(HeadError::SpaceBeforeColon),
            _ if is_tchar(byte) => Ok(()),
            _ => Err(HeadError::InvalidNameByte),
        }
    }

    fn line_at_cr(&self) -> Result<Line, HeadError> {
        match self.place {
            Place::StartLine if !self.line.is_empty() => Ok(Line::Start),
            Place::StartLine if H::IS_REQUEST => Ok(Line::Skipped), // RFC 9112 section 2.2
            Place::StartLine => Err(HeadError::EmptyFirstLine),
            Place::Name if self.line.is_empty() => Ok(Line::Blank),
            Place::Name => Ok(Line::WithoutColon),
            Place::Value { colon } => Ok(Line::Header { colon }),
            Place::Fold => Ok(Line::Folded),
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
            Line::Skipped => {
                self.place = Place::StartLine;
                return Ok(false);
            }
            Line::WithoutColon => return Err(HeadError::MissingColon),
            Line::Start => self.head = H::finish(&self.progress, &self.line)?,
            Line::Header { colon } => {
                // Of what `trim_ascii` removes, SP and HTAB alone can have got here.
                let (name, value) = (&self.line[..colon], self.line[colon + 1..].trim_ascii());
                let headers = self.head.headers_mut();
                headers.push_chars(latin1(name), latin1(value));
            }
            Line::Folded => {
                let more = self.line.trim_ascii();
                if !more.is_empty() {
                    self.head.headers_mut().fold_into_last(latin1(more));
                }
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
