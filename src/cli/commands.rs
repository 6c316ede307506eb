//! The table of commands: the one place that says which commands and flags there are.

use super::client_commands::{CONNECT, CONNECTING, SEND, SUBSCRIBE};
use super::cluster::CLUSTER;
use super::compression::COMPRESSION;
use super::help;
use super::man;
use super::probe_commands::{BENCH, CHECK, COMPLETIONS};
use super::serve_command::{LIMITS, LOG, SERVE};
use super::spec::{Action, Arity, CommandSpec, FlagSpec, PositionalSpec, Table};
use super::values::set_some;

/// The table.
pub static TABLE: Table = Table {
    commands: &[
        &SERVE,
        &CONNECT,
        &SEND,
        &SUBSCRIBE,
        &BENCH,
        &CHECK,
        &COMPLETIONS,
        &HELP,
    ],
    groups: &[&LOG, &LIMITS, &CONNECTING, &COMPRESSION, &CLUSTER],
};

/// `wshub help [TOPIC]`.
pub static HELP: CommandSpec = CommandSpec {
    name: "help",
    summary: "show the help of a command or a topic",
    positionals: &[PositionalSpec {
        name: "TOPIC",
        arity: Arity::Optional,
        help: "a command's name, or a topic such as limits",
        words: Some(|table| table.topic_names().collect()),
        set: |a, v| set_some(&mut a.word, Ok(v.to_owned())),
    }],
    flags: &[FlagSpec::switch(
        "--man",
        "all of it as a manual page, in roff",
        |a| a.man = true,
    )],
    groups: &[],
    notes: &[],
    examples: &[
        "wshub help serve  # like wshub serve --help",
        "wshub help exit-codes  # what the exit codes mean",
        "wshub help --man > ~/.local/share/man/man1/wshub.1  # for man wshub",
    ],
    action: Action::Print(|table, arguments| match arguments.man {
        true => Ok(man::page(table)),
        false => help::print(table, arguments.word.as_deref()),
    }),
};

#[cfg(test)]
mod tests {
    use super::super::arguments::Arguments;
    use super::super::spec::{GLOBAL_FLAGS, Takes};
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for command in TABLE.commands {
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
                let (name, short) = (flag.name(), flag.short());
                assert!(name.starts_with("--") && name.len() > 3, "{name}");
                assert!(short.is_none_or(|s| s.len() == 2 && s.starts_with('-')));
                let takes_nothing = matches!(flag.takes, Takes::Nothing(_));
                assert_eq!(flag.value_name().is_none(), takes_nothing, "{name}");
                let clash = |other: &&FlagSpec| {
                    other.name() == name || short.is_some_and(|s| other.short() == Some(s))
                };
                assert!(
                    !flags.iter().skip(i + 1).copied().any(|f| clash(&f)),
                    "{name}"
                );
                if let Some(default) = flag.default_text() {
                    let read = flag.update(&mut Arguments::default(), &default);
                    assert_eq!(read, Ok(()), "{name} {default}");
                }
            }
        }
    }

    #[test]
    fn a_default_that_is_written_out_changes_nothing() {
        // Whether these flags are given is a question of its own.
        let given = [
            "--listen",
            "--tls-listen",
            "--duration",
            "--size",
            "--warmup",
        ];
        for command in TABLE.commands {
            for flag in command.all_flags() {
                let mut arguments = Arguments::default();
                if let Some(default) = flag.default_text()
                    && (command.name == "check" || !given.contains(&flag.name()))
                {
                    assert_eq!(flag.update(&mut arguments, &default), Ok(()));
                    assert_eq!(arguments, Arguments::default(), "{}", flag.name());
                }
            }
        }
    }

    #[test]
    fn commands_are_found_by_name() {
        assert_eq!(TABLE.find("serve").map(|found| found.name), Some("serve"));
        assert!(TABLE.find("Serve").is_none());
    }
}
