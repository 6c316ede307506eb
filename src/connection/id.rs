//! The number of a connection, the same in the log, in the hub and for handlers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A connection's number, unique in the process; shown in log lines as `id=7`. Counts from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// A number that no connection of this process has had. The next connection has a higher one.
    #[allow(clippy::should_implement_trait)] // not an iterator's
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Relaxed))
    }

    /// The number itself.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_connections_have_one_number() {
        let (first, second) = (ConnectionId::next(), ConnectionId::next());
        assert!(first < second && first.number() >= 1);
        assert_eq!(first.to_string(), first.number().to_string());
    }
}
