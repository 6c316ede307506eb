//! Ctrl-R: the newest line of the history that has the typed text in it.

use super::buffer::Buffer;

/// A search under way.
#[derive(Debug, Clone)]
pub(super) struct Search {
    query: String,
    /// The place of the found line in the history.
    at: Option<usize>,
    found: Buffer,
    /// No older line has the text.
    is_failed: bool,
    /// The line that was being typed.
    pub(super) kept: Buffer,
}

impl Search {
    pub(super) fn new(kept: Buffer) -> Self {
        Self {
            query: String::new(),
            at: None,
            found: Buffer::default(),
            is_failed: false,
            kept,
        }
    }

    /// A character more to look for.
    pub(super) fn push(&mut self, c: char, history: &[String]) {
        self.query.push(c);
        self.look(self.at.map_or(history.len(), |at| at + 1), history);
    }

    /// A character less.
    pub(super) fn pop(&mut self, history: &[String]) {
        self.query.pop();
        self.look(history.len(), history);
    }

    /// The next older line.
    pub(super) fn older(&mut self, history: &[String]) {
        self.look(self.at.unwrap_or(history.len()), history);
    }

    /// Finds the newest line before the place `end`.
    fn look(&mut self, end: usize, history: &[String]) {
        if self.query.is_empty() {
            (self.at, self.found, self.is_failed) = (None, Buffer::default(), false);
            return;
        }
        let lines = history.iter().enumerate().take(end);
        let has = |(at, line): (usize, &String)| Some((at, line.find(&self.query)?));
        match lines.rev().find_map(has) {
            Some((at, place)) => {
                let line = &history[at];
                self.found = Buffer::of(line);
                self.found.back(line[place..].chars().count());
                self.at = Some(at);
                self.is_failed = false;
            }
            None => self.is_failed = true,
        }
    }

    /// The place of the found line in the history.
    pub(super) fn at(&self) -> Option<usize> {
        self.at
    }

    /// The found line, with the cursor where the text begins.
    pub(super) fn found(&self) -> &Buffer {
        &self.found
    }

    /// The prompt before the found line.
    pub(super) fn prompt(&self) -> String {
        let state = if self.is_failed { "no more" } else { "search" };
        format!("{state}: {}", self.query)
    }
}
