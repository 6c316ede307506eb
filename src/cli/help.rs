//! The help texts, written out from the table of commands; none wider than 80 columns.

use super::exit::{Exit, Failure};
use super::page::Page;
use super::spec::{
    Arity, CommandSpec, EXIT_CODES, FlagGroup, FlagSpec, GLOBAL_FLAGS, Table, example,
};
use super::usage;

/// The text of a help topic, or of none: the help of the program.
pub fn print(table: &Table, topic: Option<&str>) -> Result<String, Failure> {
    let Some(name) = topic else {
        return Ok(overview(table));
    };
    self::topic(table, name).ok_or_else(|| usage::unknown_topic(table, name))
}

/// The program's name and version, with a line break.
pub fn version() -> String {
    concat!("wshub ", env!("CARGO_PKG_VERSION"), "\n").to_owned()
}

/// The help of the program: its commands and topics.
fn overview(table: &Table) -> String {
    let mut help = Page::new("wshub: a WebSocket (RFC 6455) server and client");
    help.line("Usage: wshub [COMMAND] [FLAGS]  (default: serve, or connect for a ws:// URL)");
    help.heading("Commands:");
    help.rows(
        table
            .commands
            .iter()
            .map(|command| (command.name.to_owned(), command.summary.to_owned())),
    );
    help.heading("More:");
    let commands = (
        "wshub COMMAND --help".to_owned(),
        "the flags of that command".to_owned(),
    );
    let topic = |(name, summary): (&str, &str)| (format!("wshub help {name}"), summary.to_owned());
    let version = GLOBAL_FLAGS
        .iter()
        .filter(|flag| !flag.is("--help"))
        .map(flag_row);
    help.rows(
        [commands]
            .into_iter()
            .chain(table.topics().map(topic))
            .chain(version),
    );
    help.heading("Examples:");
    help.long_rows(
        table
            .commands
            .iter()
            .filter_map(|command| command.examples.first())
            .map(example_row),
    );
    help.into_text()
}

/// The help of one command.
pub fn command(command: &CommandSpec) -> String {
    let mut help = Page::new(&format!("wshub {}: {}", command.name, command.summary));
    help.line(&format!("Usage: {}", usage_line(command)));
    help.blank();
    let positionals = command.positionals.iter();
    let positionals = positionals.map(|one| (one.name.to_owned(), one.help.to_owned()));
    let own = command.flags.iter();
    help.rows(positionals.chain(own.chain(GLOBAL_FLAGS.first()).map(flag_row)));
    if !command.groups.is_empty() {
        help.blank();
    }
    for group in command.groups {
        let FlagGroup { heading, topic, .. } = group;
        help.line(&format!("{heading} (see wshub help {topic}):"));
        let names = |flag: &FlagSpec| {
            flag.short()
                .into_iter()
                .chain([flag.name()])
                .map(str::to_owned)
        };
        help.list(group.flags.iter().flat_map(names));
    }
    end(help, command.flags, command.notes, command.examples)
}

/// How a command is written: `wshub send [FLAGS] URL [TEXT...]`.
pub(super) fn usage_line(command: &CommandSpec) -> String {
    let mut usage = format!("wshub {}", command.name);
    if command.all_flags().next().is_some() {
        usage.push_str(" [FLAGS]");
    }
    for positional in command.positionals {
        usage.push_str(&match positional.arity {
            Arity::Required => format!(" {}", positional.name),
            Arity::Optional => format!(" [{}]", positional.name),
            Arity::Many => format!(" [{}...]", positional.name),
        });
    }
    usage
}

/// The part below the flags of a page: notes and examples.
fn end(mut help: Page, flags: &[FlagSpec], notes: &[&str], examples: &[&str]) -> String {
    let repeat = flags.iter().any(FlagSpec::repeats);
    let repeat = repeat.then_some("Flags and arguments marked ... may be repeated.");
    let notes: Vec<_> = repeat.iter().chain(notes).copied().collect();
    if !notes.is_empty() {
        help.blank();
        help.wrapped(&notes.join(" "));
    }
    help.heading("Examples:");
    help.long_rows(examples.iter().map(example_row));
    help.into_text()
}

