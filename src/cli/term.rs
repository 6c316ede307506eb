//! What reaches a terminal or a log: text made harmless, bytes made readable, colours only
//! where they are wanted.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A peer's text as one line that cannot steer a terminal or change how others read it.
///
/// Control characters (C0, DEL, C1), line and paragraph separators, and the bidirectional
/// embeddings, overrides and isolates become visible escapes: `\n`, `\r`, `\x1b`,
/// `\u{202e}`. The tab and all else stay as they are; without a change nothing is copied.
/// A backslash stays too, so the result is for reading, not for decoding.
pub fn printable(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_unsafe) else {
        return Cow::Borrowed(text);
    };
    let (clean, rest) = text.split_at(first);
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(clean);
    for c in rest.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            _ if !is_unsafe(c) => shown.push(c),
            _ if c.is_ascii() => push(&mut shown, format_args!("\\x{:02x}", u32::from(c))),
            _ => push(&mut shown, format_args!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

pub fn is_unsafe(c: char) -> bool {
    match c {
        '\t' => false,
        '\u{2028}' | '\u{2029}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// `bytes` as lines of offset, sixteen bytes in hex, and the same as ASCII with a point for
/// what has no glyph. Each line ends with `\n` and has at most 78 columns; no bytes, no line.
pub fn hex_dump(bytes: &[u8]) -> String {
    let mut dump = String::with_capacity(bytes.len().div_ceil(16).saturating_mul(79));
    for (row, line) in bytes.chunks(16).enumerate() {
        push(&mut dump, format_args!("{:08x}  ", row * 16));
        for column in 0..16 {
            match line.get(column) {
                Some(byte) => push(&mut dump, format_args!("{byte:02x} ")),
                None => dump.push_str("   "),
            }
            if column == 7 {
                dump.push(' ');
            }
        }
        dump.push_str(" |");
        dump.extend(line.iter().map(|&b| {
            if matches!(b, 0x20..=0x7e) {
                char::from(b)
            } else {
                '.'
            }
        }));
        dump.push_str("|\n");
    }
    dump
}

/// Writing to a `String` cannot fail, so there is no error to report.
fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

/// Whether to use colour on a stream of this program.
pub fn is_coloured(is_terminal: bool) -> bool {
    let no_color = std::env::var("NO_COLOR").ok();
    colour_wanted(is_terminal && !is_plain(), no_color.as_deref())
}

/// Whether this program's terminal shows lines of text and nothing else: no colour, no cursor
/// that moves.
pub fn is_plain() -> bool {
    shows_lines_only(std::env::var("TERM").ok().as_deref(), cfg!(windows))
}

/// Whether the value of the environment's `TERM` names a terminal that shows lines only. It is
/// not set in a Windows console; elsewhere a terminal without a name is not trusted with more.
pub fn shows_lines_only(term: Option<&str>, is_windows: bool) -> bool {
    match term {
        Some("dumb") => true,
        None | Some("") => !is_windows,
        Some(_) => false,
    }
}

/// Whether to use colour: on a terminal, unless `no_color`, the value of the environment's
/// `NO_COLOR`, is set and not empty.
pub fn colour_wanted(is_terminal: bool, no_color: Option<&str>) -> bool {
    is_terminal && no_color.is_none_or(str::is_empty)
}

/// A look of text on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Errors.
    Red,
    /// Success; texts of JSON.
    Green,
    /// Warnings; numbers of JSON.
    Yellow,
    /// Keys of JSON.
    Blue,
    /// `true`, `false` and `null`.
    Magenta,
    /// What arrives.
    Cyan,
    /// Notices and offsets.
    Dim,
}

/// `text` in `colour`, or as it is when not `enabled`. The text itself is not made harmless:
/// a peer's goes through [`printable`] first.
pub fn paint(colour: Colour, text: &str, enabled: bool) -> Cow<'_, str> {
    if !enabled || text.is_empty() {
        return Cow::Borrowed(text);
    }
    let code = match colour {
        Colour::Red => 31,
        Colour::Green => 32,
        Colour::Yellow => 33,
        Colour::Blue => 34,
        Colour::Magenta => 35,
        Colour::Cyan => 36,
        Colour::Dim => 2,
    };
    Cow::Owned(format!("\x1b[{code}m{text}\x1b[0m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_text_is_harmless() {
        let rows = [
            ("\x1b[2J", "\\x1b[2J"),
            ("a\0b", "a\\x00b"),
            ("a\nb\r\n", "a\\nb\\r\\n"),
            ("\x7f", "\\x7f"),
            ("\u{80}\u{9b}31m\u{9f}", "\\u{80}\\u{9b}31m\\u{9f}"),
            ("\u{202a}x\u{202e}", "\\u{202a}x\\u{202e}"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("h\u{e9}\x07\u{1f600}\tz", "h\u{e9}\\x07\u{1f600}\tz"),
        ];
        for (text, shown) in rows {
            assert_eq!(printable(text), shown);
            assert!(matches!(printable(shown), Cow::Borrowed(_)), "{shown}");
        }
    }

    #[test]
    fn other_text_is_borrowed() {
        for text in [
            "",
            "plain",
            "a\tb",
            "\\x1b",
            "\u{a0}\u{200d}\u{202f}\u{2065}\u{206a}\u{fffd}",
        ] {
            assert!(
                matches!(printable(text), Cow::Borrowed(same) if same == text),
                "{text:?}"
            );
        }
    }

    #[test]
    fn dumps() {
        assert_eq!(hex_dump(b""), "");
        let all: Vec<u8> = (0x18..0x28).collect();
        let full =
            "00000000  18 19 1a 1b 1c 1d 1e 1f  20 21 22 23 24 25 26 27  |........ !\"#$%&'|\n";
        assert_eq!(hex_dump(&all), full);
        let two = hex_dump(&[all.as_slice(), b"\x7f~\xff"].concat());
        let second = format!("00000010  7f 7e ff {}|.~.|\n", " ".repeat(41));
        assert_eq!(two, format!("{full}{second}"));
    }

    #[test]
    fn a_terminal_without_a_name_shows_lines_only() {
        let rows = [
            (Some("xterm-256color"), false, false),
            (Some("dumb"), false, true),
            (Some("dumb"), true, true),
            (Some(""), false, true),
            (None, false, true),
            (None, true, false),
        ];
        for (term, windows, expected) in rows {
            assert_eq!(
                shows_lines_only(term, windows),
                expected,
                "{term:?} {windows}"
            );
        }
    }

    #[test]
    fn colour_follows_terminal_and_no_color() {
        let rows = [
            (true, None, true),
            (true, Some(""), true),
            (true, Some("1"), false),
            (true, Some("0"), false),
            (false, None, false),
            (false, Some(""), false),
        ];
        for (terminal, no_color, wanted) in rows {
            assert_eq!(
                colour_wanted(terminal, no_color),
                wanted,
                "{terminal} {no_color:?}"
            );
        }
        assert_eq!(paint(Colour::Red, "x", true), "\x1b[31mx\x1b[0m");
        assert_eq!(paint(Colour::Red, "x", false), "x");
        assert_eq!(paint(Colour::Dim, "", true), "");
    }
}
