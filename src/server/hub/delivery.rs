//! Handing each member of a room its clone of a batch, and what becomes of those whose queue
//! is full.
//!
//! A full queue is not yet a slow client: on a busy machine a burst can fill it before the
//! client's writer has had its turn. So a client that had caught up before gets one short
//! grace; one that has not since its last grace gets none. A client that is stuck thus delays
//! the others once, by a moment.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::counters::HubCounters;
use super::rooms::Rooms;
use crate::connection::{Batch, Offer, Sender};
use crate::protocol::{CloseCode, CloseFrame};
use crate::server::config::SlowClient;
use crate::server::handler::ClientId;

/// A batch is delivered once it has this many messages or bytes, though more may be waiting:
/// a quarter of a default queue.
const BATCH_MESSAGES: usize = 64;
const BATCH_BYTES: usize = 64 << 10;

/// How long the hub waits for writers that have not had their turn, and how often it looks.
const GRACE: Duration = Duration::from_millis(20);
const LOOK: Duration = Duration::from_micros(250);

/// The batches under way, and the clients that are behind.
#[derive(Debug)]
pub(super) struct Delivery {
    slow_client: SlowClient,
    counters: Arc<HubCounters>,
    pending: Vec<(Arc<str>, Batch)>,
    /// Clients that have had their grace and have not caught up since.
    behind: HashSet<ClientId>,
}

impl Delivery {
    pub(super) fn new(slow_client: SlowClient, counters: Arc<HubCounters>) -> Self {
        Self {
            slow_client,
            counters,
            pending: Vec::new(),
            behind: HashSet::new(),
        }
    }

    /// Adds a message to its room's batch, and delivers the batch once it is full.
    pub(super) fn add(&mut self, rooms: &mut Rooms<Sender>, room: Arc<str>, message: Batch) {
        HubCounters::add(&self.counters.published, message.messages());
        let place = self.pending.iter().position(|(other, _)| *other == room);
        let place = place.unwrap_or_else(|| {
            self.pending.push((room, Batch::default()));
            self.pending.len() - 1
        });
        let (room, batch) = &mut self.pending[place];
        if batch.messages() > 0 && batch.bytes().len() + message.bytes().len() > BATCH_BYTES {
            let room = room.clone();
            let full = std::mem::replace(batch, message);
            return self.deliver(rooms, &room, full);
        }
        if batch.messages() == 0 {
            *batch = message;
        } else {
            batch.append(&message);
        }
        if batch.messages() >= BATCH_MESSAGES || batch.bytes().len() >= BATCH_BYTES {
            let (room, full) = self.pending.swap_remove(place);
            self.deliver(rooms, &room, full);
        }
    }

    /// Delivers what is under way in `only` that room, or in all.
    pub(super) fn flush(&mut self, rooms: &mut Rooms<Sender>, only: Option<&Arc<str>>) {
        while let Some(place) = self
            .pending
            .iter()
            .position(|(room, _)| only.is_none_or(|only| only == room))
        {
            let (room, batch) = self.pending.swap_remove(place);
            self.deliver(rooms, &room, batch);
        }
    }

    fn deliver(&mut self, rooms: &mut Rooms<Sender>, room: &Arc<str>, batch: Batch) {
        let batch = Arc::new(batch);
        let mut full = Vec::new();
        let mut gone = Vec::new();
        let mut queued = 0;
        for (id, sender) in rooms.members(room) {
            if !self.behind.is_empty() && sender.is_caught_up() {
                self.behind.remove(id);
            }
            match sender.offer(&batch) {
                Offer::Queued => queued += 1,
                Offer::Full => full.push((*id, sender.clone())),
                Offer::Closed => gone.push(*id),
            }
        }
        if !full.is_empty() {
            let late = full.len();
            self.wait_for_writers(&batch, &mut full);
            queued += late - full.len();
        }
        let messages = batch.messages();
        HubCounters::add(&self.counters.delivered, queued * messages);
        for (id, sender) in full {
            match self.slow_client {
                SlowClient::Disconnect => {
                    sender.close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
                    gone.push(id);
                    HubCounters::add(&self.counters.evicted, 1);
                }
                SlowClient::Drop => {
                    sender.count_dropped(messages);
                    HubCounters::add(&self.counters.dropped, messages);
                }
            }
        }
        for id in gone {
            self.behind.remove(&id);
            rooms.leave(room, id);
        }
    }

    /// Gives those of `full` their grace that have one; those left in it had their chance.
    fn wait_for_writers(&mut self, batch: &Arc<Batch>, full: &mut Vec<(ClientId, Sender)>) {
        let deadline = Instant::now() + GRACE;
        while full.iter().any(|(id, _)| !self.behind.contains(id)) && Instant::now() < deadline {
            thread::sleep(LOOK);
            full.retain(|(id, sender)| {
                self.behind.contains(id) || sender.offer(batch) == Offer::Full
            });
        }
        self.behind.extend(full.iter().map(|(id, _)| *id));
    }
}
