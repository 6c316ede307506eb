//! From a URL to an open connection, under one deadline.

use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

use super::Client;
use super::error::ConnectError;
use super::opening::{OpeningEvent, OpeningWatch};
use super::proxy::ProxyRules;
use super::tunnel::open_tunnel;
use crate::connection::{
    ConnectionId, DeflateOptions, Entropy, HandshakeFailure, QueueLimits, Session, SessionSettings,
    Timeouts, Watch, request_upgrade,
};
use crate::handshake::{ClientRequest, ProxyUrl, RequestHead, WsUrl};
use crate::protocol::{Limits, Role, check_duration};
use crate::transport::{Stream, TlsFault};
#[cfg(feature = "wss")]
use crate::transport::{TlsClient, TlsFailure, TlsTrust};

/// How to connect, with defaults for everything.
///
/// ```no_run
/// use wshub::client::ConnectOptions;
///
/// let options = ConnectOptions {
///     subprotocols: vec!["v2.chat".into(), "v1.chat".into()],
///     ..ConnectOptions::default()
/// };
/// let client = options.connect("ws://localhost:8765/chat/lobby")?;
/// println!("the server chose {:?}", client.subprotocol());
/// # Ok::<(), wshub::client::ConnectError>(())
/// ```
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
    /// Fail with [`ConnectError::NoSubprotocol`] where subprotocols are offered and the server
    /// chooses none, as browsers do. Default no: the connection is then one without a subprotocol.
    pub require_subprotocol: bool,
    /// The HTTP proxy to go through. Default none; [`ProxyRules::from_environment`] asks the
    /// environment.
    pub proxy: ProxyRules,
    /// Whom to trust as a `wss://` server, from [`TlsOptions`](super::TlsOptions). Default: the
    /// authorities that the system trusts.
    #[cfg(feature = "wss")]
    pub tls: TlsTrust,
    /// Messages come in pieces as they arrive, as
    /// [`Received::Fragment`](super::Received::Fragment), so that one of any size needs little
    /// memory; [`Limits::max_streamed_message_bytes`] bounds it. Default no.
    pub fragments: bool,
    /// Bounds on what the server may send.
    pub limits: Limits,
    /// Bounds on what [`Sender::offer`](crate::connection::Sender::offer) may queue.
    pub queue: QueueLimits,
    /// The clocks of the open connection.
    pub timeouts: Timeouts,
    /// Shown the heads of the opening handshake; default nobody.
    pub watch_opening: Option<OpeningWatch>,
    /// Shown every frame of the open connection; default nobody.
    pub watch_frames: Option<Watch>,
    /// Offers compressed messages (RFC 7692) and how to compress our own, where the server
    /// agrees. Default: no offer.
    #[cfg(feature = "deflate")]
    pub deflate: Option<DeflateOptions>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            headers: Vec::new(),
            origin: None,
            subprotocols: Vec::new(),
            require_subprotocol: false,
            proxy: ProxyRules::default(),
            #[cfg(feature = "wss")]
            tls: TlsTrust::default(),
            fragments: false,
            limits: Limits::default(),
            queue: QueueLimits::default(),
            timeouts: Timeouts::default(),
            watch_opening: None,
            watch_frames: None,
            #[cfg(feature = "deflate")]
            deflate: None,
        }
    }
}

impl ConnectOptions {
    /// Connects to a `ws://` or `wss://` URL; one without `://` gets `ws://`.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`]; [`ConnectError::is_transient`] tells whether trying again may help.
    pub fn connect(&self, url: &str) -> Result<Client, ConnectError> {
        let url = WsUrl::parse(url)?;
        self.check()?;
        let deadline = Instant::now() + self.timeout;
        let request = self.request(&url)?;
        let stream = self.open(&url, deadline)?;
        self.upgrade(stream, &url, request, deadline)
    }

