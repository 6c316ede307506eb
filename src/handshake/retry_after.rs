//! When a server wants to be asked again: `Retry-After` (RFC 9110 section 10.2.3), in seconds or as
//! a date.

use super::date::seconds_of_date;
use super::headers::Headers;
use std::time::Duration;

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
    let then = seconds_of_date(value, now)?;
    let now = headers
        .get("Date")
        .and_then(|date| seconds_of_date(date, now))
        .unwrap_or(now.as_secs());
    Some(Duration::from_secs(then.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
