//! One client in chat.

use std::time::Instant;

use super::texts;
use crate::protocol::{Pace, Rate};

/// How often a client may send commands: joins, names, questions. Text is not counted here.
pub(super) const COMMANDS: Rate = Rate {
    per_second: 2,
    burst: 20,
};

#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: String,
    /// The user that it has proved to be.
    pub(super) user: Option<String>,
    /// The folded names of its rooms, the current one last.
    pub(super) rooms: Vec<String>,
    /// The rate limit of its commands.
    pub(super) pace: Pace,
}

impl Person {
    pub(super) fn new(name: String, user: Option<String>, now: Instant) -> Self {
        Self {
            name,
            user,
            rooms: Vec::new(),
            pace: Pace::new(COMMANDS, now),
        }
    }

    /// The room that its text goes to.
    pub(super) fn current(&self) -> Option<&str> {
        self.rooms.last().map(String::as_str)
    }

    pub(super) fn is_in(&self, room: &str) -> bool {
        self.rooms.iter().any(|mine| mine == room)
    }

    /// Makes a room the current one; returns true if the client was not in it before.
    pub(super) fn enter(&mut self, room: &str) -> bool {
        let was_in = self.leave(room);
        self.rooms.push(room.to_owned());
        !was_in
    }

    /// Removes a room; the one that was current before becomes the current one again. Returns true
    /// if the client was in it.
    pub(super) fn leave(&mut self, room: &str) -> bool {
        let before = self.rooms.len();
        self.rooms.retain(|mine| mine != room);
        self.rooms.len() < before
    }

    /// The text for a client that is in no room.
    pub(super) fn in_no_room(&self) -> String {
        texts::to_you(&format!(
            "you are {} in no room; /join ROOM enters one",
            self.name
        ))
    }
}
