//! The main thread of a run: it starts the connections, begins the load, and ends it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::misfit::{self, Misfit};
use super::plan::Mode;
use super::progress::Progress;
use super::run::{GRACE, Run, STACK_BYTES};
use super::worker::work;
use wshub::system;

/// How often the run is checked.
const TICK: Duration = Duration::from_millis(20);

/// How long the lag thread sleeps at a time, to see how late it is woken.
const NAP: Duration = Duration::from_millis(5);

/// What the supervisor observed of a run.
pub(super) struct Supervised {
    /// The CPU that this program used in the measured time, in cores; none where the system does
    /// not tell.
    pub(super) cores: Option<f64>,
    /// Why the run was given up.
    pub(super) misfit: Option<Misfit>,
}

/// Runs the load from the first connection to the last answer.
pub(super) fn supervise(run: &Arc<Run>, progress: &mut Progress) -> Supervised {
    let (plan, tally) = (&run.plan, &run.tally);
    start_workers(run);
    while tally.ready.load(Relaxed) < plan.connections
        && plan.mode != Mode::Connect
        && !run.is_over(Instant::now())
    {
        progress.connecting(run);
        thread::sleep(TICK);
    }
    if tally.made.load(Relaxed) == 0 && plan.mode != Mode::Connect {
        run.stop();
    }
    run.begin();
    let mut before = None;
    let watcher = run.clone();
    // Without this thread there is no warning about a slow machine; everything else is the same.
    let _ = thread::Builder::new()
        .name("lag".into())
        .spawn(move || watch_lag(&watcher));
    let (mut misfit, mut told) = (None, false);
    let mut stall = Stall {
        received: 0,
        since: Instant::now(),
    };
    while !run.is_over(Instant::now()) {
        if before.is_none() && !run.measured_time().is_zero() {
            before = cpu_time().map(|time| (Instant::now(), time));
        }
        progress.running(run);
        thread::sleep(TICK);
        let done = run.is_complete();
        let carries = plan.mode.sends() && plan.messages.is_some();
        let stalled = carries && stall.lasts(Instant::now(), tally.received.load(Relaxed));
        let elapsed = run.start().elapsed();
        let received = tally.received.load(Relaxed);
        if plan.mode == Mode::Echo && misfit.is_none() {
            misfit = tally.misfits.judge(received, elapsed);
        }
        if plan.mode == Mode::Echo && !told && misfit::is_silent(received, elapsed) {
            told = true;
            progress.say("no answer has arrived so far: does this endpoint echo? /echo does");
        }
        if done || stalled || misfit.is_some() || tally.finished.load(Relaxed) == plan.connections {
            run.stop();
        }
    }
    let cores = before.zip(cpu_time()).map(|((then, before), after)| {
        after.saturating_sub(before).as_secs_f64() / then.elapsed().as_secs_f64().max(1e-9)
    });
    if misfit.is_none() {
        await_the_last(run);
    }
    Supervised { cores, misfit }
}

/// Starts a thread for each connection.
fn start_workers(run: &Arc<Run>) {
    for number in 0..run.plan.connections {
        let owned = run.clone();
        let worker = thread::Builder::new()
            .name("client".into())
            .stack_size(STACK_BYTES);
        if let Err(error) = system::spawn(worker, move || work(&owned, number)) {
            let tally = &run.tally;
            for count in [&tally.failed, &tally.ready, &tally.finished] {
                count.fetch_add(1, Relaxed);
            }
            tally.error(&format!("no thread for a connection: {error}"));
        }
    }
}

/// Notices when nothing more arrives: a run that ends after a number of messages would wait for
/// a lost one without end.
struct Stall {
    received: u64,
    since: Instant,
}

impl Stall {
    /// Whether nothing came for [`GRACE`] by `now`; `received` counts all that ever came.
    fn lasts(&mut self, now: Instant, received: u64) -> bool {
        if received != self.received {
            (self.received, self.since) = (received, now);
        }
        now.saturating_duration_since(self.since) >= GRACE
    }
}

/// Waits for the deliveries that are on their way, then for the threads, both for a bounded time.
fn await_the_last(run: &Run) {
    let tally = &run.tally;
    let deadline = Instant::now() + GRACE;
    let all_came = || tally.received.load(Relaxed) >= tally.published.load(Relaxed) * run.copies();
    while run.plan.mode == Mode::Fanout && !all_came() && Instant::now() < deadline {
        thread::sleep(TICK);
    }
    run.quit();
    let timeouts = &run.options.timeouts;
    let deadline = Instant::now() + GRACE + timeouts.close + timeouts.write;
    while tally.finished.load(Relaxed) < run.plan.connections && Instant::now() < deadline {
        thread::sleep(TICK);
    }
}

/// Records by how much each sleep was longer than asked for.
fn watch_lag(run: &Run) {
    while !run.is_over(Instant::now()) {
        let began = Instant::now();
        thread::sleep(NAP);
        run.tally.lag.record(began.elapsed().saturating_sub(NAP));
    }
}

/// The CPU time of this process so far, where `/proc` tells it (in hundredths of a second).
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    read_cpu_time(&stat)
}

/// The fields 14 and 15 of `/proc/self/stat`; the second may hold blanks, and ends with `)`.
fn read_cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_stalls_when_nothing_more_comes() {
        let start = Instant::now();
        let mut stall = Stall {
            received: 0,
            since: start,
        };
        let tick = Duration::from_millis(1);
        for (after, received, stalled) in [
            (GRACE - tick, 0, false),
            (GRACE, 1, false),
            (GRACE * 2 - tick, 1, false),
            (GRACE * 2, 1, true),
        ] {
            assert_eq!(stall.lasts(start + after, received), stalled);
        }
    }

    #[test]
    fn cpu_times_of_a_stat_line() {
        let line = "42 (ws) hub) R 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(read_cpu_time(line), Some(Duration::from_secs(3)));
        assert_eq!(read_cpu_time("42 (x"), None);
        assert_eq!(read_cpu_time("42 (x) R 1"), None);
    }
}
