//! The standard endpoints together: one hub, its routes and pages, and the observer that counts.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::broadcast::Broadcast;
use super::chat::{Chat, ChatHandler, ChatInput, ChatLimits, LINE_RATE};
#[cfg(feature = "cluster")]
use super::cluster::{self, ClusterBroadcast, Running};
use super::echo::Echo;
use super::endings::Endings;
use super::frames::{COMMAND_RATE, FramesHandler, Watchers};
use super::metrics::{MEDIA_TYPE, Metrics};
use super::operator::Operator;
use super::page;
#[cfg(feature = "cluster")]
use crate::cluster::{Cluster, ClusterStatus};
use crate::hub::{Hub, HubOptions};
use crate::server::{Builder, Page, PlainRequest, Response, Route, Subprotocols};

/// How long the stop waits for the hub to pass the announcement on to those in chat.
const ANNOUNCE_TIME: Duration = Duration::from_millis(500);

/// The paths over WebSocket.
const PATHS: [&str; 6] = ["/", "/broadcast", "/chat", "/chat/*", "/echo", "/frames"];

/// The settings of the standard endpoints.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StandardOptions {
    /// What happens to a client whose queue is full. Default: it is disconnected.
    pub hub: HubOptions,
    /// Bounds on chat: rooms, and their history.
    pub chat: ChatLimits,
    /// Users whose names belong to them in chat: nobody else can take them. Those of
    /// [`Accounts::users`](crate::server::Accounts::users), usually. Default: none; a user that an
    /// admission rule names then owns its name from when it first comes.
    pub chat_accounts: Vec<String>,
    /// The subprotocols that the endpoints accept; their messages are the same in all of them.
    /// Default: none.
    pub subprotocols: Subprotocols,
    /// `/metrics` and `/closed` are shown to everybody. Default: to clients on this machine, and
    /// to those who gave a password.
    pub public_metrics: bool,
    /// The advice for a client that may not see them. It is added after the fact and has no full
    /// stop. Default: the fact alone.
    pub operator_advice: Option<String>,
}

/// The standard endpoints, their hub running.
#[derive(Debug)]
pub struct Standard {
    hub: Hub<ChatInput>,
    options: StandardOptions,
    #[cfg(feature = "cluster")]
    node: Option<Arc<Running>>,
}

impl Standard {
    /// Starts the hub.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for hub options that are out of range; otherwise the system's error: the
    /// hub's thread could not be started.
    pub fn start(options: StandardOptions) -> io::Result<Self> {
        let chat = Chat::new(options.chat).with_accounts(&options.chat_accounts);
        let hub = Hub::start_with(options.hub.clone(), chat)?;
        Ok(Self {
            hub,
            options,
            #[cfg(feature = "cluster")]
            node: None,
        })
    }

    /// As [`Standard::start`], as one node of a cluster: broadcast and chat are one over all servers
    /// that share the log. The log is not waited for: until it is in use, new clients of both get 503,
    /// and so does `/healthz?cluster`.
    ///
    /// The others are told that the server goes when the last of this value and of the servers that
    /// it was [added to](Standard::add_to) is dropped; that takes a second at most.
    ///
    /// # Errors
    ///
    /// As for [`Standard::start`], and `InvalidInput` for more than 10,000 accounts.
    #[cfg(feature = "cluster")]
    pub fn start_in_cluster(options: StandardOptions, cluster: Cluster) -> io::Result<Self> {
        let (limits, accounts) = (options.chat, &options.chat_accounts);
        let (hub, node) = Running::start(options.hub.clone(), limits, accounts, &cluster)?;
        Ok(Self {
            hub,
            options,
            node: Some(Arc::new(node)),
        })
    }

    /// How this server stands in its cluster; `None`: it is in none.
    #[cfg(feature = "cluster")]
    pub fn cluster_status(&self) -> Option<Arc<ClusterStatus>> {
        self.node.as_ref().map(|node| node.status().clone())
    }

    /// The hub of broadcast and chat.
    pub fn hub(&self) -> &Hub<ChatInput> {
        &self.hub
    }

