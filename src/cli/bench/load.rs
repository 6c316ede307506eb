//! What an open connection sends and receives, in an echo and in a fan-out.
//!
//! Without `--rate` the loop is closed: `--depth` messages are in flight on each connection that
//! sends, and each answer makes room for the next message. With `--rate` the loop is open: a
//! thread of its own sends each message when it is due, whatever has been answered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use super::meter::Meter;
use super::payload::{Payloads, payload_of};
use super::plan::Mode;
use super::run::{GRACE, POLL, Run, STACK_BYTES};
use wshub::client::Client;
use wshub::connection::{Incoming, Outbox, Sender};
use wshub::protocol::Message;
use wshub::system;

/// Sends and receives on connection `number` until the end of the run or of the connection.
pub(super) fn exchange(run: &Arc<Run>, number: u64, client: &mut Client) {
    let plan = &run.plan;
    let sends = number < plan.senders();
    let mut load = Load {
        run,
        number,
        closed_loop: sends && plan.rate.is_none(),
        payloads: Payloads::new(number, plan.size, plan.binary),
        meter: Meter::new(run),
        sent: Arc::default(),
        answered: 0,
        send_times: VecDeque::new(),
    };
    match plan.rate {
        Some(rate) if sends => start_pacer(run, number, rate, client.sender(), load.sent.clone()),
        None if sends => load.begin(client),
        _ => {}
    }
    while load.go_on(client) {}
}

struct Load<'a> {
    run: &'a Run,
    number: u64,
    /// Each answer to a message of this connection makes room for the next one.
    closed_loop: bool,
    payloads: Payloads,
    meter: Meter<'a>,
    /// Messages sent so far; the pacer counts them where there is one.
    sent: Arc<AtomicU64>,
    /// Echoes received so far, wrong ones too.
    answered: u64,
    /// Echo, closed loop: when the messages in flight were sent, and how many each time.
    send_times: VecDeque<(u64, u64)>,
}

