//! The connections of a server: counted, bounded, and reachable when the server stops.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::traffic::ServerTraffic;
use crate::connection::{AbortCause, ConnectionId, MemoryBudget, Sender};
use crate::protocol::{CloseCode, CloseFrame};
use crate::transport::ShutdownHandle;

/// Every connection of the server, from its accept to its end.
#[derive(Debug)]
pub(super) struct Connections {
    max: usize,
    /// Threads that accept connections.
    listeners: usize,
    /// The memory budget that their sessions share.
    memory: MemoryBudget,
    /// The stop has begun. Clients are told a little later, after the closures that run before
    /// that.
    is_stopping: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Clients are told that the server stops.
    stopping: bool,
    connections: HashMap<ConnectionId, Reach>,
    /// How many of them are there only to get 503.
    over_capacity: usize,
    /// What the connections that have ended sent and received.
    ended: ServerTraffic,
}

/// How a connection is reached from other threads.
#[derive(Debug)]
enum Reach {
    /// Accepted, its opening handshake not over.
    Opening(ShutdownHandle),
    /// Kept open after a plain answer, for a next request.
    Kept(ShutdownHandle),
    Open(Sender),
}

/// Keeps a connection among those of the server until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    connections: Arc<Connections>,
    pub(super) id: ConnectionId,
    /// The server is full or stopping: this connection gets 503.
    pub(super) is_over_capacity: bool,
}

/// Beyond the maximum of clients, this many connections at a time are accepted to get 503.
const MAX_OVER_CAPACITY: usize = 64;

/// The Close that every client of a stopping server gets.
fn stop_frame() -> CloseFrame {
    CloseFrame::new(CloseCode::GOING_AWAY, "server shutting down")
}

impl Connections {
    pub(super) fn new(max: usize, listeners: usize, memory: MemoryBudget) -> Self {
        Self {
            max,
            listeners,
            memory,
            is_stopping: AtomicBool::new(false),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Counts a connection; `None` when there are too many even to be refused one by one.
    pub(super) fn admit(self: &Arc<Self>, shutdown: ShutdownHandle) -> Option<ConnectionGuard> {
        let mut state = self.lock();
        let inside = state.connections.len() - state.over_capacity;
        let is_over_capacity = inside >= self.max || state.stopping;
        if is_over_capacity {
            if state.over_capacity >= MAX_OVER_CAPACITY {
                return None;
            }
            state.over_capacity += 1;
        }
        let id = ConnectionId::next();
        state.connections.insert(id, Reach::Opening(shutdown));
        Some(ConnectionGuard {
            connections: self.clone(),
            id,
            is_over_capacity,
        })
    }

    /// Begins the stop; returns false if it had begun before.
    pub(super) fn begin_stop(&self) -> bool {
        !self.is_stopping.swap(true, SeqCst)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Relaxed)
    }

    /// Tells every open client that the server stops; a client whose handshake is accepted later
    /// is told at once.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let mut open = Vec::new();
        for reach in state.connections.values() {
            match reach {
                Reach::Open(sender) => open.push(sender.clone()),
                Reach::Kept(shutdown) => shutdown.abort(),
                Reach::Opening(_) => {} // has a request, or a moment to send one
            }
        }
        drop(state); // nobody waits for all these writes
        self.changed.notify_all();
        for sender in open {
            sender.close(stop_frame());
        }
    }

    /// Waits until the server stops.
    pub(super) fn wait_for_stop(&self) {
        let waited = self
            .changed
            .wait_while(self.lock(), |state| !state.stopping);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until the server stops, for this time at most; whether it stops.
    #[cfg(feature = "wss")]
    pub(super) fn wait_for_stop_until(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while !state.stopping {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until there is no connection, or until the deadline; false at the deadline.
    pub(super) fn wait_until_empty(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while !state.connections.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Aborts the connections that are left; returns how many that were.
    pub(super) fn abort_all(&self) -> usize {
        let state = self.lock();
        for reach in state.connections.values() {
            match reach {
                Reach::Opening(shutdown) | Reach::Kept(shutdown) => shutdown.abort(),
                Reach::Open(sender) => sender.abort(AbortCause::Stopped),
            }
        }
        state.connections.len()
    }

    /// How many connections there are.
    pub(super) fn count(&self) -> usize {
        self.lock().connections.len()
    }

    /// What all connections, those that have ended included, sent and received, and what waits
    /// now. Each is counted once, at whatever moment this is called.
    pub(super) fn traffic(&self) -> ServerTraffic {
        let state = self.lock();
        let mut sum = state.ended.clone();
        for reach in state.connections.values() {
            if let Reach::Open(sender) = reach {
                sum.add(sender);
            }
        }
        sum.connections = state.connections.len();
        sum.listeners = self.listeners;
        sum.memory_used_bytes = self.memory.used_bytes();
        sum.memory_limit_bytes = self.memory.limit_bytes();
        sum
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionGuard {
    /// Whether the connection may be kept open after a plain answer. Not while the server stops,
    /// and not while more than half of the connections are taken: a browser that may send another
    /// request must not keep out a client that wants to connect now.
    pub(super) fn may_be_kept(&self) -> bool {
        let state = self.connections.lock();
        let inside = state.connections.len() - state.over_capacity;
        !self.is_over_capacity && !state.stopping && inside <= self.connections.max / 2
    }

    /// The connection waits for a next request, if the server does not stop.
    pub(super) fn begin_wait(&self, shutdown: ShutdownHandle) -> bool {
        let mut state = self.connections.lock();
        let waits = !state.stopping;
        if waits {
            state.connections.insert(self.id, Reach::Kept(shutdown));
        }
        waits
    }

    /// A next request has come.
    pub(super) fn end_wait(&self, shutdown: ShutdownHandle) {
        let mut state = self.connections.lock();
        state.connections.insert(self.id, Reach::Opening(shutdown));
    }

    /// The opening handshake is over.
    pub(super) fn opened(&self, sender: Sender) {
        let mut state = self.connections.lock();
        if state.stopping {
            sender.close(stop_frame());
        }
        state.connections.insert(self.id, Reach::Open(sender));
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        if let Some(Reach::Open(sender)) = state.connections.remove(&self.id) {
            state.ended.add_ended(&sender);
        }
        state.over_capacity -= usize::from(self.is_over_capacity);
        if state.stopping {
            self.connections.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory_pair;
    use std::time::Duration;

    fn arrive(clients: &Arc<Connections>) -> Option<ConnectionGuard> {
        let (stream, _) = memory_pair(1, Duration::ZERO);
        clients.admit(stream.shutdown)
    }

    #[test]
    fn connections_over_capacity_take_no_clients_place() {
        let clients = Arc::new(Connections::new(2, 0, MemoryBudget::default()));
        let (first, second) = (arrive(&clients).unwrap(), arrive(&clients).unwrap());
        assert!(!first.is_over_capacity && !second.is_over_capacity);
        let over_capacity: Vec<_> = (0..MAX_OVER_CAPACITY)
            .map(|_| arrive(&clients).unwrap())
            .collect();
        assert!(over_capacity.iter().all(|guard| guard.is_over_capacity));
        assert!(arrive(&clients).is_none(), "too many even to be refused");
        drop(first);
        let third = arrive(&clients).unwrap();
        assert!(!third.is_over_capacity, "though the 64 are still there");
        drop(over_capacity);
        assert!(arrive(&clients).unwrap().is_over_capacity, "two are inside");
    }
}
