//! The threads that write what other threads send to connections.
//!
//! A connection for which there is no thread waits in line for one. What is sent to it stays in its
//! bounded queue; when that is full, a hub treats the client as slow. A thread that starts or wakes
//! takes the first connection of the line. Before it writes, it starts or wakes another thread if
//! the line is not empty then, so a peer that blocks one thread does not hold up the line. A thread
//! that has written everything for its connection takes the next one of the line. When the line is
//! empty, it waits at its connection for more, unless very many threads do that already. So the
//! first broadcast to many silent clients needs few threads, and clients that are often written to
//! have one each.
//!
//! Where the process may have no more threads, a peer that holds up its writer for long while
//! others wait in line is disconnected: it keeps all the others from being served.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
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

/// A writer thread needs little stack: at most it encrypts, and calls write.
const STACK_BYTES: usize = if cfg!(windows) { 512 << 10 } else { 128 << 10 };

/// How long a thread without a connection waits for the next one.
const WAIT_TIME: Duration = Duration::from_secs(1);

/// While connections wait in line: how long a peer may block one write, and how often that is
/// checked. A hub waits somewhat longer before it treats the clients in line as slow.
const MOST_HELD_UP: Duration = Duration::from_secs(2);
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Connections in line that have ended meanwhile are removed when the line has this length, and
/// then whenever it has grown by this much beyond twice its length after the last removal.
const FIRST_TIDYING: usize = 1024;

/// The writer threads of the process.
#[derive(Debug, Default)]
struct Writers {
    state: Mutex<State>,
    job_added: Condvar,
    /// The length of the line when the lock was last given back, to be read without the lock.
    in_line: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    /// Connections that wait for a thread.
    line: VecDeque<Weak<Wire>>,
    /// The length of the line after ended connections were removed last.
    tidied: usize,
    /// Threads that wait for a connection.
    spare: usize,
    /// Threads that have been started and have not begun to run.
    starting: usize,
    /// Connections that have a thread.
    served: HashMap<ConnectionId, Weak<Wire>>,
    /// A check of the line, and of the connections that block their writer, is scheduled.
    is_looking: bool,
}

static WRITERS: LazyLock<Writers> = LazyLock::new(Writers::default);

/// Has a thread write what waits for this connection as soon as a thread is free. The connection's
/// queue ensures that it does not ask again before that thread has left it.
pub(super) fn start(wire: &Arc<Wire>) {
    let mut state = WRITERS.lock();
    state.wait_in_line(wire);
    WRITERS.serve_line(state);
}

/// Has the queued Close written on a connection without a writer: at once if that needs no waiting,
/// otherwise by a writer thread.
pub(super) fn close(wire: &Arc<Wire>) {
    match wire.close_at_once() {
        true => wire.queue.writer_left(),
        false => start(wire),
    }
}

impl State {
    fn wait_in_line(&mut self, wire: &Arc<Wire>) {
        if self.line.len() >= 2 * self.tidied + FIRST_TIDYING {
            self.tidy();
        }
        self.line.push_back(Arc::downgrade(wire));
    }

    fn tidy(&mut self) {
        self.line.retain(|waits| waits.strong_count() > 0);
        self.tidied = self.line.len();
    }

    /// Takes the first connection of the line that still exists.
    fn take_next(&mut self) -> Option<Arc<Wire>> {
        while let Some(next) = self.line.pop_front() {
            if let Some(wire) = next.upgrade() {
                self.served.insert(wire.id, next);
                return Some(wire);
            }
        }
        None
    }
}

