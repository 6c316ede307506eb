//! The standard endpoints together: one hub, its routes and pages, and who counts.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::broadcast::Broadcast;
use super::chat::{Chat, ChatHandler, ChatInput, ChatLimits, LINE_RATE};
use super::echo::Echo;
use super::endings::Endings;
use super::frames::{COMMAND_RATE, FramesHandler, Watchers};
use super::metrics::{MEDIA_TYPE, Metrics};
use super::operator::Operator;
use super::page;
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
    /// The subprotocols that the endpoints take; their messages are the same in all of them.
    /// Default: none.
    pub subprotocols: Subprotocols,
    /// `/metrics` and `/closed` are shown to everybody. Default: to clients on this machine, and
    /// to those who gave a password.
    pub public_metrics: bool,
    /// What a client is told to do that may not see them: words behind the fact, without a full
    /// stop. Default: the fact alone.
    pub operator_advice: Option<String>,
}

/// The standard endpoints, their hub running.
#[derive(Debug)]
pub struct Standard {
    hub: Hub<ChatInput>,
    options: StandardOptions,
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
        Ok(Self { hub, options })
    }

    /// The hub of broadcast and chat.
    pub fn hub(&self) -> &Hub<ChatInput> {
        &self.hub
    }

    /// Adds the routes, the pages, an observer that counts, and the announcement in chat that
    /// the server stops. What is added to several servers shares its rooms.
    pub fn add_to(&self, builder: Builder) -> Builder {
        let Self { hub, options } = self;
        let metrics = Arc::new(Metrics::new(&PATHS, hub.counters().clone()));
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
        let (broadcast, lobby, rooms, stopping) =
            (hub.clone(), hub.clone(), hub.clone(), hub.clone());
        let speaking = |route: Route| match &options.subprotocols {
            Subprotocols::Listed(names) => route.subprotocols(names),
            Subprotocols::FirstOffered => route.any_subprotocol(),
        };
        let routes = [
            Route::new("/", |_| Echo),
            Route::new("/echo", |_| Echo),
            Route::new("/broadcast", move |_| {
                Broadcast::new(broadcast.clone(), "/broadcast")
            }),
            Route::new("/chat", move |_| ChatHandler::new(lobby.clone())).max_rate(LINE_RATE),
            Route::new("/chat/*", move |_| ChatHandler::new(rooms.clone())).max_rate(LINE_RATE),
            Route::new("/frames", move |_| FramesHandler::new(watchers.clone()))
                .max_rate(COMMAND_RATE),
        ];
        let builder = routes
            .into_iter()
            .map(speaking)
            .fold(builder, Builder::route)
            .page(Page::new("/healthz", health).open_to_all())
            .page(metrics_page)
            .page(closed_page)
            .observe(counted)
            .observe(kept)
            .observe(watched)
            .on_stop(move || {
                let notice = ChatInput::announce("the server is shutting down");
                // A server that stops does not wait for a slow hub: the notice is optional.
                let _: bool = stopping.submit_and_wait(notice, ANNOUNCE_TIME);
            });
        page::pages().fold(builder, Builder::page)
    }
}

/// The health check, which everybody may ask for.
fn health(request: &PlainRequest<'_>) -> Response {
    let (status, text) = match request.is_stopping() {
        true => (503, "stopping\n"),
        false => (200, "ok\n"),
    };
    Response::text(status, text).with_header("Cache-Control", "no-store")
}
