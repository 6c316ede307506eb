//! The threads that write what others send. There is one for each connection that has something
//! to be written, as long as the process may have so many threads.
//!
//! A thread that has written all for its connection waits there for more, or, where many wait
//! already, serves the next connection, as do those whose connection has ended. A connection for
//! which there is no thread waits in line for one: what is sent to it stays in its queue, which is
//! bounded, so that a hub treats it as a slow one when that is full. While connections wait in
//! line, a peer that holds up its writer for long is disconnected: it keeps all the others from
//! being served.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::cause::AbortCause;
use super::deadlines;
use super::error::SendError;
use super::id::ConnectionId;
use super::idle::Idle;
use super::queue::Work;
use super::wire::Wire;
use crate::system::{Permit, Share};

/// A writer thread needs little: it encrypts, perhaps, and calls write.
const STACK_BYTES: usize = if cfg!(windows) { 512 << 10 } else { 128 << 10 };

/// How long a thread without a connection waits for the next one.
const WAIT_TIME: Duration = Duration::from_secs(1);

/// While connections wait in line: how long a peer may hold up one write, and how often that is
/// looked at. A hub waits somewhat longer before it treats those in line as slow.
const MOST_HELD_UP: Duration = Duration::from_secs(2);
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Connections in line that have ended meanwhile are looked for when the line is this long, and
/// then when it is twice as long as it was after that, and so much more.
const FIRST_TIDYING: usize = 1024;

/// The writers of the process.
#[derive(Debug, Default)]
struct Writers {
    state: Mutex<State>,
    job_added: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Connections that wait for a thread.
    line: VecDeque<Weak<Wire>>,
    /// How long the line was after it was tidied last.
    tidied: usize,
    /// Threads that wait for a connection.
    spare: usize,
    /// Connections that have a thread.
    served: HashMap<ConnectionId, Weak<Wire>>,
    /// A look at the line, and at those that hold up their writer, is due.
    is_looking: bool,
}

static WRITERS: LazyLock<Writers> = LazyLock::new(Writers::default);

/// Has a thread write what waits for this connection, as soon as there is one. The connection's
/// queue sees to it that it does not ask again before that thread has left it.
pub(super) fn start(wire: &Arc<Wire>) {
    let mut state = WRITERS.lock();
    if state.spare > state.line.len() {
        state.line.push_back(Arc::downgrade(wire));
        drop(state);
        WRITERS.job_added.notify_one();
        return;
    }
    // Under the lock, as is the end of a permit: who finds none is in line before a thread that
    // gives one back looks there for the last time.
    match Permit::for_share(Share::Writers) {
        Some(permit) => WRITERS.spawn(state, wire, permit),
        None => WRITERS.wait_in_line(state, wire),
    }
}

/// Has the Close written that is queued on a connection without a writer: at once if that needs
/// no waiting, otherwise by a writer.
pub(super) fn close(wire: &Arc<Wire>) {
    match wire.close_at_once() {
        true => wire.queue.writer_left(),
        false => start(wire),
    }
}

impl Writers {
    fn spawn(&'static self, mut state: MutexGuard<'_, State>, wire: &Arc<Wire>, permit: Permit) {
        state.served.insert(wire.id, Arc::downgrade(wire));
        drop(state);
        let first = wire.clone();
        let started = thread::Builder::new()
            .name("writer".into())
            .stack_size(STACK_BYTES)
            .spawn(move || self.run(first, permit));
        if started.is_err() {
            // The system has fewer threads than it told.
            let mut state = self.lock();
            state.served.remove(&wire.id);
            self.wait_in_line(state, wire);
        }
    }

    fn run(&self, mut wire: Arc<Wire>, mut permit: Permit) {
        loop {
            write_all_for(&wire);
            let id = wire.id;
            drop(wire);
            match self.next(id, permit) {
                Some(next) => (wire, permit) = next,
                None => return,
            }
        }
    }

    /// The next connection to serve, after that of `done`. `None`: none has come for a while,
    /// and the permit is given back.
    fn next(&self, done: ConnectionId, permit: Permit) -> Option<(Arc<Wire>, Permit)> {
        let mut state = self.lock();
        state.served.remove(&done);
        let deadline = Instant::now() + WAIT_TIME;
        loop {
            while let Some(next) = state.line.pop_front() {
                if let Some(wire) = next.upgrade() {
                    state.served.insert(wire.id, next);
                    return Some((wire, permit));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(permit); // while the line is known to be empty
                return None;
            }
            state.spare += 1;
            let waited = self.job_added.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.spare -= 1;
        }
    }

    fn wait_in_line(&'static self, mut state: MutexGuard<'_, State>, wire: &Arc<Wire>) {
        if state.line.len() >= 2 * state.tidied + FIRST_TIDYING {
            state.line.retain(|waits| waits.strong_count() > 0);
            state.tidied = state.line.len();
        }
        state.line.push_back(Arc::downgrade(wire));
        if !std::mem::replace(&mut state.is_looking, true) {
            drop(state);
            log::warn!("writers: all threads that write to clients are taken; others wait");
            self.look_later();
        }
    }

    fn look_later(&'static self) {
        let key = (Instant::now() + LOOK_INTERVAL, 0); // connections count from 1
        if deadlines::keep(key, || self.look()).is_err() {
            self.lock().is_looking = false; // the next one that waits in line tries again
        }
    }

    /// Disconnects who holds up a writer while others wait in line.
    fn look(&'static self) {
        let mut state = self.lock();
        state.line.retain(|waits| waits.strong_count() > 0);
        let Some(first) = state.line.front().and_then(Weak::upgrade) else {
            state.is_looking = false;
            return;
        };
        let served: Vec<_> = state.served.values().filter_map(Weak::upgrade).collect();
        match Permit::for_share(Share::Writers) {
            Some(permit) => {
                state.line.pop_front();
                self.spawn(state, &first, permit);
            }
            None => drop(state),
        }
        let now = Instant::now();
        let holds_up = |since: Instant| now.saturating_duration_since(since) >= MOST_HELD_UP;
        for wire in served {
            if wire.queue.held_up_since().is_some_and(holds_up) {
                log::warn!(
                    "slow id={} why=\"it is cut: others wait for its writer\"",
                    wire.id
                );
                wire.abort(AbortCause::HoldsWriter);
            }
        }
        self.look_later();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what waits for one connection until nothing more is to be written, or until it is
/// better to serve others.
fn write_all_for(wire: &Arc<Wire>) {
    loop {
        match wire.flush() {
            Ok(()) => {}
            // Another thread wrote the Close that was queued; or it has no room to be written.
            Err(SendError::Closed) => {}
            Err(_) => return wire.queue.writer_left(),
        }
        match wire.queue.wait(Idle::begin) {
            Work::Write => {}
            Work::Leave => return,
        }
    }
}
