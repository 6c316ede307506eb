//! Sizes, counts and times as a user writes them. Nothing wraps, rounds or saturates: what
//! does not fit is refused with a phrase that says what to write.

use std::time::Duration;

/// The longest time that is accepted: 8760 h, a year. Every `Instant` can be moved by it.
pub const LONGEST: Duration = Duration::from_secs(8760 * 3600);

const SHORTEST: Duration = Duration::from_millis(1);
const TIMES: &str = "write a time such as 500ms, 10s, 2m or 1h";
const SIZES: &str = "write a size such as 1000, 64k, 1M or 1G";

/// Reads a whole number from 0 to `u64::MAX`.
pub fn read_count(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "{text} is not a whole number; write one such as 100"
        ));
    }
    text.parse()
        .map_err(|_| format!("{text} is too large; the most is {}", u64::MAX))
}

/// Reads a size in bytes: digits, then nothing or `B`, or `k`, `M`, `G` of either case with
/// or without `iB`. The units are powers of 1024; `MB` is refused, as it could mean either.
pub fn read_size(text: &str) -> Result<u64, String> {
    let (digits, unit) = split_number(text, |b| b.is_ascii_digit());
    if digits.is_empty() {
        return Err(format!("{text} is not a valid size; {SIZES}"));
    }
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ if unit.starts_with('.') => {
            return Err(format!("{text} is not a whole number; {SIZES}"));
        }
        _ => {
            return Err(format!(
                "{text}: the units are k, M and G, each 1024 times the one before"
            ));
        }
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("{text} is too large; {SIZES}"))
}

/// Reads a whole number from 1 on.
pub fn read_positive(text: &str) -> Result<u64, String> {
    positive(read_count(text)?)
}

/// Reads a level of compression, 1 to 9.
pub fn read_level(text: &str) -> Result<u8, String> {
    match read_positive(text)? {
        level @ 1..=9 => Ok(level as u8),
        level => Err(format!("{level} is too large; the most is 9")),
    }
}

/// Like [`read_positive`], for bytes.
pub fn read_bytes(text: &str) -> Result<u64, String> {
    positive(read_size(text)?)
}

fn positive(number: u64) -> Result<u64, String> {
    if number == 0 {
        return Err("0 is too small; the least is 1".to_owned());
    }
    Ok(number)
}

/// A number that this machine can count to: one that is larger is no limit at all.
pub fn saturated(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Reads one size, or two with `-` between them, the smaller one first.
pub fn read_size_range(text: &str) -> Result<(u64, u64), String> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let (least, most) = (read_size(least)?, read_size(most)?);
    if least > most {
        return Err(format!("{text}: the smaller size comes first"));
    }
    Ok((least, most))
}

/// Reads a time: digits, at most one point, and one of `ms`, `s`, `m`, `h`; 1 ms to 8760 h.
pub fn read_duration(text: &str) -> Result<Duration, String> {
    read_limit(text)?.ok_or_else(|| format!("{text} is not possible for this flag; {TIMES}"))
}

/// Reads a time, or none of `off` and of zero with or without a unit.
pub fn read_limit(text: &str) -> Result<Option<Duration>, String> {
    if text == "off" {
        return Ok(None);
    }
    let (number, unit) = split_number(text, |b| b.is_ascii_digit() || b == b'.');
    let nanos: u128 = match unit {
        "" => 1_000_000_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3600 * 1_000_000_000,
        _ if number.is_empty() => return Err(format!("{text} is not a valid time; {TIMES}")),
        _ => return Err(format!("{text}: the units are ms, s, m and h; {TIMES}")),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let malformed = whole.is_empty() || fraction.is_empty() || fraction.contains('.');
    if malformed || fraction.len() > 9 {
        return Err(format!("{text} is not a valid time; {TIMES}"));
    }
    if number.bytes().all(|b| matches!(b, b'0' | b'.')) {
        return Ok(None);
    }
    if unit.is_empty() {
        return Err(format!("{text} has no unit; write {text}s or {text}ms"));
    }
    let too_long = || format!("{text} is too long; the most is 8760h");
    let whole: u64 = whole.parse().map_err(|_| too_long())?;
    let parts: u128 = fraction.parse().map_err(|_| too_long())?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| too_long())?);
    let total = u128::from(whole) * nanos + parts * nanos / scale;
    let limit = u64::try_from(total)
        .map(Duration::from_nanos)
        .map_err(|_| too_long())?;
    match limit {
        _ if limit > LONGEST => Err(too_long()),
        _ if limit < SHORTEST => Err(format!("{text} is too short; the least is 1ms")),
        _ => Ok(Some(limit)),
    }
}

/// A size as [`read_size`] reads it, in the largest unit that leaves a whole number.
pub fn size_text(bytes: u64) -> String {
    let units = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "k")];
    let unit = units
        .iter()
        .find(|(factor, _)| bytes >= *factor && bytes.is_multiple_of(*factor));
    unit.map_or(bytes.to_string(), |(factor, unit)| {
        format!("{}{unit}", bytes / factor)
    })
}

