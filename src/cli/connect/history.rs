//! The lines that were sent, numbered from 1.

/// The most lines that are kept; older ones are forgotten, the numbers go on.
const MOST: usize = 1000;

/// How many lines `/last` shows.
const SHOWN: usize = 20;

/// The lines that were sent.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    forgotten: usize,
}

impl History {
    /// Adds a line, unless it is empty or the same as the last one.
    pub(super) fn add(&mut self, line: &str) {
        if line.is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() == MOST {
            self.lines.remove(0);
            self.forgotten += 1;
        }
        self.lines.push(line.to_owned());
    }

    /// The line with this number, or the last one. The error says what there is.
    pub(super) fn get(&self, number: Option<usize>) -> Result<String, String> {
        let found = match number {
            None => self.lines.last(),
            Some(number) => number
                .checked_sub(self.forgotten + 1)
                .and_then(|at| self.lines.get(at)),
        };
        found.cloned().ok_or_else(|| match number {
            Some(number) if !self.lines.is_empty() => {
                format!("no line {number}; /last numbers those that there are")
            }
            _ => "no line has been sent yet".to_owned(),
        })
    }

    /// All lines, oldest first.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The last lines with their numbers.
    pub(super) fn last(&self) -> impl Iterator<Item = (usize, &str)> {
        let skipped = self.lines.len().saturating_sub(SHOWN);
        let numbered = self.lines.iter().enumerate().skip(skipped);
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
}
