//! How far a sending thread has come, for the thread that waits for it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::cli::output::stderr;
use crate::cli::show;

/// How far the sending thread has come.
#[derive(Default)]
pub(super) struct State {
    pub(super) messages: AtomicU64,
    pub(super) bytes: AtomicU64,
    /// All was sent.
    pub(super) done: AtomicBool,
    /// The thread has ended, done or not.
    pub(super) over: AtomicBool,
    pub(super) failure: Mutex<Option<String>>,
    drawn: AtomicBool,
}

impl State {
    pub(super) fn draw_progress(&self) {
        self.drawn.store(true, Relaxed);
        let messages = show::count(self.messages.load(Relaxed));
        let bytes = show::bytes(self.bytes.load(Relaxed));
        stderr(format_args!("\r\x1b[Ksent {messages} messages, {bytes}"));
    }

    pub(super) fn clear_progress(&self) {
        if self.drawn.swap(false, Relaxed) {
            stderr("\r\x1b[K");
        }
    }
}
