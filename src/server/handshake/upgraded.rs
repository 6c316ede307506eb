//! An accepted request for a WebSocket, and a client whose session can begin.

use super::super::handler::{ClientInfo, Handler};
use super::super::route::Route;
use crate::connection::Opened;
use crate::handshake::DeflateAgreed;

/// An accepted opening handshake.
pub(super) struct Upgraded<'a> {
    pub(super) route: &'a Route,
    pub(super) handler: Box<dyn Handler>,
    pub(super) wants_fragments: bool,
    pub(super) info: Box<ClientInfo>,
    /// The 101, not sent yet.
    pub(super) response_head: Vec<u8>,
    pub(super) deflate: Option<DeflateAgreed>,
}

/// A client whose session can begin. It is a value of its own so that the handshake's part of the
/// stack is left first: the pages of a stack stay in memory once they were used.
pub(super) struct Ready<'a> {
    pub(super) opened: Opened,
    /// The bytes that came after the request.
    pub(super) leftover: Vec<u8>,
    pub(super) upgraded: Upgraded<'a>,
}
