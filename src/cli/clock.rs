//! Times of day for people and logs, in UTC: the program has no way to ask for a time zone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970; zero where the machine's clock stands before that.
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// `09:17:59.123`, of a time since 1970.
pub fn time_of_day(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since_1970.subsec_millis()
    )
}

/// `2026-11-22T09:17:59.123Z` (RFC 3339), of a time since 1970.
pub fn rfc3339(since_1970: Duration) -> String {
    let (year, month, day) = date(since_1970.as_secs() / 86_400);
    format!("{year:04}-{month:02}-{day:02}T{}Z", time_of_day(since_1970))
}

/// Year, month and day of a day since 1970, in the Gregorian calendar. The year begins in March
/// here, so that the day that comes and goes is its last one.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since the first of March of the year 0
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let rows = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_798_761_599_001, "2026-12-31T23:59:59.001Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ];
        for (millis, text) in rows {
            let time = Duration::from_millis(millis);
            assert_eq!(rfc3339(time), text);
            assert_eq!(time_of_day(time), text[11..23]);
        }
    }
}
