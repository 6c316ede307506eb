//! The log in Redis, or Valkey: a stream whose IDs are the sequence, a hash that says where it
//! stands, a hash with the snapshot. What has to happen at once is a Lua script.

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
