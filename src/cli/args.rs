//! From the words of the command line to an [`Invocation`]: pure, no environment, no output.
//!
//! `--flag value` and `--flag=value` are alike, so are `-H value` and `-Hvalue`, and short
//! switches may stand together (`-vv`). After `--` nothing is a flag; `-` alone never is
//! one. `--help` wins over everything but `--`, faults included.

use std::ffi::OsString;
use std::slice::Iter;

use super::arguments::Arguments;
use super::exit::Failure;
use super::habits;
use super::help;
use super::spec::{Action, Arity, CommandSpec, FlagSpec, GLOBAL_FLAGS, Table, Takes};
use super::usage;

/// What the command line requests.
#[derive(Debug)]
pub enum Invocation {
    /// To run a command.
    Run {
        /// The command's function.
        run: fn(&Arguments) -> Result<(), Failure>,
        /// Its flags and arguments, checked.
        arguments: Box<Arguments>,
    },
    /// Print this text to stdout and exit. It ends with a line break.
    Print(String),
}

/// Parses the arguments behind the program's name, as `std::env::args_os().skip(1)` gives
/// them; one that is not Unicode text is a usage error.
pub fn parse_os(
    table: &Table,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, Failure> {
    let readable = |arg: OsString| {
        let unreadable = |arg: OsString| usage::not_unicode(&arg.to_string_lossy());
        arg.into_string().map_err(unreadable)
    };
    let args: Result<Vec<_>, _> = args.into_iter().map(readable).collect();
    parse(table, &args?)
}

/// Parses the arguments behind the program's name. Where no command is named, a `ws://` or
/// `wss://` URL among the arguments stands for the command that connects; else, without any
/// argument or when the first one is a flag, the command is the table's first one.
pub fn parse(table: &Table, args: &[String]) -> Result<Invocation, Failure> {
    let (command, args) = match args.split_first() {
        Some((first, rest)) if asks(first, "--help") => {
            let topic = rest.first().filter(|topic| !topic.starts_with('-'));
            return help::print(table, topic.map(String::as_str)).map(Invocation::Print);
        }
        Some((first, _)) if is_connection(table, first, args) => match table.find(CONNECT) {
            Some(command) => (command, args),
            None => return Err(usage::unknown_command(table, first)),
        },
        Some((first, rest)) if !first.starts_with('-') => match table.find(first) {
            Some(command) => (command, rest),
            None => return Err(usage::unknown_command(table, first)),
        },
        _ => (table.commands[0], args),
    };
    let mut before_end = args.iter().take_while(|arg| *arg != "--");
    if before_end.clone().any(|arg| asks(arg, "--help")) {
        return Ok(Invocation::Print(help::command(command)));
    }
    if before_end.any(|arg| asks(arg, "--version")) {
        return Ok(Invocation::Print(help::version()));
    }
    let arguments = read(table, command, args)?;
    match command.action {
        Action::Run(run) => Ok(Invocation::Run { run, arguments }),
        Action::Print(print) => print(table, &arguments).map(Invocation::Print),
    }
}

/// The command that a URL without a command stands for.
const CONNECT: &str = "connect";

/// Whether arguments that name no command are those of a connection.
fn is_connection(table: &Table, first: &str, args: &[String]) -> bool {
    let named = !first.starts_with('-') && !habits::is_url(first);
    let mut before_end = args.iter().take_while(|arg| *arg != "--");
    !named && table.find(first).is_none() && before_end.any(|arg| habits::is_url(arg))
}

/// Reads the flags and arguments of one command.
fn read(
    table: &Table,
    command: &'static CommandSpec,
    args: &[String],
) -> Result<Box<Arguments>, Failure> {
    let mut parser = Parser {
        table,
        command,
        arguments: Box::default(),
        given: Vec::new(),
        positionals: 0,
    };
    parser.read(args)?;
    Ok(parser.arguments)
}

/// The arguments that a command reads from these words; for tests.
#[cfg(test)]
pub fn arguments(command: &'static CommandSpec, words: &[&str]) -> Arguments {
    let table = Table {
        commands: &[],
        groups: &[],
    };
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    match read(&table, command, &words) {
        Ok(arguments) => *arguments,
        Err(failure) => panic!("{words:?}: {failure}"),
    }
}

/// Whether `arg` is this flag of all commands.
fn asks(arg: &str, name: &str) -> bool {
    let mut flags = GLOBAL_FLAGS.iter();
    flags.any(|flag| flag.name() == name && flag.is(arg))
}

/// The arguments of one command, as far as they are read.
struct Parser<'a> {
    table: &'a Table,
    command: &'static CommandSpec,
    arguments: Box<Arguments>,
    /// The names of the flags so far.
    given: Vec<&'static str>,
    /// How many positionals there are so far.
    positionals: usize,
}

