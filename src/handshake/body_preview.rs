//! What the body of a refusal says, as one short line: read as far as that needs, whatever the
//! framing, and without markup.

use super::head::ResponseHead;
use super::markup::text_of_markup;

/// How much of a body is looked at: the title of a page stands near its beginning.
const MOST_BYTES: usize = 16 << 10;

/// The most characters of the line.
const MOST_CHARS: usize = 200;

/// The beginning of a response's body, fed in whatever pieces the network gives.
#[derive(Debug)]
pub struct BodyPreview {
    framing: Framing,
    form: Form,
    latin1: bool,
    bytes: Vec<u8>,
}

/// Where the body ends (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// With the last chunk.
    Chunked(Chunk),
    /// With the connection.
    UntilEnd,
    /// It has ended.
    Ended,
}

/// Where in a chunked body the next byte stands (RFC 9112 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size(u64),
    /// Behind the size, up to the line's end: extensions.
    Extension(u64),
    Data(u64),
    /// The CR LF behind the data.
    DataEnd,
}

/// What a line is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text whose first line says it.
    Text,
    /// One value over many lines.
    Json,
    Markup,
    /// Compressed: there is nothing to read.
    Opaque,
}

impl BodyPreview {
    /// The preview of the body after this head, which answers a request other than HEAD.
    #[must_use]
    pub fn new(head: &ResponseHead) -> Self {
        let headers = &head.headers;
        let framing = match headers.get("Content-Length") {
            _ if head.is_interim() || matches!(head.status, 101 | 204 | 304) => Framing::Ended,
            _ if headers.has_token("Transfer-Encoding", "chunked") => {
                Framing::Chunked(Chunk::Size(0))
            }
            _ if headers.count("Transfer-Encoding") > 0 => Framing::UntilEnd,
            // A malformed length does not prevent a preview: what is shown is bounded anyway.
            length => length
                .and_then(|length| length.parse().ok())
                .map_or(Framing::UntilEnd, Framing::Length),
        };
        let content_type = headers.get("Content-Type").unwrap_or_default();
        let content_type = content_type.to_ascii_lowercase();
        let is_coded = headers
            .all("Content-Encoding")
            .any(|coding| !coding.eq_ignore_ascii_case("identity"));
        let form = match content_type.split(';').next().unwrap_or_default().trim() {
            _ if is_coded => Form::Opaque,
            media if media.contains("html") || media.contains("xml") => Form::Markup,
            media if media.contains("json") => Form::Json,
            _ => Form::Text,
        };
        Self {
            framing,
            form,
            latin1: content_type.contains("iso-8859-1") || content_type.contains("windows-1252"),
            bytes: Vec::new(),
        }
    }

    /// Takes the next bytes; what is behind the body, or more than is looked at, is left out.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.bytes.len() >= MOST_BYTES {
                return;
            }
            bytes = match self.framing {
                Framing::Ended => return,
                Framing::UntilEnd => self.keep(bytes, u64::MAX).0,
                Framing::Length(left) => {
                    let (behind, left) = self.keep(bytes, left);
                    self.framing = match left {
                        0 => Framing::Ended,
                        left => Framing::Length(left),
                    };
                    behind
                }
                Framing::Chunked(Chunk::Data(left)) => {
                    let (behind, left) = self.keep(bytes, left);
                    self.framing = Framing::Chunked(match left {
                        0 => Chunk::DataEnd,
                        left => Chunk::Data(left),
                    });
                    behind
                }
                Framing::Chunked(chunk) => {
                    self.framing = chunk.next(first).map_or(Framing::Ended, Framing::Chunked);
                    rest
                }
            };
        }
    }

    /// Keeps the beginning of `bytes`; returns the rest of them, and how many of the `left` bytes
    /// are still to come.
    fn keep<'a>(&mut self, bytes: &'a [u8], left: u64) -> (&'a [u8], u64) {
        let room = MOST_BYTES - self.bytes.len(); // the caller has seen that there is some
        let taken = bytes.len().min(room);
        let taken = usize::try_from(left).map_or(taken, |left| left.min(taken));
        let (kept, behind) = bytes.split_at(taken);
        self.bytes.extend_from_slice(kept);
        (behind, left - taken as u64) // no more than `left` was taken
    }

    /// Whether further bytes would change nothing.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        match self.framing {
            Framing::Ended | Framing::Length(0) => return true,
            _ if self.bytes.len() >= MOST_BYTES || self.form == Form::Opaque => return true,
            _ => {}
        }
        match self.effective_form() {
            Form::Markup => find_ignore_case(&self.bytes, b"</title").is_some(),
            Form::Text => {
                let text = self.bytes.trim_ascii_start();
                text.contains(&b'\n') || text.len() > 4 * MOST_CHARS
            }
            Form::Json => self.bytes.len() > 8 * MOST_CHARS,
            Form::Opaque => true,
        }
    }

    /// The body in one line of 200 characters at the most, without control characters: the title of
    /// a page, or else its text; the first line of a text; all of a JSON value. Empty where there is
    /// nothing to read.
    #[must_use]
    pub fn line(&self) -> String {
        let text = match self.latin1 && std::str::from_utf8(&self.bytes).is_err() {
            true => self.bytes.iter().map(|&byte| char::from(byte)).collect(),
            false => String::from_utf8_lossy(&self.bytes).into_owned(),
        };
        let text = text.trim_matches(|c: char| c.is_whitespace() || "\u{fffd}\u{feff}".contains(c));
        match self.effective_form() {
            Form::Opaque => String::new(),
            Form::Markup => one_line(&text_of_markup(text)),
            Form::Json => one_line(text),
            Form::Text => one_line(text.lines().next().unwrap_or_default()),
        }
    }

    /// A page may arrive without a media type.
    fn effective_form(&self) -> Form {
        let begins_as_markup = self.bytes.trim_ascii_start().first() == Some(&b'<');
        match self.form {
            Form::Text if begins_as_markup => Form::Markup,
            form => form,
        }
    }
}

impl Chunk {
    /// The state after a byte that is not data; `None` after the last chunk, or if no size can be
    /// read.
    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Size(size), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16)?;
                let size = size.checked_mul(16)?.checked_add(u64::from(digit))?;
                Some(Self::Size(size))
            }
            (Self::Size(size) | Self::Extension(size), b'\n') => {
                (size > 0).then_some(Self::Data(size))
            }
            (Self::Size(size), b';' | b' ' | b'\t' | b'\r') | (Self::Extension(size), _) => {
                Some(Self::Extension(size))
            }
            (Self::DataEnd, b'\r') => Some(Self::DataEnd),
            (Self::DataEnd, b'\n') => Some(Self::Size(0)),
            _ => None,
        }
    }
}

/// `text` as one line: runs of white space and of characters that draw nothing, or that would
/// turn the line around, are a space each.
fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let words = text.split(|c: char| c.is_whitespace() || c.is_control() || turns(c));
    let mut line = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(MOST_CHARS) {
        None => line,
        Some(_) => {
            let kept: String = line.chars().take(MOST_CHARS - 3).collect();
            format!("{}...", kept.trim_end())
        }
    }
}

/// Where `word`, in lower case, stands in `bytes`.
fn find_ignore_case(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
#[path = "body_preview_tests.rs"]
mod tests;
