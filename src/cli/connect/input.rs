//! Does what a line from stdin means; shared with the thread that receives.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use super::super::show;
use super::figures::Figures;
use super::history::History;
use super::history_file::HistoryFile;
use super::line::{self, HELP, HELP_IN_CHAT, Line, Slash};
use super::pings::Pings;
use super::saving::write_new;
use super::screen::Screen;
use crate::cli::lock::lock;
use wshub::connection::{SendError, Sender};
use wshub::protocol::{CloseCode, CloseFrame, ControlPayload, MAX_CONTROL_PAYLOAD_BYTES, Message};

/// After the last line of a pipe: how long nothing may have arrived before the Close is sent, and
/// how long to wait for that. A Close can overtake the answers of a server that works on one
/// message after the other, and the server then drops them.
const QUIET: Duration = Duration::from_millis(500);
const LONGEST_QUIET: Duration = Duration::from_secs(10);

/// The state that the two threads share.
pub(super) struct Shared {
    pub(super) screen: Screen,
    pub(super) figures: Figures,
    pub(super) slash: Slash,
    pings: Mutex<Pings>,
    pub(super) history: Mutex<History>,
    history_file: Option<HistoryFile>,
    /// The last binary message that came, for `/save`.
    binary: Mutex<Option<Vec<u8>>>,
    /// The chat shows our own lines, because it sends them back.
    echoes: AtomicBool,
    link: Mutex<Link>,
    changed: Condvar,
    /// Whether the user was told that lines were not sent: `echo x | wshub connect` with a server
    /// that is gone.
    lost: AtomicBool,
}

#[derive(Default)]
struct Link {
    sender: Option<Sender>,
    /// The user, or the end of stdin, wants to leave.
    leaving: bool,
    /// When something was last sent or received; none before the first message was sent.
    active: Option<Instant>,
}

impl Shared {
    /// `history`: the file that keeps the lines, and those that it has.
    pub(super) fn new(
        screen: Screen,
        slash: Slash,
        history: Option<(HistoryFile, Vec<String>)>,
    ) -> Self {
        let (history_file, lines) = history.unzip();
        let mut history = History::default();
        history.begin_with(lines.unwrap_or_default());
        Self {
            screen,
            figures: Figures::new(),
            slash,
            pings: Mutex::default(),
            history: Mutex::new(history),
            history_file,
            binary: Mutex::default(),
            echoes: AtomicBool::new(false),
            link: Mutex::default(),
            changed: Condvar::new(),
            lost: AtomicBool::new(false),
        }
    }

    /// Sets the connection's sender; none when there is no connection any more.
    pub(super) fn connected(&self, sender: Option<Sender>) {
        *lock(&self.pings) = Pings::default();
        self.link().sender = sender;
        self.changed.notify_all();
    }

    /// A binary message came; `/save` writes the last one.
    pub(super) fn keep(&self, bytes: Vec<u8>) {
        *lock(&self.binary) = Some(bytes);
    }

    /// Whether the chat sends our own lines back to us.
    pub(super) fn set_echoes(&self, echoes: bool) {
        self.echoes.store(echoes, Relaxed);
    }

    /// Whether the person, or the end of stdin, wants to leave.
    pub(super) fn is_leaving(&self) -> bool {
        self.link().leaving
    }

