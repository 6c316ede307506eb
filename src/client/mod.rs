//! A blocking WebSocket client on the same core as the server.
//!
//! The [`Client`] is the receiving end, and keeps the connection alive while it is asked to
//! receive: it answers pings and sends its own. Its [`Sender`] may be cloned and used from any
//! other thread.
//!
//! ```no_run
//! use wshub::Client;
//! use wshub::protocol::CloseCode;
//!
//! let mut client = Client::connect("ws://localhost:8765/echo")?;
//! client.text("hello")?;
//! for message in &mut client {
//!     println!("{message:?}");
//!     break;
//! }
//! let cause = client.close(CloseCode::NORMAL, "done");
//! assert!(cause.clean);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod connect;
mod error;
mod opening;
mod proxy;
mod tunnel;

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

pub use connect::ConnectOptions;
pub use error::ConnectError;
pub use opening::{OpeningEvent, OpeningWatch};
pub use proxy::{ProxyError, ProxyExceptions, ProxyRules};

#[cfg(feature = "wss")]
pub use crate::transport::{TlsIdentity, TlsOptions, TlsTrust};

use crate::connection::{CloseCause, Incoming, Outbox, SendError, Sender, Session};
use crate::handshake::ResponseHead;
use crate::protocol::{CloseCode, Message, MessageBuf};

/// A message or an event that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// A message.
    Message(MessageBuf),
    /// A piece of a message, with [`ConnectOptions::fragments`].
    Fragment {
        /// The bytes; a text is cut between characters.
        payload: MessageBuf,
        /// The message begins with it.
        first: bool,
        /// The message ends with it.
        last: bool,
    },
    /// A ping; it has been answered.
    Ping(Vec<u8>),
    /// A pong, but for those to the pings of the keepalive.
    Pong(Vec<u8>),
}

/// Why nothing was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReceived {
    /// Nothing came in time; the connection goes on.
    Timeout,
    /// The connection has ended: [`Client::ended`] tells how.
    Ended,
}

impl fmt::Display for NotReceived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "nothing was received in time",
            Self::Ended => "the connection has ended",
        })
    }
}

impl std::error::Error for NotReceived {}

/// An open connection to a server.
///
/// Iterating over `&mut client` gives the messages until the connection has ended. Dropping a
/// client sends a Close 1001 and does not wait for the answer; [`Client::close`] does.
#[derive(Debug)]
pub struct Client {
    session: Session,
    response: ResponseHead,
    subprotocol: Option<String>,
    inbox: VecDeque<Received>,
    ended: Option<CloseCause>,
}

impl Client {
    fn new(session: Session, response: ResponseHead, subprotocol: Option<String>) -> Self {
        Self {
            session,
            response,
            subprotocol,
            inbox: VecDeque::new(),
            ended: None,
        }
    }

    /// The server's answer to the opening handshake: status and headers.
    pub fn response(&self) -> &ResponseHead {
        &self.response
    }

    /// The subprotocol that the server chose.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// A sender for any thread.
    pub fn sender(&self) -> Sender {
        self.session.sender()
    }

    /// A sender and a receiver for two threads: the client itself is the receiver.
    pub fn split(self) -> (Sender, Self) {
        (self.sender(), self)
    }

