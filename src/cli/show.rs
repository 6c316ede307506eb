//! Figures for people: times, sizes and counts with three or so digits that count.

use std::time::Duration;

/// `850ns`, `42.0us`, `1.25ms`, `3.10s`.
pub fn time(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    match nanos {
        ..1e3 => format!("{nanos:.0}ns"),
        ..1e6 => digits(nanos / 1e3, "us"),
        ..1e9 => digits(nanos / 1e6, "ms"),
        _ => digits(nanos / 1e9, "s"),
    }
}

/// `512 B`, `1.50 KiB`, `10.0 MiB`.
pub fn bytes(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => digits(value / 1024.0, " KiB"),
        0x10_0000..0x4000_0000 => digits(value / 1_048_576.0, " MiB"),
        _ => digits(value / 1_073_741_824.0, " GiB"),
    }
}

/// `1,234,567`: for what only a person reads, such as a line that is drawn over again and again.
/// All else has plain digits, since a script may read it.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 message`, `2000 messages`.
pub fn messages(number: u64) -> String {
    format!(
        "{number} {}",
        if number == 1 { "message" } else { "messages" }
    )
}

fn digits(value: f64, unit: &str) -> String {
    match value {
        ..9.995 => format!("{value:.2}{unit}"),
        ..99.95 => format!("{value:.1}{unit}"),
        _ => format!("{value:.0}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let rows = [
            (time(Duration::from_nanos(850)), "850ns"),
            (time(Duration::from_nanos(42_040)), "42.0us"),
            (time(Duration::from_micros(1_250)), "1.25ms"),
            (time(Duration::from_millis(999)), "999ms"),
            (time(Duration::from_millis(3_100)), "3.10s"),
            (time(Duration::from_secs(600)), "600s"),
            (bytes(0), "0 B"),
            (bytes(1023), "1023 B"),
            (bytes(1536), "1.50 KiB"),
            (bytes(10 << 20), "10.0 MiB"),
            (bytes(3 << 30), "3.00 GiB"),
            (count(0), "0"),
            (count(999), "999"),
            (count(1_234_567), "1,234,567"),
            (messages(1), "1 message"),
            (messages(2000), "2000 messages"),
        ];
        for (shown, expected) in rows {
            assert_eq!(shown, expected);
        }
    }
}
