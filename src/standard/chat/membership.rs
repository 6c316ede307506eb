//! A client's membership of chat.

use super::grammar::MAX_LINE_BYTES;
use super::input::{ChatInput, Request, RequestedName};
use super::room::ROOM_OPTIONS;
use crate::connection::Sender;
use crate::hub::{Attachment, Hub, PublishError};

/// A client that is in chat; dropping it leaves all rooms and makes the name free.
#[derive(Debug)]
#[must_use = "dropping it leaves chat"]
pub struct ChatMembership(Attachment<ChatInput>);

impl ChatMembership {
    /// Lets a client into chat, into `room` first.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::publish`].
    pub fn enter(
        hub: &Hub<ChatInput>,
        room: &str,
        name: RequestedName,
        sender: &Sender,
    ) -> Result<Self, PublishError> {
        let attachment = hub.attach(sender, ROOM_OPTIONS);
        let room = room.to_owned();
        attachment.submit(ChatInput(Request::Enter { room, name }), 0)?;
        Ok(Self(attachment))
    }

    /// Submits a line that the client has sent. Waits while too much of the client's is on its way.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::publish`].
    pub fn line(&self, text: &str) -> Result<(), PublishError> {
        // A line that is too long is not copied only to be refused.
        let (line, bytes) = match text.len() {
            bytes @ ..=MAX_LINE_BYTES => (Request::Line(text.to_owned()), bytes),
            bytes => (Request::TooLong(bytes), 0),
        };
        self.0.submit(ChatInput(line), bytes)
    }
}
