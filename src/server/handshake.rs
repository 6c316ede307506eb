//! The opening handshake of one connection: from its accept to the answer. Runs on the
//! connection's own thread, which then serves it.

mod failed;

use std::io::IoSlice;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::admission::{Admission, Opening};
use super::arrival::Arrival;
use super::connections::ConnectionGuard;
use super::handler::{ClientInfo, Handler};
use super::log_fields::{LogFields, ShortList, ShortText, Target};
use super::page::PlainRequest;
use super::route::Route;
use super::serving::serve;
use super::shared::Shared;
use super::upgrade::UpgradeResponse;
use crate::connection::{
    HandshakeFailure, Opened, Session, SessionSettings, accept_head, accept_next_head,
};
use crate::handshake::{
    Decision, DeflateAgreed, HttpVersion, Refusal, RequestHead, Upgrade, accept_deflate, decide,
    http_date,
};
use crate::protocol::Role;
use crate::transport::Stream;

/// How long a client over capacity may take to send its request, before it gets 503.
const OVER_CAPACITY_TIME: Duration = Duration::from_secs(2);

/// The most plain requests on one connection.
const MAX_PLAIN_REQUESTS: usize = 100;

/// How long a connection is kept open for the next plain request.
const KEPT_TIME: Duration = Duration::from_secs(5);

/// After the last plain answer: for how long, and how many bytes, this end reads until the client
/// ends TCP.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 << 10;

/// The answer to a client over capacity.
pub(super) fn over_capacity() -> Refusal {
    let why = "This server is full; try again in a moment.";
    Refusal::new(503, why).with_header("Retry-After", "1")
}

/// The answer when the server, or a user's code in it, fails.
fn internal_error() -> Refusal {
    Refusal::new(500, "The server failed to answer this request.")
}

/// The value of a `Date` header; 1970 if the machine's clock shows an earlier time.
fn date_now() -> String {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    http_date(since_1970.unwrap_or_default())
}

/// A refusal with the time of day (RFC 9110 section 6.6.1).
fn dated(refusal: Refusal) -> Refusal {
    refusal.with_header("Date", date_now())
}

/// An opening handshake that is under way.
pub(super) struct Handshake<'a> {
    pub(super) arrival: Arrival,
    pub(super) guard: &'a ConnectionGuard,
    pub(super) shared: &'a Shared,
}

/// The result of a request.
enum Answer<'a> {
    /// A WebSocket.
    Upgrade(Upgraded<'a>),
    /// Anything else: the whole response, after which the connection ends.
    Last(Vec<u8>),
    /// A plain response, after which the connection is kept open for the next request.
    Kept(Vec<u8>),
}

/// An accepted opening handshake.
struct Upgraded<'a> {
    route: &'a Route,
    handler: Box<dyn Handler>,
    wants_fragments: bool,
    info: Box<ClientInfo>,
    /// The 101, not sent yet.
    response_head: Vec<u8>,
    deflate: Option<DeflateAgreed>,
}

/// A client whose session can begin. It is a value of its own so that the handshake's part of the
/// stack is left first: the pages of a stack stay in memory once they were used.
struct Ready<'a> {
    opened: Opened,
    /// The bytes that came after the request.
    leftover: Vec<u8>,
    upgraded: Upgraded<'a>,
}

// An idle client costs every page of its stack that was ever used, which is two pages. So each step
// is a function of its own that is never inlined: its part of the stack is free again for the next
// step.
impl<'a> Handshake<'a> {
    /// Reads the request of a connection that was accepted at this time, and serves it. After a
    /// plain request, the connection may send further ones.
    pub(super) fn run(self, stream: Stream, accepted: Instant) {
        if let Some(ready) = self.answer_requests(stream, accepted) {
            self.serve_client(ready);
        }
    }

    /// Serves a connection whose request somebody else has read; `leftover` is what was read after
    /// it. No next request is read, since it might be meant for somebody else again.
    #[inline(never)]
    pub(super) fn run_from_head(self, stream: Stream, head: Box<RequestHead>, leftover: &[u8]) {
        let answer = self.answer(head, false);
        if let Some(ready) = self.follow(stream, leftover.to_vec(), answer) {
            self.serve_client(ready);
        }
    }