    /// Connects over a stream that is open already: a Unix socket, a pipe, a tunnel. Nothing is
    /// encrypted here, whatever the URL's scheme: give the stream of a TLS connection for that.
    /// `url` names the host and the target of the request.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub fn connect_over(&self, stream: Stream, url: &str) -> Result<Client, ConnectError> {
        let url = WsUrl::parse(url)?;
        self.check()?;
        let deadline = Instant::now() + self.timeout;
        let request = self.request(&url)?;
        self.upgrade(stream, &url, request, deadline)
    }

    /// The byte stream to the URL's server, a proxy's tunnel and TLS included, on which nothing has
    /// been said: for callers that do the opening handshake themselves.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub fn open(&self, url: &WsUrl, deadline: Instant) -> Result<Stream, ConnectError> {
        #[cfg(not(feature = "wss"))]
        if url.secure {
            return Err(ConnectError::NoTls);
        }
        #[cfg(feature = "wss")]
        let tls = match url.secure {
            true => Some(self.tls.client().map_err(ConnectError::TlsFile)?),
            false => None,
        };
        let stream = match self.proxy.proxy_for(url).map_err(ConnectError::Proxy)? {
            None => {
                let (host, port) = url.authority_for_connect();
                self.tcp(&host, port, &url.host_header(), deadline)?
            }
            Some(proxy) => self.tunnel(&proxy, url, deadline)?,
        };
        #[cfg(feature = "wss")]
        if let Some(tls) = tls {
            return self.secure(&tls, stream, &url.host, url.host_header(), deadline);
        }
        Ok(stream)
    }

    /// A stream to the proxy that leads on to the URL's server.
    fn tunnel(
        &self,
        proxy: &ProxyUrl,
        url: &WsUrl,
        deadline: Instant,
    ) -> Result<Stream, ConnectError> {
        let failed = |error| ConnectError::through(proxy, error);
        #[cfg(not(feature = "wss"))]
        if proxy.secure {
            return Err(failed(ConnectError::NoTls));
        }
        let address = proxy.address();
        #[cfg_attr(not(feature = "wss"), allow(unused_mut))]
        let mut stream = self
            .tcp(&proxy.host, proxy.port, &address, deadline)
            .map_err(failed)?;
        #[cfg(feature = "wss")]
        if proxy.secure {
            let tls = self.tls.client().map_err(ConnectError::TlsFile)?;
            let secured = self.secure(&tls, stream, &proxy.host, address, deadline);
            stream = secured.map_err(failed)?;
        }
        open_tunnel(
            &mut stream,
            proxy,
            url,
            deadline,
            self.watch_opening.as_ref(),
        )?;
        Ok(stream)
    }

    fn tcp(
        &self,
        host: &str,
        port: u16,
        address: &str,
        deadline: Instant,
    ) -> Result<Stream, ConnectError> {
        let socket = reach(host, port, deadline)?;
        if let Ok(address) = socket.peer_addr() {
            self.show(OpeningEvent::Tcp { address });
        }
        Stream::tcp(socket, self.timeouts.write).map_err(|error| ConnectError::Tcp {
            address: address.to_owned(),
            error,
        })
    }

    #[cfg(feature = "wss")]
    fn secure(
        &self,
        tls: &TlsClient,
        stream: Stream,
        host: &str,
        address: String,
        deadline: Instant,
    ) -> Result<Stream, ConnectError> {
        let secured = tls.connect(host, stream, deadline);
        let secured = secured.map_err(|rejected| match rejected.failure {
            TlsFailure::Silent | TlsFailure::TooSlow => ConnectError::Timeout,
            failure => ConnectError::Tls { address, failure },
        })?;
        self.show(OpeningEvent::Tls { host });
        Ok(secured)
    }

    fn show(&self, event: OpeningEvent<'_>) {
        if let Some(watch) = &self.watch_opening {
            watch.show(event);
        }
    }

    fn check(&self) -> Result<(), ConnectError> {
        check_duration("timeout", self.timeout)?;
        self.limits.check()?;
        self.timeouts.check()?;
        self.queue.check()?;
        if let Some(options) = self.deflate_options() {
            options.check()?;
        }
        Ok(())
    }

    #[cfg(feature = "deflate")]
    fn deflate_options(&self) -> Option<DeflateOptions> {
        self.deflate
    }

    #[cfg(not(feature = "deflate"))]
    fn deflate_options(&self) -> Option<DeflateOptions> {
        None
    }

    fn request(&self, url: &WsUrl) -> Result<Request, ConnectError> {
        let nonce = Entropy::new().nonce();
        let request = ClientRequest {
            url,
            nonce,
            subprotocols: &self.subprotocols,
            deflate: self.deflate_options().is_some(),
            headers: &self.headers,
            origin: self.origin.as_deref(),
        };
        Ok(Request {
            nonce,
            bytes: request.write()?,
            head: self
                .watch_opening
                .is_some()
                .then(|| request.head())
                .transpose()?,
        })
    }

    fn upgrade(
        &self,
        mut stream: Stream,
        url: &WsUrl,
        request: Request,
        deadline: Instant,
    ) -> Result<Client, ConnectError> {
        let Request { nonce, bytes, head } = request;
        if let Some(head) = &head {
            self.show(OpeningEvent::Request(head));
        }
        let written = stream.write.write_all(&mut [IoSlice::new(&bytes)]);
        let options = self.deflate_options();
        let offers_deflate = options.is_some();
        let answer = request_upgrade(
            &mut stream.read,
            nonce,
            &self.subprotocols,
            offers_deflate,
            deadline,
        );
        let (accepted, head, leftover) = answer.map_err(|failure| {
            if let HandshakeFailure::Refused { response, .. } = &failure {
                self.show(OpeningEvent::Response(response));
            }
            match (&failure, written) {
                // A server that refuses may end before it has read all: then its answer tells why.
                (HandshakeFailure::Ended | HandshakeFailure::Io(_), Err(error))
                    if TlsFault::within(&error).is_none() && !is_told_by_tls(&failure) =>
                {
                    ConnectError::Tcp {
                        address: url.host_header(),
                        error,
                    }
                }
                _ => failure.into(),
            }
        })?;
        self.show(OpeningEvent::Response(&head));
        let settings = SessionSettings {
            limits: self.limits,
            queue: self.queue,
            timeouts: self.timeouts,
            ..SessionSettings::default()
        };
        let settings = settings.with_deflate(accepted.deflate.zip(options));
        let id = ConnectionId::next();
        let mut session = Session::new(id, Role::Client, stream, &leftover, Vec::new(), settings);
        session.stream_fragments(self.fragments);
        if let Some(watch) = &self.watch_frames {
            session.watch(watch.clone());
        }
        let is_missing = accepted.subprotocol.is_none() && !self.subprotocols.is_empty();
        if is_missing && self.require_subprotocol {
            // The session says goodbye as it is dropped.
            return Err(ConnectError::NoSubprotocol {
                offered: self.subprotocols.clone(),
            });
        }
        Ok(Client::new(session, head, accepted.subprotocol))
    }
}

