//! One client, from its accept to the line in the log that says how it ended. Runs on the
//! client's own thread.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::Shared;
use super::clients::Place;
use super::handler::{Client, ClientInfo, Handler, Route};
use super::http;
use crate::connection::{CloseCause, HandshakeFailure, Outbox, Session, accept_head};
use crate::handshake::{Decision, HeadError, Refusal, RequestHead, Upgrade, decide};
use crate::protocol::{CloseCode, CloseFrame, Event, Message, Role};
use crate::transport::{Rejected, Stream, TlsFailure};

/// How long a client that is one too many may take to ask, before it is told so.
const SURPLUS_TIME: Duration = Duration::from_secs(2);

/// After a plain answer: how long, and how much, is read until the client ends TCP.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 << 10;

/// The answer to a client that is one too many.
pub(super) fn overloaded() -> Refusal {
    let why = "This server is full; try again in a moment.";
    Refusal::new(503, why).with_header("Retry-After", "1")
}

/// What is known when a client comes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) peer: SocketAddr,
    /// It came to a listener that only this machine reaches.
    pub(super) loopback: bool,
    /// It came to a listener that speaks TLS.
    pub(super) tls: bool,
    pub(super) accepted: Instant,
}

/// What a request came to.
enum Answer<'a> {
    /// A WebSocket: who serves it, and the 101.
    Open(&'a Route, RequestHead, Option<String>, Vec<u8>),
    /// Anything else: the whole response.
    Plain(Vec<u8>),
}

impl Visit {
    pub(super) fn run(self, stream: Stream, place: &Place, shared: &Shared) {
        let time = if place.is_surplus {
            SURPLUS_TIME
        } else {
            shared.config.handshake_timeout
        };
        let deadline = self.accepted + time;
        let mut stream = match &shared.tls {
            Some(tls) if self.tls => match tls.accept(stream, deadline) {
                Ok(stream) => stream,
                Err(rejected) => return self.tls_failed(*rejected, place),
            },
            _ => stream,
        };
        let (head, behind) = match accept_head(&mut stream.read, deadline) {
            Ok(arrived) => arrived,
            Err(failure) => return self.handshake_failed(stream, place, &failure),
        };
        match self.answer(head, place, shared) {
            Answer::Open(route, request, subprotocol, preface) => {
                let info = ClientInfo {
                    id: place.id,
                    peer: Some(self.peer),
                    request,
                    subprotocol,
                };
                let config = &shared.config;
                let session = Session::new(
                    Role::Server,
                    stream,
                    &behind,
                    preface,
                    config.limits,
                    config.queue,
                    config.timeouts,
                );
                place.opened(session.sender().clone());
                serve(session, route, &info);
            }
            Answer::Plain(response) => hang_up(stream, &response),
        }
    }

