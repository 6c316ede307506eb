//! The threads of a run: one for each connection, and one more for each that sends at a rate.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::payload::{Payloads, read_stamp};
use super::plan::Mode;
use super::run::Run;
use crate::client::Client;
use crate::connection::Sender;
use crate::protocol::{CloseCode, Event};

/// Virtual memory for each thread; name look-ups need the most of it.
pub(super) const STACK_BYTES: usize = 256 << 10;

/// How often a thread looks around while nothing arrives.
const GLANCE: Duration = Duration::from_millis(250);

/// How long answers may still come after the end.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// The life of one connection's thread.
pub(super) fn work(run: &Arc<Run>, number: u64) {
    let plan = &run.plan;
    if !plan.ramp.is_zero() {
        let share = number as f64 / plan.connections as f64;
        sleep_until(run, run.epoch + plan.ramp.mul_f64(share));
    }
    if plan.mode == Mode::Connect {
        run.tally.ready.fetch_add(1, Relaxed);
        connect_again_and_again(run, number);
    } else if let Some(client) = connect(run) {
        run.tally.ready.fetch_add(1, Relaxed);
        converse(run, number, client);
    } else {
        run.tally.ready.fetch_add(1, Relaxed);
    }
    run.tally.finished.fetch_add(1, Relaxed);
}

fn sleep_until(run: &Run, time: Instant) {
    loop {
        let now = Instant::now();
        if now >= time || run.is_over(now) {
            return;
        }
        thread::sleep((time - now).min(GLANCE));
    }
}

fn connect(run: &Run) -> Option<Client> {
    run.through_a_door(|| {
        if run.is_over(Instant::now()) {
            return None;
        }
        let began = Instant::now();
        match run.options.connect(&run.url) {
            Ok(client) => {
                run.tally.made.fetch_add(1, Relaxed);
                run.tally.opening.record(began.elapsed());
                Some(client)
            }
            Err(error) => {
                run.tally.failure(&error);
                None
            }
        }
    })
}

fn converse(run: &Arc<Run>, number: u64, mut client: Client) {
    let mut patience = Duration::from_secs(5);
    while !run.has_begun(patience) {
        // Pings are answered while the others are still on their way.
        client.turn(Duration::from_millis(1), |_, _| ());
        patience = GLANCE;
    }
    match run.plan.mode {
        Mode::Echo => echo(run, number, &mut client),
        Mode::Fanout => fanout(run, number, &mut client),
        Mode::Idle | Mode::Connect => {
            while !run.is_over(Instant::now()) && client.turn(GLANCE, |_, _| ()) {}
        }
    }
    close(run, &mut client);
}

fn close(run: &Run, client: &mut Client) {
    let in_time = client.ended().is_none();
    client.close(CloseCode::NORMAL, "");
    while client.turn(Duration::MAX, |_, _| ()) {}
    if let Some(cause) = client.ended() {
        run.tally.ending(cause, in_time);
    }
}

fn payload_of<'a>(event: &Event<'a>) -> Option<&'a [u8]> {
    match event {
        Event::Text(text) => Some(text.as_bytes()),
        Event::Binary(bytes) => Some(bytes),
        _ => None,
    }
}

/// Sends, and awaits the same back, in order.
fn echo(run: &Arc<Run>, number: u64, client: &mut Client) {
    let plan = &run.plan;
    let mut awaited = Payloads::new(number, plan.size, plan.binary);
    let mut answered = 0;
    let sent = Arc::new(AtomicU64::new(0));
    let mut under_way = VecDeque::new();
    match plan.rate {
        Some(rate) => start_pacing(run, number, rate, client.sender(), sent.clone()),
        None => {
            let sender = client.sender();
            for _ in 0..plan.depth {
                if run.is_over(Instant::now()) || !run.take_one() {
                    break;
                }
                under_way.push_back(Instant::now());
                let place = sent.fetch_add(1, Relaxed);
                if sender.send(awaited.echo(place)).is_err() {
                    break; // the next turn tells why
                }
            }
        }
    }
    loop {
        let now = Instant::now();
        let waiting = sent.load(Relaxed) - answered;
        if run.is_over(now) && (waiting == 0 || now >= run.end() + GRACE) {
            (0..waiting).for_each(|_| run.tally.error("no answer came in time"));
            return;
        }
        if waiting == 0 && plan.rate.is_none() {
            // Others still use what is left of --messages.
            if !client.turn(GLANCE, |_, _| ()) {
                return;
            }
            continue;
        }
        let alive = client.turn(GLANCE, |event, outbox| {
            let Some(payload) = payload_of(&event) else {
                return;
            };
            let now = Instant::now();
            if answered == sent.load(Relaxed) {
                return run.tally.error("a message came that answers none of ours");
            }
            if payload != awaited.echo(answered).as_bytes() {
                run.tally.error("an answer differs from what was sent");
            }
            let due = match plan.rate {
                Some(rate) => run.start() + plan.due(rate, number, answered),
                None => under_way.pop_front().unwrap_or(now),
            };
            answered += 1;
            run.received(due, now, payload.len());
            if plan.rate.is_none() && !run.is_over(now) && run.take_one() {
                outbox.send(awaited.echo(sent.fetch_add(1, Relaxed)));
                under_way.push_back(now);
            }
        });
        if !alive {
            return;
        }
    }
}

