//! `/broadcast` on a server of a cluster: a message goes to every client of all servers, in the
//! same order for all.

use super::application::BROADCAST;
use super::words;
use crate::cluster::{MAX_PAYLOAD_BYTES, Payload};
use crate::hub::{Attachment, Hub, Membership, RoomOptions};
use crate::protocol::{CloseCode, Message};
use crate::server::{Handler, Peer};
use crate::standard::chat::{ChatInput, Request};

/// The handler of one client.
#[derive(Debug)]
pub(in crate::standard) struct ClusterBroadcast {
    hub: Hub<ChatInput>,
    joined: Option<(Membership<ChatInput>, Attachment<ChatInput>)>,
}

impl ClusterBroadcast {
    pub(in crate::standard) fn new(hub: Hub<ChatInput>) -> Self {
        Self { hub, joined: None }
    }
}

impl Handler for ClusterBroadcast {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        let sender = peer.sender();
        let membership = self.hub.join(BROADCAST, &sender);
        let attachment = self.hub.attach(&sender, RoomOptions::default());
        self.joined = Some((membership, attachment));
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let bytes = message.as_bytes().len();
        if bytes > MAX_PAYLOAD_BYTES {
            peer.close(CloseCode::TOO_BIG, words::TOO_LONG);
            return;
        }
        let payload = match message {
            Message::Text(text) => Payload::Text(text.to_owned()),
            Message::Binary(bytes) => Payload::Binary(bytes.to_vec()),
        };
        let input = ChatInput(Request::Publish(payload));
        let attachment = self.joined.as_ref().map(|(_, attachment)| attachment);
        if let Some(Err(error)) = attachment.map(|attachment| attachment.submit(input, bytes)) {
            peer.close(CloseCode::TRY_AGAIN_LATER, &error.to_string());
        }
    }
}
