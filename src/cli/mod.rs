//! The program: a command line in, an exit code out.

mod advice;
pub mod args;
pub mod arguments;
pub mod backoff;
mod bench;
mod browser;
mod check;
pub mod client_commands;
mod client_identity;
pub mod clock;
pub mod cluster;
pub mod commands;
pub mod completions;
mod compression;
mod connect;
mod connecting;
mod credentials;
mod editing;
mod environment;
pub mod exit;
mod files;
mod habits;
pub mod help;
mod identity;
mod interrupt;
pub mod json;
mod lock;
mod logging;
mod man;
pub mod nearest;
pub mod numbers;
mod output;
pub mod page;
mod passwords;
pub mod probe_commands;
mod prompt;
pub mod rates;
mod send;
mod serve;
pub mod serve_command;
pub mod show;
pub mod spec;
mod subscribe;
pub mod term;
pub mod usage;
pub mod values;
mod watching;
pub(crate) mod window;

use std::ffi::OsString;

use args::Invocation;
use commands::TABLE;
use exit::Exit;

/// Runs the program with these arguments, the program's own name left out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    #[cfg(unix)]
    interrupt::keep_hangup_ignored();
    logging::enable_colours();
    let ended = args::parse_os(&TABLE, arguments).and_then(|invocation| match invocation {
        Invocation::Run { run, arguments } => {
            compression::check(&arguments.connecting.deflate).and_then(|()| run(&arguments))
        }
        Invocation::Print(text) => output::report(&text).map(drop),
    });
    output::conclude(ended)
}
