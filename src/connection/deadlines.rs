//! Deadlines that no thread of a connection watches: one thread watches them for all connections of
//! the process. It is started for the first deadline and ends soon after the last.
//!
//! A Close that is sent on behalf of others has such a deadline: the connection's own thread may be
//! blocked in a read, and one thread for each client that waits for its peer's Close would be too
//! many.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long the thread waits for a next deadline before it ends.
const WAIT_TIME: Duration = Duration::from_secs(2);

type Work = Box<dyn FnOnce() + Send>;

/// Names a deadline: its time, and a number of its owner's that tells it from others.
pub(super) type Key = (Instant, u64);

/// Deadlines, and the thread that keeps them.
#[derive(Default)]
struct Deadlines {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pending: BTreeMap<Key, Work>,
    is_running: bool,
}

static DEADLINES: Deadlines = Deadlines {
    state: Mutex::new(State {
        pending: BTreeMap::new(),
        is_running: false,
    }),
    changed: Condvar::new(),
};

/// Runs `work` at the time of `key`, unless it is [forgotten](forget) before. `work` must not
/// wait.
///
/// # Errors
///
/// The thread that watches the time could not be started.
pub(super) fn keep(key: Key, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut state = DEADLINES.lock();
    if !state.is_running {
        // There is one such thread for the whole process, and it does not count as a client's.
        thread::Builder::new()
            .name("deadlines".into())
            .stack_size(128 << 10)
            .spawn(|| DEADLINES.run())?;
        state.is_running = true;
    }
    let is_first = (state.pending.first_key_value()).is_none_or(|(first, _)| key < *first);
    state.pending.insert(key, Box::new(work));
    drop(state);
    if is_first {
        DEADLINES.changed.notify_one();
    }
    Ok(())
}

/// The work of `key` is no longer to be done, if it has not been done yet.
pub(super) fn forget(key: Key) {
    DEADLINES.lock().pending.remove(&key);
}

impl Deadlines {
    fn run(&self) {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let wait = match state.pending.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let work = first.remove();
                    drop(state);
                    work();
                    state = self.lock();
                    continue;
                }
                Some(first) => first.key().0 - now,
                None => WAIT_TIME,
            };
            let was_empty = state.pending.is_empty();
            let (kept, waited) =
                (self.changed.wait_timeout(state, wait)).unwrap_or_else(PoisonError::into_inner);
            state = kept;
            if was_empty && state.pending.is_empty() && waited.timed_out() {
                state.is_running = false;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn what_is_due_is_done_in_time_order_and_what_is_forgotten_is_not() {
        let (tell, told) = mpsc::channel();
        let now = Instant::now();
        let due = |number| now + Duration::from_millis(number);
        for number in [30, 10, 20, 40] {
            let tell = tell.clone();
            keep((due(number), number), move || {
                tell.send(number).unwrap();
            })
            .unwrap();
        }
        forget((due(20), 20));
        forget((due(20), 21)); // unknown
        drop(tell);
        assert_eq!(told.iter().collect::<Vec<_>>(), [10, 30, 40]);
    }
}
