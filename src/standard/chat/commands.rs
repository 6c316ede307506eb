//! What the commands of a line do: see [`Line`](super::grammar::Line).

use std::sync::Arc;
use std::time::Instant;

use super::core::Chat;
use super::names::{NotFree, as_name};
use super::person::Person;
use super::room::{ROOM_OPTIONS, Room, batch_of};
use super::spelling::folded;
use super::texts;
use crate::hub::{Effect, MemberId};

impl Chat {
    pub(super) fn tell(&self, id: MemberId, lines: Vec<String>, effects: &mut Vec<Effect>) {
        let room = self.people.get(&id).and_then(Person::current);
        effects.push(Effect::Send {
            to: id,
            room: self.key_of(room),
            batch: batch_of(&lines),
        });
    }

    fn key_of(&self, room: Option<&str>) -> Option<Arc<str>> {
        Some(self.rooms.get(room?)?.key.clone())
    }

    pub(in crate::standard) fn refuse(
        &self,
        id: MemberId,
        why: impl std::fmt::Display,
        effects: &mut Vec<Effect>,
    ) {
        self.tell(id, vec![texts::refused(why)], effects);
    }

    pub(super) fn say(
        &mut self,
        id: MemberId,
        room: Option<&str>,
        text: &str,
        effects: &mut Vec<Effect>,
    ) {
        let Some(person) = self.people.get(&id) else {
            return;
        };
        let wanted = room.map(folded);
        let key = wanted.as_deref().or_else(|| person.current());
        match key
            .filter(|key| person.is_in(key))
            .map(|key| self.rooms.get_mut(key))
        {
            Some(Some(found)) => {
                let line = texts::said(&found.name, &person.name, text);
                found.history.push(&line, self.limits.history_lines);
                effects.push(Effect::Publish {
                    room: found.key.clone(),
                    batch: batch_of(&[line]),
                });
            }
            _ => match room {
                Some(room) => self.refuse(
                    id,
                    format_args!("you are not in #{room}; /join {room} enters it"),
                    effects,
                ),
                None => self.refuse(id, "you are in no room; /join ROOM enters one", effects),
            },
        }
    }

    /// Makes a client enter a room, or makes the room its current one; `lines` are sent first in
    /// either case.
    pub(super) fn join(
        &mut self,
        id: MemberId,
        room: &str,
        mut lines: Vec<String>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let key = folded(room);
        let is_new = !self.rooms.contains_key(&key);
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        let limits = self.limits;
        let fault = if person.is_in(&key) {
            None
        } else if person.rooms.len() >= limits.max_rooms_per_client {
            let most = limits.max_rooms_per_client;
            Some(format!(
                "you are in {most} rooms, which is the maximum; /leave one first"
            ))
        } else if is_new && self.rooms.len() >= limits.max_rooms {
            let most = limits.max_rooms;
            Some(format!(
                "there are {most} rooms, which is the maximum; /rooms lists them"
            ))
        } else {
            None
        };
        if let Some(fault) = fault {
            lines.push(texts::refused(fault));
            if person.rooms.is_empty() {
                lines.push(person.in_no_room());
            }
            return self.tell(id, lines, effects);
        }
        let is_member = !person.enter(&key);
        let found = self
            .rooms
            .entry(key.clone())
            .or_insert_with(|| Room::new(room, now));
        #[cfg(feature = "cluster")]
        if is_new && let Some(history) = self.past.as_mut().and_then(|past| past.take(&key)) {
            found.history = history;
        }
        lines.push(texts::to_you(&format!(
            "you are {} in #{}",
            person.name, found.name
        )));
        if is_member {
            effects.push(Effect::Send {
                to: id,
                room: Some(found.key.clone()),
                batch: batch_of(&lines),
            });
            return;
        }
        lines.extend(found.last_lines());
        found.members.push(id);
        effects.push(Effect::Join {
            member: id,
            room: found.key.clone(),
            options: ROOM_OPTIONS,
            welcome: batch_of(&lines),
        });
        match found.joined(&person.name, now) {
            Some(notice) => effects.push(notice),
            None => self.summarize_later(key),
        }
    }

