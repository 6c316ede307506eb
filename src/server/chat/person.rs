//! One client in chat.

use std::time::Instant;

use super::core::commands_pace;
use super::pace::Pace;
use super::words;

#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: String,
    /// The folded names of its rooms, the current one last.
    pub(super) rooms: Vec<String>,
    pub(super) pace: Pace,
}

impl Person {
    pub(super) fn new(name: String, now: Instant) -> Self {
        Self {
            name,
            rooms: Vec::new(),
            pace: commands_pace(now),
        }
    }

    /// The room that its text goes to.
    pub(super) fn current(&self) -> Option<&str> {
        self.rooms.last().map(String::as_str)
    }

    pub(super) fn is_in(&self, room: &str) -> bool {
        self.rooms.iter().any(|mine| mine == room)
    }

    /// Makes a room the current one; true if it was none of its rooms before.
    pub(super) fn enter(&mut self, room: &str) -> bool {
        let was_in = self.leave(room);
        self.rooms.push(room.to_owned());
        !was_in
    }

    /// Its last room before is the current one again.
    pub(super) fn leave(&mut self, room: &str) -> bool {
        let before = self.rooms.len();
        self.rooms.retain(|mine| mine != room);
        self.rooms.len() < before
    }

    /// What one is told that is in no room.
    pub(super) fn place(&self) -> String {
        words::to_you(&format!(
            "you are {} in no room; /join ROOM enters one",
            self.name
        ))
    }
}
