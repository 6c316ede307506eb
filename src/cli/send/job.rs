//! The sending thread: from a source, message by message, to the wire.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::State;
use super::source::Source;
use crate::cli::values::Values;
use crate::connection::Sender;
use crate::protocol::{Message, Opcode};

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
    pub(super) fn of(values: &Values, source: Source, sender: Sender, state: Arc<State>) -> Self {
        Self {
            source,
            binary: values.switch("--binary"),
            repeat: values.number("--repeat").unwrap_or(1),
            interval: values.duration("--interval"),
            fragment: values
                .size("--fragment")
                .map(|s| usize::try_from(s).unwrap_or(usize::MAX)),
            sender,
            state,
        }
    }

    /// Sends all, and notes in the state how far it came.
    pub(super) fn run(mut self) {
        match self.send_all() {
            Ok(()) => self.state.done.store(true, Relaxed),
            Err(Some(why)) => *self.state.failure.lock() = Some(why),
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

    fn send(&self, message: &[u8]) -> io::Result<()> {
        let opcode = if self.binary {
            Opcode::Binary
        } else {
            Opcode::Text
        };
        match (self.fragment, std::str::from_utf8(message)) {
            (Some(size), _) if message.len() > size => {
                let last = message.len().div_ceil(size) - 1;
                for (i, piece) in message.chunks(size).enumerate() {
                    let opcode = if i == 0 { opcode } else { Opcode::Continuation };
                    self.sender.frame(i == last, opcode, piece)?;
                }
                Ok(())
            }
            // The source has seen to it that a text is one.
            (_, Ok(text)) if !self.binary => self.sender.send(Message::Text(text)),
            _ => self.sender.send(Message::Binary(message)),
        }
    }
}
