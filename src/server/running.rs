//! A server that listens, serves and stops.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::accept;
use super::arrival::Arrival;
#[cfg(feature = "wss")]
use super::certificate;
use super::handshake::Handshake;
use super::listen::{self, Listener};
use super::shared::Shared;
use super::traffic::ServerTraffic;
use crate::handshake::RequestHead;
use crate::system::ClientLimit;
use crate::transport::Stream;

/// How long the stop waits for a listener to notice it, and for the last threads to exit.
const WAKE_TIME: Duration = Duration::from_secs(1);

/// How long one connection that wakes a listener may take, and how soon the next one follows.
const WAKE_CONNECT_TIME: Duration = Duration::from_millis(200);
const WAKE_INTERVAL: Duration = Duration::from_millis(5);

/// A server that listens: clients can connect, and are served once [`run`](Server::run) or
/// [`spawn`](Server::spawn) is called. [`Server::builder`] makes one.
#[derive(Debug)]
pub struct Server {
    pub(super) listeners: Vec<Listener>,
    pub(super) client_limit: Option<ClientLimit>,
    pub(super) shared: Arc<Shared>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Connections that were left when the stop grace was over, and were aborted.
    pub aborted: usize,
}

impl Server {
    /// The addresses that it listens on in the clear.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.listeners, |listener| !listener.tls)
    }

    /// The addresses that it listens on for TLS.
    pub fn tls_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.listeners, |listener| listener.tls)
    }

    /// The handle that stops it, from any thread.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            shared: self.shared.clone(),
        }
    }

    /// How many clients may connect, and what limits that, if the system allows fewer than
    /// [`Builder::max_clients`](super::Builder::max_clients) says. `None`: the system allows that
    /// many.
    pub fn client_limit(&self) -> Option<ClientLimit> {
        self.client_limit
    }

    /// How many connections there are, those in their opening handshake included.
    pub fn connections(&self) -> usize {
        self.shared.connections.count()
    }

    /// What its connections have sent and received until now.
    pub fn traffic(&self) -> ServerTraffic {
        self.shared.connections.traffic()
    }

    /// Serves, on this thread, a connection that somebody else accepted, until it has ended. `head`
    /// is its request, which is read already, and `leftover` what was read after it. Access and
    /// admission rules, routes and pages, limits and the maximum of clients hold as for the
    /// server's own connections. It need not run, or listen; once it stops, the answer is 503.
    ///
    /// The stream's write timeout is its maker's.
    ///
    /// ```
    /// # fn accepted() -> (wshub::transport::Stream, wshub::handshake::RequestHead, Vec<u8>) {
    /// #     unimplemented!()
    /// # }
    /// use wshub::server::{Route, Server};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::builder()
    ///     .route(Route::on_message("/echo", |peer, message| peer.send(message)))
    ///     .listen([""; 0]) // nowhere
    ///     .bind()?;
    /// # if false {
    /// let (stream, head, leftover) = accepted(); // from a HTTP server
    /// server.serve_stream(stream, head, &leftover);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn serve_stream(&self, stream: Stream, head: RequestHead, leftover: &[u8]) {
        self.serve_stream_from(Arrival::default(), stream, head, leftover);
    }

    /// As [`serve_stream`](Server::serve_stream), for a connection of which it is known where it
    /// came from: handlers, rules and the log then have its address.
    pub fn serve_stream_from(
        &self,
        arrival: Arrival,
        stream: Stream,
        head: RequestHead,
        leftover: &[u8],
    ) {
        serve_stream(&self.shared, arrival, stream, head, leftover);
    }

    /// Serves on this thread until the server is stopped: then no connection is accepted any
    /// more, every open client gets Close 1001 "server shutting down" and has the stop grace to
    /// answer, and the connections that are left then are aborted.
    ///
    /// # Errors
    ///
    /// The system could not start a thread for a listener.
    pub fn run(self) -> io::Result<Stopped> {
        Ok(self.start()?.wait())
    }

    /// Serves on threads of its own, as [`run`](Server::run) does, until the server is stopped or
    /// the handle is dropped.
    ///
    /// # Errors
    ///
    /// The system could not start a thread.
    pub fn spawn(self) -> io::Result<ServerHandle> {
        let (addresses, tls_addresses) = (self.addresses(), self.tls_addresses());
        let stopper = self.stopper();
        let accepting = self.start()?;
        let waiting = thread::Builder::new()
            .name("server".into())
            .spawn(move || accepting.wait());
        if waiting.is_err() {
            stopper.stop();
        }
        Ok(ServerHandle {
            addresses,
            tls_addresses,
            stopper,
            waiting: Some(waiting?),
        })
    }

    /// Starts the threads that accept, and the one that watches the certificate.
    fn start(self) -> io::Result<Accepting> {
        let addresses = addresses(&self.listeners, |_| true);
        let Self {
            listeners, shared, ..
        } = self;
        let mut threads = Vec::new();
        #[cfg(feature = "wss")]
        if let Some(tls) = shared.tls.clone() {
            let renewing = shared.clone();
            let started = thread::Builder::new()
                .name("certificate".into())
                .spawn(move || certificate::look_after(&tls, &renewing));
            threads.push(started?);
        }
        for listener in listeners {
            let accepting = shared.clone();
            let started = thread::Builder::new()
                .name("accept".into())
                .spawn(move || accept::accept_all(&listener, &accepting));
            match started {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    shared.stop();
                    wake(&threads, &addresses);
                    return Err(error);
                }
            }
        }
        Ok(Accepting {
            shared,
            threads,
            addresses,
        })
    }
}

