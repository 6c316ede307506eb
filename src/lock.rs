//! A mutex for values that are valid after every statement that touches them.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// Between two attempts of a wait that has a deadline.
const FIRST_INTERVAL: Duration = Duration::from_micros(50);
const LONGEST_INTERVAL: Duration = Duration::from_millis(5);

/// A [`Mutex`] that goes on after a panic of its holder: the panic is reported where it
/// happened, and one connection's fault never spreads through a lock to another.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value; `None` if another thread has it until `deadline`. It is asked for again and again,
    /// at ever longer intervals: for waits that are rare.
    pub(crate) fn lock_by(&self, deadline: Instant) -> Option<MutexGuard<'_, T>> {
        let mut interval = FIRST_INTERVAL;
        loop {
            if let Some(guard) = self.try_lock() {
                return Some(guard);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            thread::sleep(interval.min(left));
            interval = (interval * 2).min(LONGEST_INTERVAL);
        }
    }

    /// The value, unless another thread has it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
