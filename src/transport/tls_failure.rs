//! Why the TLS handshake failed, and why TLS ended: in plain words, since the libraries' own texts
//! are written for their developers.

use super::tls_alert::TlsAlert;
use std::fmt;
use std::io;

/// Why a TLS handshake failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The peer's first bytes are not TLS.
    NotTls {
        /// It looks like HTTP.
        http: bool,
    },
    /// Nothing arrived in time.
    Silent,
    /// The time ended in the middle of the handshake.
    TooSlow,
    /// TCP ended before the handshake did.
    Ended,
    /// Reading or writing failed.
    Io(io::Error),
    /// This end refused the peer, or could not continue; the text says why.
    Refused(String),
    /// The peer ended the handshake with an alert.
    Alert(TlsAlert),
}

impl TlsFailure {
    /// Whether a certificate was refused: the peer's by this end, or this end's by the peer. For
    /// the former, the texts of all TLS libraries contain that word, or name the unknown authority.
    pub fn is_about_certificate(&self) -> bool {
        let why = match self {
            Self::Alert(alert) => return alert.is_about_certificate(),
            Self::Refused(why) => why,
            _ => return false,
        };
        let why = why.to_ascii_lowercase();
        ["certificate", "unknown ca", "not trusted", "hostname"]
            .iter()
            .any(|word| why.contains(word))
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTls { http: true } => write!(f, "the peer speaks HTTP, not TLS"),
            Self::NotTls { http: false } => write!(f, "the peer does not speak TLS"),
            Self::Silent => write!(f, "nothing was sent in time"),
            Self::TooSlow => write!(f, "the TLS handshake took too long"),
            Self::Ended => write!(f, "TCP ended during the TLS handshake"),
            Self::Io(error) => write!(f, "the TLS handshake was interrupted: {}", error.kind()),
            Self::Refused(why) => write!(f, "the TLS handshake failed: {why}"),
            Self::Alert(alert) => write!(f, "the TLS handshake failed: {alert}"),
        }
    }
}

impl std::error::Error for TlsFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// How TLS ended under an open connection, other than by `close_notify`. It comes as the inner
/// error of an [`io::Error`] from a read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// TCP ended without `close_notify`: what was read may have been cut short (RFC 8446
    /// section 6.1).
    Truncated,
    /// An invalid record; the text says why.
    Broken(String),
    /// The peer sent an alert.
    Alert(TlsAlert),
}

impl TlsFault {
    /// Whether TLS itself failed, rather than TCP under it.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Truncated)
    }

    /// The fault within an error of a read or a write.
    pub fn within(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "TLS ended without close_notify"),
            Self::Broken(why) => write!(f, "TLS failed: {why}"),
            Self::Alert(alert) => write!(f, "TLS failed: {alert}"),
        }
    }
}

impl std::error::Error for TlsFault {}

impl From<TlsFault> for io::Error {
    fn from(fault: TlsFault) -> Self {
        let kind = match fault {
            TlsFault::Truncated => io::ErrorKind::UnexpectedEof,
            TlsFault::Broken(_) | TlsFault::Alert(_) => io::ErrorKind::InvalidData,
        };
        Self::new(kind, fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_in_the_error_that_carries_it() {
        let error = io::Error::from(TlsFault::Truncated);
        assert_eq!(TlsFault::within(&error), Some(&TlsFault::Truncated));
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let other = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(TlsFault::within(&other), None);
    }
}
