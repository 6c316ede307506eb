//! The step before a session.

use std::sync::Arc;
use std::time::Instant;

use super::super::id::ConnectionId;
use super::super::outbox::Outbox;
use super::super::sender::Sender;
use super::super::story::Story;
use super::super::tally::Tally;
use super::super::wire::Wire;
use super::{Session, SessionSettings};
use crate::protocol::{Pace, Receiver, Role, Timers};
use crate::transport::{ReadHalf, Stream};

/// An open connection whose session has not begun.
///
/// It is a step of its own to save stack, whose pages stay in memory once they were used: the stack
/// that [`Opened::over_stream`] needs is free again before the session takes its place.
#[derive(Debug)]
pub(crate) struct Opened {
    wire: Arc<Wire>,
    read: ReadHalf,
}

impl Opened {
    /// See [`Session::new`].
    #[inline(never)]
    pub(crate) fn over_stream(
        id: ConnectionId,
        role: Role,
        stream: Stream,
        response_head: Vec<u8>,
        settings: &SessionSettings,
    ) -> Self {
        let Stream {
            read,
            write,
            shutdown,
        } = stream;
        let wire = Wire::new(
            id,
            role,
            (write, shutdown),
            response_head,
            (settings.queue, settings.deflate()),
            settings.timeouts,
        );
        Self { wire, read }
    }

    /// See [`Session::sender`].
    pub(crate) fn opening_sender(&self) -> Sender {
        Sender(self.wire.clone())
    }

    /// Begins the session, with the settings that it was opened with.
    pub(crate) fn into_session(self, leftover: &[u8], settings: &SessionSettings) -> Session {
        let Self { wire, read } = self;
        let mut receiver = Receiver::new(wire.role, settings.limits);
        if let Some(deflate) = wire.deflate {
            receiver.accept_compressed(deflate.inflater());
        }
        receiver.feed(leftover);
        let now = Instant::now();
        let mut timers = Timers::new(settings.timeouts, now);
        timers.set_min_rate(settings.min_rate);
        Session {
            read,
            receiver,
            timers,
            min_rate: settings.min_rate,
            memory: None,
            pace: settings.max_rate.map(|rate| Pace::new(rate, now)),
            held_back: false,
            outbox: Outbox::new(wire.clone()),
            wire,
            received: Tally::default(),
            fresh: true,
            story: Story::default(),
        }
    }
}

impl Session {
    /// A session on a stream whose peer has asked for it or agreed to it. `leftover` is what came
    /// after the peer's head: frames already. `response_head` is what this end still has to say
    /// before any frame: a server's 101; empty for a client.
    pub fn new(
        id: ConnectionId,
        role: Role,
        stream: Stream,
        leftover: &[u8],
        response_head: Vec<u8>,
        settings: SessionSettings,
    ) -> Self {
        Opened::over_stream(id, role, stream, response_head, &settings)
            .into_session(leftover, &settings)
    }
}
