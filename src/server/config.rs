//! Every setting of the server, with its unit, its default and what happens past it.

use std::time::Duration;

use super::access::Access;
use super::chat::ChatLimits;
use crate::connection::{QueueLimits, Timeouts};
use crate::protocol::Limits;

/// What becomes of a client whose queue of broadcasts is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlowClient {
    /// It still gets what is queued, then Close 1008 "slow consumer". The default.
    #[default]
    Disconnect,
    /// It stays, and misses what comes while its queue is full; each such message is counted.
    Drop,
}

/// The server's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerConfig {
    /// Where to listen, as `HOST:PORT`, on every address that the host has; port 0 takes any
    /// free one. Default `localhost:8765`.
    pub listen: Vec<String>,
    /// Where to listen for TLS, in the same way; of use only with an identity
    /// ([`Builder::tls`](super::Builder::tls)). Default `localhost:8766`.
    pub tls_listen: Vec<String>,
    /// Bounds on what one client may send.
    pub limits: Limits,
    /// The clocks of an open connection.
    pub timeouts: Timeouts,
    /// For TCP, TLS and HTTP together, from the accept on. Default 10 s; then 408, or a cut if
    /// nothing came.
    pub handshake_timeout: Duration,
    /// Bounds on what waits for one client.
    pub queue: QueueLimits,
    /// What happens when that queue is full.
    pub slow_client: SlowClient,
    /// Bounds on chat: rooms, and their history.
    pub chat: ChatLimits,
    /// Connections at one time, handshakes included. Default 10000; the next one gets 503.
    pub max_clients: usize,
    /// Which origins, hosts and users are let in.
    pub access: Access,
    /// `/metrics` and `/closed` are shown to everybody. Default: to clients on this machine,
    /// and to those who gave a password.
    pub public_metrics: bool,
    /// How long open clients have to answer the Close 1001 of a server that stops. Default 5 s.
    pub stop_grace: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: vec!["localhost:8765".into()],
            tls_listen: vec!["localhost:8766".into()],
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            handshake_timeout: Duration::from_secs(10),
            queue: QueueLimits::default(),
            slow_client: SlowClient::default(),
            chat: ChatLimits::default(),
            max_clients: 10_000,
            access: Access::default(),
            public_metrics: false,
            stop_grace: Duration::from_secs(5),
        }
    }
}
