//! The reader's loop over one open connection: read, decode, handle each event, write.
//!
//! A session owns what only the reader needs: the receiver and the timers are plain values in it.
//! Only the write side knows the state of the closing handshake; the session asks it. The session
//! reads the clock and passes the time on; a read's timeout is the time to its next deadline.

mod ending;
mod events;
mod incoming;
pub(super) mod opened;
mod reading;
mod settings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cause::CloseCause;
use super::memory::{MemoryBudget, Reservation};
use super::outbox::Outbox;
use super::sender::Sender;
use super::story::Story;
use super::tally::Tally;
use super::watch::{Seen, Watch};
use super::wire::Wire;
use crate::protocol::{CloseCode, CloseFrame, MinRate, Pace, Receiver, State, Timers};
use crate::transport::ReadHalf;

pub use incoming::Incoming;
pub use settings::SessionSettings;

/// One open connection, as the thread that reads it sees it.
#[derive(Debug)]
pub struct Session {
    wire: Arc<Wire>,
    read: ReadHalf,
    receiver: Receiver,
    timers: Timers,
    min_rate: Option<MinRate>,
    /// Its reservation of a budget for arriving messages; `None`: it needs none.
    memory: Option<Reservation>,
    /// The rate limit of the peer's messages, if there is one.
    pace: Option<Pace>,
    /// The peer has sent as much as it may for now, so this end does not read from it.
    held_back: bool,
    outbox: Outbox,
    /// Received in this read.
    received: Tally,
    /// Nothing has been read yet: the 101 has to be sent, and bytes may have arrived with the
    /// handshake.
    fresh: bool,
    story: Story,
}

impl Session {
    /// Shows every frame, in both directions, from here on.
    pub fn watch(&mut self, watch: Watch) {
        let shown = watch.clone();
        self.receiver
            .watch(move |frame| shown.show(Seen::In(frame)));
        let _ = self.wire.watch.set(watch); // an error: watched already
    }

    /// Shows messages in pieces as they arrive, from the next message on; see
    /// [`Receiver::stream_fragments`].
    pub fn stream_fragments(&mut self, on: bool) {
        self.receiver.stream_fragments(on);
        // A streamed message may arrive at any rate, since its source may be slow.
        self.timers.set_min_rate(self.min_rate.filter(|_| !on));
    }

    /// Takes the memory for long messages from `budget`. Where that has none left for 5 s, the
    /// connection is closed with 1013. A connection that is given no budget takes what it needs,
    /// within its [limits](crate::protocol::Limits). To be called before the first message is read.
    pub fn limit_memory(&mut self, budget: &MemoryBudget) {
        self.memory = budget.limit_bytes().map(|_| budget.reservation());
        if let (Some(deflate), true) = (self.wire.deflate, self.memory.is_some()) {
            let inflater = deflate.inflater_within(budget.reservation());
            self.receiver.accept_compressed(inflater);
        }
    }

    /// The answers of this connection's own thread.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// A sender for other threads. What the session's own thread sends by it, and by the
    /// outbox, does not keep its order: [`Outbox::sender`] gives a sender for that.
    pub fn sender(&self) -> Sender {
        self.outbox.foreign_sender()
    }

    /// Runs the connection until it has ended, and returns how it ended.
    pub fn run(&mut self, mut app: impl FnMut(Incoming<'_>, &mut Outbox)) -> CloseCause {
        loop {
            if let Some(cause) = self.turn(Duration::MAX, &mut app) {
                return cause;
            }
        }
    }

    /// Reads once, waiting for `timeout` at most; shows `app` each event that came of it (a
    /// ping has been answered by then) and writes what `app` and the protocol answer.
    ///
    /// `None`: the connection goes on. Once it has ended, the cause, and nothing else happens.
    pub fn turn(
        &mut self,
        timeout: Duration,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) -> Option<CloseCause> {
        if std::mem::take(&mut self.fresh) {
            if self.wire.state() == State::Handshaking {
                drop(self.wire.flush()); // the 101; a failure shows in the next read
            }
            self.dispatch(0, app); // what came behind the peer's head
        } else {
            self.outbox.flush();
            let now = Instant::now();
            if self.held_back {
                self.timers.heard(now); // more of it may be waiting
            }
            let wait = self.keep_time(now).min(timeout);
            match self.wire.state().reads_frames() {
                true if self.held_back => self.hold_back(wait, now, app),
                true => self.read_once(wait, app),
                false => {}
            }
        }
        self.outbox.flush();
        (self.wire.state() == State::Closed).then(|| self.cause())
    }
}

/// A session that is dropped while it is open says so with a Close 1001, without waiting.
impl Drop for Session {
    fn drop(&mut self) {
        let frame = CloseFrame::new(CloseCode::GOING_AWAY, "");
        self.wire.leave(&frame);
        self.wire.end();
    }
}
