//! The terminal, set to give each key as it is typed, and restored whatever happens.
//!
//! Only then can a half-typed line be shown again below a message that arrives. A small shell of
//! its own sets the terminal with `stty`, waits for the end of a pipe that this program holds, and
//! then restores the terminal: after a normal exit, after a panic and after `kill -9`, since the
//! system closes the pipe. The system also tells this shell when the terminal's size changes and
//! when a stopped program continues, and the shell writes that to a second pipe. Without such a
//! shell (on Windows, or without `stty`) the terminal edits the line itself.
//!
//! Ctrl-C stays a signal. Ctrl-Z is a key: before the program stops, the terminal is restored.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::environment;
use crossbeam_channel::Sender;

use crate::cli::lock::lock;
use crate::cli::output::stderr;

/// Signals of the terminal do not reach the guardian: it ends with the pipe, and only then. In
/// the background it may not set the terminal (TTOU), which belongs to others then: it stops,
/// and goes on in the foreground. Signals end a `wait`, but not the `cat` that is waited for.
const GUARDIAN: &str = r#"
trap '' INT QUIT HUP TERM TTOU TSTP
take() (
    trap - TTOU
    stty -icanon -echo -iexten susp undef min 1 time 0 </dev/tty
)
saved=$(stty -g </dev/tty) || exit 1
take || exit 1
trap 'stty size </dev/tty' WINCH
trap 'take; echo again; stty size </dev/tty' CONT
stty size </dev/tty
exec 3<&0
cat <&3 >/dev/null &
while wait $!; [ $? -gt 128 ]; do :; done
stty "$saved" </dev/tty
printf '\033[?2004l' >/dev/tty
"#;

/// Stops all programs of this pipeline as Ctrl-Z does, and ends when this one has stopped; where
/// nobody could let it go on, the system does not stop it.
const STOP: &str = r#"
trap '' TSTP
kill -TSTP 0
for i in 1 2 3 4 5 6 7 8 9 10; do
    case $(ps -o stat= -p "$PPID") in *T*) exit ;; esac
done
"#;

/// Makes the terminal mark pasted text.
const MARK_PASTES: &str = "\x1b[?2004h";

/// How long restoring the terminal may take.
const RESTORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The columns of a terminal that does not tell.
const USUAL_COLUMNS: usize = 80;

static GUARD: Mutex<Option<Child>> = Mutex::new(None);

/// What the terminal reports.
#[derive(Debug)]
pub(super) enum TerminalEvent {
    /// It has so many columns now.
    Columns(usize),
    /// The program was stopped, and goes on.
    Again,
}

/// Sets the terminal to give keys one by one. Returns its columns, or none if that is not possible.
/// What it reports later goes to `events`.
pub(super) fn take<T: From<TerminalEvent> + Send + 'static>(events: Sender<T>) -> Option<usize> {
    if !cfg!(unix) {
        return None;
    }
    let mut guardian = environment::command("sh")
        .args(["-c", GUARDIAN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let words = guardian.stdout.take();
    *lock(&GUARD) = Some(guardian);
    let mut words = BufReader::new(words?);
    let mut size = String::new();
    if !matches!(words.read_line(&mut size), Ok(1..)) {
        restore();
        return None;
    }
    let follower = thread::Builder::new().name("terminal".into());
    // Without that thread the size stays what it is.
    let _ = follower.spawn(move || follow(words, &events));
    stderr(MARK_PASTES);
    Some(columns(&size))
}

/// Passes on what the guardian says, until it ends.
fn follow<T: From<TerminalEvent>>(words: impl BufRead, events: &Sender<T>) {
    for line in words.lines().map_while(Result::ok) {
        let what = match line.as_str() {
            "again" => {
                stderr(MARK_PASTES);
                TerminalEvent::Again
            }
            size => TerminalEvent::Columns(columns(size)),
        };
        if events.send(what.into()).is_err() {
            return;
        }
    }
}

/// Restores the terminal, if it was taken. It is restored when this returns, unless the terminal is
/// paused (Ctrl-S): then the shell does it later by itself, and nobody waits for that.
pub(super) fn restore() {
    let Some(mut guardian) = lock(&GUARD).take() else {
        return;
    };
    drop(guardian.stdin.take());
    let deadline = Instant::now() + RESTORE_TIMEOUT;
    // An error: it has ended before, and that is all that is wanted.
    while let Ok(None) = guardian.try_wait()
        && Instant::now() < deadline
    {
        thread::sleep(Duration::from_millis(2));
    }
}

/// Stops the program with the terminal set back, until a shell lets it go on (`fg`); then takes
/// the terminal anew. Its columns then.
pub(super) fn suspend<T: From<TerminalEvent> + Send + 'static>(events: Sender<T>) -> Option<usize> {
    restore();
    let stopped = environment::command("sh")
        .args(["-c", STOP])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    drop(stopped); // without a shell it goes on at once
    take(events)
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

    #[test]
    fn the_guardian_tells_of_sizes_and_of_going_on() {
        let (events, words) = crossbeam_channel::unbounded::<TerminalEvent>();
        follow("24 100\nagain\n24 50\n".as_bytes(), &events);
        drop(events);
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        assert_eq!(words, ["Columns(100)", "Again", "Columns(50)"]);
    }
}
