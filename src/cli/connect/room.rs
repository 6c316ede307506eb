//! What a chat says about the person who listens: the room that a line goes to.
//!
//! ```text
//! * you are ana in #lobby
//! * you left #dev; you are in #lobby
//! * you are ana in no room; /join ROOM enters one
//! ```

/// What is known about the chat at the other end.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    /// The current room, once the chat has named it. A chat that names it works like this program's
    /// server: each line is also sent back to its sender.
    pub(super) room: Option<String>,
}

impl Chat {
    /// A line of the chat came; whether it changed anything.
    pub(super) fn heard(&mut self, line: &str) -> bool {
        let Some(said) = line.strip_prefix("* you ") else {
            return false;
        };
        let room = if let Some((_, room)) = said.rsplit_once(" in #") {
            // A room's name has no blank in it.
            Some(room)
                .filter(|room| !room.contains(' '))
                .map(str::to_owned)
        } else if said.contains(" in no room") {
            None
        } else {
            return false;
        };
        let is_new = self.room != room;
        self.room = room;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chat_tells_the_current_room() {
        let mut chat = Chat::default();
        let rows = [
            ("hello", false, None),
            ("#lobby ana: * you are bob in #dev", false, None),
            ("* you are ana in #lobby", true, Some("lobby")),
            ("* you are ana in #lobby", false, Some("lobby")),
            ("* you are bob now", false, Some("lobby")),
            (
                "* you missed 3 messages: your connection is slow",
                false,
                Some("lobby"),
            ),
            ("* you are ana in #dev", true, Some("dev")),
            ("* you left #dev; you are in #lobby", true, Some("lobby")),
            (
                "* you left #lobby; you are in no room; /join ROOM enters one",
                true,
                None,
            ),
        ];
        for (line, is_new, room) in rows {
            assert_eq!(chat.heard(line), is_new, "{line}");
            assert_eq!(chat.room.as_deref(), room, "{line}");
        }
    }
}
