//! What chat counts, for metrics and tests.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The counts of a [`Chat`](super::Chat).
#[derive(Debug, Default)]
pub struct ChatCounters {
    people: AtomicU64,
}

impl ChatCounters {
    /// Clients that are in chat now.
    pub fn people(&self) -> u64 {
        self.people.load(Relaxed)
    }

    pub(super) fn set_people(&self, people: usize) {
        self.people.store(people as u64, Relaxed);
    }
}
