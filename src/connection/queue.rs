//! What waits for one client to take it: a channel to the connection's writer thread, counted
//! in messages and bytes, and bounded in both.
//!
//! The channel itself has no bound, so that a Close always finds room in it; what may enter it
//! is bounded by the counts beside it, exactly. It takes memory as it fills, not before.
//!
//! A writer with nothing to do parks at once. The channel's own `recv` gives the processor away
//! several times before it sleeps, in the hope that something comes: with a thread for each
//! client those hopes are most of a broadcast's cost. Where very many writers wait already, it
//! leaves instead (see [`Idle`]), and whoever queues something next has a new one started.

use std::sync::{Arc, MutexGuard, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::encoder::Batch;
use super::idle::Idle;
use crate::protocol::CloseFrame;
use crate::transport::Lock;

/// How much may wait for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages; default 256.
    pub messages: usize,
    /// Bytes of frames; default 1 MiB.
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

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It is queued.
    Queued,
    /// The queue has no room. The client has been holding up one write since that time; now,
    /// where the writer has not had its turn: that is this machine's business, not the client's.
    Full(Instant),
    /// The connection is closing or closed: nothing is sent any more.
    Closed,
}

/// What the writer is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Write the batches that were taken.
    Write,
    /// Write the batches that were taken, then a Close; nothing comes behind it.
    WriteAndClose(CloseFrame),
    /// The session is over, or nothing is queued and others wait already: leave.
    Leave,
}

/// What goes through the channel.
#[derive(Debug)]
enum Item {
    Batch(Arc<Batch>),
    Close(CloseFrame),
    /// The session is over.
    End,
}

type Ends = (channel::Sender<Item>, channel::Receiver<Item>);

/// The queue of one connection.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Made when it is first needed: an idle client has none.
    channel: OnceLock<Ends>,
    counts: Lock<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// What was offered and is not yet written, the batches being written included.
    messages: usize,
    bytes: usize,
    /// Since when the writer has been busy with what it took last.
    writing_since: Option<Instant>,
    /// Somebody takes what is queued, or is being started to. Nothing is queued once `closed`,
    /// so none is started then.
    has_writer: bool,
    /// The writer, while it sleeps or is about to.
    sleeper: Option<Thread>,
    closed: bool,
    ended: bool,
    high_water: usize,
    dropped: u64,
}

impl Queue {
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
        let mut counts = self.counts.lock();
        if counts.closed {
            return Offer::Closed;
        }
        let messages = counts.messages + batch.messages();
        let bytes = counts.bytes + batch.bytes().len();
        if counts.messages > 0 && (messages > limits.messages || bytes > limits.bytes) {
            return Offer::Full(counts.writing_since.unwrap_or(now));
        }
        counts.messages = messages;
        counts.bytes = bytes;
        counts.high_water = counts.high_water.max(messages);
        self.send(Item::Batch(batch.clone()), counts, start);
        Offer::Queued
    }

    /// Queues a Close behind all else; false if the queue was closed before. `start` is called
    /// where a writer is to be started.
    pub(super) fn close(&self, frame: CloseFrame, start: impl FnOnce()) -> bool {
        let mut counts = self.counts.lock();
        let first = !std::mem::replace(&mut counts.closed, true);
        if first {
            self.send(Item::Close(frame), counts, start);
        }
        first
    }

    /// Takes no further offers; what is queued may still be written.
    pub(super) fn refuse(&self) {
        self.counts.lock().closed = true;
    }

    /// The session is over: the writer leaves, and none is started any more.
    pub(super) fn end(&self) {
        let mut counts = self.counts.lock();
        counts.closed = true;
        counts.ended = true;
        if counts.has_writer {
            self.send(Item::End, counts, || {});
        }
    }

    /// The writer's turn: `written`, which it took before, is through and is cleared; waits for
    /// more, if `may_wait` lets it, and puts all that is queued there.
    pub(super) fn next(
        &self,
        written: &mut Vec<Arc<Batch>>,
        may_wait: impl FnOnce() -> Option<Idle>,
    ) -> Work {
        let (messages, bytes) = totals(written);
        written.clear();
        let items = &self.ends().1;
        let mut counts = self.counts.lock();
        counts.messages -= messages;
        counts.bytes -= bytes;
        counts.writing_since = None;
        // Both ends are held here: the channel is never found closed.
        let mut next = items.try_recv();
        let idle = next.is_err().then(may_wait);
        if matches!(idle, Some(None)) {
            counts.has_writer = false;
            return Work::Leave;
        }
        while next.is_err() {
            counts.sleeper = Some(thread::current());
            drop(counts);
            thread::park();
            counts = self.counts.lock();
            next = items.try_recv();
        }
        drop(idle);
        while let Ok(Item::Batch(batch)) = next {
            written.push(batch);
            next = items.try_recv();
        }
        counts.writing_since = Some(Instant::now());
        match next {
            _ if counts.ended => {
                counts.has_writer = false;
                Work::Leave
            }
            Ok(Item::Close(frame)) => Work::WriteAndClose(frame),
            _ => Work::Write,
        }
    }

    /// Waits until the session is over; false at the timeout.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        while let Ok(item) = self.ends().1.recv_deadline(deadline) {
            if matches!(item, Item::End) {
                return true;
            }
        }
        false
    }

    pub(super) fn is_closed(&self) -> bool {
        self.counts.lock().closed
    }

    pub(super) fn has_writer(&self) -> bool {
        self.counts.lock().has_writer
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts.lock().messages == 0
    }

    /// Messages and bytes that wait now.
    pub(super) fn depth(&self) -> (usize, usize) {
        let counts = self.counts.lock();
        (counts.messages, counts.bytes)
    }

    pub(super) fn high_water(&self) -> usize {
        self.counts.lock().high_water
    }

    pub(super) fn count_dropped(&self, messages: usize) {
        self.counts.lock().dropped += messages as u64;
    }

    pub(super) fn dropped(&self) -> u64 {
        self.counts.lock().dropped
    }

    /// Sends while the counts are held, so that no writer goes to sleep or leaves in between,
    /// and wakes it when they are not.
    fn send(&self, item: Item, mut counts: MutexGuard<'_, Counts>, start: impl FnOnce()) {
        // Never an error: this queue holds the channel's other end as well.
        let _ = self.ends().0.send(item);
        let sleeper = counts.sleeper.take();
        let is_absent = !std::mem::replace(&mut counts.has_writer, true);
        drop(counts); // the writer that this wakes needs it at once
        if let Some(sleeper) = sleeper {
            sleeper.unpark();
        }
        if is_absent {
            start();
        }
    }

    fn ends(&self) -> &Ends {
        self.channel.get_or_init(channel::unbounded)
    }
}

fn totals(batches: &[Arc<Batch>]) -> (usize, usize) {
    batches.iter().fold((0, 0), |(messages, bytes), batch| {
        (messages + batch.messages(), bytes + batch.bytes().len())
    })
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
