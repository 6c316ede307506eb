//! What waits to be written on one connection, in the order of the calls that sent it.
//!
//! ```text
//!   offers, Close ----> channel ----+
//!                                   +---> one write, by the thread that holds the write side
//!   own answers ------> gathered ---+
//! ```
//!
//! The channel carries what other threads send to the connection's writer. Beside it the
//! connection's own thread gathers the answers of one read. All that is in the channel is
//! older than what is gathered: an offer moves what was gathered before it into the channel.
//! So a thread that takes the channel first and the gathered answers then, takes everything in
//! the order of the calls.
//!
//! The channel itself has no bound, so that a Close always finds room in it; what may enter it
//! is bounded by the counts beside it, exactly. It takes memory as it fills, not before.
//!
//! A writer with nothing to do parks at once. The channel's own `recv` yields the processor
//! several times before it sleeps, in case something comes: with a thread for each client that
//! is most of a broadcast's cost. Where very many writers wait already, a writer leaves instead
//! (see [`Idle`]), and the next offer asks for another.

use std::sync::{Arc, MutexGuard, OnceLock};
use std::thread::{self, Thread};
use std::time::Instant;

use crossbeam_channel as channel;

use super::batch::Batch;
use super::compression::Deflate;
use super::idle::Idle;
use super::tally::Tally;
use crate::lock::Lock;
use crate::protocol::{CloseFrame, SettingError, check_count};

/// How much may wait for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages; default 256, at least 1.
    pub messages: usize,
    /// Bytes of frames; default 1 MiB, at least 1. A longer message goes alone.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            messages: 256,
            bytes: 1 << 20,
        }
    }
}

impl QueueLimits {
    /// Checks that something may wait at all.
    ///
    /// # Errors
    ///
    /// The setting that is zero.
    pub fn check(&self) -> Result<(), SettingError> {
        check_count("queue.messages", self.messages as u64)?;
        check_count("queue.bytes", self.bytes as u64)
    }
}

/// The result of an offer.
#[must_use = "an offer that was not queued is not sent"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It is queued.
    Queued,
    /// The queue has no room.
    Full {
        /// When the client began to block the present write; the present time if its writer has not
        /// run yet, which is not the client's fault.
        since: Instant,
    },
    /// The connection is closing or closed: nothing is sent any more.
    Closed,
}

/// The writer's next step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Write what waits.
    Write,
    /// Exit: nothing waits and nothing more will come, or very many writers are parked already.
    Leave,
}

/// An item of the channel.
#[derive(Debug)]
enum Item {
    /// Messages that were offered.
    Batch(Arc<Batch>),
    /// Answers that were collected before the next item was sent.
    Answers(Box<(Vec<u8>, Tally)>),
    /// The last item.
    Close(CloseFrame),
}

/// Whole frames that were taken out of the channel.
#[derive(Debug)]
pub(super) enum Frames {
    Shared(Arc<Batch>),
    Own(Vec<u8>),
}

impl Frames {
    pub(super) fn bytes(&self, deflate: Option<Deflate>) -> &[u8] {
        match self {
            Self::Shared(batch) => batch.bytes_for(deflate),
            Self::Own(bytes) => bytes,
        }
    }

    /// Counts the compressed ones, if they were not counted when they were made.
    pub(super) fn count_compressed(&self, deflate: Deflate, tally: &mut Tally) {
        if let Self::Shared(batch) = self {
            batch.count_compressed_for(deflate, tally);
        }
    }
}

/// Whether anything may be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Intake {
    #[default]
    Open,
    /// A Close is queued or sent: nothing may follow it.
    Closing,
    /// The session is over: the writer exits, and none is started any more.
    Ended,
}

/// The thread that writes what waits.
#[derive(Debug, Default)]
enum Writer {
    #[default]
    Absent,
    /// Running, or about to.
    Running,
    /// Parked, or about to.
    Asleep(Thread),
}

/// The longest list of frames whose memory is kept for the next time.
const KEPT_FRAMES: usize = 16;

type Ends = (channel::Sender<Item>, channel::Receiver<Item>);

