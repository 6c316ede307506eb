//! The last endings of connections with their causes, for an operator without access to the log.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::connection::CloseCause;
use crate::server::{ClientInfo, Observer};

/// How many endings are kept.
const KEPT: usize = 100;

/// The most of a client's target that is kept, in characters. Its query is not kept: it may hold a
/// secret.
const TARGET_CHARS: usize = 200;

/// The last endings, newest last. What is kept about each is bounded, whatever the peer sent.
#[derive(Debug, Default)]
pub(super) struct Endings {
    last: Mutex<VecDeque<(SystemTime, String)>>,
}

impl Endings {
    /// Keeps an ending. `client`: the client in fields of the log.
    fn keep(&self, at: SystemTime, client: &str, path: &str, cause: &CloseCause) {
        let path: String = path.chars().take(TARGET_CHARS).collect();
        let line = format!("{client} target={path:?} {cause}");
        let mut last = self.lock();
        if last.len() >= KEPT {
            last.pop_front();
        }
        last.push_back((at, line));
    }

    /// One line for each ending, newest first; the peer's text is escaped.
    pub(super) fn report(&self) -> String {
        let last = self.lock();
        if last.is_empty() {
            return "No client has left since the server started.\n".to_owned();
        }
        let mut text = String::new();
        for (at, line) in last.iter().rev() {
            let _ = writeln!(text, "{} {line}", utc(*at)); // writing to a String cannot fail
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(SystemTime, String)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Endings {
    fn closed(&self, info: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        let client = format!("{info} endpoint={endpoint:?}");
        self.keep(SystemTime::now(), &client, info.request.path(), cause);
    }
}

/// `2026-11-22T09:17:59.123Z` (RFC 3339). A clock that is before 1970 reads as 1970.
fn utc(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis()
    )
}

/// The date of a day since 1970-01-01, in the Gregorian calendar. Years are counted from March,
/// so that a leap day is the last of its year, and in eras of 400 years, which are all alike.
fn date(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097; // days in 400 years
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / ERA, days % ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Initiator;

    fn cause(reason: &str) -> CloseCause {
        CloseCause {
            by: Initiator::Peer,
            code: 1000,
            reason: reason.into(),
            why: "closing handshake".into(),
            fault: None,
            aborted: None,
            errno: None,
            clean: true,
            lasted: Duration::from_secs(1),
            silent: Duration::ZERO,
            received: Default::default(),
            sent: Default::default(),
            dropped: 0,
        }
    }

    #[test]
    fn times_are_written_in_utc() {
        let rows = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
            (1_795_339_079_123, "2026-11-22T09:17:59.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ];
        for (ms, expected) in rows {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_millis(ms)), expected);
        }
    }

    #[test]
    fn the_last_hundred_are_told_newest_first_and_escaped() {
        let endings = Endings::default();
        assert!(endings.report().starts_with("No client"));
        for n in 0..250 {
            let target = format!("/{}\u{1b}", "x".repeat(9000));
            let who = format!("id={n}");
            endings.keep(UNIX_EPOCH, &who, &target, &cause("\r\nfake\u{202e}"));
        }
        let report = endings.report();
        assert_eq!(report.lines().count(), KEPT);
        let first = report.lines().next().unwrap();
        assert!(
            first.starts_with("1970-01-01T00:00:00.000Z id=249 target=\"/xxx"),
            "{first}"
        );
        assert!(
            first.contains("by=peer code=1000 reason=\"\\r\\nfake\\u{202e}\""),
            "{first}"
        );
        assert!(report.lines().all(|line| line.len() < 600));
        assert!(!report.contains('\u{1b}'));
    }
}
