//! Listening addresses: a name stands for every address it has, on one port.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

/// Why the server cannot listen; the text says what to try.
#[derive(Debug)]
pub struct ListenError {
    /// What was asked for, as `HOST:PORT`.
    pub listen: String,
    /// It was asked for by `--tls-listen`.
    pub tls: bool,
    /// What the system said.
    pub error: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, tls, error } = self;
        let (flag, port) = if *tls {
            ("--tls-listen", 8766)
        } else {
            ("--listen", 8765)
        };
        match error.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "cannot listen on {listen}: another program has that port. Stop it, or choose \
                 another port: {flag} localhost:9000"
            ),
            io::ErrorKind::PermissionDenied if cfg!(windows) => write!(
                f,
                "cannot listen on {listen}: Windows has reserved that port, or another program \
                 holds it for itself. Choose another port: --listen localhost:9000 (reserved \
                 are: netsh interface ipv4 show excludedportrange protocol=tcp)"
            ),
            io::ErrorKind::PermissionDenied => write!(
                f,
                "cannot listen on {listen}: not permitted. Ports below 1024 need privileges; \
                 try {flag} localhost:{port}"
            ),
            io::ErrorKind::AddrNotAvailable => write!(
                f,
                "cannot listen on {listen}: this machine has no such address. For every address \
                 of the machine, use --lan"
            ),
            _ => write!(f, "cannot listen on {listen}: {error}"),
        }
    }
}

impl std::error::Error for ListenError {}

/// A listening socket, and what is spoken there.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: bool,
}

/// Where to listen.
pub(super) enum Places<'a> {
    /// At these, as `HOST:PORT`.
    Named(&'a [String]),
    /// On every address of the machine, v6 and v4, at this port.
    Everywhere(u16),
}

/// Listens at all of `places`.
pub(super) fn listen(places: Places<'_>, tls: bool) -> Result<Vec<Listener>, ListenError> {
    let sockets = match places {
        Places::Everywhere(port) => listen_everywhere(port, tls)?,
        Places::Named(places) => {
            let sockets: Result<Vec<_>, _> =
                places.iter().map(|place| listen_on(place, tls)).collect();
            sockets?.into_iter().flatten().collect()
        }
    };
    let listeners = sockets.into_iter();
    Ok(listeners.map(|socket| Listener { socket, tls }).collect())
}

/// Listens on every address of `listen`; port 0 is one and the same free port on all.
///
/// An address family that the machine lacks is left out, as long as one address remains. Where
/// `[::]` takes IPv4 as well (Linux), `0.0.0.0` beside it has nothing left to do.
fn listen_on(listen: &str, tls: bool) -> Result<Vec<TcpListener>, ListenError> {
    let failed = |error| ListenError {
        listen: listen.to_owned(),
        tls,
        error,
    };
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut first_error = None;
    for mut address in listen.to_socket_addrs().map_err(failed)? {
        if address.port() == 0
            && let Some(Ok(bound)) = listeners.first().map(TcpListener::local_addr)
        {
            address.set_port(bound.port());
        }
        match TcpListener::bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing_family(&error) => first_error = first_error.or(Some(error)),
            Err(error) => return Err(failed(error)),
        }
    }
    match (listeners.is_empty(), first_error) {
        (true, error) => Err(failed(
            error.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()),
        )),
        (false, _) => Ok(listeners),
    }
}

/// Listens on every address of the machine, v6 and v4.
fn listen_everywhere(port: u16, tls: bool) -> Result<Vec<TcpListener>, ListenError> {
    let v6 = listen_on(&format!("[::]:{port}"), tls);
    let port = match &v6 {
        Ok(listeners) => listeners
            .first()
            .and_then(|l| l.local_addr().ok())
            .map_or(port, |a| a.port()),
        Err(_) => port,
    };
    let v4 = listen_on(&format!("0.0.0.0:{port}"), tls);
    match (v6, v4) {
        (Ok(mut both), Ok(v4)) => {
            both.extend(v4);
            Ok(both)
        }
        // Taken by our own listener on [::], which serves IPv4 as well; but never on Windows.
        (Ok(both), Err(error))
            if error.error.kind() == io::ErrorKind::AddrInUse && !cfg!(windows) =>
        {
            Ok(both)
        }
        (Err(error), _) if error.error.kind() == io::ErrorKind::AddrInUse => Err(error),
        (_, v4) => v4,
    }
}

/// EAFNOSUPPORT, for which std has no kind.
const NO_SUCH_FAMILY: i32 = if cfg!(windows) {
    10047
} else if cfg!(target_os = "linux") {
    97
} else {
    47 // macOS and the BSDs
};

fn is_missing_family(error: &io::Error) -> bool {
    // A machine without IPv6 says one or the other, by its system.
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || error.raw_os_error() == Some(NO_SUCH_FAMILY)
}

/// The address at which a listener can be reached from this machine, to wake it up.
pub(super) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(loopback);
    }
    address
}
