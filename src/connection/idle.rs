//! Writers that wait for something to write, counted over the whole process, since what they
//! use up is the process's: each thread takes four of the 65,530 memory mappings that Linux
//! gives a process by default, and some pages of memory.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The most writers that wait at once. With as many, and 10,000 readers, there is room left for
/// thousands that are writing.
const MOST_WAITING: usize = 4096;

static WAITING: Count = Count(AtomicUsize::new(0));

#[derive(Debug)]
struct Count(AtomicUsize);

/// A writer's leave to wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Idle(&'static Count);

impl Idle {
    /// `None` if very many wait already.
    pub(super) fn begin() -> Option<Self> {
        Self::among(&WAITING)
    }

    fn among(count: &'static Count) -> Option<Self> {
        let idle = Self(count);
        // Counted first, so that two who come at once do not both see room for one.
        (count.0.fetch_add(1, Relaxed) < MOST_WAITING).then_some(idle)
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
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| Idle::among(&COUNT)).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(Idle::among(&COUNT).is_none());
        waiting.pop();
        assert!(Idle::among(&COUNT).is_some());
    }
}
