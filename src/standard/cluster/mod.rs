//! The standard endpoints on a server of a cluster: clients' actions in chat and on `/broadcast`
//! are appended to the log that all servers share, and take effect when they are read back from it.

mod application;
mod broadcast;
mod client;
mod clock;
mod doors;
mod running;
mod words;

#[cfg(test)]
mod cluster_tests;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod world;

pub(super) use broadcast::ClusterBroadcast;
pub(super) use doors::{admit, health};
pub(super) use running::Running;
