//! Reading from the peer, and the waits in place of a read.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::super::cause::AbortCause;
use super::super::memory::{FREE_BYTES, MEMORY_WAIT, Purpose, Reservation};
use super::super::outbox::Outbox;
use super::{Incoming, Session};
use crate::protocol::{Input, ProtocolError};
use crate::transport::{ReadOutcome, TlsFault};

/// A connection that keeps more memory than this for its next messages gives it back after
/// [`REST_TIME`] of silence. One that keeps less does so with its next ping: waking up for it
/// would cost more than it brings.
const KEPT_BYTES: usize = 16 << 10;
const REST_TIME: Duration = Duration::from_secs(1);

/// A session that waits, for its peer's rate or for memory, checks this often whether its
/// connection still lives.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

impl Session {
    pub(super) fn read_once(
        &mut self,
        mut wait: Duration,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) {
        let reserved = self
            .memory
            .as_ref()
            .map_or(usize::MAX, Reservation::reserved_bytes);
        if self.receiver.buffer_bytes() + self.outbox.kept_bytes() > KEPT_BYTES {
            wait = wait.min(REST_TIME);
        }
        let read = match self
            .receiver
            .space_within(reserved.saturating_add(FREE_BYTES))
        {
            Ok(space) => self.read.read(space, wait),
            Err(needed) => return self.await_memory(needed),
        };
        match read {
            Ok(ReadOutcome::Data(bytes)) => {
                self.receiver.filled(bytes);
                self.timers.heard(Instant::now());
                self.dispatch(bytes, app);
            }
            Ok(ReadOutcome::TimedOut) => {
                self.receiver.rest();
                self.outbox.rest();
                self.return_memory();
                if self.wire.abort_cause().is_some() {
                    self.transport_ended();
                }
            }
            Ok(ReadOutcome::Eof) => self.transport_ended(),
            Err(error) => self.read_failed(&error),
        }
    }

    /// The buffer needs `needed` bytes for what is arriving: reserves them, or gives up.
    #[inline(never)]
    fn await_memory(&mut self, needed: usize) {
        let deadline = Instant::now() + MEMORY_WAIT;
        loop {
            let Some(memory) = &mut self.memory else {
                return;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LOOK_INTERVAL);
            if memory.grow(needed.saturating_sub(FREE_BYTES), Purpose::Unfinished, wait) {
                let now = Instant::now();
                self.timers.heard(now); // this end did not read meanwhile
                return self.timers.arriving(0, true, now);
            }
            if self.wire.abort_cause().is_some() {
                return self.transport_ended();
            }
            if left.is_zero() || !self.wire.state().may_send() {
                let (input, frame) = self.receiving_failed(ProtocolError::OutOfMemory);
                return self.feed(input, &frame);
            }
        }
    }

    /// Gives back memory that the buffer no longer uses.
    pub(super) fn return_memory(&mut self) {
        if let Some(memory) = &mut self.memory
            && memory.reserved_bytes() > 0
        {
            memory.shrink(self.receiver.buffer_bytes().saturating_sub(FREE_BYTES));
        }
    }

    /// The peer has exceeded its rate: waits until it may go on, or until the next check.
    #[inline(never)]
    pub(super) fn hold_back(
        &mut self,
        wait: Duration,
        now: Instant,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) {
        let next = self.pace.as_ref().map_or(now, |pace| pace.next(now));
        let pause = next.saturating_duration_since(now);
        thread::sleep(pause.min(wait).min(LOOK_INTERVAL));
        if self.wire.abort_cause().is_some() {
            return self.transport_ended();
        }
        self.dispatch(0, app);
    }

    #[inline(never)]
    fn read_failed(&mut self, error: &io::Error) {
        self.story.failure = Some((error.kind(), error.raw_os_error()));
        self.story.tls_fault = TlsFault::within(error).cloned();
        if (self.story.tls_fault.as_ref()).is_some_and(TlsFault::is_failure) {
            self.wire.abort(AbortCause::TlsFailed);
        }
        self.transport_ended();
    }

    /// TCP has ended: because this end has waited long enough, or because of the peer or the
    /// network.
    pub(super) fn transport_ended(&mut self) {
        self.wire.transport_ended(match self.wire.abort_cause() {
            Some(AbortCause::WriteFailed(_) | AbortCause::TlsFailed) | None => Input::TransportEnd,
            Some(_) => Input::Expired,
        });
    }
}
