//! Rooms, their members, and the entries that wait in them: values, without channels or threads.
//!
//! A room is a queue of entries (messages, joins and leaves), in the one order that all its members
//! see. While a member's queue is full the room may wait for it; other rooms do not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::budget::Permit;
use super::member::{Member, MemberId};
use super::options::RoomOptions;
use crate::connection::{Batch, ConnectionId};

/// The most messages and bytes in one batch: a quarter of a default queue.
const BATCH_MESSAGES: usize = 64;
const BATCH_BYTES: usize = 64 << 10;

/// A room stops waiting for a slow member when more than this waits in it without a publisher that
/// is slowed down for it. Mostly these are messages that other servers publish.
const MAX_UNHELD: Unheld = Unheld {
    messages: 4096,
    bytes: 16 << 20,
};

/// The name of a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RoomKey {
    Named(Arc<str>),
    /// Orders what is sent to one connection outside the order of any room.
    Alone(ConnectionId),
}

/// Something that happens in a room.
#[derive(Debug)]
pub(super) enum Entry<M> {
    /// Messages for all members, with the permits of their publishers, and the part that has no
    /// permit.
    Batch(Batch, Vec<Permit>, Unheld),
    /// Messages for one client only. The options count where the room has no member.
    Only(M, RoomOptions, Batch, Option<Permit>),
    /// A new membership; what is for its client alone comes first.
    Join(MemberId, M, RoomOptions, Batch),
    /// The membership of a connection ends; what is for its client alone comes last.
    Leave(MemberId, ConnectionId, Batch),
}

/// Messages for which no publisher is slowed down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unheld {
    messages: usize,
    bytes: usize,
}

impl Unheld {
    fn of(batch: &Batch, permits: &[Permit]) -> Self {
        match permits.is_empty() {
            false => Self::default(),
            true => Self {
                messages: batch.messages(),
                bytes: batch.bytes().len(),
            },
        }
    }

    fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }

    fn remove(&mut self, other: Self) {
        self.messages -= other.messages;
        self.bytes -= other.bytes;
    }
}

impl<M> Entry<M> {
    /// Messages for all members.
    pub(super) fn batch(batch: Batch, permits: Vec<Permit>) -> Self {
        let unheld = Unheld::of(&batch, &permits);
        Self::Batch(batch, permits, unheld)
    }
}

/// A batch for which some members have had no room yet.
#[derive(Debug)]
pub(super) struct Late<M> {
    pub(super) batch: Arc<Batch>,
    pub(super) members: Vec<(ConnectionId, M)>,
    /// At this time the room goes on, whether those members have room or not.
    pub(super) until: Instant,
}

/// A connection in a room. However many memberships it has, it gets each message once.
#[derive(Debug)]
pub(super) struct RoomMember<M> {
    pub(super) connection: ConnectionId,
    pub(super) member: M,
    /// Never empty.
    memberships: Vec<MemberId>,
}

#[derive(Debug)]
pub(super) struct Room<M> {
    pub(super) members: Vec<RoomMember<M>>,
    pub(super) options: RoomOptions,
    backlog: VecDeque<Entry<M>>,
    pub(super) late: Option<Late<M>>,
    /// The part of the backlog for which no publisher is slowed down.
    unheld: Unheld,
    /// The room is in the list of rooms that have entries to process.
    is_busy: bool,
}

impl<M> Default for Room<M> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            options: RoomOptions::default(),
            backlog: VecDeque::new(),
            late: None,
            unheld: Unheld::default(),
            is_busy: false,
        }
    }
}

impl<M: Member> Room<M> {
    /// Adds to the last batch of the backlog, or begins a new one.
    fn publish(&mut self, message: Batch, permits: Vec<Permit>, unheld: Unheld) {
        self.unheld.add(unheld);
        if let Some(Entry::Batch(batch, held, free)) = self.backlog.back_mut()
            && batch.messages() + message.messages() <= BATCH_MESSAGES
            && batch.bytes().len() + message.bytes().len() <= BATCH_BYTES
        {
            batch.append(&message);
            held.extend(permits);
            free.add(unheld);
        } else {
            self.backlog
                .push_back(Entry::Batch(message, permits, unheld));
        }
    }

