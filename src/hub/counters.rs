//! What a hub counts, for metrics and tests.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A hub's counts, since it started unless said otherwise. Each is right by itself; two that
/// are read one after the other may be of different moments.
#[derive(Debug, Default)]
pub struct HubCounters {
    pub(super) published: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) evicted: AtomicU64,
    pub(super) rooms: AtomicU64,
    pub(super) members: AtomicU64,
    pub(super) high_water: AtomicU64,
}

impl HubCounters {
    /// Messages that were published to a room, those of the application included.
    pub fn published(&self) -> u64 {
        self.published.load(Relaxed)
    }

    /// Messages that were queued for a client: one for each client of the room.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// Messages that a slow client missed ([`SlowClient::Drop`](super::SlowClient::Drop)).
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Clients that were closed for being slow
    /// ([`SlowClient::Disconnect`](super::SlowClient::Disconnect)).
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Relaxed)
    }

    /// Rooms that exist now.
    pub fn rooms(&self) -> u64 {
        self.rooms.load(Relaxed)
    }

    /// Memberships that exist now: a client in two rooms, or twice in one, counts twice.
    pub fn members(&self) -> u64 {
        self.members.load(Relaxed)
    }

    /// The most messages that ever waited in the queue of a client that was slow or has left.
    pub fn high_water(&self) -> u64 {
        self.high_water.load(Relaxed)
    }

    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Relaxed);
    }

    pub(super) fn sub(counter: &AtomicU64, count: usize) {
        counter.fetch_sub(count as u64, Relaxed);
    }
}
