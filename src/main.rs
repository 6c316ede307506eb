//! The wshub program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wshub::cli::run(std::env::args_os().skip(1)).into()
}
