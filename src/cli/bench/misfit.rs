//! Notices an endpoint that does not echo, before an echo run has counted a million errors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::cli::lock::lock;
use crate::cli::term::printable;

/// This many wrong answers are enough for a verdict; fewer are enough after [`EARLY`].
const ENOUGH: u64 = 100;
const EARLY: Duration = Duration::from_millis(500);

/// After this time without any answer, a notice is shown.
const SILENCE: Duration = Duration::from_millis(900);

/// The most characters of a wrong answer that are shown.
const MOST_SHOWN: usize = 60;

/// The messages of an echo run that are not echoes.
#[derive(Default)]
pub(super) struct Misfits {
    /// Messages of this bench, of another connection or in a wrong place.
    ours: AtomicU64,
    others: AtomicU64,
    /// The first one that was not of this bench, as it is shown.
    first: Mutex<Option<String>>,
}

/// What is wrong with the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It sends what one connection sent to others as well.
    SendsToAll,
    /// It answers with something else.
    Answers(String),
}

impl Misfits {
    /// A message of this bench came where another one was due, or none.
    pub(super) fn ours(&self) {
        self.ours.fetch_add(1, Relaxed);
    }

    /// Counts a message that this bench did not send.
    pub(super) fn other(&self, payload: &[u8]) {
        if self.others.fetch_add(1, Relaxed) == 0 {
            let text = String::from_utf8_lossy(payload);
            let shown: String = printable(&text).chars().take(MOST_SHOWN).collect();
            *lock(&self.first) = Some(shown);
        }
    }

    /// What is wrong with the endpoint, if its figures mean nothing for that reason. `received`:
    /// how many answers arrived, including wrong ones; `elapsed`: since the load began.
    pub(super) fn judge(&self, received: u64, elapsed: Duration) -> Option<Misfit> {
        let (ours, others) = (self.ours.load(Relaxed), self.others.load(Relaxed));
        let wrong = ours + others;
        let judged = wrong >= ENOUGH || (wrong > 0 && elapsed >= EARLY);
        if !judged || wrong.saturating_mul(4) <= received {
            return None;
        }
        Some(match others {
            0 => Misfit::SendsToAll,
            _ => Misfit::Answers(lock(&self.first).clone().unwrap_or_default()),
        })
    }
}

impl Misfit {
    /// In a sentence; `path` is the endpoint's.
    pub(super) fn in_words(&self, path: &str) -> String {
        match self {
            Self::SendsToAll => format!(
                "{path} sends every message to all connections; use --mode fanout, or an endpoint \
                 that echoes, such as /echo"
            ),
            Self::Answers(first) => format!(
                "{path} does not send back what it is sent: an answer was \"{first}\"; use an \
                 endpoint that echoes, such as /echo"
            ),
        }
    }
}

/// Whether to show the notice that no answer arrives: none has, for a second of load.
pub(super) fn is_silent(received: u64, elapsed: Duration) -> bool {
    received == 0 && elapsed >= SILENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_that_is_wrong_is_a_wrong_endpoint_and_a_little_is_errors() {
        let early = EARLY - Duration::from_millis(1);
        let to_all = Some(Misfit::SendsToAll);
        let rows = [
            (0, 0, early, None),
            (0, 0, EARLY, None),
            (ENOUGH - 1, 0, early, None),
            (ENOUGH, 0, early, to_all.clone()),
            (1, 0, EARLY, to_all.clone()),
            (1, 4, EARLY, None),
            (ENOUGH, 4 * ENOUGH - 1, early, to_all),
            (ENOUGH, 4 * ENOUGH, EARLY, None),
        ];
        for (wrong, right, elapsed, expected) in rows {
            let misfits = Misfits::default();
            (0..wrong).for_each(|_| misfits.ours());
            assert_eq!(misfits.judge(right, elapsed), expected, "{wrong} {right}");
        }
        let misfits = Misfits::default();
        misfits.ours();
        misfits.other(b"hi\x1b\xff");
        misfits.other(b"x");
        let judged = misfits.judge(0, EARLY).unwrap();
        assert_eq!(judged, Misfit::Answers("hi\\x1b\u{fffd}".into()));
        assert!(judged.in_words("/x").starts_with("/x does not send back"));
    }

    #[test]
    fn silence_is_no_answer_for_a_second() {
        assert!(is_silent(0, SILENCE) && !is_silent(1, SILENCE) && !is_silent(0, EARLY));
    }
}
