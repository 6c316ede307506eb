//! The counts of a run, which all its threads add to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::super::connecting;
use super::super::exit::Exit;
use super::histogram::Histogram;
use crate::client::ConnectError;
use crate::connection::CloseCause;
use crate::transport::Lock;

/// Different texts of errors that are told apart; the rest is counted together.
const MOST_TEXTS: usize = 50;

/// The counts of a run.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) made: AtomicU64,
    pub(super) failed: AtomicU64,
    /// Workers that have a connection, or know that they get none.
    pub(super) ready: AtomicU64,
    pub(super) finished: AtomicU64,
    /// What the publishers of a fanout have sent.
    pub(super) published: AtomicU64,
    /// Answers and deliveries of all the run.
    pub(super) received: AtomicU64,
    /// Those within the measured time, and their bytes.
    pub(super) measured: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) latency: Histogram,
    pub(super) opening: Histogram,
    /// How late the system woke a thread that slept.
    pub(super) lag: Histogram,
    pub(super) errors: Lock<BTreeMap<String, u64>>,
    pub(super) closes: Lock<BTreeMap<u16, u64>>,
    pub(super) first_exit: Lock<Option<Exit>>,
}

impl Tally {
    /// Counts an error by its text.
    pub(super) fn error(&self, text: &str) {
        let mut errors = self.errors.lock();
        let known = errors.contains_key(text) || errors.len() < MOST_TEXTS;
        let text = if known { text } else { "other errors" };
        *errors.entry(text.to_owned()).or_default() += 1;
    }

    /// A connection could not be opened.
    pub(super) fn failure(&self, error: &ConnectError) {
        self.failed.fetch_add(1, Relaxed);
        self.first_exit
            .lock()
            .get_or_insert(connecting::exit_of_error(error));
        let hint = match error {
            ConnectError::Tcp { error, .. } if error.raw_os_error() == Some(24) && cfg!(unix) => {
                "; raise the limit first, with: ulimit -n 65536"
            }
            _ => "",
        };
        self.error(&format!("{error}{hint}"));
    }

    /// A connection has ended, in its time or before.
    pub(super) fn ending(&self, cause: &CloseCause, in_time: bool) {
        *self.closes.lock().entry(cause.code).or_default() += 1;
        if !in_time || !cause.clean {
            self.error(&connecting::ending_in_words(cause));
        }
    }

    /// All errors.
    pub(super) fn error_count(&self) -> u64 {
        self.errors.lock().values().sum()
    }
}
