//! Rates as a user writes them: so many a second.

use wshub::protocol::Rate;

use super::numbers::{read_bytes, read_positive};

/// Reads a number of messages a second, with or without `/s`, or none of `off`.
pub fn read_rate(text: &str) -> Result<Option<Rate>, String> {
    if text == "off" {
        return Ok(None);
    }
    let number = read_positive(text.strip_suffix("/s").unwrap_or(text))
        .map_err(|error| format!("{error}; write a rate such as 20/s, or off"))?;
    let number = u32::try_from(number).map_err(|_| too_large(text))?;
    Ok(Some(Rate::per_second(number)))
}

/// Reads a size in bytes a second, with or without `/s`, or none of `off`.
pub fn read_least_rate(text: &str) -> Result<Option<u32>, String> {
    if text == "off" {
        return Ok(None);
    }
    let bytes = read_bytes(text.strip_suffix("/s").unwrap_or(text))?;
    u32::try_from(bytes).map(Some).map_err(|_| too_large(text))
}

fn too_large(text: &str) -> String {
    format!("{text} is too large; the most is {} a second", u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_messages_has_a_burst_of_five_seconds() {
        let rows = [
            ("off", Ok(None)),
            ("20", Ok(Some((20, 100)))),
            ("20/s", Ok(Some((20, 100)))),
            (
                "0/s",
                Err("0 is too small; the least is 1; write a rate such as 20/s, or off"),
            ),
            (
                "fast",
                Err(
                    "fast is not a whole number; write one such as 100; write a rate such as \
                     20/s, or off",
                ),
            ),
            (
                "5000000000/s",
                Err("5000000000/s is too large; the most is 4294967295 a second"),
            ),
        ];
        for (text, expected) in rows {
            let read = read_rate(text);
            let read = read.map(|rate| rate.map(|rate| (rate.per_second, rate.burst)));
            assert_eq!(read, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_least_rate_is_a_size() {
        let rows = [
            ("off", Ok(None)),
            ("1k", Ok(Some(1024))),
            ("1k/s", Ok(Some(1024))),
            ("0", Err("0 is too small; the least is 1")),
            (
                "4G",
                Err("4G is too large; the most is 4294967295 a second"),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(
                read_least_rate(text),
                expected.map_err(str::to_owned),
                "{text}"
            );
        }
    }
}