impl Load<'_> {
    /// Closed loop: sends as many messages as are to be in flight.
    fn begin(&mut self, client: &Client) {
        let sender = client.sender();
        for _ in 0..self.run.plan.depth {
            let Some(message) = self.next() else { break };
            if sender.send(message).is_err() {
                break; // the next turn of the client tells why
            }
        }
        self.meter.end_read();
    }

    /// Closed loop: the next message, counted as sent; none once the run or `--messages` is over.
    fn next(&mut self) -> Option<Message<'_>> {
        let now = self.meter.now();
        if self.run.is_over_at(now) || !self.run.take_one(now) {
            return None;
        }
        let place = self.sent.fetch_add(1, Relaxed);
        if self.run.plan.mode == Mode::Fanout {
            self.run.tally.published.fetch_add(1, Relaxed);
            return Some(self.payloads.stamped(place, self.number, now));
        }
        match self.send_times.back_mut() {
            Some((time, messages)) if *time == now => *messages += 1,
            _ => self.send_times.push_back((now, 1)),
        }
        Some(self.payloads.echo(place))
    }

    /// Reads once and handles what arrived; returns false at the end.
    fn go_on(&mut self, client: &mut Client) -> bool {
        if self.run.plan.mode == Mode::Fanout {
            // The supervisor waits for the deliveries that are on their way, for all connections
            // together.
            return !self.run.is_quit() && self.read(client).0;
        }
        if self.closed_loop && self.unanswered() == 0 {
            // Other connections still use what is left of --messages.
            return !self.run.is_over(Instant::now()) && client.turn(POLL, |_, _| ());
        }
        let (alive, now) = self.read(client);
        if !alive || !self.run.is_over_at(now) {
            return alive;
        }
        let unanswered = self.unanswered();
        if unanswered > 0 && Instant::now() < self.run.end() + GRACE {
            return true;
        }
        (0..unanswered).for_each(|_| self.run.tally.error("no answer came in time"));
        false
    }

    /// Reads once. Returns whether the connection is still open, and when the read returned.
    fn read(&mut self, client: &mut Client) -> (bool, u64) {
        let alive = client.turn(POLL, |event, outbox| self.take(&event, outbox));
        let now = self.meter.now();
        self.meter.end_read();
        (alive, now)
    }

    fn unanswered(&self) -> u64 {
        self.sent.load(Relaxed) - self.answered
    }

    /// Handles one event; an answer to a message of this connection makes room for the next.
    fn take(&mut self, event: &Incoming<'_>, outbox: &mut Outbox) {
        let Some((payload, binary)) = payload_of(event) else {
            return;
        };
        let answers_ours = match self.run.plan.mode {
            Mode::Fanout => self.take_delivery(payload, binary),
            _ => self.take_echo(payload, binary),
        };
        if answers_ours
            && self.closed_loop
            && let Some(message) = self.next()
        {
            outbox.send(message);
        }
    }

    /// Checks and counts an echo; returns whether it answers one of our messages.
    fn take_echo(&mut self, payload: &[u8], binary: bool) -> bool {
        let plan = &self.run.plan;
        if self.unanswered() == 0 {
            let text = "a message arrived that answers none of those sent";
            self.run.tally.error(text);
            self.misfit(payload);
            return false;
        }
        let sent = match plan.rate {
            Some(rate) => {
                let due = plan.due(rate, self.number, self.answered);
                self.run.nanos(self.run.start() + due)
            }
            None => self.oldest_send_time(),
        };
        if binary != plan.binary {
            let kinds = ["text", "binary"];
            let (ours, theirs) = (kinds[usize::from(!binary)], kinds[usize::from(binary)]);
            let text = format!("an answer is {theirs}, though {ours} was sent");
            self.run.tally.error(&text);
            self.meter.wrong();
            self.run.tally.misfits.other(payload);
        } else if payload != self.payloads.echo(self.answered).as_bytes() {
            self.run.tally.error("an answer differs from what was sent");
            self.meter.wrong();
            self.misfit(payload);
        } else {
            self.meter.received(sent, payload.len());
        }
        self.answered += 1;
        true
    }

    /// Counts a message that is not the expected echo.
    fn misfit(&self, payload: &[u8]) {
        let misfits = &self.run.tally.misfits;
        match self.payloads.is_echo(payload) {
            true => misfits.ours(),
            false => misfits.other(payload),
        }
    }

    /// Removes and returns the time of the oldest message in flight.
    fn oldest_send_time(&mut self) -> u64 {
        let Some((time, messages)) = self.send_times.front_mut() else {
            return self.meter.now();
        };
        let time = *time;
        *messages -= 1;
        if *messages == 0 {
            self.send_times.pop_front();
        }
        time
    }

    /// Checks and counts a delivery of a fan-out; returns whether this connection published it.
    fn take_delivery(&mut self, payload: &[u8], binary: bool) -> bool {
        let stamp = self.payloads.stamp_of(payload);
        let Some(stamp) = stamp.filter(|_| binary == self.run.plan.binary) else {
            let text = "a message arrived that this bench did not send";
            self.run.tally.error(text);
            return false;
        };
        self.meter.received(stamp.nanos, payload.len());
        stamp.sender == self.number
    }
}

/// Starts the thread that sends for connection `number`; `sent` counts what it has sent.
fn start_pacer(run: &Arc<Run>, number: u64, rate: u64, sender: Sender, sent: Arc<AtomicU64>) {
    let owned = run.clone();
    let pacer = thread::Builder::new()
        .name("pacer".into())
        .stack_size(STACK_BYTES);
    let pace = move || pace(&owned, number, rate, &sender, &sent);
    if let Err(error) = system::spawn(pacer, pace) {
        run.tally.error(&format!("no thread to send with: {error}"));
    }
}

fn pace(run: &Run, number: u64, rate: u64, sender: &Sender, sent: &AtomicU64) {
    let plan = &run.plan;
    let mut payloads = Payloads::new(number, plan.size, plan.binary);
    // A message is counted before it is sent, since its answer may arrive before the next
    // statement.
    let counts = [sent, &run.tally.published];
    for place in 0_u64.. {
        let order = place.saturating_mul(plan.senders()).saturating_add(number);
        let warming = plan.warming_messages(rate);
        let last = plan.messages.map(|all| all.saturating_add(warming));
        if last.is_some_and(|last| order >= last) {
            return;
        }
        let due = run.start() + plan.due(rate, number, place);
        run.sleep_until(due);
        if run.is_over(Instant::now()) {
            return;
        }
        if order < warming {
            run.warms_up();
        }
        for count in counts {
            count.fetch_add(1, Relaxed);
        }
        let message = match plan.mode {
            Mode::Fanout => payloads.stamped(place, number, run.nanos(due)),
            _ => payloads.echo(place),
        };
        if sender.send(message).is_err() {
            for count in counts {
                count.fetch_sub(1, Relaxed);
            }
            return; // the receiving thread tells why
        }
    }
}
