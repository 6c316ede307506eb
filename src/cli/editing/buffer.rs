//! The text of a line and the cursor in it.
//!
//! The text before the cursor and the text after it are stored separately, so typing and pasting at any
//! place take the same short time for each character.

use super::unicode::{first_cluster, last_cluster};

/// The most characters of a line; more are ignored, as a bound on memory. A file is for more.
const MOST_CHARS: usize = 1 << 20;

/// A text with a cursor.
#[derive(Debug, Default, Clone)]
pub(super) struct Buffer {
    before: Vec<char>,
    /// In reverse: the character after the cursor comes last.
    behind: Vec<char>,
}

impl Buffer {
    /// This text, with the cursor at its end.
    pub(super) fn of(text: &str) -> Self {
        Self {
            before: text.chars().take(MOST_CHARS).collect(),
            behind: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> String {
        self.before.iter().chain(self.behind.iter().rev()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.behind.is_empty()
    }

    /// The characters before the cursor.
    pub(super) fn before(&self) -> &[char] {
        &self.before
    }

    /// The characters behind the cursor, the nearest one first.
    pub(super) fn behind(&self) -> impl Iterator<Item = char> + '_ {
        self.behind.iter().rev().copied()
    }

    /// How many lines the text has.
    pub(super) fn lines(&self) -> usize {
        let breaks = |chars: &[char]| chars.iter().filter(|c| **c == '\n').count();
        1 + breaks(&self.before) + breaks(&self.behind)
    }

    /// Types a character; false if there is no room for it.
    pub(super) fn insert(&mut self, c: char) -> bool {
        let has_room = self.before.len() + self.behind.len() < MOST_CHARS;
        if has_room {
            self.before.push(c);
        }
        has_room
    }

    /// Types several.
    pub(super) fn insert_all(&mut self, chars: &[char]) {
        for c in chars {
            self.insert(*c);
        }
    }

    /// Moves the cursor before the last `count` characters that it stands behind.
    pub(super) fn back(&mut self, count: usize) {
        let at = self.before.len().saturating_sub(count);
        self.behind.extend(self.before.drain(at..).rev());
    }

    /// Moves the cursor behind the next `count` characters.
    pub(super) fn forward(&mut self, count: usize) {
        let at = self.behind.len().saturating_sub(count);
        self.before.extend(self.behind.drain(at..).rev());
    }

    /// Removes the last `count` characters before the cursor.
    pub(super) fn remove_before(&mut self, count: usize) -> Vec<char> {
        let at = self.before.len().saturating_sub(count);
        self.before.split_off(at)
    }

    /// Removes the next `count` characters behind the cursor.
    pub(super) fn remove_behind(&mut self, count: usize) -> Vec<char> {
        let at = self.behind.len().saturating_sub(count);
        let mut removed = self.behind.split_off(at);
        removed.reverse();
        removed
    }

    /// The characters of the cluster before the cursor.
    pub(super) fn cluster_before(&self) -> usize {
        self.before.len() - last_cluster(&self.before)
    }

    /// The characters of the cluster behind the cursor.
    pub(super) fn cluster_behind(&self) -> usize {
        first_cluster(self.behind())
    }

    /// The characters back to the beginning of a word.
    pub(super) fn word_before(&self, is_in_word: fn(char) -> bool) -> usize {
        word(self.before.iter().rev().copied(), is_in_word)
    }

    /// The characters forward to the end of a word.
    pub(super) fn word_behind(&self, is_in_word: fn(char) -> bool) -> usize {
        word(self.behind(), is_in_word)
    }
}

/// How many characters are between the words, plus those of the next word.
fn word(chars: impl Iterator<Item = char>, is_in_word: fn(char) -> bool) -> usize {
    let mut is_in = false;
    chars
        .take_while(|c| {
            is_in |= is_in_word(*c);
            !is_in || is_in_word(*c)
        })
        .count()
}

/// A word as Alt-B and Alt-F see it: letters and digits, with the marks on them.
pub(super) fn is_alphanumeric(c: char) -> bool {
    c.is_alphanumeric() || super::unicode::char_width(c) == 0
}

/// A word as Ctrl-W sees it: whatever is not blank.
pub(super) fn is_not_blank(c: char) -> bool {
    !c.is_whitespace()
}