    /// Takes the next entry.
    pub(super) fn next(&mut self) -> Option<Entry<M>> {
        let next = self.backlog.pop_front();
        if let Some(Entry::Batch(_, _, unheld)) = &next {
            self.unheld.remove(*unheld);
        }
        next
    }

    /// Whether so much waits that the room stops waiting for slow members.
    pub(super) fn is_overfull(&self) -> bool {
        self.unheld.messages > MAX_UNHELD.messages || self.unheld.bytes > MAX_UNHELD.bytes
    }

    /// Adds a membership; false if it exists.
    pub(super) fn add(&mut self, id: MemberId, member: M) -> bool {
        let connection = member.connection();
        let same = |known: &&mut RoomMember<M>| known.connection == connection;
        let Some(known) = self.members.iter_mut().find(same) else {
            self.members.push(RoomMember {
                connection,
                member,
                memberships: vec![id],
            });
            return true;
        };
        let is_new = !known.memberships.contains(&id);
        if is_new {
            known.memberships.push(id);
        }
        is_new
    }

    /// Ends a membership. Returns its member, and whether the connection has left the room.
    pub(super) fn remove(&mut self, id: MemberId, connection: ConnectionId) -> Option<(M, bool)> {
        let place = self.place_of(connection)?;
        let memberships = &mut self.members[place].memberships;
        let at = memberships.iter().position(|other| *other == id)?;
        memberships.remove(at);
        Some(if memberships.is_empty() {
            (self.members.remove(place).member, true)
        } else {
            (self.members[place].member.clone(), false)
        })
    }

    /// Ends all memberships of a connection. Returns how many there were.
    pub(super) fn remove_all(&mut self, connection: ConnectionId) -> usize {
        let place = self.place_of(connection);
        place.map_or(0, |place| self.members.remove(place).memberships.len())
    }

    fn place_of(&self, connection: ConnectionId) -> Option<usize> {
        let same = |member: &RoomMember<M>| member.connection == connection;
        self.members.iter().position(same)
    }
}

/// Every room by its name. `M` is how a member is reached.
#[derive(Debug)]
pub(super) struct Rooms<M> {
    rooms: HashMap<RoomKey, Room<M>>,
    busy: Vec<RoomKey>,
}

impl<M> Default for Rooms<M> {
    fn default() -> Self {
        Self {
            rooms: HashMap::new(),
            busy: Vec::new(),
        }
    }
}

impl<M: Member> Rooms<M> {
    /// Adds an entry to a room. A room is created by its first join, or for as long as it takes to
    /// send something to one client. Other entries for a room that does not exist are discarded.
    pub(super) fn add(&mut self, room: &RoomKey, entry: Entry<M>) {
        let found = match entry {
            Entry::Join(..) | Entry::Only(..) => Some(self.rooms.entry(room.clone()).or_default()),
            _ => self.rooms.get_mut(room),
        };
        let Some(found) = found else { return };
        match entry {
            Entry::Batch(message, permits, unheld) => found.publish(message, permits, unheld),
            entry => found.backlog.push_back(entry),
        }
        if !std::mem::replace(&mut found.is_busy, true) {
            self.busy.push(room.clone());
        }
    }

    /// How many clients are in the rooms that have entries to process.
    pub(super) fn audience(&self) -> usize {
        let rooms = self.busy.iter().filter_map(|name| self.rooms.get(name));
        rooms.map(|room| room.members.len()).sum()
    }

    /// Takes the list of rooms that have entries to process; the caller gives it back with
    /// [`Rooms::worked`].
    pub(super) fn take_busy(&mut self) -> Vec<RoomKey> {
        std::mem::take(&mut self.busy)
    }

    /// Keeps the rooms of `busy` that still have entries, and removes rooms without members.
    pub(super) fn worked(&mut self, mut busy: Vec<RoomKey>) {
        busy.retain(|name| {
            let Some(room) = self.rooms.get_mut(name) else {
                return false;
            };
            room.is_busy = room.late.is_some() || !room.backlog.is_empty();
            if room.members.is_empty() && !room.is_busy {
                self.rooms.remove(name);
                return false;
            }
            room.is_busy
        });
        self.busy = busy;
    }

    pub(super) fn get_mut(&mut self, room: &RoomKey) -> Option<&mut Room<M>> {
        self.rooms.get_mut(room)
    }

    /// Whether some room waits for one of its members.
    pub(super) fn is_waiting(&self) -> bool {
        !self.busy.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }
}
