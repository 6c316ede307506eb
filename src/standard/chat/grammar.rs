//! The grammar of a line from a client: a pure parser. A line that is refused says why.
//!
//! ```text
//! text               to the current room      /leave [ROOM]   /who [ROOM]
//! #room text         to another joined room   /nick NAME      /rooms
//! /join ROOM                                  /help
//! ```
//!
//! Only the first character decides, so a line that is to begin with `/` or `#` begins with a
//! space. Where a command takes a room, `#room` and `room` are the same.

use std::fmt;

use super::marks::is_mark;

/// The longest line, in bytes.
pub const MAX_LINE_BYTES: usize = 4096;

/// The longest name of a client and of a room, in characters.
pub const MAX_NAME_CHARS: usize = 32;
/// See [`MAX_NAME_CHARS`].
pub const MAX_ROOM_CHARS: usize = 64;

/// A line that the grammar accepts. Names in it are well-formed; whether such a room or client
/// exists is not checked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Text for the current room.
    Say(&'a str),
    /// Text for a room.
    SayIn(&'a str, &'a str),
    /// Enter a room, or make it the current one.
    Join(&'a str),
    /// Leave a room: this one, or the current one.
    Leave(Option<&'a str>),
    /// Take another name.
    Nick(&'a str),
    /// List the clients in a room: this one, or the current one.
    Who(Option<&'a str>),
    /// List the rooms.
    Rooms,
    /// List the commands.
    Help,
}

/// Why a line is refused. Its `Display` is the text for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLine<'a> {
    /// It is empty or blank.
    Empty,
    /// It has this many bytes, more than [`MAX_LINE_BYTES`].
    TooLong(usize),
    /// It has more than one line.
    LineBreak,
    /// It has a control character.
    Control(char),
    /// There is no such command.
    UnknownCommand(&'a str),
    /// The command lacks its argument; with the command's syntax.
    Missing(&'static str),
    /// The command has too many arguments; with the command's syntax.
    TooMuch(&'static str),
    /// That is not a valid name of a client.
    BadName(&'a str),
    /// That is not a valid name of a room.
    BadRoom(&'a str),
    /// A room is named, but no text for it follows.
    NoText(&'a str),
}

const JOIN: &str = "/join ROOM";
const LEAVE: &str = "/leave [ROOM]";
const NICK: &str = "/nick NAME";
const WHO: &str = "/who [ROOM]";
const ROOMS: &str = "/rooms";
const HELP: &str = "/help";

impl<'a> Line<'a> {
    /// Parses a line.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the client.
    pub fn parse(text: &'a str) -> Result<Self, BadLine<'a>> {
        if text.len() > MAX_LINE_BYTES {
            return Err(BadLine::TooLong(text.len()));
        }
        if let Some(bad) = text.chars().find(|c| breaks_line(*c) || c.is_control()) {
            return Err(if breaks_line(bad) {
                BadLine::LineBreak
            } else {
                BadLine::Control(bad)
            });
        }
        if text.trim().is_empty() {
            return Err(BadLine::Empty);
        }
        if let Some(command) = text.strip_prefix('/') {
            return command_line(command);
        }
        let Some(rest) = text.strip_prefix('#') else {
            return Ok(Self::Say(text));
        };
        let (room, said) = rest.split_once(' ').unwrap_or((rest, ""));
        let room = room_name(room)?;
        if said.trim().is_empty() {
            return Err(BadLine::NoText(room));
        }
        Ok(Self::SayIn(room, said))
    }
}

fn command_line(line: &str) -> Result<Line<'_>, BadLine<'_>> {
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut words = rest.split_whitespace();
    let (first, more) = (words.next(), words.next().is_some());
    let one = |usage| match (first, more) {
        (None, _) => Err(BadLine::Missing(usage)),
        (Some(_), true) => Err(BadLine::TooMuch(usage)),
        (Some(word), false) => Ok(word),
    };
    let perhaps_a_room = |usage| match (first, more) {
        (_, true) => Err(BadLine::TooMuch(usage)),
        (None, false) => Ok(None),
        (Some(word), false) => room_name(without_mark(word)).map(Some),
    };
    let none = |line, usage| match first {
        None => Ok(line),
        Some(_) => Err(BadLine::TooMuch(usage)),
    };
    match command {
        "join" => Ok(Line::Join(room_name(without_mark(one(JOIN)?))?)),
        "leave" => Ok(Line::Leave(perhaps_a_room(LEAVE)?)),
        "nick" => {
            let name = one(NICK)?;
            if is_client_name(name) {
                Ok(Line::Nick(name))
            } else {
                Err(BadLine::BadName(name))
            }
        }
        "who" => Ok(Line::Who(perhaps_a_room(WHO)?)),
        "rooms" => none(Line::Rooms, ROOMS),
        "help" => none(Line::Help, HELP),
        _ => Err(BadLine::UnknownCommand(command)),
    }
}

fn without_mark(room: &str) -> &str {
    room.strip_prefix('#').unwrap_or(room)
}

fn room_name(room: &str) -> Result<&str, BadLine<'_>> {
    if is_room_name(room) {
        Ok(room)
    } else {
        Err(BadLine::BadRoom(room))
    }
}

/// Whether this is a valid name of a client: 1 to 32 letters and the marks that follow them,
/// digits, `-`, `_`, `.`.
pub fn is_client_name(name: &str) -> bool {
    is_name(name, MAX_NAME_CHARS)
}

/// Whether this is a valid name of a room: 1 to 64 characters, the same ones.
pub fn is_room_name(name: &str) -> bool {
    is_name(name, MAX_ROOM_CHARS)
}

fn is_name(name: &str, max: usize) -> bool {
    !name.is_empty() && name.chars().nth(max).is_none() && has_name_characters(name)
}

fn has_name_characters(name: &str) -> bool {
    let mut behind_letter = false;
    name.chars().all(|c| {
        if is_mark(c) {
            return behind_letter && !is_invisible(c);
        }
        behind_letter = c.is_alphabetic();
        "-_.".contains(c) || (c.is_alphanumeric() && !is_invisible(c))
    })
}

/// The letters and marks of Unicode that are invisible, so that two names would look the same: the
/// fillers of Hangul, and the marks that are Default_Ignorable_Code_Point.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
        || matches!(
            c,
            '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
        )
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn breaks_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// How a refusal quotes what was typed: 40 characters of it at most, without control characters.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let clean = |c: char| {
        if c.is_control() || breaks_line(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    let mut shown: String = text.chars().take(MOST).map(clean).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}

impl fmt::Display for BadLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "not sent: the line is empty"),
            Self::TooLong(bytes) => write!(
                f,
                "too long: {bytes} bytes; a line has {MAX_LINE_BYTES} at most"
            ),
            Self::LineBreak => write!(f, "one line at a time: that text has a line break in it"),
            Self::Control(c) => write!(
                f,
                "not sent: that text has a control character in it (U+{:04X})",
                u32::from(*c)
            ),
            Self::UnknownCommand(command) => {
                write!(f, "no such command: /{}; /help lists them", shown(command))
            }
            Self::Missing(usage) => write!(f, "an argument is missing: {usage}"),
            Self::TooMuch(usage) => write!(f, "too many arguments: {usage}"),
            Self::BadName(name) => write!(
                f,
                "not a valid name: {}; a name has 1 to {MAX_NAME_CHARS} letters, digits, - _ or .",
                shown(name)
            ),
            Self::BadRoom(room) => write!(
                f,
                "not a valid room name: {}; it has 1 to {MAX_ROOM_CHARS} letters, digits, - _ or .",
                shown(room)
            ),
            Self::NoText(room) => write!(
                f,
                "nothing was sent to #{room}: the text goes after its name; /join {room} makes \
                 it your room"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_what_they_mean() {
        let rows = [
            ("hello", Line::Say("hello")),
            (" /not a command", Line::Say(" /not a command")),
            (
                "caf\u{e9} \u{1f600} #x",
                Line::Say("caf\u{e9} \u{1f600} #x"),
            ),
            ("#dev hi there", Line::SayIn("dev", "hi there")),
            ("#dev  two spaces", Line::SayIn("dev", " two spaces")),
            ("/join dev", Line::Join("dev")),
            ("/join  #dev ", Line::Join("dev")),
            ("/leave", Line::Leave(None)),
            ("/leave #a.b-c_9", Line::Leave(Some("a.b-c_9"))),
            ("/nick \u{f1}and\u{fa}", Line::Nick("\u{f1}and\u{fa}")),
            ("/who", Line::Who(None)),
            ("/who dev", Line::Who(Some("dev"))),
            ("/rooms ", Line::Rooms),
            ("/help", Line::Help),
        ];
        for (text, line) in rows {
            assert_eq!(Line::parse(text), Ok(line), "{text:?}");
        }
    }

    #[test]
    fn lines_that_are_wrong_say_how() {
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let rows = [
            ("", BadLine::Empty),
            ("   ", BadLine::Empty),
            (long.as_str(), BadLine::TooLong(4097)),
            ("two\nlines", BadLine::LineBreak),
            ("one line\r\n", BadLine::LineBreak),
            ("\u{2028}", BadLine::LineBreak),
            ("bell\u{7}", BadLine::Control('\u{7}')),
            ("a\tb", BadLine::Control('\t')),
            ("\u{9b}2J", BadLine::Control('\u{9b}')),
            ("/", BadLine::UnknownCommand("")),
            ("/Join dev", BadLine::UnknownCommand("Join")),
            ("/foo bar", BadLine::UnknownCommand("foo")),
            ("/join", BadLine::Missing(JOIN)),
            ("/join a b", BadLine::TooMuch(JOIN)),
            ("/join ##a", BadLine::BadRoom("#a")),
            ("/join #", BadLine::BadRoom("")),
            ("/leave a b", BadLine::TooMuch(LEAVE)),
            ("/nick", BadLine::Missing(NICK)),
            ("/nick a b", BadLine::TooMuch(NICK)),
            ("/nick a:b", BadLine::BadName("a:b")),
            ("/nick \u{3164}", BadLine::BadName("\u{3164}")),
            ("/who a/b", BadLine::BadRoom("a/b")),
            ("/rooms all", BadLine::TooMuch(ROOMS)),
            ("/help me", BadLine::TooMuch(HELP)),
            ("#dev", BadLine::NoText("dev")),
            ("#dev  ", BadLine::NoText("dev")),
            ("# heading", BadLine::BadRoom("")),
        ];
        for (text, fault) in rows {
            assert_eq!(Line::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn names_are_as_long_as_they_may_be() {
        assert!(is_client_name(&"\u{e9}".repeat(32)) && !is_client_name(&"a".repeat(33)));
        assert!(is_room_name(&"\u{e9}".repeat(64)) && !is_room_name(&"a".repeat(65)));
        assert!(!is_client_name("") && !is_client_name("*") && !is_client_name("a b"));
    }

    #[test]
    fn a_refusal_is_one_short_line() {
        let told = BadLine::UnknownCommand(&"x".repeat(3000)).to_string();
        assert!(told.len() < 100, "{told}");
        assert_eq!(
            BadLine::UnknownCommand("foo").to_string(),
            "no such command: /foo; /help lists them"
        );
    }
}
