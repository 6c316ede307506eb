//! A Windows console window, and the server apart from it.
//!
//! Windows ends every program of a console as soon as its window is closed; the most that a
//! program can do is to hold that up inside its own control handler, which takes code that
//! this crate forbids itself (and ctrlc's handler returns at once). So in a console window
//! `wshub serve` is two processes:
//!
//! ```text
//! console window --- shows the log <--- stderr --- the server, without a window
//!                    Ctrl-C --- a byte ---> stdin
//!                    closed --- the end --> stdin
//! ```
//!
//! However the first one ends, the second one notices, tells its clients, and ends. And a
//! window that is held (text being marked in it blocks all output) holds up no server.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{self, Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;

use crossbeam_channel as channel;

use super::exit::Exit;
use super::output::notice;
use super::term;

/// Set for the process without a window; its value says whether the window shows colours.
const APART: &str = "WSHUB_APART";
const COLOURED: &str = "coloured";
const PLAIN: &str = "plain";

/// Lines that may wait while output to the window is paused; beyond that, lines are left out.
const WAITING_LINES: usize = 10_000;

/// Whether this process is the one without a window, whose stdin is its lifeline.
fn is_apart() -> bool {
    env::var_os(APART).is_some()
}

/// Whether the log goes to a window that shows colours, through a process apart from this.
pub(crate) fn is_coloured() -> bool {
    env::var_os(APART).is_some_and(|value| value == COLOURED)
}

/// Calls `asked` for each wish to end: Ctrl-C, SIGTERM, the window closed.
///
/// # Errors
///
/// The system does not let us know of them.
pub(super) fn watch(asked: impl FnMut() + Send + 'static) -> io::Result<()> {
    if !is_apart() {
        return ctrlc::set_handler(asked).map_err(io::Error::other);
    }
    let watcher = thread::Builder::new().name("window".into());
    watcher
        .spawn(move || follow(io::stdin().lock(), asked))
        .map(drop)
}

/// Each byte is a request to stop, and so is the end of the stream, unless a stop was requested
/// before: the second request is to exit immediately.
fn follow(lifeline: impl BufRead, mut asked: impl FnMut()) {
    let presses = lifeline.bytes().map_while(Result::ok);
    if presses.map(|_| asked()).count() == 0 {
        asked();
    }
}

/// In a console window on Windows: runs this very command line in a process without a window,
/// shows what it logs, and answers how it ended. Anywhere else, and where no second process
/// can be had: `None`, and this process is to do the work itself.
pub(super) fn run_apart() -> Option<Exit> {
    if !cfg!(windows) || is_apart() || !io::stderr().is_terminal() {
        return None;
    }
    let mut child = start().ok()?;
    let (mut lifeline, log) = (child.stdin.take()?, child.stderr.take()?);
    let watching = ctrlc::set_handler(move || press(&mut lifeline));
    if let Err(error) = watching {
        notice(format_args!(
            "Ctrl-C will exit immediately, without closing the connections: {error}"
        ));
    }
    show(log, io::stderr());
    Some(exit_of(child.wait()))
}

fn start() -> io::Result<Child> {
    let coloured = term::is_coloured(true);
    let mut command = Command::new(env::current_exe()?);
    command
        .args(env::args_os().skip(1))
        .env(APART, OsStr::new(if coloured { COLOURED } else { PLAIN }))
        .stdin(Stdio::piped())
        .stdout(Stdio::null()) // a server has nothing to say there
        .stderr(Stdio::piped());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    command.spawn()
}

/// Passes a Ctrl-C on. If nobody is left to receive it, there is nothing to wait for either.
fn press(lifeline: &mut ChildStdin) {
    if lifeline.write_all(b"c").is_err() {
        process::exit(Exit::Done.code().into());
    }
}

/// Shows the log until it ends. It is read however slowly it can be shown.
fn show(log: impl Read + Send + 'static, mut window: impl Write) {
    let (lines, waiting) = channel::bounded::<Vec<u8>>(WAITING_LINES);
    let reader = thread::Builder::new().name("log".into());
    let reading = reader.spawn(move || read_lines(log, &lines));
    if let Err(error) = reading {
        notice(format_args!("no thread to read the log with: {error}"));
    }
    for line in waiting {
        // A line that cannot be shown is lost; the server is more important.
        drop(window.write_all(&line));
    }
}

fn read_lines(log: impl Read, lines: &channel::Sender<Vec<u8>>) {
    let mut log = BufReader::new(log);
    let mut left_out = 0_u64;
    loop {
        let mut line = Vec::new();
        match log.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if left_out > 0 {
            let notice = format!("({left_out} lines left out: this window's output was paused)\n");
            if lines.try_send(notice.into_bytes()).is_err() {
                left_out += 1;
                continue;
            }
            left_out = 0;
        }
        if lines.try_send(line).is_err() {
            left_out += 1;
        }
    }
}

fn exit_of(ended: io::Result<ExitStatus>) -> Exit {
    let code = ended.ok().and_then(|status| status.code());
    let known = |exit: &&Exit| Some(i32::from(exit.code())) == code;
    Exit::ALL
        .iter()
        .find(known)
        .copied()
        .unwrap_or(Exit::Failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_a_wish_and_the_end_is_one_too_unless_it_was_wished_for() {
        for (bytes, wishes) in [("", 1), ("c", 1), ("cc", 2)] {
            let mut asked = 0;
            follow(bytes.as_bytes(), || asked += 1);
            assert_eq!(asked, wishes, "{bytes:?}");
        }
    }

    #[test]
    fn the_log_is_shown_as_it_is() {
        let log = "one\n\u{20ac}\n\nno end";
        let mut window = Vec::new();
        show(log.as_bytes(), &mut window);
        assert_eq!(window, log.as_bytes());
    }

    /// A log whose window is held until its fifth line comes.
    struct Held(channel::Receiver<Vec<u8>>, u8, Vec<Vec<u8>>);

    impl Read for Held {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.1 {
                5 => self.2.extend(self.0.try_iter()),
                6 => return Ok(0),
                _ => {}
            }
            buffer[..2].copy_from_slice(&[b'0' + self.1, b'\n']);
            Ok(2)
        }
    }

    #[test]
    fn lines_that_find_no_room_are_counted_and_the_count_is_told() {
        let (lines, waiting) = channel::bounded(2);
        let mut log = Held(waiting, 0, Vec::new());
        read_lines(&mut log, &lines);
        let Held(waiting, _, mut shown) = log;
        shown.extend(waiting.try_iter());
        let told = "(2 lines left out: this window's output was paused)\n";
        assert_eq!(shown.concat(), format!("1\n2\n{told}5\n").as_bytes());
    }
}