/// The queue of one connection.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Made when it is first needed: an idle client has none.
    channel: OnceLock<Box<Ends>>,
    state: Lock<State>,
}

#[derive(Debug, Default)]
struct State {
    intake: Intake,
    writer: Writer,
    /// Whole frames of the connection's own thread; most connections never have any here.
    answers: Option<Box<(Vec<u8>, Tally)>>,
    /// The messages that were offered and are not written yet, including those that are being written.
    messages: usize,
    bytes: usize,
    /// The time since which what was taken last has been on its way.
    writing_since: Option<Instant>,
    high_water: usize,
    dropped: u64,
}

/// What was taken from the queue to be written.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// In the order of the calls.
    pub(super) frames: Vec<Frames>,
    /// The Close after the frames.
    pub(super) close: Option<CloseFrame>,
    /// The counts of all of it.
    pub(super) tally: Tally,
    messages: usize,
    bytes: usize,
}

impl Queue {
    /// Collects whole frames of the connection's own thread: `encode` appends them. Returns `None`
    /// once nothing may be sent any more.
    pub(super) fn answer<T>(
        &self,
        encode: impl FnOnce(&mut Vec<u8>, &mut Tally) -> T,
    ) -> Option<T> {
        let state = &mut *self.state.lock();
        if state.intake != Intake::Open {
            return None;
        }
        let (bytes, tally) = &mut **state.answers.get_or_insert_default();
        Some(encode(bytes, tally))
    }

    /// Whether there are collected answers that no thread has taken yet.
    pub(super) fn has_answers(&self) -> bool {
        self.state.lock().answers.is_some()
    }

    /// Queues `batch`, if the limits allow. An empty queue takes any batch: a message longer
    /// than `limits.bytes` could not be sent at all otherwise. `start` is called where a writer
    /// is to be started.
    pub(super) fn offer(
        &self,
        batch: &Arc<Batch>,
        limits: QueueLimits,
        now: Instant,
        start: impl FnOnce(),
    ) -> Offer {
        let mut state = self.state.lock();
        if state.intake != Intake::Open {
            return Offer::Closed;
        }
        let messages = state.messages + batch.messages();
        let bytes = state.bytes + batch.bytes().len();
        if state.messages > 0 && (messages > limits.messages || bytes > limits.bytes) {
            let since = state.writing_since.unwrap_or(now);
            return Offer::Full { since };
        }
        state.messages = messages;
        state.bytes = bytes;
        state.high_water = state.high_water.max(messages);
        self.send(Item::Batch(batch.clone()), state, start);
        Offer::Queued
    }

    /// Queues a Close after everything else, unless nothing may be queued any more. `start` is
    /// called if a writer has to be started.
    pub(super) fn close(&self, frame: CloseFrame, start: impl FnOnce()) {
        let mut state = self.state.lock();
        if state.intake == Intake::Open {
            state.intake = Intake::Closing;
            self.send(Item::Close(frame), state, start);
        }
    }

    /// Accepts nothing more; what waits may still be written.
    pub(super) fn stop_intake(&self) {
        let mut state = self.state.lock();
        if state.intake == Intake::Open {
            state.intake = Intake::Closing;
        }
    }

    /// The session is over: the writer exits, and none is started any more.
    pub(super) fn end(&self) {
        let mut state = self.state.lock();
        state.intake = Intake::Ended;
        state.answers = None;
        if let Writer::Asleep(thread) = &state.writer {
            thread.unpark();
        }
    }

    /// Takes all that waits, to be given back by [`Queue::written`]. `frames` is an empty
    /// vector whose memory is used.
    pub(super) fn take(&self, frames: Vec<Frames>) -> Taken {
        let mut taken = Taken {
            frames,
            ..Taken::default()
        };
        let mut state = self.state.lock();
        if let Some((_, items)) = self.channel.get().map(|ends| &**ends) {
            for item in items.try_iter() {
                match item {
                    Item::Batch(batch) => {
                        taken.messages += batch.messages();
                        taken.bytes += batch.bytes().len();
                        taken.tally.add(batch.tally());
                        taken.frames.push(Frames::Shared(batch));
                    }
                    Item::Answers(answers) => taken.add_answers(*answers),
                    Item::Close(frame) => taken.close = Some(frame),
                }
            }
            if taken.messages > 0 {
                state.writing_since = Some(Instant::now());
            }
        }
        if let Some(answers) = state.answers.take() {
            taken.add_answers(*answers);
        }
        taken
    }

