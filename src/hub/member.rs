//! Members of rooms: their numbers, and how the hub reaches them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use crate::connection::{AbortCause, Batch, ConnectionId, Offer, Sender};
use crate::protocol::CloseFrame;

/// The number of one [`Membership`](super::Membership) or [`Attachment`](super::Attachment),
/// unique in the process. A connection that joins twice has two. Counts from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(u64);

impl MemberId {
    /// A number that has not been given out before: for tests of an
    /// [`Application`](super::Application).
    #[allow(clippy::should_implement_trait)] // not an iterator's
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Relaxed))
    }

    /// The number itself.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the hub reaches a client; no method waits for it. A connection's [`Sender`] is one, and
/// tests have another.
pub(super) trait Member: Clone + fmt::Debug {
    /// The client's connection.
    fn connection(&self) -> ConnectionId;
    /// Queues a batch, if there is room.
    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer;
    /// Sends a Close after what is queued.
    fn close(&self, frame: CloseFrame);
    /// Whether all that was queued has been written.
    fn is_caught_up(&self) -> bool;
    /// Counts messages that were dropped.
    fn count_dropped(&self, messages: usize);
    /// Aborts the connection, unless its Close has been sent.
    fn abort_unless_closed(&self);
    /// The most messages that ever waited at once.
    fn high_water(&self) -> usize;
}

impl Member for Sender {
    fn connection(&self) -> ConnectionId {
        self.id()
    }

    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        self.offer_batch(batch, now)
    }

    fn close(&self, frame: CloseFrame) {
        self.close(frame);
    }

    fn is_caught_up(&self) -> bool {
        self.is_caught_up()
    }

    fn count_dropped(&self, messages: usize) {
        self.count_dropped(messages);
    }

    fn abort_unless_closed(&self) {
        if !self.has_sent_close() {
            self.abort(AbortCause::WriteTimeout);
        }
    }

    fn high_water(&self) -> usize {
        self.high_water()
    }
}