    /// Reads and answers requests until one asks for a WebSocket. `None` if the connection has
    /// ended before.
    #[inline(never)]
    fn answer_requests(&self, stream: Stream, accepted: Instant) -> Option<Ready<'a>> {
        let (stream, head, leftover) = self.read_request(stream, accepted)?;
        match self.answer(head, true) {
            Answer::Kept(response) => self.answer_more(stream, response, leftover),
            answer => self.follow(stream, leftover, answer),
        }
    }

    /// Sends a plain answer, and answers the requests that follow it.
    #[inline(never)]
    fn answer_more(
        &self,
        mut stream: Stream,
        mut response: Vec<u8>,
        mut leftover: Vec<u8>,
    ) -> Option<Ready<'a>> {
        for more in (0..MAX_PLAIN_REQUESTS - 1).rev() {
            let head;
            (stream, head, leftover) = self.next_request(stream, &response, leftover)?;
            match self.answer(head, more > 0) {
                Answer::Kept(next) => response = next,
                answer => return self.follow(stream, leftover, answer),
            }
        }
        None // the last one was told that it is the last
    }

    /// Opens a WebSocket, or sends the last answer of the connection.
    #[inline(never)]
    fn follow(&self, stream: Stream, leftover: Vec<u8>, answer: Answer<'a>) -> Option<Ready<'a>> {
        match answer {
            Answer::Upgrade(mut upgraded) => Some(Ready {
                opened: self.open(stream, &mut upgraded),
                leftover,
                upgraded,
            }),
            Answer::Last(response) | Answer::Kept(response) => {
                send_last(stream, &response);
                None
            }
        }
    }

    /// Sends a plain answer and waits for the next request; returns `None` if there is none.
    #[inline(never)]
    fn next_request(
        &self,
        mut stream: Stream,
        response: &[u8],
        leftover: Vec<u8>,
    ) -> Option<(Stream, Box<RequestHead>, Vec<u8>)> {
        let written = stream.write.write_all(&mut [IoSlice::new(response)]);
        let shutdown = stream.shutdown.clone();
        if written.is_err() || !self.guard.begin_wait(shutdown.clone()) {
            shutdown.abort();
            return None;
        }
        let idle_deadline = Instant::now() + KEPT_TIME;
        let time = self.shared.settings.handshake_timeout;
        let limits = self.shared.settings.head_limits;
        let next = accept_next_head(&mut stream.read, leftover, limits, idle_deadline, time);
        self.guard.end_wait(shutdown);
        match next {
            Ok(Some((head, leftover))) => Some((stream, Box::new(head), leftover)),
            Ok(None) => {
                stream.write.finish();
                stream.shutdown.abort();
                None
            }
            Err(failure) => {
                self.head_failed(stream, &failure);
                None
            }
        }
    }

    /// Returns the request's head and the bytes after it, or `None` if no valid request came; that
    /// case has been handled then.
    ///
    /// This, `answer` and `serve_client` are separate functions for the compiler too, called one
    /// after the other: the pages of a thread's stack that were once used stay in memory, and an
    /// idle client needs one page less this way.
    #[inline(never)]
    fn read_request(
        &self,
        stream: Stream,
        accepted: Instant,
    ) -> Option<(Stream, Box<RequestHead>, Vec<u8>)> {
        let time = match self.guard.is_over_capacity {
            true => OVER_CAPACITY_TIME,
            false => self.shared.settings.handshake_timeout,
        };
        let deadline = accepted + time;
        let mut stream = self.accept_tls(stream, deadline)?;
        match accept_head(&mut stream.read, self.shared.settings.head_limits, deadline) {
            Ok((head, leftover)) => Some((stream, Box::new(head), leftover)),
            Err(failure) => {
                self.head_failed(stream, &failure);
                None
            }
        }
    }

    fn log_fields(&self) -> LogFields<'static> {
        LogFields(self.guard.id, self.arrival.peer, None)
    }

    /// Logs a request. The stack that formatting uses is free again before the request is answered.
    #[inline(never)]
    fn log_request(&self, head: &RequestHead) {
        log::debug!(
            "request {} method={} {} headers={}",
            self.log_fields(),
            ShortText(&head.method),
            Target::of(head),
            ShortList(&head.headers)
        );
    }

    #[inline(never)]
    fn answer(&self, head: Box<RequestHead>, may_keep: bool) -> Answer<'a> {
        self.log_request(&head);
        let decision = match self.guard.is_over_capacity {
            true => Decision::Refuse(over_capacity()),
            false => decide(&head),
        };
        let plain = match &decision {
            Decision::Plain => true,
            Decision::Upgrade(_) => false,
            Decision::Refuse(_) => !head.headers.has_token("Upgrade", "websocket"),
        };
        let answered = match decision {
            Decision::Refuse(refusal) => Err(refusal),
            Decision::Plain => self.answer_plain(&head, may_keep),
            Decision::Upgrade(upgrade) => match self.admit_upgrade(&head, upgrade) {
                Ok((route, response, admission)) => {
                    match self.upgrade(head, route, response, admission) {
                        Ok(upgraded) => return Answer::Upgrade(upgraded),
                        Err(head) => return self.refuse(&head, internal_error(), plain),
                    }
                }
                Err(refusal) => Err(refusal),
            },
        };
        answered.unwrap_or_else(|refusal| self.refuse(&head, refusal, plain))
    }

    #[inline(never)]
    fn refuse(&self, head: &RequestHead, mut refusal: Refusal, plain: bool) -> Answer<'a> {
        let fields = self.log_fields();
        if !(400..=599).contains(&refusal.status) {
            log::error!(
                "refused {fields} with the status {}, which is not a refusal: 500 is sent",
                refusal.status
            );
            refusal = internal_error();
        }
        let level = match refusal.status {
            // Every browser's first request gets this answer, and a page's link may get it.
            401 if head.headers.count("Authorization") == 0 => log::Level::Debug,
            404 | 426 if plain => log::Level::Debug,
            _ => log::Level::Info,
        };
        log::log!(
            level,
            "refused {fields} status={} {} why={}",
            refusal.status,
            Target::of(head),
            ShortText(&refusal.why)
        );
        let observers = &self.shared.observers;
        observers.tell(|observer| match plain {
            true => observer.response(refusal.status),
            false => observer.handshake(refusal.status),
        });
        Answer::Last(dated(refusal).response_to(&head.method))
    }

    /// The value that admission rules receive about the request.
    fn opening<'h>(&self, request: &'h RequestHead, websocket: bool) -> Opening<'h> {
        let mut opening = Opening::new(request, self.arrival.peer);
        (opening.secure, opening.loopback) = (self.arrival.secure, self.arrival.loopback);
        opening.websocket = websocket;
        opening
    }

    /// Applies the rules on origins and passwords, then the user's own rules.
    #[inline(never)]
    fn admit(&self, opening: &mut Opening<'_>) -> Result<Admission, Refusal> {
        self.shared.access.admit(opening)?;
        self.ask_rules(opening)
    }

    /// Applies the user's own rules; a rule that panics refuses with 500.
    #[inline(never)]
    fn ask_rules(&self, opening: &mut Opening<'_>) -> Result<Admission, Refusal> {
        let Self { shared, guard, .. } = self;
        let asked = shared.catch_panic(guard.id, "an admission rule", || {
            shared.rules.admit(opening)
        });
        asked.unwrap_or_else(|| Err(internal_error()))
    }

    #[inline(never)]
    fn answer_plain(&self, head: &RequestHead, may_keep: bool) -> Result<Answer<'a>, Refusal> {
        let Self { shared, guard, .. } = self;
        shared.access.check_host(head, self.arrival.loopback)?;
        let path = head.path();
        let page = shared.page(path);
        let mut opening = self.opening(head, false);
        if !page.is_some_and(|page| page.is_open_to_all()) {
            self.admit(&mut opening)?;
        }
        let Some(page) = page else {
            return Err(match shared.route(path) {
                Some(_) => Refusal::upgrade_required(format!(
                    "{path} is a WebSocket endpoint; connect to it with a WebSocket client."
                )),
                None => shared.not_found("Nothing", path),
            });
        };
        let request = PlainRequest {
            opening: &opening,
            access: &shared.access,
            connections: &shared.connections,
        };
        let response = shared
            .catch_panic(guard.id, "a page", || page.respond(&request))
            .ok_or_else(internal_error)?;
        // In HTTP/1.0 every response ends the connection (RFC 9112 section 9.3).
        let keeps = may_keep
            && head.version == HttpVersion::Http11
            && !head.headers.has_token("Connection", "close")
            && guard.may_be_kept();
        let date = date_now();
        let (status, bytes) = response.write(&head.method, Some(&date), keeps)?;
        shared.observers.tell(|observer| observer.response(status));
        let fields = self.log_fields();
        log::debug!("http {fields} status={status} {}", Target::of(head));
        Ok(match keeps {
            true => Answer::Kept(bytes),
            false => Answer::Last(bytes),
        })
    }

    /// Returns the route of an opening handshake, and what the admission rules add to its answer.
    #[inline(never)]
    fn admit_upgrade(
        &self,
        head: &RequestHead,
        upgrade: Upgrade,
    ) -> Result<(&'a Route, UpgradeResponse, Admission), Refusal> {
        let shared = self.shared;
        shared.access.check_host(head, self.arrival.loopback)?;
        let mut opening = self.opening(head, true);
        let admission = self.admit(&mut opening)?;
        let Some(route) = shared.route(head.path()) else {
            return Err(shared.not_found("No endpoint", head.path()));
        };
        let spoken = route.choose_subprotocol(&upgrade).map(str::to_owned);
        let mut response = UpgradeResponse::new(upgrade, spoken);
        if let Some(name) = &admission.subprotocol {
            response.choose_subprotocol(name);
        }
        for (name, value) in &admission.headers {
            response.add_header(name, value);
        }
        Ok((route, response, admission))
    }

    /// Makes the handler and passes it the 101. An error gives the request back: the handler
    /// panicked.
    #[expect(
        clippy::boxed_local,
        reason = "unboxed here, not on the caller's stack"
    )]
    #[inline(never)]
    fn upgrade(
        &self,
        request: Box<RequestHead>,
        route: &'a Route,
        mut response: UpgradeResponse,
        admission: Admission,
    ) -> Result<Upgraded<'a>, Box<RequestHead>> {
        let Admission { user, data, .. } = admission;
        let Self { arrival, guard, .. } = self;
        let mut info = Box::new(ClientInfo {
            id: guard.id,
            peer: arrival.peer,
            request: *request,
            subprotocol: response.subprotocol().map(str::to_owned),
            secure: arrival.secure,
            user,
            data,
        });
        let options = self.shared.settings.deflate;
        let deflate = options.and_then(|_| {
            let (agreed, answer) = accept_deflate(&info.request)?;
            response.turn_on(answer);
            Some(agreed)
        });
        let made = self.shared.catch_panic(guard.id, "the handler", || {
            let mut handler = route.handler(&info);
            handler.on_upgrade(&info, &mut response);
            let wants_fragments = handler.wants_fragments();
            (handler, wants_fragments)
        });
        let Some((handler, wants_fragments)) = made else {
            return Err(Box::new(info.request));
        };
        if response.subprotocol().is_none() && !response.offered_subprotocols().is_empty() {
            // Only their number is logged: some clients send a token among them.
            let offered = response.offered_subprotocols().len();
            log::info!(
                "subprotocol {} endpoint={:?} offered={offered} why=\"the endpoint supports none \
                 of them; a browser closes such a connection\"",
                self.log_fields(),
                route.path()
            );
        }
        let (response_head, subprotocol) = response.into_bytes();
        info.subprotocol = subprotocol;
        self.shared
            .observers
            .tell(|observer| observer.handshake(101));
        Ok(Upgraded {
            route,
            handler,
            wants_fragments,
            info,
            response_head,
            deflate,
        })
    }

    /// The connection of a client whose opening handshake is complete except for sending the 101.
    #[inline(never)]
    fn open(&self, stream: Stream, upgraded: &mut Upgraded<'_>) -> Opened {
        let response_head = std::mem::take(&mut upgraded.response_head);
        let settings = self.session_settings(upgraded.route, upgraded.deflate);
        let id = self.guard.id;
        let opened = Opened::over_stream(id, Role::Server, stream, response_head, &settings);
        self.guard.opened(opened.opening_sender());
        opened
    }

    fn session_settings(&self, route: &Route, agreed: Option<DeflateAgreed>) -> SessionSettings {
        let settings = &self.shared.settings;
        SessionSettings {
            limits: settings.limits,
            queue: settings.queue,
            timeouts: settings.timeouts,
            min_rate: settings.min_rate,
            max_rate: route.rate_of_clients(settings.max_rate),
            #[cfg(feature = "deflate")]
            deflate: None,
        }
        .with_deflate(agreed.zip(settings.deflate))
    }

    /// Begins the session. The stack that this uses is free again before the session runs.
    #[inline(never)]
    fn begin(
        &self,
        opened: Opened,
        leftover: Vec<u8>,
        (route, deflate): (&Route, Option<DeflateAgreed>),
    ) -> Session {
        let settings = self.session_settings(route, deflate);
        opened.into_session(&leftover, &settings)
    }

    /// Serves a client to its end.
    #[inline(never)]
    fn serve_client(self, ready: Ready<'_>) {
        let Ready {
            opened,
            leftover,
            upgraded,
        } = ready;
        let Upgraded {
            route,
            handler,
            wants_fragments,
            info,
            deflate,
            ..
        } = upgraded;
        let mut session = self.begin(opened, leftover, (route, deflate));
        session.stream_fragments(wants_fragments);
        session.limit_memory(&self.shared.memory);
        serve(&mut session, handler, route.path(), &info, self.shared);
    }
}

/// Writes the last response on a connection and lets the client end it.
fn send_last(mut stream: Stream, response: &[u8]) {
    let written = stream.write.write_all(&mut [IoSlice::new(response)]);
    if written.is_ok() {
        stream.write.finish();
        drop(stream.read.discard(LINGER_TIME, LINGER_BYTES)); // best effort
    }
    stream.shutdown.abort();
}
