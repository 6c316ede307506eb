//! Building a server: its settings, its endpoints, who is let in; then its sockets.

use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use super::access::{Access, AccessRules, Denied};
use super::admission::{Admit, Opening, Rules};
use super::connections::Connections;
use super::error::BindError;
use super::listen::{self, Listener, Places};
use super::observer::{Observer, Observers};
use super::page::Page;
use super::pool::{Kind, ThreadPool};
use super::route::{PathError, Route};
use super::running::Server;
use super::settings::{
    DEFAULT_HANDSHAKE_TIMEOUT, DEFAULT_MAX_CLIENTS, DEFAULT_STOP_GRACE, DEFAULT_TLS_RENEWAL,
    Settings,
};
use super::shared::{Shared, StopHooks};
use crate::connection::{MemoryBudget, QueueLimits, Timeouts};
use crate::handshake::HeadLimits;
use crate::protocol::{Limits, MinRate, Rate};
use crate::system::client_limit;
#[cfg(feature = "wss")]
use crate::transport::TlsServer;

/// Builds a server. The order of the calls does not matter, except among rules, routes, pages
/// and observers, which are asked or told in the order in which they were added. A setting that
/// is given twice has its last value. Nothing is checked, opened or started before [`bind`](Builder::bind).
#[derive(Default)]
#[must_use = "a builder does nothing before bind()"]
pub struct Builder {
    settings: Settings,
    memory: Option<MemoryBudget>,
    places: Option<Places>,
    tls_places: Option<Places>,
    listeners: Vec<Listener>,
    routes: Vec<Route>,
    pages: Vec<Page>,
    access: Access,
    advice: Option<Arc<Advice>>,
    rules: Rules,
    observers: Observers,
    on_stop: StopHooks,
    #[cfg(feature = "wss")]
    tls: Option<TlsServer>,
}

type Advice = dyn Fn(&Denied) -> Option<String> + Send + Sync;

impl Server {
    /// A server to be built, with default settings and no endpoint.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Where a server listens if nothing is said.
    pub const DEFAULT_LISTEN: &str = "localhost:8765";

    /// Where a server with a certificate listens for TLS if nothing is said.
    pub const DEFAULT_TLS_LISTEN: &str = "localhost:8766";

    /// The default of [`handshake_timeout`](Builder::handshake_timeout).
    pub const DEFAULT_HANDSHAKE_TIMEOUT: Duration = DEFAULT_HANDSHAKE_TIMEOUT;

    /// The default of [`max_clients`](Builder::max_clients).
    pub const DEFAULT_MAX_CLIENTS: usize = DEFAULT_MAX_CLIENTS;

    /// The default of [`stop_grace`](Builder::stop_grace).
    pub const DEFAULT_STOP_GRACE: Duration = DEFAULT_STOP_GRACE;

    /// The default of `tls_renewal`.
    pub const DEFAULT_TLS_RENEWAL: Duration = DEFAULT_TLS_RENEWAL;

    /// Listens on these addresses, `HOST:PORT`, on every address that the host has; port 0 takes
    /// any free one. An IPv6 address stands in brackets and may have a zone: `[fe80::1%eth0]:8765`.
    /// An empty list listens nowhere. Default: `localhost:8765`, or nowhere if
    /// there is a [`listener`](Builder::listener).
    pub fn listen<S: Into<String>>(mut self, addresses: impl IntoIterator<Item = S>) -> Self {
        self.places = Some(Places::named(addresses));
        self
    }

    /// Listens for TLS on these addresses, written as for [`listen`](Builder::listen). Needs
    /// [`tls`](Builder::tls). Default: with that, `localhost:8766`, or nowhere if there is a
    /// [`tls_listener`](Builder::tls_listener).
    #[cfg(feature = "wss")]
    pub fn listen_tls<S: Into<String>>(mut self, addresses: impl IntoIterator<Item = S>) -> Self {
        self.tls_places = Some(Places::named(addresses));
        self
    }

