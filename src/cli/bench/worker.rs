//! The thread of one connection: it connects, waits for the others, does what the mode says,
//! and closes.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::echo::echo;
use super::fanout::fanout;
use super::meter::Meter;
use super::plan::Mode;
use super::run::Run;
use crate::client::Client;
use crate::protocol::CloseCode;

/// Virtual memory for each thread; name look-ups need the most of it.
pub(super) const STACK_BYTES: usize = 256 << 10;

/// How often a thread looks around while nothing arrives.
pub(super) const GLANCE: Duration = Duration::from_millis(250);

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

/// Sleeps until `time`, or the end of the run.
pub(super) fn sleep_until(run: &Run, time: Instant) {
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

/// Opens and closes connections, one after the other, or each when it is due.
fn connect_again_and_again(run: &Run, number: u64) {
    let plan = &run.plan;
    let mut meter = Meter::new(run);
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
                meter.received(run.nanos(began), 0);
                meter.end_read();
                close(run, &mut client);
            }
            // A server that refuses is not to be asked in a tight loop.
            None => sleep_until(run, Instant::now() + Duration::from_millis(10)),
        }
    }
}
