//! What can be wrong with a command line, each as a sentence that says what to do next.

use std::error::Error;
use std::fmt;

use super::commands::{self, COMMANDS, TOPICS};
use super::spec::{CommandSpec, FlagSpec, PositionalSpec};
use super::term::printable;

/// A wrong command line. Its `Display` is two lines without a last line break, for stderr:
/// what is wrong, and where the help is. The program then exits with `Exit::Usage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageError {
    /// The command whose help is named; none when there is no such command.
    pub command: Option<&'static CommandSpec>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No command has this name.
    UnknownCommand {
        /// As written.
        given: String,
        /// The nearest command.
        nearest: Option<&'static str>,
    },
    /// No help topic has this name.
    UnknownTopic {
        /// As written.
        given: String,
        /// The nearest topic.
        nearest: Option<&'static str>,
    },
    /// The command has no such flag.
    UnknownFlag {
        /// As written, without its value.
        given: String,
        /// The nearest flag.
        nearest: Option<&'static str>,
    },
    /// A flag without its value.
    MissingValue {
        /// The flag.
        flag: &'static FlagSpec,
        /// What stands in the value's place, if that looks like a flag.
        next: Option<String>,
    },
    /// `--switch=value`.
    ValueForSwitch {
        /// The switch.
        flag: &'static FlagSpec,
    },
    /// A flag given twice that is taken once.
    Twice {
        /// The flag.
        flag: &'static FlagSpec,
    },
    /// A value that its flag cannot take.
    BadValue {
        /// The flag.
        flag: &'static FlagSpec,
        /// What is wrong with it, and what to write.
        why: String,
    },
    /// A required argument is missing.
    TooFew {
        /// The first one missing.
        missing: &'static PositionalSpec,
    },
    /// An argument more than the command takes.
    TooMany {
        /// The first one too many.
        extra: String,
    },
    /// An argument that is no Unicode text.
    NotUnicode {
        /// It, with a replacement character for what cannot be read.
        shown: String,
    },
}

impl UsageError {
    /// `fault` in the command line of `command`, if there is one.
    pub fn new(command: Option<&'static CommandSpec>, fault: Fault) -> Self {
        Self { command, fault }
    }
}

impl Error for UsageError {}

impl fmt::Display for UsageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", printable(&self.fault.sentence(self.command)))?;
        match (self.command, self.fault.topic(self.command)) {
            (_, Some(topic)) => write!(out, "more: wshub help {topic}"),
            (Some(command), None) => write!(out, "more: wshub {} --help", command.name),
            (None, None) => write!(out, "more: wshub --help"),
        }
    }
}

impl Fault {
    /// The help topic of the flag that is at fault, where its command's help only names it.
    fn topic(&self, command: Option<&CommandSpec>) -> Option<&'static str> {
        let (Self::MissingValue { flag, .. }
        | Self::ValueForSwitch { flag }
        | Self::Twice { flag }
        | Self::BadValue { flag, .. }) = self
        else {
            return None;
        };
        let groups = command.map_or(&[][..], |command| command.groups);
        let group = groups.iter().find(|group| group.flags.contains(flag));
        group.map(|group| group.topic)
    }

    /// The sentence, in which a user's own text is not yet made printable.
    fn sentence(&self, command: Option<&CommandSpec>) -> String {
        let name = command.map_or("", |command| command.name);
        let takes_flags_only = command.is_some_and(|command| command.positionals.is_empty());
        match self {
            Self::UnknownCommand {
                given,
                nearest: None,
            } if given.contains(':') => {
                format!("unknown command {given}; for a connection write: wshub connect {given}")
            }
            Self::UnknownCommand { given, .. } if TOPICS.iter().any(|(name, _)| name == given) => {
                format!("{given} is a help topic; write: wshub help {given}")
            }
            Self::UnknownCommand { given, nearest } => {
                let all = COMMANDS.iter().map(|command| command.name);
                unknown("command", given, *nearest, all)
            }
            Self::UnknownTopic { given, nearest } => {
                unknown("help topic", given, *nearest, topic_names())
            }
            Self::UnknownFlag {
                given,
                nearest: Some(name),
            } => {
                format!("unknown flag {given}; did you mean {name}?")
            }
            Self::UnknownFlag {
                given,
                nearest: None,
            } if takes_flags_only => {
                format!("unknown flag {given}; leave it out")
            }
            Self::UnknownFlag {
                given,
                nearest: None,
            } => {
                format!("unknown flag {given}; leave it out, or put -- before it if it is no flag")
            }
            Self::MissingValue { flag, next } => {
                let (flag, value) = (flag.name, flag.value.unwrap_or("VALUE"));
                match next {
                    None => format!("{flag} needs a value; write {flag} {value}"),
                    Some(next) => format!(
                        "{flag} needs a value, and {next} looks like a flag; write {flag} {value}, \
                         or {flag}={next} if you mean that"
                    ),
                }
            }
            Self::ValueForSwitch { flag } => {
                format!(
                    "{0} takes no value; write {0} alone, or leave it out",
                    flag.name
                )
            }
            Self::Twice { flag } => {
                format!(
                    "{} is given twice, but counts once; leave one out",
                    flag.name
                )
            }
            Self::BadValue { flag, why } => format!("{}: {why}", flag.name),
            Self::TooFew { missing } => {
                let example = command.and_then(|command| command.examples.first());
                let example = example.map_or("", |(line, _)| *line);
                format!(
                    "wshub {name} needs {}; write for example: {example}",
                    missing.name
                )
            }
            Self::TooMany { extra } => match commands::find(extra) {
                Some(other) => {
                    format!(
                        "{0} is a command, and a command comes first; write: wshub {0} ...",
                        other.name
                    )
                }
                None if takes_flags_only => {
                    format!("wshub {name} takes flags only; leave {} out", quoted(extra))
                }
                None => format!(
                    "{} is one argument too many; leave it out, or quote words that belong together",
                    quoted(extra)
                ),
            },
            Self::NotUnicode { shown } => {
                format!("{} is no Unicode text; write it as such", quoted(shown))
            }
        }
    }
}

/// The names that `wshub help` takes.
pub fn topic_names() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .iter()
        .map(|command| command.name)
        .chain(TOPICS.iter().map(|(name, _)| *name))
}

fn unknown(
    what: &str,
    given: &str,
    nearest: Option<&str>,
    all: impl Iterator<Item = &'static str>,
) -> String {
    let given = quoted(given);
    match nearest {
        Some(name) => format!("unknown {what} {given}; did you mean {name}?"),
        None => {
            let all: Vec<_> = all.collect();
            format!("unknown {what} {given}; there are: {}", all.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return format!("'{text}'");
    }
    text.to_owned()
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
