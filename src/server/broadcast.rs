//! The broadcast endpoint: every message goes to every client of it, its sender too, in one
//! order that all of them see.

use super::handler::{Client, Handler};
use super::hub::{Hub, Membership};
use crate::protocol::Message;

/// Publishes each message to the one room of its endpoint.
#[derive(Debug)]
pub struct Broadcast {
    hub: Hub,
    room: &'static str,
    membership: Option<Membership>,
}

impl Broadcast {
    /// A handler for one client of the room.
    pub fn new(hub: Hub, room: &'static str) -> Self {
        Self {
            hub,
            room,
            membership: None,
        }
    }
}

impl Handler for Broadcast {
    fn on_open(&mut self, client: &mut Client<'_>) {
        self.membership = Some(self.hub.join(self.room, client.info().id, client.sender()));
    }

    fn on_message(&mut self, _client: &mut Client<'_>, message: Message<'_>) {
        if let Some(membership) = &self.membership {
            membership.publish(message);
        }
    }
}
