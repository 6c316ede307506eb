//! TLS under a stream, so that its two halves stay two: one thread may wait in a read while
//! another writes.
//!
//! An engine of native-tls wants a stream of its own to read from and write to, and wants to be
//! asked by one thread at a time. Held over a blocking read, it would stall every write. So it
//! works over memory (`pipe`): the read half waits on the socket without it, then asks it to
//! decrypt what came; the write half asks it to encrypt a few records, lets go of it, and then
//! waits on the socket (`split`). Nothing here asks for more than OpenSSL, SChannel and Security
//! Framework offer alike through native-tls.

mod chain;
mod client;
mod der;
mod files;
mod handshake;
mod identity;
mod old_key;
mod pem;
mod pipe;
mod renewal;
mod server;
mod split;
mod validity;

pub use client::{TlsClient, TlsOptions, TlsTrust};
pub use files::TlsFileError;
pub use handshake::Rejected;
pub use identity::TlsIdentity;
pub use renewal::{NotTaken, Renewal};
pub use server::TlsServer;
