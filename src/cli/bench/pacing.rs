//! Sending at a rate: a thread beside each connection that sends, so that a message goes out
//! when it is due, whatever has been answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use super::payload::Payloads;
use super::plan::Mode;
use super::run::Run;
use super::worker::{STACK_BYTES, sleep_until};
use crate::connection::Sender;

/// Starts the thread that sends for connection `number`; `sent` counts what it has sent.
pub(super) fn start(run: &Arc<Run>, number: u64, rate: u64, sender: Sender, sent: Arc<AtomicU64>) {
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
    // The answer may come before the next step: what is sent is counted first.
    let counts = [sent, &run.tally.published];
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
