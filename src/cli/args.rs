//! From the words of the command line to an [`Invocation`]: pure, no environment, no output.
//!
//! `--flag value` and `--flag=value` are alike, so are `-H value` and `-Hvalue`, and short
//! switches may stand together (`-vv`). After `--` nothing is a flag; `-` alone never is
//! one. `--help` wins over everything but `--`, faults included.

use std::ffi::OsString;
use std::slice::Iter;

use super::commands::{self, COMMANDS, GLOBAL_FLAGS, HELP};
use super::help;
use super::nearest::nearest;
use super::serve_command::SERVE;
use super::spec::{Arity, CommandSpec, FlagSpec};
use super::usage::{Fault, UsageError, topic_names};
use super::values::Values;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// To run a command; never `help`.
    Run {
        /// The command.
        command: &'static CommandSpec,
        /// Its flags and arguments, checked.
        values: Values,
    },
    /// To print this help to stdout and leave. It ends with a line break.
    Help(String),
    /// To print this version to stdout and leave. It ends with a line break.
    Version(String),
}

/// Parses the arguments behind the program's name, as `std::env::args_os().skip(1)` gives
/// them; one that is no Unicode text is a [`UsageError`].
pub fn parse_os(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let readable = |arg: OsString| {
        arg.into_string().map_err(|arg| {
            let shown = arg.to_string_lossy().into_owned();
            UsageError::new(None, Fault::NotUnicode { shown })
        })
    };
    parse(
        args.into_iter()
            .map(readable)
            .collect::<Result<Vec<_>, _>>()?,
    )
}

/// Parses the arguments behind the program's name. Without a command, or when the first
/// argument is a flag, the command is `serve`.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Invocation, UsageError> {
    let args: Vec<String> = args.into_iter().collect();
    let Some((first, rest)) = args.split_first() else {
        return parse_command(&SERVE, &[]);
    };
    if asks(first, "--help") {
        let topic = rest.first().filter(|topic| !topic.starts_with('-'));
        return show_help(topic.map(String::as_str));
    }
    if first.starts_with('-') {
        return parse_command(&SERVE, &args);
    }
    let Some(command) = commands::find(first) else {
        let names = COMMANDS.iter().map(|command| command.name);
        let fault = Fault::UnknownCommand {
            given: first.clone(),
            nearest: nearest(first, names),
        };
        return Err(UsageError::new(None, fault));
    };
    parse_command(command, rest)
}

fn parse_command(command: &'static CommandSpec, args: &[String]) -> Result<Invocation, UsageError> {
    let mut before_end = args.iter().take_while(|arg| *arg != "--");
    if before_end.clone().any(|arg| asks(arg, "--help")) {
        return Ok(Invocation::Help(help::command(command)));
    }
    if before_end.any(|arg| asks(arg, "--version")) {
        return Ok(Invocation::Version(help::version()));
    }
    let values = read(command, args).map_err(|fault| UsageError::new(Some(command), fault))?;
    if command.name == HELP.name {
        return show_help(values.positionals().first().map(String::as_str));
    }
    Ok(Invocation::Run { command, values })
}

/// Whether `arg` is this flag of all commands.
fn asks(arg: &str, name: &str) -> bool {
    GLOBAL_FLAGS
        .iter()
        .any(|flag| flag.name == name && flag.is(arg))
}

fn show_help(topic: Option<&str>) -> Result<Invocation, UsageError> {
    let Some(name) = topic else {
        return Ok(Invocation::Help(help::overview()));
    };
    help::topic(name).map(Invocation::Help).ok_or_else(|| {
        let fault = Fault::UnknownTopic {
            given: name.to_owned(),
            nearest: nearest(name, topic_names()),
        };
        UsageError::new(None, fault)
    })
}

fn read(command: &'static CommandSpec, args: &[String]) -> Result<Values, Fault> {
    let mut values = Values::new(command);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            args.by_ref()
                .for_each(|arg| values.push_positional(arg.clone()));
        } else if arg == "-" || !arg.starts_with('-') {
            values.push_positional(arg.clone());
        } else {
            read_flag(&mut values, command, arg, &mut args)?;
        }
    }
    check_positionals(command, values.positionals())?;
    Ok(values)
}

/// Reads the flag or flags in `arg`, and the value behind it if it takes one.
fn read_flag(
    values: &mut Values,
    command: &'static CommandSpec,
    arg: &str,
    rest: &mut Iter<'_, String>,
) -> Result<(), Fault> {
    if !arg.starts_with("--") {
        return read_short(values, command, arg, rest);
    }
    let (name, attached) = match arg.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (arg, None),
    };
    let mut global = GLOBAL_FLAGS.iter();
    let flag = command
        .flag(name)
        .or_else(|| global.find(|flag| flag.is(name)));
    let flag = flag.ok_or_else(|| unknown(command, name))?;
    add(values, flag, attached, rest)
}

/// Reads `-v`, `-vv`, `-H value`, `-Hvalue` or `-H=value`.
fn read_short(
    values: &mut Values,
    command: &'static CommandSpec,
    arg: &str,
    rest: &mut Iter<'_, String>,
) -> Result<(), Fault> {
    for (at, letter) in arg.char_indices().skip(1) {
        let flag = command.flag(&format!("-{letter}"));
        // The argument as a whole is unknown: who writes -lan means --lan.
        let flag = flag.ok_or_else(|| unknown(command, arg.split('=').next().unwrap_or(arg)))?;
        let behind = arg
            .get(at + letter.len_utf8()..)
            .filter(|text| !text.is_empty());
        match behind {
            Some(text) if flag.value.is_some() || text.starts_with('=') => {
                return add(
                    values,
                    flag,
                    Some(text.strip_prefix('=').unwrap_or(text)),
                    rest,
                );
            }
            _ => add(values, flag, None, rest)?,
        }
    }
    Ok(())
}

fn unknown(command: &CommandSpec, given: &str) -> Fault {
    let names = command
        .all_flags()
        .chain(GLOBAL_FLAGS)
        .map(|flag| flag.name);
    Fault::UnknownFlag {
        given: given.to_owned(),
        nearest: nearest(given, names),
    }
}

/// Adds one flag with the value attached to it, or the next argument if it needs one.
fn add(
    values: &mut Values,
    flag: &'static FlagSpec,
    attached: Option<&str>,
    rest: &mut Iter<'_, String>,
) -> Result<(), Fault> {
    if values.has(flag) && !flag.repeat {
        return Err(Fault::Twice { flag });
    }
    let text = match (flag.value, attached) {
        (None, Some(_)) => return Err(Fault::ValueForSwitch { flag }),
        (None, None) => "",
        (Some(_), Some(text)) => text,
        (Some(_), None) => match rest.next() {
            Some(next) if next == "-" || !next.starts_with('-') => next,
            next => {
                return Err(Fault::MissingValue {
                    flag,
                    next: next.cloned(),
                });
            }
        },
    };
    let value = flag
        .kind
        .read(text)
        .map_err(|why| Fault::BadValue { flag, why })?;
    values.push(flag, value);
    Ok(())
}

fn check_positionals(command: &'static CommandSpec, given: &[String]) -> Result<(), Fault> {
    let specs = command.positionals;
    if let Some(missing) = specs
        .get(given.len())
        .filter(|spec| spec.arity == Arity::Required)
    {
        return Err(Fault::TooFew { missing });
    }
    let unbounded = specs.last().is_some_and(|spec| spec.arity == Arity::Many);
    match given.get(specs.len()) {
        Some(extra) if !unbounded => Err(Fault::TooMany {
            extra: extra.clone(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
