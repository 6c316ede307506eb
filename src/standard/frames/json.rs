//! The little JSON (RFC 8259) that the answers need: flat objects, written member by member.

use std::fmt::{Display, Write as _};

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    /// An object of this kind.
    pub(super) fn of_kind(kind: &str) -> Self {
        Self::new().text("kind", kind)
    }

    /// An object without members.
    pub(super) fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a string.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        push_quoted(&mut self.0, value);
        self
    }

    /// Adds a string of hex digits.
    pub(super) fn hex(mut self, name: &str, bytes: &[u8]) -> Self {
        self.name(name);
        self.0.push('"');
        for byte in bytes {
            let _ = write!(self.0, "{byte:02x}"); // a String takes everything
        }
        self.0.push('"');
        self
    }

    /// Adds a number, `true`, `false`, or another object that is complete.
    pub(super) fn value(mut self, name: &str, value: impl Display) -> Self {
        self.name(name);
        let _ = write!(self.0, "{value}"); // a String takes everything
        self
    }

    /// Adds a list of objects that are complete.
    pub(super) fn list(mut self, name: &str, objects: impl IntoIterator<Item = String>) -> Self {
        self.name(name);
        self.0.push('[');
        for (at, object) in objects.into_iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            self.0.push_str(&object);
        }
        self.0.push(']');
        self
    }

    /// The object, complete.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_quoted(&mut self.0, name);
        self.0.push(':');
    }
}

/// Appends a string, quotes included. Control characters, and those that change the direction of
/// text, are escaped: what is shown in a terminal as it came changes nothing there.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // All of them are below U+10000: one escape each.
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // a String takes everything
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_written_and_texts_are_escaped() {
        let object = Object::of_kind("x")
            .text("t\"", "a\\b\r\n\u{1b}\u{85}\u{202e}\u{1f600}\"")
            .hex("h", &[0, 0xab])
            .value("n", 7)
            .list("l", ["{}".to_owned(), Object::new().value("m", true).end()]);
        assert_eq!(
            object.end(),
            "{\"kind\":\"x\",\"t\\\"\":\"a\\\\b\\u000d\\u000a\\u001b\\u0085\\u202e\u{1f600}\\\"\",\
             \"h\":\"00ab\",\"n\":7,\"l\":[{},{\"m\":true}]}"
        );
    }
}
