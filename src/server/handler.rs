//! How endpoints are written. Echo, broadcast and chat are handlers like any user's own.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::connection::{CloseCause, Outbox, Sender};
use crate::handshake::RequestHead;
use crate::protocol::{CloseCode, CloseFrame, Message};

/// A connection's number on this server; never used twice while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is known of a client from its opening handshake on.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// Its number.
    pub id: ClientId,
    /// Its address; absent when it is connected through memory.
    pub peer: Option<SocketAddr>,
    /// Its request: target, query, headers.
    pub request: RequestHead,
    /// The subprotocol that was agreed on.
    pub subprotocol: Option<String>,
    /// The connection is TLS.
    pub secure: bool,
    /// Who it is, where a rule of admission found out.
    pub user: Option<String>,
    /// What a rule of admission left for the handler; see [`ClientInfo::data`].
    pub data: Option<Arc<dyn Any + Send + Sync>>,
}

impl ClientInfo {
    /// What a rule of admission left for the handler with
    /// [`Admit::with_data`](super::Admit::with_data), if it is of this type.
    pub fn data<T: Any>(&self) -> Option<&T> {
        self.data.as_deref()?.downcast_ref()
    }
}

/// A client, as a handler sees it while it is being served.
#[derive(Debug)]
pub struct Client<'a> {
    info: &'a ClientInfo,
    outbox: &'a mut Outbox,
}

impl<'a> Client<'a> {
    pub(super) fn new(info: &'a ClientInfo, outbox: &'a mut Outbox) -> Self {
        Self { info, outbox }
    }

    /// What is known from its opening handshake.
    pub fn info(&self) -> &ClientInfo {
        self.info
    }

    /// Sends a message. Answers to what one read brought go out together, at its end.
    pub fn send(&mut self, message: Message<'_>) {
        self.outbox.send(message);
    }

    /// Sends a text message.
    pub fn text(&mut self, text: &str) {
        self.outbox.text(text);
    }

    /// Sends a binary message.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.outbox.binary(bytes);
    }

    /// Begins the closing handshake; no further message reaches the handler. A reason of over
    /// 123 bytes is cut.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.outbox.close(CloseFrame::new(code, reason));
    }

    /// A sender for other threads, good for as long as the connection lives.
    pub fn sender(&self) -> Sender {
        self.outbox.sender().clone()
    }
}

/// An endpoint's side of one connection. Each connection has its own, made by the route's
/// factory on the connection's own thread, so it needs no lock for what is its own.
///
/// A panic in a handler ends its connection with 1011, and nothing else.
pub trait Handler {
    /// The connection is open; nothing has been received. Closing here refuses the client.
    fn on_open(&mut self, client: &mut Client<'_>) {
        let _ = client;
    }

    /// A whole message arrived.
    fn on_message(&mut self, client: &mut Client<'_>, message: Message<'_>);

    /// The connection has ended; nothing can be sent any more.
    fn on_close(&mut self, client: &mut Client<'_>, cause: &CloseCause) {
        let _ = (client, cause);
    }
}

type Factory = dyn Fn(&ClientInfo) -> Box<dyn Handler> + Send + Sync;

/// A path, and who serves it.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) path: String,
    pub(super) subprotocols: Vec<String>,
    pub(super) factory: Arc<Factory>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Route {
    /// Whether the route serves this path: its own, or, where it ends with `/*`, anything
    /// below it.
    pub(super) fn serves(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(stem) => path.len() > stem.len() && path.starts_with(stem),
            None => path == self.path,
        }
    }
}
