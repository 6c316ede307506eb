//! A client's side of chat: what it sends goes to the hub, line by line.

use super::core::Asked;
use crate::protocol::{CloseCode, Message};
use crate::server::handler::{Client, ClientInfo, Handler};
use crate::server::hub::{Hub, Seat};

/// The room of those who name none.
const LOBBY: &str = "lobby";

/// Serves `/chat` and `/chat/ROOM`.
#[derive(Debug)]
pub struct ChatHandler {
    hub: Hub,
    seat: Option<Seat>,
}

impl ChatHandler {
    /// A handler for one client.
    pub fn new(hub: Hub) -> Self {
        Self { hub, seat: None }
    }
}

impl Handler for ChatHandler {
    fn on_open(&mut self, client: &mut Client<'_>) {
        let info = client.info();
        let room = asked_room(info);
        let name = asked_name(info);
        self.seat = Some(self.hub.enter(&room, name, info.id, client.sender()));
    }

    fn on_message(&mut self, client: &mut Client<'_>, message: Message<'_>) {
        match (message, &self.seat) {
            (Message::Text(text), Some(seat)) => seat.line(text),
            _ => client.close(CloseCode::UNSUPPORTED_DATA, "chat takes text, not binary"),
        }
    }
}

/// The room of the URL: what stands behind `/chat/`.
fn asked_room(info: &ClientInfo) -> String {
    let decoded = info.request.decoded_path();
    // What does not decode is no room's name either, and is refused as such.
    let path = decoded.as_deref().unwrap_or_else(|| info.request.path());
    let room = path.trim_start_matches('/').split_once('/');
    room.map_or(LOBBY, |(_, room)| room).to_owned()
}

/// The name that the client is to have: whoever gave a password has that user's.
fn asked_name(info: &ClientInfo) -> Asked {
    if let Some(user) = &info.user {
        return Asked::User(user.clone());
    }
    match info.request.query("name") {
        Some(name) if !name.is_empty() => Asked::Name(name),
        _ => Asked::Nothing,
    }
}
