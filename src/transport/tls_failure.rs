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
    /// What a TLS library's error says about a handshake.
    #[cfg(feature = "tls")]
    pub(super) fn of_error(text: &str) -> Self {
        match TlsAlert::in_error(text) {
            Some(alert) => Self::Alert(alert),
            None => Self::Refused(in_words(text)),
        }
    }

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
    /// What a TLS library's error says about an open connection.
    #[cfg(feature = "tls")]
    pub(super) fn of_error(text: &str) -> Self {
        match TlsAlert::in_error(text) {
            Some(alert) => Self::Alert(alert),
            None => Self::Broken(in_words(text)),
        }
    }

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

/// The useful part of a TLS library's error text. OpenSSL writes
/// `error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:`, several of these with commas between, and after
/// them, in brackets, what is wrong with a certificate; the other libraries write a sentence.
#[cfg(feature = "tls")]
pub(super) fn in_words(text: &str) -> String {
    let (errors, verdict) = match text.rsplit_once(" (") {
        Some((errors, verdict)) if text.starts_with("error:") => {
            (errors, verdict.strip_suffix(')'))
        }
        _ => (text, None),
    };
    let reason = errors
        .split("error:")
        .map(|error| error.split(':').collect::<Vec<_>>())
        .find_map(|fields| fields.get(3).map(|reason| reason.trim().to_owned()))
        .filter(|reason| !reason.is_empty());
    let reason = match reason {
        Some(reason) if text.starts_with("error:") => reason,
        _ => errors.trim().to_owned(),
    };
    let words = match verdict {
        Some(verdict) => format!("{reason}: {verdict}"),
        None => reason,
    };
    // A library's sentence may contain a name that the peer chose.
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "tls")]
    #[test]
    fn the_reason_is_found_in_what_libraries_write() {
        let rows = [
            (
                "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate \
                 verify failed:../ssl/statem/statem_clnt.c:1889: (self-signed certificate)",
                "certificate verify failed: self-signed certificate",
            ),
            (
                "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/a.c:354:",
                "wrong version number",
            ),
            (
                "error:11800071:PKCS12 routines:PKCS12_parse:mac verify failure:../crypto/a.c:67:, \
                 error:0308010C:digital envelope routines:x:unsupported:../crypto/b.c:373:Global",
                "mac verify failure",
            ),
            (
                "The certificate chain was issued by an authority that is not trusted. (os error -2146893019)",
                "The certificate chain was issued by an authority that is not trusted. (os error -2146893019)",
            ),
            ("bad\u{1b}[31m", "bad [31m"),
            ("", ""),
            ("error:", "error:"),
        ];
        for (text, words) in rows {
            assert_eq!(in_words(text), words, "{text:?}");
        }
    }

    #[test]
    fn a_fault_is_found_in_the_error_that_carries_it() {
        let error = io::Error::from(TlsFault::Truncated);
        assert_eq!(TlsFault::within(&error), Some(&TlsFault::Truncated));
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let other = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(TlsFault::within(&other), None);
    }
}
