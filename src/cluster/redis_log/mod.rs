//! The log in Redis, or Valkey: a stream whose IDs are the sequence numbers, a hash with the log's
//! position, and a hash with the snapshot. Operations that have to be atomic are Lua scripts.

mod answers;
mod greeting;
mod keys;
mod link;
mod log;
mod options;
mod refusals;
mod resp;
mod script;
mod source;
mod url;

pub use options::{RedisError, RedisOptions};

#[cfg(test)]
mod fake_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod test_server;