/// The help topic `name`; none when there is no such command or topic.
fn topic(table: &Table, name: &str) -> Option<String> {
    if name == EXIT_CODES {
        return Some(exit_codes());
    }
    let group = table.groups.iter().find(|group| group.topic == name);
    group
        .map(|found| group_page(found))
        .or_else(|| table.find(name).map(command))
}

/// The flags of a group.
fn group_page(group: &FlagGroup) -> String {
    let mut help = Page::new(group.title);
    help.blank();
    help.rows(group.flags.iter().map(flag_row));
    end(help, group.flags, group.notes, group.examples)
}

fn exit_codes() -> String {
    let mut help = Page::new("The exit codes of wshub:");
    let row = |exit: &Exit| (format!("{:>2}", exit.code()), exit.meaning().to_owned());
    help.rows(Exit::ALL.iter().map(row));
    help.into_text()
}

/// A flag as it is written, and what it does, with its default.
pub(super) fn flag_row(flag: &FlagSpec) -> (String, String) {
    let default = flag
        .default_text()
        .map_or(String::new(), |default| format!(" [{default}]"));
    (flag.written.to_owned(), format!("{}{default}", flag.help))
}

fn example_row(line: &&str) -> (String, String) {
    let (line, what) = example(line);
    (line.to_owned(), what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::super::page::WIDTH;
    use super::*;

    /// The rows of a screen.
    const SCREEN: usize = 38;

    #[test]
    fn every_help_fits_and_names_every_flag() {
        for spec in TABLE.commands {
            let text = command(spec);
            for flag in spec.all_flags() {
                assert!(text.contains(flag.name()), "{}: {}", spec.name, flag.name());
            }
            let groups = spec.groups.iter();
            let groups = groups.map(|group| (group.flags, group_page(group)));
            for (flags, text) in [(spec.flags, text.clone())].into_iter().chain(groups) {
                for flag in flags {
                    let (left, _) = flag_row(flag);
                    let row = text
                        .lines()
                        .find(|line| line.trim_start().starts_with(&left));
                    assert!(row.is_some(), "{}: {left}", spec.name);
                    let default = flag.default_text().unwrap_or_default();
                    assert!(text.contains(&default), "{left}");
                }
            }
            for flag in spec.all_flags() {
                assert!(
                    flag.choices().iter().all(|word| flag.help.contains(word)),
                    "{}",
                    flag.name()
                );
            }
            assert!(text.lines().count() <= SCREEN, "{}", spec.name);
            for line in spec.examples.iter().map(|line| example(line).0) {
                assert!(text.contains(line), "{line}");
            }
        }
    }

    #[test]
    fn no_line_is_too_wide_or_ragged() {
        let texts = TABLE.topic_names().filter_map(|name| topic(&TABLE, name));
        for text in texts.chain([overview(&TABLE), version()]) {
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") && text.is_ascii());
            for line in text.lines() {
                assert!(line.len() <= WIDTH && line.trim_end() == line, "{line:?}");
            }
        }
    }

    #[test]
    fn topics_are_commands_and_exit_codes() {
        let codes = topic(&TABLE, EXIT_CODES).unwrap_or_default();
        for exit in Exit::ALL {
            let row = format!("  {:>2}  {}\n", exit.code(), exit.meaning());
            assert!(codes.contains(&row), "{row}");
        }
        assert!(topic(&TABLE, "serve").is_some_and(|text| text.starts_with("wshub serve: ")));
        assert_eq!(topic(&TABLE, "nope"), None);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for spec in TABLE.commands {
            assert!(
                words(&overview(&TABLE)).contains(spec.summary),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn the_version_is_the_crates() {
        assert_eq!(version(), format!("wshub {}\n", env!("CARGO_PKG_VERSION")));
    }
}