    /// Takes the collected answers alone.
    pub(super) fn take_answers(&self) -> Taken {
        let mut taken = Taken::default();
        if let Some(answers) = self.state.lock().answers.take() {
            taken.add_answers(*answers);
        }
        taken
    }

    /// What was taken has been written, or never will be. This makes room for more, and returns the
    /// list with its memory for the next time.
    pub(super) fn written(&self, taken: &mut Taken) -> Vec<Frames> {
        if taken.messages > 0 {
            let mut state = self.state.lock();
            state.messages -= taken.messages;
            state.bytes -= taken.bytes;
            state.writing_since = None;
        }
        let mut frames = std::mem::take(&mut taken.frames);
        frames.clear();
        frames.shrink_to(KEPT_FRAMES);
        frames
    }

    /// Waits until the writer has something to do, if `may_wait` permits it. The writer exits once
    /// a Close was sent or the session is over.
    pub(super) fn wait(&self, may_wait: impl FnOnce() -> Option<Idle>) -> Work {
        let mut state = self.state.lock();
        let mut may_wait = Some(may_wait);
        let mut _idle = None;
        loop {
            state.writer = Writer::Absent;
            let is_empty = (self.channel.get()).is_none_or(|ends| ends.1.is_empty());
            match state.intake {
                Intake::Ended => return Work::Leave,
                _ if !is_empty => {
                    state.writer = Writer::Running;
                    return Work::Write;
                }
                Intake::Closing => return Work::Leave, // nothing comes behind a Close
                Intake::Open => {}
            }
            if let Some(may_wait) = may_wait.take() {
                _idle = may_wait();
                if _idle.is_none() {
                    return Work::Leave;
                }
            }
            state.writer = Writer::Asleep(thread::current());
            drop(state);
            thread::park();
            state = self.state.lock();
        }
    }

    /// The time since which what was taken last has been on its way, if it still is.
    pub(super) fn held_up_since(&self) -> Option<Instant> {
        self.state.lock().writing_since
    }

    /// The writer has exited without being told to.
    pub(super) fn writer_left(&self) {
        self.state.lock().writer = Writer::Absent;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().intake != Intake::Open
    }

    pub(super) fn has_writer(&self) -> bool {
        !matches!(self.state.lock().writer, Writer::Absent)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().messages == 0
    }

    /// Messages and bytes that wait now.
    pub(super) fn depth(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.messages, state.bytes)
    }

    pub(super) fn high_water(&self) -> usize {
        self.state.lock().high_water
    }

    pub(super) fn count_dropped(&self, messages: usize) {
        self.state.lock().dropped += messages as u64;
    }

    pub(super) fn dropped(&self) -> u64 {
        self.state.lock().dropped
    }

    /// Sends an item after the collected answers, with the state locked, so that no writer parks or
    /// exits in between; wakes the writer if it is parked.
    fn send(&self, item: Item, mut state: MutexGuard<'_, State>, start: impl FnOnce()) {
        let items = &self.ends().0;
        if let Some(answers) = state.answers.take() {
            // This cannot fail: the queue holds the channel's other end too.
            let _ = items.send(Item::Answers(answers));
        }
        let _ = items.send(item); // likewise
        let writer = std::mem::replace(&mut state.writer, Writer::Running);
        drop(state); // the writer that this wakes needs it at once
        match writer {
            Writer::Absent => start(),
            Writer::Running => {}
            Writer::Asleep(thread) => thread.unpark(),
        }
    }

    fn ends(&self) -> &Ends {
        self.channel.get_or_init(|| Box::new(channel::unbounded()))
    }
}

impl Taken {
    /// Bytes of frames that others sent.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn add_answers(&mut self, (bytes, tally): (Vec<u8>, Tally)) {
        self.tally.add(&tally);
        self.frames.push(Frames::Own(bytes));
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
