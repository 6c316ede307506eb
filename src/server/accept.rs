//! The accept loop of one listening address. It accepts and hands over, and does nothing that takes
//! time: meanwhile a burst of connections would overflow the system's short queue.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use super::arrival::Arrival;
use super::backoff::Backoff;
use super::handshake::{Handshake, over_capacity};
use super::listen::Listener;
use super::shared::Shared;
use crate::transport::Stream;

/// Accepts until the server stops.
pub(super) fn accept_all(listener: &Listener, shared: &Arc<Shared>) {
    let Listener { socket, tls } = listener;
    let loopback = socket
        .local_addr()
        .is_ok_and(|address| address.ip().is_loopback());
    let mut backoff = Backoff::default();
    loop {
        let accepted = socket.accept();
        if shared.connections.is_stopping() {
            return;
        }
        let handed_over = accepted.and_then(|(socket, peer): (TcpStream, SocketAddr)| {
            let arrival = Arrival {
                peer: Some(peer),
                secure: *tls,
                loopback,
            };
            hand_over(socket, arrival, shared)
        });
        match handed_over {
            Ok(()) => backoff.clear(),
            Err(error) if is_gone(&error) => {}
            Err(error) => backoff.wait(&error),
        }
    }
}

/// The peer disconnected before the accept (Windows reports a reset): this is not an error of the
/// server.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Hands the connection to a thread. An error is about this machine, not about the client.
fn hand_over(socket: TcpStream, arrival: Arrival, shared: &Arc<Shared>) -> io::Result<()> {
    let accepted = Instant::now();
    let Ok(stream) = Stream::tcp(socket, shared.settings.timeouts.write) else {
        return Ok(());
    }; // gone already
    let shutdown = stream.shutdown.clone();
    let Some(guard) = shared.connections.admit(shutdown.clone()) else {
        return Ok(());
    };
    let pool = &shared.pool;
    let shared = shared.clone();
    let handed = pool.execute(Box::new(move || {
        let handshake = Handshake {
            arrival,
            guard: &guard,
            shared: &shared,
        };
        handshake.run(stream, accepted);
    }));
    if handed.is_err() {
        match arrival.secure {
            true => shutdown.abort(), // nobody there could read it
            false => shutdown.abort_with(&over_capacity().response()),
        }
    }
    handed
}
