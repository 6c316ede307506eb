//! The standard endpoints on a server of a cluster: what clients do in chat and on `/broadcast`
//! goes to the log that all servers share, and happens when it comes back from there.

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
