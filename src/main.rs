//! The wshub program.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]
// These macros panic when the stream cannot be written; cli/output.rs has what to use instead.
#![cfg_attr(
    not(test),
    warn(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)
)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().skip(1)).into()
}
