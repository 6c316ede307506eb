//! "Did you mean": the known name that is nearest to a mistyped one.

/// The name nearest to `given`: within one or a few typing errors, or else the first name
/// that contains it (`--origin` for `--allow-origin`, `--ping` for `--ping-interval`).
/// Case and leading dashes do not count towards the length of a name.
pub fn nearest(given: &str, names: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let given: String = given
        .chars()
        .take(LONGEST)
        .collect::<String>()
        .to_lowercase();
    let word = given.trim_start_matches('-');
    let allowed = match word.chars().count() {
        0 => return None,
        1..=3 => 1,
        4..=6 => 2,
        _ => 3,
    };
    let names: Vec<_> = names.into_iter().collect();
    let best = names
        .iter()
        .map(|name| (distance(&given, name), *name))
        .min_by_key(|(d, _)| *d);
    match best {
        Some((errors, name))
            if errors <= allowed && errors < name.trim_start_matches('-').len() =>
        {
            Some(name)
        }
        _ if word.len() >= 3 => names.into_iter().find(|name| name.contains(word)),
        _ => None,
    }
}

/// What is looked at of a mistyped name; no known name is nearly as long.
const LONGEST: usize = 40;

/// The least number of typing errors between the two: a character left out, added or
/// replaced, or two neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            let mut least = (above[j] + 1)
                .min(row[j - 1] + 1)
                .min(above[j - 1] + usize::from(!same));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let rows = [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "axc", 1),
            ("abc", "acb", 1),
            ("--lisen", "--listen", 1),
            ("kitten", "sitting", 3),
            ("\u{e9}a", "ea", 1),
        ];
        for (a, b, errors) in rows {
            assert_eq!(distance(a, b), errors, "{a} {b}");
            assert_eq!(distance(b, a), errors, "{b} {a}");
        }
    }

    #[test]
    fn suggestions() {
        let names = [
            "--listen",
            "--lan",
            "--ping-interval",
            "--ping-timeout",
            "--allow-origin",
            "-v",
        ];
        let rows = [
            ("--lisen", Some("--listen")),
            ("--LISTEN", Some("--listen")),
            ("-listen", Some("--listen")),
            ("--lna", Some("--lan")),
            ("--ping-intervall", Some("--ping-interval")),
            ("--ping", Some("--ping-interval")),
            ("--origin", Some("--allow-origin")),
            ("--frobnicate", None),
            ("-x", None),
            ("--", None),
            ("", None),
        ];
        for (given, expected) in rows {
            assert_eq!(nearest(given, names), expected, "{given}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
        assert_eq!(nearest("a", []), None);
    }
}