impl Parser<'_> {
    fn read(&mut self, args: &[String]) -> Result<(), Failure> {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                args.by_ref().try_for_each(|arg| self.positional(arg))?;
            } else if arg == "-" || !arg.starts_with('-') {
                self.positional(arg)?;
            } else if arg.starts_with("--") {
                self.long(arg, &mut args)?;
            } else {
                self.short(arg, &mut args)?;
            }
        }
        match self.command.positionals.get(self.positionals) {
            Some(missing) if missing.arity == Arity::Required => {
                Err(usage::too_few(self.command, missing))
            }
            _ => Ok(()),
        }
    }

    fn positional(&mut self, arg: &str) -> Result<(), Failure> {
        let specs = self.command.positionals;
        let unbounded = specs.last().filter(|spec| spec.arity == Arity::Many);
        let Some(spec) = specs.get(self.positionals).or(unbounded) else {
            return Err(usage::too_many(self.table, self.command, arg));
        };
        self.positionals += 1;
        (spec.set)(&mut self.arguments, arg)
            .map_err(|why| usage::bad_argument(self.command, spec, &why))
    }

    /// Reads `--flag`, `--flag value` or `--flag=value`.
    fn long(&mut self, arg: &str, rest: &mut Iter<'_, String>) -> Result<(), Failure> {
        let (name, attached) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (arg, None),
        };
        let mut flags = self.command.all_flags().chain(GLOBAL_FLAGS);
        let flag = flags.find(|flag| flag.is(name));
        let flag = flag.ok_or_else(|| {
            let value = attached.or_else(|| next_value(rest));
            usage::unknown_flag(self.command, name, value)
        })?;
        self.flag(flag, attached, rest)
    }

    /// Reads `-v`, `-vv`, `-H value`, `-Hvalue` or `-H=value`.
    fn short(&mut self, arg: &str, rest: &mut Iter<'_, String>) -> Result<(), Failure> {
        for (at, letter) in arg.char_indices().skip(1) {
            let Some(flag) = self.command.flag(&format!("-{letter}")) else {
                // The argument as a whole is unknown: a user who writes -lan means --lan.
                let (given, attached) = match arg.split_once('=') {
                    Some((given, value)) => (given, Some(value)),
                    None => (arg, None),
                };
                let value = attached.or_else(|| next_value(rest));
                return Err(usage::unknown_flag(self.command, given, value));
            };
            let behind = arg.get(at + letter.len_utf8()..).unwrap_or_default();
            let takes_value = !matches!(flag.takes, Takes::Nothing(_));
            if behind.starts_with('=') || takes_value && !behind.is_empty() {
                let value = behind.strip_prefix('=').unwrap_or(behind);
                return self.flag(flag, Some(value), rest);
            }
            self.flag(flag, None, rest)?;
        }
        Ok(())
    }

    /// Takes one flag with the value attached to it, or with the next argument if it needs one.
    fn flag(
        &mut self,
        flag: &'static FlagSpec,
        attached: Option<&str>,
        rest: &mut Iter<'_, String>,
    ) -> Result<(), Failure> {
        if self.given.contains(&flag.name()) && !flag.repeats() {
            return Err(usage::twice(self.command, flag));
        }
        let value = match (flag.takes, attached) {
            (Takes::Nothing(_), Some(_)) => {
                return Err(usage::value_for_switch(self.command, flag));
            }
            (Takes::Nothing(_), None) => "",
            (_, Some(value)) => value,
            (_, None) => match rest.next() {
                Some(next) if next == "-" || !next.starts_with('-') => next,
                next => {
                    let next = next.map(String::as_str);
                    return Err(usage::missing_value(self.command, flag, next));
                }
            },
        };
        self.given.push(flag.name());
        flag.update(&mut self.arguments, value)
            .map_err(|why| usage::bad_value(self.command, flag, &why))
    }
}

/// The argument that may be the value of a flag before it.
fn next_value<'a>(rest: &Iter<'a, String>) -> Option<&'a str> {
    let next = rest.as_slice().first()?;
    (!next.starts_with('-')).then_some(next.as_str())
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