/// Starts the thread that sends each message when it is due, whatever has been answered.
fn start_pacing(run: &Arc<Run>, number: u64, rate: u64, sender: Sender, sent: Arc<AtomicU64>) {
    let owned = run.clone();
    let pacer = thread::Builder::new()
        .name("pacer".into())
        .stack_size(STACK_BYTES);
    let started = pacer.spawn(move || pace(&owned, number, rate, &sender, &sent));
    if let Err(error) = started {
        run.tally.error(&format!("no thread to send with: {error}"));
    }
}

fn pace(run: &Run, number: u64, rate: u64, sender: &Sender, sent: &AtomicU64) {
    let plan = &run.plan;
    let mut payloads = Payloads::new(number, plan.size, plan.binary);
    for place in 0.. {
        let due = run.start() + plan.due(rate, number, place);
        let order = place.saturating_mul(plan.senders()).saturating_add(number);
        if plan.messages.is_some_and(|all| order >= all) {
            return;
        }
        sleep_until(run, due);
        if run.is_over(Instant::now()) {
            return;
        }
        run.tally.sent.fetch_add(1, Relaxed);
        sent.fetch_add(1, Relaxed); // before the answer can come
        let message = match plan.mode {
            Mode::Fanout => payloads.stamped(place, number, run.nanos(due)),
            _ => payloads.echo(place),
        };
        if sender.send(message).is_err() {
            sent.fetch_sub(1, Relaxed);
            run.tally.sent.fetch_sub(1, Relaxed);
            return; // the receiving thread tells why
        }
    }
}

/// Receives all that any sends; the first connections send.
fn fanout(run: &Arc<Run>, number: u64, client: &mut Client) {
    let plan = &run.plan;
    let publishes = number < plan.publishers;
    let mut payloads = Payloads::new(number, plan.size, plan.binary);
    let mut place = 0;
    match plan.rate {
        Some(rate) if publishes => {
            start_pacing(run, number, rate, client.sender(), Arc::default());
        }
        None if publishes => {
            let sender = client.sender();
            for _ in 0..plan.depth {
                if run.is_over(Instant::now()) || !run.take_one() {
                    break;
                }
                let stamp = run.nanos(Instant::now());
                if sender.send(payloads.stamped(place, number, stamp)).is_err() {
                    break; // the next turn tells why
                }
                place += 1;
            }
        }
        _ => {}
    }
    while !run.is_quit() {
        let alive = client.turn(GLANCE, |event, outbox| {
            let Some(payload) = payload_of(&event) else {
                return;
            };
            let Some((sender, nanos)) = read_stamp(payload) else {
                return run.tally.error("a message came that none of ours sent");
            };
            let now = Instant::now();
            run.received(run.instant(nanos), now, payload.len());
            let own = publishes && sender == number && plan.rate.is_none();
            if own && !run.is_over(now) && run.take_one() {
                outbox.send(payloads.stamped(place, number, run.nanos(now)));
                place += 1;
            }
        });
        if !alive {
            return;
        }
    }
}

/// Opens and closes connections, one after the other, or each when it is due.
fn connect_again_and_again(run: &Run, number: u64) {
    let plan = &run.plan;
    while !run.has_begun(GLANCE) {}
    for place in 0.. {
        let due = plan
            .rate
            .map(|rate| run.start() + plan.due(rate, number, place));
        if let Some(due) = due {
            sleep_until(run, due);
        }
        if run.is_over(Instant::now()) || !run.take_one() {
            return;
        }
        let began = due.unwrap_or_else(Instant::now);
        match connect(run) {
            Some(mut client) => {
                run.received(began, Instant::now(), 0);
                close(run, &mut client);
            }
            // A server that refuses is not to be asked in a tight loop.
            None => sleep_until(run, Instant::now() + Duration::from_millis(10)),
        }
    }
}
