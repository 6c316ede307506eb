//! The figures that `/stats` shows.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use crate::cli::show;

/// The counts of all connections so far, for `/stats`.
pub(super) struct Figures {
    began: Instant,
    sent: AtomicU64,
    sent_bytes: AtomicU64,
    received: AtomicU64,
    received_bytes: AtomicU64,
    pings: AtomicU64,
}

impl Figures {
    /// All zero, from now on.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            sent: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            received: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            pings: AtomicU64::new(0),
        }
    }

    /// A message of so many bytes came.
    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(1, Relaxed);
        self.received_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// A ping came.
    pub(super) fn pinged(&self) {
        self.pings.fetch_add(1, Relaxed);
    }

    /// A message of so many bytes went out.
    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(1, Relaxed);
        self.sent_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// All of it, for a person.
    pub(super) fn in_words(&self) -> String {
        format!(
            "{}: sent {}, {}; received {}, {}; {} pings from the server",
            show::time(self.began.elapsed()),
            show::messages(self.sent.load(Relaxed)),
            show::bytes(self.sent_bytes.load(Relaxed)),
            show::messages(self.received.load(Relaxed)),
            show::bytes(self.received_bytes.load(Relaxed)),
            self.pings.load(Relaxed)
        )
    }
}