/// A time as [`read_duration`] reads it, to the millisecond.
pub fn duration_text(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{}s", time.as_secs()),
        _ => format!("{}ms", time.as_millis()),
    }
}

/// A time as [`read_limit`] reads it.
pub fn limit_text(limit: Option<Duration>) -> String {
    limit.map_or("off".to_owned(), duration_text)
}

/// The longest start whose bytes all pass, and the rest. Passing bytes are ASCII.
fn split_number(text: &str, passes: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !passes(b)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let rows = [
            ("0", 0),
            ("1000", 1000),
            ("1000B", 1000),
            ("64k", 65_536),
            ("64K", 65_536),
            ("64KiB", 65_536),
            ("1M", 1_048_576),
            ("16MiB", 16_777_216),
            ("1g", 1_073_741_824),
            ("18446744073709551615", u64::MAX),
            ("17179869183G", u64::MAX - (1 << 30) + 1),
        ];
        for (text, bytes) in rows {
            assert_eq!(read_size(text), Ok(bytes), "{text}");
            assert_eq!(read_size(&size_text(bytes)), Ok(bytes), "{text}");
        }
        assert_eq!(read_bytes("1"), Ok(1));
        for read in [read_bytes, read_positive] {
            assert_eq!(read("0"), Err("0 is too small; the least is 1".to_owned()));
        }
        let refused = [
            ("18446744073709551616", "is too large"),
            ("17179869184G", "is too large"),
            ("99999999999999999999999k", "is too large"),
            ("k", "is not a valid size"),
            ("-1", "is not a valid size"),
            ("+1", "is not a valid size"),
            (" 1", "is not a valid size"),
            ("1.5M", "is not a whole number"),
            ("16MB", "units are k, M and G"),
            ("16T", "units are k, M and G"),
            ("1 k", "units are k, M and G"),
            ("1\u{e9}", "units are k, M and G"),
        ];
        for (text, why) in refused {
            assert!(read_size(text).is_err_and(|e| e.contains(why)), "{text}");
        }
    }

    #[test]
    fn size_ranges() {
        assert_eq!(read_size_range("64"), Ok((64, 64)));
        assert_eq!(read_size_range("1k-4k"), Ok((1024, 4096)));
        for (text, why) in [
            ("4k-1k", "smaller size comes first"),
            ("1-", "is not a valid size"),
            ("a-b", "is not a valid size"),
        ] {
            assert!(
                read_size_range(text).is_err_and(|e| e.contains(why)),
                "{text}"
            );
        }
    }

    #[test]
    fn counts() {
        for (text, count) in [("0", 0), ("007", 7), ("18446744073709551615", u64::MAX)] {
            assert_eq!(read_count(text), Ok(count));
        }
        let rows = [
            (
                "18446744073709551616",
                "is too large; the most is 18446744073709551615",
            ),
            ("ten", "is not a whole number"),
            ("", "is not a whole number"),
            ("-1", "is not a whole number"),
            ("1k", "is not a whole number"),
        ];
        for (text, why) in rows {
            assert!(read_count(text).is_err_and(|e| e.contains(why)), "{text}");
        }
    }

    #[test]
    fn durations() {
        let rows = [
            ("1ms", 1),
            ("500ms", 500),
            ("10s", 10_000),
            ("1.5s", 1_500),
            ("0.001s", 1),
            ("0.5m", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("8760h", 31_536_000_000),
        ];
        for (text, millis) in rows {
            let limit = Duration::from_millis(millis);
            assert_eq!(read_duration(text), Ok(limit), "{text}");
            assert_eq!(read_limit(text), Ok(Some(limit)), "{text}");
            assert_eq!(read_duration(&duration_text(limit)), Ok(limit), "{text}");
        }
        for text in ["off", "0", "0s", "0ms", "0.0h", "00"] {
            assert_eq!(read_limit(text), Ok(None), "{text}");
            let refusal = read_duration(text);
            assert!(
                refusal.is_err_and(|e| e.contains("not possible for this flag; write a time")),
                "{text}"
            );
        }
    }

    #[test]
    fn refused_durations() {
        let rows = [
            ("10", "10 has no unit; write 10s or 10ms"),
            ("1.5", "1.5 has no unit; write 1.5s or 1.5ms"),
            ("0.1ms", "0.1ms is too short; the least is 1ms"),
            ("8761h", "8761h is too long; the most is 8760h"),
            ("18446744073709551615h", "too long"),
            ("18446744073709551616s", "too long"),
            ("10sec", "the units are ms, s, m and h"),
            ("10S", "the units are ms, s, m and h"),
            ("10s5", "the units are ms, s, m and h"),
            ("s", "is not a valid time"),
            ("-5s", "is not a valid time"),
            ("OFF", "is not a valid time"),
            (".5s", "is not a valid time"),
            ("1.s", "is not a valid time"),
            ("1.2.3s", "is not a valid time"),
            (".", "is not a valid time"),
            ("1.0000000001s", "is not a valid time"),
        ];
        for (text, why) in rows {
            assert!(read_limit(text).is_err_and(|e| e.contains(why)), "{text}");
        }
    }
}
