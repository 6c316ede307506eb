//! What has arrived: shown to the application, counted and answered.

use std::time::Instant;

use super::super::encoder::opcode_of;
use super::super::outbox::Outbox;
use super::super::watch::{CompressedSeen, Seen};
use super::super::wire::Wire;
use super::{Incoming, Session};
use crate::protocol::{CloseFrame, CompressedForm, Event, Input, Message, Opcode, Role};

impl Session {
    /// Handles what has arrived, `bytes` of it in this read.
    pub(super) fn dispatch(
        &mut self,
        bytes: usize,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) {
        let end = self.take_events(app);
        self.return_memory();
        if self.timers.times_arrival() {
            if self.receiver.is_mid_message() && !self.held_back {
                let anew = self.received.data().messages > 0;
                self.timers.arriving(bytes, anew, Instant::now());
            } else {
                self.timers.arrived();
            }
        }
        let received = std::mem::take(&mut self.received);
        // The clock is read only if the time is used: that costs more than a small message.
        if self.timers.times_messages() && received.data().messages > 0 {
            self.timers.message(Instant::now());
        }
        self.wire.received.add(&received);
        if let Some((input, close)) = end {
            self.feed(input, &close);
        }
    }

    /// Shows `app` each event; returns what ends the connection, with the Close to send.
    fn take_events(
        &mut self,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) -> Option<(Input, CloseFrame)> {
        loop {
            let state = self.wire.state();
            if !state.reads_frames() {
                return None;
            }
            if let Some(pace) = &self.pace {
                let now = Instant::now();
                // After our Close nothing is shown to the application, and the peer's Close may be
                // near.
                self.held_back = state.may_send() && pace.next(now) > now;
                if self.held_back {
                    return None;
                }
            }
            let (event, form) = match self.receiver.next_arrived() {
                Ok(arrived) => arrived?,
                Err(why) => return Some(self.receiving_failed(why)),
            };
            let may_send = state.may_send();
            let incoming = match event {
                Event::Text(text) => {
                    self.received.count(Opcode::Text, text.len(), true);
                    Incoming::Message(Message::Text(text))
                }
                Event::Binary(bytes) => {
                    self.received.count(Opcode::Binary, bytes.len(), true);
                    Incoming::Message(Message::Binary(bytes))
                }
                Event::Ping(payload) => {
                    self.received.count(Opcode::Ping, payload.len(), true);
                    if may_send {
                        self.outbox.control(Opcode::Pong, payload);
                    }
                    Incoming::Ping(payload)
                }
                Event::Pong(payload) => {
                    self.received.count(Opcode::Pong, payload.len(), true);
                    let round_trip = self.timers.pong(payload, Instant::now());
                    Incoming::Pong {
                        payload,
                        round_trip,
                    }
                }
                Event::Fragment(fragment) => {
                    let bytes = fragment.payload.as_bytes().len();
                    (self.received).count(opcode_of(fragment.payload), bytes, fragment.last);
                    Incoming::Fragment(fragment)
                }
                Event::Close(frame) => {
                    let echo = frame.echo();
                    self.story.peer_close = Some(frame);
                    return Some((Input::PeerClose, echo));
                }
            };
            if let Some(form) = form {
                self.received
                    .count_compressed(form.inflated_bytes, form.compressed_bytes);
                came_compressed(&form, &incoming, &self.wire, &mut self.outbox);
            }
            if let Some(pace) = &mut self.pace
                && starts_message(&incoming)
            {
                let _: bool = pace.take(Instant::now()); // it may: that was asked above
            }
            // A server that has sent its Close wants no more messages; a client may still wait for
            // the answers to what it sent before its Close.
            if may_send || self.wire.role == Role::Client {
                app(incoming, &mut self.outbox);
            }
            if form.is_some() {
                self.outbox.forget_original();
            }
        }
    }
}

/// Shows how a compressed message came. Keeps its bytes while the application is shown it, if they
/// can be sent to others.
#[inline(never)]
fn came_compressed(
    form: &CompressedForm<'_>,
    incoming: &Incoming<'_>,
    wire: &Wire,
    outbox: &mut Outbox,
) {
    if let Some(watch) = wire.watch.get() {
        watch.show(Seen::InCompressed(CompressedSeen {
            compressed_bytes: form.compressed_bytes,
            inflated_bytes: form.inflated_bytes,
        }));
    }
    if let (Incoming::Message(message), Some(bytes)) = (incoming, form.reusable)
        && bytes.len() < message.as_bytes().len()
    {
        outbox.keep_original(*message, bytes);
    }
}

/// Whether this is a message, or the first piece of one.
fn starts_message(incoming: &Incoming<'_>) -> bool {
    match incoming {
        Incoming::Message(_) => true,
        Incoming::Fragment(fragment) => fragment.first,
        Incoming::Ping(_) | Incoming::Pong { .. } => false,
    }
}
