//! What a client of the laboratory may send.

use std::fmt;

use super::lab::MAX_INPUT_BYTES;
use super::token::Token;
use crate::protocol::Role;

/// The longest command, in bytes: the digits of the longest input, spaces between them.
const MAX_COMMAND_BYTES: usize = 4 * MAX_INPUT_BYTES;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `decode server HEX` or `decode client HEX`: these bytes, as this end receives them.
    Decode(Role, Vec<u8>),
    /// `decode server deflate HEX` or `decode client deflate HEX`: the same, as after an opening
    /// handshake that agreed on compression (RFC 7692).
    DecodeCompressed(Role, Vec<u8>),
    /// `watch TOKEN`: the frames of each connection that is opened with this token.
    Watch(Token),
}

impl Command {
    /// Reads a command.
    ///
    /// # Errors
    ///
    /// [`BadCommand`] says in a sentence what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadCommand> {
        if text.len() > MAX_COMMAND_BYTES {
            return Err(BadCommand::TooLong(text.len()));
        }
        let text = text.trim_ascii();
        let (name, rest) = split_word(text);
        match name {
            "decode" => {
                let (role, digits) = split_word(rest);
                let role = match role {
                    "server" => Role::Server,
                    "client" => Role::Client,
                    _ => return Err(BadCommand::NoRole),
                };
                match split_word(digits) {
                    ("deflate", digits) => {
                        read_hex(digits).map(|bytes| Self::DecodeCompressed(role, bytes))
                    }
                    _ => read_hex(digits).map(|bytes| Self::Decode(role, bytes)),
                }
            }
            "watch" => Token::parse(rest)
                .map(Self::Watch)
                .ok_or(BadCommand::NotAToken),
            _ => Err(BadCommand::Unknown),
        }
    }
}

/// The first word, and what is behind the space after it.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word, rest.trim_ascii_start())
}

/// Reads pairs of hex digits; between pairs there may be white space.
fn read_hex(digits: &str) -> Result<Vec<u8>, BadCommand> {
    let mut bytes = Vec::with_capacity((digits.len() / 2).min(MAX_INPUT_BYTES));
    let mut high = None;
    for c in digits.chars() {
        if c.is_ascii_whitespace() && high.is_none() {
            continue;
        }
        // A digit is below 16.
        let digit = c.to_digit(16).ok_or(BadCommand::NotHex(c))? as u8;
        match high.take() {
            None if bytes.len() >= MAX_INPUT_BYTES => return Err(BadCommand::TooManyBytes),
            None => high = Some(digit << 4),
            Some(high) => bytes.push(high | digit),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(BadCommand::HalfByte),
    }
}

/// What is wrong with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadCommand {
    /// It has more bytes than the longest command.
    TooLong(usize),
    /// It is not a command.
    Unknown,
    /// `decode` without the end that receives.
    NoRole,
    /// What is to be decoded is more than [`MAX_INPUT_BYTES`].
    TooManyBytes,
    /// This character is no hex digit.
    NotHex(char),
    /// The last byte has one digit only.
    HalfByte,
    /// `watch` with something else than a token.
    NotAToken,
}

impl fmt::Display for BadCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(
                f,
                "This command has {bytes} bytes; at most {MAX_COMMAND_BYTES} are read."
            ),
            Self::Unknown => write!(
                f,
                "This is not a command; the commands are: decode server HEX, decode client HEX, \
                 watch TOKEN."
            ),
            Self::NoRole => write!(
                f,
                "Say which end receives the bytes: decode server HEX or decode client HEX."
            ),
            Self::TooManyBytes => write!(f, "At most {MAX_INPUT_BYTES} bytes are decoded at once."),
            Self::NotHex(c) => write!(f, "{c:?} is not a hex digit (0-9, a-f)."),
            Self::HalfByte => write!(f, "The last byte has one hex digit only; a byte has two."),
            Self::NotAToken => write!(f, "A token is 32 hex digits in lower case."),
        }
    }
}

impl std::error::Error for BadCommand {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        use BadCommand::*;
        let token = "00112233445566778899aabbccddeeff";
        let decode = |role, bytes: &[u8]| Ok(Command::Decode(role, bytes.to_vec()));
        let rows = [
            ("decode server 8100", decode(Role::Server, &[0x81, 0])),
            (
                "decode client 81 00\n8A\t00 ",
                decode(Role::Client, &[0x81, 0, 0x8a, 0]),
            ),
            ("  decode\tserver\n", decode(Role::Server, &[])),
            (
                "decode server deflate c1 00",
                Ok(Command::DecodeCompressed(Role::Server, vec![0xc1, 0])),
            ),
            (
                "decode client deflate",
                Ok(Command::DecodeCompressed(Role::Client, vec![])),
            ),
            ("decode deflate 8100", Err(NoRole)),
            ("decode server deflate8100", Err(NotHex('l'))),
            ("decode", Err(NoRole)),
            ("decode 8100", Err(NoRole)),
            ("decode server 8", Err(HalfByte)),
            ("decode server 8 1", Err(NotHex(' '))),
            ("decode server 0x81", Err(NotHex('x'))),
            ("decode server 81\u{1b}", Err(NotHex('\u{1b}'))),
            ("watch", Err(NotAToken)),
            ("watch 1234", Err(NotAToken)),
            ("", Err(Unknown)),
            ("hello", Err(Unknown)),
        ];
        for (text, expected) in rows {
            assert_eq!(Command::parse(text), expected, "{text:?}");
        }
        let watch = Command::parse(&format!("watch {token}"));
        assert_eq!(
            watch,
            Token::parse(token).map(Command::Watch).ok_or(Unknown)
        );
        assert_eq!(
            NotHex('\u{1b}').to_string(),
            "'\\u{1b}' is not a hex digit (0-9, a-f)."
        );
    }

    #[test]
    fn at_most_64_kib_are_read() {
        let of = |bytes: usize| Command::parse(&format!("decode server {}", "ab ".repeat(bytes)));
        let most = Command::Decode(Role::Server, vec![0xab; 65_536]);
        assert_eq!(of(65_536), Ok(most));
        assert_eq!(of(65_537), Err(BadCommand::TooManyBytes));
        let long = format!("decode server {}", " ".repeat(MAX_COMMAND_BYTES));
        assert_eq!(Command::parse(&long), Err(BadCommand::TooLong(long.len())));
        let command = "decode server 81";
        let longest = format!("{command}{}", " ".repeat(MAX_COMMAND_BYTES - command.len()));
        assert_eq!(
            Command::parse(&longest),
            Ok(Command::Decode(Role::Server, vec![0x81]))
        );
    }
}