    /// Listens on every address of the machine, v6 and v4, in place of the addresses of
    /// [`listen`](Builder::listen): at `port`, and, where the server has a certificate, for TLS
    /// at `tls_port`.
    pub fn listen_everywhere(mut self, port: u16, tls_port: u16) -> Self {
        self.places = Some(Places::Everywhere(port));
        if cfg!(feature = "wss") {
            self.tls_places = Some(Places::Everywhere(tls_port));
        }
        self
    }

    /// Accepts connections from this socket too, which listens already.
    pub fn listener(mut self, socket: TcpListener) -> Self {
        self.listeners.push(Listener { socket, tls: false });
        self
    }

    /// Accepts TLS connections from this socket too. Needs [`tls`](Builder::tls).
    #[cfg(feature = "wss")]
    pub fn tls_listener(mut self, socket: TcpListener) -> Self {
        self.listeners.push(Listener { socket, tls: true });
        self
    }

    /// Speaks TLS as well, with this certificate, beside TCP in the clear: with the same
    /// endpoints, pages and limits.
    #[cfg(feature = "wss")]
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How often the files of [`tls`](Builder::tls) are looked at while the server runs: a
    /// certificate that is renewed on disk is used for new connections from then on, and one that
    /// cannot be used is warned of in the log, once, while the one before it stays in use. More than
    /// zero, at most 365 days; default 60 s.
    #[cfg(feature = "wss")]
    pub fn tls_renewal(mut self, interval: Duration) -> Self {
        self.settings.tls_renewal = interval;
        self
    }

    /// Serves a path over WebSocket.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Answers plain HTTP requests of a path. A path without a page is answered with 426 where
    /// there is a route, with 404 elsewhere.
    pub fn page(mut self, page: Page) -> Self {
        self.pages.push(page);
        self
    }

    /// Which origins, hosts and users are let in. Default: requests whose Origin is the server
    /// itself, or that have none; on a loopback listener the loopback's own hosts; everybody.
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The advice for a client that the rules on Host and Origin refuse, or whose head is not
    /// accepted. It is added after the fact and has no full stop; `None` adds nothing. Default:
    /// the fact alone.
    ///
    /// ```
    /// # use wshub::server::{Denied, Server};
    /// let builder = Server::builder().advise(|denied| match denied {
    ///     Denied::Host { host, .. } => Some(format!("add {host} to allowed_hosts in server.toml")),
    ///     _ => None,
    /// });
    /// # drop(builder);
    /// ```
    pub fn advise(
        mut self,
        advice: impl Fn(&Denied) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.advice = Some(Arc::new(advice));
        self
    }

    /// Asks `rule` about every request, plain ones too, once the rules of
    /// [`access`](Builder::access) have let it in; pages that are
    /// [open to all](Page::open_to_all) are an exception. A rule runs on the client's own thread,
    /// so it may take its time. A panic in it is answered with 500.
    ///
    /// ```
    /// use wshub::Server;
    /// use wshub::server::{Admit, Route};
    ///
    /// /// What the rule found out, for the handler.
    /// struct Tenant(String);
    ///
    /// let server = Server::builder()
    ///     .admit(|opening| match opening.request.headers.get("X-Api-Key") {
    ///         Some("key-of-acme") => Admit::accept_as("acme")
    ///             .with_data(Tenant("Acme".into()))
    ///             .with_header("Set-Cookie", "tenant=acme; HttpOnly"),
    ///         Some(_) => Admit::refuse(403, "That key is not known here."),
    ///         None => Admit::refuse(403, "Send a key in the X-Api-Key header."),
    ///     })
    ///     .route(Route::on_message("/", |peer, _| {
    ///         let tenant = peer.info().data::<Tenant>().map_or("nobody", |t| t.0.as_str());
    ///         peer.text(&format!("hello, {tenant}"));
    ///     }))
    ///     .listen(["localhost:0"])
    ///     .bind()?;
    /// # drop(server);
    /// # Ok::<(), wshub::server::BindError>(())
    /// ```
    pub fn admit(mut self, rule: impl Fn(&Opening<'_>) -> Admit + Send + Sync + 'static) -> Self {
        self.rules.add(rule);
        self
    }

    /// Bounds on what one client may send. None may be zero.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Bounds on a request's head; past them the client gets 414 or 431. None may be zero. A
    /// size alone is set by [`HeadLimits::of_bytes`]: a server whose cookies are long needs more
    /// than the default.
    pub fn head_limits(mut self, limits: HeadLimits) -> Self {
        self.settings.head_limits = limits;
        self
    }

    /// The clocks of an open connection. None may be zero, or more than 365 days.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }

    /// For TCP, TLS and HTTP together, from the accept on: past it the client gets 408, or, if
    /// nothing came, the connection is aborted. More than zero, at most 365 days; default 10 s.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.settings.handshake_timeout = timeout;
        self
    }

