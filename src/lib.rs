//! wshub: a WebSocket (RFC 6455) server and client, written from the wire up.
//!
//! Layers, each importing only from those above it:
//!
//! | module | what it is |
//! |---|---|
//! | [`protocol`] | frames, messages, closing, keepalive: values without IO |
//! | [`handshake`] | the opening handshake over HTTP/1.1: values without IO |
//! | [`transport`] | one byte stream in two halves |
//! | [`connection`] | one open connection: reader, sender, how it ends |
//! | [`server`], [`client`] | the two ends, blocking, a thread for each connection |
//! | [`cli`] | the program |

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod cli;
pub mod client;
pub mod connection;
pub mod handshake;
mod logging;
pub mod protocol;
pub mod server;
pub mod transport;

pub use client::Client;
pub use server::Server;

/// The README's examples, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
