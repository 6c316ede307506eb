//! Fanout: the first connections publish, and all receive all of it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::meter::Meter;
use super::pacing;
use super::payload::{Payloads, Stamp, payload_of};
use super::run::Run;
use super::worker::Talk;
use crate::client::Client;
use crate::connection::{Outbox, Sender};
use crate::protocol::{Event, Message};

/// One connection that receives, and publishes if it is one of the first.
pub(super) struct Member<'a> {
    run: &'a Run,
    number: u64,
    /// It sends one more for each of its own that comes back.
    publishes: bool,
    payloads: Payloads,
    published: u64,
    meter: Meter<'a>,
}

impl<'a> Member<'a> {
    /// Publishes as many as are to be in flight, or has them published when they are due.
    pub(super) fn begin(run: &'a Arc<Run>, number: u64, client: &Client) -> Self {
        let mut member = Self {
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
            _ if member.publishes => member.publish_first(&client.sender()),
            _ => {}
        }
        member
    }

    fn publish_first(&mut self, sender: &Sender) {
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

impl Talk for Member<'_> {
    fn go_on(&mut self, client: &mut Client, patience: Duration) -> bool {
        let alive =
            !self.run.is_quit() && client.turn(patience, |event, outbox| self.take(&event, outbox));
        self.meter.end_read();
        alive
    }
}
