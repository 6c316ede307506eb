//! Echo: each connection sends, and awaits the same back, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::meter::Meter;
use super::pacing;
use super::payload::{Payloads, payload_of};
use super::run::Run;
use super::worker::{GLANCE, GRACE};
use crate::client::Client;
use crate::connection::Outbox;
use crate::protocol::Event;

/// The life of one open connection, until the end of the run or its own.
pub(super) fn echo(run: &Arc<Run>, number: u64, client: &mut Client) {
    let mut echoes = Echoes {
        run,
        number,
        payloads: Payloads::new(number, run.plan.size, run.plan.binary),
        meter: Meter::new(run),
        sent: Arc::default(),
        answered: 0,
        under_way: VecDeque::new(),
    };
    match run.plan.rate {
        Some(rate) => pacing::start(run, number, rate, client.sender(), echoes.sent.clone()),
        None => echoes.begin(client),
    }
    while echoes.go_on(client) {}
}

struct Echoes<'a> {
    run: &'a Run,
    number: u64,
    payloads: Payloads,
    meter: Meter<'a>,
    /// Counted by the pacing thread where there is one.
    sent: Arc<AtomicU64>,
    answered: u64,
    /// Without a rate: when messages were sent, and how many each time.
    under_way: VecDeque<(u64, u64)>,
}

impl Echoes<'_> {
    /// Sends as many as are to be in flight.
    fn begin(&mut self, client: &Client) {
        let sender = client.sender();
        let now = self.meter.now();
        for place in 0..self.run.plan.depth {
            if self.run.is_over_at(now) || !self.run.take_one() {
                break;
            }
            self.sent.store(place + 1, Relaxed);
            self.note_sent(now);
            if sender.send(self.payloads.echo(place)).is_err() {
                break; // the next turn tells why
            }
        }
        self.meter.end_read();
    }

    /// One read, and what it leads to; false at the end.
    fn go_on(&mut self, client: &mut Client) -> bool {
        let waiting = self.sent.load(Relaxed) - self.answered;
        if waiting == 0 && self.run.plan.rate.is_none() {
            // Others still use what is left of --messages.
            return !self.run.is_over(Instant::now()) && client.turn(GLANCE, |_, _| ());
        }
        let alive = client.turn(GLANCE, |event, outbox| self.take(&event, outbox));
        let now = self.meter.now();
        self.meter.end_read();
        if !alive || !self.run.is_over_at(now) {
            return alive;
        }
        let waiting = self.sent.load(Relaxed) - self.answered;
        if waiting > 0 && Instant::now() < self.run.end() + GRACE {
            return true;
        }
        (0..waiting).for_each(|_| self.run.tally.error("no answer came in time"));
        false
    }

    fn take(&mut self, event: &Event<'_>, outbox: &mut Outbox) {
        let Some((payload, binary)) = payload_of(event) else {
            return;
        };
        let plan = &self.run.plan;
        if self.answered == self.sent.load(Relaxed) {
            let text = "a message came that answers none of ours";
            return self.run.tally.error(text);
        }
        let sent = match plan.rate {
            Some(rate) => {
                let due = plan.due(rate, self.number, self.answered);
                self.run.nanos(self.run.start() + due)
            }
            None => self.sent_first(),
        };
        if binary != plan.binary {
            let kinds = ["text", "binary"];
            let (ours, theirs) = (kinds[usize::from(!binary)], kinds[usize::from(binary)]);
            let text = format!("an answer is {theirs}, though {ours} was sent");
            self.run.tally.error(&text);
            self.meter.wrong();
        } else if payload != self.payloads.echo(self.answered).as_bytes() {
            self.run.tally.error("an answer differs from what was sent");
            self.meter.wrong();
        } else {
            self.meter.received(sent, payload.len());
        }
        self.answered += 1;
        let now = self.meter.now();
        if plan.rate.is_none() && !self.run.is_over_at(now) && self.run.take_one() {
            let place = self.sent.load(Relaxed); // no other thread sends
            outbox.send(self.payloads.echo(place));
            self.sent.store(place + 1, Relaxed);
            self.note_sent(now);
        }
    }

    fn note_sent(&mut self, now: u64) {
        match self.under_way.back_mut() {
            Some((sent, messages)) if *sent == now => *messages += 1,
            _ => self.under_way.push_back((now, 1)),
        }
    }

    /// When the first of those under way was sent; it is so no longer.
    fn sent_first(&mut self) -> u64 {
        let Some((sent, messages)) = self.under_way.front_mut() else {
            return self.meter.now();
        };
        let sent = *sent;
        *messages -= 1;
        if *messages == 0 {
            self.under_way.pop_front();
        }
        sent
    }
}