/// Whether TLS says why reading failed.
fn is_told_by_tls(failure: &HandshakeFailure) -> bool {
    matches!(failure, HandshakeFailure::Io(error) if TlsFault::within(error).is_some_and(TlsFault::is_failure))
}

impl Client {
    /// Connects with default options. A URL without `://` gets `ws://`.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub fn connect(url: &str) -> Result<Self, ConnectError> {
        ConnectOptions::default().connect(url)
    }
}

/// An opening handshake's request, as it goes out.
struct Request {
    nonce: [u8; 16],
    bytes: Vec<u8>,
    /// The same as a value, where somebody watches.
    head: Option<RequestHead>,
}

/// Why the system gives this process no descriptor, if it gives none.
fn no_descriptor() -> Option<io::Error> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).err()
}

/// Tries the host's addresses one by one, each with its share of the time that is left.
fn reach(host: &str, port: u16, deadline: Instant) -> Result<TcpStream, ConnectError> {
    let not_found = |error| match no_descriptor() {
        // Looking up a name needs one, and does not say so.
        Some(error) => ConnectError::Tcp {
            address: format!("{host}:{port}"),
            error,
        },
        None => ConnectError::NameNotFound {
            host: host.to_owned(),
            error,
        },
    };
    let addresses = (host, port).to_socket_addrs().map_err(not_found)?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    if addresses.is_empty() {
        return Err(not_found(io::ErrorKind::NotFound.into()));
    }
    let mut last = ConnectError::Timeout;
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
