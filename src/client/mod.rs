//! A blocking WebSocket client on the same core as the server.
//!
//! The [`Client`] is the receiving end and keeps the connection alive while it is asked to
//! receive; its [`Sender`] may be cloned and used from any other thread.
//!
//! ```no_run
//! use wshub::Client;
//! use wshub::protocol::{Message, MessageBuf};
//!
//! let mut client = Client::connect("ws://localhost:8765/echo")?;
//! client.send(Message::Text("hello"))?;
//! if let Some(MessageBuf::Text(text)) = client.receive() {
//!     println!("{text}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod connect;
mod error;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

pub use connect::ConnectOptions;
pub use error::ConnectError;

pub use crate::transport::{TlsOptions, TlsTrust};

use crate::connection::{CloseCause, Outbox, Sender, Session};
use crate::protocol::{CloseCode, CloseFrame, Event, Message, MessageBuf};

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Message(MessageBuf),
    /// A ping; it has been answered.
    Ping(Vec<u8>),
    /// A pong, but for those to the pings of the keepalive.
    Pong(Vec<u8>),
}

/// An open connection to a server.
#[derive(Debug)]
pub struct Client {
    session: Session,
    subprotocol: Option<String>,
    inbox: VecDeque<Received>,
    ended: Option<CloseCause>,
}

impl Client {
    /// Connects with default options. A URL without `://` gets `ws://`.
    pub fn connect(url: &str) -> Result<Self, ConnectError> {
        ConnectOptions::default().connect(url)
    }

    fn new(session: Session, subprotocol: Option<String>) -> Self {
        Self {
            session,
            subprotocol,
            inbox: VecDeque::new(),
            ended: None,
        }
    }

    /// The subprotocol that the server chose.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// A sender for any thread; it is good for as long as this client lives.
    pub fn sender(&self) -> Sender {
        self.session.sender().clone()
    }

    /// Sends a message now.
    ///
    /// Errors: `NotConnected` once a Close was sent; what the write said otherwise.
    pub fn send(&self, message: Message<'_>) -> io::Result<()> {
        self.session.sender().send(message)
    }

    /// Waits for the next message; `None` once the connection has ended, and then
    /// [`Client::ended`] tells how.
    pub fn receive(&mut self) -> Option<MessageBuf> {
        loop {
            if let Received::Message(message) = self.receive_any(Duration::MAX)? {
                return Some(message);
            }
        }
    }

    /// Waits for the next thing that arrives, for `patience` at most; `None` when that is over
    /// or the connection has ended: [`Client::ended`] tells which.
    pub fn receive_any(&mut self, patience: Duration) -> Option<Received> {
        let deadline = Instant::now().checked_add(patience);
        loop {
            if let Some(received) = self.inbox.pop_front() {
                return Some(received);
            }
            if self.ended.is_some() {
                return None;
            }
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if left.is_zero() {
                return None;
            }
            let inbox = &mut self.inbox;
            self.ended = self.session.turn(left, &mut |event, outbox| {
                inbox.extend(owned(event, outbox))
            });
        }
    }

    /// Waits for one read, for `patience` at most, and shows `app` each event that came of it,
    /// borrowed from where it arrived; what `app` answers goes out in one write, and before
    /// anything behind it is looked at: a message that came whole is answered before a fault
    /// behind it. Nothing that comes this way is kept for [`Client::receive`].
    ///
    /// False once the connection has ended: [`Client::ended`] tells how.
    pub fn turn(
        &mut self,
        patience: Duration,
        mut app: impl FnMut(Event<'_>, &mut Outbox),
    ) -> bool {
        if self.ended.is_none() {
            self.ended = self.session.turn(patience, &mut app);
        }
        self.ended.is_none()
    }

    /// Begins the closing handshake. Receive until the connection has ended: what the server
    /// sent before it answers still arrives.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.session.outbox().close(CloseFrame::new(code, reason));
    }

    /// How the connection ended; `None` while it lives, and while something that it brought has
    /// not been received yet.
    pub fn ended(&self) -> Option<&CloseCause> {
        self.ended.as_ref().filter(|_| self.inbox.is_empty())
    }
}

/// What is kept of an event for who asks later: a pong to a ping of the keepalive is not.
fn owned(event: Event<'_>, outbox: &Outbox) -> Option<Received> {
    Some(match event {
        Event::Text(text) => Received::Message(MessageBuf::Text(text.to_owned())),
        Event::Binary(bytes) => Received::Message(MessageBuf::Binary(bytes.to_vec())),
        Event::Ping(payload) => Received::Ping(payload.to_vec()),
        Event::Pong(_) if outbox.round_trip().is_some() => return None,
        Event::Pong(payload) => Received::Pong(payload.to_vec()),
        Event::Close(_) => return None,
    })
}
