//! The time of day as HTTP writes and reads it (RFC 9110 section 5.6.7).

use std::time::Duration;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970 began on Thursday
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A time since 1970 as the value of a `Date` header: `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn http_date(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let weekday = DAYS[(days % 7) as usize];
    let (year, mut days) = year_and_day(days);
    let mut month = 0;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    format!(
        "{weekday}, {:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        days + 1,
        MONTHS[month],
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The year of a day since 1970, and the day in it, which counts from 0.
fn year_and_day(mut days: u64) -> (u64, u64) {
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    (year, days)
}

/// Seconds since 1970 of a date in any of the three forms that a recipient takes (RFC 9110 section
/// 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, and
/// `Sun Nov  6 08:49:37 1994`. The day of the week is not looked at. `now`, also since 1970, tells
/// the century of a year of two digits.
pub(super) fn seconds_of_date(text: &str, now: Duration) -> Option<u64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, time) = match *words {
        [_, day, month, year, time, "GMT"] => (day, month, number(year, 4)?, time),
        [_, date, time, "GMT"] => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            let (this_year, _) = year_and_day(now.as_secs() / 86_400);
            let year = this_year - this_year % 100 + number(year, 2)?;
            // RFC 9110: a year that would be more than 50 years ahead is one of the past.
            let is_past = year > this_year + 50;
            (day, month, if is_past { year - 100 } else { year }, time)
        }
        [_, month, day, time, year] => (day, month, number(year, 4)?, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let day = number(day, day.len()).filter(|day| (1..=31).contains(day))?;
    let mut clock = time.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let is_clock = hour < 24 && minute < 60 && second <= 60 && clock.next().is_none(); // leap second
    if !is_clock || year < 1970 {
        return None;
    }
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let days_before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month];
    let leap_day = u64::from(is_leap(year) && month > 1);
    let days =
        (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969) + days_before + leap_day + day
            - 1;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// A number of so many digits, four at the most.
fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() == digits && digits <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

/// `month` counts from 0.
fn days_of_month(year: u64, month: usize) -> u64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_the_fixed_form() {
        let rows = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), // RFC 9110 section 5.6.7
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ];
        for (seconds, text) in rows {
            assert_eq!(http_date(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn dates_are_read_in_all_three_forms() {
        const NOW: Duration = Duration::from_secs(1_798_761_599); // the end of 2026
        let rows = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
            ("Fri, 01 Mar 2024 00:00:00 GMT", Some(1_709_251_200)),
            ("Mon, 01 Mar 2100 00:00:00 GMT", Some(4_107_542_400)),
            ("Thursday, 31-Dec-26 23:59:60 GMT", Some(1_798_761_600)),
            ("Saturday, 01-Jan-77 00:00:00 GMT", Some(220_924_800)), // 1977
            ("Wednesday, 01-Jan-76 00:00:00 GMT", Some(3_345_062_400)), // 2076
            ("Thu, 31 Dec 1969 23:59:59 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994 24:00:00 GMT", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37:1 GMT", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 nov 1994 08:49:37 GMT", None),
            ("Sun, +6 Nov 1994 08:49:37 GMT", None),
            ("Sunday, 06-Nov 08:49:37 GMT", None),
            ("tomorrow", None),
            ("", None),
        ];
        for (text, seconds) in rows {
            assert_eq!(seconds_of_date(text, NOW), seconds, "{text}");
        }
    }
}