    /// Bounds on what waits for one client. None may be zero.
    pub fn queue(mut self, queue: QueueLimits) -> Self {
        self.settings.queue = queue;
        self
    }

    /// The least rate at which a message that has begun has to arrive; a slower client is closed
    /// with 1008. `None`: any rate. It does not hold for handlers that
    /// [take their messages in pieces](super::Handler::wants_fragments). Default: 1024 bytes a
    /// second, averaged over 30 s.
    pub fn min_rate(mut self, min_rate: Option<MinRate>) -> Self {
        self.settings.min_rate = min_rate;
        self
    }

    /// How many messages each client may send; past it the client is read no faster, so that TCP
    /// slows it down, and no message is lost. On a [route with a rate of its
    /// own](Route::max_rate) the lower one counts. `None`, the default: any number.
    pub fn max_rate(mut self, rate: Option<Rate>) -> Self {
        self.settings.max_rate = rate;
        self
    }

    /// The memory for unfinished messages of all clients together. A client whose message would
    /// pass it waits for 5 s at most, and is then closed with 1013. Give the same budget to the
    /// hubs of the server, in [`HubOptions::memory`](crate::hub::HubOptions), for what waits for
    /// clients. Default: [a quarter of the machine's](MemoryBudget::quarter_of_machine).
    pub fn memory(mut self, budget: MemoryBudget) -> Self {
        self.memory = Some(budget);
        self
    }

    /// Agrees to compressed messages where a client offers them (RFC 7692), and compresses what
    /// is sent to it. Default: no connection is compressed.
    #[cfg(feature = "deflate")]
    pub fn deflate(mut self, options: crate::connection::DeflateOptions) -> Self {
        self.settings.deflate = Some(options);
        self
    }

    /// Connections at one time, those in their opening handshake included; the next one gets
    /// 503. At least 1; default 10000. Where the system allows fewer threads or descriptors,
    /// [`bind`](Builder::bind) lowers it to what fits: [`Server::client_limit`] tells.
    pub fn max_clients(mut self, count: usize) -> Self {
        self.settings.max_clients = count;
        self
    }

