//! Listening addresses: a name stands for every address it has, on one port.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use crate::handshake::Authority;

/// Why the server cannot listen on an address.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListenError {
    /// The address as it was given: `HOST:PORT`.
    pub listen: String,
    /// It was to listen for TLS.
    pub tls: bool,
    /// The system's error.
    pub error: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, error, .. } = self;
        write!(f, "cannot listen on {listen}: ")?;
        match error.kind() {
            io::ErrorKind::AddrInUse => write!(f, "another program uses that port"),
            io::ErrorKind::PermissionDenied if cfg!(windows) => write!(
                f,
                "Windows has reserved that port, or another program holds it for itself"
            ),
            io::ErrorKind::PermissionDenied => {
                write!(f, "not permitted. Ports below 1024 need privileges")
            }
            io::ErrorKind::AddrNotAvailable => write!(f, "this machine has no such address"),
            _ => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A listening socket, and what is spoken there.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: bool,
}

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Places {
    /// At these, as `HOST:PORT`.
    Named(Vec<String>),
    /// On every address of the machine, v6 and v4, at this port.
    Everywhere(u16),
}

impl Places {
    pub(super) fn named<S: Into<String>>(addresses: impl IntoIterator<Item = S>) -> Self {
        Self::Named(addresses.into_iter().map(Into::into).collect())
    }
}

/// Listens on all of `places`.
pub(super) fn listen(places: &Places, tls: bool) -> Result<Vec<Listener>, ListenError> {
    let sockets = match places {
        Places::Everywhere(port) => listen_everywhere(*port, tls)?,
        Places::Named(places) => {
            let sockets: Result<Vec<_>, _> =
                places.iter().map(|place| listen_on(place, tls)).collect();
            sockets?.into_iter().flatten().collect()
        }
    };
    let listeners = sockets.into_iter();
    Ok(listeners.map(|socket| Listener { socket, tls }).collect())
}

/// Takes over a socket that listens already; its accepts block.
pub(super) fn take_over(listener: Listener) -> Result<Listener, ListenError> {
    match listener.socket.set_nonblocking(false) {
        Ok(()) => Ok(listener),
        Err(error) => {
            let address = listener.socket.local_addr();
            Err(ListenError {
                listen: address.map_or_else(|_| "a socket".into(), |address| address.to_string()),
                tls: listener.tls,
                error,
            })
        }
    }
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
    for mut address in addresses_of(listen).map_err(failed)? {
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

/// The addresses that `HOST:PORT` stands for; an IPv6 address may have a zone in its brackets.
fn addresses_of(listen: &str) -> io::Result<Vec<SocketAddr>> {
    if let Some((host, port)) = listen.rsplit_once(':')
        && let Ok((address, Some(zone))) = Authority::parse_with_zone(host)
        && let Ok(port) = port.parse::<u16>()
    {
        let host = format!("{}%{zone}", address.host);
        return Ok((host, port).to_socket_addrs()?.collect());
    }
    Ok(listen.to_socket_addrs()?.collect())
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
        // The address is taken by our own listener on [::], which serves IPv4 as well; never on
        // Windows.
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
    // Which error a machine without IPv6 reports depends on the system.
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
