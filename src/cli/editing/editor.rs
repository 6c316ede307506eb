//! The line that is being typed, as a value: keys in, a line out. No control character gets into
//! a line, but for the tab and, in a paste of several lines, the line break.

use super::buffer::{Buffer, is_alphanumeric, is_not_blank};
use super::key::Key;
use super::search::Search;
use super::view::{Drawing, View};

/// The result of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Edited {
    /// Nothing to show.
    Nothing,
    /// The line or the cursor changed.
    Changed,
    /// Enter: this is the line, or several if a paste had line breaks; a new one begins.
    Line(String),
    /// A paste ended; the line that is being typed has so many lines now.
    Held(usize),
    /// Tab, to complete what stands before the cursor.
    Complete,
    /// Ctrl-L: the screen is to be empty.
    Clear,
    /// Ctrl-Z: the program is to be stopped.
    Suspend,
    /// Ctrl-D on an empty line.
    End,
}

/// A line being typed.
#[derive(Debug, Default)]
pub struct Editor {
    line: Buffer,
    view: View,
    search: Option<Search>,
    /// How many lines back in the history this one was taken from; 0: it is new.
    back: usize,
    /// The new line, while an old one is shown.
    kept: Buffer,
    /// The text that Ctrl-K, U, W and the like removed last, for Ctrl-Y.
    removed: Vec<char>,
    /// The last key removed something: what the next one removes is joined to it.
    is_removing: bool,
    /// Pasted line breaks are Enter.
    sends_pastes: bool,
}

impl Editor {
    /// An empty line. `sends_pastes`: the lines of a paste are entered at once, and not held
    /// until Enter.
    pub fn new(sends_pastes: bool) -> Self {
        Self {
            sends_pastes,
            ..Self::default()
        }
    }

    /// The line so far.
    pub fn text(&self) -> String {
        self.line.text()
    }

    /// The text before the cursor.
    pub fn before(&self) -> String {
        self.line.before().iter().collect()
    }

