//! One line of the log, for people or for programs.

use std::time::Duration;

use log::Level;

use super::fields;
use crate::cli::arguments::LogFormat;
use crate::cli::clock;
use crate::cli::json::push_quoted;
use crate::cli::term::{Colour, paint, printable};

/// The most bytes of one message. What a peer sends is bounded where it is logged; this bounds
/// everything else as well.
const MOST_BYTES: usize = 2 << 10;

/// The most bytes of a message that is taken apart into fields, and of one field where the message
/// is longer than [`MOST_BYTES`].
const MOST_SPLIT_BYTES: usize = 16 << 10;
const MOST_FIELD_BYTES: usize = 400;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) format: LogFormat,
    pub(super) coloured: bool,
}

/// The line of one message, with its line break. The time is since 1970.
pub(super) fn write(style: Style, time: Duration, level: Level, message: &str) -> String {
    let time = clock::rfc3339(time);
    match style.format {
        LogFormat::Text => {
            let shown = shortened(message, MOST_BYTES);
            let level_word = format!("[{level}]");
            let level = paint(colour(level), &level_word, style.coloured);
            format!("{time} {level} {}\n", printable(&shown))
        }
        LogFormat::Json => json(&time, level, message),
    }
}

fn colour(level: Level) -> Colour {
    match level {
        Level::Error => Colour::Red,
        Level::Warn => Colour::Yellow,
        Level::Info => Colour::Green,
        Level::Debug => Colour::Cyan,
        Level::Trace => Colour::Dim,
    }
}

/// `{"time":..,"level":"info","message":"close","id":7,..}`: the fields are those of the text.
fn json(time: &str, level: Level, message: &str) -> String {
    let (words, fields) = match message.len() {
        0..=MOST_SPLIT_BYTES => fields::split(message),
        _ => (message, Vec::new()),
    };
    // Of a long message each part is shortened, so that it has its fields all the same.
    let most = if message.len() <= MOST_BYTES {
        MOST_BYTES
    } else {
        MOST_FIELD_BYTES
    };
    let level = level.as_str().to_ascii_lowercase();
    let mut line = format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"message\":");
    push_quoted(&mut line, &shortened(words, most));
    for (name, value) in fields {
        line.push(',');
        push_quoted(&mut line, name);
        line.push(':');
        if is_literal(&value) {
            line.push_str(&value);
        } else {
            push_quoted(&mut line, &shortened(&value, most));
        }
    }
    line.push_str("}\n");
    line
}

/// Whether a value is a boolean, or a number that every program reads as the same one.
fn is_literal(value: &str) -> bool {
    let digits = value.bytes().all(|b| b.is_ascii_digit()) && value.len() <= 15;
    let number = digits && (value == "0" || !value.starts_with('0')) && !value.is_empty();
    number || matches!(value, "true" | "false")
}

/// The message, or as much of its start as is written, and how much is not.
fn shortened(message: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if message.len() <= most {
        return message.into();
    }
    let end = (0..=most).rev().find(|at| message.is_char_boundary(*at));
    let start = &message[..end.unwrap_or(0)];
    format!("{start}... ({} more bytes)", message.len() - start.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::json::pretty;

    const TIME: Duration = Duration::from_millis(1_798_761_599_001);

    fn style(format: LogFormat, coloured: bool) -> Style {
        Style { format, coloured }
    }

    #[test]
    fn people_read_a_line_of_text() {
        let plain = style(LogFormat::Text, false);
        let rows = [
            (Level::Info, "hello", "[INFO] hello\n"),
            (Level::Error, "a\n\u{1b}[2J", "[ERROR] a\\n\\x1b[2J\n"),
        ];
        for (level, message, expected) in rows {
            let line = write(plain, TIME, level, message);
            assert_eq!(line, format!("2026-12-31T23:59:59.001Z {expected}"));
        }
        let coloured = write(style(LogFormat::Text, true), TIME, Level::Warn, "x");
        assert_eq!(
            coloured,
            "2026-12-31T23:59:59.001Z \x1b[33m[WARN]\x1b[0m x\n"
        );
    }

    #[test]
    fn programs_read_an_object() {
        let json = style(LogFormat::Json, true);
        let rows = [
            (
                "close id=7 peer=127.0.0.1:9 code=1000 reason=\"b\\u{1b}\\\"\" clean=true silent=0.001s",
                "\"close\",\"id\":7,\"peer\":\"127.0.0.1:9\",\"code\":1000,\
                 \"reason\":\"b\\u001b\\\"\",\"clean\":true,\"silent\":\"0.001s\"",
            ),
            ("no fields\nhere", "\"no fields\\nhere\""),
            (
                "rsv=000 n=12345678901234567890",
                "\"\",\"rsv\":\"000\",\"n\":\"12345678901234567890\"",
            ),
        ];
        for (message, expected) in rows {
            let line = write(json, TIME, Level::Info, message);
            let start = "{\"time\":\"2026-12-31T23:59:59.001Z\",\"level\":\"info\",\"message\":";
            assert_eq!(line, format!("{start}{expected}}}\n"));
            assert!(pretty(&line).is_some(), "{line}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        for letter in ["x", "\u{20ac}", "\u{1f600}"] {
            let message = letter.repeat(MOST_BYTES + 1);
            let line = write(style(LogFormat::Text, false), TIME, Level::Info, &message);
            assert!(line.len() < MOST_BYTES + 100, "{}", line.len());
            assert!(line.ends_with(" more bytes)\n"), "{line}");
        }
        let long = format!("close id=7 why={:?}", "x".repeat(3000));
        let line = write(style(LogFormat::Json, false), TIME, Level::Info, &long);
        let why = format!("\"why\":\"{}... (2600 more bytes)\"}}\n", "x".repeat(400));
        assert!(line.ends_with(&why) && line.contains("\"id\":7,"), "{line}");
        let escaped = "\u{1b}".repeat(MOST_BYTES);
        let line = write(style(LogFormat::Text, false), TIME, Level::Info, &escaped);
        assert!(line.len() < 4 * MOST_BYTES + 100, "{}", line.len());
    }
}
