//! Rooms and their members: a value, without channels or threads.

use std::collections::HashMap;
use std::sync::Arc;

use crate::server::handler::ClientId;

/// Who is in which room. A room exists while it has members. `M` is what reaches a member.
#[derive(Debug)]
pub struct Rooms<M> {
    rooms: HashMap<Arc<str>, Vec<(ClientId, M)>>,
}

impl<M> Default for Rooms<M> {
    fn default() -> Self {
        Self {
            rooms: HashMap::new(),
        }
    }
}

impl<M> Rooms<M> {
    /// Adds a member; false if it was one already, and then nothing changes.
    pub fn join(&mut self, room: &Arc<str>, id: ClientId, member: M) -> bool {
        let members = self.rooms.entry(room.clone()).or_default();
        let is_new = members.iter().all(|(other, _)| *other != id);
        if is_new {
            members.push((id, member));
        }
        is_new
    }

    /// Removes a member, and the room with its last one; false if it was none.
    pub fn leave(&mut self, room: &str, id: ClientId) -> bool {
        let Some(members) = self.rooms.get_mut(room) else {
            return false;
        };
        let before = members.len();
        members.retain(|(other, _)| *other != id);
        let left = members.len() < before;
        if members.is_empty() {
            self.rooms.remove(room);
        }
        left
    }

    /// A room's members, in the order in which they joined; empty if there is no such room.
    pub fn members(&mut self, room: &str) -> &mut [(ClientId, M)] {
        self.rooms.get_mut(room).map_or(&mut [], Vec::as_mut_slice)
    }

    /// How many rooms there are.
    pub fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Whether there is no room at all.
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_and_go_and_an_empty_room_is_gone() {
        let lobby: Arc<str> = "lobby".into();
        let mut rooms = Rooms::default();
        assert!(rooms.join(&lobby, ClientId(1), 'a'));
        assert!(rooms.join(&lobby, ClientId(2), 'b'));
        assert!(!rooms.join(&lobby, ClientId(1), 'c'), "a member joins once");
        assert_eq!(
            rooms.members("lobby"),
            [(ClientId(1), 'a'), (ClientId(2), 'b')]
        );
        assert!(rooms.members("elsewhere").is_empty());
        assert_eq!(rooms.len(), 1, "asking makes no room");
        assert!(rooms.leave("lobby", ClientId(1)));
        assert!(!rooms.leave("lobby", ClientId(1)));
        assert!(!rooms.leave("elsewhere", ClientId(2)));
        assert!(rooms.leave("lobby", ClientId(2)));
        assert!(rooms.is_empty());
    }
}
