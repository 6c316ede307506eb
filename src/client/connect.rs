//! From a URL to an open connection, under one deadline.

use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::Client;
use super::error::ConnectError;
use crate::connection::{QueueLimits, Session, Timeouts, request_upgrade};
use crate::handshake::{ClientRequest, WsUrl};
use crate::protocol::{Limits, Role};
use crate::transport::{Entropy, Stream, TlsFailure, TlsTrust};

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// For TCP, TLS and HTTP together, beside the system's own time for looking up the name.
    /// Default 10 s.
    pub timeout: Duration,
    /// Further request headers.
    pub headers: Vec<(String, String)>,
    /// The `Origin` header; none by default.
    pub origin: Option<String>,
    /// Subprotocols to offer, most wanted first.
    pub subprotocols: Vec<String>,
    /// Whom to trust as a `wss://` server, from [`TlsOptions`](super::TlsOptions). Default: whom
    /// the system trusts.
    pub tls: TlsTrust,
    /// Bounds on what the server may send.
    pub limits: Limits,
    /// The clocks of the open connection.
    pub timeouts: Timeouts,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            headers: Vec::new(),
            origin: None,
            subprotocols: Vec::new(),
            tls: TlsTrust::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

impl ConnectOptions {
    /// Connects to a `ws://` or `wss://` URL; one without `://` gets `ws://`.
    pub fn connect(&self, url: &str) -> Result<Client, ConnectError> {
        let url = WsUrl::parse(url).map_err(ConnectError::Url)?;
        let nonce = Entropy::new().nonce();
        let request = ClientRequest {
            url: &url,
            nonce,
            subprotocols: &self.subprotocols,
            headers: &self.headers,
            origin: self.origin.as_deref(),
        };
        let request = request.write().map_err(ConnectError::Request)?;
        let deadline = Instant::now() + self.timeout;
        let mut stream = self.open(&url, deadline)?;
        let broken = |error: io::Error| ConnectError::Tcp {
            address: url.host_header(),
            error,
        };
        stream
            .write
            .write_all(&mut [IoSlice::new(&request)])
            .map_err(broken)?;
        let (accepted, _, behind) =
            request_upgrade(&mut stream.read, nonce, &self.subprotocols, deadline)?;
        let session = Session::new(
            Role::Client,
            stream,
            &behind,
            Vec::new(),
            self.limits,
            QueueLimits::default(),
            self.timeouts,
        );
        Ok(Client::new(session, accepted.subprotocol))
    }

    /// The byte stream to the URL's server, TLS included, on which nothing has been said: for
    /// those who speak for themselves.
    pub(crate) fn open(&self, url: &WsUrl, deadline: Instant) -> Result<Stream, ConnectError> {
        let tls = match url.secure {
            true => Some(self.tls.client().map_err(ConnectError::TlsFile)?),
            false => None,
        };
        let socket = reach(url, deadline)?;
        let broken = |error: io::Error| ConnectError::Tcp {
            address: url.host_header(),
            error,
        };
        let mut stream = Stream::tcp(socket, self.timeouts.write).map_err(broken)?;
        if let Some(tls) = tls {
            let rejected = |failure| match failure {
                TlsFailure::Silent | TlsFailure::TooSlow => ConnectError::Timeout,
                failure => ConnectError::Tls {
                    address: url.host_header(),
                    failure,
                },
            };
            stream = tls
                .connect(&url.host, stream, deadline)
                .map_err(|error| rejected(error.failure))?;
        }
        Ok(stream)
    }
}

/// Tries the host's addresses one by one, each with its share of what time is left.
fn reach(url: &WsUrl, deadline: Instant) -> Result<TcpStream, ConnectError> {
    let not_found = |error| ConnectError::NameNotFound {
        host: url.host.clone(),
        error,
    };
    let addresses: Vec<SocketAddr> = url
        .authority_for_connect()
        .to_socket_addrs()
        .map_err(not_found)?
        .collect();
    let mut last = not_found(io::ErrorKind::NotFound.into());
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / (addresses.len() - tried) as u32;
        if share.is_zero() {
            return Err(ConnectError::Timeout);
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => last = ConnectError::Timeout,
            Err(error) => {
                last = ConnectError::Tcp {
                    address: address.to_string(),
                    error,
                }
            }
        }
    }
    Err(last)
}
