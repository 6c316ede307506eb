//! Fanout: the first connections publish, and all receive all of it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::meter::Meter;
use super::pacing;
use super::payload::{Payloads, Stamp, payload_of};
use super::run::Run;
use super::worker::GLANCE;
use crate::client::Client;
use crate::connection::Outbox;
use crate::protocol::{Event, Message};

/// The life of one open connection, until the end of the run or its own.
pub(super) fn fanout(run: &Arc<Run>, number: u64, client: &mut Client) {
    let mut member = Member {
        run,
        number,
        publishes: number < run.plan.publishers && run.plan.rate.is_none(),
        payloads: Payloads::new(number, run.plan.size, run.plan.binary),
        published: 0,
        meter: Meter::new(run),
    };
    match run.plan.rate {
        Some(rate) if number < run.plan.publishers => {
            pacing::start(run, number, rate, client.sender(), Arc::default());
        }
        _ if member.publishes => member.begin(client),
        _ => {}
    }
    while !run.is_quit() && client.turn(GLANCE, |event, outbox| member.take(&event, outbox)) {
        member.meter.end_read();
    }
    member.meter.end_read();
}

struct Member<'a> {
    run: &'a Run,
    number: u64,
    /// It sends one more for each of its own that comes back.
    publishes: bool,
    payloads: Payloads,
    published: u64,
    meter: Meter<'a>,
}

impl Member<'_> {
    fn begin(&mut self, client: &Client) {
        let sender = client.sender();
        for _ in 0..self.run.plan.depth {
            let Some(message) = self.next() else { break };
            if sender.send(message).is_err() {
                break; // the next turn tells why
            }
        }
        self.meter.end_read();
    }

    /// The next message to publish; none once there is none to come.
    fn next(&mut self) -> Option<Message<'_>> {
        let now = self.meter.now();
        if self.run.is_over_at(now) || !self.run.take_one() {
            return None;
        }
        self.run.tally.published.fetch_add(1, Relaxed);
        let place = self.published;
        self.published += 1;
        Some(self.payloads.stamped(place, self.number, now))
    }

    fn take(&mut self, event: &Event<'_>, outbox: &mut Outbox) {
        let Some((payload, binary)) = payload_of(event) else {
            return;
        };
        let stamp = self.payloads.stamp_of(payload);
        let Some(Stamp { sender, nanos }) = stamp.filter(|_| binary == self.run.plan.binary) else {
            let text = "a message came that none of ours sent";
            return self.run.tally.error(text);
        };
        self.meter.received(nanos, payload.len());
        if self.publishes
            && sender == self.number
            && let Some(message) = self.next()
        {
            outbox.send(message);
        }
    }
}
