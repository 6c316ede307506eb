//! The endpoint: commands in, answers out.

use std::sync::Arc;

use super::command::Command;
use super::json::Object;
use super::lab::{decode, decode_compressed};
use super::watchers::{Pairing, Watchers};
use crate::protocol::{CloseCode, Message, Rate};
use crate::server::{Handler, Peer};

/// How many commands one client may send. Beyond that the server reads from it no faster.
pub const COMMAND_RATE: Rate = Rate {
    per_second: 20,
    burst: 40,
};

/// Serves `/frames`.
#[derive(Debug)]
pub struct FramesHandler {
    watchers: Arc<Watchers>,
    pairing: Option<Pairing>,
}

impl FramesHandler {
    /// A handler for one client. `watchers` are also an
    /// [observer](crate::server::Builder::observe) of the server whose connections can be watched.
    #[must_use]
    pub fn new(watchers: Arc<Watchers>) -> Self {
        Self {
            watchers,
            pairing: None,
        }
    }

    fn answer(&mut self, command: Command, peer: &mut Peer<'_>) -> String {
        match command {
            Command::Decode(role, bytes) => decode(role, &bytes).to_json(),
            Command::DecodeCompressed(role, bytes) => match decode_compressed(role, &bytes) {
                Some(decoded) => decoded.to_json(),
                None => problem(
                    "This server was built without compression (the feature deflate), so it cannot \
                     read the bytes as if compression had been agreed on.",
                ),
            },
            Command::Watch(token) => {
                self.pairing = None; // the one before ends, which frees its token
                let user = peer.info().user.clone();
                self.pairing = self.watchers.pair(token, user, peer.sender());
                match self.pairing {
                    Some(_) => Object::of_kind("watching").end(),
                    None => problem("This token is in use; choose a new one."),
                }
            }
        }
    }
}

impl Handler for FramesHandler {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let Message::Text(text) = message else {
            let why = "the frame laboratory takes text, not binary";
            return peer.close(CloseCode::UNSUPPORTED_DATA, why);
        };
        let answer = match Command::parse(text) {
            Ok(command) => self.answer(command, peer),
            Err(bad) => problem(&bad.to_string()),
        };
        peer.text(&answer);
    }
}

fn problem(says: &str) -> String {
    Object::of_kind("problem").text("problem", says).end()
}
