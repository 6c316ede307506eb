//! A client of this server, and the hub's rooms that it is in.

use std::sync::Arc;

use crate::connection::Batch;
use crate::hub::{Effect, MemberId};
use crate::standard::chat::{Chat, Known, ROOM_OPTIONS};

/// A client of this server.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: MemberId,
    /// Whether it is a client of chat; otherwise of `/broadcast`.
    pub(super) is_in_chat: bool,
    /// The hub's rooms that it is in.
    pub(super) keys: Vec<Arc<str>>,
    /// What chat knew of it before chat's state was replaced.
    pub(super) known: Option<Known>,
    /// Whether it is being put back into chat: its Return was queued, and not applied yet.
    pub(super) is_returning: bool,
}

impl Client {
    pub(super) fn new(id: MemberId, is_in_chat: bool) -> Self {
        Self {
            id,
            is_in_chat,
            keys: Vec::new(),
            known: None,
            is_returning: false,
        }
    }

    /// Tracks the client's rooms in the hub.
    pub(super) fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Join { member, room, .. }
                    if *member == self.id && !self.keys.contains(room) =>
                {
                    self.keys.push(room.clone());
                }
                Effect::Leave { member, room, .. } if *member == self.id => {
                    self.keys.retain(|key| key != room);
                }
                _ => {}
            }
        }
    }

    /// Makes the client's rooms in the hub equal to its rooms in chat.
    pub(super) fn align(&mut self, chat: &Chat, effects: &mut Vec<Effect>) {
        let keys = chat.keys_of(self.id);
        if keys.is_empty() && chat.known(self.id).is_none() || keys == self.keys {
            return;
        }
        for room in self.keys.iter().filter(|key| !keys.contains(key)) {
            effects.push(Effect::Leave {
                member: self.id,
                room: room.clone(),
                farewell: Batch::default(),
            });
        }
        for room in keys.iter().filter(|key| !self.keys.contains(key)) {
            effects.push(Effect::Join {
                member: self.id,
                room: room.clone(),
                options: ROOM_OPTIONS,
                welcome: Batch::default(),
            });
        }
        self.keys = keys;
    }
}
