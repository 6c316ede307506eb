//! What all threads of a server share.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::access::AccessRules;
use super::admission::Rules;
use super::connections::Connections;
use super::observer::Observers;
use super::page::Page;
use super::pool::ThreadPool;
use super::route::Route;
use super::settings::Settings;
use crate::connection::{ConnectionId, MemoryBudget};
use crate::handshake::Refusal;
#[cfg(feature = "wss")]
use crate::transport::TlsServer;

/// The most endpoints that a 404 names.
const SHOWN_ROUTES: usize = 20;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) memory: MemoryBudget,
    pub(super) routes: Vec<Route>,
    pub(super) pages: Vec<Page>,
    pub(super) access: AccessRules,
    pub(super) rules: Rules,
    pub(super) observers: Observers,
    pub(super) on_stop: StopHooks,
    #[cfg(feature = "wss")]
    pub(super) tls: Option<TlsServer>,
    pub(super) connections: Arc<Connections>,
    /// For the clients.
    pub(super) pool: Arc<ThreadPool>,
    /// For the TLS handshakes.
    #[cfg(feature = "wss")]
    pub(super) handshakes: Arc<ThreadPool>,
}

impl Shared {
    pub(super) fn route(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.serves(path))
    }

    /// The 404 that says that nothing is at this path, and names the endpoints.
    pub(super) fn not_found(&self, what: &str, path: &str) -> Refusal {
        let mut paths: Vec<&str> = self.routes.iter().map(Route::path).collect();
        let more = paths.len().saturating_sub(SHOWN_ROUTES);
        let more = (more > 0).then(|| format!("{more} more"));
        paths.truncate(SHOWN_ROUTES);
        paths.extend(more.as_deref());
        let why = match paths.split_last() {
            None => format!("{what} is at {path}."),
            Some((last, [])) => format!("{what} is at {path}; the endpoint here is {last}."),
            Some((last, others)) => format!(
                "{what} is at {path}; the endpoints here are {} and {last}.",
                others.join(", ")
            ),
        };
        Refusal::new(404, why)
    }

    pub(super) fn page(&self, path: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.pattern().matches(path))
    }

    /// Runs a user's code; returns `None` if it panicked, which is logged and counted. `whose`
    /// names the code's owner in words.
    pub(super) fn catch_panic<T>(
        &self,
        id: ConnectionId,
        whose: &str,
        work: impl FnOnce() -> T,
    ) -> Option<T> {
        // Whatever state a panic leaves is the user's own: each call passes in values of the server
        // that stay valid.
        let done = catch_unwind(AssertUnwindSafe(work));
        if done.is_err() {
            log::error!("panic id={id} why=\"{whose} panicked\"");
            self.observers.tell(|observer| observer.panicked());
        }
        done.ok()
    }

    /// Begins the stop of the server. Doing it again does nothing.
    pub(super) fn stop(&self) {
        if self.connections.begin_stop() {
            self.on_stop.run();
            self.connections.stop();
        }
    }
}

/// The closures that run when the server begins to stop.
#[derive(Default)]
pub(super) struct StopHooks(Vec<Box<dyn Fn() + Send + Sync>>);

impl StopHooks {
    pub(super) fn add(&mut self, hook: impl Fn() + Send + Sync + 'static) {
        self.0.push(Box::new(hook));
    }

    fn run(&self) {
        for hook in &self.0 {
            if catch_unwind(AssertUnwindSafe(hook)).is_err() {
                log::error!("a closure of on_stop panicked");
            }
        }
    }
}

impl fmt::Debug for StopHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StopHooks({})", self.0.len())
    }
}
