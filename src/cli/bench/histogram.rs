//! Latencies, counted in buckets that are at most 1.6% wide, by any number of threads at once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Each power of two is divided into 2^6 buckets.
const FINENESS: u32 = 6;
const BUCKETS: usize = (65 - FINENESS as usize) << FINENESS;

/// The counts while they grow.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
    least: AtomicU64,
    most: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
            least: AtomicU64::new(u64::MAX),
            most: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one latency.
    pub(super) fn record(&self, time: Duration) {
        self.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), 1);
    }

    /// Counts the same latency, in nanoseconds, `times` times.
    pub(super) fn add(&self, nanos: u64, times: u64) {
        self.buckets[index(nanos)].fetch_add(times, Relaxed);
        self.sum.fetch_add(nanos.saturating_mul(times), Relaxed);
        // New extremes are rare: a load first keeps the cache line shared between threads.
        if nanos < self.least.load(Relaxed) {
            self.least.fetch_min(nanos, Relaxed);
        }
        if nanos > self.most.load(Relaxed) {
            self.most.fetch_max(nanos, Relaxed);
        }
    }

    /// The counts as they are now.
    pub(super) fn snapshot(&self) -> Snapshot {
        let buckets: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| bucket.load(Relaxed))
            .collect();
        Snapshot {
            count: buckets.iter().sum(),
            buckets,
            sum: self.sum.load(Relaxed),
            least: self.least.load(Relaxed),
            most: self.most.load(Relaxed),
        }
    }
}

/// The counts of one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    buckets: Vec<u64>,
    count: u64,
    sum: u64,
    least: u64,
    most: u64,
}

impl Snapshot {
    /// How many latencies were counted.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The least latency, exactly; zero if there is none.
    pub(super) fn min(&self) -> Duration {
        Duration::from_nanos(if self.count == 0 { 0 } else { self.least })
    }

    /// The greatest latency, exactly.
    pub(super) fn max(&self) -> Duration {
        Duration::from_nanos(self.most)
    }

    /// The mean; zero if there is none.
    pub(super) fn mean(&self) -> Duration {
        Duration::from_nanos(self.sum / self.count.max(1))
    }

    /// The time within which the share `quantile` (0 to 1) of the latencies lies, to 1.6%.
    pub(super) fn quantile(&self, quantile: f64) -> Duration {
        let rank = ((self.count as f64 * quantile).ceil() as u64).clamp(1, self.count.max(1));
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(top(at).clamp(self.least.min(self.most), self.most));
            }
        }
        Duration::ZERO
    }

    /// What was counted since `before`. Least and most stay those since the start.
    pub(super) fn since(&self, before: &Self) -> Self {
        let both = self.buckets.iter().zip(&before.buckets);
        let buckets: Vec<u64> = both.map(|(now, then)| now.saturating_sub(*then)).collect();
        Self {
            count: buckets.iter().sum(),
            buckets,
            sum: self.sum.saturating_sub(before.sum),
            ..*self
        }
    }

    /// The counts below each power of two of microseconds, from the first that has any to the
    /// last: the bound, and how many lie below it and not below the one before.
    pub(super) fn octaves(&self) -> Vec<(Duration, u64)> {
        let mut rows: Vec<(Duration, u64)> = Vec::new();
        let mut bound = 1000_u64;
        let mut row = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            while top(at) >= bound && bound < u64::MAX / 2 {
                rows.push((Duration::from_nanos(bound), row));
                (bound, row) = (bound * 2, 0);
            }
            row += count;
        }
        rows.push((Duration::from_nanos(bound), row));
        let first = rows
            .iter()
            .position(|(_, count)| *count > 0)
            .unwrap_or(rows.len());
        let last = rows
            .iter()
            .rposition(|(_, count)| *count > 0)
            .map_or(first, |last| last + 1);
        rows[first..last].to_vec()
    }
}

fn index(nanos: u64) -> usize {
    let power = (nanos | 1).ilog2().saturating_sub(FINENESS);
    // Values below 2^7 have a bucket each; from there on the top seven bits are the place.
    ((power as usize) << FINENESS) + (nanos >> power) as usize
}

/// The last value of a bucket.
fn top(index: usize) -> u64 {
    let fine = 1 << FINENESS;
    if index < 2 * fine {
        return index as u64;
    }
    let power = index / fine - 1;
    let first = (index - power * fine) as u64;
    (first << power) + ((1_u64 << power) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_bucket_that_is_narrow() {
        let mut before = 0;
        for power in 0..64 {
            for offset in [0, 1, 3, 1000] {
                let value = (1_u64 << power).saturating_add(offset << power >> 10);
                let top = top(index(value));
                assert!(top >= value && top - value <= value / 64, "{value} {top}");
                assert!(index(value) >= before && index(value) < BUCKETS, "{value}");
                before = index(value);
            }
        }
        assert_eq!(top(index(u64::MAX)), u64::MAX);
    }

    #[test]
    fn quantiles_of_known_times() {
        let histogram = Histogram::default();
        assert_eq!(histogram.snapshot().quantile(0.5), Duration::ZERO);
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        let all = histogram.snapshot();
        let rows = [(0.0, 1), (0.5, 500), (0.9, 900), (0.99, 990), (1.0, 1000)];
        for (quantile, micros) in rows {
            let found = all.quantile(quantile).as_nanos() as f64 / 1e3;
            assert!(
                (found / f64::from(micros) - 1.0).abs() < 0.02,
                "{quantile}: {found}"
            );
        }
        assert_eq!(all.min(), Duration::from_micros(1));
        assert_eq!(all.max(), Duration::from_millis(1));
        assert_eq!(all.mean(), Duration::from_nanos(500_500));
        histogram.record(Duration::from_secs(1));
        let last = histogram.snapshot().since(&all);
        assert_eq!(last.count(), 1);
        assert!(last.quantile(0.5) > Duration::from_millis(980));
        let octaves = all.octaves();
        assert_eq!(octaves.iter().map(|(_, count)| count).sum::<u64>(), 1000);
        assert!(octaves.len() == 11 || octaves.len() == 10, "{octaves:?}");
    }
}
