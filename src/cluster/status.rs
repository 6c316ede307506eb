//! The state of a node as other threads see it, for admission, the page and metrics.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::log::NodeId;
use super::reader::Gap;

/// The upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 12] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 1_000_000, 5_000_000,
];

/// A histogram of how long appends took.
#[derive(Debug, Default)]
pub struct Latencies {
    counts: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    sum_micros: AtomicU64,
}

impl Latencies {
    fn observe(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        for (bound, count) in BOUNDS.iter().zip(&self.counts) {
            if micros <= *bound {
                count.fetch_add(1, Relaxed);
            }
        }
        self.sum_micros.fetch_add(micros, Relaxed);
        self.count.fetch_add(1, Relaxed);
    }

    /// For each upper bound in seconds, how many appends took no longer.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let counts = BOUNDS.iter().zip(&self.counts);
        counts.map(|(bound, count)| (*bound as f64 / 1e6, count.load(Relaxed)))
    }

    /// The number of appends.
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// The total time of all appends.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros.load(Relaxed))
    }
}

/// The state of one server of a cluster. Each value is consistent by itself; two values that are
/// read one after the other may belong to different moments.
#[derive(Debug)]
pub struct ClusterStatus {
    node: String,
    accepts: AtomicBool,
    nodes: AtomicU64,
    sequence: AtomicU64,
    waiting: AtomicU64,
    lag_nanos: AtomicU64,
    refused: AtomicU64,
    retries: AtomicU64,
    reconnects: AtomicU64,
    gaps: [AtomicU64; Gap::ALL.len()],
    appends: Latencies,
    state: Mutex<State>,
    changed: Condvar,
}

/// The values that change rarely.
#[derive(Debug, Default)]
struct State {
    epoch: String,
    trouble: Option<String>,
    has_joined: bool,
    has_left: bool,
}

impl ClusterStatus {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This server's name in the cluster: 16 hexadecimal digits, different after each start.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Whether the shared log is in use, so that clients of chat and broadcast are admitted.
    pub fn is_up(&self) -> bool {
        self.accepts.load(Relaxed)
    }

    /// The number of servers that are alive, this one included; 0 until this server has joined.
    pub fn nodes(&self) -> u64 {
        self.nodes.load(Relaxed)
    }

    /// The number of the entry that was applied last.
    pub fn sequence(&self) -> u64 {
        self.sequence.load(Relaxed)
    }

    /// The number of clients' inputs that wait for the log.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// How long this server's last entry took from its append until it was read back from the log.
    pub fn lag(&self) -> Duration {
        Duration::from_nanos(self.lag_nanos.load(Relaxed))
    }

    /// The number of inputs that were refused because the log was unavailable.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// The number of appends that were retried.
    pub fn retries(&self) -> u64 {
        self.retries.load(Relaxed)
    }

    /// The number of connections to the log that replaced a broken one.
    pub fn reconnects(&self) -> u64 {
        self.reconnects.load(Relaxed)
    }

    /// How often entries may have been missed, by reason.
    pub fn gaps(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.gaps.iter().map(|count| count.load(Relaxed));
        Gap::ALL.iter().map(|gap| gap.name()).zip(counts)
    }

    /// A histogram of how long appends took.
    pub fn appends(&self) -> &Latencies {
        &self.appends
    }

    /// The log's present epoch: 32 hexadecimal digits; empty until it is known.
    pub fn epoch(&self) -> String {
        self.lock().epoch.clone()
    }

    /// Why the log is not in use at present, as a text for the operator.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.lock().trouble.clone();
        trouble.filter(|_| !self.is_up())
    }

    /// Waits until clients are admitted, for at most `timeout`; false if they are still not.
    pub fn wait_until_joined(&self, timeout: Duration) -> bool {
        self.wait(timeout, |state| state.has_joined)
    }

    fn wait_until_left(&self, timeout: Duration) -> bool {
        self.wait(timeout, |state| state.has_left)
    }

    fn wait(&self, timeout: Duration, is_so: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + timeout.min(Duration::from_secs(3600));
        let mut state = self.lock();
        while !is_so(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// Updates a [`ClusterStatus`].
#[derive(Debug, Clone)]
pub struct Reporter(Arc<ClusterStatus>);

impl Reporter {
    /// A reporter whose status has no values yet.
    pub fn new(node: NodeId) -> Self {
        let state = State {
            trouble: Some("the shared log has not been reached yet".to_owned()),
            ..State::default()
        };
        Self(Arc::new(ClusterStatus {
            node: format!("{:016x}", node.0),
            accepts: AtomicBool::new(false),
            nodes: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            lag_nanos: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            reconnects: AtomicU64::new(0),
            gaps: Default::default(),
            appends: Latencies::default(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }

    /// The status that it updates.
    pub fn status(&self) -> &Arc<ClusterStatus> {
        &self.0
    }

    /// Records how long an append took.
    pub fn observe_append(&self, time: Duration) {
        self.0.appends.observe(time);
    }

    /// Waits until the other servers know that this one has left, for at most `timeout`; false if
    /// they still do not.
    pub fn wait_until_left(&self, timeout: Duration) -> bool {
        self.0.wait_until_left(timeout)
    }

    /// Sets whether clients are admitted; true if that has changed.
    pub fn set_up(&self, is_up: bool) -> bool {
        let was_up = self.0.accepts.swap(is_up, Relaxed);
        if is_up && !was_up {
            let mut state = self.0.lock();
            state.has_joined = true;
            state.trouble = None;
            self.0.changed.notify_all();
        }
        is_up != was_up
    }

    /// Sets the counts that metrics show.
    pub fn set_counts(&self, nodes: usize, sequence: u64, waiting: usize) {
        self.0.nodes.store(nodes as u64, Relaxed);
        self.0.sequence.store(sequence, Relaxed);
        self.0.waiting.store(waiting as u64, Relaxed);
    }

    /// Sets the log's present epoch.
    pub fn set_epoch(&self, epoch: String) {
        self.0.lock().epoch = epoch;
    }

    /// Sets why the log is not in use.
    pub fn set_trouble(&self, why: String) {
        self.0.lock().trouble = Some(why);
    }

    /// Notes that the other servers know that this one has left.
    pub fn set_left(&self) {
        self.0.lock().has_left = true;
        self.0.changed.notify_all();
    }

    /// Sets how long this server's last entry took.
    pub fn set_lag(&self, lag: Duration) {
        let nanos = u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX);
        self.0.lag_nanos.store(nanos, Relaxed);
    }

    /// Counts an input that was refused.
    pub fn count_refused(&self) {
        self.0.refused.fetch_add(1, Relaxed);
    }

    /// Counts an occasion at which entries may have been missed.
    pub fn count_gap(&self, gap: Gap) {
        let place = Gap::ALL.iter().position(|other| *other == gap);
        if let Some(count) = place.and_then(|place| self.0.gaps.get(place)) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts an append that is retried.
    pub fn count_retry(&self) {
        self.0.retries.fetch_add(1, Relaxed);
    }

    /// Counts a connection that is replaced.
    pub fn count_reconnect(&self) {
        self.0.reconnects.fetch_add(1, Relaxed);
    }
}
