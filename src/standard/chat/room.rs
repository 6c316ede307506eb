//! One room: its members, its last lines, and the notices of joins and leaves.
//!
//! Each join and leave is a notice to all members, so n joins at once would be n² messages. So a
//! few at once have a notice each, and the others are counted in one notice a moment later.

use std::sync::Arc;
use std::time::Instant;

use super::history::History;
use super::texts;
use crate::connection::Batch;
use crate::hub::{Effect, MemberId, RoomOptions};
use crate::protocol::{Message, Pace, Rate};

/// How often a join or a leave has a notice of its own.
pub(super) const NOTICES: Rate = Rate {
    per_second: 4,
    burst: 20,
};

/// The options of chat's rooms in the hub.
pub(in crate::standard) const ROOM_OPTIONS: RoomOptions = RoomOptions {
    missed: Some(texts::missed),
};

/// A message for each line.
pub(super) fn batch_of(lines: &[String]) -> Batch {
    let mut batch = Batch::default();
    for line in lines {
        batch.push(Message::Text(line));
    }
    batch
}

#[derive(Debug)]
pub(super) struct Room {
    /// As its first member wrote it.
    pub(super) name: String,
    /// Its name in the hub: `#` and the name.
    pub(super) key: Arc<str>,
    /// In the order in which they came.
    pub(super) members: Vec<MemberId>,
    pub(super) history: History,
    pub(super) pace: Pace,
    /// How many joined and left without a notice so far.
    pub(super) joined: usize,
    pub(super) left: usize,
}

impl Room {
    pub(super) fn new(name: &str, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            key: format!("#{name}").into(),
            members: Vec::new(),
            history: History::default(),
            pace: Pace::new(NOTICES, now),
            joined: 0,
            left: 0,
        }
    }

    pub(super) fn notice(&self, text: &str) -> Effect {
        Effect::Publish {
            room: self.key.clone(),
            batch: batch_of(&[texts::notice(&self.name, text)]),
        }
    }

    /// The last lines, marked as such; nothing if there are none.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let lines = self.history.lines();
        if lines.len() == 0 {
            return Vec::new();
        }
        let mut shown = vec![texts::history_begins(&self.name, lines.len())];
        shown.extend(lines.map(str::to_owned));
        shown.push(texts::history_ends(&self.name));
        shown
    }

    /// The notice of a join; `None`: it is part of a later one.
    pub(super) fn joined(&mut self, name: &str, now: Instant) -> Option<Effect> {
        if self.may_tell(now) {
            let here = self.members.len();
            return Some(self.notice(&format!("{name} joined ({here} here)")));
        }
        self.joined += 1;
        None
    }

    /// The notice of a leave; `None`: it is part of a later one.
    pub(super) fn left(&mut self, name: &str, now: Instant) -> Option<Effect> {
        if self.may_tell(now) {
            let here = self.members.len();
            return Some(self.notice(&format!("{name} left ({here} here)")));
        }
        self.left += 1;
        None
    }

    /// A notice may not overtake an earlier one.
    fn may_tell(&mut self, now: Instant) -> bool {
        !self.is_summarizing() && self.pace.take(now)
    }

    pub(super) fn is_summarizing(&self) -> bool {
        self.joined + self.left > 0
    }

    /// One notice, with numbers, of the joins and leaves that had none; or when it is due.
    pub(super) fn summarize(&mut self, now: Instant) -> Result<Effect, Instant> {
        if !self.pace.take(now) {
            return Err(self.pace.next(now));
        }
        let text = texts::many(self.joined, self.left, self.members.len());
        (self.joined, self.left) = (0, 0);
        Ok(self.notice(&text))
    }
}