    /// Sends a message now; see [`Sender::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn send(&self, message: Message<'_>) -> Result<(), SendError> {
        self.sender().send(message)
    }

    /// Sends a text message now.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn text(&self, text: &str) -> Result<(), SendError> {
        self.send(Message::Text(text))
    }

    /// Sends a binary message now.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::send`].
    pub fn binary(&self, bytes: &[u8]) -> Result<(), SendError> {
        self.send(Message::Binary(bytes))
    }

    /// Waits for the next message; `None` once the connection has ended, and then
    /// [`Client::ended`] tells how.
    pub fn receive(&mut self) -> Option<MessageBuf> {
        self.receive_timeout(Duration::MAX).ok()
    }

    /// Waits for the next message, for `timeout` at most. With [`Duration::ZERO`] it takes what has
    /// arrived already, and waits for a millisecond at most.
    ///
    /// # Errors
    ///
    /// [`NotReceived::Timeout`] when none came in time, [`NotReceived::Ended`] once the
    /// connection has ended.
    pub fn receive_timeout(&mut self, timeout: Duration) -> Result<MessageBuf, NotReceived> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if let Received::Message(message) = self.receive_until(deadline)? {
                return Ok(message);
            }
        }
    }

    /// Waits for the next thing that arrives, pings and pongs included, for `timeout` at most.
    ///
    /// # Errors
    ///
    /// Those of [`Client::receive_timeout`].
    pub fn receive_any(&mut self, timeout: Duration) -> Result<Received, NotReceived> {
        self.receive_until(Instant::now().checked_add(timeout))
    }

    fn receive_until(&mut self, deadline: Option<Instant>) -> Result<Received, NotReceived> {
        let mut has_read = false; // the socket is read once, however little time there is
        loop {
            if let Some(received) = self.inbox.pop_front() {
                return Ok(received);
            }
            if self.ended.is_some() {
                return Err(NotReceived::Ended);
            }
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if left.is_zero() && std::mem::replace(&mut has_read, true) {
                return Err(NotReceived::Timeout);
            }
            let inbox = &mut self.inbox;
            let turned = self.session.turn(left, &mut |incoming, _: &mut Outbox| {
                inbox.extend(owned(incoming));
            });
            self.ended = turned;
        }
    }

    /// Waits for one read, for `timeout` at most, and shows `app` each event that came of it,
    /// borrowed from where it arrived; what `app` answers goes out in one write, and before
    /// anything behind it is looked at: a message that came whole is answered before a fault
    /// behind it. Nothing that comes this way is kept for [`Client::receive`].
    ///
    /// False once the connection has ended: [`Client::ended`] tells how.
    #[must_use = "false means that the connection has ended"]
    pub fn turn(
        &mut self,
        timeout: Duration,
        mut app: impl FnMut(Incoming<'_>, &mut Outbox),
    ) -> bool {
        if self.ended.is_none() {
            self.ended = self.session.turn(timeout, &mut app);
        }
        self.ended.is_none()
    }

    /// Begins the closing handshake, without waiting for the answer: receive until the
    /// connection has ended, what the server sent before it answers still arrives. A reason of
    /// over 123 bytes is cut.
    pub fn begin_close(&mut self, code: CloseCode, reason: &str) {
        self.session.outbox().close(code, reason);
    }

    /// Closes the connection: sends a Close, waits for the server's, for the close timeout at
    /// most, and tells how it ended. Messages that still arrive are discarded. A reason of over
    /// 123 bytes is cut.
    pub fn close(mut self, code: CloseCode, reason: &str) -> CloseCause {
        self.begin_close(code, reason);
        self.wait_for_end()
    }

    /// Waits until the connection has ended, discarding what arrives, and tells how it did.
    pub fn wait_for_end(mut self) -> CloseCause {
        loop {
            if let Some(cause) = self.ended.take() {
                return cause;
            }
            self.ended = self
                .session
                .turn(Duration::MAX, &mut |_, _: &mut Outbox| ());
        }
    }

    /// How the connection ended; `None` while it lives, and while something that it brought has
    /// not been received yet.
    pub fn ended(&self) -> Option<&CloseCause> {
        self.ended.as_ref().filter(|_| self.inbox.is_empty())
    }
}

/// The messages, until the connection has ended: `for message in &mut client`.
impl Iterator for Client {
    type Item = MessageBuf;

    fn next(&mut self) -> Option<MessageBuf> {
        self.receive()
    }
}

/// What is kept of an event for a caller who asks later: a pong to the keepalive is not.
fn owned(incoming: Incoming<'_>) -> Option<Received> {
    Some(match incoming {
        Incoming::Message(message) => Received::Message(message.to_buf()),
        Incoming::Fragment(fragment) => Received::Fragment {
            payload: fragment.payload.to_buf(),
            first: fragment.first,
            last: fragment.last,
        },
        Incoming::Ping(payload) => Received::Ping(payload.to_vec()),
        Incoming::Pong {
            round_trip: Some(_),
            ..
        } => return None,
        Incoming::Pong { payload, .. } => Received::Pong(payload.to_vec()),
    })
}
