//! Compressors and inflaters that are used for one message and given back. A pool has no more of
//! them in use at the same time than the machine has processors, and keeps no more than that.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Condvar, PoisonError};
use std::thread;
use std::time::Duration;

use crate::lock::Lock;

/// A thread waits at most this long for another one to finish its message; then it continues with a
/// compressor or inflater of its own. The other thread only computes, so this bound is hardly ever
/// reached.
const TURN_TIMEOUT: Duration = Duration::from_secs(1);

/// Compressors or inflaters of one type, by kind.
pub(super) struct Pool<K, T> {
    state: Lock<Option<State<K, T>>>,
    returned: Condvar,
}

struct State<K, T> {
    idle: HashMap<K, Vec<T>>,
    kept: usize,
    at_work: usize,
    most: usize,
}

impl<K: Eq + Hash, T> Pool<K, T> {
    pub(super) const fn new() -> Self {
        Self {
            state: Lock::new(None),
            returned: Condvar::new(),
        }
    }

    /// Lends one for work that this thread does at once, without waiting for anybody.
    pub(super) fn with<R>(
        &self,
        kind: K,
        make: impl FnOnce() -> T,
        work: impl FnOnce(&mut T) -> R,
    ) -> R
    where
        K: Clone,
    {
        let turn = self.begin();
        let mut tool = self.take(&kind).unwrap_or_else(make);
        let result = work(&mut tool);
        self.give_back(kind, tool);
        drop(turn);
        result
    }

    /// Takes one from the pool, if there is one, for work that waits for a peer in between; it does
    /// not count as in use.
    pub(super) fn take(&self, kind: &K) -> Option<T> {
        let mut state = self.state.lock();
        state.as_mut().and_then(|state| state.take(kind))
    }

    /// Gives back what [`Pool::take`] returned, or what was made in its place.
    pub(super) fn give_back(&self, kind: K, tool: T) {
        let mut state = self.state.lock();
        let state = state.get_or_insert_with(State::new);
        if state.kept < state.most {
            state.kept += 1;
            state.idle.entry(kind).or_default().push(tool);
        }
    }

    /// Waits for permission to work; it is released when the returned value is dropped, also after
    /// a panic.
    fn begin(&self) -> Turn<'_, K, T> {
        let mut state = self.state.lock();
        let full = |state: &mut Option<State<K, T>>| {
            let state = state.get_or_insert_with(State::new);
            state.at_work >= state.most
        };
        if full(&mut state) {
            let waited = self.returned.wait_timeout_while(state, TURN_TIMEOUT, full);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let state = state.get_or_insert_with(State::new);
        state.at_work += 1;
        Turn(self)
    }
}

/// A thread's permission to work.
struct Turn<'a, K, T>(&'a Pool<K, T>);

impl<K, T> Drop for Turn<'_, K, T> {
    fn drop(&mut self) {
        if let Some(state) = &mut *self.0.state.lock() {
            state.at_work -= 1;
        }
        self.0.returned.notify_one();
    }
}

impl<K: Eq + Hash, T> State<K, T> {
    fn new() -> Self {
        Self {
            idle: HashMap::new(),
            kept: 0,
            at_work: 0,
            most: 2 * thread::available_parallelism().map_or(2, usize::from),
        }
    }

    fn take(&mut self, kind: &K) -> Option<T> {
        let tool = self.idle.get_mut(kind)?.pop()?;
        self.kept -= 1;
        Some(tool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_used_again_by_kind_and_no_more_are_kept_than_can_be_at_work() {
        let pool = Pool::new();
        let mut made = 0;
        for kind in ["a", "b", "a", "b"] {
            pool.with(
                kind,
                || {
                    made += 1;
                    kind
                },
                |tool| assert_eq!(*tool, kind),
            );
        }
        assert_eq!(made, 2);
        assert_eq!(pool.take(&"a"), Some("a"));
        assert_eq!(pool.take(&"a"), None);
        let panics = || pool.with("a", || "a", |_| panic!("a fault of the tool"));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics));
        assert!(panicked.is_err());
        for _ in 0..1000 {
            pool.give_back("a", "a");
        }
        let state = pool.state.lock();
        let state = state.as_ref().unwrap();
        assert_eq!((state.kept, state.at_work), (state.most, 0));
    }
}
