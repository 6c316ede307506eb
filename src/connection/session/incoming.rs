//! What a session shows the application.

use std::time::Duration;

use crate::protocol::{Fragment, Message};

/// A message, a fragment or a control frame that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// A piece of a message, where
    /// [`Session::stream_fragments`](crate::connection::Session::stream_fragments) asks for pieces.
    Fragment(Fragment<'a>),
    /// A ping; it has been answered.
    Ping(&'a [u8]),
    /// A pong.
    Pong {
        /// Its payload.
        payload: &'a [u8],
        /// How long it took, where it answers a ping of the keepalive.
        round_trip: Option<Duration>,
    },
}
