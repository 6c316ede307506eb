//! What all threads of a run share: the plan, the clock, and the counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::connecting;
use super::super::exit::Exit;
use super::super::lock::lock;
use super::histogram::Histogram;
use super::misfit::Misfits;
use super::plan::{Mode, Plan};
use wshub::client::{ConnectError, ConnectOptions};
use wshub::connection::CloseCause;

/// How many connections may be opening at one time: a listener's backlog is 128, and a SYN that
/// does not fit there is sent again a second later.
const MAX_CONNECTING: u64 = 64;

/// How many different error texts are told apart; the rest is counted together.
const MAX_ERROR_TEXTS: usize = 50;

/// Virtual memory for each thread; name look-ups need the most of it.
pub(super) const STACK_BYTES: usize = 256 << 10;

/// How often a waiting thread looks whether the run is over.
pub(super) const POLL: Duration = Duration::from_millis(250);

/// How long answers may still come after the end.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// One run, seen from any of its threads. Times are nanoseconds since `epoch`.
pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) url: String,
    pub(super) options: ConnectOptions,
    pub(super) epoch: Instant,
    pub(super) tally: Tally,
    gate: Mutex<Gate>,
    /// The load begins, or the run is stopped.
    begun: Condvar,
    /// One more connection may be opened.
    may_connect: Condvar,
    start: AtomicU64,
    measured_from: AtomicU64,
    end: AtomicU64,
    last_received: AtomicU64,
    /// Messages that `--messages` counts, as far as they are sent.
    taken: AtomicU64,
    /// Messages that were sent before those, to warm up.
    warming: AtomicU64,
    quit: AtomicBool,
}

#[derive(Default)]
struct Gate {
    begun: bool,
    connecting: u64,
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
            begun: Condvar::new(),
            may_connect: Condvar::new(),
            start: AtomicU64::new(u64::MAX),
            measured_from: AtomicU64::new(u64::MAX),
            end: AtomicU64::new(u64::MAX),
            last_received: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            warming: AtomicU64::new(0),
            quit: AtomicBool::new(false),
        }
    }

    /// Nanoseconds of `time` since the epoch.
    pub(super) fn nanos(&self, time: Instant) -> u64 {
        as_nanos(time.saturating_duration_since(self.epoch))
    }

    /// The instant of so many nanoseconds since the epoch.
    fn instant(&self, nanos: u64) -> Instant {
        let time = self.epoch.checked_add(Duration::from_nanos(nanos));
        time.unwrap_or_else(|| self.epoch + Duration::from_secs(365 * 24 * 3600))
    }

    fn open_gate(&self) {
        lock(&self.gate).begun = true;
        self.begun.notify_all();
    }

    /// Begins: the load now, the figures after the warm-up.
    pub(super) fn begin(&self) {
        let start = self.nanos(Instant::now());
        let from = start.saturating_add(as_nanos(self.plan.warmup));
        self.start.store(start, Relaxed);
        self.measured_from.store(from, Relaxed);
        self.end
            .fetch_min(from.saturating_add(as_nanos(self.plan.duration)), Relaxed);
        self.open_gate();
    }

    /// Ends the run now, unless it ended before.
    pub(super) fn stop(&self) {
        self.end.fetch_min(self.nanos(Instant::now()), Relaxed);
        self.open_gate();
    }

    /// Every delivery that was waited for has come: the connections of a fan-out are closed.
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
        let mut until = self.nanos(Instant::now()).min(self.end.load(Relaxed));
        if self.is_complete() {
            until = until.min(self.last_received.load(Relaxed));
        }
        Duration::from_nanos(until.saturating_sub(self.measured_from.load(Relaxed)))
    }

    /// Sleeps until `time`, or the end of the run.
    pub(super) fn sleep_until(&self, time: Instant) {
        loop {
            let now = Instant::now();
            if now >= time || self.is_over(now) {
                return;
            }
            thread::sleep((time - now).min(POLL));
        }
    }

    /// Waits at most `timeout` for the beginning; true once it has begun.
    pub(super) fn has_begun(&self, timeout: Duration) -> bool {
        let waited = self
            .begun
            .wait_timeout_while(lock(&self.gate), timeout, |gate| !gate.begun);
        waited.unwrap_or_else(PoisonError::into_inner).0.begun
    }

    /// Runs `connect` once fewer than [`MAX_CONNECTING`] connections are being opened.
    pub(super) fn when_connecting_is_allowed<T>(&self, connect: impl FnOnce() -> T) -> T {
        let waited = self
            .may_connect
            .wait_while(lock(&self.gate), |gate| gate.connecting >= MAX_CONNECTING);
        waited.unwrap_or_else(PoisonError::into_inner).connecting += 1;
        let connected = connect();
        lock(&self.gate).connecting -= 1;
        self.may_connect.notify_one();
        connected
    }

    /// Whether one more message may be sent at `now`, in nanoseconds since the epoch.
    pub(super) fn take_one(&self, now: u64) -> bool {
        let Some(all) = self.plan.messages else {
            return true;
        };
        if now < self.measured_from.load(Relaxed) {
            self.warms_up();
            return true;
        }
        self.taken.fetch_add(1, Relaxed) < all
    }

    /// A message is sent that `--messages` does not count.
    pub(super) fn warms_up(&self) {
        self.warming.fetch_add(1, Relaxed);
    }

    /// How many answers and deliveries there will be, where `--messages` says that.
    pub(super) fn expected(&self) -> Option<u64> {
        let all = self.plan.messages?;
        let sent = all.saturating_add(self.warming.load(Relaxed));
        Some(sent.saturating_mul(self.copies()))
    }

    /// Whether all that `--messages` asks for has come.
    pub(super) fn is_complete(&self) -> bool {
        let received = self.tally.received.load(Relaxed);
        self.expected().is_some_and(|all| received >= all)
    }

    /// Messages that were sent before this time, in nanoseconds since the epoch, are not measured,
    /// whenever their answers come: so exactly as many are as `--messages` says.
    pub(super) fn counts_from(&self) -> u64 {
        match self.plan.messages {
            Some(_) => self.measured_from.load(Relaxed),
            None => 0,
        }
    }

    /// Whether a message that came at `now`, in nanoseconds since the epoch, is a measured one.
    pub(super) fn measures(&self, now: u64) -> bool {
        now >= self.measured_from.load(Relaxed) && now < self.end.load(Relaxed)
    }

    /// Messages came at `now`.
    pub(super) fn received(&self, messages: u64, now: u64) {
        if self.plan.messages.is_some() {
            self.last_received.fetch_max(now, Relaxed);
        }
        self.tally.received.fetch_add(messages, Relaxed);
    }

    /// How often each message comes back: in a fan-out, once to each connection.
    pub(super) fn copies(&self) -> u64 {
        match self.plan.mode {
            Mode::Fanout => self.tally.made.load(Relaxed).max(1),
            _ => 1,
        }
    }
}

