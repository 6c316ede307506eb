//! What one connection receives, counted in plain numbers, which are added to the counts of the
//! run once for each read instead of once for each message.
//!
//! All messages of one read have one time of arrival, so the clock is read once for them. With many
//! messages in flight their latencies are mostly equal, and are counted together.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::run::Run;

/// The counts of one read of one connection. Times are nanoseconds since the run's epoch.
pub(super) struct Meter<'a> {
    run: &'a Run,
    /// When the present read came; none before its first message.
    now: Option<u64>,
    measures: bool,
    /// What was sent before this time is not measured.
    counts_from: u64,
    /// All answers, and those that were right.
    received: u64,
    messages: u64,
    bytes: u64,
    /// The latency of the last messages, and how many of them in a row had the same.
    latency: u64,
    alike: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self {
            run,
            now: None,
            measures: false,
            counts_from: 0,
            received: 0,
            messages: 0,
            bytes: 0,
            latency: 0,
            alike: 0,
        }
    }

    /// When the present read came.
    pub(super) fn now(&mut self) -> u64 {
        if let Some(now) = self.now {
            return now;
        }
        let now = self.run.nanos(Instant::now());
        self.now = Some(now);
        self.measures = self.run.measures(now);
        self.counts_from = self.run.counts_from();
        now
    }

    /// Counts a message that is not what it should be: as received, not as measured.
    pub(super) fn wrong(&mut self) {
        self.now();
        self.received += 1;
    }

    /// A message of so many bytes came; it was sent, or due, at `sent`.
    pub(super) fn received(&mut self, sent: u64, bytes: usize) {
        let latency = self.now().saturating_sub(sent);
        self.received += 1;
        if sent < self.counts_from {
            return;
        }
        if latency != self.latency {
            self.settle();
            self.latency = latency;
        }
        self.alike += 1;
        self.messages += 1;
        self.bytes += bytes as u64;
    }

    /// Every message of the read was handled: adds their counts to those of the run.
    pub(super) fn end_read(&mut self) {
        self.settle();
        let Some(now) = self.now.take() else {
            return; // the clock was not read
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
