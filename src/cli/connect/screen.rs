//! What the user sees: sent and received lines and notices, with the line being typed below them.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use super::super::arguments::{ConnectArgs, Timestamps};
use super::super::clock;
use super::super::editing::{Drawing, Edited, Editor, Key, wrap};
use super::super::lock::lock;
use super::super::output::{dump, for_people, json_for_people, payload, stderr};
use super::super::show;
use super::super::term::{Colour, is_coloured, is_plain, paint, printable};
use wshub::protocol::Message;

/// The most bytes of a binary message that are dumped: a person sees what it is.
const MOST_DUMPED: usize = 128;

/// The terminal, or the pipes, of this program.
pub(super) struct Screen {
    /// JSON is indented.
    pretty: bool,
    timestamps: Option<Timestamps>,
    sends_pastes: bool,
    /// All three streams are a person's.
    interactive: bool,
    /// There is a prompt: the terminal can do more than show lines.
    prompting: bool,
    /// Stdout is a terminal: prefixes are wanted.
    terminal: bool,
    colour: bool,
    complained: AtomicBool,
    live: Mutex<Live>,
}

/// What changes while the program runs.
struct Live {
    /// The line being typed, where keys come one by one.
    edited: Option<EditedLine>,
    /// How the prompt and the line are shown on the screen, if they are.
    shown: Option<Shown>,
    last: Option<Instant>,
    /// There is no prompt any more.
    is_over: bool,
}

struct EditedLine {
    editor: Editor,
    /// The columns of the terminal.
    columns: usize,
    /// The text before the mark of the prompt.
    room: String,
    /// How it is drawn; none after it has changed.
    drawing: Option<Drawing>,
    /// The program is about to be stopped: nothing is drawn.
    is_hidden: bool,
}

/// The row that shows the line being typed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Shown {
    /// The columns that it takes.
    columns: usize,
    /// The column of the cursor.
    cursor: usize,
}

impl Screen {
    /// A screen on this program's streams.
    pub(super) fn new(args: &ConnectArgs) -> Self {
        let terminal = io::stdout().is_terminal();
        let interactive = terminal && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self {
            pretty: args.pretty,
            timestamps: args.timestamps,
            sends_pastes: args.sends_pastes,
            interactive,
            prompting: interactive && !is_plain(),
            terminal,
            colour: is_coloured(terminal),
            complained: AtomicBool::new(false),
            live: Mutex::new(Live {
                edited: None,
                shown: None,
                last: None,
                is_over: false,
            }),
        }
    }

    /// Whether a person uses both ends.
    pub(super) fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Whether there is a prompt, below which nothing stands.
    pub(super) fn is_prompting(&self) -> bool {
        self.prompting
    }

    /// Keys come one by one from here on: the line is edited here.
    pub(super) fn edits_in(&self, columns: usize) {
        lock(&self.live).edited = Some(EditedLine {
            editor: Editor::new(self.sends_pastes),
            columns,
            room: String::new(),
            drawing: None,
            is_hidden: false,
        });
    }

    /// Changes the line being typed, if it is edited here. It is drawn with the next refresh.
    fn edit<T: Default>(&self, change: impl FnOnce(&mut EditedLine) -> T) -> T {
        let mut live = lock(&self.live);
        live.edited.as_mut().map_or_else(T::default, |edited| {
            edited.drawing = None;
            change(edited)
        })
    }

    /// A key was pressed.
    pub(super) fn press(&self, key: Key, history: &[String]) -> Edited {
        let mut live = lock(&self.live);
        let Some(edited) = &mut live.edited else {
            return Edited::Nothing;
        };
        let what = edited.editor.press(key, history);
        if what != Edited::Nothing {
            edited.drawing = None;
        }
        what
    }

    /// Shows what the keys came to.
    pub(super) fn refresh(&self) {
        let mut live = lock(&self.live);
        if live
            .edited
            .as_ref()
            .is_some_and(|edited| edited.drawing.is_none())
        {
            let text = erasing(&mut live) + &self.drawing(&mut live);
            stderr(text);
        }
    }

    /// The text before the cursor.
    pub(super) fn before_cursor(&self) -> String {
        self.edit(|edited| edited.editor.before())
    }

    /// Types this text.
    pub(super) fn insert(&self, text: &str) {
        self.edit(|edited| edited.editor.insert(text));
    }

    /// A line that was entered goes back to where it is typed.
    pub(super) fn put_back(&self, line: &str) {
        self.edit(|edited| edited.editor.put_back(line));
    }

