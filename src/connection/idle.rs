//! Writers that wait at their connection for more to write, counted over the whole process,
//! since the threads that they use up are the process's.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::system::{Share, share_of};

/// The most writers that wait at once at their connections: each holds some pages of memory.
const MOST_WAITING: usize = 4096;

static WAITING: Count = Count(AtomicUsize::new(0));

#[derive(Debug)]
struct Count(AtomicUsize);

/// A writer's leave to wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Idle(&'static Count);

impl Idle {
    /// `None` if very many wait already: half of the writers at most, so that connections without
    /// a writer of their own find one among the rest.
    pub(super) fn begin() -> Option<Self> {
        Self::among(&WAITING, MOST_WAITING.min(share_of(Share::Writers) / 2))
    }

    fn among(count: &'static Count, most: usize) -> Option<Self> {
        let idle = Self(count);
        // Counted first, so that two who come at once do not both see room for one.
        (count.0.fetch_add(1, Relaxed) < most).then_some(idle)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_may_wait_and_one_more_once_one_of_them_is_through() {
        static COUNT: Count = Count(AtomicUsize::new(0));
        let mut waiting: Vec<_> = (0..5).map(|_| Idle::among(&COUNT, 5)).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(Idle::among(&COUNT, 5).is_none());
        waiting.pop();
        assert!(Idle::among(&COUNT, 5).is_some());
    }
}
