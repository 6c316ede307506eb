//! When a server wants to be asked again: `Retry-After` (RFC 9110 section 10.2.3), in seconds or as
//! a date.

use super::headers::Headers;
use std::time::Duration;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How long after the answer the server wants to be left alone. A date is compared with the server's
/// own clock, its `Date` header, or else with `now`, the time since 1970. `None` where it says
/// nothing, or nothing that can be read.
#[must_use]
pub fn retry_after(headers: &Headers, now: Duration) -> Option<Duration> {
    let value = headers.get("Retry-After")?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX); // only too many digits are left
        return Some(Duration::from_secs(seconds));
    }
    let then = seconds_of_date(value)?;
    let now = headers
        .get("Date")
        .and_then(seconds_of_date)
        .unwrap_or(now.as_secs());
    Some(Duration::from_secs(then.saturating_sub(now)))
}

/// Seconds since 1970 of a date in any of the three forms that a recipient takes (RFC 9110 section
/// 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, and
/// `Sun Nov  6 08:49:37 1994`. The day of the week is not looked at.
fn seconds_of_date(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, time) = match *words {
        [_, day, month, year, time, "GMT"] => (day, month, number(year, 4)?, time),
        [_, date, time, "GMT"] => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            // RFC 9110: a year that would be more than 50 years ahead is one of the past.
            let year = number(year, 2)?;
            (day, month, year + if year < 70 { 2000 } else { 1900 }, time)
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
    let is_leap = leap_days(year) > leap_days(year - 1);
    let leap_day = u64::from(is_leap && month > 1);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_three_forms() {
        let rows = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
            ("Fri, 01 Mar 2024 00:00:00 GMT", Some(1_709_251_200)),
            ("Mon, 01 Mar 2100 00:00:00 GMT", Some(4_107_542_400)),
            ("Thursday, 31-Dec-26 23:59:60 GMT", Some(1_798_761_600)),
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
            assert_eq!(seconds_of_date(text), seconds, "{text}");
        }
    }

    #[test]
    fn the_wait_is_in_seconds_or_up_to_a_date() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let before = "Sun, 06 Nov 1994 08:49:30 GMT";
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<u64>);
        let rows: [Row<'_>; 9] = [
            (&[], None),
            (&[("Retry-After", "120")], Some(120)),
            (&[("Retry-After", "0")], Some(0)),
            (&[("Retry-After", "99999999999999999999")], Some(u64::MAX)),
            (&[("Retry-After", "-1")], None),
            (&[("Retry-After", "")], None),
            (&[("Retry-After", date)], Some(77)),
            (&[("Retry-After", date), ("Date", before)], Some(7)),
            (&[("Retry-After", before), ("Date", date)], Some(0)),
        ];
        for (headers, seconds) in rows {
            let headers: Headers = headers.iter().copied().collect();
            let wait = retry_after(&headers, Duration::from_secs(784_111_700));
            assert_eq!(wait, seconds.map(Duration::from_secs), "{headers:?}");
        }
    }
}
