//! Watching an opening handshake: the heads that go out and come in, for people who look for what is
//! wrong. Off, it costs nothing.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::handshake::{RequestHead, ResponseHead};

/// What there is to see while a client connects, in this order.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpeningEvent<'a> {
    /// TCP is there.
    Tcp {
        /// The server's address, or its proxy's.
        address: SocketAddr,
    },
    /// TLS is there.
    Tls {
        /// The host that has proved its name, unless any certificate is taken.
        host: &'a str,
    },
    /// A request is about to go out: the one for the upgrade, or the one for a tunnel to a proxy.
    /// `Debug` of its headers hides credentials.
    Request(&'a RequestHead),
    /// The final answer to it has come.
    Response(&'a ResponseHead),
}

/// Shown each step of an opening handshake, on the thread that connects.
#[derive(Clone)]
pub struct OpeningWatch(Arc<dyn Fn(OpeningEvent<'_>) + Send + Sync>);

impl OpeningWatch {
    /// Watches with `show`.
    pub fn new(show: impl Fn(OpeningEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    pub(super) fn show(&self, event: OpeningEvent<'_>) {
        (self.0)(event);
    }
}

impl fmt::Debug for OpeningWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpeningWatch")
    }
}
