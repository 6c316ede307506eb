//! The standard endpoints: echo, broadcast, chat, the browser page, and what an operator sees.
//! They use the public interface of the crate alone, like endpoints of a user's own.
//!
//! | path | over WebSocket | as a plain GET |
//! |---|---|---|
//! | `/`, `/echo` | every message comes back unchanged ([`Echo`]) | `/` is the page |
//! | `/broadcast` | every message goes to every client of it ([`Broadcast`]) | 426 |
//! | `/chat`, `/chat/ROOM` | chat rooms ([`chat`]) | 426 |
//! | `/frames` | the frame laboratory ([`frames`]) | 426 |
//! | `/metrics`, `/closed` | 404 | counts for Prometheus; the last endings with their causes |
//! | `/healthz` | 404 | `ok`, or 503 while the server stops |
//! | `/healthz?cluster` | 404 | 503 also while the log is away that the servers of a cluster share |
//!
//! ```no_run
//! use wshub::server::Server;
//! use wshub::standard::{Standard, StandardOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let standard = Standard::start(StandardOptions::default())?;
//! standard.add_to(Server::builder()).bind()?.run()?;
//! # Ok(())
//! # }
//! ```

mod broadcast;
pub mod chat;
#[cfg(feature = "cluster")]
mod cluster;
mod coding;
mod echo;
mod endings;
mod endpoints;
pub mod frames;
mod metrics;
mod operator;
mod page;

#[cfg(feature = "cluster")]
pub use crate::cluster::{Cluster, ClusterStatus, Latencies, RedisError, RedisOptions};
pub use broadcast::Broadcast;
#[cfg(all(feature = "cluster", fuzzing))]
pub(crate) use chat::read_anything;
pub use echo::Echo;
pub use endpoints::{Standard, StandardOptions};
