//! What one publisher may have in progress in the hub. A publisher that has used up its budget
//! waits and reads no more from its socket, so TCP slows its client down; other publishers are not
//! affected.
//!
//! A message also needs room in the [`MemoryBudget`] that many publishers share. The hub counts
//! what waits for clients there, and it never waits itself, so a publisher reserves the room
//! beforehand.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::connection::{MEMORY_WAIT, MemoryBudget, Purpose, Reservation};
use crate::protocol::ProtocolError;

/// The most messages and bytes of one publisher that have left its reader and not yet reached the
/// members of its rooms. A longer message is published alone.
const MAX_MESSAGES: usize = 64;
const MAX_BYTES: usize = 64 << 10;

/// A message of fewer bytes reserves no memory: the hub counts it together with others. Such a
/// message waits only while no memory is left at all.
const RESERVED_BYTES: usize = 64 << 10;

/// Why a message was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishError {
    /// The hub's [memory](crate::hub::HubOptions::memory) had no room for it for 5 s. A server
    /// mostly closes the client that sent it, with
    /// [`CloseCode::TRY_AGAIN_LATER`](crate::protocol::CloseCode::TRY_AGAIN_LATER).
    OutOfMemory,
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => ProtocolError::OutOfMemory.fmt(f),
        }
    }
}

impl std::error::Error for PublishError {}

/// The most inputs of a [feed](super::Feed) that are in progress, and their bytes.
const FEED_INPUTS: usize = 16;
const FEED_BYTES: usize = 16 << 20;

/// One publisher's budget; clones share it. Dropping a [`Permit`] gives its part back.
#[derive(Debug, Clone)]
pub(super) struct PublishBudget(Arc<Shared>);

impl Default for PublishBudget {
    fn default() -> Self {
        Self::of(MAX_MESSAGES, MAX_BYTES)
    }
}

#[derive(Debug)]
struct Shared {
    max_messages: usize,
    max_bytes: usize,
    used: Mutex<Used>,
    freed: Condvar,
}

/// The messages and bytes in progress.
#[derive(Debug, Default)]
struct Used {
    messages: usize,
    bytes: usize,
    /// Threads that wait for a permit.
    waiting: usize,
}

impl Shared {
    fn has_room_for(&self, bytes: usize, used: &Used) -> bool {
        used.messages == 0
            || (used.messages < self.max_messages
                && used.bytes.saturating_add(bytes) <= self.max_bytes)
    }
}

/// The part of a budget that one message uses until it has been handed to its room's members.
#[derive(Debug)]
pub(super) struct Permit {
    budget: Arc<Shared>,
    bytes: usize,
    /// Memory for a long message, or for one that is held back.
    memory: Option<Reservation>,
}

impl PublishBudget {
    fn of(max_messages: usize, max_bytes: usize) -> Self {
        Self(Arc::new(Shared {
            max_messages,
            max_bytes,
            used: Mutex::default(),
            freed: Condvar::new(),
        }))
    }

    /// How many messages are under way.
    #[cfg(test)]
    pub(super) fn messages(&self) -> usize {
        self.0.lock().messages
    }

    /// The budget of a feed.
    pub(super) fn of_feed() -> Self {
        Self::of(FEED_INPUTS, FEED_BYTES)
    }

    /// Waits until the budget has room for a message, and returns the permit. The hub always makes
    /// progress, so this waits for the members of the publisher's own rooms only, and the hub
    /// bounds that wait. `memory` is what [`reserve`] returned for the message.
    pub(super) fn acquire(&self, bytes: usize, memory: Option<Reservation>) -> Permit {
        let mut used = self.0.lock();
        while !self.0.has_room_for(bytes, &used) {
            used.waiting += 1;
            let woken = self.0.freed.wait(used);
            used = woken.unwrap_or_else(PoisonError::into_inner);
            used.waiting -= 1;
        }
        used.messages += 1;
        used.bytes += bytes;
        Permit {
            budget: self.0.clone(),
            bytes,
            memory,
        }
    }
}