fn as_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The counts of a run, which all its threads add to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) made: AtomicU64,
    pub(super) failed: AtomicU64,
    /// Connection threads that have a connection, or know that they get none.
    pub(super) ready: AtomicU64,
    pub(super) finished: AtomicU64,
    /// What the publishers of a fan-out have sent.
    pub(super) published: AtomicU64,
    /// Answers and deliveries of the whole run.
    pub(super) received: AtomicU64,
    /// Those within the measured time, and their bytes.
    pub(super) measured: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) latency: Histogram,
    pub(super) opening: Histogram,
    /// How late the system woke a thread that slept.
    pub(super) lag: Histogram,
    /// Echo: what came that is no echo.
    pub(super) misfits: Misfits,
    pub(super) errors: Mutex<BTreeMap<String, u64>>,
    pub(super) closes: Mutex<BTreeMap<u16, u64>>,
    pub(super) first_exit: Mutex<Option<Exit>>,
}

impl Tally {
    /// Counts an error by its text.
    pub(super) fn error(&self, text: &str) {
        let mut errors = lock(&self.errors);
        let known = errors.contains_key(text) || errors.len() < MAX_ERROR_TEXTS;
        let text = if known { text } else { "other errors" };
        *errors.entry(text.to_owned()).or_default() += 1;
    }

    /// A connection could not be opened.
    pub(super) fn failure(&self, error: &ConnectError) {
        self.failed.fetch_add(1, Relaxed);
        lock(&self.first_exit).get_or_insert(connecting::exit_of_error(error));
        let hint = match error {
            ConnectError::Tcp { error, .. } if error.raw_os_error() == Some(24) && cfg!(unix) => {
                "; raise the limit first, with: ulimit -n 65536"
            }
            _ => "",
        };
        self.error(&format!("{error}{hint}"));
    }

    /// A connection has ended; `in_time`: not before the bench closed it.
    pub(super) fn ending(&self, cause: &CloseCause, in_time: bool) {
        *lock(&self.closes).entry(cause.code).or_default() += 1;
        if !in_time || !cause.clean {
            self.error(&connecting::ending_in_words(cause));
        }
    }

    /// All errors.
    pub(super) fn error_count(&self) -> u64 {
        lock(&self.errors).values().sum()
    }
}
