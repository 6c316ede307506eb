//! The thread of one connection: it connects, waits for the others, does what the mode says,
//! and closes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::echo::Echoes;
use super::fanout::Member;
use super::meter::Meter;
use super::plan::Mode;
use super::run::Run;
use crate::client::Client;
use crate::protocol::CloseCode;

/// Virtual memory for each thread; name look-ups need the most of it.
pub(super) const STACK_BYTES: usize = 256 << 10;

/// How often a thread looks around while nothing arrives.
pub(super) const GLANCE: Duration = Duration::from_millis(250);

/// How long a thread with several connections waits for one of them before it turns to the next.
const TURN: Duration = Duration::from_millis(5);

/// How long answers may still come after the end.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// The life of a thread with these connections, by their numbers.
pub(super) fn work(run: &Arc<Run>, numbers: Range<u64>) {
    let plan = &run.plan;
    let mut open = Vec::new();
    for number in numbers {
        if !plan.ramp.is_zero() {
            let share = number as f64 / plan.connections as f64;
            sleep_until(run, run.epoch + plan.ramp.mul_f64(share));
        }
        if plan.mode == Mode::Connect {
            run.tally.ready.fetch_add(1, Relaxed);
            connect_again_and_again(run, number);
            run.tally.finished.fetch_add(1, Relaxed);
            continue;
        }
        let connected = connect(run);
        run.tally.ready.fetch_add(1, Relaxed);
        match connected {
            Some(client) => open.push((number, client)),
            None => _ = run.tally.finished.fetch_add(1, Relaxed),
        }
    }
    converse(run, open);
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

fn converse(run: &Arc<Run>, mut open: Vec<(u64, Client)>) {
    let mut patience = Duration::from_secs(5);
    while !run.has_begun(patience) {
        // Pings are answered while the others are still on their way.
        for (_, client) in &mut open {
            client.turn(Duration::from_millis(1), |_, _| ());
        }
        patience = GLANCE;
    }
    let patience = if open.len() > 1 { TURN } else { GLANCE };
    let begin = |(number, client)| Conversation::begin(run, number, client);
    let mut open: Vec<_> = open.into_iter().map(begin).collect();
    while !open.is_empty() {
        let before = open.len();
        open.retain_mut(|one| one.go_on(run, patience));
        let ended = (before - open.len()) as u64;
        run.tally.finished.fetch_add(ended, Relaxed);
    }
}

/// What a connection does in a run, one read after the other.
pub(super) trait Talk {
    /// One read, for which it may wait so long, and what that leads to; false at the end.
    fn go_on(&mut self, client: &mut Client, patience: Duration) -> bool;
}

struct Conversation<'a> {
    client: Client,
    /// None once the closing handshake has begun.
    talk: Option<Box<dyn Talk + 'a>>,
    /// Whether it lived until its time had come.
    in_time: bool,
}

impl<'a> Conversation<'a> {
    fn begin(run: &'a Arc<Run>, number: u64, client: Client) -> Self {
        let talk: Box<dyn Talk> = match run.plan.mode {
            Mode::Echo => Box::new(Echoes::begin(run, number, &client)),
            Mode::Fanout => Box::new(Member::begin(run, number, &client)),
            Mode::Idle | Mode::Connect => Box::new(Silence { run }),
        };
        Self {
            client,
            talk: Some(talk),
            in_time: false,
        }
    }

    /// One read; false once the connection has ended.
    fn go_on(&mut self, run: &Run, patience: Duration) -> bool {
        if let Some(talk) = &mut self.talk {
            if talk.go_on(&mut self.client, patience) {
                return true;
            }
            self.end();
        }
        if self.client.turn(patience, |_, _| ()) {
            return true;
        }
        if let Some(cause) = self.client.ended() {
            run.tally.ending(cause, self.in_time);
        }
        false
    }

    /// Begins the closing handshake.
    fn end(&mut self) {
        self.talk = None;
        self.in_time = self.client.ended().is_none();
        self.client.close(CloseCode::NORMAL, "");
    }
}

struct Silence<'a> {
    run: &'a Run,
}

impl Talk for Silence<'_> {
    fn go_on(&mut self, client: &mut Client, patience: Duration) -> bool {
        !self.run.is_over(Instant::now()) && client.turn(patience, |_, _| ())
    }
}

/// Opens and closes connections, one after the other, or each when it is due.
fn connect_again_and_again(run: &Arc<Run>, number: u64) {
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
            Some(client) => {
                meter.received(run.nanos(began), 0);
                meter.end_read();
                let mut conversation = Conversation::begin(run, number, client);
                conversation.end();
                while conversation.go_on(run, Duration::MAX) {}
            }
            // A server that refuses is not to be asked in a tight loop.
            None => sleep_until(run, Instant::now() + Duration::from_millis(10)),
        }
    }
}
