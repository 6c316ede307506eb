//! What can be wrong with a command line, each as a sentence that says what to do next and a line
//! that says where the help is.

use super::exit::{Exit, Failure};
use super::habits;
use super::nearest::nearest;
use super::spec::{CommandSpec, FlagSpec, GLOBAL_FLAGS, PositionalSpec, Table, example};
use super::term::printable;

/// A wrong command line. The sentence may hold a user's own text; `more` follows `wshub`.
fn failure(sentence: &str, more: &str) -> Failure {
    let message = format!("{}\nmore: wshub {more}", printable(sentence));
    Failure::new(Exit::Usage, message)
}

fn in_command(command: &CommandSpec, sentence: &str) -> Failure {
    failure(sentence, &format!("{} --help", command.name))
}

/// As [`in_command`], of a flag; a command's help only names those of a group.
fn of_flag(command: &CommandSpec, flag: &FlagSpec, sentence: &str) -> Failure {
    let mut groups = command.groups.iter();
    match groups.find(|group| group.flags.iter().any(|one| one.name() == flag.name())) {
        Some(group) => failure(sentence, &format!("help {}", group.topic)),
        None => in_command(command, sentence),
    }
}

/// An argument that is not Unicode text; `shown` has a replacement for what cannot be read.
pub fn not_unicode(shown: &str) -> Failure {
    let shown = quoted(shown);
    failure(
        &format!("{shown} is not valid Unicode; write it as Unicode text"),
        "--help",
    )
}

/// No command has this name.
pub fn unknown_command(table: &Table, given: &str) -> Failure {
    let nearest = nearest(given, table.names());
    let sentence = if let Some(port) = habits::lone_port(given) {
        format!(
            "unknown command {given}; for a server on that port write: \
             wshub serve --listen localhost:{port}, and to connect to it: \
             wshub connect localhost:{port}"
        )
    } else if table.topics().any(|(name, _)| name == given) {
        format!("{given} is a help topic; write: wshub help {given}")
    } else if let Some(known) = habits::of_command(given) {
        format!("unknown command {given}; write: wshub {known}")
    } else if let Some(url) = habits::address(given).filter(|_| nearest.is_none()) {
        format!("unknown command {given}; for a connection write: wshub connect {url}")
    } else {
        unknown("command", given, nearest, table.names())
    };
    failure(&sentence, "--help")
}

/// No help topic has this name.
pub fn unknown_topic(table: &Table, given: &str) -> Failure {
    let nearest = nearest(given, table.topic_names());
    let sentence = unknown("help topic", given, nearest, table.topic_names());
    failure(&sentence, "--help")
}

/// The command has no such flag; `given` is without its value, and `value` is what may be it.
pub fn unknown_flag(command: &CommandSpec, given: &str, value: Option<&str>) -> Failure {
    let names = command.all_flags().chain(GLOBAL_FLAGS);
    let nearest = nearest(given, names.map(FlagSpec::name));
    let what_to_do = match (habits::of_flag(command, given, value), nearest) {
        (Some(instead), _) => format!("write {instead}"),
        (None, Some(name)) => format!("did you mean {name}?"),
        (None, None) if command.positionals.is_empty() => {
            format!("wshub {} --help lists the flags", command.name)
        }
        (None, None) => format!(
            "wshub {} --help lists the flags; put -- before it if it is not a flag",
            command.name
        ),
    };
    in_command(command, &format!("unknown flag {given}; {what_to_do}"))
}

/// A flag without its value; `next` stands in the value's place.
pub fn missing_value(command: &CommandSpec, flag: &FlagSpec, next: Option<&str>) -> Failure {
    let (name, value) = (flag.name(), flag.value_name().unwrap_or("VALUE"));
    let sentence = match next {
        None => format!("{name} needs a value; write {name} {value}"),
        Some(next) => format!(
            "{name} needs a value, and {next} looks like a flag; write {name} {value}, \
             or {name}={next} if you mean that"
        ),
    };
    of_flag(command, flag, &sentence)
}

/// `--switch=value`.
pub fn value_for_switch(command: &CommandSpec, flag: &FlagSpec) -> Failure {
    let name = flag.name();
    let sentence = format!("{name} takes no value; write {name} alone, or leave it out");
    of_flag(command, flag, &sentence)
}

/// A flag given twice that is taken once.
pub fn twice(command: &CommandSpec, flag: &FlagSpec) -> Failure {
    let name = flag.name();
    let sentence = format!("{name} is given twice, but may be given only once; leave one out");
    of_flag(command, flag, &sentence)
}

/// A value that its flag cannot take, and why.
pub fn bad_value(command: &CommandSpec, flag: &FlagSpec, why: &str) -> Failure {
    of_flag(command, flag, &format!("{}: {why}", flag.name()))
}

/// A required argument is missing.
pub fn too_few(command: &CommandSpec, missing: &PositionalSpec) -> Failure {
    let example = command.examples.first().map_or("", |line| example(line).0);
    let sentence = format!(
        "wshub {} needs {}; write for example: {example}",
        command.name, missing.name
    );
    in_command(command, &sentence)
}

/// An argument that cannot be what it stands for, and why.
pub fn bad_argument(command: &CommandSpec, positional: &PositionalSpec, why: &str) -> Failure {
    in_command(command, &format!("{}: {why}", positional.name))
}

/// An argument more than the command takes.
pub fn too_many(table: &Table, command: &CommandSpec, extra: &str) -> Failure {
    let shown = quoted(extra);
    let sentence = if table.find(extra).is_some() {
        format!("{extra} is a command, and a command comes first; write: wshub {extra} ...")
    } else if let Some(port) = habits::lone_port(extra).filter(|_| command.name == "serve") {
        format!("a port alone is not an argument; write: wshub serve --listen localhost:{port}")
    } else if let Some(url) = habits::address(extra).filter(|_| command.name == "serve") {
        format!("wshub serve takes flags only; for a connection write: wshub connect {url}")
    } else if command.positionals.is_empty() {
        format!("wshub {} takes flags only; leave {shown} out", command.name)
    } else {
        format!(
            "{shown} is one argument too many; leave it out, or quote words that belong together"
        )
    };
    in_command(command, &sentence)
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
