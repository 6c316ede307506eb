//! A client without a connection, for tests: what it was offered waits until it reads.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use super::outlet::Outlet;
use crate::connection::{Batch, Offer};
use crate::protocol::{CloseFrame, Event, Limits, Receiver, Role};

#[derive(Debug, Clone, Default)]
pub(super) struct Fake(Rc<RefCell<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// Messages that may wait; 0: any number.
    room: usize,
    waiting: Vec<String>,
    since: Option<Instant>,
    closed: Option<CloseFrame>,
    dropped: usize,
    given_up: bool,
    high_water: usize,
}

impl Fake {
    pub(super) fn with_room_for(messages: usize) -> Self {
        let fake = Self::default();
        fake.0.borrow_mut().room = messages;
        fake
    }

    /// Takes all that waits.
    pub(super) fn read(&self) -> Vec<String> {
        let mut inner = self.0.borrow_mut();
        inner.since = None;
        std::mem::take(&mut inner.waiting)
    }

    /// The reason of the Close that it got.
    pub(super) fn closed(&self) -> Option<String> {
        let inner = self.0.borrow();
        inner.closed.as_ref().map(|frame| frame.reason().to_owned())
    }

    pub(super) fn dropped(&self) -> usize {
        self.0.borrow().dropped
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.0.borrow().given_up
    }
}

impl Outlet for Fake {
    fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        let mut inner = self.0.borrow_mut();
        let waiting = inner.waiting.len() + batch.messages();
        if inner.closed.is_some() {
            return Offer::Closed;
        }
        if inner.room > 0 && !inner.waiting.is_empty() && waiting > inner.room {
            return Offer::Full(inner.since.unwrap_or(now));
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
        self.0.borrow_mut().closed.get_or_insert(frame);
    }

    fn is_caught_up(&self) -> bool {
        self.0.borrow().waiting.is_empty()
    }

    fn count_dropped(&self, messages: usize) {
        self.0.borrow_mut().dropped += messages;
    }

    fn give_up(&self) {
        self.0.borrow_mut().given_up = true;
    }

    fn high_water(&self) -> usize {
        self.0.borrow().high_water
    }
}
