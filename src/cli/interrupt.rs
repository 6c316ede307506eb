//! Ctrl-C, and SIGTERM.

use std::fmt;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use super::exit::Failure;
use super::lock::lock;
use super::output::conclude;
use wshub::connection::Sender;
use wshub::protocol::{CloseCode, CloseFrame};

/// Handles a client's Ctrl-C: the first one closes; a second one, or one without a connection, ends
/// the program.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<Asked>);

struct Asked {
    asked: AtomicBool,
    sender: Mutex<Option<Sender>>,
}

impl Interrupt {
    /// Begins to watch; `cut_short` runs before an exit without a close, and returns what that was.
    pub(super) fn watch(
        cut_short: impl Fn() -> Result<(), Failure> + Send + 'static,
    ) -> Result<Self, Failure> {
        let asked = Arc::new(Asked {
            asked: AtomicBool::new(false),
            sender: Mutex::new(None),
        });
        let known = asked.clone();
        let watched = ctrlc::set_handler(move || {
            let again = known.asked.swap(true, SeqCst);
            match &*lock(&known.sender) {
                Some(sender) if !again => sender.close(CloseFrame::new(CloseCode::NORMAL, "")),
                _ => process::exit(conclude(cut_short()).code().into()),
            }
        });
        watched.map(|()| Self(asked)).map_err(unwatched)
    }

    /// The connection to close when asked; none while there is none.
    pub(super) fn connected(&self, sender: Option<Sender>) {
        *lock(&self.0.sender) = sender;
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_asked(&self) -> bool {
        self.0.asked.load(SeqCst)
    }
}

/// The system does not let this program know of Ctrl-C.
pub(super) fn unwatched(error: impl fmt::Display) -> Failure {
    Failure::other(format!("cannot watch for Ctrl-C: {error}"))
}

/// Keeps SIGHUP ignored where whoever started this program had it ignored, as `nohup` does.
///
/// To report SIGTERM, ctrlc installs a handler for SIGHUP as well, and its handler does not
/// say which of the signals came. A signal that every thread blocks reaches no handler, though.
/// Each thread inherits that from the one that starts it, so the main thread calls this before
/// there is another one. (A child process begins without blocked signals.)
#[cfg(unix)]
pub(super) fn keep_hangup_ignored() {
    const SIGHUP: ctrlc::Signal = ctrlc::Signal::SIGHUP;
    // Linux and what has its /proc; elsewhere SIGHUP ends the program like SIGTERM.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if is_ignored(SIGHUP as u32, &status) {
        #[expect(
            clippy::eq_op,
            reason = "a set of signals is made by joining two of them"
        )]
        let hangup = SIGHUP | SIGHUP;
        let _ = hangup.thread_block(); // an error would say that there is no such signal
    }
}

/// Whether a `/proc/PID/status` says that the process ignores a signal: in the mask of SigIgn the
/// lowest bit is signal 1.
#[cfg(unix)]
fn is_ignored(signal: u32, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_of_a_status() {
        let rows = [
            (
                "SigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n",
                true,
            ),
            ("SigIgn:\t0000000000000001", true),
            (
                "SigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n",
                false,
            ),
            ("SigIgn:\tx\n", false),
            ("", false),
        ];
        for (status, ignored) in rows {
            assert_eq!(is_ignored(1, status), ignored, "{status:?}");
        }
    }
}
