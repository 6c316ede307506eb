//! The verdicts as a table, and as JSON.

use std::fmt::Write as _;

use super::super::json::quoted;
use super::super::term::{Colour, paint, printable};
use super::judge::Verdict;

/// One vector's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    pub(super) sent: String,
    pub(super) came: String,
}

impl Outcome {
    /// A line of the table; in detail where it did not pass, or where `all` is asked for.
    pub(super) fn line(&self, all: bool, colour: bool) -> String {
        let look = match self.verdict {
            Verdict::Pass => Colour::Green,
            Verdict::Fail => Colour::Red,
            Verdict::Differs => Colour::Yellow,
            Verdict::Skipped => Colour::Dim,
        };
        let word = format!("{:<8}", self.verdict.word());
        let mut line = format!(
            "{}{:<8}{}\n",
            paint(look, &word, colour),
            self.section,
            self.name
        );
        if all || matches!(self.verdict, Verdict::Fail | Verdict::Differs) {
            // A String takes everything.
            let _ = writeln!(line, "                sent: {}", printable(&self.sent));
            let _ = writeln!(line, "                came: {}", printable(&self.came));
        }
        line
    }

    fn as_json(&self) -> String {
        format!(
            "{{\"section\":{},\"name\":{},\"verdict\":{},\"sent\":{},\"came\":{}}}",
            quoted(self.section),
            quoted(self.name),
            quoted(&self.verdict.word().to_lowercase()),
            quoted(&self.sent),
            quoted(&self.came)
        )
    }
}

/// How many ended so.
pub(super) fn count(outcomes: &[Outcome], verdict: Verdict) -> usize {
    outcomes
        .iter()
        .filter(|outcome| outcome.verdict == verdict)
        .count()
}

/// The last line of the table.
pub(super) fn summary(outcomes: &[Outcome]) -> String {
    format!(
        "{} passed, {} failed, {} differ, {} skipped\n",
        count(outcomes, Verdict::Pass),
        count(outcomes, Verdict::Fail),
        count(outcomes, Verdict::Differs),
        count(outcomes, Verdict::Skipped)
    )
}

/// The whole report as one JSON object on one line.
pub(super) fn as_json(peer: &str, outcomes: &[Outcome]) -> String {
    let vectors: Vec<_> = outcomes.iter().map(Outcome::as_json).collect();
    format!(
        "{{\"peer\":{},\"passed\":{},\"failed\":{},\"differ\":{},\"skipped\":{},\"vectors\":[{}]}}\n",
        quoted(peer),
        count(outcomes, Verdict::Pass),
        count(outcomes, Verdict::Fail),
        count(outcomes, Verdict::Differs),
        count(outcomes, Verdict::Skipped),
        vectors.join(",")
    )
}

/// Whether a vector of `section` is asked for: by all, by its section, or by one above it.
pub(super) fn is_wanted(section: &str, wanted: &[impl AsRef<str>]) -> bool {
    wanted.is_empty()
        || wanted.iter().any(|one| {
            let rest = section.strip_prefix(one.as_ref().trim_end_matches('.'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

/// A section as numbers, to sort by.
pub(super) fn place(section: &str) -> Vec<u32> {
    section
        .split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_wanted_by_their_beginning() {
        let rows = [
            ("5.5.1", &[][..], true),
            ("5.5.1", &["5"], true),
            ("5.5.1", &["5.5"], true),
            ("5.5.1", &["5.5.1."], true),
            ("5.5.1", &["5.5.2", "8"], false),
            ("10.4", &["1"], false),
        ];
        for (section, wanted, expected) in rows {
            assert_eq!(is_wanted(section, wanted), expected, "{section} {wanted:?}");
        }
        assert!(place("5.5.1") < place("10.4") && place("5.5") < place("5.5.1"));
    }

    #[test]
    fn reports_are_harmless_and_whole() {
        let outcome = |verdict| Outcome {
            section: "5.2",
            name: "RSV1 set",
            verdict,
            sent: "c1".into(),
            came: "\x1b\"".into(),
        };
        assert_eq!(
            outcome(Verdict::Pass).line(false, false),
            "pass    5.2     RSV1 set\n"
        );
        let failed = outcome(Verdict::Fail).line(false, false);
        assert!(
            failed.ends_with("sent: c1\n                came: \\x1b\"\n"),
            "{failed}"
        );
        let both = [outcome(Verdict::Pass), outcome(Verdict::Fail)];
        assert_eq!(summary(&both), "1 passed, 1 failed, 0 differ, 0 skipped\n");
        let json = as_json("ws://h/", &both);
        assert!(super::super::super::json::pretty(&json).is_some(), "{json}");
    }
}
