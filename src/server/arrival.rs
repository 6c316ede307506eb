//! Where a connection came from.

use std::net::SocketAddr;

/// Where a connection came from, for [`Server::serve_stream_from`](super::Server::serve_stream_from).
/// The default knows nothing: no address, in the clear, and a listener that others reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival {
    /// The peer's address, where it has one.
    pub peer: Option<SocketAddr>,
    /// The connection is TLS.
    pub secure: bool,
    /// It came to a listener that only this machine reaches: the request's Host has to be a
    /// name of the loopback then; see [`Access::hosts`](super::Access::hosts).
    pub loopback: bool,
}

/// A connection in the clear from this address, to a listener that others reach.
impl From<SocketAddr> for Arrival {
    fn from(peer: SocketAddr) -> Self {
        Self {
            peer: Some(peer),
            ..Self::default()
        }
    }
}
