//! Who is connected: counted, bounded, and reachable when the server stops.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::handler::ClientId;
use super::metrics::Traffics;
use crate::connection::{Cut, Sender};
use crate::protocol::{CloseCode, CloseFrame};
use crate::transport::Cutter;

/// Every connection of the server, from its accept to its end.
#[derive(Debug)]
pub(super) struct Clients {
    max: usize,
    next_id: AtomicU64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    connections: HashMap<ClientId, Reach>,
    /// How many of them are there only to be told 503.
    surplus: usize,
    /// What those who have left sent and received.
    gone: Traffics,
}

/// How a connection is reached from other threads.
#[derive(Debug)]
enum Reach {
    /// Accepted, its opening handshake not over.
    Opening(Cutter),
    Open(Sender),
}

/// A connection's place among the clients; given up when dropped.
#[derive(Debug)]
pub(super) struct Place {
    clients: Arc<Clients>,
    pub(super) id: ClientId,
    /// The server was full, or stops: this one is to be told 503.
    pub(super) is_surplus: bool,
}

/// Beyond the maximum, this many connections at a time are taken up to be told 503.
const SURPLUS: usize = 64;

/// Sent to every client of a server that stops.
fn stop_frame() -> CloseFrame {
    CloseFrame::new(CloseCode::GOING_AWAY, "server shutting down")
}

impl Clients {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            next_id: AtomicU64::new(1),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Takes a connection in; `None` when there are too many even to be refused one by one.
    pub(super) fn take_in(self: &Arc<Self>, cutter: Cutter) -> Option<Place> {
        let mut state = self.lock();
        let inside = state.connections.len() - state.surplus;
        let is_surplus = inside >= self.max || state.stopping;
        if is_surplus {
            if state.surplus >= SURPLUS {
                return None;
            }
            state.surplus += 1;
        }
        let id = ClientId(self.next_id.fetch_add(1, Relaxed));
        state.connections.insert(id, Reach::Opening(cutter));
        Some(Place {
            clients: self.clone(),
            id,
            is_surplus,
        })
    }

    /// Tells every open client that the server stops; who opens later is told at once.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for reach in state.connections.values() {
            if let Reach::Open(sender) = reach {
                sender.close(stop_frame());
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until the server stops.
    pub(super) fn wait_for_stop(&self) {
        let waited = self
            .changed
            .wait_while(self.lock(), |state| !state.stopping);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until nobody is connected, or until the deadline; false at the deadline.
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

    /// Cuts whoever is still connected; answers how many that were.
    pub(super) fn cut_all(&self) -> usize {
        let state = self.lock();
        for reach in state.connections.values() {
            match reach {
                Reach::Opening(cutter) => cutter.cut(),
                Reach::Open(sender) => sender.cut(Cut::Stopped),
            }
        }
        state.connections.len()
    }

    /// How many connections there are.
    pub(super) fn count(&self) -> usize {
        self.lock().connections.len()
    }

    /// What everybody, those who have left included, sent and received, and what waits now.
    /// Each connection is counted once, at whatever moment this is called.
    pub(super) fn traffic(&self) -> Traffics {
        let state = self.lock();
        let mut sum = state.gone.clone();
        for reach in state.connections.values() {
            if let Reach::Open(sender) = reach {
                sum.add(sender);
            }
        }
        sum.connections = state.connections.len();
        sum
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The opening handshake is over.
    pub(super) fn opened(&self, sender: Sender) {
        let mut state = self.clients.lock();
        if state.stopping {
            sender.close(stop_frame());
        }
        state.connections.insert(self.id, Reach::Open(sender));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.clients.lock();
        if let Some(Reach::Open(sender)) = state.connections.remove(&self.id) {
            state.gone.add_ended(&sender);
        }
        state.surplus -= usize::from(self.is_surplus);
        if state.stopping {
            self.clients.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory_pair;
    use std::time::Duration;

    fn arrive(clients: &Arc<Clients>) -> Option<Place> {
        let (stream, _) = memory_pair(1, Duration::ZERO);
        clients.take_in(stream.cutter)
    }

    #[test]
    fn those_who_are_told_503_take_nobodys_place() {
        let clients = Arc::new(Clients::new(2));
        let (first, second) = (arrive(&clients).unwrap(), arrive(&clients).unwrap());
        assert!(!first.is_surplus && !second.is_surplus);
        let surplus: Vec<_> = (0..SURPLUS).map(|_| arrive(&clients).unwrap()).collect();
        assert!(surplus.iter().all(|place| place.is_surplus));
        assert!(arrive(&clients).is_none(), "too many even to be refused");
        drop(first);
        let third = arrive(&clients).unwrap();
        assert!(!third.is_surplus, "though the 64 are still there");
        drop(surplus);
        assert!(arrive(&clients).unwrap().is_surplus, "two are inside");
    }
}
