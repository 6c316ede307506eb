//! One client, from its accept to the answer to its opening handshake. Runs on the client's own
//! thread, which then serves it.

mod unheard;

use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Shared;
use super::admit::{Admission, Opening};
use super::clients::Place;
use super::handler::{ClientInfo, Route};
use super::http;
use super::serving::serve;
use super::who::Who;
use crate::connection::{Session, accept_head};
use crate::handshake::{Decision, Refusal, RequestHead, Upgrade, decide};
use crate::protocol::Role;
use crate::transport::Stream;

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

/// A WebSocket that is let in.
struct Opened<'a> {
    route: &'a Route,
    subprotocol: Option<String>,
    admission: Admission,
    /// The 101.
    preface: Vec<u8>,
}

/// What a request came to.
enum Answer<'a> {
    /// A WebSocket: who serves it, to whom, and the 101.
    Open(&'a Route, Box<ClientInfo>, Vec<u8>),
    /// Anything else: the whole response.
    Plain(Vec<u8>),
}

impl Visit {
    pub(super) fn run(self, stream: Stream, place: &Place, shared: &Shared) {
        let Some((stream, behind, answer)) = self.hear(stream, place, shared) else {
            return;
        };
        match answer {
            Answer::Open(route, info, preface) => {
                welcome(stream, &behind, preface, route, &info, place, shared);
            }
            Answer::Plain(response) => hang_up(stream, &response),
        }
    }

    /// What the client asks for, what came behind that, and what it comes to; `None` if it
    /// asked for nothing that can be answered, which has been dealt with then.
    ///
    /// A function of its own for the compiler too, like [`welcome`]: what the stack holds while
    /// a client asks is not there while it is served, and an idle client costs a page less.
    #[inline(never)]
    fn hear<'a>(
        &self,
        mut stream: Stream,
        place: &Place,
        shared: &'a Shared,
    ) -> Option<(Stream, Vec<u8>, Answer<'a>)> {
        let time = if place.is_surplus {
            SURPLUS_TIME
        } else {
            shared.config.handshake_timeout
        };
        let deadline = self.accepted + time;
        if let Some(tls) = shared.tls.as_ref().filter(|_| self.tls) {
            stream = match tls.accept(stream, deadline) {
                Ok(stream) => stream,
                Err(rejected) => {
                    self.tls_failed(*rejected, place, shared);
                    return None;
                }
            };
        }
        match accept_head(&mut stream.read, deadline) {
            Ok((head, behind)) => Some((stream, behind, self.answer(head, place, shared))),
            Err(failure) => {
                self.handshake_failed(stream, place, shared, &failure);
                None
            }
        }
    }

    fn answer<'a>(&self, head: RequestHead, place: &Place, shared: &'a Shared) -> Answer<'a> {
        let who = Who(place.id, Some(self.peer), None);
        log::debug!(
            "request {who} method={} target={:?} headers={:?}",
            head.method,
            head.target,
            head.headers
        );
        let decision = if place.is_surplus {
            Decision::Refuse(overloaded())
        } else {
            decide(&head)
        };
        let plain = match &decision {
            Decision::Plain => true,
            Decision::Upgrade(_) => false,
            Decision::Refuse(_) => !head.headers.has_token("Upgrade", "websocket"),
        };
        let answer = match decision {
            Decision::Refuse(refusal) => Err(refusal),
            Decision::Plain => self.serve_plain(&head, who, shared).map(Answer::Plain),
            Decision::Upgrade(upgrade) => match self.open(&head, &upgrade, shared) {
                Ok(opened) => return self.opened(head, opened, place),
                Err(refusal) => Err(refusal),
            },
        };
        answer.unwrap_or_else(|refusal| {
            let level = match refusal.status {
                // What every browser's first request comes to, and what a page's link may be.
                401 if head.headers.count("Authorization") == 0 => log::Level::Debug,
                404 | 426 if plain => log::Level::Debug,
                _ => log::Level::Info,
            };
            log::log!(
                level,
                "refused {who} status={} target={:?} why={:?}",
                refusal.status,
                head.target,
                refusal.why
            );
            match plain {
                true => shared.metrics.response(refusal.status),
                false => shared.metrics.handshake(refusal.status),
            }
            Answer::Plain(refusal.response_to(&head.method))
        })
    }

    /// What the rules of admission know of whoever asks.
    fn opening<'h>(&self, request: &'h RequestHead, websocket: bool) -> Opening<'h> {
        let mut opening = Opening::new(request, self.peer);
        (opening.secure, opening.loopback) = (self.tls, self.loopback);
        opening.websocket = websocket;
        opening
    }

    fn serve_plain(
        &self,
        head: &RequestHead,
        who: Who<'_>,
        shared: &Shared,
    ) -> Result<Vec<u8>, Refusal> {
        shared.config.access.check_host(head, self.loopback)?;
        let mut opening = self.opening(head, false);
        if head.path() != http::HEALTH {
            shared.door.admit(&mut opening)?;
        }
        let (status, response) = http::answer(&opening, shared)?;
        shared.metrics.response(status);
        log::debug!("http {who} status={status} target={:?}", head.target);
        Ok(response)
    }

    fn open<'a>(
        &self,
        head: &RequestHead,
        upgrade: &Upgrade,
        shared: &'a Shared,
    ) -> Result<Opened<'a>, Refusal> {
        shared.config.access.check_host(head, self.loopback)?;
        let mut opening = self.opening(head, true);
        let admission = shared.door.admit(&mut opening)?;
        let Some(route) = shared.route(head.path()) else {
            let why = format!("No endpoint is at {}.", head.path());
            return Err(Refusal::new(404, why));
        };
        let subprotocol = upgrade.choose(&route.subprotocols).map(str::to_owned);
        let preface = upgrade.response(subprotocol.as_deref());
        shared.metrics.handshake(101);
        Ok(Opened {
            route,
            subprotocol,
            admission,
            preface,
        })
    }

    fn opened<'a>(&self, request: RequestHead, opened: Opened<'a>, place: &Place) -> Answer<'a> {
        let Admission { user, data } = opened.admission;
        let info = ClientInfo {
            id: place.id,
            peer: Some(self.peer),
            request,
            subprotocol: opened.subprotocol,
            secure: self.tls,
            user,
            data,
        };
        Answer::Open(opened.route, Box::new(info), opened.preface)
    }
}

/// Serves a client whose opening handshake is over but for the 101 itself, the `preface`.
#[inline(never)]
fn welcome(
    stream: Stream,
    behind: &[u8],
    preface: Vec<u8>,
    route: &Route,
    info: &ClientInfo,
    place: &Place,
    shared: &Shared,
) {
    let config = &shared.config;
    let mut session = Session::new(
        Role::Server,
        stream,
        behind,
        preface,
        config.limits,
        config.queue,
        config.timeouts,
    );
    place.opened(session.sender().clone());
    serve(&mut session, route, info, shared);
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
