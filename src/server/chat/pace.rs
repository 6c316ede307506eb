//! How often something may happen: a few at once, then a few a second. Time is an argument.

use std::time::{Duration, Instant};

/// A count of what may still happen, which fills up again as time goes by.
#[derive(Debug)]
pub(super) struct Pace {
    burst: u32,
    every: Duration,
    /// When it will be full.
    full_at: Instant,
}

impl Pace {
    /// `burst` at once, and one more `every` so often.
    pub(super) fn new(burst: u32, every: Duration, now: Instant) -> Self {
        Self {
            burst,
            every,
            full_at: now,
        }
    }

    /// Whether it may happen now; counts it if so.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let allowed = self.next(now) <= now;
        if allowed {
            self.full_at = self.full_at.max(now) + self.every;
        }
        allowed
    }

    /// When it may happen next.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let room = self.every * self.burst.saturating_sub(1);
        let over = self.full_at.saturating_duration_since(now);
        now + over.saturating_sub(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_then_one_at_a_time() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(3, second, start);
        let taken = |pace: &mut Pace, now| (0..10).take_while(|_| pace.take(now)).count();
        assert_eq!(taken(&mut pace, start), 3);
        assert_eq!(pace.next(start), start + second);
        assert_eq!(taken(&mut pace, start + second / 2), 0);
        assert_eq!(taken(&mut pace, start + second), 1);
        assert_eq!(taken(&mut pace, start + 60 * second), 3);
    }
}
