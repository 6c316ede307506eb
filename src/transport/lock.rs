//! A mutex for values that are valid after every statement that touches them.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
}
