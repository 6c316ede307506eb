//! The end of a connection on its write side: the one Close that is sent, what is sent before it,
//! and how long all that may take.

use std::io::IoSlice;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::cause::AbortCause;
use super::super::deadlines;
use super::super::error::SendError;
use super::super::queue::Taken;
use super::super::tally::Tally;
use super::{Wire, WriteSide};
use crate::protocol::{CloseFrame, Input, Opcode, State, Step};
use crate::transport::WriteHalf;

/// How long writing a Close may block that is sent while its connection is dropped.
const LEAVING_TIME: Duration = Duration::from_millis(1);

/// How fast a peer has to read what is queued before a Close, in addition to the close timeout.
const LEAST_BYTES_PER_SECOND: usize = 64 << 10;

/// A Close to be sent, and the answers that are sent before it.
struct Closing<'a> {
    answers: &'a [u8],
    tally: Tally,
    frame: &'a CloseFrame,
    /// The deadline for writing them.
    deadline: Instant,
}

impl<'a> Closing<'a> {
    fn of(frame: &'a CloseFrame, deadline: Instant) -> Self {
        Self {
            answers: &[],
            tally: Tally::default(),
            frame,
            deadline,
        }
    }
}

impl Wire {
    /// Closes: applies the input to the state table, and sends `frame` if the table says so. Before
    /// our own Close, everything that waits is sent; before an answer to the peer's Close or fault,
    /// only the collected answers, including `answers`.
    ///
    /// A peer that reads too slowly delays this for the close timeout; then the connection is
    /// aborted.
    pub(in crate::connection) fn close(
        &self,
        input: Input,
        frame: &CloseFrame,
        (answers, tally): (&[u8], Tally),
    ) -> Step {
        self.queue.stop_intake();
        self.is_closing.store(true, Relaxed);
        let deadline = Instant::now() + self.close_timeout;
        let mut side = self.side_to_close(!answers.is_empty(), deadline);
        let mut taken = match (side.fragmented, input) {
            (Some(_), _) => Taken::default(), // no other data may stand between the fragments
            (None, Input::LocalClose) => self.queue.take(Vec::new()),
            (None, _) => self.queue.take_answers(),
        };
        let (answers, tally) = match side.fragmented {
            Some(_) => (&[][..], Tally::default()),
            None => (answers, tally),
        };
        let own = Closing {
            answers,
            tally,
            frame,
            deadline,
        };
        self.write_close(&mut side, &mut taken, input, own)
    }

    /// Sends a Close if that can be done at once; the answer is not awaited.
    pub(in crate::connection) fn leave(&self, frame: &CloseFrame) {
        self.queue.stop_intake();
        if !self.state().may_send() {
            return;
        }
        let Some(mut side) = self.side.try_lock() else {
            return; // a writer is busy: the peer is not reading
        };
        let mut taken = self.queue.take_answers();
        let own = Closing::of(frame, Instant::now() + LEAVING_TIME);
        self.write_close(&mut side, &mut taken, Input::LocalClose, own);
    }

    /// Writes the queued Close, and what waits before it, if no thread is writing and there is room
    /// for it. Returns false if something is left to be written.
    pub(in crate::connection) fn close_at_once(self: &Arc<Self>) -> bool {
        let Some(mut side) = self.side.try_lock() else {
            return false;
        };
        let side = &mut *side;
        let is_free = side.fragmented.is_none();
        if !is_free || !side.half.as_ref().is_some_and(WriteHalf::can_write_now) {
            return false;
        }
        let mut taken = self.queue.take(std::mem::take(&mut side.list));
        let Some(frame) = taken.close.take() else {
            side.list = self.queue.written(&mut taken);
            return true; // another thread has written it
        };
        if !self
            .feed_close(side, Input::LocalClose, &frame)
            .sends_close()
        {
            side.list = self.queue.written(&mut taken);
            return true;
        }
        let head_bytes = side.first.len();
        let mut bytes = std::mem::take(&mut side.first);
        (taken.frames.iter())
            .for_each(|frames| bytes.extend_from_slice(frames.bytes(self.deflate)));
        let payload = frame.encode();
        (side.encoder).frame((true, Opcode::Close), &payload, &mut bytes);
        if let Some(watch) = self.watch.get() {
            watch.show_opening(&bytes[..head_bytes]);
            watch.show_written(&[IoSlice::new(&bytes[head_bytes..])], self.deflate);
        }
        self.sent.add(&taken.tally);
        side.list = self.queue.written(&mut taken);
        self.keep_close_time(side);
        match side.half.as_mut().map(|half| half.write_now(&bytes)) {
            Some(Ok(written)) => side.first = bytes.split_off(written),
            Some(Err(error)) => self.write_failed(&error, None),
            None => {}
        }
        side.first.is_empty()
    }

