//! An open connection and its handler, to the line in the log that says how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use super::Shared;
use super::handler::{Client, ClientId, ClientInfo, Handler, Route};
use super::who::Who;
use crate::connection::{CloseCause, Outbox, Seen, Session, Watch};
use crate::protocol::{CloseCode, CloseFrame, Event, Message};

/// Serves a connection to its end.
pub(super) fn serve(session: &mut Session, route: &Route, info: &ClientInfo, shared: &Shared) {
    let who = Who(info.id, info.peer, info.user.as_deref());
    let target = &info.request.target;
    log::info!("open {who} target={target:?}");
    if log::log_enabled!(log::Level::Trace) {
        let id = info.id;
        session.watch(Watch::new(move |seen| draw(id, seen)));
    }
    shared.metrics.opened(&route.path);
    let mut guarded = Guarded {
        handler: None,
        info,
        shared,
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
            Event::Pong(_) => {
                if let Some(time) = outbox.round_trip() {
                    shared.metrics.round_trip(time);
                }
                return;
            }
            Event::Ping(_) | Event::Close(_) => return,
        };
        guarded.call(outbox, |handler, client| {
            if let Some(handler) = handler {
                handler.on_message(client, message);
            }
        });
    });
    guarded.close(session.outbox(), &cause);
    let endpoint = format!("{who} endpoint={:?}", route.path);
    (shared.endings).keep(SystemTime::now(), &endpoint, target, &cause);
    shared.metrics.closed(&route.path, &cause);
    log::info!("close {who} {cause}");
}

/// One frame, or the rule that the last one broke, on a line of the log.
fn draw(id: ClientId, seen: Seen<'_>) {
    match seen {
        Seen::In(frame) => log::trace!("frame id={id} dir=in {frame}"),
        Seen::Out(frame) => log::trace!("frame id={id} dir=out {frame}"),
        Seen::Broken(rule) => log::trace!(
            "broken id={id} dir=in section=\"RFC 6455 {}\" rule=\"{rule}\"",
            rule.section()
        ),
    }
}

/// A handler whose panic stays its own.
struct Guarded<'a> {
    handler: Option<Box<dyn Handler>>,
    info: &'a ClientInfo,
    shared: &'a Shared,
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
            self.shared.metrics.panicked();
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
