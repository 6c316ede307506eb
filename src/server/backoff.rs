//! What an accept loop does while no descriptor or no thread is left, and what it logs. A shortage
//! that comes and goes many times a second causes at most two lines in [`LOG_INTERVAL`].

use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// How long accepting is paused when the system reports the shortage.
const PAUSE: Duration = Duration::from_millis(100);

/// The least time from one log line about a shortage to the next one.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A shortage, or the time between two of them.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    shortage: Option<Shortage>,
    last_logged: Option<Instant>,
    /// Shortages since the last one that was logged.
    not_logged: u64,
}

#[derive(Debug)]
struct Shortage {
    since: Instant,
    is_logged: bool,
}

impl Backoff {
    /// Logs that a connection could not be accepted. If the system reported the error, this
    /// pauses before the next accept. If the process has used up its threads, there is no pause:
    /// new clients get 503 at once.
    pub(super) fn wait(&mut self, error: &io::Error) {
        let is_the_systems = error.raw_os_error().is_some();
        if let Some(before) = self.begin(Instant::now()) {
            let more = match before {
                0 => String::new(),
                count => format!(" (and {count} times since this was last logged)"),
            };
            let what = match is_the_systems {
                true => "accept paused",
                false => "new clients are refused",
            };
            log::warn!("{what}: {error}; existing clients are unaffected{more}");
        }
        if is_the_systems {
            thread::sleep(PAUSE);
        }
    }

    /// A connection was accepted: logs that the shortage is over.
    pub(super) fn clear(&mut self) {
        if self.shortage.is_some()
            && let Some(lasted) = self.end(Instant::now())
        {
            let lasted = lasted.as_secs_f64();
            log::info!("accept resumed after {lasted:.1}s");
        }
    }

    /// Notes that there is a shortage now. If it is to be logged, returns how many earlier ones
    /// were not.
    fn begin(&mut self, now: Instant) -> Option<u64> {
        if self.shortage.is_some() {
            return None;
        }
        let recently = self
            .last_logged
            .is_some_and(|last| now.saturating_duration_since(last) < LOG_INTERVAL);
        self.shortage = Some(Shortage {
            since: now,
            is_logged: !recently,
        });
        if recently {
            self.not_logged += 1;
            return None;
        }
        self.last_logged = Some(now);
        Some(std::mem::take(&mut self.not_logged))
    }

    /// Notes that the shortage is over. If its beginning was logged, returns how long it lasted.
    fn end(&mut self, now: Instant) -> Option<Duration> {
        let Shortage { since, is_logged } = self.shortage.take()?;
        is_logged.then(|| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_that_comes_and_goes_is_logged_at_a_rate_and_counted() {
        let start = Instant::now();
        let mut backoff = Backoff::default();
        let mut lines = Vec::new();
        for tenth in 0..=200_u32 {
            let now = start + tenth * PAUSE;
            if tenth.is_multiple_of(2) {
                lines.extend(backoff.begin(now).map(|before| (tenth, Some(before))));
                assert_eq!(backoff.begin(now), None, "it goes on");
            } else {
                lines.extend(backoff.end(now).map(|_| (tenth, None)));
            }
        }
        let expected = [
            (0, Some(0)),
            (1, None),
            (100, Some(49)),
            (101, None),
            (200, Some(49)),
        ];
        assert_eq!(lines, expected);
        assert_eq!(backoff.end(start + LOG_INTERVAL * 3), Some(LOG_INTERVAL));
        assert_eq!(backoff.end(start), None);
    }
}
