//! The wshub program.

#![warn(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;

fn main() -> ExitCode {
    wshub::cli::run(std::env::args_os().skip(1)).into()
}
