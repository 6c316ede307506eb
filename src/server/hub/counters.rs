//! What the hub counts, for whoever wants to know: metrics, tests.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The hub's counts since it started. Each is right by itself; two read one after the other
/// may be of different moments.
#[derive(Debug, Default)]
pub struct HubCounters {
    pub(super) published: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) evicted: AtomicU64,
}

impl HubCounters {
    /// Messages that were published to a room.
    pub fn published(&self) -> u64 {
        self.published.load(Relaxed)
    }

    /// Messages that were queued for a client: one for each member of the room.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// Messages that a slow client missed ([`SlowClient::Drop`](super::super::SlowClient)).
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Clients that were closed for being slow
    /// ([`SlowClient::Disconnect`](super::super::SlowClient)).
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Relaxed)
    }

    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Relaxed);
    }
}
