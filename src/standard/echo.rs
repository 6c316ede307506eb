//! The echo endpoint: every message comes back as it was.

use crate::protocol::Message;
use crate::server::{Handler, Peer};

/// Sends each message back to its sender.
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo;

impl Handler for Echo {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        peer.send(message);
    }
}
