//! From the text of a flag's value to the value, for each [`Kind`]. A refusal is a
//! phrase that follows the flag's name and says what to write instead.

use std::time::Duration;

use super::numbers::{read_count, read_duration, read_size, read_size_range};
use super::spec::Kind;
use super::texts::{
    check_address, check_credentials, check_header, check_host, check_origin, check_text,
    check_token,
};

/// A time limit that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `off` or `0`: no such limit.
    Off,
    /// The limit: 1 ms to 8760 h.
    After(Duration),
}

impl Setting {
    /// The limit, or `None` for off.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::After(limit) => Some(limit),
        }
    }
}

/// A flag's value after its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A switch: given.
    Given,
    /// Text, a path, an address, a header and the like: as written.
    Text(String),
    /// The bytes of a size, or a count.
    Number(u64),
    /// A time, or off.
    Duration(Setting),
}

impl Kind {
    /// Checks `text` and gives its value. The error says what is wrong and what to write.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        if text.is_empty() && *self != Self::Switch {
            return Err("the value is empty; write one, or leave the flag out".to_owned());
        }
        match *self {
            Self::Switch => return Ok(Value::Given),
            Self::Size { min } => return at_least(min, read_size(text)?),
            Self::Count { min } => return at_least(min, read_count(text)?),
            Self::Duration { off } => return Ok(Value::Duration(read_duration(text, off)?)),
            Self::Choice(words) if !words.contains(&text) => {
                return Err(format!(
                    "no such choice as {text}; write {}",
                    words.join(" or ")
                ));
            }
            Self::Path | Self::Choice(_) => {}
            Self::Text => check_text(text)?,
            Self::SizeRange => drop(read_size_range(text)?),
            Self::Address => check_address(text)?,
            Self::Credentials => check_credentials(text)?,
            Self::Origin => check_origin(text)?,
            Self::Host => check_host(text)?,
            Self::Token => check_token(text)?,
            Self::Header => check_header(text)?,
        }
        Ok(Value::Text(text.to_owned()))
    }
}

fn at_least(min: u64, number: u64) -> Result<Value, String> {
    if number < min {
        return Err(format!("{number} is too small; the least is {min}"));
    }
    Ok(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_reads_its_own() {
        let after = |ms| Value::Duration(Setting::After(Duration::from_millis(ms)));
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [
            (Kind::Switch, "", Value::Given),
            (Kind::Text, "a b", text("a b")),
            (Kind::Path, "a\u{e9}/b", text("a\u{e9}/b")),
            (Kind::Address, "[::1]:0", text("[::1]:0")),
            (Kind::Credentials, ":a:b", text(":a:b")),
            (Kind::Origin, "null", text("null")),
            (Kind::Host, "any", text("any")),
            (Kind::Token, "chat.v1", text("chat.v1")),
            (Kind::Header, "A: b", text("A: b")),
            (Kind::Size { min: 1 }, "1", Value::Number(1)),
            (Kind::Size { min: 0 }, "0k", Value::Number(0)),
            (Kind::SizeRange, "1k-4k", text("1k-4k")),
            (Kind::Count { min: 0 }, "0", Value::Number(0)),
            (Kind::Duration { off: false }, "1.5s", after(1500)),
            (
                Kind::Duration { off: true },
                "off",
                Value::Duration(Setting::Off),
            ),
            (Kind::Choice(&["a", "b"]), "b", text("b")),
        ];
        for (kind, given, value) in rows {
            assert_eq!(kind.read(given), Ok(value), "{kind:?} {given}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        let rows = [
            (
                Kind::Text,
                "",
                "the value is empty; write one, or leave the flag out",
            ),
            (
                Kind::Credentials,
                "ana",
                "the value has no colon; write --auth user:password",
            ),
            (Kind::Size { min: 1 }, "0", "0 is too small; the least is 1"),
            (
                Kind::Count { min: 2 },
                "1",
                "1 is too small; the least is 2",
            ),
            (
                Kind::Choice(&["a", "b"]),
                "c",
                "no such choice as c; write a or b",
            ),
        ];
        for (kind, given, why) in rows {
            assert_eq!(kind.read(given), Err(why.to_owned()), "{kind:?} {given}");
        }
    }

    #[test]
    fn a_setting_is_a_limit_or_none() {
        assert_eq!(Setting::Off.limit(), None);
        assert_eq!(Setting::After(Duration::MAX).limit(), Some(Duration::MAX));
    }
}