    /// Types this text.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control()) {
            self.line.insert(c);
        }
    }

    /// Puts a line back that was entered, before what has been typed since.
    pub fn put_back(&mut self, line: &str) {
        self.line = Buffer::of(&(line.to_owned() + &self.line.text()));
        self.back = 0;
    }

    /// The row of a terminal that shows the line, behind `prompt`.
    pub fn draw(&mut self, prompt: &str, columns: usize, colour: bool) -> Drawing {
        match &self.search {
            Some(search) => {
                let prompt = search.prompt();
                self.view.draw(&prompt, search.found(), columns, colour)
            }
            None => self.view.draw(prompt, &self.line, columns, colour),
        }
    }

    /// Takes a key. `history`: the lines that the up arrow brings back, the oldest first.
    pub fn press(&mut self, key: Key, history: &[String]) -> Edited {
        let was_removing = std::mem::take(&mut self.is_removing);
        if self.search.is_some() {
            match self.press_in_search(key, history) {
                Some(edited) => return edited,
                None => self.accept(history.len()),
            }
        }
        let line = &mut self.line;
        match key {
            Key::Char(c) => self.type_in(c),
            Key::Pasted('\n') if self.sends_pastes => self.enter(),
            Key::Pasted(c) => self.type_in(c),
            Key::PasteEnd => self.end_paste(),
            Key::Enter => self.enter(),
            Key::Tab => Edited::Complete,
            Key::Left | Key::Ctrl('b') => self.go(|line| line.back(line.cluster_before())),
            Key::Right | Key::Ctrl('f') => self.go(|line| line.forward(line.cluster_behind())),
            Key::WordLeft | Key::Alt('b' | 'B') => {
                self.go(|line| line.back(line.word_before(is_alphanumeric)))
            }
            Key::WordRight | Key::Alt('f' | 'F') => {
                self.go(|line| line.forward(line.word_behind(is_alphanumeric)))
            }
            Key::Home | Key::Ctrl('a') => self.go(|line| line.back(usize::MAX)),
            Key::End | Key::Ctrl('e') => self.go(|line| line.forward(usize::MAX)),
            Key::Backspace => self.go(|line| drop(line.remove_before(line.cluster_before()))),
            Key::Ctrl('d') if line.is_empty() => Edited::End,
            Key::Delete | Key::Ctrl('d') => {
                self.go(|line| drop(line.remove_behind(line.cluster_behind())))
            }
            Key::Ctrl('k') => self.remove_behind(usize::MAX, was_removing),
            Key::Alt('d' | 'D') | Key::DeleteWord => {
                self.remove_behind(self.line.word_behind(is_alphanumeric), was_removing)
            }
            Key::Ctrl('u') => self.remove_before(usize::MAX, was_removing),
            Key::Ctrl('w') => self.remove_before(self.line.word_before(is_not_blank), was_removing),
            Key::AltBackspace => {
                self.remove_before(self.line.word_before(is_alphanumeric), was_removing)
            }
            Key::Ctrl('y') => {
                self.line.insert_all(&self.removed);
                Edited::Changed
            }
            Key::Ctrl('t') => self.go(transpose),
            Key::Up | Key::Ctrl('p') => self.recall(self.back + 1, history),
            Key::Down | Key::Ctrl('n') => self.recall(self.back.saturating_sub(1), history),
            Key::Ctrl('r') => {
                self.search = Some(Search::new(self.line.clone()));
                Edited::Changed
            }
            Key::Ctrl('l') => Edited::Clear,
            Key::Ctrl('z') => Edited::Suspend,
            Key::Escape | Key::Ctrl(_) | Key::Alt(_) => Edited::Nothing,
        }
    }

    /// What a key means while a line is searched for; none: the search is over, and the key is
    /// for the line that was found.
    fn press_in_search(&mut self, key: Key, history: &[String]) -> Option<Edited> {
        let search = self.search.as_mut()?;
        match key {
            Key::Char(c) | Key::Pasted(c) if !c.is_control() => search.push(c, history),
            Key::Backspace => search.pop(history),
            Key::Ctrl('r') => search.older(history),
            Key::Pasted(_) | Key::PasteEnd => {}
            Key::Ctrl('g') => {
                self.line = std::mem::take(&mut search.kept);
                self.search = None;
            }
            Key::Escape => self.accept(history.len()),
            _ => return None,
        }
        Some(Edited::Changed)
    }

    /// Ends a search with what it found, or with the line that was being typed.
    fn accept(&mut self, lines: usize) {
        let Some(search) = self.search.take() else {
            return;
        };
        match search.at() {
            Some(at) => {
                if self.back == 0 {
                    self.kept = search.kept.clone();
                }
                self.line = search.found().clone();
                self.back = lines.saturating_sub(at);
            }
            None => self.line = search.kept,
        }
    }

    fn type_in(&mut self, c: char) -> Edited {
        match self.line.insert(c) {
            true => Edited::Changed,
            false => Edited::Nothing,
        }
    }

    fn enter(&mut self) -> Edited {
        let line = self.line.text();
        self.line = Buffer::default();
        self.kept = Buffer::default();
        self.back = 0;
        Edited::Line(line)
    }

    /// A line break at the end of a paste comes from how it was marked.
    fn end_paste(&mut self) -> Edited {
        if self.line.before().last() == Some(&'\n') {
            self.line.remove_before(1);
        }
        match self.line.lines() {
            1 => Edited::Changed,
            lines => Edited::Held(lines),
        }
    }

    fn go(&mut self, change: impl FnOnce(&mut Buffer)) -> Edited {
        change(&mut self.line);
        Edited::Changed
    }

    fn remove_before(&mut self, count: usize, joins: bool) -> Edited {
        let mut removed = self.line.remove_before(count);
        if joins {
            removed.append(&mut self.removed);
        }
        self.removed = removed;
        self.is_removing = true;
        Edited::Changed
    }

    fn remove_behind(&mut self, count: usize, joins: bool) -> Edited {
        let mut removed = self.line.remove_behind(count);
        if !joins {
            self.removed.clear();
        }
        self.removed.append(&mut removed);
        self.is_removing = true;
        Edited::Changed
    }

    fn recall(&mut self, back: usize, history: &[String]) -> Edited {
        if back > history.len() || back == self.back {
            return Edited::Nothing;
        }
        if self.back == 0 {
            self.kept = std::mem::take(&mut self.line);
        }
        let found = history.len().checked_sub(back);
        self.line = match found.and_then(|at| history.get(at)) {
            Some(line) => Buffer::of(line),
            None => std::mem::take(&mut self.kept),
        };
        self.back = back;
        Edited::Changed
    }
}

/// Exchanges the cluster before the cursor with the one behind it, or the last two of the line.
fn transpose(line: &mut Buffer) {
    if line.cluster_behind() == 0 {
        line.back(line.cluster_before());
        if line.before().is_empty() {
            line.forward(usize::MAX);
        }
    }
    let before = line.remove_before(line.cluster_before());
    line.forward(line.cluster_behind());
    line.insert_all(&before);
}
