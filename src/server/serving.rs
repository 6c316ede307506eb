//! Serves an open connection with its handler, and logs the line that says how it ended.

use super::handler::{ClientInfo, Handler, Peer};
use super::log_fields::Target;
use super::shared::Shared;
use crate::connection::{CloseCause, ConnectionId, Incoming, Outbox, Seen, Session, Watch};
use crate::protocol::CloseCode;

/// Serves a connection until it ends. `endpoint` is the path of its route.
///
/// It is a separate function for the compiler too, so that the stack it uses is not in use while
/// the session is built.
#[inline(never)]
pub(super) fn serve(
    session: &mut Session,
    handler: Box<dyn Handler>,
    endpoint: &str,
    info: &ClientInfo,
    shared: &Shared,
) {
    log::info!("open {info} {}", Target::of(&info.request));
    watch_frames(session, endpoint, info, shared);
    let observers = &shared.observers;
    observers.tell(|observer| observer.opened(info, endpoint));
    let mut guarded = Guarded {
        handler,
        has_panicked: false,
        info,
        shared,
    };
    guarded.call(session.outbox(), |handler, peer| handler.on_open(peer));
    let cause = session.run(|incoming, outbox| match incoming {
        Incoming::Message(message) => {
            guarded.call(outbox, |handler, peer| handler.on_message(peer, message));
        }
        Incoming::Fragment(fragment) => {
            guarded.call(outbox, |handler, peer| handler.on_fragment(peer, fragment));
        }
        Incoming::Pong {
            round_trip: Some(time),
            ..
        } => observers.tell(|observer| observer.round_trip(info, time)),
        Incoming::Pong { .. } | Incoming::Ping(_) => {}
    });
    guarded.close(session.outbox(), &cause);
    observers.tell(|observer| observer.closed(info, endpoint, &cause));
    log::info!("close {info} {cause}");
}

/// Shows each frame of the connection to the log and to observers, if they want it.
///
/// It is a separate function to save stack, like [`serve`].
#[inline(never)]
fn watch_frames(session: &mut Session, endpoint: &str, info: &ClientInfo, shared: &Shared) {
    let id = info.id;
    let drawn =
        log::log_enabled!(log::Level::Trace).then(|| Watch::new(move |seen| draw(id, seen)));
    let observed = shared.observers.watch(info, endpoint);
    if let Some(watch) = drawn.into_iter().chain(observed).reduce(Watch::and) {
        session.watch(watch);
    }
}

/// Logs one frame, or the rule that the last frame broke, on one line.
fn draw(id: ConnectionId, seen: Seen<'_>) {
    match seen {
        Seen::Opening(_) => {} // its line is the one that says that the connection is open
        Seen::In(frame) => log::trace!("frame id={id} dir=in {frame}"),
        Seen::Out(frame) => log::trace!("frame id={id} dir=out {frame}"),
        Seen::Broken(rule) => log::trace!(
            "broken id={id} dir=in section=\"RFC {} {}\" rule=\"{rule}\"",
            rule.rfc(),
            rule.section()
        ),
        Seen::InCompressed(message) => log::trace!("message id={id} dir=in {message}"),
        Seen::OutCompressed(message) => log::trace!("message id={id} dir=out {message}"),
    }
}

/// A handler whose panic ends only its own connection.
struct Guarded<'a> {
    handler: Box<dyn Handler>,
    /// Only `on_close` is called after that.
    has_panicked: bool,
    info: &'a ClientInfo,
    shared: &'a Shared,
}

impl Guarded<'_> {
    fn call(&mut self, outbox: &mut Outbox, work: impl FnOnce(&mut dyn Handler, &mut Peer<'_>)) {
        if self.has_panicked {
            return;
        }
        let (handler, info) = (self.handler.as_mut(), self.info);
        // The outbox holds whole frames at any time, so a panic leaves it whole.
        let done = self.shared.catch_panic(info.id, "the handler", || {
            work(handler, &mut Peer::new(info, outbox));
        });
        if done.is_none() {
            self.has_panicked = true;
            outbox.close(CloseCode::INTERNAL_ERROR, "internal error");
        }
    }

    /// Calls `on_close`, and drops the handler where its panic is caught as well.
    fn close(self, outbox: &mut Outbox, cause: &CloseCause) {
        let Self {
            mut handler,
            info,
            shared,
            ..
        } = self;
        shared.catch_panic(info.id, "the handler", move || {
            handler.on_close(&mut Peer::new(info, outbox), cause);
        });
    }
}
