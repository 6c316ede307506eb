//! Chat as a value: who is called what, who is in which room, what was said last. What clients
//! do comes in, with the time; what is to happen in rooms goes out. No socket, thread or clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::grammar::{BadLine, Line, is_client_name, is_room_name};
use super::names::{Names, folded};
use super::pace::Pace;
use super::person::Person;
use super::room::Room;
use super::words;
use crate::server::handler::ClientId;

/// Bounds on what clients may make of chat. The rest is bounded by the grammar (lengths of
/// lines and names) and by the server (clients, their queues).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatLimits {
    /// Lines of a room that one who comes late is shown; default 50, and 64 KiB at most.
    pub history: usize,
    /// Rooms that one client may be in; default 16.
    pub rooms_of_a_client: usize,
    /// Rooms in all; default 1024.
    pub rooms: usize,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self {
            history: 50,
            rooms_of_a_client: 16,
            rooms: 1024,
        }
    }
}

/// How a client comes to its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It did not ask for one.
    Nothing,
    /// It asked for this one.
    Name(String),
    /// It has proved to be this user. Who is here twice gets a number behind the name.
    User(String),
}

/// Something that is to happen. The room is its name with `#` before it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum Effect {
    /// A client becomes a member; it is told these lines first, alone.
    Join(ClientId, Arc<str>, Vec<String>),
    /// A client is a member no more; it is told these lines then, alone.
    Leave(ClientId, Arc<str>, Vec<String>),
    /// All members are told.
    Say(Arc<str>, String),
    /// One client is told; in the order of that room, if there is one.
    Tell(ClientId, Option<Arc<str>>, Vec<String>),
}

/// The whole of chat.
#[derive(Debug, Default)]
pub(in crate::server) struct Chat {
    limits: ChatLimits,
    names: Names,
    people: HashMap<ClientId, Person>,
    /// By their folded names.
    rooms: HashMap<String, Room>,
    /// Rooms that have something to tell once their pace allows it, by their folded names.
    folding: Vec<String>,
}

