//! One open connection, server or client side: who reads, who writes, how it ends.

mod cause;
mod encoder;
mod idle;
mod outbox;
mod queue;
mod sender;
mod session;
mod tally;
mod upgrade;
mod watch;

pub use cause::{CloseCause, Cut, Traffic};
pub use encoder::{Batch, Encoder};
pub use outbox::Outbox;
pub use queue::{Offer, QueueLimits};
pub use sender::Sender;
pub use session::{Session, Timeouts};
pub use tally::Tally;
pub use upgrade::{HandshakeFailure, accept_head, request_upgrade};
pub use watch::{Seen, Watch};
