//! Where messages to send come from, one by one, whole.

use std::fs::File;
use std::io::{self, BufRead, Read};

use crate::cli::arguments::SendArgs;

/// A message to send, or why there is none.
pub(super) type Next = Result<Option<Vec<u8>>, String>;

/// The messages of one command line, in their order.
pub(super) enum Source {
    /// Texts of the command line.
    Texts(std::vec::IntoIter<String>),
    /// Files, each one message; `-` is stdin.
    Files(std::vec::IntoIter<String>),
    /// The lines of stdin, or what NUL ends there.
    Stdin {
        /// What ends a message.
        end: u8,
        /// Messages so far.
        number: u64,
    },
}

impl Source {
    /// Where the command line says that messages are. The error says what to leave out.
    pub(super) fn of(args: &SendArgs) -> Result<Self, &'static str> {
        let (texts, files, null) = (&args.texts, &args.files, args.null);
        match (texts.is_empty(), files.is_empty()) {
            (false, false) => Err("TEXT and --file cannot be combined; leave one out"),
            (true, true) => Ok(Self::Stdin {
                end: if null { 0 } else { b'\n' },
                number: 0,
            }),
            _ if null => Err(
                "--null applies to messages of stdin only; leave it out, or leave out TEXT \
                     and --file",
            ),
            (false, true) => Ok(Self::Texts(texts.clone().into_iter())),
            (true, false) => Ok(Self::Files(files.clone().into_iter())),
        }
    }

    /// The next message; `Ok(None)` at the end. `binary`: it may be any bytes; otherwise it is
    /// UTF-8. The error says which message could not be read, and why.
    pub(super) fn next(&mut self, binary: bool) -> Next {
        let (message, name) = match self {
            Self::Texts(texts) => return Ok(texts.next().map(String::into_bytes)),
            Self::Files(paths) => {
                let Some(path) = paths.next() else {
                    return Ok(None);
                };
                let bytes = whole(&path).map_err(|error| format!("cannot read {path}: {error}"))?;
                (bytes, path)
            }
            Self::Stdin { end, number } => {
                *number += 1;
                let read = read_one(&mut io::stdin().lock(), *end, binary);
                match read.map_err(|error| format!("cannot read stdin: {error}"))? {
                    Some(message) => {
                        let what = if *end == 0 { "message" } else { "line" };
                        (message, format!("{what} {number} of stdin"))
                    }
                    None => return Ok(None),
                }
            }
        };
        if !binary && std::str::from_utf8(&message).is_err() {
            return Err(format!("{name} is not UTF-8; --binary sends any bytes"));
        }
        Ok(Some(message))
    }
}

fn whole(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads to `end`, which is left out; so is a CR before a line break, but not in a binary message.
/// What stands after the last `end` is a message too, if it is not empty.
fn read_one(input: &mut impl BufRead, end: u8, binary: bool) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    if input.read_until(end, &mut message)? == 0 {
        return Ok(None);
    }
    if message.last() == Some(&end) {
        message.pop();
        if end == b'\n' && !binary && message.last() == Some(&b'\r') {
            message.pop();
        }
    }
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8], end: u8, binary: bool) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        while let Some(message) = read_one(&mut input, end, binary).unwrap() {
            messages.push(message);
        }
        messages
    }

    #[test]
    fn stdin_is_cut_at_its_separators_and_nowhere_else() {
        type Row<'a> = (&'a [u8], u8, bool, &'a [&'a [u8]]);
        let rows: [Row<'_>; 9] = [
            (b"", b'\n', false, &[]),
            (b"a", b'\n', false, &[b"a"]),
            (b"a\n", b'\n', false, &[b"a"]),
            (b"a\n\nb", b'\n', false, &[b"a", b"", b"b"]),
            (b"a\r\nb\r\r\n", b'\n', false, &[b"a", b"b\r"]),
            (b"a\r\n", b'\n', true, &[b"a\r"]),
            (b"a\nb\0c\0", 0, false, &[b"a\nb", b"c"]),
            (b"a\r\0\0", 0, false, &[b"a\r", b""]),
            (b"\xff\0\n", b'\n', true, &[b"\xff\0"]),
        ];
        for (input, end, binary, messages) in rows {
            assert_eq!(all(input, end, binary), messages, "{input:?}");
        }
        let long = vec![b'x'; 10 << 20];
        assert_eq!(all(&long, b'\n', false), [long], "never split");
    }

    #[test]
    fn files_that_cannot_be_read_are_named() {
        let mut files = Source::Files(vec!["/no/such/file".to_owned()].into_iter());
        assert!(
            files
                .next(true)
                .is_err_and(|e| e.starts_with("cannot read /no/such/file: "))
        );
        let mut texts = Source::Texts(vec!["a".to_owned()].into_iter());
        assert_eq!(texts.next(false), Ok(Some(b"a".to_vec())));
        assert_eq!(texts.next(false), Ok(None));
    }
}
