//! When to connect anew: later each time, and never all clients at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// The waits between attempts: 0.5 s, doubled each time up to 30 s, each shortened at random by
/// up to half, so that the clients of a server that comes back do not come all at once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The number of the next attempt and the wait before it; `random` is 64 random bits.
    pub fn next(&mut self, random: u64) -> (u32, Duration) {
        let full = FIRST
            .saturating_mul(1 << self.attempts.min(10))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        let share = (random >> 32) as f64 / f64::from(u32::MAX); // 0 to 1
        (self.attempts, full.mul_f64(1.0 - share / 2.0))
    }

    /// A connection has come to be: the next wait is a short one again.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_start_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..40).map(|_| backoff.next(0).1.as_millis()).collect();
        assert_eq!(waits[..7], [500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
        assert!(waits[7..].iter().all(|wait| *wait == 30_000));
        assert_eq!(backoff.next(0).0, 41);
        backoff.succeeded();
        assert_eq!(backoff.next(u64::MAX), (1, Duration::from_millis(250)));
    }
}
