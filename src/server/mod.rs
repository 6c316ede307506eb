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
use listen::{Listener, Places};
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

/// Puts a server together: its settings and its endpoints.
#[derive(Debug, Default)]
pub struct Builder {
    config: ServerConfig,
    routes: Vec<Route>,
    serves_page: bool,
    hub: Option<Hub>,
    tls: Option<TlsServer>,
    everywhere: Option<(u16, u16)>,
    rules: Door,
    hubs: Vec<Arc<HubCounters>>,
}

impl Builder {
    /// Replaces the settings.
    #[must_use]
    pub fn config(mut self, config: ServerConfig) -> Self {
        self.config = config;
        self
    }

    /// Serves `path` with handlers that `factory` makes, one for each connection. A path that
    /// ends with `/*` serves everything below it. The first route that fits is taken.
    #[must_use]
    pub fn route<H: Handler + 'static>(
        mut self,
        path: &str,
        factory: impl Fn(&ClientInfo) -> H + Send + Sync + 'static,
    ) -> Self {
        self.routes.push(Route {
            path: path.to_owned(),
            subprotocols: Vec::new(),
            factory: Arc::new(move |info| Box::new(factory(info))),
        });
        self
    }

    /// The subprotocols that the last route speaks (RFC 6455 section 1.9). The client's first
    /// choice among them is taken.
    #[must_use]
    pub fn subprotocols(mut self, names: &[&str]) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.subprotocols = names.iter().map(|name| (*name).to_owned()).collect();
        }
        self
    }

    /// Listens on these `HOST:PORT`s, instead of where the settings say.
    #[must_use]
    pub fn listen(mut self, addresses: &[&str]) -> Self {
        self.config.listen = addresses.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// Shows a hub's figures in the metrics, together with those of the other hubs.
    #[must_use]
    pub fn count_hub(mut self, hub: &Hub) -> Self {
        self.hubs.push(hub.share_counters());
        self
    }

    /// Adds what `wshub serve` offers: echo on `/` and `/echo`, `/broadcast`, chat on `/chat` and
    /// `/chat/ROOM`, and the page.
    ///
    /// Errors: the hub's thread could not be started.
    pub fn standard_endpoints(mut self) -> io::Result<Self> {
        let hub = Hub::start(HubConfig {
            slow_client: self.config.slow_client,
            write_timeout: self.config.timeouts.write,
            chat: self.config.chat,
        })?;
        self = self.count_hub(&hub);
        self.serves_page = true;
        self.hub = Some(hub.clone());
        let (chat, room) = (hub.clone(), hub.clone());
        Ok(self
            .route("/", |_| Echo)
            .route("/echo", |_| Echo)
            .route("/broadcast", move |_| {
                Broadcast::new(hub.clone(), "/broadcast")
            })
            .route("/chat", move |_| ChatHandler::new(chat.clone()))
            .route("/chat/*", move |_| ChatHandler::new(room.clone())))
    }

    /// Speaks TLS as well, beside TCP in the clear: at [`ServerConfig::tls_listen`], with the
    /// same endpoints, page and limits.
    #[must_use]
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Listens on every address of the machine, at this port and for TLS at the other, instead
    /// of where the settings say.
    #[must_use]
    pub fn listen_everywhere(mut self, port: u16, tls_port: u16) -> Self {
        self.everywhere = Some((port, tls_port));
        self
    }

    /// Opens the listening sockets. From here on clients can connect; they are served once
    /// [`Server::run`] is called.
    pub fn bind(self) -> Result<Server, ListenError> {
        let (plain, secure) = match self.everywhere {
            Some((port, tls_port)) => (Places::Everywhere(port), Places::Everywhere(tls_port)),
            None => (
                Places::Named(&self.config.listen),
                Places::Named(&self.config.tls_listen),
            ),
        };
        let mut listeners = listen::listen(plain, false)?;
        if self.tls.is_some() {
            listeners.extend(listen::listen(secure, true)?);
        }
        let clients = Arc::new(Clients::new(self.config.max_clients));
        let metrics = Metrics::new(self.routes.iter().map(|r| r.path.as_str()), self.hubs);
        let mut door = self.config.access.door();
        door.append(self.rules);
        let shared = Shared {
            config: self.config,
            routes: self.routes,
            serves_page: self.serves_page,
            hub: self.hub,
            tls: self.tls,
            clients,
            door,
            metrics,
            endings: Endings::default(),
            listeners: listeners.len(),
            crew: Arc::default(),
            stopping: AtomicBool::new(false),
        };
        Ok(Server {
            listeners,
            shared: Arc::new(shared),
        })
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
