//! RESP, the protocol of Redis, without IO: encodes commands and decodes replies.
//!
//! This is the only file that uses the crate `redis`, for its encoder and decoder. The crate's
//! connections are not used: even with a timeout they wait for a TLS handshake without a bound, and
//! each read of an answer may take the full timeout again.

use std::io::{self, Read};

/// The most characters of a server's text that are shown.
const MOST_SHOWN: usize = 200;

/// An answer of Redis.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    Nil,
    Number(i64),
    Bytes(Vec<u8>),
    List(Vec<Reply>),
    Refused(Refusal),
}

/// An error that Redis answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The first word, such as `NOAUTH`; `ERR` where there is no better one.
    pub(super) code: String,
    /// The text after the code; it must not be shown unescaped.
    pub(super) detail: String,
}

/// Why no reply could be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The stream failed or ended.
    Io(io::Error),
    /// The bytes are not RESP.
    Malformed,
}

/// A server's text in a form that is safe to show: without control characters, and shortened.
pub(super) fn shown(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(printable).take(MOST_SHOWN).collect()
}

/// Encodes a command.
pub(super) fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command.get_packed_command()
}

/// Decodes replies from a stream; bytes after the last reply are kept for the next.
pub(super) struct Decoder(redis::Parser);

impl Decoder {
    pub(super) fn new() -> Self {
        Self(redis::Parser::new())
    }

    /// Reads the next reply. After an error the stream is unusable.
    pub(super) fn next(&mut self, stream: impl Read) -> Result<Reply, Unread> {
        let mut stream = Noting {
            stream,
            ended: None,
        };
        let parsed = self.0.parse_value(&mut stream);
        match (parsed, stream.ended) {
            (Ok(value), _) => reply(value).ok_or(Unread::Malformed),
            (Err(_), Some(error)) => Err(Unread::Io(error)),
            (Err(_), None) => Err(Unread::Malformed),
        }
    }
}

/// Accepts the types of protocol version 2; no others were asked for.
fn reply(value: redis::Value) -> Option<Reply> {
    Some(match value {
        redis::Value::Nil => Reply::Nil,
        redis::Value::Int(number) => Reply::Number(number),
        redis::Value::BulkString(bytes) => Reply::Bytes(bytes),
        redis::Value::SimpleString(text) => Reply::Bytes(text.into_bytes()),
        redis::Value::Okay => Reply::Bytes(b"OK".to_vec()),
        redis::Value::Array(values) => {
            Reply::List(values.into_iter().map(reply).collect::<Option<_>>()?)
        }
        redis::Value::ServerError(error) => Reply::Refused(Refusal {
            code: error.code().to_owned(),
            detail: error.details().unwrap_or_default().to_owned(),
        }),
        _ => return None,
    })
}

/// Keeps the error of a read, or the end of the stream, since the parser's own errors do not tell
/// these apart from others.
struct Noting<S> {
    stream: S,
    ended: Option<io::Error>,
}

impl<S: Read> Read for Noting<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => {
                self.ended = Some(io::ErrorKind::UnexpectedEof.into());
                Ok(0)
            }
            Ok(bytes) => Ok(bytes),
            Err(error) => {
                let kind = error.kind();
                self.ended = Some(error);
                Err(kind.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(text.into())
    }

    fn refused(code: &str, detail: &str) -> Reply {
        Reply::Refused(Refusal {
            code: code.into(),
            detail: detail.into(),
        })
    }

    /// A stream that gives at most so many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = self.1.min(self.0.len());
            let (mut piece, _) = self.0.split_at(end);
            let read = piece.read(buffer)?;
            self.0 = &self.0[read..];
            Ok(read)
        }
    }

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        let written = command(&[b"XADD", b"", b"a\r\n\xff"]);
        assert_eq!(
            written,
            b"*3\r\n$4\r\nXADD\r\n$0\r\n\r\n$4\r\na\r\n\xff\r\n"
        );
    }

    #[test]
    fn replies_are_read_whole_and_in_pieces() {
        let rows: [(&[u8], Reply); 10] = [
            (b"+OK\r\n", bytes("OK")),
            (b"+PONG\r\n", bytes("PONG")),
            (b":-7\r\n", Reply::Number(-7)),
            (b"$-1\r\n", Reply::Nil),
            (b"*-1\r\n", Reply::Nil),
            (b"$0\r\n\r\n", bytes("")),
            (b"$4\r\na\r\nb\r\n", bytes("a\r\nb")),
            (
                b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
                Reply::List(vec![bytes("a"), Reply::List(vec![Reply::Number(1)])]),
            ),
            (
                b"-WRONGTYPE Operation against\r\n",
                refused("WRONGTYPE", "Operation against"),
            ),
            (
                b"-NOSCRIPT No matching script.\r\n",
                refused("NOSCRIPT", "No matching script."),
            ),
        ];
        for (wire, expected) in rows {
            for piece in [1, 2, 3, usize::MAX] {
                let mut decoder = Decoder::new();
                let twice = [wire, wire].concat();
                let mut pieces = Pieces(&twice, piece);
                for _ in 0..2 {
                    let reply = decoder.next(&mut pieces).unwrap();
                    assert_eq!(reply, expected, "{}", wire.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn what_is_no_reply_and_what_is_cut_short_are_told_apart() {
        let rows: [(&[u8], bool); 8] = [
            (b"HTTP/1.1 400 Bad Request\r\n", false),
            (b"\x15\x03\x01\x00\x02\x02\x50", false),
            (b"$abc\r\n", false),
            (b"*1\r\n%1\r\n+a\r\n+b\r\n", false),
            (b"", true),
            (b"$5\r\nab", true),
            (b"*2\r\n:1\r\n", true),
            (b"*1000000000\r\n:1\r\n", true),
        ];
        for (wire, is_end) in rows {
            let unread = Decoder::new().next(wire).unwrap_err();
            let shown = wire.escape_ascii();
            assert_eq!(
                matches!(unread, Unread::Io(_)),
                is_end,
                "{shown}: {unread:?}"
            );
        }
        let deep = b"*1\r\n".repeat(200);
        assert!(Decoder::new().next(&deep[..]).is_err());
    }
}
