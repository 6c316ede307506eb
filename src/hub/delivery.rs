//! Processes the entries of each room in the room's one order: messages to all members, joins,
//! leaves, and messages for one client only.

use std::iter::once;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::counters::HubCounters;
use super::member::Member;
use super::options::HubOptions;
use super::rooms::{Entry, Room, RoomKey, Rooms};
use super::slow::{Audience, Delivered, SlowMembers};
use crate::connection::{Batch, ConnectionId};

/// How often the hub looks whether a room can go on.
const ROOM_INTERVAL: Duration = Duration::from_micros(500);

/// Rooms, their members, and the members that are slow.
#[derive(Debug)]
pub(super) struct Delivery<M> {
    rooms: Rooms<M>,
    slow: SlowMembers<M>,
    counters: Arc<HubCounters>,
}

impl<M: Member> Delivery<M> {
    pub(super) fn new(options: HubOptions, counters: Arc<HubCounters>) -> Self {
        Self {
            rooms: Rooms::default(),
            slow: SlowMembers::new(options, counters.clone()),
            counters,
        }
    }

    /// Adds an entry to a room. It has no effect before [`Delivery::work`].
    pub(super) fn add(&mut self, room: &RoomKey, entry: Entry<M>) {
        if let Entry::Batch(batch, ..) = &entry {
            HubCounters::add(&self.counters.published, batch.messages());
        }
        self.rooms.add(room, entry);
    }

    /// How many clients are in the rooms that have entries to process.
    pub(super) fn audience(&self) -> usize {
        self.rooms.audience()
    }

    /// Delivers everything that can be delivered at `now`. Returns the longest time until the next
    /// call.
    pub(super) fn work(&mut self, now: Instant) -> Option<Duration> {
        let busy = self.rooms.take_busy();
        for name in &busy {
            if let Some(room) = self.rooms.get_mut(name) {
                advance(room, &mut self.slow, &self.counters, now);
            }
        }
        self.rooms.worked(busy);
        self.counters.rooms.store(self.rooms.len() as u64, Relaxed);
        let next = self.slow.poll(now);
        if self.rooms.is_waiting() {
            return Some(ROOM_INTERVAL);
        }
        next
    }
}

/// Processes the entries of a room until the room has to wait.
fn advance<M: Member>(
    room: &mut Room<M>,
    slow: &mut SlowMembers<M>,
    counters: &HubCounters,
    now: Instant,
) {
    loop {
        let Delivered { late, gone } = if let Some(late) = room.late.take() {
            let members = late.members.iter().map(|(id, member)| (*id, member));
            let audience = audience_of(room, Some(late.until));
            slow.deliver(late.batch, members, audience, now)
        } else {
            match room.next() {
                None => return,
                Some(Entry::Batch(batch, _permits, _)) => {
                    let members = room.members.iter();
                    let members = members.map(|known| (known.connection, &known.member));
                    let batch = slow.share(batch);
                    slow.deliver(batch, members, audience_of(room, None), now)
                }
                Some(Entry::Only(member, options, batch, _permit)) => {
                    if room.members.is_empty() {
                        room.options = options;
                    }
                    to_one(room, slow, &member, batch, now)
                }
                Some(Entry::Join(id, member, options, welcome)) => {
                    if room.members.is_empty() {
                        room.options = options;
                    }
                    if room.add(id, member.clone()) {
                        HubCounters::add(&counters.members, 1);
                    }
                    to_one(room, slow, &member, welcome, now)
                }
                Some(Entry::Leave(id, connection, farewell)) => {
                    let Some((member, has_left)) = room.remove(id, connection) else {
                        continue;
                    };
                    HubCounters::sub(&counters.members, 1);
                    if has_left {
                        slow.left(connection, &member);
                    }
                    to_one(room, slow, &member, farewell, now)
                }
            }
        };
        for connection in gone {
            HubCounters::sub(&counters.members, room.remove_all(connection));
        }
        room.late = late;
        if room.late.is_some() {
            return;
        }
    }
}

/// Gives a batch to one client of a room, unless the batch is empty.
fn to_one<M: Member>(
    room: &Room<M>,
    slow: &mut SlowMembers<M>,
    member: &M,
    batch: Batch,
    now: Instant,
) -> Delivered<M> {
    if batch.messages() == 0 {
        return Delivered::default();
    }
    let only: (ConnectionId, &M) = (member.connection(), member);
    let batch = slow.share(batch);
    slow.deliver(batch, once(only), audience_of(room, None), now)
}

fn audience_of<M: Member>(room: &Room<M>, until: Option<Instant>) -> Audience {
    Audience {
        members: room.members.len(),
        missed: room.options.missed,
        until,
        is_overfull: room.is_overfull(),
    }
}
