//! The table of commands: the one place that says which commands and flags there are.

use super::client_commands::{CONNECT, CONNECTING, SEND, SUBSCRIBE};
use super::probe_commands::{BENCH, CHECK, COMPLETIONS};
use super::serve_command::{LIMITS, SERVE};
use super::spec::{Arity, CommandSpec, FlagGroup, FlagSpec, PositionalSpec};

/// Every command, in the order of the help text.
pub static COMMANDS: &[&CommandSpec] = &[
    &SERVE,
    &CONNECT,
    &SEND,
    &SUBSCRIBE,
    &BENCH,
    &CHECK,
    &COMPLETIONS,
    &HELP,
];

/// The groups of flags that have a help topic.
pub static GROUPS: &[&FlagGroup] = &[&LIMITS, &CONNECTING];

/// The help topics that are no commands, each with its one-line summary.
pub static TOPICS: &[(&str, &str)] = &[
    (LIMITS.topic, LIMITS.summary),
    (CONNECTING.topic, CONNECTING.summary),
    (EXIT_CODES, "what the program's exit codes mean"),
];

/// The topic of the exit-code table.
pub const EXIT_CODES: &str = "exit-codes";

/// The flags that every command has.
pub static GLOBAL_FLAGS: &[FlagSpec] = &[
    FlagSpec::switch("--help", "show this help").short("-h"),
    FlagSpec::switch("--version", "show the version").short("-V"),
];

/// `wshub help [TOPIC]`; the parser answers it itself.
pub static HELP: CommandSpec = CommandSpec {
    name: "help",
    summary: "show the help of a command or a topic",
    positionals: &[PositionalSpec {
        name: "TOPIC",
        arity: Arity::Optional,
        help: "a command's name, limits, connection, or exit-codes",
    }],
    flags: &[],
    groups: &[],
    notes: &[],
    examples: &[
        ("wshub help serve", "like wshub serve --help"),
        ("wshub help exit-codes", "what the exit codes mean"),
    ],
};

/// The command with this name.
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS
        .iter()
        .copied()
        .find(|command| command.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::spec::Kind;
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for command in COMMANDS {
            assert!(!command.examples.is_empty(), "{}", command.name);
            for (i, positional) in command.positionals.iter().enumerate() {
                let last = i + 1 == command.positionals.len();
                assert!(
                    last || positional.arity == Arity::Required,
                    "{}",
                    positional.name
                );
            }
            let flags: Vec<_> = command.all_flags().chain(GLOBAL_FLAGS).collect();
            for (i, flag) in flags.iter().enumerate() {
                assert!(
                    flag.name.starts_with("--") && flag.name.len() > 3,
                    "{}",
                    flag.name
                );
                assert!(
                    flag.short
                        .is_none_or(|s| s.len() == 2 && s.starts_with('-'))
                );
                assert_eq!(
                    flag.value.is_none(),
                    flag.kind == Kind::Switch,
                    "{}",
                    flag.name
                );
                let clash = |other: &&FlagSpec| {
                    other.name == flag.name || flag.short.is_some_and(|s| other.short == Some(s))
                };
                assert!(
                    !flags.iter().skip(i + 1).copied().any(|f| clash(&f)),
                    "{}",
                    flag.name
                );
                if let Some(default) = flag.default {
                    assert!(flag.kind.read(default).is_ok(), "{} {default}", flag.name);
                }
            }
        }
    }

    #[test]
    fn commands_are_found_by_name() {
        assert_eq!(find("serve"), Some(&SERVE));
        assert_eq!(find("Serve"), None);
    }
}
