//! The pings that wait for their pong, and how long each took.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The most pings that are remembered; a server need not answer each (RFC 6455 section 5.5.3).
const MOST: usize = 64;

/// Pings under way, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pings {
    waiting: VecDeque<(Vec<u8>, Instant)>,
    number: u64,
}

impl Pings {
    /// A payload that no other ping of this connection has.
    pub(super) fn payload(&mut self) -> Vec<u8> {
        self.number += 1;
        format!("wshub {}", self.number).into_bytes()
    }

    /// A ping with this payload goes out at `now`.
    pub(super) fn sent(&mut self, payload: Vec<u8>, now: Instant) {
        if self.waiting.len() == MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back((payload, now));
    }

    /// A pong came at `now`: how long after its ping, if it answers one of ours. Pings before
    /// that one will not be answered any more.
    pub(super) fn answered(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        let at = self.waiting.iter().position(|(sent, _)| sent == payload)?;
        let (_, sent) = self.waiting.drain(..=at).next_back()?;
        Some(now.saturating_duration_since(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_answers_its_ping_and_all_before_it() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let mut pings = Pings::default();
        let first = pings.payload();
        assert_ne!(first, pings.payload());
        pings.sent(b"a".to_vec(), start);
        pings.sent(b"b".to_vec(), start + ms(5));
        pings.sent(b"c".to_vec(), start + ms(6));
        assert_eq!(pings.answered(b"x", start + ms(9)), None);
        assert_eq!(pings.answered(b"b", start + ms(9)), Some(ms(4)));
        assert_eq!(pings.answered(b"a", start + ms(9)), None);
        assert_eq!(pings.answered(b"c", start + ms(9)), Some(ms(3)));
        for _ in 0..1000 {
            pings.sent(b"d".to_vec(), start);
        }
        assert_eq!(pings.waiting.len(), MOST);
    }
}
