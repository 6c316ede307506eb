//! The terminal, set to give each key as it is typed, and set back whatever happens.
//!
//! Only then can a half-typed line be shown again below a message that arrives. The setting is
//! done with `stty` by a small shell of its own, which waits for the end of a pipe that this
//! program holds, and then sets the terminal back: after an end in good order, after a panic and
//! after `kill -9` alike, since the system closes the pipe. Where that is not to be had (Windows,
//! no `stty`) the terminal edits the line itself, as it always did.
//!
//! Ctrl-C stays a signal. Ctrl-Z is off meanwhile: a stopped program would leave the shell with
//! a terminal that does not echo.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::transport::Lock;

/// Signals of the terminal do not reach the guardian: it ends with the pipe, and only then.
const GUARDIAN: &str = "\
trap '' INT QUIT HUP TERM TTOU TSTP
saved=$(stty -g </dev/tty) || exit 1
stty -icanon -echo susp undef min 1 time 0 </dev/tty || exit 1
stty size </dev/tty
cat >/dev/null
stty \"$saved\" </dev/tty
";

/// How long setting the terminal back may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The columns of a terminal that does not tell.
const USUAL_COLUMNS: usize = 80;

static GUARD: Lock<Option<Child>> = Lock::new(None);

/// Has keys come one by one from here on. The terminal's columns; none if it cannot be done.
pub(super) fn take() -> Option<usize> {
    if !cfg!(unix) {
        return None;
    }
    let mut guardian = Command::new("sh")
        .args(["-c", GUARDIAN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut size = String::new();
    let told = guardian.stdout.take();
    let read = told.map(|told| BufReader::new(told).read_line(&mut size));
    *GUARD.lock() = Some(guardian);
    if !matches!(read, Some(Ok(1..))) {
        restore();
        return None;
    }
    Some(columns(&size))
}

/// Sets the terminal back, if it was taken. It is so when this returns, unless the terminal is
/// being held (Ctrl-S): then the guardian does it later by itself, and nobody waits for that.
pub(super) fn restore() {
    let Some(mut guardian) = GUARD.lock().take() else {
        return;
    };
    drop(guardian.stdin.take());
    let deadline = Instant::now() + PATIENCE;
    // An error: it has ended before, and that is all that is wanted.
    while let Ok(None) = guardian.try_wait()
        && Instant::now() < deadline
    {
        thread::sleep(Duration::from_millis(2));
    }
}

/// The columns as the terminal has them now.
pub(super) fn columns_now() -> usize {
    let tty = std::fs::File::open("/dev/tty");
    let size = tty.and_then(|tty| Command::new("stty").arg("size").stdin(tty).output());
    size.map_or(USUAL_COLUMNS, |size| {
        columns(&String::from_utf8_lossy(&size.stdout))
    })
}

/// The columns in `ROWS COLUMNS`.
fn columns(size: &str) -> usize {
    let columns = size
        .split_whitespace()
        .nth(1)
        .and_then(|columns| columns.parse().ok());
    columns
        .filter(|columns| *columns > 0)
        .unwrap_or(USUAL_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_size() {
        let rows = [("24 132\n", 132), ("0 0", 80), ("", 80), ("24 x", 80)];
        for (size, expected) in rows {
            assert_eq!(columns(size), expected, "{size:?}");
        }
    }
}
