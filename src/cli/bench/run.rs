//! What all threads of a run share: the clock of the run, and the counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::plan::Plan;
use super::tally::Tally;
use crate::client::ConnectOptions;

/// How many connections may be on their way at one time: a listener's backlog is 128, and what
/// does not fit there comes back a second later.
const DOORS: u64 = 64;

/// One run, seen from any of its threads. Times are nanoseconds since `epoch`.
pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) url: String,
    pub(super) options: ConnectOptions,
    pub(super) epoch: Instant,
    pub(super) tally: Tally,
    gate: Mutex<Gate>,
    opened: Condvar,
    /// A door is free.
    freed: Condvar,
    start: AtomicU64,
    from: AtomicU64,
    end: AtomicU64,
    last: AtomicU64,
    taken: AtomicU64,
    quit: AtomicBool,
}

#[derive(Default)]
struct Gate {
    open: bool,
    /// Connections on their way.
    inside: u64,
}

impl Run {
    pub(super) fn new(plan: Plan, url: String, options: ConnectOptions) -> Self {
        Self {
            plan,
            url,
            options,
            epoch: Instant::now(),
            tally: Tally::default(),
            gate: Mutex::default(),
            opened: Condvar::new(),
            freed: Condvar::new(),
            start: AtomicU64::new(u64::MAX),
            from: AtomicU64::new(u64::MAX),
            end: AtomicU64::new(u64::MAX),
            last: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            quit: AtomicBool::new(false),
        }
    }

    /// Nanoseconds of `time` since the epoch.
    pub(super) fn nanos(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.epoch).as_nanos();
        u64::try_from(since).unwrap_or(u64::MAX)
    }

    /// The instant of so many nanoseconds since the epoch.
    pub(super) fn instant(&self, nanos: u64) -> Instant {
        let time = self.epoch.checked_add(Duration::from_nanos(nanos));
        time.unwrap_or_else(|| self.epoch + Duration::from_secs(365 * 24 * 3600))
    }

    /// Begins: the load now, the figures after the warm-up.
    pub(super) fn begin(&self) {
        let start = self.nanos(Instant::now());
        let from = start.saturating_add(as_nanos(self.plan.warmup));
        self.start.store(start, Relaxed);
        self.from.store(from, Relaxed);
        self.end
            .fetch_min(from.saturating_add(as_nanos(self.plan.duration)), Relaxed);
        self.gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open = true;
        self.opened.notify_all();
    }

    /// Ends now, if it does not end before.
    pub(super) fn stop(&self) {
        self.end.fetch_min(self.nanos(Instant::now()), Relaxed);
        self.gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open = true;
        self.opened.notify_all();
    }

    /// Everything that was waited for has come: the workers leave.
    pub(super) fn quit(&self) {
        self.quit.store(true, Relaxed);
    }

    pub(super) fn is_quit(&self) -> bool {
        self.quit.load(Relaxed)
    }

    /// Whether the run has ended at `now`.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.is_over_at(self.nanos(now))
    }

    /// As [`Run::is_over`], in nanoseconds since the epoch.
    pub(super) fn is_over_at(&self, now: u64) -> bool {
        now >= self.end.load(Relaxed)
    }

    /// When the load began.
    pub(super) fn start(&self) -> Instant {
        self.instant(self.start.load(Relaxed))
    }

    /// The end, as it is known now.
    pub(super) fn end(&self) -> Instant {
        self.instant(self.end.load(Relaxed))
    }

    /// The measured time so far.
    pub(super) fn measured_time(&self) -> Duration {
        let (from, end) = (self.from.load(Relaxed), self.end.load(Relaxed));
        let mut until = self.nanos(Instant::now()).min(end);
        if self
            .plan
            .messages
            .is_some_and(|all| self.tally.received.load(Relaxed) >= all)
        {
            until = until.min(self.last.load(Relaxed));
        }
        Duration::from_nanos(until.saturating_sub(from))
    }

    /// Waits a little for the beginning; true once it has begun.
    pub(super) fn has_begun(&self, patience: Duration) -> bool {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .opened
            .wait_timeout_while(gate, patience, |gate| !gate.open);
        waited.unwrap_or_else(PoisonError::into_inner).0.open
    }

    /// Lets one through at a time, or a few: runs `connect` when there is a door free.
    pub(super) fn through_a_door<T>(&self, connect: impl FnOnce() -> T) -> T {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_while(gate, |gate| gate.inside >= DOORS);
        waited.unwrap_or_else(PoisonError::into_inner).inside += 1;
        let connected = connect();
        self.gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .inside -= 1;
        self.freed.notify_one();
        connected
    }

    /// Whether one more message may be sent.
    pub(super) fn take_one(&self) -> bool {
        let limit = self.plan.messages;
        limit.is_none_or(|all| self.taken.fetch_add(1, Relaxed) < all)
    }

    /// Whether a message that came at `now`, in nanoseconds since the epoch, is a measured one.
    pub(super) fn measures(&self, now: u64) -> bool {
        now >= self.from.load(Relaxed) && now < self.end.load(Relaxed)
    }

    /// Messages came at `now`.
    pub(super) fn received(&self, messages: u64, now: u64) {
        if self.plan.messages.is_some() {
            self.last.fetch_max(now, Relaxed);
        }
        self.tally.received.fetch_add(messages, Relaxed);
    }
}

fn as_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
