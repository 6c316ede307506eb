//! The opening handshake of one connection: from its accept to the answer. Runs on the
//! connection's own thread, which then serves it.
//!
//! Its steps are `#[inline(never)]`, so that one after another uses the same part of the stack.
//! Inlined into one function, what each of them needs would add up, and a page of stack that was
//! once touched stays in memory for as long as the client is connected.

mod failed;
mod requests;
mod upgraded;
mod upgrading;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::admission::{Admission, Opening};
use super::arrival::Arrival;
use super::connections::ConnectionGuard;
use super::log_fields::{LogFields, ShortList, ShortText, Target};
use super::page::PlainRequest;
use super::shared::Shared;
use crate::handshake::{Decision, HttpVersion, Refusal, RequestHead, decide, http_date};
use crate::transport::Stream;
use upgraded::Upgraded;

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
}
