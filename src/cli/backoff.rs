//! When to connect again: later each time, and never all clients at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// The longest wait that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The waits between attempts: 0.5 s, doubled each time up to 30 s, each shortened at random by
/// up to half, so that the clients of a server that comes back do not come all at once.
///
/// An open connection alone is not a success: a client of a server that accepts and closes would
/// connect twice a second for ever. A success is a connection that brought a message, or lasted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The number of the next attempt and the wait before it; `random` is 64 random bits. If the
    /// server `asked` for a wait (`Retry-After`), the wait is at least that long, but at most an
    /// hour, plus up to half of that at random.
    pub fn next(&mut self, random: u64, asked: Option<Duration>) -> (u32, Duration) {
        let own = wait(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        let share = (random >> 32) as f64 / f64::from(u32::MAX); // 0 to 1
        let early = own.mul_f64(share / 2.0);
        let asked = asked.map(|asked| asked.min(LONGEST_ASKED) + early);
        (self.attempts, asked.unwrap_or_default().max(own - early))
    }

    /// A connection has ended that lasted so long, and brought a message or not. The next wait is a
    /// short one again if it did, or if it lasted longer than the wait before it.
    pub fn ended(&mut self, lasted: Duration, brought_message: bool) {
        let current = self.attempts.checked_sub(1).map(wait);
        if brought_message || current.is_some_and(|current| lasted > current) {
            *self = Self::default();
        }
    }
}

/// The whole wait after this many attempts.
fn wait(attempts: u32) -> Duration {
    FIRST.saturating_mul(1 << attempts.min(10)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn waits_grow_to_a_limit() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..40)
            .map(|_| backoff.next(0, None).1.as_millis())
            .collect();
        assert_eq!(waits[..7], [500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
        assert!(waits[7..].iter().all(|wait| *wait == 30_000));
        assert_eq!(backoff.next(u64::MAX, None), (41, MS(15_000)));
    }

    #[test]
    fn a_connection_counts_when_it_brought_something_or_lasted() {
        // (attempts before, lasted, brought a message, the next attempt's number)
        let rows = [
            (0, MS(0), false, 1),
            (1, MS(500), false, 2),
            (1, MS(501), false, 1),
            (3, MS(2000), false, 4),
            (3, MS(2001), false, 1),
            (3, MS(0), true, 1),
            (40, MS(29_000), false, 41),
            (40, MS(30_001), false, 1),
        ];
        for (attempts, lasted, brought, next) in rows {
            let mut backoff = Backoff { attempts };
            backoff.ended(lasted, brought);
            assert_eq!(
                backoff.next(0, None).0,
                next,
                "{attempts} {lasted:?} {brought}"
            );
        }
    }

    #[test]
    fn what_the_server_asks_for_is_a_least_wait_with_a_random_part_behind_it() {
        let secs = Duration::from_secs;
        let rows = [
            (0, 0, Some(secs(5)), secs(5)),
            (0, u64::MAX, Some(secs(5)), MS(5250)),
            (0, 0, Some(secs(0)), MS(500)),
            (6, 0, Some(secs(5)), secs(30)),
            (6, u64::MAX, Some(secs(20)), secs(35)),
            (0, 0, Some(Duration::MAX), secs(3600)),
        ];
        for (attempts, random, asked, wait) in rows {
            let mut backoff = Backoff { attempts };
            assert_eq!(
                backoff.next(random, asked).1,
                wait,
                "{asked:?} after {attempts}"
            );
        }
    }
}
