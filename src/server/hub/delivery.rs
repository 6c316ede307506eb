//! Working off what is to happen in each room: messages to all members, joins, leaves, and
//! what is for one client only, in the one order of the room.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::counters::HubCounters;
use super::outlet::Outlet;
use super::rooms::{Entry, Room, Rooms};
use super::slow::{Handed, Slow};
use crate::server::config::SlowClient;

/// How often the hub looks whether a room has to wait no longer.
const LOOK_FOR_ROOM: Duration = Duration::from_micros(500);

/// Rooms, their members, and the members that are behind.
#[derive(Debug)]
pub(super) struct Delivery<M> {
    rooms: Rooms<M>,
    slow: Slow<M>,
    counters: Arc<HubCounters>,
}

impl<M: Outlet> Delivery<M> {
    /// `patience` is how long a slow client has to take what is queued, and its Close.
    pub(super) fn new(
        slow_client: SlowClient,
        patience: Duration,
        counters: Arc<HubCounters>,
    ) -> Self {
        Self {
            rooms: Rooms::default(),
            slow: Slow::new(slow_client, patience, counters.clone()),
            counters,
        }
    }

    /// Adds to what is to happen in a room. Nothing happens before [`Delivery::work`].
    pub(super) fn add(&mut self, room: &Arc<str>, entry: Entry<M>) {
        if let Entry::Batch(batch, _) = &entry {
            HubCounters::add(&self.counters.published, batch.messages());
        }
        self.rooms.add(room, entry);
    }

    /// How many members the rooms have in which something is to happen.
    pub(super) fn audience(&self) -> usize {
        self.rooms.audience()
    }

    /// Delivers all that can be delivered at `now`; answers when to call again, at the latest.
    pub(super) fn work(&mut self, now: Instant) -> Option<Duration> {
        let busy = self.rooms.take_busy();
        for name in &busy {
            let is_chat = name.starts_with('#');
            if let Some(room) = self.rooms.get_mut(name) {
                self.slow.tells_missed = is_chat;
                advance(room, &mut self.slow, &self.counters, now);
            }
        }
        self.rooms.worked(busy);
        self.counters.rooms.store(self.rooms.len() as u64, Relaxed);
        let looks = self.slow.look(now);
        if self.rooms.is_waiting() {
            return Some(LOOK_FOR_ROOM);
        }
        looks
    }
}

/// Works off what is to happen in a room, until it has to wait.
fn advance<M: Outlet>(
    room: &mut Room<M>,
    slow: &mut Slow<M>,
    counters: &HubCounters,
    now: Instant,
) {
    loop {
        let crowd = room.members.len();
        let Handed { late, gone } = if let Some(late) = room.late.take() {
            slow.hand_over(late.batch, &late.clients, crowd, Some(late.until), now)
        } else {
            match room.backlog.pop_front() {
                None => return,
                Some(Entry::Batch(batch, _spent)) => {
                    slow.hand_over(Arc::new(batch), &room.members, crowd, None, now)
                }
                Some(Entry::Only(id, outlet, batch, _spent)) => {
                    slow.hand_over(Arc::new(batch), &[(id, outlet)], crowd, None, now)
                }
                Some(Entry::Join(id, outlet, welcome)) => {
                    if room.add(id, outlet.clone()) {
                        HubCounters::add(&counters.members, 1);
                    }
                    let Some(batch) = welcome else { continue };
                    slow.hand_over(Arc::new(batch), &[(id, outlet)], crowd, None, now)
                }
                Some(Entry::Leave(id, farewell)) => {
                    let Some(outlet) = room.remove(id) else {
                        continue;
                    };
                    HubCounters::sub(&counters.members, 1);
                    slow.left(id, &outlet);
                    let Some(batch) = farewell else { continue };
                    slow.hand_over(Arc::new(batch), &[(id, outlet)], crowd, None, now)
                }
            }
        };
        for id in gone {
            if room.remove(id).is_some() {
                HubCounters::sub(&counters.members, 1);
            }
        }
        room.late = late;
        if room.late.is_some() {
            return;
        }
    }
}
