//! The log: the one file that names simplelog.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::path::Path;

use log::LevelFilter;
use simplelog::{ColorChoice, Config, ConfigBuilder, TermLogger, TerminalMode, WriteLogger};

use crate::cli::term::colour_wanted;

/// Starts logging to `file`, or to stderr where there is none. A file is appended to.
pub(crate) fn start(level: LevelFilter, file: Option<&Path>) -> io::Result<()> {
    let started = match file {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            WriteLogger::init(level, config(), file)
        }
        None => {
            let no_color = std::env::var("NO_COLOR").ok();
            let colour = colour_wanted(io::stderr().is_terminal(), no_color.as_deref());
            let colour = if colour {
                ColorChoice::Auto
            } else {
                ColorChoice::Never
            };
            TermLogger::init(level, config(), TerminalMode::Stderr, colour)
        }
    };
    started.map_err(io::Error::other)
}

/// `2026-11-22T09:17:59.123456789Z [INFO] message`: UTC, without threads or modules, for people and grep.
fn config() -> Config {
    ConfigBuilder::new()
        .set_time_format_rfc3339()
        .set_target_level(LevelFilter::Off)
        .set_thread_level(LevelFilter::Off)
        .set_location_level(LevelFilter::Off)
        .set_max_level(LevelFilter::Error)
        .build()
}
