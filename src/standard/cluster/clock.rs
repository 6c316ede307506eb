//! Converts the log's time to this machine's: chat uses instants, entries have the log's own time.

use std::time::{Duration, Instant};

/// Maps times of the log to instants. The difference between two of them is the same on every
/// server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    base: Instant,
    from: Duration,
}

/// The longest difference that is mapped: the log's clock may jump, and chat measures minutes at
/// most.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Clock {
    /// A clock that maps the log's time `from` to `now`.
    pub(super) fn new(now: Instant, from: Duration) -> Self {
        Self { base: now, from }
    }

    pub(super) fn at(&self, time: Duration) -> Instant {
        let since = time.saturating_sub(self.from).min(LONGEST);
        self.base.checked_add(since).unwrap_or(self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_differ_by_as_much_as_in_the_log_and_none_is_too_far() {
        let now = Instant::now();
        let clock = Clock::new(now, Duration::from_secs(1_000));
        assert_eq!(
            clock.at(Duration::from_secs(1_005)),
            now + Duration::from_secs(5)
        );
        assert_eq!(clock.at(Duration::ZERO), now);
        assert!(clock.at(Duration::MAX) > now);
    }
}
