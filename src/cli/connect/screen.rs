//! What the person sees: sent, received and noticed lines, with the line being typed below them.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::super::clock;
use super::super::output::{for_people, payload};
use super::super::show;
use super::super::term::{Colour, colour_wanted, paint, printable};
use super::editor::{Edited, Editor};
use crate::protocol::Message;
use crate::transport::Lock;

/// What stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Nothing.
    None,
    /// The time of day.
    Clock,
    /// The time since the line before.
    Delta,
}

/// How lines are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Indent JSON.
    pub(super) pretty: bool,
    /// Times.
    pub(super) stamp: Stamp,
}

/// The terminal, or the pipes, of this program.
pub(super) struct Screen {
    look: Look,
    /// All three streams are a person's: prompts are wanted.
    interactive: bool,
    /// Stdout is a terminal: prefixes are wanted.
    terminal: bool,
    colour: bool,
    complained: AtomicBool,
    live: Lock<Live>,
}

/// What changes while the program runs.
struct Live {
    /// The line being typed, where keys come one by one, and the terminal's columns.
    editor: Option<(Editor, usize)>,
    /// The prompt is on the screen.
    prompted: bool,
    last: Option<Instant>,
}

const PROMPT: &str = "> ";

impl Screen {
    /// Of this program's streams.
    pub(super) fn new(look: Look) -> Self {
        let terminal = io::stdout().is_terminal();
        let no_color = std::env::var("NO_COLOR").ok();
        Self {
            look,
            interactive: terminal && io::stdin().is_terminal() && io::stderr().is_terminal(),
            terminal,
            colour: colour_wanted(terminal, no_color.as_deref()),
            complained: AtomicBool::new(false),
            live: Lock::new(Live {
                editor: None,
                prompted: false,
                last: None,
            }),
        }
    }

    /// Whether a person sits at both ends.
    pub(super) fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Keys come one by one from here on: the line is edited here.
    pub(super) fn edits_in(&self, columns: usize) {
        self.live.lock().editor = Some((Editor::default(), columns));
    }

    /// Whether keys come one by one.
    pub(super) fn is_editing(&self) -> bool {
        self.live.lock().editor.is_some()
    }

    /// The terminal has so many columns now.
    pub(super) fn resized(&self, columns: usize) {
        if let Some((_, known)) = &mut self.live.lock().editor {
            *known = columns;
        }
    }

    /// Shows the prompt from here on.
    pub(super) fn prompt(&self) {
        if self.interactive {
            self.draw(&mut self.live.lock());
        }
    }

    /// Takes the prompt away, for good.
    pub(super) fn leave(&self) {
        let mut live = self.live.lock();
        erase(&mut live);
        live.editor = None;
    }

    /// A key was pressed. A line that comes of it stays on the screen as one that was sent.
    pub(super) fn key(&self, byte: u8, history: &[String]) -> Edited {
        let mut live = self.live.lock();
        let Some((editor, _)) = &mut live.editor else {
            return Edited::Nothing;
        };
        let edited = editor.feed(byte, history);
        match &edited {
            Edited::Changed => self.draw(&mut live),
            Edited::Line(line) => {
                let stamp = self.stamp(&mut live);
                let mark = paint(Colour::Green, ">", self.colour);
                erase(&mut live);
                eprintln!("{stamp}{mark} {}", printable(line));
                self.draw(&mut live);
            }
            Edited::Nothing | Edited::End => {}
        }
        edited
    }

    /// A line was entered where the terminal edits it: the prompt is gone with it.
    pub(super) fn entered(&self) {
        let mut live = self.live.lock();
        live.prompted = false;
        live.last = Some(Instant::now());
        if self.interactive {
            self.draw(&mut live);
        }
    }

    /// A message came. To a terminal readable and harmless, elsewhere the payload alone.
    pub(super) fn message(&self, message: Message<'_>) -> io::Result<()> {
        let mut live = self.live.lock();
        let stamp = self.stamp(&mut live);
        erase(&mut live);
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.terminal {
            let mark = paint(Colour::Cyan, "<", self.colour);
            write!(
                out,
                "{stamp}{mark} {}",
                for_people(message, self.look.pretty)
            )?;
        } else {
            payload(&mut out, message, self.look.pretty)?;
        }
        out.flush()?;
        drop(out);
        if self.interactive {
            self.draw(&mut live);
        }
        Ok(())
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
        let mut live = self.live.lock();
        erase(&mut live);
        let colour = paint(colour, mark, self.colour && io::stderr().is_terminal());
        for line in text.lines() {
            eprintln!("{colour} {}", printable(line));
        }
        if self.interactive {
            self.draw(&mut live);
        }
    }

    fn stamp(&self, live: &mut Live) -> String {
        let now = Instant::now();
        let last = live.last.replace(now);
        let stamp = match self.look.stamp {
            Stamp::Clock if self.terminal => clock::time_of_day(clock::now()),
            Stamp::Delta if self.terminal => {
                let since = last.map_or(Duration::ZERO, |last| now - last);
                format!("{:>8}", format!("+{}", show::time(since)))
            }
            _ => return String::new(),
        };
        format!("{} ", paint(Colour::Dim, &stamp, self.colour))
    }

    /// Draws the prompt and what is typed so far, over what stands in the terminal's last line.
    fn draw(&self, live: &mut Live) {
        let mark = paint(Colour::Green, ">", self.colour);
        let line = match &live.editor {
            Some((editor, columns)) => {
                let (text, cursor) = editor.view(columns.saturating_sub(PROMPT.len()));
                format!("\r\x1b[K{mark} {text}\r\x1b[{}C", cursor + PROMPT.len())
            }
            None if live.prompted => return,
            None => format!("\r\x1b[K{mark} "),
        };
        eprint!("{line}");
        live.prompted = true;
    }
}

/// Takes the prompt off the screen. A line that the terminal edits itself stays in its buffer,
/// and is sent whole by Enter, though it is no longer to be seen.
fn erase(live: &mut Live) {
    if std::mem::take(&mut live.prompted) {
        eprint!("\r\x1b[K");
    }
}
