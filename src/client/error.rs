//! Why a connection could not be opened, with a variant for each cause: the program's exit codes
//! depend on it.

use std::fmt;
use std::io;
use std::time::Duration;

use super::proxy::ProxyError;
use crate::connection::HandshakeFailure;
use crate::handshake::{
    BadUpgrade, ProxyUrl, RequestError, ResponseHead, TunnelRefused, UrlError, retry_after,
};
use crate::protocol::SettingError;
#[cfg(feature = "wss")]
use crate::transport::TlsFileError;
use crate::transport::{TlsFailure, TlsFault};

/// Why a client could not connect.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is wrong.
    Url(UrlError),
    /// A setting is out of its range.
    Setting(SettingError),
    /// A header, the origin or a subprotocol of the request is wrong.
    Request(RequestError),
    /// The host's name has no address.
    NameNotFound {
        /// The host.
        host: String,
        /// The system's error.
        error: io::Error,
    },
    /// No address of the host took a TCP connection.
    Tcp {
        /// `HOST:PORT`.
        address: String,
        /// The system's error for the last address that was tried.
        error: io::Error,
    },
    /// The connect timeout passed.
    Timeout,
    /// A `wss://` URL, and the crate was built without its feature `tls`.
    #[cfg(not(feature = "wss"))]
    NoTls,
    /// A file of the TLS options cannot be used.
    #[cfg(feature = "wss")]
    TlsFile(TlsFileError),
    /// No TLS connection came to be.
    Tls {
        /// `HOST:PORT`, as in the URL.
        address: String,
        /// Why.
        failure: TlsFailure,
    },
    /// TLS came to be, and failed before the server's answer: mostly because the server refuses the
    /// client's certificate, or misses one (RFC 8446 section 4.4.2.4).
    TlsEnded(TlsFault),
    /// The URL of the proxy, or the environment variable with it, is invalid.
    Proxy(ProxyError),
    /// The proxy could not be reached, or did not answer as one.
    ThroughProxy {
        /// `HOST:PORT` of the proxy.
        proxy: String,
        /// Why, as if the proxy were the server.
        error: Box<ConnectError>,
    },
    /// The proxy opened no tunnel to the server.
    ProxyRefused {
        /// `HOST:PORT` of the proxy.
        proxy: String,
        /// Its status and reason phrase.
        refusal: TunnelRefused,
        /// What the body says, in one line; see [`BodyPreview::line`](crate::handshake::BodyPreview).
        body: String,
        /// Its answer's head.
        response: Box<ResponseHead>,
    },
    /// The proxy sent something behind the answer that opened the tunnel, before the server was
    /// asked for anything.
    ProxyChatter {
        /// `HOST:PORT` of the proxy.
        proxy: String,
    },
    /// The server answered with HTTP, but not with 101.
    HttpStatus {
        /// The rule, with status, reason phrase and location.
        answer: BadUpgrade,
        /// What the body says, in one line of 200 characters at the most, without markup: the title
        /// of a page, or the first line of a text.
        body: String,
        /// The answer's head.
        response: Box<ResponseHead>,
    },
    /// The server answered with 101, but not with a right one.
    BadUpgrade(BadUpgrade),
    /// The server chose none of the subprotocols that were offered, and one of them is required.
    NoSubprotocol {
        /// Those that were offered.
        offered: Vec<String>,
    },
    /// The server's answer is not HTTP, or it ended too early.
    Handshake(HandshakeFailure),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Setting(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::NameNotFound { host, error } => {
                write!(f, "no address for the name {host:?}: {error}")
            }
            Self::Tcp { address, error } if error.kind() == io::ErrorKind::ConnectionRefused => {
                write!(f, "nothing listens on {address}; is the server running?")
            }
            Self::Tcp { address, error } => write!(f, "cannot connect to {address}: {error}"),
            Self::Timeout => write!(f, "no connection within the connect timeout"),
            #[cfg(not(feature = "wss"))]
            Self::NoTls => write!(f, "wss:// needs the crate's feature `tls`"),
            #[cfg(feature = "wss")]
            Self::TlsFile(error) => error.fmt(f),
            Self::Tls { address, failure } => write!(f, "no TLS with {address}: {failure}"),
            Self::TlsEnded(fault) => write!(f, "no answer to the opening handshake: {fault}"),
            Self::Proxy(error) => error.fmt(f),
            Self::ThroughProxy { proxy, error } => {
                write!(
                    f,
                    "the connection through the proxy {proxy} failed: {error}"
                )
            }
            Self::ProxyRefused {
                proxy,
                refusal,
                body,
                ..
            } => {
                write!(
                    f,
                    "the proxy {proxy} does not connect to the server: {refusal}"
                )?;
                match body.as_str() {
                    "" => Ok(()),
                    body => write!(f, ": {body}"),
                }
            }
            Self::ProxyChatter { proxy } => write!(
                f,
                "the proxy {proxy} sent data before the opening handshake began"
            ),
            Self::HttpStatus { answer, body, .. } if body.is_empty() => answer.fmt(f),
            Self::HttpStatus { answer, body, .. } => write!(f, "{answer}: {body}"),
            Self::NoSubprotocol { offered } => write!(
                f,
                "the server chose none of the offered subprotocols ({})",
                offered.join(", ")
            ),
            Self::BadUpgrade(rule) => write!(f, "not a WebSocket server's answer: {rule}"),
            Self::Handshake(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url(error) => Some(error),
            Self::Setting(error) => Some(error),
            Self::Request(error) => Some(error),
            Self::NameNotFound { error, .. } | Self::Tcp { error, .. } => Some(error),
            #[cfg(feature = "wss")]
            Self::TlsFile(error) => Some(error),
            Self::Tls { failure, .. } => Some(failure),
            Self::TlsEnded(fault) => Some(fault),
            Self::Proxy(error) => Some(error),
            Self::ThroughProxy { error, .. } => Some(error),
            Self::ProxyRefused { refusal, .. } => Some(refusal),
            Self::HttpStatus { answer, .. } | Self::BadUpgrade(answer) => Some(answer),
            Self::Handshake(failure) => Some(failure),
            Self::Timeout | Self::ProxyChatter { .. } | Self::NoSubprotocol { .. } => None,
            #[cfg(not(feature = "wss"))]
            Self::NoTls => None,
        }
    }
}

