//! The lines that were sent, numbered from 1; those of earlier runs stand before them and have no
//! number.

/// The most lines that are kept; older ones are forgotten, the numbers go on.
const MOST: usize = 1000;

/// How many lines `/last` shows.
const SHOWN: usize = 20;

/// The lines that were sent.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    /// How many of the lines are of earlier runs.
    earlier: usize,
    /// How many lines of this run are no longer among them.
    forgotten: usize,
}

impl History {
    /// Lines of earlier runs, the oldest first, before any of this one.
    pub(super) fn begin_with(&mut self, mut lines: Vec<String>) {
        lines.drain(..lines.len().saturating_sub(MOST));
        self.earlier = lines.len();
        self.lines = lines;
    }

    /// Adds a line, unless it is empty or the same as the last one; whether it did.
    pub(super) fn add(&mut self, line: &str) -> bool {
        if line.is_empty() || self.sent().last().is_some_and(|last| last == line) {
            return false;
        }
        if self.lines.len() == MOST {
            self.lines.remove(0);
            match self.earlier {
                0 => self.forgotten += 1,
                _ => self.earlier -= 1,
            }
        }
        self.lines.push(line.to_owned());
        true
    }

    /// The lines of this run.
    fn sent(&self) -> &[String] {
        &self.lines[self.earlier..]
    }

    /// The line with this number, or the last one. The error says what there is.
    pub(super) fn get(&self, number: Option<usize>) -> Result<String, String> {
        let found = match number {
            None => self.sent().last(),
            Some(number) => number
                .checked_sub(self.forgotten + 1)
                .and_then(|at| self.sent().get(at)),
        };
        found.cloned().ok_or_else(|| match number {
            Some(number) if !self.sent().is_empty() => {
                format!("no line {number}; /last numbers those that there are")
            }
            _ => "no line has been sent yet".to_owned(),
        })
    }

    /// All lines, those of earlier runs too, the oldest first.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The last lines with their numbers.
    pub(super) fn last(&self) -> impl Iterator<Item = (usize, &str)> {
        let skipped = self.sent().len().saturating_sub(SHOWN);
        let numbered = self.sent().iter().enumerate().skip(skipped);
        numbered.map(|(at, line)| (self.forgotten + at + 1, line.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_even_when_old_ones_are_forgotten() {
        let mut history = History::default();
        assert!(
            history
                .get(None)
                .is_err_and(|e| e.contains("no line has been sent"))
        );
        for line in ["a", "a", "", "b"] {
            history.add(line);
        }
        assert_eq!(history.last().collect::<Vec<_>>(), [(1, "a"), (2, "b")]);
        assert_eq!(history.get(None).as_deref(), Ok("b"));
        assert_eq!(history.get(Some(1)).as_deref(), Ok("a"));
        for number in [0, 3, usize::MAX] {
            assert!(
                history
                    .get(Some(number))
                    .is_err_and(|e| e.contains("/last numbers"))
            );
        }
        for i in 0..MOST {
            history.add(&format!("line {i}"));
        }
        assert_eq!(history.lines().len(), MOST);
        assert_eq!(history.get(Some(3)).as_deref(), Ok("line 0"));
        assert!(history.get(Some(2)).is_err());
        assert_eq!(history.last().count(), SHOWN);
    }

    #[test]
    fn lines_of_earlier_runs_have_no_number() {
        let mut history = History::default();
        history.begin_with(vec!["old".into(); MOST + 5]);
        assert_eq!(history.lines().len(), MOST);
        assert_eq!(history.last().count(), 0);
        assert!(history.get(None).is_err() && history.get(Some(1)).is_err());
        assert!(history.add("old"), "the first of this run");
        assert!(!history.add("old"));
        history.add("new");
        assert_eq!(history.lines().len(), MOST);
        assert_eq!(history.last().collect::<Vec<_>>(), [(1, "old"), (2, "new")]);
        assert_eq!(history.get(Some(2)).as_deref(), Ok("new"));
    }
}
