//! Counts the writer threads of the whole process that stay parked at their connection until it has
//! more to write, since they use up the process's threads.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::system::{Share, share_of};

/// The most writers that may be parked at their connections: each holds some pages of memory.
const MOST_WAITING: usize = 4096;

static WAITING: Count = Count(AtomicUsize::new(0));

#[derive(Debug)]
struct Count(AtomicUsize);

/// A permit for a writer thread to stay parked while idle; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Idle(&'static Count);

impl Idle {
    /// A permit, or `None` if very many writers are parked already: they may be half of all writers
    /// at most, so that connections without a writer can get one of the other half.
    pub(super) fn begin() -> Option<Self> {
        Self::among(&WAITING, MOST_WAITING.min(share_of(Share::Writers) / 2))
    }

    fn among(count: &'static Count, most: usize) -> Option<Self> {
        let idle = Self(count);
        // The count is raised before it is checked, so that two threads at the same time cannot
        // both take the last permit.
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
