//! Chat as a value: the clients' names, the members of rooms, and the last lines. Clients' inputs
//! come in, with the time; effects in the hub's rooms go out. It has no socket, thread or clock.
//!
//! The hub delivers to the members of a room. What chat keeps about them is what its answers need:
//! their names, in the order in which they came, and their number.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::counters::ChatCounters;
use super::grammar::{BadLine, Line, is_client_name, is_room_name};
use super::input::{ChatInput, Request, RequestedName};
use super::names::Names;
#[cfg(feature = "cluster")]
use super::past::PastRooms;
use super::person::Person;
use super::room::{Room, batch_of};
use super::texts;
use crate::hub::{Application, Effect, MemberId};

/// Bounds on what clients may do in chat. The rest is bounded by the grammar (lengths of lines and
/// names) and by the server (clients, their queues).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatLimits {
    /// Lines of a room that are shown to a client that joins it; default 50. At most 64 KiB of
    /// them are kept.
    pub history_lines: usize,
    /// Rooms that one client may be in; default 16.
    pub max_rooms_per_client: usize,
    /// Rooms in all; default 1024.
    pub max_rooms: usize,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self {
            history_lines: 50,
            max_rooms_per_client: 16,
            max_rooms: 1024,
        }
    }
}

/// The whole of chat, to be driven by a hub.
///
/// ```no_run
/// use wshub::hub::{Hub, HubOptions};
/// use wshub::standard::chat::{Chat, ChatHandler, ChatLimits};
///
/// # fn main() -> std::io::Result<()> {
/// let chat = Chat::new(ChatLimits::default());
/// let counters = chat.counters();
/// let hub = Hub::start_with(HubOptions::default(), chat)?;
/// let handler = ChatHandler::new(hub.clone()); // one for each connection
/// println!("{} in chat", counters.people());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Chat {
    pub(super) limits: ChatLimits,
    pub(super) counters: Arc<ChatCounters>,
    pub(super) names: Names,
    pub(super) people: HashMap<MemberId, Person>,
    /// By their folded names.
    pub(super) rooms: HashMap<String, Room>,
    /// What was said in rooms that have no members any more; kept only in a cluster.
    #[cfg(feature = "cluster")]
    pub(super) past: Option<PastRooms>,
    /// Rooms with a notice that waits until the rate of notices allows it, by their folded names.
    pub(super) summarizing: Vec<String>,
}