    pub(super) fn leave(
        &mut self,
        id: MemberId,
        room: Option<&str>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        let key = room
            .map(folded)
            .or_else(|| person.current().map(str::to_owned));
        let Some(key) = key.filter(|key| person.is_in(key)) else {
            let why = match room {
                Some(room) => format!("you are not in #{room}"),
                None => "you are in no room".into(),
            };
            return self.refuse(id, why, effects);
        };
        person.leave(&key);
        let (name, next) = (person.name.clone(), person.current().map(str::to_owned));
        let shown = |key: &str| self.rooms.get(key).map_or("", |room| &*room.name);
        let now_in = match next {
            Some(next) => format!("you are in #{}", shown(&next)),
            None => "you are in no room; /join ROOM enters one".into(),
        };
        let farewell = texts::to_you(&format!("you left #{}; {now_in}", shown(&key)));
        if let Some(room) = self.rooms.get(&key) {
            effects.push(Effect::Leave {
                member: id,
                room: room.key.clone(),
                farewell: batch_of(&[farewell]),
            });
        }
        self.remove_from_room(id, &name, &key, now, effects);
    }

    /// Removes a client from a room, and the room with its last client.
    pub(super) fn remove_from_room(
        &mut self,
        id: MemberId,
        name: &str,
        key: &str,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        room.members.retain(|member| *member != id);
        if room.members.is_empty() {
            let _removed = self.rooms.remove(key);
            #[cfg(feature = "cluster")]
            if let (Some(past), Some(room)) = (&mut self.past, _removed) {
                past.keep(key, room.history);
            }
        } else {
            match room.left(name, now) {
                Some(notice) => effects.push(notice),
                None => self.summarize_later(key.to_owned()),
            }
        }
    }

    fn summarize_later(&mut self, key: String) {
        if !self.summarizing.contains(&key) {
            self.summarizing.push(key);
        }
    }

    pub(super) fn nick(&mut self, id: MemberId, wanted: &str, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.get(&id) else {
            return;
        };
        if person.name == wanted {
            let line = texts::to_you(&format!("you are {wanted} already"));
            return self.tell(id, vec![line], effects);
        }
        let user = person.user.as_deref();
        if let Err(why) = self.names.change(&person.name, wanted, id, user) {
            return self.tell(id, vec![texts::name_not_free(wanted, why)], effects);
        }
        self.rename(id, wanted.to_owned(), effects);
    }

    /// Gives another name to a client, whose present name belongs to somebody who has just come.
    pub(super) fn displace(&mut self, id: MemberId, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.get(&id) else {
            return;
        };
        let name = match &person.user {
            Some(user) => self.names.like(&as_name(user), id, user),
            None => self.names.guest(id),
        };
        let why = texts::name_not_free(&person.name, NotFree::Owned);
        self.tell(id, vec![why], effects);
        self.rename(id, name, effects);
    }

    /// Announces a client's new name to its rooms, or to the client alone if it is in none.
    fn rename(&mut self, id: MemberId, name: String, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        let before = std::mem::replace(&mut person.name, name.clone());
        if person.rooms.is_empty() {
            let line = texts::to_you(&format!("you are {name} now"));
            return self.tell(id, vec![line], effects);
        }
        for key in &person.rooms {
            let room = self.rooms.get(key);
            effects.extend(room.map(|room| room.notice(&format!("{before} is now {name}"))));
        }
    }

    pub(super) fn who(&self, id: MemberId, room: Option<&str>) -> String {
        let current = self.people.get(&id).and_then(Person::current);
        let Some(key) = room.map(folded).or_else(|| current.map(str::to_owned)) else {
            return texts::refused("you are in no room; /who ROOM asks about one");
        };
        let Some(found) = self.rooms.get(&key) else {
            let room = room.unwrap_or_default();
            return texts::refused(format_args!("there is no room #{room}; /rooms lists them"));
        };
        let name = |id| self.people.get(id).map_or("", |person| &*person.name);
        let names = texts::list(found.members.iter().map(|id| name(id).to_owned()));
        texts::to_you(&format!(
            "in #{}: {names} ({} here)",
            found.name,
            found.members.len()
        ))
    }

    pub(super) fn list_rooms(&self) -> String {
        let mut rooms: Vec<_> = self.rooms.values().collect();
        if rooms.is_empty() {
            return texts::to_you("there is no room; /join ROOM makes one");
        }
        rooms.sort_by(|a, b| (b.members.len(), &a.name).cmp(&(a.members.len(), &b.name)));
        let each = rooms
            .iter()
            .map(|room| format!("#{} ({})", room.name, room.members.len()));
        texts::to_you(&format!("rooms: {}", texts::list(each)))
    }
}
