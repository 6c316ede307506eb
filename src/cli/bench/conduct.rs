//! The thread that leads a run: from the first connection to the last answer.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::plan::Mode;
use super::progress::Progress;
use super::run::Run;
use super::worker::GRACE;

/// How often the run is looked at.
const TICK: Duration = Duration::from_millis(20);

/// What a thread sleeps to see how late it is woken.
const NAP: Duration = Duration::from_millis(5);

/// Leads the run from its first connection to its last answer; the CPU that this program
/// used in the measured part, in cores.
pub(super) fn conduct(run: &Arc<Run>, progress: &mut Progress) -> Option<f64> {
    let (plan, tally) = (&run.plan, &run.tally);
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
    // Without this thread there is no warning, and all else is as it was.
    let _ = thread::Builder::new()
        .name("lag".into())
        .spawn(move || watch_lag(&watcher));
    let mut stall = Stall::new(Instant::now());
    while !run.is_over(Instant::now()) {
        if before.is_none() && !run.measured_time().is_zero() {
            before = cpu_time().map(|time| (Instant::now(), time));
        }
        progress.running(run);
        thread::sleep(TICK);
        let done = plan
            .messages
            .is_some_and(|all| tally.received.load(Relaxed) >= all * copies(run));
        let carries = plan.mode.sends() && plan.messages.is_some();
        let stalled = carries && stall.is_there(Instant::now(), tally.received.load(Relaxed));
        if done || stalled || tally.finished.load(Relaxed) == plan.connections {
            run.stop();
        }
    }
    let cores = before.zip(cpu_time()).map(|((then, before), after)| {
        after.saturating_sub(before).as_secs_f64() / then.elapsed().as_secs_f64().max(1e-9)
    });
    await_the_last(run);
    cores
}

/// Whether anything comes still: what was lost would be waited for without end, where a number of
/// messages is the run's bound.
struct Stall {
    received: u64,
    since: Instant,
}

impl Stall {
    fn new(now: Instant) -> Self {
        let (received, since) = (0, now);
        Self { received, since }
    }

    /// Whether nothing has come for too long by `now`, `received` being all that ever came.
    fn is_there(&mut self, now: Instant, received: u64) -> bool {
        if received != self.received {
            (self.received, self.since) = (received, now);
        }
        now.saturating_duration_since(self.since) >= GRACE
    }
}

/// How often each message comes.
pub(super) fn copies(run: &Run) -> u64 {
    match run.plan.mode {
        Mode::Fanout => run.tally.made.load(Relaxed).max(1),
        _ => 1,
    }
}

/// Waits for the deliveries that are under way, then for the threads, both for a bounded time.
fn await_the_last(run: &Run) {
    let tally = &run.tally;
    let deadline = Instant::now() + GRACE;
    let all_came = || tally.received.load(Relaxed) >= tally.published.load(Relaxed) * copies(run);
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

/// Naps, and counts how much longer each nap was than asked for.
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
        let mut stall = Stall::new(start);
        let tick = Duration::from_millis(1);
        for (after, received, stalled) in [
            (GRACE - tick, 0, false),
            (GRACE, 1, false),
            (GRACE * 2 - tick, 1, false),
            (GRACE * 2, 1, true),
        ] {
            assert_eq!(stall.is_there(start + after, received), stalled);
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
