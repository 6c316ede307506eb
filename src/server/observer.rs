//! Observers receive what happens in a server, for a user's own metrics and records.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::handler::ClientInfo;
use crate::connection::{CloseCause, Watch};

/// Told what happens in a server.
///
/// The methods are called on the threads of the connections that they are about, several at
/// once, so they should be quick. Each does nothing by default. A panic in an observer is
/// logged and changes nothing else.
pub trait Observer: Send + Sync {
    /// An opening handshake was answered: with 101, or with the status of its refusal.
    fn handshake(&self, status: u16) {
        let _ = status;
    }

    /// A connection ended before it could be answered: the peer left or was silent, or its bytes
    /// were no HTTP.
    fn handshake_without_answer(&self) {}

    /// A plain HTTP request was answered with this status.
    fn response(&self, status: u16) {
        let _ = status;
    }

    /// A client's connection is about to open, and nothing has been sent or received on it. The
    /// returned watch is shown each of its frames, on the connection's own threads; `None`, the
    /// default, watches nothing and costs nothing. `endpoint` is the path of its route.
    fn watch(&self, info: &ClientInfo, endpoint: &str) -> Option<Watch> {
        let _ = (info, endpoint);
        None
    }

    /// A client's connection is open. `endpoint` is the path of its route.
    fn opened(&self, info: &ClientInfo, endpoint: &str) {
        let _ = (info, endpoint);
    }

    /// A client's connection has ended. Called once for each call of
    /// [`opened`](Observer::opened).
    fn closed(&self, info: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        let _ = (info, endpoint, cause);
    }

    /// A client answered a ping of the keepalive after this time.
    fn round_trip(&self, info: &ClientInfo, time: Duration) {
        let _ = (info, time);
    }

    /// A handler, a route's factory, an admission rule or a page panicked.
    fn panicked(&self) {}
}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn handshake(&self, status: u16) {
        (**self).handshake(status);
    }

    fn handshake_without_answer(&self) {
        (**self).handshake_without_answer();
    }

    fn response(&self, status: u16) {
        (**self).response(status);
    }

    fn watch(&self, info: &ClientInfo, endpoint: &str) -> Option<Watch> {
        (**self).watch(info, endpoint)
    }

    fn opened(&self, info: &ClientInfo, endpoint: &str) {
        (**self).opened(info, endpoint);
    }

    fn closed(&self, info: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        (**self).closed(info, endpoint, cause);
    }

    fn round_trip(&self, info: &ClientInfo, time: Duration) {
        (**self).round_trip(info, time);
    }

    fn panicked(&self) {
        (**self).panicked();
    }
}

/// All observers of a server.
#[derive(Default)]
pub(super) struct Observers(Vec<Box<dyn Observer>>);

impl Observers {
    pub(super) fn add(&mut self, observer: impl Observer + 'static) {
        self.0.push(Box::new(observer));
    }

    /// Calls one method of each observer.
    pub(super) fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in &self.0 {
            ask(|| what(observer.as_ref()));
        }
    }

    /// Collects from each observer the watch for a connection's frames.
    pub(super) fn watch(&self, info: &ClientInfo, endpoint: &str) -> Option<Watch> {
        let watches =
            (self.0.iter()).filter_map(|observer| ask(|| observer.watch(info, endpoint)).flatten());
        watches.reduce(Watch::and)
    }
}

/// Returns an observer's answer; `None` if it panicked. Whatever state a panic leaves is the
/// observer's own.
fn ask<T>(what: impl FnOnce() -> T) -> Option<T> {
    let answer = catch_unwind(AssertUnwindSafe(what));
    if answer.is_err() {
        log::error!("an observer panicked");
    }
    answer.ok()
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}
