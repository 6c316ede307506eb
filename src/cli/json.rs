//! The little JSON (RFC 8259) that the program needs: a text quoted, and a document indented.

use std::fmt::Write as _;

/// Appends `text` as a JSON string, quotes included. Control characters and those that
/// `term::printable` hides are escaped, so that the line is one line wherever it is shown.
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // All of them are below U+10000: one escape each.
            c if c.is_control()
                || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // a String takes everything
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `text` as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

/// Documents that are longer (in bytes) or deeper are left alone: indenting multiplies what a
/// peer sent by up to twice its depth.
const MOST_BYTES: usize = 1 << 20;
const MOST_DEPTH: usize = 64;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A bracket, a comma or a colon.
    Mark,
    /// The name of a member.
    Key,
    /// A string that is a value.
    Text,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
}

/// The same document with a line for each member and an indent of two; `None` if `text` is not
/// JSON, or is too large to be read by a person anyway. Nothing but the space between tokens is
/// changed: numbers and strings stay as written.
pub fn pretty(text: &str) -> Option<String> {
    pretty_by(text, |out, _, token| out.push_str(token))
}

/// The same, each token appended by `push`, which may decorate it.
pub fn pretty_by(text: &str, push: impl Fn(&mut String, Token, &str)) -> Option<String> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let mut tokens = Tokens(text);
    let mut out = String::with_capacity(text.len() * 2);
    // The closing bracket that each open bracket needs.
    let mut open: Vec<char> = Vec::new();
    let mut want = Want::Value;
    while want != Want::Nothing {
        let token = tokens.next()?;
        match (want, token) {
            (Want::Value | Want::ValueOrEnd, "{" | "[") if open.len() < MOST_DEPTH => {
                if want == Want::ValueOrEnd {
                    new_line(&mut out, open.len());
                }
                push(&mut out, Token::Mark, token);
                let (end, next) = if token == "{" {
                    ('}', Want::KeyOrEnd)
                } else {
                    (']', Want::ValueOrEnd)
                };
                open.push(end);
                want = next;
            }
            (Want::ValueOrEnd | Want::KeyOrEnd, end)
                if open.last().is_some_and(|c| end.starts_with(*c)) =>
            {
                open.pop();
                push(&mut out, Token::Mark, end);
                want = after(&open);
            }
            (Want::Value | Want::ValueOrEnd, scalar) if is_scalar(scalar) => {
                if want == Want::ValueOrEnd {
                    new_line(&mut out, open.len());
                }
                push(&mut out, kind(scalar), scalar);
                want = after(&open);
            }
            (Want::Key | Want::KeyOrEnd, key) if key.starts_with('"') => {
                new_line(&mut out, open.len());
                push(&mut out, Token::Key, key);
                want = Want::Colon;
            }
            (Want::Colon, ":") => {
                push(&mut out, Token::Mark, ":");
                out.push(' ');
                want = Want::Value;
            }
            (Want::CommaOrEnd, ",") => {
                push(&mut out, Token::Mark, ",");
                want = if open.last() == Some(&'}') {
                    Want::Key
                } else {
                    new_line(&mut out, open.len());
                    Want::Value
                };
            }
            (Want::CommaOrEnd, end) if open.last().is_some_and(|c| end.starts_with(*c)) => {
                open.pop();
                new_line(&mut out, open.len());
                push(&mut out, Token::Mark, end);
                want = after(&open);
            }
            _ => return None,
        }
    }
    tokens.is_over().then_some(out)
}

/// What may come next in a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

fn after(open: &[char]) -> Want {
    if open.is_empty() {
        Want::Nothing
    } else {
        Want::CommaOrEnd
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn is_scalar(token: &str) -> bool {
    matches!(token, "true" | "false" | "null") || token.starts_with('"') || is_number(token)
}

fn kind(scalar: &str) -> Token {
    match scalar.as_bytes() {
        [b'"', ..] => Token::Text,
        [b't' | b'f' | b'n', ..] => Token::Word,
        _ => Token::Number,
    }
}

fn is_number(token: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let token = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (token, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

/// The tokens of a document.
struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.skip_space();
        let length = match self.0.bytes().next()? {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            b'"' => string_length(self.0)?,
            _ => self
                .0
                .find(|c: char| " \t\r\n{}[]:,\"".contains(c))
                .unwrap_or(self.0.len()),
        };
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(token)
    }

    fn is_over(&mut self) -> bool {
        self.skip_space();
        self.0.is_empty()
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }
}

/// The length of the string that `text` begins with, quotes included; none if it is no string.
fn string_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some(at + 1),
            '\\' => match chars.next()?.1 {
                'u' => {
                    for _ in 0..4 {
                        chars.next().filter(|(_, c)| c.is_ascii_hexdigit())?;
                    }
                }
                c if "\"\\/bfnrt".contains(c) => {}
                _ => return None,
            },
            '\0'..='\x1f' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted() {
        let rows = [
            ("", "\"\""),
            ("a\"b\\c/", "\"a\\\"b\\\\c/\""),
            (
                "\n\r\t\0\x1b\x7f\u{9b}",
                "\"\\n\\r\\t\\u0000\\u001b\\u007f\\u009b\"",
            ),
            ("\u{202e}\u{2029}", "\"\\u202e\\u2029\""),
            ("h\u{e9}\u{1f600}", "\"h\u{e9}\u{1f600}\""),
        ];
        for (text, json) in rows {
            assert_eq!(quoted(text), json);
            assert_eq!(pretty(json).as_deref(), Some(json));
        }
    }

    #[test]
    fn documents_are_indented() {
        let rows = [
            ("1", "1"),
            (" true ", "true"),
            ("-0.5e+10", "-0.5e+10"),
            ("{}", "{}"),
            ("[ ]", "[]"),
            ("[1,2]", "[\n  1,\n  2\n]"),
            (
                "{\"a\":1,\"b\":[{}]}",
                "{\n  \"a\": 1,\n  \"b\": [\n    {}\n  ]\n}",
            ),
            ("[[],\"a\\u00e9\\n\"]", "[\n  [],\n  \"a\\u00e9\\n\"\n]"),
        ];
        for (text, lines) in rows {
            assert_eq!(pretty(text).as_deref(), Some(lines), "{text}");
            assert_eq!(
                pretty(lines).as_deref(),
                Some(lines),
                "twice is once: {text}"
            );
        }
    }

    #[test]
    fn tokens_are_told_apart() {
        let push = |out: &mut String, token, text: &str| {
            let _ = write!(out, "{token:?}{text}");
        };
        assert_eq!(
            pretty_by("{\"a\":[1,\"b\",null]}", push).as_deref(),
            Some(
                "Mark{\n  Key\"a\"Mark: Mark[\n    Number1Mark,\n    Text\"b\"Mark,\n    \
                 Wordnull\n  Mark]\nMark}"
            )
        );
    }

    #[test]
    fn what_is_no_json_is_none() {
        let rows = [
            "",
            "hello",
            "{",
            "}",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "[1 2]",
            "1 2",
            "01",
            "+1",
            ".5",
            "1.",
            "1e",
            "tru",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a",
            "\"\n\"",
            "[}",
            "{]",
            ",",
            "[,1]",
        ];
        for text in rows {
            assert_eq!(pretty(text), None, "{text}");
        }
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(pretty(&nested(MOST_DEPTH)).is_some());
        assert_eq!(pretty(&nested(MOST_DEPTH + 1)), None);
        assert_eq!(pretty(&nested(400_000)), None);
    }
}
