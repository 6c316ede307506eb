//! How the program ends: its exit codes and what each one means, in one table, and the error that
//! every command fails with.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not do what was asked. `mod.rs` prints the message and exits with the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened and what to do, without a last line break. Empty: stderr tells it already.
    pub message: String,
    /// The exit code; never [`Exit::Done`].
    pub exit: Exit,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        let message = message.to_string();
        Self { message, exit }
    }

    /// A failure without an exit code of its own.
    pub fn other(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failure, message)
    }

    /// A wrong command line of `command`, whose help is named.
    pub fn usage(command: &str, why: impl fmt::Display) -> Self {
        let message = format!("{why}\nmore: wshub {command} --help");
        Self::new(Exit::Usage, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// How the program ends. The discriminant is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well: closed with 1000 or 1001, or by our own Ctrl-C.
    Done = 0,
    /// A failure that has no code of its own.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The peer broke the WebSocket protocol.
    ProtocolFault = 3,
    /// The peer closed with an error code.
    ClosedWithError = 4,
    /// The answer to the opening handshake was HTTP, but not 101.
    HttpStatus = 5,
    /// The answer was 101, but not a right one.
    BadUpgrade = 6,
    /// Something took longer than its limit.
    Timeout = 7,
    /// TLS failed, or the certificate was refused.
    Tls = 8,
    /// No TCP connection.
    Connect = 14,
    /// The host's name has no address.
    NameNotFound = 21,
}

impl Exit {
    /// Every ending, by rising code.
    pub const ALL: &[Self] = &[
        Self::Done,
        Self::Failure,
        Self::Usage,
        Self::ProtocolFault,
        Self::ClosedWithError,
        Self::HttpStatus,
        Self::BadUpgrade,
        Self::Timeout,
        Self::Tls,
        Self::Connect,
        Self::NameNotFound,
    ];

    /// The code that the operating system gets.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// This exit code, for a command that has printed on stderr what went wrong.
    pub fn into_result(self) -> Result<(), Failure> {
        match self {
            Self::Done => Ok(()),
            exit => Err(Failure::new(exit, "")),
        }
    }

    /// What it means, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done: closed with 1000 or 1001, or by your own Ctrl-C",
            Self::Failure => "another failure, or a failed check or --assert; stderr says which",
            Self::Usage => "the command line is wrong",
            Self::ProtocolFault => "the peer broke the WebSocket protocol",
            Self::ClosedWithError => "the peer closed with an error code, which is printed",
            Self::HttpStatus => "an HTTP answer other than 101; its status is printed",
            Self::BadUpgrade => "an answer 101 that is not a valid WebSocket upgrade",
            Self::Timeout => "a timeout, or fewer messages than were asked for",
            Self::Tls => "TLS failed, or the certificate was refused",
            Self::Connect => "no TCP connection: refused, unreachable",
            Self::NameNotFound => "the host's name was not found",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 21]);
        assert_eq!(ExitCode::from(Exit::Done), ExitCode::SUCCESS);
    }

    #[test]
    fn meanings_are_one_line_and_differ() {
        for (i, exit) in Exit::ALL.iter().enumerate() {
            let meaning = exit.meaning();
            assert!(!meaning.is_empty() && meaning.len() < 70 && !meaning.contains('\n'));
            assert!(
                Exit::ALL
                    .iter()
                    .skip(i + 1)
                    .all(|other| other.meaning() != meaning)
            );
        }
    }
}