    /// The chat's current room stands before the prompt's mark from here on.
    pub(super) fn show_room(&self, room: Option<&str>) {
        let room = room.map_or(String::new(), |room| format!("#{}", printable(room)));
        self.edit(|edited| edited.room = room);
    }

    /// The terminal has so many columns now.
    pub(super) fn resized(&self, columns: usize) {
        self.edit(|edited| edited.columns = columns);
    }

    /// Takes the prompt away until [`Self::resumed`].
    pub(super) fn hide(&self) {
        let mut live = lock(&self.live);
        stderr(erasing(&mut live));
        if let Some(edited) = &mut live.edited {
            edited.is_hidden = true;
        }
    }

    /// The program goes on after it was stopped: whatever is on the screen is not ours.
    pub(super) fn resumed(&self, columns: Option<usize>) {
        self.edit(|edited| {
            edited.is_hidden = false;
            edited.columns = columns.unwrap_or(edited.columns);
        });
        lock(&self.live).shown = None;
    }

    /// Empties the screen, but for the line being typed.
    pub(super) fn clear(&self) {
        let mut live = lock(&self.live);
        live.shown = None;
        let text = self.drawing(&mut live);
        stderr(format_args!("\x1b[H\x1b[2J{text}"));
    }

    /// Shows the prompt from here on.
    pub(super) fn prompt(&self) {
        let mut live = lock(&self.live);
        stderr(erasing(&mut live) + &self.drawing(&mut live));
    }

    /// Takes the prompt away, for good: the line that was being typed.
    pub(super) fn leave(&self) -> String {
        let mut live = lock(&self.live);
        stderr(erasing(&mut live));
        live.is_over = true;
        let edited = live.edited.take();
        edited.map_or_else(String::new, |edited| edited.editor.text())
    }

    /// A line goes out: it stays on the screen as one that was sent.
    pub(super) fn sent(&self, line: &str) {
        let mut live = lock(&self.live);
        let stamp = self.stamp(&mut live, true);
        let mark = paint(Colour::Green, ">", self.colour);
        let erasing = erasing(&mut live);
        let drawing = self.drawing(&mut live);
        let line = printable(line);
        stderr(format_args!("{erasing}{stamp}{mark} {line}\n{drawing}"));
    }

    /// A line was entered where the terminal edits it: the prompt is gone with it.
    pub(super) fn entered(&self) {
        let mut live = lock(&self.live);
        live.shown = None;
        live.last = Some(Instant::now());
        stderr(self.drawing(&mut live));
    }

    /// A message came. To a terminal readable and harmless, elsewhere the payload alone. `saved`:
    /// the file that has it.
    pub(super) fn message(&self, message: Message<'_>, saved: Option<&Path>) -> io::Result<()> {
        let mut live = lock(&self.live);
        let stamp = self.stamp(&mut live, true);
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.terminal {
            out.write_all(erasing(&mut live).as_bytes())?;
            let mark = paint(Colour::Cyan, "<", self.colour);
            write!(out, "{stamp}{mark} {}", self.readable(message, saved))?;
            out.write_all(self.drawing(&mut live).as_bytes())?;
        } else if saved.is_none() {
            payload(&mut out, message, self.pretty)?;
        }
        out.flush()
    }

    fn readable(&self, message: Message<'_>, saved: Option<&Path>) -> String {
        match (message, saved) {
            (Message::Text(text), _) if self.pretty => {
                json_for_people(text, self.colour).unwrap_or_else(|| for_people(message))
            }
            (Message::Text(_), _) => for_people(message),
            (Message::Binary(bytes), Some(path)) => {
                let path = path.display().to_string();
                format!("{} bytes, saved as {}\n", bytes.len(), printable(&path))
            }
            (Message::Binary(bytes), None) => {
                dump(bytes, MOST_DUMPED, "/save FILE writes them all")
            }
        }
    }

    /// Something of our own to say, on stderr; each of its lines is marked.
    pub(super) fn notice(&self, text: &str) {
        self.say(text, Colour::Yellow, "*");
    }

    /// A line was not done as asked.
    pub(super) fn complain(&self, text: &str) {
        self.complained.store(true, Relaxed);
        self.say(text, Colour::Red, "!");
    }

    /// Whether anything was refused so far.
    pub(super) fn has_complained(&self) -> bool {
        self.complained.load(Relaxed)
    }