    /// Waits for `time`, or until the person wants to leave: true then.
    pub(super) fn wait_to_leave(&self, time: Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.link(), time, |link| !link.leaving);
        waited.unwrap_or_else(PoisonError::into_inner).0.leaving
    }

    /// Something came.
    pub(super) fn heard(&self) {
        if !self.screen.is_interactive()
            && let Some(active) = &mut self.link().active
        {
            *active = Instant::now();
        }
    }

    /// Waits for the answers to what a pipe sent: until nothing has arrived for a while.
    pub(super) fn await_answers(&self) {
        let deadline = Instant::now() + LONGEST_QUIET;
        loop {
            let link = self.link();
            let (Some(active), Some(_)) = (link.active, &link.sender) else {
                return; // nothing was said, or nobody is there any more
            };
            drop(link);
            let until = deadline.min(active + QUIET);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.wait_to_leave(left) {
                return;
            }
        }
    }

    /// Sends a ping with this payload, or with one that no other has.
    pub(super) fn ping(&self, payload: Option<String>) {
        let mut pings = lock(&self.pings);
        let payload = payload.map_or_else(|| pings.payload(), String::into_bytes);
        pings.sent(payload.clone(), Instant::now());
        drop(pings);
        self.with_sender(|sender| sender.ping(truncated(&payload)));
    }

    /// A pong came.
    pub(super) fn pong(&self, payload: &[u8]) {
        let took = lock(&self.pings).answered(payload, Instant::now());
        let text = String::from_utf8_lossy(payload);
        match took {
            Some(took) if payload.starts_with(b"wshub ") => {
                self.screen
                    .notice(&format!("pong after {}", show::time(took)));
            }
            Some(took) => self
                .screen
                .notice(&format!("pong {text:?} after {}", show::time(took))),
            None => self
                .screen
                .notice(&format!("pong {text:?}, which answers none of our pings")),
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sender. While there is none, a pipe's lines wait for it; an interactive user gets a
    /// notice.
    fn sender(&self) -> Option<Sender> {
        let mut link = self.link();
        while link.sender.is_none() && !link.leaving && !self.screen.is_interactive() {
            link = self
                .changed
                .wait(link)
                .unwrap_or_else(PoisonError::into_inner);
        }
        link.sender.clone()
    }

    /// Does something with the sender; true if it was done.
    fn with_sender(&self, send: impl FnOnce(&Sender) -> Result<(), SendError>) -> bool {
        let done = self.sender().is_some_and(|sender| send(&sender).is_ok());
        if done {
            self.link().active = Some(Instant::now());
        }
        if !done && (self.screen.is_interactive() || !self.lost.swap(true, Relaxed)) {
            self.screen.complain("not connected; that was not sent");
        }
        done
    }

    fn send(&self, message: Message<'_>) {
        if self.with_sender(|sender| sender.send(message)) {
            self.figures.sent(message.as_bytes().len());
        }
    }

    /// Closes; the connection is not opened again.
    pub(super) fn leave(&self, code: CloseCode, reason: &str) {
        let mut link = self.link();
        link.leaving = true;
        if let Some(sender) = &link.sender {
            sender.close(CloseFrame::new(code, reason));
        }
        self.changed.notify_all();
    }

    /// Nothing can be shown any more: further lines are neither sent nor reported.
    pub(super) fn abandon(&self) {
        self.lost.store(true, Relaxed);
        self.link().leaving = true;
        self.changed.notify_all();
    }

    /// Handles what was entered: a line, or several that were pasted. They stay on the screen as
    /// sent lines, unless the chat shows them when it receives them. While there is no connection
    /// they go back into the edited line.
    pub(super) fn enter(&self, text: &str) {
        let lines: Vec<&str> = text.split('\n').collect();
        for (at, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            let meaning = line::read(line, self.slash);
            let is_to_be_sent = meaning.as_ref().is_ok_and(Line::is_to_be_sent);
            if is_to_be_sent && self.link().sender.is_none() {
                self.screen.put_back(&lines[at..].join("\n"));
                self.screen
                    .complain("not connected; the line is kept, and Enter sends it later");
                return;
            }
            let is_said = matches!(&meaning, Ok(Line::Text(text)) if !text.starts_with('/'));
            if !(is_said && self.echoes.load(Relaxed)) {
                self.screen.sent(line);
            }
            self.take(line);
        }
    }

    /// Sends a text as it is; `--send` asks for it.
    pub(super) fn say(&self, text: &str) {
        if self.screen.is_interactive() {
            self.screen.sent(text);
        }
        self.send(Message::Text(text));
    }

    /// Keeps a line for the up arrow, and for later runs.
    pub(super) fn remember(&self, line: &str) {
        let is_new = lock(&self.history).add(line);
        if let Some(file) = self.history_file.as_ref().filter(|_| is_new) {
            // A history that cannot be written must not interrupt a conversation.
            let _ = file.add(line);
        }
    }

    /// Does what a line says.
    pub(super) fn take(&self, typed: &str) {
        let meaning = match line::read(typed, self.slash) {
            Ok(Line::Again(number)) => match lock(&self.history).get(number) {
                Ok(line) => {
                    self.screen.notice(&format!("again: {line}"));
                    line::read(&line, self.slash)
                }
                Err(why) => Err(why),
            },
            other => {
                if !matches!(other, Ok(Line::Last | Line::Help | Line::Stats)) {
                    self.remember(typed);
                }
                other
            }
        };
        match meaning {
            Ok(line) => self.perform(line),
            Err(why) => self.screen.complain(&why),
        }
    }

    fn perform(&self, line: Line) {
        match line {
            Line::Text(text) => self.send(Message::Text(&text)),
            Line::Binary(bytes) => self.send(Message::Binary(&bytes)),
            Line::File(path) => match fs::read(&path) {
                Ok(bytes) => {
                    self.send(Message::Binary(&bytes));
                    self.screen
                        .notice(&format!("{path}: {}", show::bytes(bytes.len() as u64)));
                }
                Err(error) => self
                    .screen
                    .complain(&format!("cannot read {path}: {error}")),
            },
            Line::Save(path) => self.save(&path),
            Line::Ping(text) => self.ping(Some(text).filter(|text| !text.is_empty())),
            Line::Pong(text) => {
                let payload = truncated(text.as_bytes());
                let _ = self.with_sender(|sender| sender.pong(payload)); // it has said why not
            }
            Line::Fragments(number, text) => self.fragments(number, &text),
            Line::Last => {
                let history = lock(&self.history);
                let lines = history
                    .last()
                    .map(|(number, line)| format!("{number:>4}  {line}\n"));
                self.screen.notice(lines.collect::<String>().trim_end());
            }
            Line::Again(_) => {} // a line of the history is never one of these
            Line::Stats => self.screen.notice(&self.figures.in_words()),
            Line::Help => {
                self.screen.notice(HELP);
                if self.slash == Slash::OursFirst {
                    self.screen.notice(HELP_IN_CHAT);
                    self.send(Message::Text("/help"));
                }
            }
            Line::Close(code, reason) => self.leave(code, &reason),
        }
    }

    fn save(&self, path: &str) {
        let said = match &*lock(&self.binary) {
            None => Err("no binary message has arrived yet".to_owned()),
            Some(bytes) => match write_new(Path::new(path), bytes) {
                Ok(()) => Ok(format!("{path}: {}", show::bytes(bytes.len() as u64))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    Err(format!("{path} exists already; choose another name"))
                }
                Err(error) => Err(format!("cannot write {path}: {error}")),
            },
        };
        match said {
            Ok(done) => self.screen.notice(&done),
            Err(why) => self.screen.complain(&why),
        }
    }

    fn fragments(&self, number: usize, text: &str) {
        let lengths = line::cut(text, number).map(<[u8]>::len);
        let done = self.with_sender(|sender| {
            sender.send_in_fragments(Message::Text(text), lengths.take(number - 1))
        });
        if done {
            self.figures.sent(text.len());
        }
    }
}

/// As much of a payload as a control frame takes.
fn truncated(payload: &[u8]) -> ControlPayload<'_> {
    let most = payload.len().min(MAX_CONTROL_PAYLOAD_BYTES);
    ControlPayload::try_from(&payload[..most]).unwrap_or_default()
}