    /// Writes the Close that was queued, after what was taken.
    #[inline(never)]
    pub(super) fn close_behind(
        self: &Arc<Self>,
        side: &mut WriteSide,
        taken: &mut Taken,
        frame: &CloseFrame,
    ) {
        // A peer that reads, however slowly, also receives what is queued before the Close.
        let time = taken.bytes().div_ceil(LEAST_BYTES_PER_SECOND) as u64;
        let time = self.close_timeout + Duration::from_secs(time);
        let closing = Closing::of(frame, Instant::now() + time);
        self.write_close(side, taken, Input::LocalClose, closing);
        self.keep_close_time(side);
    }

    /// Locks the write side for a Close, waiting for another thread's write until `deadline`.
    /// Collected answers are sent before the Close, so this may also wait, as long, for the end of
    /// a fragmented message.
    fn side_to_close(&self, has_answers: bool, deadline: Instant) -> MutexGuard<'_, WriteSide> {
        let mut side = self.side.lock_by(deadline).unwrap_or_else(|| {
            self.abort(AbortCause::CloseBlocked);
            self.side.lock() // the abort has ended the other thread's write
        });
        while side.fragmented.is_some() && (has_answers || self.queue.has_answers()) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.fragments_end.wait_timeout(side, left);
            side = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        side
    }

    /// Applies the input to the state table, and writes what was taken and the Close if the table
    /// says so.
    fn write_close(
        &self,
        side: &mut WriteSide,
        taken: &mut Taken,
        input: Input,
        closing: Closing<'_>,
    ) -> Step {
        let Closing {
            answers,
            tally,
            frame,
            deadline,
        } = closing;
        let queued = taken.close.take(); // it came first
        let frame = queued.as_ref().unwrap_or(frame);
        let step = self.feed_close(side, input, frame);
        // A failed write has aborted the connection: the next read returns the error.
        let _: Result<(), SendError> = if step.sends_close() {
            let mut bytes = Vec::new();
            let payload = frame.encode();
            (side.encoder).frame((true, Opcode::Close), &payload, &mut bytes);
            self.put(side, taken, &[answers, &bytes], (&tally, Some(deadline)))
        } else {
            side.list = self.queue.written(taken);
            self.write_rest(side, deadline)
        };
        step
    }

    /// Applies the input that ends the connection to the state table; keeps our Close if one is to
    /// be sent.
    fn feed_close(&self, side: &mut WriteSide, input: Input, frame: &CloseFrame) -> Step {
        if side.life.state() == State::Handshaking {
            self.feed(side, Input::Upgraded);
        }
        let step = self.feed(side, input);
        if step.sends_close() {
            let deadline = Instant::now() + self.close_timeout;
            side.close = Some(Box::new((frame.clone(), deadline)));
        }
        step
    }

    /// Registers the deadline for the peer's Close, since the connection's own thread may be
    /// blocked in a read.
    pub(super) fn keep_close_time(self: &Arc<Self>, side: &WriteSide) {
        if side.life.state() != State::CloseSent {
            return;
        }
        if let Some((_, deadline)) = side.close.as_deref() {
            let wire = Arc::downgrade(self);
            let kept = deadlines::keep((*deadline, self.id.number()), move || {
                if let Some(wire) = wire.upgrade()
                    && wire.state() == State::CloseSent
                {
                    wire.abort(AbortCause::CloseTimeout);
                }
            });
            if kept.is_err() {
                self.abort(AbortCause::NoThread);
            }
        }
    }

    /// Writes the rest of a Close for which there was no room at once, if there is one.
    pub(super) fn write_rest(
        &self,
        side: &mut WriteSide,
        deadline: Instant,
    ) -> Result<(), SendError> {
        match side.first.is_empty() {
            true => Ok(()),
            false => {
                let own = (&Tally::default(), Some(deadline));
                self.put(side, &mut Taken::default(), &[], own)
            }
        }
    }
}
