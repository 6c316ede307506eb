//! The thread of one connection: it connects, waits for the others, does what the mode says,
//! and closes.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::load::exchange;
use super::meter::Meter;
use super::plan::Mode;
use super::run::{POLL, Run};
use wshub::client::Client;
use wshub::protocol::CloseCode;

/// How long a connection thread first waits for the start without answering pings.
const QUIET_START: Duration = Duration::from_secs(5);

/// The pause behind a refused connection, so that a server is not asked in a tight loop.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// Runs connection `number` from its opening to its end.
pub(super) fn work(run: &Arc<Run>, number: u64) {
    let plan = &run.plan;
    if !plan.ramp.is_zero() {
        let share = number as f64 / plan.connections as f64;
        run.sleep_until(run.epoch + plan.ramp.mul_f64(share));
    }
    let reconnects = plan.mode == Mode::Connect;
    let client = if reconnects { None } else { connect(run) };
    run.tally.ready.fetch_add(1, Relaxed);
    if reconnects {
        connect_repeatedly(run, number);
    } else if let Some(client) = client {
        converse(run, number, client);
    }
    run.tally.finished.fetch_add(1, Relaxed);
}

fn connect(run: &Run) -> Option<Client> {
    run.when_connecting_is_allowed(|| {
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
    let mut timeout = QUIET_START;
    while !run.has_begun(timeout) {
        // Pings are answered while the others are still connecting.
        let _ = client.turn(Duration::from_millis(1), |_, _| ());
        timeout = POLL;
    }
    if run.plan.mode.sends() {
        exchange(run, number, &mut client);
    } else {
        while !run.is_over(Instant::now()) && client.turn(POLL, |_, _| ()) {}
    }
    close(run, &mut client);
}

fn close(run: &Run, client: &mut Client) {
    let in_time = client.ended().is_none();
    client.begin_close(CloseCode::NORMAL, "");
    while client.turn(Duration::MAX, |_, _| ()) {}
    if let Some(cause) = client.ended() {
        run.tally.ending(cause, in_time);
    }
}

/// Opens and closes connections, one after the other, or each when it is due.
fn connect_repeatedly(run: &Run, number: u64) {
    let plan = &run.plan;
    let mut meter = Meter::new(run);
    while !run.has_begun(POLL) {}
    for place in 0.. {
        let due = plan
            .rate
            .map(|rate| run.start() + plan.due(rate, number, place));
        if let Some(due) = due {
            run.sleep_until(due);
        }
        let began = due.unwrap_or_else(Instant::now);
        if run.is_over(Instant::now()) || !run.take_one(run.nanos(began)) {
            return;
        }
        match connect(run) {
            Some(mut client) => {
                meter.received(run.nanos(began), 0);
                meter.end_read();
                close(run, &mut client);
            }
            None => run.sleep_until(Instant::now() + REFUSED_PAUSE),
        }
    }
}
