//! The broadcast endpoint: every message goes to every client of it, its sender too, in one
//! order that all of them see.

use std::convert::Infallible;

use crate::hub::{Hub, Membership};
use crate::protocol::{CloseCode, Message};
use crate::server::{Handler, Peer};

/// Publishes each message to the one room of its endpoint. The hub may have an application
/// besides, whose input is `I`.
#[derive(Debug)]
pub struct Broadcast<I = Infallible> {
    hub: Hub<I>,
    room: &'static str,
    membership: Option<Membership<I>>,
}

impl<I> Broadcast<I> {
    /// A handler for one client of the room.
    pub fn new(hub: Hub<I>, room: &'static str) -> Self {
        Self {
            hub,
            room,
            membership: None,
        }
    }
}

impl<I> Handler for Broadcast<I> {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        self.membership = Some(self.hub.join(self.room, &peer.sender()));
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let membership = self.membership.as_ref();
        let published = membership.map(|room| room.publish(peer.received(message)));
        if let Some(Err(error)) = published {
            peer.close(CloseCode::TRY_AGAIN_LATER, &error.to_string());
        }
    }
}
