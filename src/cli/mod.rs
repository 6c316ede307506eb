//! The program: a command line in, an exit code out.

pub mod args;
mod browser;
pub mod commands;
mod connect;
pub mod exit;
pub mod help;
mod identity;
pub mod kinds;
pub mod nearest;
pub mod numbers;
pub mod page;
mod passwords;
mod serve;
pub mod spec;
pub mod term;
pub mod texts;
pub mod usage;
pub mod values;
pub(crate) mod window;

use std::ffi::OsString;
use std::io::{self, Write};

use args::Invocation;
use exit::Exit;

/// Runs the program with these arguments, the program's own name left out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    crate::logging::enable_colours();
    match args::parse_os(arguments) {
        Ok(Invocation::Run { command, values }) => match command.name {
            "serve" => serve::run(&values),
            "connect" => connect::run(&values),
            _ => Exit::Usage, // the parser answers `help` itself
        },
        Ok(Invocation::Help(text) | Invocation::Version(text)) => {
            match io::stdout().write_all(text.as_bytes()) {
                Ok(()) => Exit::Done,
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
                Err(_) => Exit::Failure,
            }
        }
        Err(error) => {
            eprintln!("wshub: {error}");
            Exit::Usage
        }
    }
}