    fn answer<'a>(&self, head: RequestHead, place: &Place, shared: &'a Shared) -> Answer<'a> {
        let refuse = |refusal: Refusal| {
            log::info!(
                "refused id={} peer={} status={} target={:?} why={:?}",
                place.id,
                self.peer,
                refusal.status,
                head.target,
                refusal.why
            );
            Answer::Plain(refusal.response_to(&head.method))
        };
        if place.is_surplus {
            return refuse(overloaded());
        }
        if let Err(refusal) = shared.config.access.check_host(&head, self.loopback) {
            return refuse(refusal);
        }
        match decide(&head) {
            Decision::Refuse(refusal) => refuse(refusal),
            Decision::Plain => {
                let (status, response) = http::answer(&head, shared);
                log::debug!(
                    "http id={} peer={} status={status} {} {:?}",
                    place.id,
                    self.peer,
                    head.method,
                    head.target
                );
                Answer::Plain(response)
            }
            Decision::Upgrade(upgrade) => match self.admit(&head, &upgrade, shared) {
                Err(refusal) => refuse(refusal),
                Ok((route, subprotocol)) => {
                    let preface = upgrade.response(subprotocol.as_deref());
                    Answer::Open(route, head, subprotocol, preface)
                }
            },
        }
    }

    fn admit<'a>(
        &self,
        head: &RequestHead,
        upgrade: &Upgrade,
        shared: &'a Shared,
    ) -> Result<(&'a Route, Option<String>), Refusal> {
        let Some(route) = shared.route(head.path()) else {
            return Err(Refusal::new(
                404,
                format!("No endpoint is at {}.", head.path()),
            ));
        };
        shared.config.access.check_origin(head, self.tls)?;
        Ok((
            route,
            upgrade.choose(&route.subprotocols).map(str::to_owned),
        ))
    }

    fn tls_failed(self, rejected: Rejected, place: &Place) {
        let Self { peer, .. } = self;
        let id = place.id;
        let Rejected { stream, failure } = rejected;
        match failure {
            TlsFailure::NotTls { http: true } => {
                log::info!(
                    "refused id={id} peer={peer} status=400 why=\"plain HTTP on a port that speaks \
                     wss:// and https:// only\""
                );
                let why = "This port speaks TLS: use wss:// and https:// here.";
                hang_up(stream, &Refusal::new(400, why).response());
            }
            TlsFailure::NotTls { http: false } => {
                log::info!(
                    "refused id={id} peer={peer} why=\"neither TLS nor HTTP on a port that speaks \
                     wss:// and https:// only\""
                );
                stream.cutter.cut();
            }
            TlsFailure::Silent | TlsFailure::Ended | TlsFailure::Io(_) => {
                log::debug!("gone id={id} peer={peer} why=\"{failure}\"");
                stream.cutter.cut();
            }
            TlsFailure::TooSlow | TlsFailure::Refused(_) => {
                let hint = match failure.is_about_certificate() {
                    true => "; the client does not trust this server's certificate",
                    false => "",
                };
                log::info!(
                    "refused id={id} peer={peer} why={:?}",
                    format!("{failure}{hint}")
                );
                stream.cutter.cut();
            }
        }
    }

    fn handshake_failed(self, stream: Stream, place: &Place, failure: &HandshakeFailure) {
        let Self { peer, .. } = self;
        let id = place.id;
        match failure {
            HandshakeFailure::Head(HeadError::TlsHello) => {
                log::info!(
                    "refused id={id} peer={peer} why=\"TLS on a port that speaks ws:// and http:// only\""
                );
                stream.cutter.cut();
            }
            HandshakeFailure::Silent | HandshakeFailure::Ended | HandshakeFailure::Io(_) => {
                log::debug!("gone id={id} peer={peer} why=\"{failure}\"");
                stream.cutter.cut();
            }
            _ => {
                log::info!("refused id={id} peer={peer} why=\"{failure}\"");
                match failure.refusal() {
                    Some(refusal) => hang_up(stream, &refusal.response()),
                    None => stream.cutter.cut(),
                }
            }
        }
    }
}

/// Writes the last response on a connection and lets the client end it.
fn hang_up(mut stream: Stream, response: &[u8]) {
    if stream
        .write
        .write_all(&mut [IoSlice::new(response)])
        .is_ok()
    {
        stream.write.finish();
        drop(stream.read.discard(LINGER_TIME, LINGER_BYTES)); // best effort
    }
    stream.cutter.cut();
}

/// An open connection, to its end.
fn serve(mut session: Session, route: &Route, info: &ClientInfo) {
    let ClientInfo { id, .. } = info;
    let peer = info
        .peer
        .map_or_else(|| "memory".to_owned(), |peer| peer.to_string());
    log::info!("open id={id} peer={peer} target={:?}", info.request.target);
    let mut guarded = Guarded {
        handler: None,
        info,
    };
    guarded.call(session.outbox(), |handler, _| {
        *handler = Some((route.factory)(info))
    });
    guarded.call(session.outbox(), |handler, client| {
        if let Some(handler) = handler {
            handler.on_open(client);
        }
    });
    let cause = session.run(|event, outbox| {
        let message = match event {
            Event::Text(text) => Message::Text(text),
            Event::Binary(bytes) => Message::Binary(bytes),
            Event::Ping(_) | Event::Pong(_) | Event::Close(_) => return,
        };
        guarded.call(outbox, |handler, client| {
            if let Some(handler) = handler {
                handler.on_message(client, message);
            }
        });
    });
    guarded.close(session.outbox(), &cause);
    log::info!("close id={id} peer={peer} {cause}");
}

/// A handler whose panic stays its own.
struct Guarded<'a> {
    handler: Option<Box<dyn Handler>>,
    info: &'a ClientInfo,
}

impl Guarded<'_> {
    fn call(
        &mut self,
        outbox: &mut Outbox,
        work: impl FnOnce(&mut Option<Box<dyn Handler>>, &mut Client<'_>),
    ) {
        // What a panic leaves behind is never looked at again: the handler is dropped, and the
        // outbox holds whole frames at any time.
        let mut client = Client::new(self.info, outbox);
        let handler = &mut self.handler;
        let done = catch_unwind(AssertUnwindSafe(|| work(handler, &mut client)));
        if done.is_err() {
            log::error!("panic id={} why=\"the handler panicked\"", self.info.id);
            outbox.close(CloseFrame::new(CloseCode::INTERNAL_ERROR, "internal error"));
            self.handler = None;
        }
    }

    fn close(&mut self, outbox: &mut Outbox, cause: &CloseCause) {
        self.call(outbox, |handler, client| {
            if let Some(mut handler) = handler.take() {
                handler.on_close(client, cause);
            }
        });
    }
}
