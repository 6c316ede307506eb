//! Where messages that arrived are written: payloads alone, unless a person reads them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};

use super::json;
use super::term::{hex_dump, printable};
use crate::protocol::Message;

/// The most bytes of one binary message that are dumped on a terminal.
const MOST_DUMPED: usize = 1 << 10;

/// A message as a person reads it, harmless, ending with a line break. `pretty` indents JSON.
pub(super) fn for_people(message: Message<'_>, pretty: bool) -> String {
    match message {
        Message::Text(text) => match pretty.then(|| json::pretty(text)).flatten() {
            Some(lines) => lines
                .lines()
                .map(|line| format!("{}\n", printable(line)))
                .collect(),
            None => format!("{}\n", printable(text)),
        },
        Message::Binary(bytes) => {
            let shown = &bytes[..bytes.len().min(MOST_DUMPED)];
            let more = match bytes.len() - shown.len() {
                0 => String::new(),
                more => format!("({more} more bytes; in a pipe they come whole)\n"),
            };
            format!("{} bytes\n{}{more}", bytes.len(), hex_dump(shown))
        }
    }
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

    /// A file that is appended to, created if it is not there.
    pub(super) fn file(path: &str) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::File(BufWriter::new(file)))
    }

    /// Writes a message as it is wanted there, and lets it out at once.
    pub(super) fn message(&mut self, message: Message<'_>) -> io::Result<()> {
        match self {
            Self::Stdout(true) => self.text(&for_people(message, false)),
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
            (Message::Text("a\nb\x1b"), false, "a\\nb\\x1b\n"),
            (Message::Text("[1]"), false, "[1]\n"),
            (Message::Text("[1]"), true, "[\n  1\n]\n"),
            (Message::Text("[1"), true, "[1\n"),
            (Message::Binary(b""), true, "0 bytes\n"),
        ];
        for (message, pretty, shown) in rows {
            assert_eq!(for_people(message, pretty), shown, "{message:?}");
        }
        let long = for_people(Message::Binary(&[0; 2000]), false);
        assert!(long.starts_with("2000 bytes\n00000000  00"));
        assert!(long.ends_with("|\n(976 more bytes; in a pipe they come whole)\n"));
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
