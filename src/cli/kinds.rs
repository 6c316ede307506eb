//! From the text of a flag's value to the value, for each [`Kind`]. A refusal is a
//! sentence without the flag's name that says what to write instead.

use std::time::Duration;

use super::spec::Kind;

/// A duration that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `off` or `0`: no such limit.
    Off,
    /// The limit; at least 1 ms, at most 8760 h.
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
    /// Bytes of a size, or a count.
    Number(u64),
    /// A time, or off.
    Duration(Setting),
}

/// The longest time that is accepted: 8760 h, a year. Any `Instant` can be moved by it.
pub const LONGEST: Duration = Duration::from_secs(8760 * 3600);

const SHORTEST: Duration = Duration::from_millis(1);
const TIME_EXAMPLES: &str = "write a time such as 500ms, 10s, 2m or 1h";
const SIZE_EXAMPLES: &str = "write a size such as 1000, 64k, 1M or 1G";

impl Kind {
    /// Checks `text` and gives its value. The error says what is wrong and what to write.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        if matches!(self, Self::Switch) {
            return Ok(Value::Given);
        }
        if text.is_empty() {
            return Err("the value is empty; write one, or leave the flag out".to_owned());
        }
        match *self {
            Self::Size { min } => at_least(min, read_size(text)?).map(Value::Number),
            Self::Count { min } => at_least(min, read_count(text)?).map(Value::Number),
            Self::Duration { off } => read_duration(text, off).map(Value::Duration),
            Self::Choice(words) if !words.contains(&text) => {
                Err(format!("no such choice as {text}; write {}", words.join(" or ")))
            }
            Self::Switch | Self::Path | Self::Choice(_) => Ok(()).map(|()| as_text(text)),
            Self::Text => no_controls(text).map(|()| as_text(text)),
            Self::Address => check_address(text).map(|()| as_text(text)),
            Self::Origin => check_origin(text).map(|()| as_text(text)),
            Self::Host => check_host(text).map(|()| as_text(text)),
            Self::Token => check_token(text).map(|()| as_text(text)),
            Self::Header => check_header(text).map(|()| as_text(text)),
        }
    }
}
