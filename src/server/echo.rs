//! The echo endpoint: every message comes back as it was.

use super::handler::{Client, Handler};
use crate::protocol::Message;

/// Sends each message back to its sender.
#[derive(Debug, Default)]
pub struct Echo;

impl Handler for Echo {
    fn on_message(&mut self, client: &mut Client<'_>, message: Message<'_>) {
        client.send(message);
    }
}
