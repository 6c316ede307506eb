//! A token bucket: some events at once, then one so often. Time is an argument.

use std::time::{Duration, Instant};

use super::settings::{SettingError, check_count};

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// So often a second in the long run. At least 1.
    pub per_second: u32,
    /// So often at once, after a pause that was long enough. At least 1.
    pub burst: u32,
}

impl Rate {
    /// A rate with a burst of five seconds' worth.
    #[must_use]
    pub const fn per_second(per_second: u32) -> Self {
        Self {
            per_second,
            burst: per_second.saturating_mul(5),
        }
    }

    /// The lower one of both bounds, in the long run and at once.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            per_second: self.per_second.min(other.per_second),
            burst: self.burst.min(other.burst),
        }
    }

    /// Checks that something may happen at all.
    ///
    /// # Errors
    ///
    /// A count of zero.
    pub fn check(&self) -> Result<(), SettingError> {
        check_count("max_rate.per_second", self.per_second.into())?;
        check_count("max_rate.burst", self.burst.into())
    }
}

/// A bucket of tokens that fills up again as time passes.
///
/// ```
/// use std::time::{Duration, Instant};
/// use wshub::protocol::{Pace, Rate};
///
/// let start = Instant::now();
/// let mut pace = Pace::new(Rate { per_second: 10, burst: 2 }, start);
/// assert!(pace.take(start) && pace.take(start) && !pace.take(start));
/// assert_eq!(pace.next(start), start + Duration::from_millis(100));
/// ```
#[derive(Debug, Clone)]
pub struct Pace {
    every: Duration,
    /// What the bucket holds, as the time that it takes to fill up but for one token.
    room: Duration,
    /// When it is full again.
    full_at: Instant,
}

impl Pace {
    /// A full bucket. A rate of zero counts as one of 1.
    #[must_use]
    pub fn new(rate: Rate, now: Instant) -> Self {
        let every = Duration::from_secs(1) / rate.per_second.max(1);
        Self {
            every,
            room: every * (rate.burst.max(1) - 1),
            full_at: now,
        }
    }

    /// Whether the event may happen now; takes a token if so.
    #[must_use]
    pub fn take(&mut self, now: Instant) -> bool {
        let allowed = self.next(now) <= now;
        if allowed {
            self.full_at = self.full_at.max(now) + self.every;
        }
        allowed
    }

    /// When the bucket is full again, or was: a bucket that is [made](Pace::new) at that time goes on
    /// as this one.
    #[must_use]
    pub fn full_at(&self) -> Instant {
        self.full_at
    }

    /// When the next event may happen; `now` if it may at once.
    #[must_use]
    pub fn next(&self, now: Instant) -> Instant {
        let over = self.full_at.saturating_duration_since(now);
        now + over.saturating_sub(self.room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_then_one_at_a_time() {
        let start = Instant::now();
        let half = Duration::from_millis(500);
        let rate = Rate {
            per_second: 2,
            burst: 3,
        };
        let mut pace = Pace::new(rate, start);
        let taken = |pace: &mut Pace, now| (0..10).take_while(|_| pace.take(now)).count();
        assert_eq!(taken(&mut pace, start), 3);
        assert_eq!(pace.next(start), start + half);
        assert_eq!(taken(&mut pace, start + half / 2), 0);
        assert_eq!(taken(&mut pace, start + half), 1);
        assert_eq!(taken(&mut pace, start + 60 * half), 3);
    }

    #[test]
    fn rates_are_checked_and_the_lower_one_of_two_counts() {
        let chat = Rate::per_second(20);
        assert_eq!((chat.per_second, chat.burst), (20, 100));
        let other = Rate {
            per_second: 50,
            burst: 3,
        };
        let both = Rate {
            per_second: 20,
            burst: 3,
        };
        assert_eq!((chat.min(other), other.min(chat)), (both, both));
        assert_eq!(chat.check(), Ok(()));
        for (per_second, burst) in [(0, 1), (1, 0)] {
            let rate = Rate { per_second, burst };
            assert!(rate.check().is_err());
            assert!(Pace::new(rate, Instant::now()).take(Instant::now()));
        }
        assert_eq!(Rate::per_second(u32::MAX).burst, u32::MAX);
        assert!(Pace::new(Rate::per_second(u32::MAX), Instant::now()).take(Instant::now()));
    }
}
