//! What one publisher may have under way in the hub. A publisher past this waits, reads no
//! more from its socket, and so its client feels it through TCP; others do not.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Messages and bytes of one publisher between its reader and its rooms' members. A message
/// of more bytes than that goes alone.
const MESSAGES: usize = 64;
const BYTES: usize = 64 << 10;

/// One publisher's account. It is balanced again by the [`Spent`] parts as they are dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct Credit(Arc<Account>);

#[derive(Debug, Default)]
struct Account {
    spent: Mutex<Totals>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Totals {
    messages: usize,
    bytes: usize,
    waiting: usize,
}

impl Totals {
    fn has_room_for(&self, bytes: usize) -> bool {
        self.messages == 0 || (self.messages < MESSAGES && self.bytes + bytes <= BYTES)
    }
}

/// The credit that one message holds until it has been handed to its room's members.
#[derive(Debug)]
pub(super) struct Spent {
    account: Arc<Account>,
    bytes: usize,
}

impl Credit {
    /// Takes credit for a message; waits until there is enough. The hub always goes on, so the
    /// wait is that for the members of the publisher's own rooms, which the hub bounds.
    pub(super) fn spend(&self, bytes: usize) -> Spent {
        let mut spent = self.0.lock();
        while !spent.has_room_for(bytes) {
            spent.waiting += 1;
            let woken = self.0.freed.wait(spent);
            spent = woken.unwrap_or_else(PoisonError::into_inner);
            spent.waiting -= 1;
        }
        spent.messages += 1;
        spent.bytes += bytes;
        Spent {
            account: self.0.clone(),
            bytes,
        }
    }
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        let mut spent = self.account.lock();
        spent.messages -= 1;
        spent.bytes -= self.bytes;
        // Who waits is woken once half is free: to wake for each message is work for nothing.
        let half_is_free = spent.messages <= MESSAGES / 2 && spent.bytes <= BYTES / 2;
        let wake = spent.waiting > 0 && half_is_free;
        drop(spent);
        if wake {
            self.account.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_publisher_waits_for_what_it_has_under_way_and_goes_on_once_half_is_through() {
        let credit = Credit::default();
        let spent: Vec<_> = (0..MESSAGES).map(|_| credit.spend(10)).collect();
        let waiter = credit.clone();
        let waits = thread::spawn(move || drop(waiter.spend(10)));
        while credit.0.lock().waiting == 0 {
            thread::yield_now();
        }
        drop(spent);
        waits.join().unwrap();
        assert_eq!(credit.0.lock().messages, 0);
        assert_eq!(credit.0.lock().bytes, 0);
    }

    #[test]
    fn a_message_of_any_size_goes_alone() {
        let credit = Credit::default();
        let huge = credit.spend(16 << 20);
        assert!(!credit.0.lock().has_room_for(0));
        drop(huge);
        assert!(credit.0.lock().has_room_for(usize::MAX));
    }
}
