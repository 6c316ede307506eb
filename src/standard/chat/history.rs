//! The last lines of a room, bounded in lines and bytes.

use std::collections::VecDeque;

/// The most bytes of one room's history.
const MAX_BYTES: usize = 64 << 10;

/// The last messages of a room.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: VecDeque<String>,
    bytes: usize,
}

impl History {
    /// Adds a line; removes the oldest ones past `max_lines` lines or [`MAX_BYTES`].
    pub(super) fn push(&mut self, line: &str, max_lines: usize) {
        if max_lines == 0 {
            return;
        }
        self.bytes += line.len();
        self.lines.push_back(line.to_owned());
        while self.lines.len() > max_lines || self.bytes > MAX_BYTES {
            let Some(first) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= first.len();
        }
    }

    pub(super) fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_lines_within_its_bounds() {
        let mut history = History::default();
        for line in ["a", "b", "c"] {
            history.push(line, 2);
        }
        assert_eq!(history.lines().collect::<Vec<_>>(), ["b", "c"]);
        for _ in 0..100 {
            history.push(&"x".repeat(4096), 1000);
        }
        assert_eq!(history.lines().len(), 16, "64 KiB");
        let mut none = History::default();
        none.push("a", 0);
        assert_eq!(none.lines().len(), 0);
    }
}
