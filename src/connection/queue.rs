//! What waits for one client to take it: counted in messages and bytes, bounded in both, and
//! handed to the connection's writer thread all at once.
//!
//! One mutex, held for a few instructions, and a wake-up only for a writer that sleeps: a
//! batch that joins others costs no system call. It is measurably less work than a channel
//! beside atomic counters, and it counts exactly.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::encoder::Batch;
use crate::protocol::CloseFrame;

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
    /// The queue has no room. Nothing has been taken from it since that time, though there was
    /// something to take: a client that only has much to do has taken something a moment ago.
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
    /// The session is over: leave.
    Leave,
}

/// The queue of one connection.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batches: Vec<Arc<Batch>>,
    /// What was offered and is not yet written, the batches being written included.
    messages: usize,
    bytes: usize,
    /// Since when nothing was taken though there was something to take.
    waiting_since: Option<Instant>,
    close: Option<CloseFrame>,
    closed: bool,
    ended: bool,
    /// The writer waits for work, and nobody has woken it.
    sleeping: bool,
    high_water: usize,
    dropped: u64,
}

impl Queue {
    /// Queues `batch`, if the limits allow. An empty queue takes any batch: a message longer
    /// than `limits.bytes` could not be sent at all otherwise.
    pub(super) fn offer(&self, batch: &Arc<Batch>, limits: QueueLimits, now: Instant) -> Offer {
        let mut state = self.lock();
        if state.closed {
            return Offer::Closed;
        }
        let messages = state.messages + batch.messages();
        let bytes = state.bytes + batch.bytes().len();
        if state.messages > 0 && (messages > limits.messages || bytes > limits.bytes) {
            return Offer::Full(state.waiting_since.unwrap_or(now));
        }
        state.messages = messages;
        state.bytes = bytes;
        state.high_water = state.high_water.max(messages);
        state.waiting_since.get_or_insert(now);
        state.batches.push(batch.clone());
        self.wake(state);
        Offer::Queued
    }

    /// Queues a Close behind all else; false if the queue was closed before.
    pub(super) fn close(&self, frame: CloseFrame) -> bool {
        let mut state = self.lock();
        let first = !state.closed;
        if first {
            state.closed = true;
            state.close = Some(frame);
            self.wake(state);
        }
        first
    }

    /// Takes no further offers; what is queued may still be written.
    pub(super) fn refuse(&self) {
        self.lock().closed = true;
    }

    /// The session is over: the writer leaves.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.ended = true;
        state.batches = Vec::new();
        self.wake(state);
    }

    /// The writer's turn: `written`, which it took before, is through and is cleared; waits for
    /// more and puts all of it there.
    pub(super) fn next(&self, written: &mut Vec<Arc<Batch>>) -> Work {
        // What a batch frees when it is dropped is not the lock's business.
        let (messages, bytes) = totals(written);
        written.clear();
        let mut state = self.lock();
        state.messages -= messages;
        state.bytes -= bytes;
        state.waiting_since = None;
        loop {
            if state.ended {
                return Work::Leave;
            }
            let close = state.close.take();
            if !state.batches.is_empty() || close.is_some() {
                std::mem::swap(written, &mut state.batches);
                state.waiting_since = Some(Instant::now());
                return close.map_or(Work::Write, Work::WriteAndClose);
            }
            state.sleeping = true;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleeping = false;
        }
    }

    /// Waits until the session is over; false at the timeout.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state.sleeping = true;
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().messages == 0
    }

    /// Messages and bytes that wait now.
    pub(super) fn depth(&self) -> (usize, usize) {
        let state = self.lock();
        (state.messages, state.bytes)
    }

    pub(super) fn high_water(&self) -> usize {
        self.lock().high_water
    }

    pub(super) fn count_dropped(&self, messages: usize) {
        self.lock().dropped += messages as u64;
    }

    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Wakes the writer if it sleeps, after the lock is free again: it needs it at once.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let sleeping = std::mem::take(&mut state.sleeping);
        drop(state);
        if sleeping {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn totals(batches: &[Arc<Batch>]) -> (usize, usize) {
    batches.iter().fold((0, 0), |(messages, bytes), batch| {
        (messages + batch.messages(), bytes + batch.bytes().len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{CloseCode, Message};

    const LIMITS: QueueLimits = QueueLimits {
        messages: 3,
        bytes: 100,
    };

    fn batch(message: Message<'_>) -> Arc<Batch> {
        Arc::new(Batch::of(message))
    }

    #[test]
    fn takes_what_fits_and_counts_what_waits_until_it_is_written() {
        let now = Instant::now();
        let small = batch(Message::Text("twenty bytes, headed")); // 22 on the wire
        let large = batch(Message::Binary(&[0; 60])); // 62 on the wire
        let queue = Queue::default();
        let offer = |batch| queue.offer(batch, LIMITS, now);
        assert_eq!([offer(&small), offer(&small)], [Offer::Queued; 2]);
        assert_eq!(offer(&large), Offer::Full(now), "106 bytes");
        assert_eq!(offer(&small), Offer::Queued);
        assert_eq!(offer(&small), Offer::Full(now), "four messages");
        let mut taken = Vec::new();
        assert_eq!(queue.next(&mut taken), Work::Write);
        assert_eq!(taken.len(), 3);
        assert!(matches!(offer(&small), Offer::Full(since) if since >= now));
        assert!(!queue.is_empty(), "taken is not written");
        queue.close(CloseFrame::EMPTY);
        assert_eq!(
            queue.next(&mut taken),
            Work::WriteAndClose(CloseFrame::EMPTY)
        );
        assert!(queue.is_empty());
        assert_eq!(queue.high_water(), 3);
    }

    #[test]
    fn an_empty_queue_takes_a_message_of_any_size() {
        let now = Instant::now();
        let queue = Queue::default();
        let huge = batch(Message::Binary(&[0; 5000]));
        assert_eq!(queue.offer(&huge, LIMITS, now), Offer::Queued);
        let empty = batch(Message::Text(""));
        assert_eq!(queue.offer(&empty, LIMITS, now), Offer::Full(now));
    }

    #[test]
    fn a_full_queue_tells_since_when_nothing_was_taken() {
        let start = Instant::now();
        let later = start + Duration::from_secs(1);
        let queue = Queue::default();
        let small = batch(Message::Text("x"));
        for _ in 0..3 {
            assert_eq!(queue.offer(&small, LIMITS, start), Offer::Queued);
        }
        assert_eq!(queue.offer(&small, LIMITS, later), Offer::Full(start));
    }

    #[test]
    fn a_close_goes_behind_what_is_queued_and_nothing_behind_it() {
        let now = Instant::now();
        let queue = Queue::default();
        let small = batch(Message::Text("x"));
        let bye = CloseFrame::new(CloseCode::NORMAL, "bye");
        assert_eq!(queue.offer(&small, LIMITS, now), Offer::Queued);
        assert!(queue.close(bye.clone()));
        assert!(!queue.close(CloseFrame::EMPTY), "only the first counts");
        assert_eq!(queue.offer(&small, LIMITS, now), Offer::Closed);
        let mut taken = Vec::new();
        assert_eq!(queue.next(&mut taken), Work::WriteAndClose(bye));
        assert_eq!(taken.len(), 1);
        queue.end();
        assert_eq!(queue.next(&mut taken), Work::Leave);
    }
}