    /// Adds the routes, the pages, an observer that counts, and the announcement in chat that
    /// the server stops. What is added to several servers shares its rooms.
    pub fn add_to(&self, builder: Builder) -> Builder {
        let Self { hub, options, .. } = self;
        let metrics = Metrics::new(&PATHS, hub.counters().clone());
        #[cfg(feature = "cluster")]
        let metrics = metrics.in_cluster(self.cluster_status());
        let metrics = Arc::new(metrics);
        let endings = Arc::new(Endings::default());
        let watchers = Arc::new(Watchers::new("/frames"));
        let watched = watchers.clone();
        let operator = Operator::new(options.public_metrics, options.operator_advice.clone());
        let (counted, kept) = (metrics.clone(), endings.clone());
        let (for_closed, for_metrics) = (operator.clone(), operator);
        let metrics_page = Page::new("/metrics", move |request| {
            for_metrics.show(request, MEDIA_TYPE, || metrics.report(&request.traffic()))
        });
        let closed_page = Page::new("/closed", move |request| {
            for_closed.show(request, "text/plain; charset=utf-8", || endings.report())
        });
        let (lobby, rooms, stopping) = (hub.clone(), hub.clone(), hub.clone());
        let speaking = |route: Route| match &options.subprotocols {
            Subprotocols::Listed(names) => route.subprotocols(names),
            Subprotocols::FirstOffered => route.any_subprotocol(),
        };
        let routes = [
            Route::new("/", |_| Echo),
            Route::new("/echo", |_| Echo),
            self.broadcast(),
            Route::new("/chat", move |_| ChatHandler::new(lobby.clone())).max_rate(LINE_RATE),
            Route::new("/chat/*", move |_| ChatHandler::new(rooms.clone())).max_rate(LINE_RATE),
            Route::new("/frames", move |_| FramesHandler::new(watchers.clone()))
                .max_rate(COMMAND_RATE),
        ];
        #[cfg(feature = "cluster")]
        let builder = self.admit_in_cluster(builder);
        let builder = routes
            .into_iter()
            .map(speaking)
            .fold(builder, Builder::route)
            .page(self.health_page())
            .page(metrics_page)
            .page(closed_page)
            .observe(counted)
            .observe(kept)
            .observe(watched)
            .on_stop(move || {
                let notice = ChatInput::announce("the server is shutting down");
                // A server that stops does not wait for a slow hub, since the notice is optional.
                let _: bool = stopping.submit_and_wait(notice, ANNOUNCE_TIME);
            });
        page::pages().fold(builder, Builder::page)
    }

    fn broadcast(&self) -> Route {
        let hub = self.hub.clone();
        #[cfg(feature = "cluster")]
        if self.node.is_some() {
            return Route::new("/broadcast", move |_| ClusterBroadcast::new(hub.clone()));
        }
        Route::new("/broadcast", move |_| {
            Broadcast::new(hub.clone(), "/broadcast")
        })
    }

    fn health_page(&self) -> Page {
        #[cfg(feature = "cluster")]
        if let Some(status) = self.cluster_status() {
            let page = move |request: &PlainRequest<'_>| match cluster::health(&status, request) {
                Some(why) => unhealthy(why),
                None => health(request),
            };
            return Page::new("/healthz", page).open_to_all();
        }
        Page::new("/healthz", health).open_to_all()
    }

    /// The server keeps the node running.
    #[cfg(feature = "cluster")]
    fn admit_in_cluster(&self, builder: Builder) -> Builder {
        match self.node.clone() {
            Some(node) => builder.admit(move |opening| cluster::admit(node.status(), opening)),
            None => builder,
        }
    }
}

/// The health check, which is open to everybody.
fn health(request: &PlainRequest<'_>) -> Response {
    match request.is_stopping() {
        true => unhealthy("stopping\n"),
        false => Response::text(200, "ok\n").with_header("Cache-Control", "no-store"),
    }
}

fn unhealthy(why: impl Into<String>) -> Response {
    Response::text(503, why).with_header("Cache-Control", "no-store")
}
