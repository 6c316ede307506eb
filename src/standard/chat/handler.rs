//! The handler of chat: passes each line of a client to chat.

use super::input::{ChatInput, RequestedName};
use super::membership::ChatMembership;
use crate::hub::{Hub, PublishError};
use crate::protocol::{CloseCode, Message, Rate};
use crate::server::{ClientInfo, Handler, Peer};

/// How many lines one client may send. Beyond that the server reads no more from it for a while, so
/// that TCP slows a flood down and nobody else is disturbed.
pub const LINE_RATE: Rate = Rate::per_second(20);

/// The room of a client whose URL names none.
const LOBBY: &str = "lobby";

/// Serves `/chat` and `/chat/ROOM`.
#[derive(Debug)]
pub struct ChatHandler {
    hub: Hub<ChatInput>,
    membership: Option<ChatMembership>,
}

impl ChatHandler {
    /// A handler for one client.
    pub fn new(hub: Hub<ChatInput>) -> Self {
        Self {
            hub,
            membership: None,
        }
    }
}

impl Handler for ChatHandler {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        let info = peer.info();
        let (room, name) = (requested_room(info), requested_name(info));
        let sender = peer.sender();
        match ChatMembership::enter(&self.hub, &room, name, &sender) {
            Ok(membership) => self.membership = Some(membership),
            Err(error) => refuse(peer, error),
        }
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        match (message, &self.membership) {
            (Message::Text(text), Some(membership)) => {
                if let Err(error) = membership.line(text) {
                    refuse(peer, error);
                }
            }
            _ => peer.close(CloseCode::UNSUPPORTED_DATA, "chat takes text, not binary"),
        }
    }
}

/// Closes a client for whose message the hub has no memory.
fn refuse(peer: &mut Peer<'_>, error: PublishError) {
    peer.close(CloseCode::TRY_AGAIN_LATER, &error.to_string());
}

/// The room that the URL names: the part after `/chat/`.
fn requested_room(info: &ClientInfo) -> String {
    let decoded = info.request.decoded_path();
    // A path that cannot be decoded is not a valid room name either, and is refused as such.
    let path = decoded.as_deref().unwrap_or_else(|| info.request.path());
    let room = path.trim_start_matches('/').split_once('/');
    room.map_or(LOBBY, |(_, room)| room).to_owned()
}

/// The name that the client asks for; an authenticated one has its user's.
fn requested_name(info: &ClientInfo) -> RequestedName {
    if let Some(user) = &info.user {
        return RequestedName::User(user.clone());
    }
    match info.request.query("name") {
        Some(name) if !name.is_empty() => RequestedName::Name(name),
        _ => RequestedName::Guest,
    }
}
