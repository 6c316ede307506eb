//! Why no connection came to be, each cause told apart: the program's exit codes depend on it.

use std::fmt;
use std::io;

use crate::connection::HandshakeFailure;
use crate::handshake::{BadUpgrade, RequestError, UrlError};
use crate::transport::{TlsFailure, TlsFileError};

/// Why a client could not connect.
#[derive(Debug)]
pub enum ConnectError {
    /// The URL is wrong.
    Url(UrlError),
    /// A header, the origin or a subprotocol of the request is wrong.
    Request(RequestError),
    /// The host's name has no address.
    NameNotFound {
        /// The host.
        host: String,
        /// What the system said.
        error: io::Error,
    },
    /// No address of the host took a TCP connection.
    Tcp {
        /// `HOST:PORT`.
        address: String,
        /// What the system said of the last address tried.
        error: io::Error,
    },
    /// The connect timeout passed.
    Timeout,
    /// A file of the TLS options cannot be used.
    TlsFile(TlsFileError),
    /// No TLS connection came to be.
    Tls {
        /// `HOST:PORT`, as in the URL.
        address: String,
        /// Why.
        failure: TlsFailure,
    },
    /// The server answered with HTTP, but not with 101.
    HttpStatus {
        /// The rule, with status, reason phrase and location.
        answer: BadUpgrade,
        /// The first line of the body, often the reason in words; as the server wrote it.
        body: String,
    },
    /// The server answered with 101, but not with a right one.
    BadUpgrade(BadUpgrade),
    /// The server's answer is no HTTP, or it ended too early.
    Handshake(HandshakeFailure),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::NameNotFound { host, error } => {
                write!(f, "no address for the name {host:?}: {error}")
            }
            Self::Tcp { address, error } if error.kind() == io::ErrorKind::ConnectionRefused => {
                write!(f, "nothing listens on {address}; is the server running?")
            }
            Self::Tcp { address, error } => write!(f, "cannot connect to {address}: {error}"),
            Self::Timeout => write!(f, "no connection within the connect timeout"),
            Self::TlsFile(error) => error.fmt(f),
            Self::Tls { address, failure } => {
                write!(f, "no TLS with {address}: {failure}")?;
                match failure {
                    failure if failure.is_about_certificate() => f.write_str(
                        "; to trust a certificate of your own give it as --cacert FILE, or for a \
                         trial take any certificate with --insecure",
                    ),
                    TlsFailure::NotTls { .. } | TlsFailure::Ended => {
                        f.write_str("; that port may speak ws:// only")
                    }
                    _ => Ok(()),
                }
            }
            Self::HttpStatus { answer, body } if body.is_empty() => answer.fmt(f),
            Self::HttpStatus { answer, body } => write!(f, "{answer}: {}", body.escape_debug()),
            Self::BadUpgrade(rule) => write!(f, "not a WebSocket server's answer: {rule}"),
            Self::Handshake(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<HandshakeFailure> for ConnectError {
    fn from(failure: HandshakeFailure) -> Self {
        match failure {
            HandshakeFailure::TooSlow | HandshakeFailure::Silent => Self::Timeout,
            HandshakeFailure::Refused(answer @ BadUpgrade::Status { .. }, body) => {
                Self::HttpStatus { answer, body }
            }
            HandshakeFailure::Refused(rule, _) => Self::BadUpgrade(rule),
            failure => Self::Handshake(failure),
        }
    }
}
