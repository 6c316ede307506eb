//! One hub over several servers: each appends its clients' actions to one shared log, and applies
//! the log's entries in order, its own included.
//!
//! [`Node`] is one server's state machine, without IO. [`Reader`](reader::Reader) follows the log,
//! and checks on every new connection whether the log still continues what was read before. Two
//! threads do the IO with the log ([`Threads`]). [`log::Log`] is the interface to the log's
//! storage.

mod codec;
mod fields;
mod flight;
mod input;
mod log;
mod members;
mod node;
mod reader;
mod redis_log;
mod settings;
mod status;
mod threads;
mod wanted;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod node_tests;

pub use codec::{MAX_ACCOUNTS, MAX_NAME_BYTES, MAX_PAYLOAD_BYTES};
#[cfg(fuzzing)]
pub use codec::{decode_bundle, encode_bundle};
pub use fields::{FieldReader, FieldWriter, Malformed};
pub use input::{Input, Payload, Terms, WantedName};
pub use log::{Entry as LogEntry, NodeId};
#[cfg(test)]
pub use memory::{Held, MemoryLog};
pub use node::Node;
pub use reader::{Gap, News};
pub use redis_log::{RedisError, RedisOptions};
pub use settings::Cluster;
pub use status::{ClusterStatus, Latencies, Reporter};
pub use threads::{Deliver, FromLog, Port, Threads, start};
#[cfg(test)]
pub use threads::{Follower, Writer};
pub use wanted::{Unsent, Wish};
