//! What a line from stdin means, done; shared with the thread that receives.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::show;
use super::figures::Figures;
use super::history::History;
use super::line::{self, HELP, Line, Slash};
use super::pings::Pings;
use super::screen::Screen;
use crate::connection::Sender;
use crate::protocol::{CloseCode, CloseFrame, Message, Opcode};
use crate::transport::Lock;

/// Behind the last line of a pipe: how long nothing may have come back before the Close, and how
/// long that is waited for. A Close can overtake the answers of a server that works on one message
/// after the other, and it then drops them.
const QUIET: Duration = Duration::from_millis(500);
const LONGEST_QUIET: Duration = Duration::from_secs(10);

/// What the two threads share.
pub(super) struct Shared {
    pub(super) screen: Screen,
    pub(super) figures: Figures,
    slash: Slash,
    pings: Lock<Pings>,
    pub(super) history: Lock<History>,
    link: Mutex<Link>,
    changed: Condvar,
    /// Told once that lines were not sent: `echo x | wshub connect` to a server that is gone.
    lost: AtomicBool,
}

#[derive(Default)]
struct Link {
    sender: Option<Sender>,
    /// The person, or the end of stdin, wants to leave.
    leaving: bool,
    /// When something went out or came in last; none before the first thing went out.
    active: Option<Instant>,
}

impl Shared {
    pub(super) fn new(screen: Screen, slash: Slash) -> Self {
        Self {
            screen,
            figures: Figures::new(),
            slash,
            pings: Lock::default(),
            history: Lock::default(),
            link: Mutex::default(),
            changed: Condvar::new(),
            lost: AtomicBool::new(false),
        }
    }

    /// A connection is there, or no longer.
    pub(super) fn connected(&self, sender: Option<Sender>) {
        *self.pings.lock() = Pings::default();
        self.link().sender = sender;
        self.changed.notify_all();
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

    /// Waits for the answers to what a pipe said: until nothing has come for a while.
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
        let mut pings = self.pings.lock();
        let payload = payload.map_or_else(|| pings.payload(), String::into_bytes);
        pings.sent(payload.clone(), Instant::now());
        drop(pings);
        self.with_sender(|sender| sender.ping(&payload));
    }

    /// A pong came.
    pub(super) fn pong(&self, payload: &[u8]) {
        let took = self.pings.lock().answered(payload, Instant::now());
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
                .notice(&format!("pong {text:?}, which answers no ping of ours")),
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sender. While there is none a pipe's lines wait for it, a person is told.
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
    fn with_sender(&self, send: impl FnOnce(&Sender) -> io::Result<()>) -> bool {
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

    /// Does what a line says.
    pub(super) fn take(&self, typed: &str) {
        let meaning = match line::read(typed, self.slash) {
            Ok(Line::Again(number)) => match self.history.lock().get(number) {
                Ok(line) => {
                    self.screen.notice(&format!("again: {line}"));
                    line::read(&line, self.slash)
                }
                Err(why) => Err(why),
            },
            other => {
                if !matches!(other, Ok(Line::Last | Line::Help | Line::Stats)) {
                    self.history.lock().add(typed);
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
            Line::Ping(text) => self.ping(Some(text).filter(|text| !text.is_empty())),
            Line::Pong(text) => drop(self.with_sender(|sender| sender.pong(text.as_bytes()))),
            Line::Fragments(number, text) => self.fragments(number, &text),
            Line::Last => {
                let history = self.history.lock();
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
                    self.screen
                        .notice("other /commands go to the chat, and //help asks for its own help");
                }
            }
            Line::Close(code, reason) => self.leave(code, &reason),
        }
    }

    fn fragments(&self, number: usize, text: &str) {
        let done = self.with_sender(|sender| {
            for (i, piece) in line::cut(text, number).enumerate() {
                let opcode = if i == 0 {
                    Opcode::Text
                } else {
                    Opcode::Continuation
                };
                sender.frame(i + 1 == number, opcode, piece)?;
            }
            Ok(())
        });
        if done {
            self.figures.sent(text.len());
        }
    }
}