impl Writers {
    /// Ensures that a thread comes to serve the line: a waiting one, one that is starting, or a new
    /// one.
    fn serve_line(&'static self, mut state: MutexGuard<'_, State>) {
        self.in_line.store(state.line.len(), Relaxed);
        if state.line.is_empty() || state.starting > 0 {
            return; // a thread that begins to run comes here again
        }
        if state.spare >= state.line.len() {
            drop(state);
            self.job_added.notify_one();
            return;
        }
        // This happens under the lock, and so does giving a permit back: a connection that finds no
        // permit is in line before the thread that gives one back checks the line for the last
        // time.
        let Some(permit) = Permit::for_share(Share::Writers) else {
            return self.have_none(state);
        };
        state.starting += 1;
        drop(state);
        let started = thread::Builder::new()
            .name("writer".into())
            .stack_size(STACK_BYTES)
            .spawn(move || self.run(permit));
        if started.is_err() {
            // The system allows fewer threads than it reported.
            let mut state = self.lock();
            state.starting -= 1;
            self.have_none(state);
        }
    }

    fn run(&'static self, mut permit: Permit) {
        let mut state = self.lock();
        state.starting -= 1;
        let mut next = state.take_next();
        self.serve_line(state);
        loop {
            let mut done = None;
            if let Some(wire) = next {
                self.write_all_for(&wire);
                done = Some(wire.id);
            }
            match self.next(done, permit) {
                Some((wire, kept)) => (next, permit) = (Some(wire), kept),
                None => return,
            }
        }
    }

    /// The next connection to serve, after `done`. `None`: none came for a while, and the permit
    /// has been given back.
    fn next(
        &'static self,
        done: Option<ConnectionId>,
        permit: Permit,
    ) -> Option<(Arc<Wire>, Permit)> {
        let mut state = self.lock();
        if let Some(done) = done {
            state.served.remove(&done);
        }
        let deadline = Instant::now() + WAIT_TIME;
        let mut has_waited = false;
        loop {
            if let Some(wire) = state.take_next() {
                match has_waited {
                    // Like a thread that begins to run: it may be blocked by this connection.
                    true => self.serve_line(state),
                    false => self.in_line.store(state.line.len(), Relaxed),
                }
                return Some((wire, permit));
            }
            self.in_line.store(0, Relaxed);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(permit); // while the line is known to be empty
                return None;
            }
            state.spare += 1;
            let waited = self.job_added.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.spare -= 1;
            has_waited = true;
        }
    }

    /// No thread can be started: the connections in line wait for one that becomes free.
    fn have_none(&'static self, mut state: MutexGuard<'_, State>) {
        if !std::mem::replace(&mut state.is_looking, true) {
            drop(state);
            log::warn!("writers: all writer threads are in use; other clients wait");
            self.look_later();
        }
    }

    fn look_later(&'static self) {
        let key = (Instant::now() + LOOK_INTERVAL, 0); // connections count from 1
        if deadlines::keep(key, || self.look()).is_err() {
            self.lock().is_looking = false; // the next one that waits in line tries again
        }
    }

    /// Disconnects clients that block their writer while others wait in line.
    fn look(&'static self) {
        let mut state = self.lock();
        state.tidy();
        if state.line.is_empty() {
            state.is_looking = false;
            return;
        }
        let served: Vec<_> = state.served.values().filter_map(Weak::upgrade).collect();
        self.serve_line(state);
        let now = Instant::now();
        let holds_up = |since: Instant| now.saturating_duration_since(since) >= MOST_HELD_UP;
        for wire in served {
            if wire.queue.held_up_since().is_some_and(holds_up) {
                log::warn!(
                    "slow id={} why=\"it is disconnected: other clients wait for its writer \
                     thread\"",
                    wire.id
                );
                wire.abort(AbortCause::HoldsWriter);
            }
        }
        self.look_later();
    }

    /// Writes what waits for one connection until nothing more is to be written, or until serving
    /// others is better.
    fn write_all_for(&self, wire: &Arc<Wire>) {
        loop {
            match wire.flush() {
                Ok(()) => {}
                // Another thread wrote the queued Close; or there is no room to write it.
                Err(SendError::Closed) => {}
                Err(_) => return wire.queue.writer_left(),
            }
            match wire.queue.wait(|| self.may_wait()) {
                Work::Write => {}
                Work::Leave => return,
            }
        }
    }

    /// Whether a thread may stay parked at its connection.
    fn may_wait(&self) -> Option<Idle> {
        match self.in_line.load(Relaxed) {
            0 => Idle::begin(),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
