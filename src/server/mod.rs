//! The server: listeners, a thread for each client, a hub, and a clean stop.
//!
//! ```text
//! main --- accept (one for each listening address) ----- client N reader --- client N writer
//!    \---- hub (one) ------------- channel, bounded, for each client --------/
//! ```

mod accept;
mod access;
mod admit;
mod broadcast;
mod builder;
mod chat;
mod clients;
mod config;
mod crew;
mod echo;
mod endings;
mod handler;
mod http;
mod hub;
mod listen;
mod metrics;
mod operator;
mod serving;
mod visit;
mod who;

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

pub use access::{Access, Accounts, AccountsError};
pub use admit::{Admission, Admit, Opening};
pub use broadcast::Broadcast;
pub use builder::Builder;
pub use chat::{
    Asked, BadLine, ChatHandler, ChatLimits, Line, MAX_LINE_BYTES, MAX_NAME_CHARS, MAX_ROOM_CHARS,
    is_client_name, is_room_name,
};
pub use config::{ServerConfig, SlowClient};
pub use echo::Echo;
pub use handler::{Client, ClientId, ClientInfo, Handler};
pub use hub::{Hub, HubConfig, HubCounters, Membership, Seat};
pub use listen::ListenError;

use admit::Door;
use clients::Clients;
use crew::Crew;
use endings::Endings;
use handler::Route;
use listen::Listener;
use metrics::Metrics;

use crate::transport::TlsServer;

/// How long the stop waits for a listener to notice it, and for the last threads to go.
const WAKE_TIME: Duration = Duration::from_secs(1);

/// How long the stop waits for the hub to pass a word on to those in chat.
const ANNOUNCE_TIME: Duration = Duration::from_millis(500);

/// What all threads of a server share.
#[derive(Debug)]
struct Shared {
    config: ServerConfig,
    routes: Vec<Route>,
    serves_page: bool,
    /// The hub of the standard endpoints: it is told of the stop, and has counts.
    hub: Option<Hub>,
    tls: Option<TlsServer>,
    clients: Arc<Clients>,
    door: Door,
    metrics: Metrics,
    endings: Endings,
    /// How many threads accept.
    listeners: usize,
    crew: Arc<Crew>,
    stopping: AtomicBool,
}

impl Shared {
    fn route(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.serves(path))
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<Listener>,
    shared: Arc<Shared>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Clients that had not left when the grace was over, and were cut.
    pub cut: usize,
}

impl Server {
    /// A server to be put together, with default settings and no endpoint.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The addresses that it listens on in the clear.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses_where(|listener| !listener.tls)
    }

    /// The addresses that it listens on for TLS.
    pub fn tls_addresses(&self) -> Vec<SocketAddr> {
        self.addresses_where(|listener| listener.tls)
    }

    fn addresses_where(&self, wanted: impl Fn(&Listener) -> bool) -> Vec<SocketAddr> {
        let listeners = self.listeners.iter().filter(|listener| wanted(listener));
        listeners
            .filter_map(|listener| listener.socket.local_addr().ok())
            .collect()
    }

    /// What stops it, from any thread.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            shared: self.shared.clone(),
            addresses: self.addresses_where(|_| true),
        }
    }

    /// Serves until it is stopped: then no one is accepted any more, every open client gets
    /// Close 1001 "server shutting down" and the stop grace to answer, and whoever is left is
    /// cut.
    ///
    /// Errors: a thread for a listener could not be started.
    pub fn run(self) -> io::Result<Stopped> {
        let Self { listeners, shared } = self;
        let mut threads = Vec::new();
        for listener in listeners {
            let shared = shared.clone();
            threads.push(
                thread::Builder::new()
                    .name("accept".into())
                    .spawn(move || accept::accept_all(&listener, &shared))?,
            );
        }
        for thread in threads {
            drop(thread.join()); // an error: it panicked, and said so
        }
        shared.clients.stop();
        let now = Instant::now();
        if shared
            .clients
            .wait_until_empty(now + shared.config.stop_grace)
        {
            return Ok(Stopped { cut: 0 });
        }
        let cut = shared.clients.cut_all();
        shared.clients.wait_until_empty(Instant::now() + WAKE_TIME);
        Ok(Stopped { cut })
    }
}

/// Stops a server.
#[derive(Clone)]
pub struct Stopper {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Stopper {
    /// Begins the stop; [`Server::run`] returns when it is through. Doing it again does nothing.
    pub fn stop(&self) {
        if self.shared.stopping.swap(true, SeqCst) {
            return;
        }
        if let Some(hub) = &self.shared.hub {
            hub.announce("the server is shutting down", ANNOUNCE_TIME);
        }
        self.shared.clients.stop();
        for address in &self.addresses {
            // Nothing interrupts an accept but a connection (on any system).
            drop(TcpStream::connect_timeout(
                &listen::reachable(*address),
                WAKE_TIME,
            ));
        }
    }

    /// What the hub of the standard endpoints has counted; `None` without them.
    pub fn hub_counters(&self) -> Option<&HubCounters> {
        self.shared.hub.as_ref().map(Hub::counters)
    }

    /// How many connections there are, handshakes included.
    pub fn connections(&self) -> usize {
        self.shared.clients.count()
    }
}