    fn say(&self, text: &str, colour: Colour, mark: &str) {
        let mut live = lock(&self.live);
        let mark = paint(colour, mark, self.colour && io::stderr().is_terminal());
        let (stamp, margin) = match self.interactive {
            true => (self.stamp(&mut live, false), self.stamp_columns() + 2),
            false => (String::new(), 2),
        };
        let columns = live
            .edited
            .as_ref()
            .map_or(usize::MAX, |edited| edited.columns);
        // Where the time takes much of a row, it stands beside the first one only.
        let indent = if margin > columns / 3 { 2 } else { margin };
        let (first, others) = (
            columns.saturating_sub(margin),
            columns.saturating_sub(indent),
        );
        let mut said = erasing(&mut live);
        for line in text.lines() {
            for (at, row) in wrap::rows(&printable(line), first, others)
                .iter()
                .enumerate()
            {
                let _ = match at {
                    0 => writeln!(said, "{stamp}{mark} {row}"),
                    _ => writeln!(said, "{:indent$}{row}", ""),
                }; // a String takes everything
            }
        }
        stderr(said + &self.drawing(&mut live));
    }

    /// The time before a line. `is_counted`: the next line's time is measured from this one.
    fn stamp(&self, live: &mut Live, is_counted: bool) -> String {
        let Some(how) = self.timestamps.filter(|_| self.terminal) else {
            return String::new();
        };
        let now = Instant::now();
        let last = live.last;
        if is_counted {
            live.last = Some(now);
        }
        let stamp = match (how, last) {
            (Timestamps::Clock, _) => clock::time_of_day(clock::now()),
            (Timestamps::Delta, Some(last)) => format!("+{}", show::time(now - last)),
            (Timestamps::Delta, None) => String::new(),
        };
        let width = self.stamp_columns() - 1;
        format!(
            "{} ",
            paint(Colour::Dim, &format!("{stamp:>width$}"), self.colour)
        )
    }

    /// The columns of a time and the blank behind it.
    fn stamp_columns(&self) -> usize {
        match self.timestamps.filter(|_| self.terminal) {
            Some(Timestamps::Clock) => "00:00:00.000 ".len(),
            Some(Timestamps::Delta) => 9,
            None => 0,
        }
    }

    /// The text that draws the prompt and the line so far, at the beginning of an empty row.
    fn drawing(&self, live: &mut Live) -> String {
        if !self.prompting || live.is_over {
            return String::new();
        }
        match &mut live.edited {
            Some(edited) if edited.is_hidden => String::new(),
            Some(edited) => {
                let EditedLine {
                    editor,
                    columns,
                    room,
                    drawing,
                    ..
                } = edited;
                let drawing =
                    drawing.get_or_insert_with(|| editor.draw(room, *columns, self.colour));
                live.shown = Some(Shown {
                    columns: drawing.columns,
                    cursor: drawing.cursor,
                });
                drawing.text.clone()
            }
            None if live.shown.is_some() => String::new(),
            None => {
                live.shown = Some(Shown::default());
                format!("\r\x1b[K{} ", paint(Colour::Green, ">", self.colour))
            }
        }
    }
}

/// The text that removes the prompt from the screen. A line that the terminal edits itself stays in
/// the terminal's buffer, and Enter sends it whole, although it is no longer visible.
fn erasing(live: &mut Live) -> String {
    let Some(shown) = live.shown.take() else {
        return String::new();
    };
    erase(
        shown,
        live.edited
            .as_ref()
            .map_or(usize::MAX, |edited| edited.columns),
    )
}

/// Erases a row in a terminal that has so many columns now. One that has become narrower shows
/// the row as several: all are erased.
fn erase(shown: Shown, columns: usize) -> String {
    if shown.columns < columns {
        return "\r\x1b[K".to_owned();
    }
    match shown.cursor / columns.max(1) {
        0 => "\r\x1b[J".to_owned(),
        above => format!("\r\x1b[{above}A\x1b[J"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_a_line_takes_is_erased() {
        let rows = [
            ((0, 0), 80, "\r\x1b[K"),
            ((79, 79), 80, "\r\x1b[K"),
            ((79, 10), 40, "\r\x1b[J"),
            ((79, 79), 40, "\r\x1b[1A\x1b[J"),
            ((79, 79), 20, "\r\x1b[3A\x1b[J"),
            ((79, 79), 0, "\r\x1b[79A\x1b[J"),
        ];
        for ((taken, cursor), columns, expected) in rows {
            let shown = Shown {
                columns: taken,
                cursor,
            };
            assert_eq!(erase(shown, columns), expected, "{shown:?} in {columns}");
        }
    }
}
