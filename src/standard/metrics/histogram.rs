//! A histogram of durations with fixed buckets, as Prometheus counts them.

use std::time::Duration;

/// The upper bounds of the buckets in microseconds: from a loopback to a bad mobile network.
const BOUNDS: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// How many durations there were of about which length.
#[derive(Debug, Default)]
pub(in crate::standard) struct Histogram {
    /// In each bucket alone; the last one has no upper bound.
    counts: [u64; BOUNDS.len() + 1],
    sum: Duration,
}

impl Histogram {
    pub(in crate::standard) fn observe(&mut self, time: Duration) {
        let bucket = BOUNDS
            .iter()
            .position(|bound| time <= Duration::from_micros(*bound))
            .unwrap_or(BOUNDS.len());
        self.counts[bucket] += 1;
        self.sum += time;
    }

    /// The buckets, each with what is in those below it: (upper bound in seconds, count).
    pub(in crate::standard) fn cumulative(&self) -> impl Iterator<Item = (String, u64)> {
        let bounds = BOUNDS
            .iter()
            .map(|bound| format!("{}", Duration::from_micros(*bound).as_secs_f64()))
            .chain(["+Inf".to_owned()]);
        let counts = self.counts.iter().scan(0, |below, count| {
            *below += count;
            Some(*below)
        });
        bounds.zip(counts)
    }

    pub(in crate::standard) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(in crate::standard) fn sum(&self) -> Duration {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_is_up_to_their_bound() {
        let mut histogram = Histogram::default();
        for micros in [0, 1_000, 1_001, 250_000, 10_000_000, 10_000_001, 60_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let buckets: Vec<_> = histogram.cumulative().collect();
        assert_eq!(buckets.len(), 14);
        for (bound, count) in [
            ("0.001", 2),
            ("0.0025", 3),
            ("0.25", 4),
            ("10", 5),
            ("+Inf", 7),
        ] {
            assert!(
                buckets.contains(&(bound.to_owned(), count)),
                "{bound}: {buckets:?}"
            );
        }
        assert_eq!(histogram.count(), 7);
        assert_eq!(histogram.sum(), Duration::from_micros(80_252_002));
    }
}
