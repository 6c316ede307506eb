//! Putting a server together: its settings, its endpoints, who gets in; then its sockets.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::admit::Door;
use super::clients::Clients;
use super::endings::Endings;
use super::handler::Route;
use super::listen::{self, ListenError, Places};
use super::metrics::Metrics;
use super::{
    Broadcast, ChatHandler, ClientInfo, Echo, Handler, Hub, HubConfig, HubCounters, Server,
    ServerConfig, Shared,
};
use crate::transport::TlsServer;

/// Puts a server together: its settings and its endpoints.
#[derive(Debug, Default)]
pub struct Builder {
    config: ServerConfig,
    routes: Vec<Route>,
    serves_page: bool,
    hub: Option<Hub>,
    tls: Option<TlsServer>,
    everywhere: Option<(u16, u16)>,
    pub(super) rules: Door,
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
