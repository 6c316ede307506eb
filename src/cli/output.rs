//! Where messages that arrived are written: payloads alone, unless a person reads them.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use super::exit::{Exit, Failure};
use super::files;
use super::json::{self, Token};
use super::term::{Colour, hex_dump, paint, printable};
use wshub::protocol::{Message, MessageBuf};

/// Writes to stderr. A stderr that cannot be written changes nothing.
pub(super) fn stderr(text: impl Display) {
    let _ = write!(io::stderr(), "{text}");
}

/// Writes a line on stderr, behind the program's name.
pub(super) fn notice(line: impl Display) {
    stderr(format_args!("wshub: {line}\n"));
}

/// Prints why the program failed, if it did. Returns what to tell the operating system.
pub(super) fn conclude(ended: Result<(), Failure>) -> Exit {
    let Err(Failure { message, exit }) = ended else {
        return Exit::Done;
    };
    if !message.is_empty() {
        notice(message);
    }
    exit
}

/// The end of a command whose output cannot be written: a reader that has closed the pipe (`| head
/// -1`) has read enough; anything else is a failure.
pub(super) fn unwritable(error: &io::Error) -> Result<(), Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::other(format!("cannot write: {error}"))),
    }
}

/// Writes a text, or a part of one, to stdout; false when its reader has closed the pipe.
pub(super) fn report(text: &str) -> Result<bool, Failure> {
    match Output::stdout().text(text) {
        Ok(()) => Ok(true),
        Err(error) => unwritable(&error).map(|()| false),
    }
}

/// The most bytes of one binary message that are dumped on a terminal.
const MOST_DUMPED: usize = 1 << 10;

/// A message as a person reads it, harmless, ending with a line break.
pub(super) fn for_people(message: Message<'_>) -> String {
    match message {
        Message::Text(text) => format!("{}\n", printable(text)),
        Message::Binary(bytes) => dump(bytes, MOST_DUMPED, "in a pipe they come whole"),
    }
}

/// The beginning of a binary message, at most `most` bytes of it, and how to get the others.
pub(super) fn dump(bytes: &[u8], most: usize, advice: &str) -> String {
    let shown = &bytes[..bytes.len().min(most)];
    let more = match bytes.len() - shown.len() {
        0 => String::new(),
        more => format!("({more} more bytes; {advice})\n"),
    };
    format!("{} bytes\n{}{more}", bytes.len(), hex_dump(shown))
}

/// A JSON document as a person reads it, harmless, in colour or not, ending with a line break;
/// none if the text is no such document.
pub(super) fn json_for_people(text: &str, colour: bool) -> Option<String> {
    let lines = json::pretty_by(text, |out, token, text| {
        let text = printable(text);
        let paint = |colour_of| paint(colour_of, &text, colour);
        out.push_str(&match token {
            Token::Mark => Cow::Borrowed(&*text),
            Token::Key => paint(Colour::Blue),
            Token::Text => paint(Colour::Green),
            Token::Number => paint(Colour::Yellow),
            Token::Word => paint(Colour::Magenta),
        });
    })?;
    Some(lines + "\n")
}

/// Writes a message's payload: a text with a line break behind it, a binary as it is.
pub(super) fn payload(out: &mut impl Write, message: Message<'_>, pretty: bool) -> io::Result<()> {
    match message {
        Message::Text(text) => {
            match pretty.then(|| json::pretty(text)).flatten() {
                Some(lines) => out.write_all(lines.as_bytes())?,
                None => out.write_all(text.as_bytes())?,
            }
            out.write_all(b"\n")
        }
        Message::Binary(bytes) => out.write_all(bytes),
    }
}

/// Whether a message has `text` in it.
pub(super) fn has(message: &MessageBuf, text: &str) -> bool {
    match message {
        MessageBuf::Text(message) => message.contains(text),
        MessageBuf::Binary(bytes) => bytes
            .windows(text.len().max(1))
            .any(|w| w == text.as_bytes()),
    }
}

/// Stdout or a file.
pub(super) enum Output {
    /// Stdout, and whether it is a terminal.
    Stdout(bool),
    /// A file, in which nobody reads along.
    File(BufWriter<File>),
}

impl Output {
    /// Stdout.
    pub(super) fn stdout() -> Self {
        Self::Stdout(io::stdout().is_terminal())
    }

    /// A file that is appended to, created for this user alone if it is not there.
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        let file = files::append(path)?;
        Ok(Self::File(BufWriter::new(file)))
    }

    /// Writes a message as it is wanted there, and lets it out at once.
    pub(super) fn message(&mut self, message: Message<'_>) -> io::Result<()> {
        match self {
            Self::Stdout(true) => self.text(&for_people(message)),
            Self::Stdout(false) => {
                let mut out = BufWriter::new(io::stdout().lock());
                payload(&mut out, message, false)?;
                out.flush()
            }
            Self::File(file) => {
                payload(file, message, false)?;
                file.flush()
            }
        }
    }

    /// Writes a text of this program's own.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Stdout(_) => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes())?;
                out.flush()
            }
            Self::File(file) => {
                file.write_all(text.as_bytes())?;
                file.flush()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_harmless_lines() {
        let rows = [
            (Message::Text("a\nb\x1b"), "a\\nb\\x1b\n"),
            (Message::Text("[1]"), "[1]\n"),
            (Message::Binary(b""), "0 bytes\n"),
        ];
        for (message, shown) in rows {
            assert_eq!(for_people(message), shown, "{message:?}");
        }
        let long = for_people(Message::Binary(&[0; 2000]));
        assert!(long.starts_with("2000 bytes\n00000000  00"));
        assert!(long.ends_with("|\n(976 more bytes; in a pipe they come whole)\n"));
        let short = dump(&[1; 40], 32, "/save FILE writes it");
        assert_eq!(short.lines().count(), 4);
        assert!(short.ends_with("|\n(8 more bytes; /save FILE writes it)\n"));
    }

    #[test]
    fn json_is_indented_harmless_and_in_colour() {
        let rows = [
            ("[1]", false, Some("[\n  1\n]\n")),
            ("[1", true, None),
            ("[\"\u{202e}\"]", false, Some("[\n  \"\\u{202e}\"\n]\n")),
            (
                "{\"a\":[1,\"b\",true]}",
                true,
                Some(
                    "{\n  \x1b[34m\"a\"\x1b[0m: [\n    \x1b[33m1\x1b[0m,\n    \
                     \x1b[32m\"b\"\x1b[0m,\n    \x1b[35mtrue\x1b[0m\n  ]\n}\n",
                ),
            ),
        ];
        for (text, colour, shown) in rows {
            assert_eq!(json_for_people(text, colour).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn pipes_get_the_payload_alone() {
        let rows: [(Message<'_>, bool, &[u8]); 4] = [
            (Message::Text("a\x1bb"), false, b"a\x1bb\n"),
            (Message::Text(""), false, b"\n"),
            (Message::Text("[1]"), true, b"[\n  1\n]\n"),
            (Message::Binary(b"\0\xff"), false, b"\0\xff"),
        ];
        for (message, pretty, written) in rows {
            let mut out = Vec::new();
            assert!(payload(&mut out, message, pretty).is_ok());
            assert_eq!(out, written, "{message:?}");
        }
    }
}
