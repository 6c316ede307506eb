//! Clients that come back to chat without having left: their cluster's servers had lost contact
//! with this server, or had lost the state that they share.

use std::sync::Arc;
use std::time::Instant;

use super::core::{Chat, ChatLimits};
use super::counters::ChatCounters;
use super::grammar::{is_client_name, is_room_name};
use super::past::PastRooms;
use super::person::Person;
use super::texts;
use crate::connection::Batch;
use crate::hub::{Effect, MemberId};

/// What is known of a client that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::standard) struct Known {
    pub(in crate::standard) name: String,
    /// The user that it has proved to be.
    pub(in crate::standard) user: Option<String>,
    /// The names of its rooms, the current one last.
    pub(in crate::standard) rooms: Vec<String>,
}

impl Chat {
    /// What is known of a client that is in chat.
    pub(in crate::standard) fn known(&self, id: MemberId) -> Option<Known> {
        let person = self.people.get(&id)?;
        let rooms = person.rooms.iter().filter_map(|key| self.rooms.get(key));
        Some(Known {
            name: person.name.clone(),
            user: person.user.clone(),
            rooms: rooms.map(|room| room.name.clone()).collect(),
        })
    }

    /// The names in the hub of a client's rooms.
    pub(in crate::standard) fn keys_of(&self, id: MemberId) -> Vec<Arc<str>> {
        let rooms = self.people.get(&id).map_or(&[][..], |person| &person.rooms);
        let rooms = rooms.iter().filter_map(|key| self.rooms.get(key));
        rooms.map(|room| room.key.clone()).collect()
    }

    /// A client comes back, to where it was: it is welcomed nowhere, and told only what has changed.
    pub(in crate::standard) fn come_back(
        &mut self,
        id: MemberId,
        known: Known,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let Known { name, user, rooms } = known;
        if self.people.contains_key(&id) {
            return;
        }
        let is_free = is_client_name(&name) && self.names.take(&name, id, user.as_deref()).is_ok();
        let given = match &user {
            _ if is_free => name.clone(),
            None => self.names.guest(id),
            Some(account) => {
                let is_same = |other| self.people.get(&other).is_some_and(|p| p.user == user);
                let claim = self.names.claim(account, id, is_same);
                if let Some(other) = claim.displaced {
                    self.displace(other, effects);
                }
                claim.name
            }
        };
        let is_new_name = given != name;
        self.people
            .insert(id, Person::new(given.clone(), user, now));
        let mut joined = Vec::new();
        for room in rooms.iter().filter(|room| is_room_name(room)) {
            self.join(id, room, Vec::new(), now, &mut joined);
        }
        for effect in &mut joined {
            if let Effect::Join { welcome, .. } = effect {
                *welcome = Batch::default();
            }
        }
        effects.append(&mut joined);
        if is_new_name {
            let why = format!("you are {given} now: {name} was taken while the servers were apart");
            self.tell(id, vec![texts::to_you(&why)], effects);
        }
    }

    /// Sends everybody in these rooms the notice that lines may be missing.
    pub(in crate::standard) fn tell_of_gap<'a>(
        &self,
        keys: impl Iterator<Item = &'a Arc<str>>,
        why: &str,
        effects: &mut Vec<Effect>,
    ) {
        for key in keys {
            let text = format!("lines may be missing here: {why}");
            let line = texts::notice(key.trim_start_matches('#'), &text);
            effects.push(Effect::Publish {
                room: key.clone(),
                batch: super::room::batch_of(&[line]),
            });
        }
    }

    /// Chat without anybody in it, on a server of a cluster.
    pub(in crate::standard) fn in_cluster(limits: ChatLimits, counters: Arc<ChatCounters>) -> Self {
        let mut chat = Self::new(limits);
        chat.counters = counters;
        chat.past = Some(PastRooms::default());
        chat
    }

    /// As [`Chat::with_accounts`], later.
    pub(in crate::standard) fn reserve(&mut self, users: &[String]) {
        for user in users {
            self.names.reserve(user);
        }
    }
}