/// Reserves memory for a message; a short one needs none. Waits for a bounded time; the error means
/// that this time has passed.
pub(super) fn reserve(
    bytes: usize,
    memory: &MemoryBudget,
) -> Result<Option<Reservation>, PublishError> {
    let is_long = bytes >= RESERVED_BYTES;
    if !is_long && !memory.is_used_up() {
        return Ok(None);
    }
    let mut reserved = memory.reservation();
    match reserved.grow(bytes.max(1), Purpose::Waiting, MEMORY_WAIT) {
        true => Ok(is_long.then_some(reserved)),
        false => Err(PublishError::OutOfMemory),
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The message now waits outside the hub, so the hub counts its memory meanwhile.
    pub(super) fn hold(&mut self, memory: &MemoryBudget) {
        if self.memory.is_none() {
            self.memory = Some(memory.charge(self.bytes));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut used = self.budget.lock();
        used.messages -= 1;
        used.bytes -= self.bytes;
        // Waiting threads are woken once half of the budget is free: waking them for each message
        // costs more than it gains.
        let Shared {
            max_messages,
            max_bytes,
            ..
        } = *self.budget;
        let half_is_free = used.messages <= max_messages / 2 && used.bytes <= max_bytes / 2;
        let wake = used.waiting > 0 && half_is_free;
        drop(used);
        if wake {
            self.budget.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_long_message_takes_memory_while_it_is_under_way_and_a_short_one_needs_some_left() {
        let memory = MemoryBudget::new(1 << 20);
        let short = reserve(RESERVED_BYTES - 1, &memory);
        assert!(matches!(short, Ok(None)));
        let long = reserve(RESERVED_BYTES, &memory).unwrap();
        let permit = PublishBudget::default().acquire(RESERVED_BYTES, long);
        assert_eq!(memory.used_bytes(), RESERVED_BYTES);
        drop(permit);
        assert_eq!(memory.used_bytes(), 0);
        let waiting = memory.charge(1 << 20);
        let refused = reserve(1, &memory);
        assert_eq!(refused.err(), Some(PublishError::OutOfMemory));
        drop(waiting);
        assert!(reserve(1, &memory).is_ok());
    }

    #[test]
    fn a_publisher_waits_for_what_it_has_under_way_and_goes_on_once_half_is_through() {
        let budget = PublishBudget::default();
        let permits: Vec<_> = (0..MAX_MESSAGES)
            .map(|_| budget.acquire(10, None))
            .collect();
        let waiter = budget.clone();
        let waits = thread::spawn(move || drop(waiter.acquire(10, None)));
        while budget.0.lock().waiting == 0 {
            thread::yield_now();
        }
        drop(permits);
        waits.join().unwrap();
        assert_eq!(budget.0.lock().messages, 0);
        assert_eq!(budget.0.lock().bytes, 0);
    }

    #[test]
    fn a_feed_has_a_larger_budget() {
        let feed = PublishBudget::of_feed();
        let has_room_for = |bytes| feed.0.has_room_for(bytes, &feed.0.lock());
        let _first = feed.acquire(1, None);
        assert!(has_room_for(FEED_BYTES - 1) && !has_room_for(FEED_BYTES));
        let _more: Vec<_> = (1..FEED_INPUTS).map(|_| feed.acquire(0, None)).collect();
        assert!(!has_room_for(0));
    }

    #[test]
    fn a_message_of_any_size_goes_alone() {
        let budget = PublishBudget::default();
        let huge = budget.acquire(16 << 20, None);
        let has_room_for = |bytes| budget.0.has_room_for(bytes, &budget.0.lock());
        assert!(!has_room_for(0) && !has_room_for(usize::MAX));
        drop(huge);
        assert!(has_room_for(usize::MAX));
    }
}
