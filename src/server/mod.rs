//! The server: listeners, admission, a thread for each client, and a clean stop. It knows no
//! endpoint: routes, pages and observers are its user's.
//!
//! ```no_run
//! use wshub::server::{Route, Server};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = Server::builder()
//!         .route(Route::on_message("/echo", |peer, message| peer.send(message)))
//!         .listen(["localhost:8765"])
//!         .bind()?;
//!     println!("listening on {:?}", server.addresses());
//!     server.run()?;
//!     Ok(())
//! }
//! ```
//!
//! [`Server::builder`] begins, [`Builder::bind`] checks everything at once and opens the sockets,
//! [`Server::run`] serves on this thread, [`Server::spawn`] on others. An endpoint that keeps something
//! for each connection is a [`Handler`]; [`Route::new`] says how it is made.
//!
//! # Threads
//!
//! ```text
//! accept (one for each listening address) ----- client N reader --- client N writer
//! ```
//!
//! Each connection has one thread, which makes the opening handshake, reads, and calls the
//! handler. A second one writes what other threads send to the client, from the first such send
//! on; it may serve another client meanwhile. No more threads are started than the process may
//! have; see [`system`](crate::system).
//!
//! # From a request to a handler
//!
//! 1. The request is checked (RFC 6455 section 4.2.1); over [`Builder::max_clients`] the answer
//!    is 503.
//! 2. [`Access`] checks Host, Origin and password; the rules of [`Builder::admit`] follow.
//! 3. The [`Route`] of the path makes the handler; without one the answer is 404.
//!    [`Handler::on_upgrade`] may add to the 101. A plain GET or HEAD is answered by the path's
//!    [`Page`].
//! 4. The handler is called until the connection ends. Each connection leaves two lines in the
//!    log, at its begin and at its end, which have `id=` in common.

mod accept;
mod access;
mod admission;
mod arrival;
mod backoff;
mod builder;
#[cfg(feature = "wss")]
mod certificate;
mod connections;
mod error;
mod handler;
mod handshake;
mod listen;
mod log_fields;
mod observer;
mod page;
mod pool;
mod route;
mod running;
mod serving;
mod settings;
mod shared;
mod traffic;
mod upgrade;

pub use crate::protocol::SettingError;
pub use access::{Access, Accounts, AccountsError, Denied};
pub use admission::{Admission, Admit, Opening};
pub use arrival::Arrival;
pub use builder::Builder;
pub use error::BindError;
pub use handler::{ClientInfo, Handler, Peer};
pub use listen::ListenError;
pub use observer::Observer;
pub use page::{Page, PlainRequest, Response};
pub use route::{PathError, Route, Subprotocols};
pub use running::{Server, ServerHandle, Stopped, Stopper};
pub use traffic::ServerTraffic;
pub use upgrade::UpgradeResponse;
