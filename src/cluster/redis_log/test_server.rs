//! The log on a real Redis server, for tests.

#[path = "../../../tests/support/redis_server.rs"]
mod redis_server;

pub(super) use redis_server::{RedisServer, free_port, new_directory, path, until};

use super::keys::Keys;
use super::link::Bounds;
use super::log::Limits;
use super::source::RedisSource;
use super::url::RedisUrl;
use crate::transport::TlsTrust;

/// The log on this server.
pub(super) fn redis(server: &RedisServer) -> RedisSource {
    redis_as(server, "")
}

/// The log on this server, with `login` as `USER:PASSWORD@`.
pub(super) fn redis_as(server: &RedisServer, login: &str) -> RedisSource {
    source_of(&format!("redis://{login}127.0.0.1:{}", server.port))
}

pub(super) fn source_of(url: &str) -> RedisSource {
    source_with(url, TlsTrust::default(), Limits::default())
}

pub(super) fn source_with(url: &str, tls: TlsTrust, limits: Limits) -> RedisSource {
    let url = RedisUrl::parse(url).unwrap();
    let keys = Keys::new("wshub").unwrap();
    RedisSource::new(url, keys, tls).bounded(Bounds::default(), limits)
}
