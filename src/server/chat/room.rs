//! One room: its members, its last lines, and who came and went.
//!
//! Each coming and going is told to all members; a flood of them would be a flood squared. So
//! a few at once are told one by one, and what is more is told in numbers a moment later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::core::Effect;
use super::history::History;
use super::pace::Pace;
use super::words;
use crate::server::handler::ClientId;

/// So many comings and goings are told one by one at once, and then one so often.
const NOTICES: u32 = 20;
const NOTICE_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Room {
    /// As its first member wrote it.
    pub(super) name: String,
    /// Its name for the hub.
    pub(super) key: Arc<str>,
    /// In the order in which they came.
    pub(super) members: Vec<ClientId>,
    pub(super) history: History,
    pace: Pace,
    /// How many came and went untold.
    joined: usize,
    left: usize,
}

impl Room {
    pub(super) fn new(name: &str, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            key: format!("#{name}").into(),
            members: Vec::new(),
            history: History::default(),
            pace: Pace::new(NOTICES, NOTICE_EVERY, now),
            joined: 0,
            left: 0,
        }
    }

    pub(super) fn notice(&self, text: &str) -> Effect {
        Effect::Say(self.key.clone(), words::notice(&self.name, text))
    }

    /// The last lines, marked as such; nothing if there are none.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let lines = self.history.lines();
        if lines.len() == 0 {
            return Vec::new();
        }
        let mut shown = vec![words::history_begins(&self.name, lines.len())];
        shown.extend(lines.map(str::to_owned));
        shown.push(words::history_ends(&self.name));
        shown
    }

    /// Somebody has come; `None`: that is told later.
    pub(super) fn joined(&mut self, name: &str, now: Instant) -> Option<Effect> {
        if self.may_tell(now) {
            let here = self.members.len();
            return Some(self.notice(&format!("{name} joined ({here} here)")));
        }
        self.joined += 1;
        None
    }

    /// Somebody has gone; `None`: that is told later.
    pub(super) fn left(&mut self, name: &str, now: Instant) -> Option<Effect> {
        if self.may_tell(now) {
            let here = self.members.len();
            return Some(self.notice(&format!("{name} left ({here} here)")));
        }
        self.left += 1;
        None
    }

    /// Nothing overtakes what is yet to be told.
    fn may_tell(&mut self, now: Instant) -> bool {
        !self.is_folding() && self.pace.take(now)
    }

    pub(super) fn is_folding(&self) -> bool {
        self.joined + self.left > 0
    }

    /// Who came and went untold, in numbers; or when that may be told.
    pub(super) fn unfold(&mut self, now: Instant) -> Result<Effect, Instant> {
        if !self.pace.take(now) {
            return Err(self.pace.next(now));
        }
        let text = words::many(self.joined, self.left, self.members.len());
        (self.joined, self.left) = (0, 0);
        Ok(self.notice(&text))
    }
}
