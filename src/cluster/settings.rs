//! The setting that says where the shared log is.

use std::fmt;
use std::sync::Arc;

use super::log::LogSource;

/// The location of the log that the servers of a cluster share.
#[derive(Clone)]
pub struct Cluster {
    pub(super) source: Arc<dyn LogSource>,
}

impl Cluster {
    /// A cluster on this log. No connection is made yet.
    pub(super) fn new(source: impl LogSource) -> Self {
        Self {
            source: Arc::new(source),
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive() // its address may hold a password
    }
}
