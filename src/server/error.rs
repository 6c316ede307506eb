//! Why a server cannot be built.

use std::fmt;

use super::listen::ListenError;
use super::route::PathError;
use crate::protocol::SettingError;

/// Why [`Builder::bind`](super::Builder::bind) failed. Everything but
/// [`Listen`](BindError::Listen) is found before anything is opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// A route's path or subprotocols are not valid.
    Route {
        /// The route's path.
        path: String,
        /// What is wrong with it.
        error: PathError,
    },
    /// A page's path is not valid.
    Page {
        /// The page's path.
        path: String,
        /// What is wrong with it.
        error: PathError,
    },
    /// A setting is out of range.
    Setting(SettingError),
    /// The server is to listen for TLS and has no certificate:
    /// `Builder::tls` was not called.
    NoCertificate,
    /// An address cannot be listened on.
    Listen(ListenError),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route { path, error } => write!(f, "the route {path:?}: {error}"),
            Self::Page { path, error } => write!(f, "the page {path:?}: {error}"),
            Self::Setting(error) => error.fmt(f),
            Self::NoCertificate => {
                write!(f, "a TLS listener needs a certificate, and none is given")
            }
            Self::Listen(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Route { error, .. } | Self::Page { error, .. } => Some(error),
            Self::NoCertificate => None,
            // That error's text is this error's text, so the chain continues after it.
            Self::Setting(error) => error.source(),
            Self::Listen(error) => error.source(),
        }
    }
}

impl From<SettingError> for BindError {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}

impl From<ListenError> for BindError {
    fn from(error: ListenError) -> Self {
        Self::Listen(error)
    }
}
