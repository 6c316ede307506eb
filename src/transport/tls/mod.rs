//! TLS under a stream, so that its two halves stay two: one thread may wait in a read while
//! another writes.
//!
//! A TLS library's engine needs a stream of its own to read from and write to, and only one thread
//! may use it at a time. If it were locked during a blocking read, every write would stall. So it
//! works on memory (`pipe`): the read half waits on the socket without the engine, then has it
//! decrypt what arrived; the write half has it encrypt a few records, unlocks it, and then waits on
//! the socket (`split`). There are two libraries (`library`), of which one is chosen when wshub is
//! built.

mod chain;
mod client;
mod der;
mod files;
mod handshake;
mod identity;
mod library;
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
