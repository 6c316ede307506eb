//! `--assert 'p99<20ms,errors=0'`: conditions on the figures of a run.

use std::cmp::Ordering;
use std::fmt;

/// The names that an assertion may begin with, times first.
const TIMES: [&str; 8] = ["min", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"];
const NUMBERS: [&str; 4] = ["rate", "reach", "errors", "failed"];

/// One condition on a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assertion {
    /// The figure's name.
    pub(super) name: String,
    text: String,
    comparison: Comparison,
    /// In seconds for a time, in % for the reach.
    value: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
}

impl Assertion {
    /// Whether the assertion holds of `figure`, in seconds for a time; never of NaN.
    pub(super) fn holds(&self, figure: f64) -> bool {
        use Ordering::*;
        let order = figure.partial_cmp(&self.value);
        match self.comparison {
            Comparison::Less => order == Some(Less),
            Comparison::AtMost => matches!(order, Some(Less | Equal)),
            Comparison::More => order == Some(Greater),
            Comparison::AtLeast => matches!(order, Some(Greater | Equal)),
            Comparison::Equal => order == Some(Equal),
        }
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `errors=0`, asserted of each run whose command line does not say how many errors it allows.
pub(super) fn no_errors() -> Assertion {
    Assertion {
        name: "errors".to_owned(),
        text: "errors=0".to_owned(),
        comparison: Comparison::Equal,
        value: 0.0,
    }
}

/// `reach>=100%`: every message came to every connection. Asserted of each fan-out whose command
/// line asserts no reach.
pub(super) fn full_reach() -> Assertion {
    Assertion {
        name: "reach".to_owned(),
        text: "reach>=100%".to_owned(),
        comparison: Comparison::AtLeast,
        value: 100.0,
    }
}

/// Reads a list of assertions with commas between them. The error says what to write.
pub(super) fn read(list: &str) -> Result<Vec<Assertion>, String> {
    list.split(',').map(|one| read_one(one.trim())).collect()
}

fn read_one(text: &str) -> Result<Assertion, String> {
    let rows = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Less),
        (">", Comparison::More),
        ("=", Comparison::Equal),
    ];
    let found = rows.iter().find_map(|(sign, comparison)| {
        let (name, value) = text.split_once(sign)?;
        Some((name.trim(), value.trim(), *comparison))
    });
    let Some((name, value, comparison)) = found else {
        return Err(format!(
            "{text:?} has no comparison; write for example p99<20ms"
        ));
    };
    let value = if TIMES.contains(&name) {
        read_time(value)?
    } else if NUMBERS.contains(&name) {
        let number = value
            .strip_suffix('%')
            .filter(|_| name == "reach")
            .unwrap_or(value);
        let number: Option<f64> = number
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite() && *n >= 0.0);
        number.ok_or_else(|| {
            format!("{text:?}: {value:?} is not a number; write for example {name}=0")
        })?
    } else {
        return Err(format!(
            "{name:?} is not a known figure; the figures are: {}, {}",
            TIMES.join(", "),
            NUMBERS.join(", ")
        ));
    };
    Ok(Assertion {
        name: name.to_owned(),
        text: text.to_owned(),
        comparison,
        value,
    })
}

/// Reads a time, in seconds. Finer units than those of the flags: latencies are below a
/// millisecond.
fn read_time(text: &str) -> Result<f64, String> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let Some(number) = number.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        return Err(format!(
            "{text:?} is not a valid time; write one such as 500us, 20ms or 1s"
        ));
    };
    // Divided, so that 80us is the nearest number to 0.00008, as a figure of 80 us is.
    let seconds = match unit {
        "" if number == 0.0 => 0.0,
        "" => {
            return Err(format!(
                "{text} has no unit; write {text}us, {text}ms or {text}s"
            ));
        }
        "ns" => number / 1e9,
        "us" | "\u{b5}s" | "\u{3bc}s" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        _ => return Err(format!("{text}: the units are ns, us, ms, s and m")),
    };
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_hold_or_not() {
        let rows = [
            ("p99<20ms", 0.019, true),
            ("p99<20ms", 0.020, false),
            ("p99 <= 20ms", 0.020, true),
            ("p50<250us", 0.000_249, true),
            ("p50<250us", 0.000_251, false),
            ("min>900ns", 0.000_001, true),
            ("mean<1.5m", 89.0, true),
            ("min>=0", 0.0, true),
            ("p50<=80\u{b5}s", 0.000_08, true),
            ("max>1s", 1.5, true),
            ("p99.9>=1s", 0.9, false),
            ("errors=0", 0.0, true),
            ("errors=0", 1.0, false),
            ("rate>=1000.5", 1001.0, true),
            ("reach=100%", 100.0, true),
            ("reach>=99.9", 99.95, true),
            ("failed<1", 0.0, true),
            ("rate>0", f64::NAN, false),
        ];
        for (text, figure, holds) in rows {
            let read = read(text).unwrap();
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].holds(figure), holds, "{text} {figure}");
            assert_eq!(read[0].to_string(), text);
        }
        assert_eq!(read("p99<20ms, errors=0").map(|list| list.len()), Ok(2));
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let rows = [
            ("", "has no comparison; write for example p99<20ms"),
            ("p99<20ms,", "has no comparison"),
            ("p99", "has no comparison"),
            (
                "p98<1ms",
                "is not a known figure; the figures are: min, mean, p50",
            ),
            ("p99<20", "20 has no unit; write 20us, 20ms or 20s"),
            ("p99<20sec", "20sec: the units are ns, us, ms, s and m"),
            (
                "p99<fast",
                "\"fast\" is not a valid time; write one such as 500us",
            ),
            ("p99<1.2.3s", "is not a valid time"),
            ("p99<-1s", "is not a valid time"),
            ("errors=none", "is not a number; write for example errors=0"),
            ("rate>-1", "is not a number"),
            ("rate>inf", "is not a number"),
        ];
        for (text, why) in rows {
            assert!(
                read(text).is_err_and(|e| e.contains(why)),
                "{text}: {:?}",
                read(text)
            );
        }
    }
}
