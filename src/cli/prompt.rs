//! Asking a person for a password: on the terminal itself, wherever stdin comes from, and without
//! showing what is typed.
//!
//! A small shell switches the echo off with `stty`, waits for the end of a pipe that this program
//! holds, and restores the terminal: after an answer, after Ctrl-C and after `kill -9`, since the
//! system closes the pipe.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::environment;

/// How long a person may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// How long restoring the terminal may take.
const RESTORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest password, in bytes.
const MOST_BYTES: u64 = 4096;

const TERMINAL: &str = "/dev/tty";

/// Signals of the terminal do not reach the shell: it ends with the pipe, and only then.
const SHELL: &str = "\
trap '' INT QUIT HUP TERM TTOU TSTP
saved=$(stty -g </dev/tty) || exit 1
stty -echo susp undef </dev/tty || exit 1
echo ready
cat >/dev/null
stty \"$saved\" </dev/tty
";

/// Shows `question` and reads a line. The error says what is missing.
pub(super) fn password(question: &str) -> Result<String, String> {
    if !cfg!(unix) {
        return Err("a password can be asked for on Unix only".to_owned());
    }
    let no_terminal = |_| "there is no terminal to ask for the password on".to_owned();
    let input = File::open(TERMINAL).map_err(no_terminal)?;
    let output = OpenOptions::new().write(true).open(TERMINAL);
    let mut output = output.map_err(no_terminal)?;
    let silence = Silence::begin().ok_or("the terminal's echo cannot be turned off")?;
    // A terminal that is gone is noticed by reading.
    drop(write!(output, "{question}"));
    let line = read_line(input);
    drop(silence);
    drop(writeln!(output));
    line
}

/// Reads a line without its end, for as long as a person may take.
fn read_line(input: File) -> Result<String, String> {
    let (tell, told) = mpsc::channel();
    let reader = thread::Builder::new().name("password".into());
    let started = reader.spawn(move || {
        let mut line = Vec::new();
        let mut input = BufReader::new(input).take(MOST_BYTES);
        let read = input.read_until(b'\n', &mut line).map(|_| line);
        let _ = tell.send(read); // an error: nobody waits any more
    });
    started.map_err(|error| format!("no thread to read the password with: {error}"))?;
    let read = told.recv_timeout(ANSWER_TIMEOUT);
    let line = read.map_err(|_| "no password was typed in 5 minutes".to_owned())?;
    of_line(line)
}

fn of_line(line: io::Result<Vec<u8>>) -> Result<String, String> {
    let line = line.map_err(|error| format!("cannot read the password: {error}"))?;
    let Some(line) = line.strip_suffix(b"\n") else {
        return Err(match line.len() as u64 {
            MOST_BYTES.. => "the password is too long".to_owned(),
            _ => "no password was typed".to_owned(),
        });
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8(line.to_vec()).map_err(|_| "the password is not UTF-8".to_owned())
}

/// Switches the terminal's echo off while this exists.
struct Silence(Child);

impl Silence {
    fn begin() -> Option<Self> {
        let shell = environment::command("sh")
            .args(["-c", SHELL])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut silence = Self(shell.ok()?);
        let mut ready = String::new();
        let told = silence.0.stdout.take()?;
        let read = BufReader::new(told).read_line(&mut ready);
        matches!(read, Ok(1..)).then_some(silence)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let deadline = Instant::now() + RESTORE_TIMEOUT;
        // An error: it has ended before, and that is all that is wanted.
        while let Ok(None) = self.0.try_wait()
            && Instant::now() < deadline
        {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_password_whatever_ends_it() {
        let rows: [(&[u8], Result<&str, &str>); 6] = [
            (b"open sesame\n", Ok("open sesame")),
            (b" x \r\n", Ok(" x ")),
            (b"\n", Ok("")),
            (b"", Err("no password was typed")),
            (b"cut", Err("no password was typed")),
            (b"\xff\n", Err("the password is not UTF-8")),
        ];
        for (line, expected) in rows {
            let read = of_line(Ok(line.to_vec()));
            assert_eq!(
                read.as_deref().map_err(String::as_str),
                expected,
                "{line:?}"
            );
        }
        let long = of_line(Ok(vec![b'x'; MOST_BYTES as usize]));
        assert_eq!(long, Err("the password is too long".to_owned()));
    }
}