impl Chat {
    pub(in crate::server) fn new(limits: ChatLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// A client has come, for `room`.
    pub(in crate::server) fn enter(
        &mut self,
        id: ClientId,
        asked: &Asked,
        room: &str,
        now: Instant,
    ) -> Vec<Effect> {
        let mut lines = Vec::new();
        let name = match asked {
            Asked::Nothing => self.names.guest(),
            Asked::User(user) => self.names.like(&as_name(user)),
            Asked::Name(name) if !is_client_name(name) => {
                lines.push(words::refused(BadLine::BadName(name)));
                self.names.guest()
            }
            Asked::Name(name) if !self.names.take(name) => {
                lines.push(taken(name));
                self.names.guest()
            }
            Asked::Name(name) => name.clone(),
        };
        self.people.insert(id, Person::new(name, now));
        let mut effects = Vec::new();
        if is_room_name(room) {
            self.join(id, room, lines, now, &mut effects);
        } else {
            lines.push(words::refused(BadLine::BadRoom(room)));
            lines.extend(self.people.get(&id).map(Person::place));
            effects.push(Effect::Tell(id, None, lines));
        }
        effects
    }

    /// A client has sent a line.
    pub(in crate::server) fn line(
        &mut self,
        id: ClientId,
        text: &str,
        now: Instant,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(person) = self.people.get_mut(&id) else {
            return effects;
        };
        let line = match Line::parse(text) {
            Ok(line) => line,
            Err(fault) => {
                self.refuse(id, fault, &mut effects);
                return effects;
            }
        };
        let is_talk = matches!(line, Line::Say(_) | Line::SayIn(..));
        if !is_talk && !person.pace.take(now) {
            let why = "too many commands at once; wait a few seconds";
            self.refuse(id, why, &mut effects);
            return effects;
        }
        match line {
            Line::Say(text) => self.say(id, None, text, &mut effects),
            Line::SayIn(room, text) => self.say(id, Some(room), text, &mut effects),
            Line::Join(room) => self.join(id, room, Vec::new(), now, &mut effects),
            Line::Leave(room) => self.leave(id, room, now, &mut effects),
            Line::Nick(name) => self.nick(id, name, &mut effects),
            Line::Who(room) => {
                let answer = self.who(id, room);
                self.tell(id, vec![answer], &mut effects);
            }
            Line::Rooms => self.tell(id, vec![self.list_rooms()], &mut effects),
            Line::Help => {
                let lines = words::HELP.iter().map(|line| (*line).to_owned());
                self.tell(id, lines.collect(), &mut effects);
            }
        }
        effects
    }

    /// A client has gone, however that came.
    pub(in crate::server) fn exit(&mut self, id: ClientId, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(person) = self.people.remove(&id) else {
            return effects;
        };
        self.names.free(&person.name);
        for key in &person.rooms {
            self.take_out(id, &person.name, key, Vec::new(), now, &mut effects);
        }
        effects
    }

    /// Everybody is told, once in each room.
    pub(in crate::server) fn announce(&self, text: &str) -> Vec<Effect> {
        let rooms = self.rooms.values().map(|room| room.notice(text));
        let homeless = self.people.iter().filter(|(_, p)| p.rooms.is_empty());
        let told = homeless.map(|(id, _)| Effect::Tell(*id, None, vec![words::to_you(text)]));
        rooms.chain(told).collect()
    }

    /// What has become due at `now`, and when the next thing will be.
    pub(in crate::server) fn poll(&mut self, now: Instant) -> (Vec<Effect>, Option<Instant>) {
        let mut effects = Vec::new();
        let mut next: Option<Instant> = None;
        let rooms = &mut self.rooms;
        self.folding.retain(|key| {
            let Some(room) = rooms.get_mut(key) else {
                return false;
            };
            match room.unfold(now) {
                Ok(notice) => effects.push(notice),
                Err(later) => next = Some(next.map_or(later, |next| next.min(later))),
            }
            room.is_folding()
        });
        (effects, next)
    }

    /// Names that are taken: one for each client that is here.
    pub(in crate::server) fn people(&self) -> usize {
        self.names.len()
    }

    fn tell(&self, id: ClientId, lines: Vec<String>, effects: &mut Vec<Effect>) {
        let room = self.people.get(&id).and_then(Person::current);
        effects.push(Effect::Tell(id, self.key_of(room), lines));
    }

    fn key_of(&self, room: Option<&str>) -> Option<Arc<str>> {
        Some(self.rooms.get(room?)?.key.clone())
    }

    fn refuse(&self, id: ClientId, why: impl std::fmt::Display, effects: &mut Vec<Effect>) {
        self.tell(id, vec![words::refused(why)], effects);
    }

    fn say(&mut self, id: ClientId, room: Option<&str>, text: &str, effects: &mut Vec<Effect>) {
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
                let line = words::said(&found.name, &person.name, text);
                found.history.push(&line, self.limits.history);
                effects.push(Effect::Say(found.key.clone(), line));
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

    /// Enters a room or makes it the current one; `lines` come first in any case.
    fn join(
        &mut self,
        id: ClientId,
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
        } else if person.rooms.len() >= limits.rooms_of_a_client {
            let most = limits.rooms_of_a_client;
            Some(format!(
                "you are in {most} rooms, which is the most; /leave one first"
            ))
        } else if is_new && self.rooms.len() >= limits.rooms {
            let most = limits.rooms;
            Some(format!(
                "there are {most} rooms, which is the most; /rooms lists them"
            ))
        } else {
            None
        };
        if let Some(fault) = fault {
            lines.push(words::refused(fault));
            if person.rooms.is_empty() {
                lines.push(person.place());
            }
            return self.tell(id, lines, effects);
        }
        let is_member = !person.enter(&key);
        let found = self
            .rooms
            .entry(key.clone())
            .or_insert_with(|| Room::new(room, now));
        lines.push(words::to_you(&format!(
            "you are {} in #{}",
            person.name, found.name
        )));
        if is_member {
            effects.push(Effect::Tell(id, Some(found.key.clone()), lines));
            return;
        }
        lines.extend(found.last_lines());
        found.members.push(id);
        effects.push(Effect::Join(id, found.key.clone(), lines));
        match found.joined(&person.name, now) {
            Some(notice) => effects.push(notice),
            None => self.fold(key),
        }
    }

    fn leave(&mut self, id: ClientId, room: Option<&str>, now: Instant, effects: &mut Vec<Effect>) {
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
        let farewell = words::to_you(&format!("you left #{}; {now_in}", shown(&key)));
        self.take_out(id, &name, &key, vec![farewell], now, effects);
    }

    /// Takes a client out of a room, and the room away with its last one.
    fn take_out(
        &mut self,
        id: ClientId,
        name: &str,
        key: &str,
        farewell: Vec<String>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        room.members.retain(|member| *member != id);
        effects.push(Effect::Leave(id, room.key.clone(), farewell));
        if room.members.is_empty() {
            self.rooms.remove(key);
        } else {
            match room.left(name, now) {
                Some(notice) => effects.push(notice),
                None => self.fold(key.to_owned()),
            }
        }
    }

    fn fold(&mut self, key: String) {
        if !self.folding.contains(&key) {
            self.folding.push(key);
        }
    }

    fn nick(&mut self, id: ClientId, wanted: &str, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        if person.name == wanted {
            let line = words::to_you(&format!("you are {wanted} already"));
            return self.tell(id, vec![line], effects);
        }
        if !self.names.change(&person.name, wanted) {
            return self.tell(id, vec![taken(wanted)], effects);
        }
        let before = std::mem::replace(&mut person.name, wanted.to_owned());
        if person.rooms.is_empty() {
            let line = words::to_you(&format!("you are {wanted} now"));
            return self.tell(id, vec![line], effects);
        }
        for key in &person.rooms {
            let room = self.rooms.get(key);
            effects.extend(room.map(|room| room.notice(&format!("{before} is now {wanted}"))));
        }
    }

    fn who(&self, id: ClientId, room: Option<&str>) -> String {
        let current = self.people.get(&id).and_then(Person::current);
        let Some(key) = room.map(folded).or_else(|| current.map(str::to_owned)) else {
            return words::refused("you are in no room; /who ROOM asks about one");
        };
        let Some(found) = self.rooms.get(&key) else {
            let room = room.unwrap_or_default();
            return words::refused(format_args!("there is no room #{room}; /rooms lists them"));
        };
        let name = |id| self.people.get(id).map_or("", |person| &*person.name);
        let names = words::list(found.members.iter().map(|id| name(id).to_owned()));
        words::to_you(&format!(
            "in #{}: {names} ({} here)",
            found.name,
            found.members.len()
        ))
    }

    fn list_rooms(&self) -> String {
        let mut rooms: Vec<_> = self.rooms.values().collect();
        if rooms.is_empty() {
            return words::to_you("there is no room; /join ROOM makes one");
        }
        rooms.sort_by(|a, b| (b.members.len(), &a.name).cmp(&(a.members.len(), &b.name)));
        let each = rooms
            .iter()
            .map(|room| format!("#{} ({})", room.name, room.members.len()));
        words::to_you(&format!("rooms: {}", words::list(each)))
    }
}

fn taken(name: &str) -> String {
    words::refused(format_args!(
        "the name {name} is taken; /nick NAME takes another"
    ))
}

/// A user's name as one for chat: without what such a name cannot have.
fn as_name(user: &str) -> String {
    let kept = user
        .chars()
        .filter(|c| is_client_name(c.encode_utf8(&mut [0; 4])));
    let name: String = kept.take(super::grammar::MAX_NAME_CHARS).collect();
    if name.is_empty() { "user".into() } else { name }
}

/// The pace of one client's commands: joins, new rooms, names, questions.
pub(super) fn commands_pace(now: Instant) -> Pace {
    Pace::new(20, std::time::Duration::from_millis(500), now)
}