impl ConnectError {
    /// Whether the same attempt may succeed later: the server may be starting, full or behind a
    /// network that is down. A wrong URL, a refusal by rule or an untrusted certificate stays.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Tcp { .. } | Self::Timeout | Self::NameNotFound { .. } | Self::Handshake(_) => {
                true
            }
            Self::HttpStatus {
                answer: BadUpgrade::Status { status, .. },
                ..
            } => is_transient_status(*status),
            Self::ProxyRefused { refusal, .. } => is_transient_status(refusal.status),
            Self::ThroughProxy { error, .. } => error.is_transient(),
            _ => false,
        }
    }

    /// How long the server, or the proxy, asked to be left alone from its answer on: `Retry-After`
    /// (RFC 9110 section 10.2.3). `now` is the time since 1970.
    pub fn retry_after(&self, now: Duration) -> Option<Duration> {
        match self {
            Self::HttpStatus { response, .. } | Self::ProxyRefused { response, .. } => {
                retry_after(&response.headers, now)
            }
            _ => None,
        }
    }

    /// This failure on the way to a proxy instead of to the server.
    pub(super) fn through(proxy: &ProxyUrl, error: Self) -> Self {
        Self::ThroughProxy {
            proxy: proxy.address(),
            error: Box::new(error),
        }
    }
}

fn is_transient_status(status: u16) -> bool {
    status >= 500 || status == 429
}

impl From<UrlError> for ConnectError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<SettingError> for ConnectError {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}

impl From<RequestError> for ConnectError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<HandshakeFailure> for ConnectError {
    fn from(failure: HandshakeFailure) -> Self {
        match failure {
            HandshakeFailure::TooSlow | HandshakeFailure::Silent => Self::Timeout,
            HandshakeFailure::Refused {
                rule: answer @ BadUpgrade::Status { .. },
                response,
                body,
            } => Self::HttpStatus {
                answer,
                body,
                response,
            },
            HandshakeFailure::Refused { rule, .. } => Self::BadUpgrade(rule),
            HandshakeFailure::Io(error) => match TlsFault::within(&error) {
                Some(fault) if fault.is_failure() => Self::TlsEnded(fault.clone()),
                _ => Self::Handshake(HandshakeFailure::Io(error)),
            },
            failure => Self::Handshake(failure),
        }
    }
}
