//! One bound on the memory that many connections use for unfinished messages and for messages that
//! wait for clients.
//!
//! What a connection needs for small messages is not counted: a read within [`FREE_BYTES`] needs no
//! reservation. For a longer message, memory is reserved before its buffer grows. Reserving waits,
//! for a bounded time, until others give memory back; if that fails, the caller closes the
//! connection.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::machine;

/// The memory that one connection may use for arriving messages without a reservation.
pub(super) const FREE_BYTES: usize = 64 << 10;

/// How long a reservation that exceeds a budget waits at most.
pub(crate) const MEMORY_WAIT: Duration = Duration::from_secs(5);

/// The budget where the system does not say how much memory there is.
const UNKNOWN_MACHINE_BYTES: usize = 1 << 30;

/// A bound on the memory for unfinished messages and for messages that wait for clients, of all
/// connections that it is given to; clones are the same budget.
///
/// A server has one of its own ([`Builder::memory`](crate::server::Builder::memory)); given to a
/// hub as well ([`HubOptions::memory`](crate::hub::HubOptions)), it covers what waits in the
/// hub's rooms. Unfinished messages get three quarters of it at most, so that slow senders of long
/// messages cannot hold up everybody else's short ones. A connection's first 64 KiB are not
/// counted, and a message that is longer than the budget goes alone.
///
/// Budgets are equal if they are the same one. The default has no bound.
#[derive(Clone, Default)]
pub struct MemoryBudget(Arc<Shared>);

struct Shared {
    /// `usize::MAX`: there is no bound.
    limit: usize,
    used: AtomicUsize,
    /// Threads that wait for memory; changed only while `gate` is held.
    waiting: AtomicUsize,
    gate: Mutex<()>,
    freed: Condvar,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            used: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            gate: Mutex::new(()),
            freed: Condvar::new(),
        }
    }
}

/// What a reservation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A message that is arriving.
    Unfinished,
    /// Messages that wait for clients.
    Waiting,
}

impl MemoryBudget {
    /// A budget of this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Shared {
            limit: bytes,
            ..Shared::default()
        }))
    }

    /// A budget of a quarter of the memory that this process may use: the machine's, or its
    /// control group's where that is less. 1 GiB where the system does not say, as on Windows.
    #[must_use]
    pub fn quarter_of_machine() -> Self {
        let quarter = |bytes: u64| usize::try_from(bytes / 4).unwrap_or(usize::MAX);
        Self::new(machine::memory_bytes().map_or(UNKNOWN_MACHINE_BYTES, quarter))
    }

    /// The bound in bytes; `None`: there is none.
    #[must_use]
    pub fn limit_bytes(&self) -> Option<usize> {
        (self.0.limit != usize::MAX).then_some(self.0.limit)
    }

    /// How many bytes are in use.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.0.used.load(SeqCst)
    }

    /// A reservation of nothing yet; it can grow.
    pub(crate) fn reservation(&self) -> Reservation {
        Reservation {
            budget: self.clone(),
            bytes: 0,
        }
    }

    /// Counts memory that is in use already, whether there is room or not.
    pub(crate) fn charge(&self, bytes: usize) -> Reservation {
        self.0.used.fetch_add(bytes, SeqCst);
        Reservation {
            budget: self.clone(),
            bytes,
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_used_up(&self) -> bool {
        self.used_bytes() >= self.0.limit
    }
}

impl PartialEq for MemoryBudget {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for MemoryBudget {}

impl fmt::Debug for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBudget")
            .field("limit_bytes", &self.limit_bytes())
            .field("used_bytes", &self.used_bytes())
            .finish()
    }
}

impl Shared {
    /// The most that all reservations of this purpose may use together.
    fn share(&self, purpose: Purpose) -> usize {
        match purpose {
            Purpose::Unfinished => self.limit - self.limit / 4,
            Purpose::Waiting => self.limit,
        }
    }

