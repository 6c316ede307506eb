//! The deadlines, and the way to the end of the connection.

use std::time::{Duration, Instant};

use super::super::cause::{AbortCause, CloseCause};
use super::super::watch::Seen;
use super::Session;
use crate::protocol::{
    Action, CloseCode, CloseFrame, Expired, Input, Limits, Opcode, ProtocolError, Receiver, Role,
    State, Step,
};
use crate::transport::TlsFault;

/// How much is read and discarded, at most, before TCP is closed (RFC 6455 section 7.1.1).
const DRAIN_BYTES: usize = 64 << 20;

impl Session {
    pub(super) fn cause(&self) -> CloseCause {
        let middle = self.receiver.is_mid_message();
        (self.story).cause(&self.wire, &self.timers, middle, Instant::now())
    }

    /// Keeps why nothing more can be received, and returns the Close to send. A lack of memory is
    /// not the peer's fault.
    #[inline(never)]
    pub(super) fn receiving_failed(&mut self, why: ProtocolError) -> (Input, CloseFrame) {
        let input = match why {
            ProtocolError::OutOfMemory => {
                self.story.gave_up = Some(why);
                Input::GiveUp
            }
            _ => {
                self.story.fault = Some(why);
                if let Some(watch) = self.wire.watch.get() {
                    watch.show(Seen::Broken(&why));
                }
                Input::Fault
            }
        };
        (input, CloseFrame::new(why.close_code(), &why.to_string()))
    }

    /// Does what is due at `now`; returns the time until the next deadline.
    pub(super) fn keep_time(&mut self, now: Instant) -> Duration {
        loop {
            if self.wire.state() == State::CloseSent
                && let Some((_, deadline)) = self.wire.sent_close()
            {
                self.timers.close_sent(deadline); // whichever thread sent it
            }
            match self.timers.next_action(now) {
                Action::Wait(time) => return time,
                Action::SendPing(payload) => {
                    self.outbox.control(Opcode::Ping, &payload);
                    self.outbox.flush();
                }
                Action::Close(why) => {
                    let code = match why {
                        Expired::NoPong(_) => CloseCode::INTERNAL_ERROR,
                        Expired::Idle => CloseCode::GOING_AWAY,
                        Expired::TooSlow(_) => CloseCode::POLICY,
                    };
                    self.feed(Input::LocalClose, &CloseFrame::new(code, &why.to_string()));
                    if self.wire.state() == State::Open {
                        return Duration::ZERO; // the stream is gone: the next read says so
                    }
                }
                Action::Abort => {
                    self.wire.abort(AbortCause::CloseTimeout);
                    self.transport_ended();
                    return Duration::ZERO;
                }
            }
        }
    }

    /// Applies `input` to the state table and does what it says; `close` is the Close to send if
    /// one is due.
    pub(super) fn feed(&mut self, input: Input, close: &CloseFrame) {
        // What came whole before a fault is answered first.
        let step: Step = self.outbox.feed(input, close);
        if step.drains() {
            self.drain();
        }
    }

    /// Waits for the end of TCP: the server ends its direction first, then both wait for the
    /// other's end, so that no reset discards the Close (7.1.1).
    fn drain(&mut self) {
        self.wire.queue.end(); // nothing more is to be said: the writer leaves
        self.receiver = Receiver::new(self.wire.role, Limits::default()); // nothing more is read
        self.return_memory();
        if self.wire.role == Role::Server || self.story.fault.is_some() {
            self.wire.finish();
        }
        self.timers.draining(Instant::now());
        if let Action::Wait(time) = self.timers.next_action(Instant::now())
            && let Err(error) = self.read.discard(time, DRAIN_BYTES)
        {
            self.story.tls_fault = TlsFault::within(&error).cloned();
        }
        if self.wire.role == Role::Client {
            self.wire.finish(); // after the server's end, so that TLS ends on both sides
        }
        self.wire.transport_ended(Input::TransportEnd);
    }
}
