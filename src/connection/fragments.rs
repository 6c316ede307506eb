//! Messages that are sent in fragments (RFC 6455 section 5.4), each through a guard that holds
//! other data back until the message is finished.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::encoder::opcode_of;
use super::error::SendError;
use super::tally::Tally;
use super::wire::Wire;
use crate::protocol::{CloseCode, CloseFrame, Message, Opcode};

/// A text message that is being sent in fragments; see
/// [`Sender::text_fragments`](super::Sender::text_fragments).
///
/// Dropped before [`TextFragments::finish`], it closes the connection with 1011: half a message
/// cannot be taken back.
#[must_use = "dropping it closes the connection"]
#[derive(Debug)]
pub struct TextFragments(Fragments);

impl TextFragments {
    pub(super) fn begin(wire: Arc<Wire>) -> Result<Self, SendError> {
        Fragments::begin(wire, Opcode::Text).map(Self)
    }

    /// Sends the next fragment now. Waits while the peer does not take it, for the write timeout
    /// at most.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`](super::Sender::send).
    pub fn write(&mut self, text: &str) -> Result<(), SendError> {
        self.0.send(text.as_bytes(), false)
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`](super::Sender::send).
    pub fn finish(mut self) -> Result<(), SendError> {
        self.0.send(&[], true)
    }
}

/// A binary message that is being sent in fragments; see
/// [`Sender::binary_fragments`](super::Sender::binary_fragments). Each write is a fragment.
///
/// Dropped before [`BinaryFragments::finish`], it closes the connection with 1011: half a
/// message cannot be taken back.
#[must_use = "dropping it closes the connection"]
#[derive(Debug)]
pub struct BinaryFragments(Fragments);

impl BinaryFragments {
    pub(super) fn begin(wire: Arc<Wire>) -> Result<Self, SendError> {
        Fragments::begin(wire, Opcode::Binary).map(Self)
    }

    /// Sends the next fragment now. Waits while the peer does not take it, for the write timeout
    /// at most.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`](super::Sender::send).
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        self.0.send(bytes, false)
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`](super::Sender::send).
    pub fn finish(mut self) -> Result<(), SendError> {
        self.0.send(&[], true)
    }
}

/// So that a file can be copied into a message with [`io::copy`].
impl io::Write for BinaryFragments {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes, false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // each fragment is written at once
    }
}

/// The common part of both guards.
pub(super) struct Fragments {
    wire: Arc<Wire>,
    kind: Opcode,
    begun: bool,
    finished: bool,
}

impl fmt::Debug for Fragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fragments")
            .field("id", &self.wire.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Fragments {
    fn begin(wire: Arc<Wire>, kind: Opcode) -> Result<Self, SendError> {
        wire.begin_fragments()?;
        Ok(Self {
            wire,
            kind,
            begun: false,
            finished: false,
        })
    }

    /// Sends `message` in fragments of these lengths; what is left is the last one.
    pub(super) fn send_all(
        wire: Arc<Wire>,
        message: Message<'_>,
        lengths: impl IntoIterator<Item = usize>,
    ) -> Result<(), SendError> {
        let mut fragments = Self::begin(wire, opcode_of(message))?;
        let mut rest = message.as_bytes();
        for length in lengths {
            let (piece, behind) = rest.split_at(length.min(rest.len()));
            fragments.send(piece, false)?;
            rest = behind;
        }
        fragments.send(rest, true)
    }

    fn send(&mut self, payload: &[u8], fin: bool) -> Result<(), SendError> {
        let opcode = match std::mem::replace(&mut self.begun, true) {
            false => self.kind,
            true => Opcode::Continuation,
        };
        let mut tally = Tally::default();
        tally.count(self.kind, payload.len(), fin);
        let sent = self.wire.fragment((fin, opcode), payload, &tally);
        self.finished = fin || sent.is_err();
        sent
    }
}

impl Drop for Fragments {
    fn drop(&mut self) {
        if !self.finished {
            let frame = CloseFrame::new(CloseCode::INTERNAL_ERROR, "message abandoned");
            self.wire.abandon_fragments(&frame);
        }
    }
}
