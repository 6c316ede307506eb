//! How the hub reaches a client.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::connection::{Batch, Cut, Offer, Sender};
use crate::protocol::CloseFrame;

/// The hub's way to a client, which never waits for it. A connection's [`Sender`] is one.
pub trait Outlet: Clone + fmt::Debug {
    /// Queues a batch, if there is room.
    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer;
    /// Closes behind what is queued.
    fn close(&self, frame: CloseFrame);
    /// Whether all that was queued has been written.
    fn is_caught_up(&self) -> bool;
    /// Notes that messages were dropped.
    fn count_dropped(&self, messages: usize);
    /// Ends a connection whose time to take what was queued, and the Close, is over; nothing
    /// happens to one that has done so.
    fn give_up(&self);
    /// The most messages that ever waited at once.
    fn high_water(&self) -> usize;
}

impl Outlet for Sender {
    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        self.offer_at(batch, now)
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

    fn give_up(&self) {
        if !self.is_close_sent() {
            self.cut(Cut::WriteTimeout);
        }
    }

    fn high_water(&self) -> usize {
        self.high_water()
    }
}
