//! What was said in rooms that have no members any more. In a cluster a room's last lines outlive
//! the servers: all servers may be restarted, and then everybody leaves for a moment.

use std::collections::VecDeque;

use super::history::History;

/// The most rooms whose lines are kept; each has at most 64 KiB.
const MOST_ROOMS: usize = 256;

/// The last lines of rooms without members, by their folded names, the oldest first.
#[derive(Debug, Default)]
pub(super) struct PastRooms(VecDeque<(String, History)>);

impl PastRooms {
    /// A room's last member has left.
    pub(super) fn keep(&mut self, key: &str, history: History) {
        if history.lines().len() == 0 {
            return;
        }
        self.0.push_back((key.to_owned(), history));
        if self.0.len() > MOST_ROOMS {
            self.0.pop_front();
        }
    }

    /// A room has a member again.
    pub(super) fn take(&mut self, key: &str) -> Option<History> {
        let place = self.0.iter().position(|(name, _)| name == key)?;
        self.0.remove(place).map(|(_, history)| history)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &(String, History)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> History {
        let mut history = History::default();
        history.push(line, 5);
        history
    }

    #[test]
    fn the_last_lines_of_so_many_rooms_are_kept_until_somebody_comes() {
        let mut past = PastRooms::default();
        past.keep("silent", History::default());
        assert_eq!(past.iter().len(), 0, "nothing was said there");
        for room in 0..=MOST_ROOMS {
            past.keep(&format!("r{room}"), said("hello"));
        }
        assert_eq!(past.iter().len(), MOST_ROOMS);
        assert!(past.take("r0").is_none(), "the oldest one");
        assert!(past.take("r1").is_some());
        assert!(past.take("r1").is_none());
    }
}
