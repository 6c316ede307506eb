//! A client without a connection, for tests: it keeps what it was offered until it reads.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use super::member::Member;
use crate::connection::{Batch, ConnectionId, Offer};
use crate::protocol::{CloseFrame, Event, Limits, Receiver, Role};

#[derive(Debug, Clone)]
pub(super) struct Fake {
    connection: ConnectionId,
    inner: Rc<RefCell<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Messages that may wait; 0: any number.
    room: usize,
    waiting: Vec<String>,
    since: Option<Instant>,
    closed: Option<CloseFrame>,
    dropped: usize,
    aborted: bool,
    high_water: usize,
}

impl Fake {
    /// A client with room for any number of messages.
    pub(super) fn new() -> Self {
        Self::with_room_for(0)
    }

    pub(super) fn with_room_for(messages: usize) -> Self {
        let inner = Inner {
            room: messages,
            ..Inner::default()
        };
        Self {
            connection: ConnectionId::next(),
            inner: Rc::new(RefCell::new(inner)),
        }
    }

    /// Takes all waiting messages.
    pub(super) fn read(&self) -> Vec<String> {
        let mut inner = self.inner.borrow_mut();
        inner.since = None;
        std::mem::take(&mut inner.waiting)
    }

    /// The reason of the Close that it got.
    pub(super) fn closed(&self) -> Option<String> {
        let inner = self.inner.borrow();
        inner.closed.as_ref().map(|frame| frame.reason().to_owned())
    }

    pub(super) fn dropped(&self) -> usize {
        self.inner.borrow().dropped
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.inner.borrow().aborted
    }
}

impl Member for Fake {
    fn connection(&self) -> ConnectionId {
        self.connection
    }

    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        let mut inner = self.inner.borrow_mut();
        let waiting = inner.waiting.len() + batch.messages();
        if inner.closed.is_some() {
            return Offer::Closed;
        }
        if inner.room > 0 && !inner.waiting.is_empty() && waiting > inner.room {
            return Offer::Full {
                since: inner.since.unwrap_or(now),
            };
        }
        inner.since.get_or_insert(now);
        inner.high_water = inner.high_water.max(waiting);
        let mut receiver = Receiver::new(Role::Client, Limits::default());
        receiver.feed(batch.bytes());
        while let Some(event) = receiver.next_event().unwrap() {
            let Event::Text(text) = event else {
                panic!("{event:?}")
            };
            inner.waiting.push(text.to_owned());
        }
        assert_eq!(inner.waiting.len(), waiting, "a batch knows its messages");
        Offer::Queued
    }

    fn close(&self, frame: CloseFrame) {
        self.inner.borrow_mut().closed.get_or_insert(frame);
    }

    fn is_caught_up(&self) -> bool {
        self.inner.borrow().waiting.is_empty()
    }

    fn count_dropped(&self, messages: usize) {
        self.inner.borrow_mut().dropped += messages;
    }

    fn abort_unless_closed(&self) {
        self.inner.borrow_mut().aborted = true;
    }

    fn high_water(&self) -> usize {
        self.inner.borrow().high_water
    }
}
