//! What one connection receives: counted in plain numbers, and added to the counts of the run
//! once a read instead of once a message.
//!
//! All that one read brought came at one time, and the clock is asked once for it: with many
//! messages in flight their latencies are mostly equal, and are counted together.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::run::Run;

/// The counts of one read of one connection. Times are nanoseconds since the run's epoch.
pub(super) struct Meter<'a> {
    run: &'a Run,
    /// When the present read came.
    now: Option<u64>,
    measures: bool,
    /// All answers, and those that were right.
    received: u64,
    messages: u64,
    bytes: u64,
    /// The latency of the last messages, and how many had the same.
    latency: u64,
    alike: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self {
            run,
            now: None,
            measures: false,
            received: 0,
            messages: 0,
            bytes: 0,
            latency: 0,
            alike: 0,
        }
    }

    /// When what is being looked at came.
    pub(super) fn now(&mut self) -> u64 {
        if let Some(now) = self.now {
            return now;
        }
        let now = self.run.nanos(Instant::now());
        self.now = Some(now);
        self.measures = self.run.measures(now);
        now
    }

    /// A message came that is not what it should be: it is waited for no longer, and that is all.
    pub(super) fn wrong(&mut self) {
        self.now();
        self.received += 1;
    }

    /// A message of so many bytes came; it was sent, or due, at `sent`.
    pub(super) fn received(&mut self, sent: u64, bytes: usize) {
        let latency = self.now().saturating_sub(sent);
        if latency != self.latency {
            self.settle();
            self.latency = latency;
        }
        self.alike += 1;
        self.received += 1;
        self.messages += 1;
        self.bytes += bytes as u64;
    }

    /// The read is worked off.
    pub(super) fn end_read(&mut self) {
        self.settle();
        let Some(now) = self.now.take() else {
            return; // nothing was looked at
        };
        if self.received == 0 {
            return;
        }
        if self.measures {
            let tally = &self.run.tally;
            tally.measured.fetch_add(self.messages, Relaxed);
            tally.bytes.fetch_add(self.bytes, Relaxed);
        }
        self.run.received(self.received, now);
        (self.received, self.messages, self.bytes) = (0, 0, 0);
    }

    fn settle(&mut self) {
        if self.measures && self.alike > 0 {
            self.run.tally.latency.add(self.latency, self.alike);
        }
        self.alike = 0;
    }
}
