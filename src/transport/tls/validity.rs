//! The time for which a certificate is valid. This one field is read from the certificate here (RFC
//! 5280 section 4.1.2.5), since TLS libraries do not report it.

use std::time::{SystemTime, UNIX_EPOCH};

use super::der::{Der, Fields};

/// A certificate's period, both ends included, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    not_before: i64,
    not_after: i64,
}

/// DER tags of times (X.690).
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// Reads it from a certificate in DER; `None` if that is not a certificate.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let mut validity = Der(Fields::of(certificate)?.validity);
        let (tag, text) = validity.next()?;
        let not_before = seconds(tag, text)?;
        let (tag, text) = validity.next()?;
        Some(Self {
            not_before,
            not_after: seconds(tag, text)?,
        })
    }

    /// Whether the certificate has expired.
    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        since_1970(now) > self.not_after
    }

    /// What is wrong with it at `now`, in words.
    pub(super) fn fault(&self, now: SystemTime) -> Option<String> {
        if self.is_over(now) {
            Some(format!("expired on {}", day(self.not_after)))
        } else if since_1970(now) < self.not_before {
            Some(format!("is not valid before {}", day(self.not_before)))
        } else {
            None
        }
    }
}

/// In seconds.
fn since_1970(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

/// `YYMMDDHHMMSSZ` (before 2050) or `YYYYMMDDHHMMSSZ`, as RFC 5280 wants them.
fn seconds(tag: u8, text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| -> Option<i64> {
        let pair = digits.get(at..at + 2)?;
        Some(i64::from(pair[0] - b'0') * 10 + i64::from(pair[1] - b'0'))
    };
    let (year, at) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = two(0)?;
            (year + if year < 50 { 2000 } else { 1900 }, 2)
        }
        (GENERALIZED_TIME, 14) => (two(0)? * 100 + two(2)?, 4),
        _ => return None,
    };
    let (month, day) = (two(at)?, two(at + 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (hour, minute, second) = (two(at + 4)?, two(at + 6)?, two(at + 8)?);
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so
/// that a leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The day of a time as `YYYY-MM-DD`.
fn day(seconds: i64) -> String {
    let wanted = seconds.div_euclid(86_400);
    let mut year = 1970 + wanted.div_euclid(366);
    while days(year + 1, 1, 1) <= wanted {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= wanted);
    let month = month.unwrap_or(1);
    format!(
        "{year:04}-{month:02}-{:02}",
        wanted - days(year, month, 1) + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let rows: [(u8, &str, Option<i64>); 12] = [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (UTC_TIME, "240229120000Z", Some(1_709_208_000)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, "20000301000000Z", Some(951_868_800)),
            (UTC_TIME, "240229120000", None),
            (UTC_TIME, "2402291200Z", None),
            (UTC_TIME, "241329120000Z", None),
            (UTC_TIME, "24022912000+Z", None),
            (GENERALIZED_TIME, "240229120000Z", None),
        ];
        for (tag, text, expected) in rows {
            assert_eq!(seconds(tag, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_time_becomes_its_day() {
        let rows = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_735_689_599, "2024-12-31"),
            (253_402_300_799, "9999-12-31"),
            (-1, "1969-12-31"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(day(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_certificate_is_valid_in_its_time_only() {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2024, 2, 29);
        params.not_after = rcgen::date_time_ymd(2055, 1, 2);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let validity = Validity::of(certificate.der()).unwrap();
        let rows = [
            (1_709_164_799, Some("is not valid before 2024-02-29")),
            (1_709_164_800, None),
            (2_682_460_800, None),
            (2_682_460_801, Some("expired on 2055-01-02")),
        ];
        for (now, fault) in rows {
            assert_eq!(validity.fault(at(now)).as_deref(), fault, "{now}");
        }
    }

    #[test]
    fn cut_or_changed_certificates_are_refused_or_read_but_never_a_panic() {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let der = signed.cert.der();
        for end in 0..der.len().min(300) {
            assert_eq!(Validity::of(&der[..end]), None, "{end}");
            for value in [0, 1, 0x7F, 0x80, 0x81, 0x84, 0x85, 0xFF] {
                let mut changed = der.to_vec();
                changed[end] = value;
                drop(Validity::of(&changed).and_then(|validity| validity.fault(at(0))));
            }
        }
    }
}
