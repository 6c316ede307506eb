//! The program: a command line in, an exit code out.

pub mod args;
pub mod backoff;
mod bench;
mod browser;
mod check;
pub mod client_commands;
pub mod clock;
pub mod commands;
pub mod completions;
mod connect;
mod connecting;
pub mod exit;
pub mod help;
mod identity;
pub mod json;
pub mod kinds;
pub mod nearest;
pub mod numbers;
mod output;
pub mod page;
mod passwords;
pub mod probe_commands;
mod send;
mod serve;
pub mod serve_command;
pub mod show;
pub mod spec;
mod subscribe;
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
            "send" => send::run(&values),
            "subscribe" => subscribe::run(&values),
            "bench" => bench::run(&values),
            "check" => check::run(&values),
            "completions" => completions::run(&values),
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
