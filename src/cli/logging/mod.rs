//! The log of `wshub serve`: the one place that names simplelog.
//!
//! ```text
//! any thread --- one line ---> a bounded buffer --- the log's thread ---> stderr or a file
//! ```
//!
//! No thread but the log's own ever waits for the stream; [`queue`] says what happens when the
//! stream does not take what is written.

mod fields;
mod line;
mod queue;

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::path::Path;
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use simplelog::{ColorChoice, Config, TermLogger, TerminalMode};

use super::arguments::LogFormat;
use super::clock;
use super::files;
use super::term::is_coloured;
use super::window;
use line::Style;
use queue::Queue;

/// How long the end of the program waits for lines that are not written yet.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The log, and the stderr of a server.
pub(crate) struct Streams {
    log: Queue,
    stderr: Queue,
}

impl Streams {
    /// Starts logging to `file`, or to stderr where there is none. A file is appended to. From
    /// here on the program's stderr is written through [`Streams::say`] alone: a direct write to
    /// it may block.
    pub(crate) fn start(
        level: LevelFilter,
        format: LogFormat,
        file: Option<&Path>,
    ) -> io::Result<Self> {
        let note = match format {
            LogFormat::Text => dropped_text,
            LogFormat::Json => dropped_json,
        };
        let stderr = Queue::start(own_stderr()?, note)?;
        let log = match file {
            Some(path) => Queue::start(files::append(path)?, note)?,
            None => stderr.clone(),
        };
        let to_window = window::is_coloured(); // a pipe, at whose other end a console is
        let coloured = file.is_none() && (to_window || is_coloured(io::stderr().is_terminal()));
        // The logger lives as long as the program.
        let logger: &'static Logger = Box::leak(Box::new(Logger {
            style: Style { format, coloured },
            queue: log.clone(),
        }));
        log::set_logger(logger).map_err(io::Error::other)?;
        log::set_max_level(level);
        // The default hook writes to stderr itself.
        panic::set_hook(Box::new(|panic| log::error!("{panic}")));
        Ok(Self { log, stderr })
    }

    /// Writes to stderr as soon as it can be written. Never waits.
    pub(crate) fn say(&self, text: &str) {
        self.stderr.push(text.as_bytes());
    }

    /// Waits, for a bounded time, until all that was logged and said is written.
    pub(crate) fn flush(&self) {
        let deadline = Instant::now() + FLUSH_TIMEOUT;
        for queue in [&self.log, &self.stderr] {
            queue.flush(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

/// Stderr under a descriptor of its own: a thread that is stuck writing there does not hold the
/// lock of the standard library's stderr.
#[cfg(unix)]
fn own_stderr() -> io::Result<impl Write + Send + 'static> {
    use std::os::fd::AsFd;
    let descriptor = io::stderr().as_fd().try_clone_to_owned()?;
    Ok(std::fs::File::from(descriptor))
}

#[cfg(not(unix))]
fn own_stderr() -> io::Result<impl Write + Send + 'static> {
    Ok(io::stderr())
}

struct Logger {
    style: Style,
    queue: Queue,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let message = record.args().to_string();
            let line = line::write(self.style, clock::now(), record.level(), &message);
            self.queue.push(line.as_bytes());
        }
    }

    fn flush(&self) {
        self.queue.flush(FLUSH_TIMEOUT);
    }
}

fn dropped_text(count: u64) -> Vec<u8> {
    dropped(LogFormat::Text, count)
}

fn dropped_json(count: u64) -> Vec<u8> {
    dropped(LogFormat::Json, count)
}

fn dropped(format: LogFormat, count: u64) -> Vec<u8> {
    let style = Style {
        format,
        coloured: false,
    };
    let lines = if count == 1 { "line" } else { "lines" };
    let message = format!("{count} log {lines} dropped: the log could not be written in time");
    line::write(style, clock::now(), Level::Warn, &message).into_bytes()
}

/// Lets a Windows console take colours as sequences of characters, which it does not by itself
/// (every Windows from 10 on can): whoever makes a coloured logger there switches that on. On
/// other systems, and where no console is, nothing happens.
pub(crate) fn enable_colours() {
    if cfg!(windows) {
        let mode = TerminalMode::Mixed; // both stdout and stderr
        drop(TermLogger::new(
            LevelFilter::Off,
            Config::default(),
            mode,
            ColorChoice::Auto,
        ));
    }
}
