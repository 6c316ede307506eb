//! The environment: the program's own variables, and the programs that it starts, which get none
//! of them.

use std::env::{self, VarError};
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// What the names of the program's own variables begin with. Some hold passwords.
const OWN: &str = "WSHUB_";

/// The value of a variable; none if it is not set. A variable that is set but empty is an error: it
/// mostly means that somebody forgot to fill in a value, and it would silently switch off what the
/// variable is for. The error says what to do.
pub(super) fn read(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Err(empty(name)),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

/// Refuses an environment in which one of the program's own variables is set but empty, whether
/// or not this command line needs it.
pub(super) fn check() -> Result<(), String> {
    match first_empty(env::vars_os()) {
        Some(name) => Err(empty(&name)),
        None => Ok(()),
    }
}

fn first_empty(variables: impl Iterator<Item = (OsString, OsString)>) -> Option<String> {
    let empty = variables.filter(|(name, value)| is_own(name) && value.is_empty());
    let names = empty.map(|(name, _)| name.to_string_lossy().into_owned());
    names.min() // always the same one
}

fn empty(name: &str) -> String {
    format!("{name} is set but empty; give it a value, or unset it")
}

fn is_own(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(OWN.as_bytes())
}

/// A command that runs another program, without this program's variables in its environment: what
/// it starts in turn, and other users that may look at it, would have them too.
pub(super) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| is_own(name)) {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_variable_that_is_empty_is_found() {
        type Row = (
            &'static [(&'static str, &'static str)],
            Option<&'static str>,
        );
        let rows: [Row; 5] = [
            (&[], None),
            (&[("WSHUB_BASIC_AUTH", "ana:secret"), ("OTHER", "")], None),
            (&[("WSHUB_BASIC_AUTH", "")], Some("WSHUB_BASIC_AUTH")),
            (&[("WSHUB_B", ""), ("WSHUB_A", "")], Some("WSHUB_A")),
            (&[("MY_WSHUB_A", "")], None),
        ];
        for (variables, expected) in rows {
            let variables = variables.iter().map(|(n, v)| (n.into(), v.into()));
            assert_eq!(first_empty(variables).as_deref(), expected);
        }
    }
}
