//! Rooms, their members, and what waits for them: values, without channels or threads.
//!
//! A room is a queue of what is to happen in it, in the one order that all its members see:
//! messages, joins and leaves alike. While a member's queue is full the room may wait for it;
//! other rooms do not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::credit::Spent;
use crate::connection::Batch;
use crate::server::handler::ClientId;

/// A batch has no more messages and bytes than this: a quarter of a default queue.
const BATCH_MESSAGES: usize = 64;
const BATCH_BYTES: usize = 64 << 10;

/// Something that happens in a room.
#[derive(Debug)]
pub(super) enum Entry<M> {
    /// Messages for all members, and the credit that their publishers get back.
    Batch(Batch, Vec<Spent>),
    /// Messages for one client only.
    Only(ClientId, M, Batch, Option<Spent>),
    /// A new member; what is for it alone comes first.
    Join(ClientId, M, Option<Batch>),
    /// A member leaves; what is for it alone comes last.
    Leave(ClientId, Option<Batch>),
}

/// A batch that some have not had room for.
#[derive(Debug)]
pub(super) struct Late<M> {
    pub(super) batch: Arc<Batch>,
    pub(super) clients: Vec<(ClientId, M)>,
    /// The room goes on then, with them or without.
    pub(super) until: Instant,
}

#[derive(Debug)]
pub(super) struct Room<M> {
    pub(super) members: Vec<(ClientId, M)>,
    pub(super) backlog: VecDeque<Entry<M>>,
    pub(super) late: Option<Late<M>>,
    /// It is among the rooms that have something to do.
    is_busy: bool,
}

impl<M> Default for Room<M> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            backlog: VecDeque::new(),
            late: None,
            is_busy: false,
        }
    }
}

impl<M> Room<M> {
    /// Adds to the last batch of the backlog, or begins a new one.
    fn publish(&mut self, message: Batch, spent: Option<Spent>) {
        if let Some(Entry::Batch(batch, credit)) = self.backlog.back_mut()
            && batch.messages() + message.messages() <= BATCH_MESSAGES
            && batch.bytes().len() + message.bytes().len() <= BATCH_BYTES
        {
            batch.append(&message);
            credit.extend(spent);
        } else {
            let credit = Vec::from_iter(spent);
            self.backlog.push_back(Entry::Batch(message, credit));
        }
    }

    /// Makes a client a member, unless it is one.
    pub(super) fn add(&mut self, id: ClientId, member: M) -> bool {
        let is_new = self.members.iter().all(|(other, _)| *other != id);
        if is_new {
            self.members.push((id, member));
        }
        is_new
    }

    /// Removes a member.
    pub(super) fn remove(&mut self, id: ClientId) -> Option<M> {
        let place = self.members.iter().position(|(other, _)| *other == id)?;
        Some(self.members.remove(place).1)
    }
}

/// Every room by its name. `M` is what reaches a member.
#[derive(Debug)]
pub(super) struct Rooms<M> {
    rooms: HashMap<Arc<str>, Room<M>>,
    busy: Vec<Arc<str>>,
}

impl<M> Default for Rooms<M> {
    fn default() -> Self {
        Self {
            rooms: HashMap::new(),
            busy: Vec::new(),
        }
    }
}

impl<M> Rooms<M> {
    /// Adds to what is to happen in a room. A room comes to be with its first join, and for as
    /// long as it takes to tell somebody something; anything else happens to nobody there.
    pub(super) fn add(&mut self, room: &Arc<str>, entry: Entry<M>) {
        let found = match entry {
            Entry::Join(..) | Entry::Only(..) => Some(self.rooms.entry(room.clone()).or_default()),
            _ => self.rooms.get_mut(room),
        };
        let Some(found) = found else { return };
        match entry {
            Entry::Batch(message, mut spent) => found.publish(message, spent.pop()),
            entry => found.backlog.push_back(entry),
        }
        if !std::mem::replace(&mut found.is_busy, true) {
            self.busy.push(room.clone());
        }
    }

    /// How many members the rooms have that have something to do.
    pub(super) fn audience(&self) -> usize {
        let rooms = self.busy.iter().filter_map(|name| self.rooms.get(name));
        rooms.map(|room| room.members.len()).sum()
    }

    /// The rooms that have something to do; to be given back with [`Rooms::worked`].
    pub(super) fn take_busy(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.busy)
    }

    /// Has some of `busy` still to do something, and forgets rooms without anybody in them.
    pub(super) fn worked(&mut self, mut busy: Vec<Arc<str>>) {
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

    pub(super) fn get_mut(&mut self, room: &str) -> Option<&mut Room<M>> {
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