impl Chat {
    /// Chat without anybody in it.
    pub fn new(limits: ChatLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The same chat, in which the names of these users belong to them: whoever has not proved to
    /// be the user cannot take the name, in whatever case, nor the name with a number behind it. A
    /// user that is not listed here owns its name from its first connection on.
    #[must_use]
    pub fn with_accounts<S: AsRef<str>>(mut self, users: impl IntoIterator<Item = S>) -> Self {
        for user in users {
            self.names.reserve(user.as_ref());
        }
        self
    }

    /// What chat counts; they can be read while a hub drives it.
    pub fn counters(&self) -> Arc<ChatCounters> {
        self.counters.clone()
    }

    /// A client enters `room`.
    fn enter(
        &mut self,
        id: MemberId,
        requested: &RequestedName,
        room: &str,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        if self.people.contains_key(&id) {
            return;
        }
        let mut lines = Vec::new();
        let mut proved = None;
        let name = match requested {
            RequestedName::Guest => self.names.guest(id),
            RequestedName::User(user) => {
                proved = Some(user.clone());
                let is_same = |other| self.people.get(&other).is_some_and(|p| p.user == proved);
                let claim = self.names.claim(user, id, is_same);
                if let Some(other) = claim.displaced {
                    self.displace(other, effects);
                }
                claim.name
            }
            RequestedName::Name(name) if !is_client_name(name) => {
                lines.push(texts::refused(BadLine::BadName(name)));
                self.names.guest(id)
            }
            RequestedName::Name(name) => match self.names.take(name, id, None) {
                Ok(()) => name.clone(),
                Err(why) => {
                    lines.push(texts::name_not_free(name, why));
                    self.names.guest(id)
                }
            },
        };
        self.people.insert(id, Person::new(name, proved, now));
        if is_room_name(room) {
            self.join(id, room, lines, now, effects);
        } else {
            lines.push(texts::refused(BadLine::BadRoom(room)));
            lines.extend(self.people.get(&id).map(Person::in_no_room));
            let batch = batch_of(&lines);
            effects.push(Effect::Send {
                to: id,
                room: None,
                batch,
            });
        }
    }

    /// A client has sent a line.
    fn line(&mut self, id: MemberId, text: &str, now: Instant, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        let line = match Line::parse(text) {
            Ok(line) => line,
            Err(fault) => {
                self.refuse(id, fault, effects);
                return;
            }
        };
        let is_talk = matches!(line, Line::Say(_) | Line::SayIn(..));
        if !is_talk && !person.pace.take(now) {
            let why = "too many commands at once; wait a few seconds";
            self.refuse(id, why, effects);
            return;
        }
        match line {
            Line::Say(text) => self.say(id, None, text, effects),
            Line::SayIn(room, text) => self.say(id, Some(room), text, effects),
            Line::Join(room) => self.join(id, room, Vec::new(), now, effects),
            Line::Leave(room) => self.leave(id, room, now, effects),
            Line::Nick(name) => self.nick(id, name, effects),
            Line::Who(room) => {
                let answer = self.who(id, room);
                self.tell(id, vec![answer], effects);
            }
            Line::Rooms => self.tell(id, vec![self.list_rooms()], effects),
            Line::Help => {
                let lines = texts::HELP.iter().map(|line| (*line).to_owned());
                self.tell(id, lines.collect(), effects);
            }
        }
    }

    /// A client has left, for whatever reason; the hub has removed it from its rooms.
    fn exit(&mut self, id: MemberId, now: Instant, effects: &mut Vec<Effect>) {
        let Some(person) = self.people.remove(&id) else {
            return;
        };
        self.names.free(&person.name);
        for key in &person.rooms {
            self.remove_from_room(id, &person.name, key, now, effects);
        }
    }

    /// Sends a notice to everybody, once in each room.
    fn announce(&self, text: &str, effects: &mut Vec<Effect>) {
        effects.extend(self.rooms.values().map(|room| room.notice(text)));
        let in_no_room = self.people.iter().filter(|(_, p)| p.rooms.is_empty());
        effects.extend(in_no_room.map(|(id, _)| Effect::Send {
            to: *id,
            room: None,
            batch: batch_of(&[texts::to_you(text)]),
        }));
    }
}

impl Application for Chat {
    type Input = ChatInput;

    fn input(
        &mut self,
        input: ChatInput,
        from: Option<MemberId>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        match (input.0, from) {
            (Request::Enter { room, name }, Some(id)) => {
                self.enter(id, &name, &room, now, effects);
            }
            (Request::Line(text), Some(id)) => self.line(id, &text, now, effects),
            (Request::TooLong(bytes), Some(id)) if self.people.contains_key(&id) => {
                self.refuse(id, BadLine::TooLong(bytes), effects);
            }
            (Request::TooLong(_), _) => {}
            (Request::Announce(text), _) => self.announce(&text, effects),
            (Request::Enter { .. } | Request::Line(_), None) => {}
            #[cfg(feature = "cluster")]
            (Request::Publish(_) | Request::FromLog(_) | Request::Bye, _) => {} // not for chat
        }
    }

    fn detached(&mut self, member: MemberId, now: Instant, effects: &mut Vec<Effect>) {
        self.exit(member, now, effects);
    }

    /// Sends the notices that have become due.
    fn poll(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Option<Instant> {
        self.counters.set_people(self.names.len());
        let mut next: Option<Instant> = None;
        let rooms = &mut self.rooms;
        self.summarizing.retain(|key| {
            let Some(room) = rooms.get_mut(key) else {
                return false;
            };
            match room.summarize(now) {
                Ok(notice) => effects.push(notice),
                Err(later) => next = Some(next.map_or(later, |next| next.min(later))),
            }
            room.is_summarizing()
        });
        next
    }
}