fn addresses(listeners: &[Listener], wanted: impl Fn(&Listener) -> bool) -> Vec<SocketAddr> {
    let listeners = listeners.iter().filter(|listener| wanted(listener));
    listeners
        .filter_map(|listener| listener.socket.local_addr().ok())
        .collect()
}

fn serve_stream(
    shared: &Shared,
    arrival: Arrival,
    stream: Stream,
    head: RequestHead,
    leftover: &[u8],
) {
    match shared.connections.admit(stream.shutdown.clone()) {
        Some(guard) => {
            let handshake = Handshake {
                arrival,
                guard: &guard,
                shared,
            };
            handshake.run_from_head(stream, Box::new(head), leftover);
        }
        None => stream.shutdown.abort(), // too many even to be refused one by one
    }
}

/// A server whose threads accept.
struct Accepting {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    addresses: Vec<SocketAddr>,
}

impl Accepting {
    /// Waits for the stop and its completion.
    fn wait(self) -> Stopped {
        let Self {
            shared,
            threads,
            addresses,
        } = self;
        let connections = &shared.connections;
        connections.wait_for_stop();
        wake(&threads, &addresses);
        let grace = Instant::now() + shared.settings.stop_grace;
        let mut aborted = 0;
        if !connections.wait_until_empty(grace) {
            aborted = connections.abort_all();
            connections.wait_until_empty(Instant::now() + WAKE_TIME);
        }
        // A listener that could not be woken before, for lack of a descriptor, can be woken now.
        wake(&threads, &addresses);
        Stopped { aborted }
    }
}

/// Wakes the threads that accept so that they notice the stop, for at most [`WAKE_TIME`]. On every
/// system only a connection interrupts an accept, and connecting may fail: so the wait has a bound.
fn wake(accepting: &[JoinHandle<()>], addresses: &[SocketAddr]) {
    let deadline = Instant::now() + WAKE_TIME;
    let is_left = |thread: &JoinHandle<()>| !thread.is_finished();
    while accepting.iter().any(is_left) && Instant::now() < deadline {
        for address in addresses {
            let address = listen::reachable(*address);
            drop(TcpStream::connect_timeout(&address, WAKE_CONNECT_TIME));
        }
        thread::sleep(WAKE_INTERVAL);
    }
}

/// Stops a server, from any thread. Clones stop the same one.
#[derive(Clone)]
pub struct Stopper {
    shared: Arc<Shared>,
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}

impl Stopper {
    /// Begins the stop, and runs the closures of [`Builder::on_stop`](super::Builder::on_stop)
    /// first; [`Server::run`] returns when the stop is complete. Doing it again does nothing.
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// How many connections there are, those in their opening handshake included.
    pub fn connections(&self) -> usize {
        self.shared.connections.count()
    }
}

/// A server that runs on threads of its own. Dropping it begins the stop and does not wait for
/// it; [`stop`](ServerHandle::stop) waits.
#[derive(Debug)]
#[must_use = "dropping the handle stops the server"]
pub struct ServerHandle {
    addresses: Vec<SocketAddr>,
    tls_addresses: Vec<SocketAddr>,
    stopper: Stopper,
    waiting: Option<JoinHandle<Stopped>>,
}

impl ServerHandle {
    /// The addresses that the server listens on in the clear.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses that the server listens on for TLS.
    pub fn tls_addresses(&self) -> &[SocketAddr] {
        &self.tls_addresses
    }

    /// The handle that stops the server, from any thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// How many connections there are, those in their opening handshake included.
    pub fn connections(&self) -> usize {
        self.stopper.connections()
    }

    /// What the server's connections have sent and received until now.
    pub fn traffic(&self) -> ServerTraffic {
        self.stopper.shared.connections.traffic()
    }

    /// Serves a connection that somebody else accepted; see [`Server::serve_stream`].
    pub fn serve_stream(&self, stream: Stream, head: RequestHead, leftover: &[u8]) {
        self.serve_stream_from(Arrival::default(), stream, head, leftover);
    }

    /// Serves a connection that somebody else accepted; see [`Server::serve_stream_from`].
    pub fn serve_stream_from(
        &self,
        arrival: Arrival,
        stream: Stream,
        head: RequestHead,
        leftover: &[u8],
    ) {
        serve_stream(&self.stopper.shared, arrival, stream, head, leftover);
    }

    /// Stops the server, and waits until it has ended: for the stop grace and two seconds at
    /// most.
    pub fn stop(self) -> Stopped {
        self.stopper.stop();
        self.wait()
    }

    /// Waits until a [`Stopper`] stops the server and it has ended.
    pub fn wait(mut self) -> Stopped {
        let ended = self.waiting.take().map(JoinHandle::join);
        // The thread runs no user's code, so it does not panic.
        ended.and_then(Result::ok).unwrap_or(Stopped { aborted: 0 })
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}
