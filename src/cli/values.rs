//! What a parsed command line holds. Every flag of the table has been checked by its kind.
//!
//! A flag is asked for by its long or short name with the dashes. Asking for one that the
//! command does not have, or for the wrong kind, is a mistake in the program: debug builds
//! panic, so any test that reads the flags finds it; release builds answer "not given".

use super::kinds::{Setting, Value};
use super::spec::{CommandSpec, FlagSpec, Kind};
use std::time::Duration;

/// The flags and arguments that were given. Defaults are not filled in: a flag that was not
/// given reads as none, and the reader keeps its own default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    command: &'static CommandSpec,
    given: Vec<(&'static FlagSpec, Value)>,
    positionals: Vec<String>,
}

impl Values {
    /// No flags and no arguments, of `command`.
    pub(super) fn new(command: &'static CommandSpec) -> Self {
        Self {
            command,
            given: Vec::new(),
            positionals: Vec::new(),
        }
    }

    /// What the flags would be if every default of `command`'s table had been written out;
    /// with it a test can compare the table's defaults with those of a configuration.
    pub fn defaults(command: &'static CommandSpec) -> Self {
        let mut values = Self::new(command);
        for flag in command.all_flags() {
            if let Some(Ok(value)) = flag.default.map(|default| flag.kind.read(default)) {
                values.given.push((flag, value));
            }
        }
        values
    }

    /// Adds a flag; the parser has checked that it may be added.
    pub(super) fn push(&mut self, flag: &'static FlagSpec, value: Value) {
        self.given.push((flag, value));
    }

    /// Adds an argument that is no flag.
    pub(super) fn push_positional(&mut self, text: String) {
        self.positionals.push(text);
    }

    /// Whether `flag` has been added.
    pub(super) fn has(&self, flag: &FlagSpec) -> bool {
        self.given.iter().any(|(given, _)| given.name == flag.name)
    }

    /// The arguments that are no flags, in their order.
    pub fn positionals(&self) -> &[String] {
        &self.positionals
    }

    /// Whether this switch was given.
    pub fn switch(&self, name: &str) -> bool {
        self.count(name) > 0
    }

    /// How often this switch was given: 2 for `-vv`.
    pub fn count(&self, name: &str) -> usize {
        self.find(name, |kind| kind == Kind::Switch).count()
    }

    /// The text of this flag: of every kind but switch, size, count and duration. The last
    /// one of a flag that may be repeated; see [`Values::all`].
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).pop()
    }

    /// Every text of this flag, in their order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.find(name, is_text).filter_map(as_text).collect()
    }

    /// Every header of this flag as its name and its value without the blanks around it.
    pub fn headers(&self, name: &str) -> Vec<(&str, &str)> {
        let headers = self
            .find(name, |kind| kind == Kind::Header)
            .filter_map(as_text);
        let split = headers.filter_map(|header| header.split_once(':'));
        split
            .map(|(name, value)| (name, value.trim_matches([' ', '\t'])))
            .collect()
    }

    /// The bytes of this size.
    pub fn size(&self, name: &str) -> Option<u64> {
        self.find(name, |kind| matches!(kind, Kind::Size { .. }))
            .find_map(as_number)
    }

    /// The number of this count.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.find(name, |kind| matches!(kind, Kind::Count { .. }))
            .find_map(as_number)
    }

    /// The time of this flag, one that cannot be `off`.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        self.find(name, |kind| kind == Kind::Duration { off: false })
            .find_map(as_setting)
            .and_then(Setting::limit)
    }

    /// The time of this flag, one that can be `off`.
    pub fn setting(&self, name: &str) -> Option<Setting> {
        self.find(name, |kind| kind == Kind::Duration { off: true })
            .find_map(as_setting)
    }

    /// The values given for the flag `name`, which is one of the command's and `fits`.
    fn find(&self, name: &str, fits: impl Fn(Kind) -> bool) -> impl Iterator<Item = &Value> {
        let flag = self.command.flag(name);
        debug_assert!(
            flag.is_some(),
            "wshub {} has no flag {name}",
            self.command.name
        );
        debug_assert!(
            flag.is_none_or(|flag| fits(flag.kind)),
            "{name} is of another kind"
        );
        let given = self.given.iter();
        given
            .filter(move |(given, _)| flag.is_some_and(|flag| flag.name == given.name))
            .map(|(_, value)| value)
    }
}

fn is_text(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Switch | Kind::Size { .. } | Kind::Count { .. } | Kind::Duration { .. }
    )
}

fn as_text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value {
        Some(text)
    } else {
        None
    }
}

fn as_number(value: &Value) -> Option<u64> {
    if let Value::Number(number) = value {
        Some(*number)
    } else {
        None
    }
}

fn as_setting(value: &Value) -> Option<Setting> {
    if let Value::Duration(setting) = value {
        Some(*setting)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::client_commands::CONNECT;
    use super::super::serve_command::SERVE;
    use super::*;

    #[test]
    fn every_default_of_the_table_is_read() {
        let values = Values::defaults(&SERVE);
        for flag in SERVE.all_flags() {
            assert_eq!(values.has(flag), flag.default.is_some(), "{}", flag.name);
        }
        assert_eq!(values.all("--listen"), ["localhost:8765"]);
        assert_eq!(values.size("--max-message"), Some(16 << 20));
        assert_eq!(values.number("--max-fragments"), Some(131_072));
        assert_eq!(
            values.duration("--write-timeout"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(values.setting("--idle-timeout"), Some(Setting::Off));
        assert_eq!(values.text("--slow-client"), Some("disconnect"));
        assert_eq!((values.switch("--lan"), values.count("-v")), (false, 0));
    }

    #[test]
    fn headers_are_split_and_trimmed() {
        let mut values = Values::new(&CONNECT);
        for text in ["A: b:c \t", "D:"] {
            let Some(flag) = CONNECT.flag("-H") else {
                panic!("no -H")
            };
            values.push(flag, Value::Text(text.to_owned()));
        }
        assert_eq!(values.headers("-H"), [("A", "b:c"), ("D", "")]);
        assert_eq!(values.all("--header"), ["A: b:c \t", "D:"]);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "wshub serve has no flag --nope")]
    fn a_name_outside_the_table_is_caught() {
        Values::new(&SERVE).switch("--nope");
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "--lan is of another kind")]
    fn a_wrong_kind_is_caught() {
        Values::new(&SERVE).text("--lan");
    }
}
