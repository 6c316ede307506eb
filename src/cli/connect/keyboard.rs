//! The keys of a terminal whose line is edited here. One thread reads them and this one acts on
//! them, so that a lone Escape can be recognised by the silence after it.

use std::io::{self, Read};
use std::thread;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::complete::{Completion, complete};
use super::input::Shared;
use super::terminal::{self, TerminalEvent};
use crate::cli::editing::{Edited, Key, Parser};
use crate::cli::lock::lock;

/// The most reads of the keyboard that wait to be acted on.
const WAITING: usize = 16;

/// An input from the keyboard or the terminal.
enum Input {
    Bytes(Vec<u8>),
    Terminal(TerminalEvent),
    Ended,
}

impl From<TerminalEvent> for Input {
    fn from(event: TerminalEvent) -> Self {
        Self::Terminal(event)
    }
}

/// The keyboard of a terminal that gives each key.
pub(super) struct Keyboard {
    sender: Sender<Input>,
    inputs: Receiver<Input>,
}

impl Keyboard {
    /// Takes the terminal: its columns, and its keyboard. None where that cannot be done.
    pub(super) fn take() -> Option<(usize, Self)> {
        let (sender, inputs) = bounded(WAITING);
        let columns = terminal::take(sender.clone())?;
        Some((columns, Self { sender, inputs }))
    }

    /// Acts on keys, until the person wants to leave or the terminal is gone.
    pub(super) fn follow(self, shared: &Shared) {
        let sender = self.sender.clone();
        let reader = thread::Builder::new().name("keyboard".into());
        if let Err(error) = reader.spawn(move || read(&sender)) {
            let why = format!("no thread to read the keyboard with: {error}");
            shared.screen.complain(&why);
            return;
        }
        let (mut parser, mut keys) = (Parser::default(), Vec::new());
        loop {
            let input = match parser.timeout() {
                Some(timeout) => self.inputs.recv_timeout(timeout),
                None => self.inputs.recv().map_err(RecvTimeoutError::from),
            };
            match input {
                Ok(Input::Bytes(bytes)) => parser.feed(&bytes, &mut keys),
                Ok(Input::Terminal(TerminalEvent::Columns(columns))) => {
                    shared.screen.resized(columns)
                }
                Ok(Input::Terminal(TerminalEvent::Again)) => shared.screen.resumed(None),
                Err(RecvTimeoutError::Timeout) => parser.silence(&mut keys),
                Ok(Input::Ended) | Err(RecvTimeoutError::Disconnected) => return,
            }
            for key in keys.drain(..) {
                if !self.act(key, shared) {
                    return;
                }
            }
            // One drawing for each read, however much it brought.
            shared.screen.refresh();
        }
    }

    /// Acts on a key; false when the person wants to leave.
    fn act(&self, key: Key, shared: &Shared) -> bool {
        let screen = &shared.screen;
        let what = screen.press(key, lock(&shared.history).lines());
        match what {
            Edited::Nothing | Edited::Changed => {}
            Edited::Line(text) => shared.enter(&text),
            Edited::Held(lines) => screen.notice(&format!(
                "{lines} lines pasted: Enter sends them, Ctrl-U drops them"
            )),
            Edited::Complete => self.complete(shared),
            Edited::Clear => screen.clear(),
            Edited::Suspend => {
                screen.hide();
                screen.resumed(terminal::suspend(self.sender.clone()));
            }
            Edited::End => return false,
        }
        true
    }

    fn complete(&self, shared: &Shared) {
        let screen = &shared.screen;
        match complete(&screen.before_cursor(), shared.slash, list) {
            Completion::Insert(text) => screen.insert(&text),
            Completion::Choices(choices) => screen.notice(&choices),
            Completion::Tab => {
                screen.press(Key::Pasted('\t'), &[]);
            }
            Completion::Nothing => {}
        }
    }
}

/// Reads the keyboard to its end.
fn read(sender: &Sender<Input>) {
    let mut bytes = [0; 4096];
    loop {
        let input = match io::stdin().lock().read(&mut bytes) {
            Ok(0) => Input::Ended,
            Ok(read) => Input::Bytes(bytes[..read].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => Input::Ended,
        };
        let is_over = matches!(input, Input::Ended);
        if sender.send(input).is_err() || is_over {
            return;
        }
    }
}

/// The most files of a directory that are looked at.
const MOST_FILES: usize = 10_000;

/// The names in a directory, those of directories with a slash behind them.
fn list(directory: &str) -> Vec<String> {
    let directory = if directory.is_empty() { "." } else { directory };
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let entries = entries.take(MOST_FILES).filter_map(Result::ok);
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_directory = entry.path().is_dir();
        Some(if is_directory { name + "/" } else { name })
    });
    names.collect()
}
