//! The log: the one file that names simplelog.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::path::Path;

use log::LevelFilter;
use simplelog::{ColorChoice, Config, ConfigBuilder, TermLogger, TerminalMode, WriteLogger};

use crate::cli::term::colour_wanted;
use crate::cli::window;

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
            let colour = if window::is_coloured() {
                ColorChoice::AlwaysAnsi // to a pipe, at whose other end a console is
            } else if colour {
                ColorChoice::Auto
            } else {
                ColorChoice::Never
            };
            TermLogger::init(level, config(), TerminalMode::Stderr, colour)
        }
    };
    started.map_err(io::Error::other)
}

/// Lets a Windows console take colours as sequences of characters, which it does not by itself
/// (every Windows from 10 on can): whoever makes a coloured logger there switches that on. On
/// other systems, and where no console is, nothing happens.
pub(crate) fn enable_colours() {
    if cfg!(windows) {
        let mode = TerminalMode::Mixed; // both stdout and stderr
        drop(TermLogger::new(
            LevelFilter::Off,
            config(),
            mode,
            ColorChoice::Auto,
        ));
    }
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
