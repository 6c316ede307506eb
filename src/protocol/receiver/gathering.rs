//! Texts that do not come in one piece. Their characters are gathered in a `String` as they come:
//! each byte is validated once, a text is refused at its first byte that cannot be right (RFC 6455
//! section 8.1), and at most three bytes stay behind in the buffer where it was cut inside a
//! character.

use super::Receiver;
use crate::protocol::byte_buffer::TextBuffer;
use crate::protocol::error::ProtocolError;
use crate::protocol::utf8::characters;

/// Memory of a text that is used again for the next one; that of a longer text is given back.
const KEPT_BYTES: usize = 1 << 20;

impl Receiver {
    /// Gathers the characters of the text under way that have come.
    pub(super) fn gather(&mut self) -> Result<(), ProtocolError> {
        let Some(message) = &self.message else {
            return Ok(());
        };
        let held = &self.buffer[message.start..message.end];
        let characters = characters(held)?;
        let whole = characters.len();
        let lacking = self.bytes_to_gather(whole) - self.text.len();
        self.text.reserve_exact(lacking);
        self.text.push_str(characters);
        if let Some(message) = &mut self.message {
            message.start += whole;
            message.delivered += whole as u64;
        }
        Ok(())
    }

    /// The memory that the text under way takes once `more` bytes of it have come; where none is
    /// gathered, the memory that is kept for the next one.
    pub(super) fn bytes_to_gather(&self, more: usize) -> usize {
        let room = self.text.capacity();
        let Some(message) = self.message.as_ref().filter(|m| m.is_gathered()) else {
            return room;
        };
        let all = match &self.payload {
            Some(payload) if payload.fin => message.bytes().saturating_add(payload.remaining),
            _ => u64::MAX,
        };
        let all = usize::try_from(all).unwrap_or(usize::MAX);
        match (self.text.len() + more).min(all) {
            needed if needed <= room => room,
            // The memory grows by half of its size, so that growing takes linear time in all, but
            // no further than needed.
            needed => needed.max((room + room / 2).min(all)),
        }
    }

    /// The text before has been handed out: its memory is used again, or given back.
    pub(super) fn forget_gathered(&mut self) {
        if self.message.is_none() && !self.text.is_empty() {
            self.text.clear();
            if self.text.capacity() > KEPT_BYTES {
                self.text = TextBuffer::default();
            }
        }
    }
}
