//! Mutexes of values that are valid after every statement that touches them.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic of an earlier holder, which has been reported where it happened.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
