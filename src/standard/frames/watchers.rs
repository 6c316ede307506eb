//! Which clients watch which connections. The registry is an observer of the server: it is asked
//! about each connection once, before the connection's first byte.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::heads;
use super::json::Object;
use super::lab::{with_fields, with_rule};
use super::token::Token;
use crate::connection::{CloseCause, CompressedSeen, ConnectionId, Offer, Seen, Sender, Watch};
use crate::protocol::{FrameSeen, Initiator, Message, Pace, Rate};
use crate::server::{ClientInfo, Observer};

/// How many frames one viewer is shown. Beyond that, frames are counted and not shown.
const SHOWN_RATE: Rate = Rate {
    per_second: 200,
    burst: 1000,
};

/// The clients that watch, by their tokens.
#[derive(Debug)]
pub struct Watchers {
    /// Where they are served.
    endpoint: &'static str,
    viewers: Mutex<HashMap<Token, Arc<Viewer>>>,
}

impl Watchers {
    /// Nobody watches yet. `endpoint` is the path of the route whose
    /// [handlers](super::FramesHandler) these watchers belong to; it cannot be watched itself.
    #[must_use]
    pub fn new(endpoint: &'static str) -> Self {
        Self {
            endpoint,
            viewers: Mutex::default(),
        }
    }

    /// Shows this client each connection that is opened with `token` by the same user, until the
    /// answer is dropped. `None`: another client watches with this token already.
    #[must_use]
    pub(super) fn pair(
        self: &Arc<Self>,
        token: Token,
        user: Option<String>,
        sender: Sender,
    ) -> Option<Pairing> {
        let mut viewers = self.lock();
        if viewers.contains_key(&token) {
            return None;
        }
        let viewer = Arc::new(Viewer {
            user,
            begun: Instant::now(),
            shown: Mutex::new(Some(Shown {
                sender,
                pace: Pace::new(SHOWN_RATE, Instant::now()),
                skipped: 0,
            })),
        });
        viewers.insert(token.clone(), viewer);
        Some(Pairing {
            watchers: self.clone(),
            token,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Token, Arc<Viewer>>> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The viewer that a connection was opened for, with the token.
    fn viewer_of(&self, info: &ClientInfo) -> Option<(Token, Arc<Viewer>)> {
        let token = Token::of(&info.request)?;
        let viewer = self.lock().get(&token)?.clone();
        (viewer.user == info.user).then_some((token, viewer))
    }
}

impl Observer for Watchers {
    fn watch(&self, info: &ClientInfo, endpoint: &str) -> Option<Watch> {
        let (token, viewer) = self.viewer_of(info)?;
        // The viewers' own connections are not shown: two viewers would never stop showing each
        // other's frames.
        if endpoint == self.endpoint {
            return None;
        }
        let id = info.id;
        let opened = about("opened", id)
            .text("endpoint", endpoint)
            .text("request", &heads::request(&info.request, &token));
        viewer.tell(opened);
        Some(Watch::new(move |seen| show(&viewer, id, seen)))
    }

    fn closed(&self, info: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        if endpoint == self.endpoint {
            return;
        }
        let Some((_, viewer)) = self.viewer_of(info) else {
            return;
        };
        let by = match cause.by {
            Initiator::Peer => "client",
            Initiator::Local => "server",
            Initiator::Fault => "rule",
            Initiator::Network => "network",
        };
        let ended = about("ended", info.id)
            .text("by", by)
            .value("code", cause.code)
            .text("reason", &cause.reason)
            .text("why", &cause.why)
            .value("clean", cause.clean);
        viewer.tell(ended);
    }
}

/// A watching client; it watches for as long as this is kept.
#[derive(Debug)]
pub(super) struct Pairing {
    watchers: Arc<Watchers>,
    token: Token,
}

impl Drop for Pairing {
    fn drop(&mut self) {
        let viewer = self.watchers.lock().remove(&self.token);
        if let Some(viewer) = viewer {
            *viewer.lock() = None;
        }
    }
}

/// A client that watches.
#[derive(Debug)]
struct Viewer {
    user: Option<String>,
    begun: Instant,
    /// `None` once the client is gone.
    shown: Mutex<Option<Shown>>,
}

#[derive(Debug)]
struct Shown {
    sender: Sender,
    pace: Pace,
    /// Frames that were not shown since the last shown one.
    skipped: u64,
}

impl Viewer {
    /// Sends the viewer an event of a rare kind.
    fn tell(&self, object: Object) {
        let mut shown = self.lock();
        let Some(shown) = shown.as_mut() else { return };
        shown.tell_skipped();
        let _: bool = shown.offer(object.value("at", self.now()));
    }

    /// Shows the viewer a frame, unless there were too many: watching must not make a flood larger,
    /// and a connection never waits for its viewer.
    fn show(&self, frame: impl FnOnce() -> Object) {
        let mut shown = self.lock();
        let Some(shown) = shown.as_mut() else { return };
        if !shown.pace.take(Instant::now()) {
            shown.skipped += 1;
            return;
        }
        shown.tell_skipped();
        if !shown.offer(frame().value("at", self.now())) {
            shown.skipped += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the watching began.
    fn now(&self) -> f64 {
        (self.begun.elapsed().as_micros() as f64) / 1000.0
    }
}

impl Shown {
    fn tell_skipped(&mut self) {
        let skipped = self.skipped;
        if skipped > 0 && self.offer(Object::of_kind("skipped").value("frames", skipped)) {
            self.skipped = 0;
        }
    }

    fn offer(&self, object: Object) -> bool {
        let text = object.end();
        matches!(self.sender.offer(Message::Text(&text)), Offer::Queued)
    }
}

fn about(kind: &str, id: ConnectionId) -> Object {
    Object::of_kind(kind).value("id", id)
}

/// Shows a viewer what is seen of a connection.
fn show(viewer: &Viewer, id: ConnectionId, seen: Seen<'_>) {
    let frame =
        |dir: &str, frame: &FrameSeen| with_fields(about("frame", id).text("dir", dir), frame);
    let compressed = |dir: &str, message: &CompressedSeen| {
        (about("compressed", id).text("dir", dir))
            .value("compressed", message.compressed_bytes)
            .value("inflated", message.inflated_bytes)
    };
    match seen {
        Seen::Opening(head) => {
            if let Some(response) = heads::response(head) {
                viewer.tell(about("response", id).text("response", &response));
            }
        }
        Seen::In(seen) => viewer.show(|| frame("in", seen)),
        Seen::Out(seen) => viewer.show(|| frame("out", seen)),
        Seen::InCompressed(message) => viewer.show(|| compressed("in", &message)),
        Seen::OutCompressed(message) => viewer.show(|| compressed("out", &message)),
        Seen::Broken(rule) => viewer.tell(with_rule(about("broken", id), rule)),
    }
}