    /// How long open clients have to answer the Close 1001 of a server that stops; then their
    /// connections are aborted. At most 365 days; default 5 s.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.settings.stop_grace = grace;
        self
    }

    /// Tells `observer` what happens in the server.
    pub fn observe(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.add(observer);
        self
    }

    /// Calls `hook` on the thread that stops the server, before clients get their Close.
    pub fn on_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_stop.add(hook);
        self
    }

    /// Checks everything, then opens the listening sockets: clients can connect from here on, and
    /// are served once [`Server::run`] or [`Server::spawn`] is called. No thread is started.
    ///
    /// # Errors
    ///
    /// [`BindError`] says what is wrong with a route, a page or a setting, or which address
    /// cannot be listened on.
    pub fn bind(self) -> Result<Server, BindError> {
        self.check()?;
        let given = |tls| self.listeners.iter().any(|listener| listener.tls == tls);
        let default = |tls, address: &str| match given(tls) {
            true => Places::Named(Vec::new()),
            false => Places::Named(vec![address.into()]),
        };
        let plain = || default(false, Self::DEFAULT_LISTEN);
        let mut listeners = listen::listen(&self.places.clone().unwrap_or_else(plain), false)?;
        if self.has_certificate() {
            let secure = || default(true, Self::DEFAULT_TLS_LISTEN);
            let places = self.tls_places.clone().unwrap_or_else(secure);
            listeners.extend(listen::listen(&places, true)?);
        }
        for listener in self.listeners {
            listeners.push(listen::take_over(listener)?);
        }
        let limit = client_limit();
        let max_clients = self.settings.max_clients.min(limit.clients);
        let client_limit = (max_clients < self.settings.max_clients).then_some(limit);
        let memory = self.memory;
        let memory = memory.unwrap_or_else(MemoryBudget::quarter_of_machine);
        let connections = Connections::new(max_clients, listeners.len(), memory.clone());
        let shared = Shared {
            settings: self.settings,
            memory,
            routes: self.routes,
            pages: self.pages,
            access: AccessRules::new(self.access, self.advice),
            rules: self.rules,
            observers: self.observers,
            on_stop: self.on_stop,
            #[cfg(feature = "wss")]
            tls: self.tls,
            connections: Arc::new(connections),
            pool: Arc::new(ThreadPool::new(Kind::Clients)),
            #[cfg(feature = "wss")]
            handshakes: Arc::new(ThreadPool::new(Kind::Handshakes)),
        };
        Ok(Server {
            listeners,
            client_limit,
            shared: Arc::new(shared),
        })
    }

    fn has_certificate(&self) -> bool {
        #[cfg(feature = "wss")]
        return self.tls.is_some();
        #[cfg(not(feature = "wss"))]
        return false;
    }

    fn check(&self) -> Result<(), BindError> {
        self.settings.check()?;
        for (position, route) in self.routes.iter().enumerate() {
            let mut earlier = self.routes[..position].iter();
            let checked = match earlier.any(|earlier| earlier.path() == route.path()) {
                true => Err(PathError::Duplicate),
                false => route.check(),
            };
            checked.map_err(|error| BindError::Route {
                path: route.path().to_owned(),
                error,
            })?;
            route.rate_of_clients(None).map_or(Ok(()), |r| r.check())?;
        }
        for (position, page) in self.pages.iter().enumerate() {
            let mut earlier = self.pages[..position].iter();
            let checked = match earlier.any(|earlier| earlier.pattern() == page.pattern()) {
                true => Err(PathError::Duplicate),
                false => page.pattern().check(),
            };
            checked.map_err(|error| BindError::Page {
                path: page.pattern().0.clone(),
                error,
            })?;
        }
        // `listen_everywhere` has a port for TLS in any case.
        let names_tls = matches!(&self.tls_places, Some(Places::Named(names)) if !names.is_empty());
        if !self.has_certificate() && (names_tls || self.listeners.iter().any(|l| l.tls)) {
            return Err(BindError::NoCertificate);
        }
        Ok(())
    }
}

/// The settings; passwords are not shown.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Builder");
        shown
            .field("settings", &self.settings)
            .field("memory", &self.memory)
            .field("places", &self.places)
            .field("tls_places", &self.tls_places)
            .field("listeners", &self.listeners)
            .field("routes", &self.routes)
            .field("pages", &self.pages)
            .field("access", &self.access)
            .field("rules", &self.rules)
            .field("observers", &self.observers)
            .field("on_stop", &self.on_stop);
        #[cfg(feature = "wss")]
        shown.field("tls", &self.tls);
        shown.finish_non_exhaustive()
    }
}
