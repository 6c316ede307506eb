//! How endpoints are written: one handler for each connection. The standard endpoints are
//! handlers like a user's own.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::log_fields::LogFields;
use super::upgrade::UpgradeResponse;
use crate::connection::{CloseCause, ConnectionId, Outbox, ReceivedMessage, Sender};
use crate::handshake::RequestHead;
use crate::protocol::{CloseCode, Fragment, Message};

/// What is known about a client once its opening handshake is accepted.
///
/// [`Display`](fmt::Display) gives the fields that the log lines of its connection share:
/// `id=7 peer=[::1]:40312 user="ana"`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientInfo {
    /// The connection's number.
    pub id: ConnectionId,
    /// The client's address, or a proxy's. `None` where the connection has none: it came through
    /// memory, or by [`Server::serve_stream`](super::Server::serve_stream).
    pub peer: Option<SocketAddr>,
    /// Its request: target, query, headers.
    pub request: RequestHead,
    /// The subprotocol that was agreed on. `None`: there is none.
    pub subprotocol: Option<String>,
    /// The connection is TLS.
    pub secure: bool,
    /// The name of the client's user, if an admission rule or a password gives one.
    pub user: Option<String>,
    /// What an admission rule passed on to the handler; see [`ClientInfo::data`].
    pub data: Option<Arc<dyn Any + Send + Sync>>,
}

impl ClientInfo {
    /// What an admission rule passed on to the handler with
    /// [`Admit::with_data`](super::Admit::with_data); `None` if it is of another type.
    pub fn data<T: Any>(&self) -> Option<&T> {
        self.data.as_deref()?.downcast_ref()
    }
}

impl fmt::Display for ClientInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LogFields(self.id, self.peer, self.user.as_deref()).fmt(f)
    }
}

/// The client of one connection, as a handler's methods see it.
#[derive(Debug)]
pub struct Peer<'a> {
    info: &'a ClientInfo,
    outbox: &'a mut Outbox,
}

impl<'a> Peer<'a> {
    pub(super) fn new(info: &'a ClientInfo, outbox: &'a mut Outbox) -> Self {
        Self { info, outbox }
    }

    /// What is known about the client.
    ///
    /// ```
    /// # use wshub::server::Peer;
    /// fn tell_target(peer: &mut Peer<'_>) {
    ///     peer.text(&peer.info().request.target);
    /// }
    /// ```
    pub fn info(&self) -> &'a ClientInfo {
        self.info
    }

    /// Sends a message. The answers to the messages of one read are written together, after the
    /// last of them. After [`Peer::close`] nothing is sent.
    pub fn send(&mut self, message: Message<'_>) {
        self.outbox.send(message);
    }

    /// Sends a text message; see [`Peer::send`].
    pub fn text(&mut self, text: &str) {
        self.outbox.text(text);
    }

    /// Sends a binary message; see [`Peer::send`].
    pub fn binary(&mut self, bytes: &[u8]) {
        self.outbox.binary(bytes);
    }

    /// The message that [`Handler::on_message`] is shown, with the compressed form in which it came,
    /// if members of a room can be sent that; see [`Hub::publish`](crate::hub::Hub::publish). Any
    /// other message has none.
    pub fn received<'m>(&'m self, message: Message<'m>) -> ReceivedMessage<'m> {
        self.outbox.received(message)
    }

    /// Begins the closing handshake; no further message reaches the handler. A reason of more
    /// than 123 bytes is shortened. Only the first call counts.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.outbox.close(code, reason);
    }

    /// A sender for other threads, good for as long as the connection lives.
    pub fn sender(&mut self) -> Sender {
        self.outbox.sender()
    }
}

/// An endpoint's side of one connection.
///
/// Each connection has a handler of its own, made by the factory of its [`Route`](super::Route)
/// on the connection's own thread: what is the handler's own needs no lock. The methods are called on
/// that thread, one after the other: [`on_upgrade`](Handler::on_upgrade),
/// [`on_open`](Handler::on_open), any number of [`on_message`](Handler::on_message),
/// [`on_close`](Handler::on_close).
///
/// # Panics
///
/// A panic in a handler ends its connection and no other one. Before the 101 is sent (in the
/// factory or in `on_upgrade`) the client gets 500; later it gets Close 1011. It is logged, and
/// [observers](super::Observer::panicked) are told. After a panic in `on_open` or `on_message`
/// the next call is `on_close`.
pub trait Handler {
    /// The opening handshake is accepted and about to be answered: `response` is the 101, to
    /// which headers such as `Set-Cookie` can be added, and in which the subprotocol can be
    /// chosen. `info.subprotocol` is the choice so far. The default leaves the response as it is.
    fn on_upgrade(&mut self, info: &ClientInfo, response: &mut UpgradeResponse) {
        let _ = (info, response);
    }

    /// The connection is open; nothing has been received. Closing here means that no message
    /// reaches the handler. The default does nothing.
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        let _ = peer;
    }

    /// A whole message arrived. The default ignores it: for endpoints that only send, or that
    /// take their messages in pieces.
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let _ = (peer, message);
    }

    /// Whether messages come in pieces as they arrive, to [`Handler::on_fragment`] instead of
    /// [`Handler::on_message`]: a message of any size then needs little memory, and
    /// [`Limits::max_streamed_message_bytes`](crate::protocol::Limits) bounds it. Asked once, after
    /// `on_upgrade`. The default is no.
    fn wants_fragments(&self) -> bool {
        false
    }

    /// A piece of a message arrived, where [`Handler::wants_fragments`] asks for pieces. A text
    /// is cut between characters, and checked across the pieces. The default does nothing.
    fn on_fragment(&mut self, peer: &mut Peer<'_>, fragment: Fragment<'_>) {
        let _ = (peer, fragment);
    }

    /// The connection has ended; nothing can be sent any more. Called exactly once for each call
    /// of `on_open`. The default does nothing.
    fn on_close(&mut self, peer: &mut Peer<'_>, cause: &CloseCause) {
        let _ = (peer, cause);
    }
}
