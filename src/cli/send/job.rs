//! The sending thread: from a source, message by message, to the wire.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::source::Source;
use super::state::State;
use crate::cli::arguments::SendArgs;
use crate::cli::lock::lock;
use wshub::connection::{SendError, Sender};
use wshub::protocol::Message;

/// What the sending thread does.
pub(super) struct Job {
    source: Source,
    binary: bool,
    repeat: u64,
    interval: Option<Duration>,
    fragment: Option<usize>,
    sender: Sender,
    state: Arc<State>,
}

impl Job {
    /// What the command line says.
    pub(super) fn of(args: &SendArgs, source: Source, sender: Sender, state: Arc<State>) -> Self {
        Self {
            source,
            binary: args.binary,
            repeat: args.repeat,
            interval: args.interval,
            fragment: args.fragment,
            sender,
            state,
        }
    }

    /// Sends all, and notes in the state how far it came.
    pub(super) fn run(mut self) {
        match self.send_all() {
            Ok(()) => self.state.done.store(true, Relaxed),
            Err(Some(why)) => *lock(&self.state.failure) = Some(why),
            Err(None) => {} // the connection has ended: the receiving side tells why
        }
        self.state.over.store(true, Relaxed);
    }

    fn send_all(&mut self) -> Result<(), Option<String>> {
        let mut first = true;
        while let Some(message) = self.source.next(self.binary).map_err(Some)? {
            for _ in 0..self.repeat {
                if let Some(interval) = self.interval.filter(|_| !std::mem::take(&mut first)) {
                    thread::sleep(interval);
                }
                self.send(&message).map_err(|_| None)?;
                self.state.messages.fetch_add(1, Relaxed);
                self.state.bytes.fetch_add(message.len() as u64, Relaxed);
            }
        }
        Ok(())
    }

    fn send(&self, message: &[u8]) -> Result<(), SendError> {
        let message = match std::str::from_utf8(message) {
            // The source has seen to it that a text is one.
            Ok(text) if !self.binary => Message::Text(text),
            _ => Message::Binary(message),
        };
        match self.fragment {
            Some(size) => {
                let before_the_last = message.as_bytes().len().saturating_sub(1) / size;
                let lengths = iter::repeat_n(size, before_the_last);
                self.sender.send_in_fragments(message, lengths)
            }
            None => self.sender.send(message),
        }
    }
}
