//! A blocking WebSocket (RFC 6455) server and client, written from the wire up.
//!
//! wshub is for programs that serve or use WebSockets with plain threads: no async runtime, one
//! thread for each client, a handful of small dependencies. It is also meant to be read: every
//! rule of the protocol is in one place, beside its section of the RFC, as a value that can be
//! driven without a network.
//!
//! # A server
//!
//! A [`Route`](server::Route) is a path and its handler. [`Builder::bind`](server::Builder::bind)
//! checks everything and starts nothing; [`Server::run`] serves on the current thread,
//! [`Server::spawn`] on threads of its own.
//!
//! ```no_run
//! use wshub::Server;
//! use wshub::server::Route;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let shout = Route::on_message("/shout", |peer, message| {
//!         let text = String::from_utf8_lossy(message.as_bytes()).to_uppercase();
//!         peer.text(&text);
//!     });
//!     Server::builder().route(shout).bind()?.run()?;
//!     Ok(())
//! }
//! ```
//!
//! # A client
//!
//! ```no_run
//! use wshub::Client;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut client = Client::connect("ws://localhost:8765/shout")?;
//!     client.text("hello")?;
//!     println!("{:?}", client.receive()); // Some(Text("HELLO"))
//!     Ok(())
//! }
//! ```
//!
//! # Where to find what
//!
//! Each module imports only from those above it.
//!
//! | module | what it is | start with |
//! |---|---|---|
//! | [`system`] | what the operating system allows: threads and descriptors | [`SystemLimits`](system::SystemLimits) |
//! | [`protocol`] | RFC 6455 sections 5 to 8 as values: frames, messages, UTF-8, closing, timers | [`Receiver`](protocol::Receiver), [`Message`](protocol::Message) |
//! | [`handshake`] | the opening handshake over HTTP/1.1 as values, both sides | [`RequestParser`](handshake::RequestParser), [`decide`](handshake::decide) |
//! | [`transport`] | one byte stream in two halves: TCP, TLS, memory, or your own | [`Stream`](transport::Stream) |
//! | [`connection`] | one open connection: sending from any thread, how it ended | [`Sender`](connection::Sender), [`CloseCause`](connection::CloseCause) |
//! | [`client`] | the blocking client | [`Client`], [`ConnectOptions`](client::ConnectOptions) |
//! | [`hub`] | rooms: one message to many clients, in one order for all | [`Hub`](hub::Hub) |
//! | [`server`] | routes, handlers, admission, pages, a clean stop | [`Server`], [`Handler`](server::Handler) |
//! | `standard` | the endpoints of the program `wshub`: echo, broadcast, chat, page, metrics (feature `standard`) | `standard::Standard` |
//!
//! To drive the protocol over something that is no stream at all, use [`protocol`] and
//! [`handshake`] alone: their front pages show the loop.
//!
//! # Threads
//!
//! ```text
//!   main --- accept (one for each listening address) ----- client N: reader --- client N: writer
//!      \---- hub (one for each Hub) ------------ bounded queue for each client ----/
//! ```
//!
//! A server of a cluster (feature `cluster`) has two more: `log-writer` and `log-reader`.
//!
//! A client's **reader** does the opening handshake, then reads, decodes, calls the handler and
//! writes what the handler answers: all answers to one read in one write. What *other* threads
//! send goes through a [`Sender`](connection::Sender): either the sending thread writes itself and
//! may wait ([`Sender::send`](connection::Sender::send)), or it queues the message for the
//! client's **writer** and never waits ([`Sender::offer`](connection::Sender::offer)). The hub
//! offers only, so one slow client never delays another.
//!
//! # What is bounded
//!
//! A peer is not trusted. By default a message has at most 16 MiB and 131,072 fragments, a request
//! head 16 KiB, an opening handshake takes at most 10 s, a client that is silent for 20 s is pinged
//! and closed 20 s later, a blocked write ends after 10 s, 256 messages or 1 MiB wait for one
//! client, and a server has at most 10,000 clients, or as many as the system allows threads and
//! descriptors for ([`system`]). All clients together have a quarter of the machine's memory for
//! what is under way, and a message that has begun arrives at 1 KiB a second at least. Pages of
//! other origins are refused, and on a loopback listener so are requests for another host.
//! [`Limits`](protocol::Limits), [`Timeouts`](protocol::Timeouts),
//! [`QueueLimits`](connection::QueueLimits), [`MemoryBudget`](connection::MemoryBudget),
//! [`MinRate`](protocol::MinRate), [`Rate`](protocol::Rate), [`Access`](server::Access) and
//! [`Builder`](server::Builder) have the settings. `bind` and `connect` refuse an invalid one with
//! an error that says why.
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `cli` | yes | the program; with it `standard`. It needs `tls` or `rustls` |
//! | `standard` | by `cli` | the standard endpoints and the page |
//! | `tls` | yes | `wss://` on both sides, by native-tls |
//! | `rustls` | no | the same by rustls, which is used instead if both are on |
//! | `deflate` | no | compressed messages (RFC 7692), by flate2 |
//! | `cluster` | no | one hub over many servers, on a log that they share. It needs `tls` or `rustls` |
//!
//! A library user mostly wants `default-features = false`, with `tls`, `rustls` or `standard` where needed.
//! The guide `www/docs/library.md` in the repository has more examples, and `tests/examples` complete
//! programs.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

#[cfg(all(feature = "wss", not(any(feature = "tls", feature = "rustls"))))]
compile_error!(
    "the features `cli` and `cluster` need a TLS library: switch on the feature `tls` or `rustls` as well"
);

pub mod client;
#[cfg(feature = "cluster")]
mod cluster;
pub mod connection;
#[cfg(feature = "deflate")]
mod deflate;
pub mod handshake;
pub mod hub;
mod lock;
pub mod protocol;
pub mod server;
#[cfg(feature = "standard")]
pub mod standard;
pub mod system;
pub mod transport;

/// What tests/fuzz reaches of the private parts.
#[cfg(all(feature = "cluster", fuzzing))]
#[doc(hidden)]
pub mod fuzzing {
    /// Whatever is read as an entry of a cluster's log is written as the same bytes.
    pub fn bundle(bytes: &[u8]) {
        if let Ok(inputs) = crate::cluster::decode_bundle(bytes) {
            assert_eq!(crate::cluster::encode_bundle(&inputs), bytes);
        }
    }

    /// Whatever is read as the state of chat is written in one form.
    pub fn state(bytes: &[u8]) {
        crate::standard::read_anything(bytes);
    }
}

pub use client::Client;
pub use server::Server;

/// The examples in the README and in the library guide, compiled with the tests.
#[cfg(all(doctest, feature = "standard"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../www/docs/library.md")]
struct Documentation;