    /// Takes `more` bytes for a caller that holds `held` already, if there is room.
    fn take(&self, more: usize, held: usize, purpose: Purpose) -> bool {
        let room = |used: usize| {
            let wanted = used.saturating_add(more);
            let alone = used <= held;
            (alone || wanted <= self.share(purpose)).then_some(wanted)
        };
        self.used.fetch_update(SeqCst, SeqCst, room).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.used.fetch_sub(bytes, SeqCst);
        // A waiting thread has counted itself before its last look at `used`.
        if self.waiting.load(SeqCst) > 0 {
            let _gate = self.lock();
            self.freed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a budget; dropping it gives it back.
pub(crate) struct Reservation {
    budget: MemoryBudget,
    bytes: usize,
}

impl Reservation {
    /// The size of the reservation.
    pub(crate) fn reserved_bytes(&self) -> usize {
        self.bytes
    }

    /// Enlarges the reservation to `bytes`; waits for room, for `wait` at most. Returns false if
    /// there was none; then its size is unchanged.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize, purpose: Purpose, wait: Duration) -> bool {
        let shared = &*self.budget.0;
        let more = bytes.saturating_sub(self.bytes);
        let mut taken = shared.take(more, self.bytes, purpose);
        if !taken && !wait.is_zero() {
            let deadline = Instant::now() + wait;
            let mut gate = shared.lock();
            shared.waiting.fetch_add(1, SeqCst);
            loop {
                taken = shared.take(more, self.bytes, purpose);
                let left = deadline.saturating_duration_since(Instant::now());
                if taken || left.is_zero() {
                    break;
                }
                let woken = shared.freed.wait_timeout(gate, left);
                gate = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
            shared.waiting.fetch_sub(1, SeqCst);
        }
        if taken {
            self.bytes += more;
        }
        taken
    }

    /// Gives back what is over `bytes`.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        if bytes < self.bytes {
            let over = self.bytes - bytes;
            self.bytes = bytes;
            self.budget.0.give_back(over);
        }
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reservation({} bytes)", self.bytes)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Purpose::*;
    use std::thread;

    const NO_WAIT: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn unfinished_messages_get_three_quarters_and_what_waits_gets_the_rest() {
        let budget = MemoryBudget::new(400);
        let (mut a, mut b) = (budget.reservation(), budget.reservation());
        assert!(a.grow(200, Unfinished, NO_WAIT));
        assert!(b.grow(100, Unfinished, NO_WAIT));
        assert!(!b.grow(101, Unfinished, NO_WAIT));
        assert_eq!((budget.used_bytes(), b.reserved_bytes()), (300, 100));
        let mut waiting = budget.reservation();
        assert!(waiting.grow(100, Waiting, NO_WAIT));
        assert!(budget.is_used_up());
        a.shrink(50);
        assert!(!budget.is_used_up());
        drop((a, b, waiting));
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn what_is_longer_than_the_budget_goes_alone() {
        let budget = MemoryBudget::new(100);
        let (mut a, mut b) = (budget.reservation(), budget.reservation());
        assert!(a.grow(1000, Unfinished, NO_WAIT));
        assert!(a.grow(2000, Unfinished, NO_WAIT), "it is alone still");
        assert!(!b.grow(1, Waiting, NO_WAIT));
        drop(a);
        assert!(b.grow(1000, Waiting, NO_WAIT));
    }

    #[test]
    fn what_is_charged_may_pass_the_bound() {
        let budget = MemoryBudget::new(100);
        let charged = budget.charge(150);
        assert!(budget.is_used_up());
        assert!(!budget.reservation().grow(1, Waiting, NO_WAIT));
        drop(charged);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn who_waits_goes_on_when_memory_comes_back() {
        let budget = MemoryBudget::new(100);
        let mut held = budget.reservation();
        assert!(held.grow(100, Waiting, NO_WAIT));
        let shared = budget.clone();
        let waits = thread::spawn(move || shared.reservation().grow(60, Unfinished, LONG));
        while budget.0.waiting.load(SeqCst) == 0 {
            thread::yield_now();
        }
        held.shrink(10);
        assert!(waits.join().unwrap());
        assert_eq!(budget.used_bytes(), 10);
    }

    #[test]
    fn without_a_bound_there_is_always_room() {
        let budget = MemoryBudget::default();
        assert_eq!(budget.limit_bytes(), None);
        let mut one = budget.reservation();
        assert!(one.grow(usize::MAX / 4, Unfinished, NO_WAIT));
        assert!(budget.reservation().grow(1, Waiting, NO_WAIT));
        assert!(MemoryBudget::quarter_of_machine().limit_bytes() > Some(0));
    }
}
