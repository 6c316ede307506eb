//! The handle with which any thread sends on one connection.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::batch::Batch;
use super::cause::AbortCause;
use super::encoder::opcode_of;
use super::error::SendError;
use super::fragments::{BinaryFragments, Fragments, TextFragments};
use super::id::ConnectionId;
use super::queue::Offer;
use super::tally::Tally;
use super::wire::Wire;
use super::writers;
use crate::protocol::{CloseFrame, ControlPayload, Message, Opcode, Role, State};

/// Sends on one connection; clones send on the same one.
///
/// There are two ways to send, which differ in name and in what they return:
///
/// - [`Sender::send`] and its like **may wait** while the peer does not read, for the write timeout
///   at most, and return the result;
/// - [`Sender::offer`] **never waits**: it queues the message for the connection's writer
///   thread and says whether there was room.
///
/// What one thread sends arrives in the order of its calls, whichever way it sent it; a
/// handler's own answers count as its thread's calls. After a Close nothing more is sent,
/// whoever tries (RFC 6455 section 5.5.1). A client's frames are masked, whoever sends them
/// (5.3). A sender that is kept after its connection has ended holds no descriptor.
#[derive(Clone)]
pub struct Sender(pub(super) Arc<Wire>);

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("id", &self.0.id)
            .field("state", &self.0.state())
            .finish_non_exhaustive()
    }
}

impl Sender {
    /// The connection's number.
    pub fn id(&self) -> ConnectionId {
        self.0.id
    }

    /// Sends a message now; waits while the peer does not take it, for the write timeout at
    /// most, and while another thread is in the middle of a fragmented message.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; what the write said otherwise, and the connection
    /// is aborted then.
    pub fn send(&self, message: Message<'_>) -> Result<(), SendError> {
        self.0.send_frame(opcode_of(message), message.as_bytes())
    }

    /// Sends a text message now, as [`Sender::send`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn text(&self, text: &str) -> Result<(), SendError> {
        self.send(Message::Text(text))
    }

    /// Sends a binary message now, as [`Sender::send`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn binary(&self, bytes: &[u8]) -> Result<(), SendError> {
        self.send(Message::Binary(bytes))
    }

    /// Sends a ping now (5.5.2), also between the fragments of a message.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn ping<'p>(&self, payload: impl Into<ControlPayload<'p>>) -> Result<(), SendError> {
        self.0.send_frame(Opcode::Ping, payload.into().as_bytes())
    }

    /// Sends an unsolicited pong now (5.5.3), also between the fragments of a message.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn pong<'p>(&self, payload: impl Into<ControlPayload<'p>>) -> Result<(), SendError> {
        self.0.send_frame(Opcode::Pong, payload.into().as_bytes())
    }

    /// Begins a text message that is sent in fragments (5.4). Until it is finished, all other
    /// data on this connection waits; pings, pongs and Close pass.
    ///
    /// ```no_run
    /// # fn file(sender: wshub::connection::Sender) -> Result<(), wshub::connection::SendError> {
    /// let mut message = sender.text_fragments()?;
    /// message.write("first half, ")?;
    /// message.write("second half")?;
    /// message.finish()
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn text_fragments(&self) -> Result<TextFragments, SendError> {
        TextFragments::begin(self.0.clone())
    }

    /// Begins a binary message that is sent in fragments, as [`Sender::text_fragments`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn binary_fragments(&self) -> Result<BinaryFragments, SendError> {
        BinaryFragments::begin(self.0.clone())
    }

    /// Sends a whole message in fragments of these lengths in bytes (5.4); what is left then,
    /// perhaps nothing, is the last one. A text may be cut in the middle of a character: only whole messages have to
    /// be UTF-8 (5.6).
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn send_in_fragments(
        &self,
        message: Message<'_>,
        lengths: impl IntoIterator<Item = usize>,
    ) -> Result<(), SendError> {
        Fragments::send_all(self.0.clone(), message, lengths)
    }

    /// Queues a message for the writer thread, if there is room. Never waits.
    pub fn offer(&self, message: Message<'_>) -> Offer {
        self.offer_batch(&Arc::new(Batch::of(message)), Instant::now())
    }

    /// Queues messages that were encoded once for many connections. Never waits. `now` is the
    /// present time: a caller that makes many offers asks the clock once.
    pub fn offer_batch(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        let masked;
        let batch = match self.0.role {
            Role::Server => batch,
            Role::Client => {
                masked = Arc::new(batch.masked());
                &masked
            }
        };
        let start = || writers::start(&self.0);
        self.0.queue.offer(batch, self.0.limits, now, start)
    }

    /// Closes without waiting: what is queued goes out first, then the Close, then the peer has
    /// the close timeout to answer. Only the first call counts.
    pub fn close(&self, frame: CloseFrame) {
        self.0.queue.close(frame, || writers::close(&self.0));
    }

    /// Aborts the connection at once, without a Close; the first cause given is the one that is
    /// kept.
    pub fn abort(&self, cause: AbortCause) {
        self.0.abort(cause);
    }

    /// Whether a Close was asked for or the connection is over: nothing more is sent.
    pub fn is_closed(&self) -> bool {
        self.0.queue.is_closed()
    }

    /// Whether our Close has been written, or is being written, or the connection is over.
    pub fn has_sent_close(&self) -> bool {
        self.0.state() > State::Open
    }

    /// Whether all that was offered has been written.
    pub fn is_caught_up(&self) -> bool {
        self.0.queue.is_empty()
    }

    /// Messages and bytes that wait in the queue now.
    pub fn queued(&self) -> (usize, usize) {
        self.0.queue.depth()
    }

    /// The most messages that ever waited at once.
    pub fn high_water(&self) -> usize {
        self.0.queue.high_water()
    }

    /// Notes that messages for this client were dropped.
    pub fn count_dropped(&self, messages: usize) {
        self.0.queue.count_dropped(messages);
    }

    /// Messages for this client that were dropped.
    pub fn dropped(&self) -> u64 {
        self.0.queue.dropped()
    }

    /// What has been received and sent so far, by kind, up to the present read and the present
    /// write. Does not wait.
    pub fn tallies(&self) -> (Tally, Tally) {
        (self.0.received.read(), self.0.sent.read())
    }

    /// Whether a thread writes what others send to this client, or is about to.
    pub fn has_writer(&self) -> bool {
        self.0.queue.has_writer()
    }
}
