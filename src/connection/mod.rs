//! One open connection, server or client side: which thread reads, which thread writes, and how the
//! connection ends.
//!
//! ```text
//!   reader thread: Session --- events ---> handler --- answers ---> Outbox --+
//!                                                                            +--> Wire --> stream
//!   any thread:    Sender --- send (may wait), offer (never waits) ----------+
//! ```
//!
//! A [`Session`] runs on the thread that reads. A [`Sender`] is the handle with which any other
//! thread sends. Both lead to one write side, which alone knows how far the closing handshake has
//! come; a [`CloseCause`] describes how it ended.

mod batch;
mod cause;
mod compression;
mod deadlines;
mod encoder;
mod entropy;
mod error;
mod fragments;
mod id;
mod idle;
#[cfg(feature = "deflate")]
mod inflating;
mod machine;
mod memory;
mod outbox;
mod queue;
mod received;
mod sender;
mod session;
mod spare;
mod story;
mod tally;
mod upgrade;
mod watch;
mod wire;
mod writers;

pub use crate::protocol::Timeouts;
pub use batch::Batch;
pub use cause::{AbortCause, CloseCause, Traffic};
#[cfg(not(feature = "deflate"))]
pub(crate) use compression::DeflateOptions;
#[cfg(feature = "deflate")]
pub use compression::{Deflate, DeflateOptions};
pub use entropy::Entropy;
pub use error::SendError;
pub use fragments::{BinaryFragments, TextFragments};
pub use id::ConnectionId;
pub use memory::MemoryBudget;
pub(crate) use memory::{MEMORY_WAIT, Purpose, Reservation};
pub use outbox::Outbox;
pub use queue::{Offer, QueueLimits};
pub use received::ReceivedMessage;
pub use sender::Sender;
pub(crate) use session::opened::Opened;
pub use session::{Incoming, Session, SessionSettings};
pub(crate) use spare::SpareBuffers;
#[cfg(feature = "deflate")]
pub use tally::CompressedTraffic;
pub use tally::Tally;
pub use upgrade::{HandshakeFailure, accept_head, accept_next_head, request_upgrade};
pub(crate) use upgrade::{preview_body, read_response};
pub use watch::{CompressedSeen, Seen, Watch};
