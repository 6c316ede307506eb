//! The accept loop of one listening address: accepts and hands over, nothing else. While it
//! does anything slow, a burst of connects overflows the system's short queue.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::Shared;
use super::listen::Listener;
use super::visit;
use crate::transport::Stream;

/// Room for a handler's own work, and on Windows for its TLS, which says nowhere how much it
/// takes. Only what is touched costs memory.
const STACK_BYTES: usize = if cfg!(windows) { 1 << 20 } else { 256 << 10 };

/// How long accepting rests when the system has no descriptor or no thread left.
const WEATHER_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until the server stops.
pub(super) fn accept_all(listener: &Listener, shared: &Arc<Shared>) {
    let Listener { socket, tls } = listener;
    let loopback = socket
        .local_addr()
        .is_ok_and(|address| address.ip().is_loopback());
    let mut weather = Weather::default();
    loop {
        let accepted = socket.accept();
        if shared.stopping.load(Relaxed) {
            return;
        }
        let handed_over = accepted.and_then(|(socket, peer)| {
            let visit = visit::Visit {
                peer,
                loopback,
                tls: *tls,
                accepted: Instant::now(),
            };
            hand_over(socket, visit, shared)
        });
        match handed_over {
            Ok(()) => weather.clear(),
            Err(error) if is_gone(&error) => {}
            Err(error) => weather.wait_out(&error),
        }
    }
}

/// The peer was gone before its turn came (Windows calls it a reset): nothing is wrong here.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Starts the client's thread. An error is about this machine, not about the client.
fn hand_over(socket: TcpStream, visit: visit::Visit, shared: &Arc<Shared>) -> io::Result<()> {
    let write_timeout = shared.config.timeouts.write;
    let Ok(stream) = Stream::tcp(socket, write_timeout) else {
        return Ok(());
    }; // gone already
    let cutter = stream.cutter.clone();
    let Some(place) = shared.clients.take_in(cutter.clone()) else {
        return Ok(());
    };
    let shared = shared.clone();
    let spawned = thread::Builder::new()
        .name(format!("client-{}", place.id))
        .stack_size(STACK_BYTES)
        .spawn(move || visit.run(stream, &place, &shared));
    if spawned.is_err() {
        match visit.tls {
            true => cutter.cut(), // nobody there could read it
            false => cutter.cut_with(&visit::overloaded().response()),
        }
    }
    spawned.map(drop)
}

/// Out of descriptors or threads is weather: told once, waited out, told when it is over.
#[derive(Debug, Default)]
struct Weather {
    since: Option<Instant>,
}

impl Weather {
    fn wait_out(&mut self, error: &io::Error) {
        if self.since.is_none() {
            log::warn!("newcomers wait: {error}; those inside are served on");
            self.since = Some(Instant::now());
        }
        thread::sleep(WEATHER_PAUSE);
    }

    fn clear(&mut self) {
        if let Some(since) = self.since.take() {
            log::info!(
                "newcomers are let in again, after {:.1}s",
                since.elapsed().as_secs_f64()
            );
        }
    }
}
