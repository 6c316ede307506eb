//! The server's side of TLS: its certificate and key, tried in a handshake before anybody connects.

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::files::TlsFileError;
use super::handshake::{Rejected, shake_hands};
use super::identity::TlsIdentity;
use super::library::Acceptor;
use super::renewal::{NotTaken, Renewal, Watched, fingerprint};
use super::validity::Validity;
use crate::lock::Lock;
use crate::transport::stream::Stream;

/// What a server needs to speak TLS, 1.2 at least. Clones share it, and its renewals.
#[derive(Clone)]
pub struct TlsServer(Arc<Shared>);

struct Shared {
    source: TlsIdentity,
    current: Lock<Current>,
    watched: Lock<Watched>,
}

/// What is in use at present.
struct Current {
    acceptor: Acceptor,
    validity: Option<Validity>,
}

impl std::fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsServer")
            .field("certificate", &self.certificate_file())
            .finish_non_exhaustive()
    }
}

impl TlsServer {
    /// Reads the certificate, with its chain, and its key without a password from PEM files; both
    /// may be in one, in any order. A handshake with itself shows that they go together; of several
    /// certificates and keys the first two are taken that do.
    ///
    /// # Errors
    ///
    /// The error names the file, and says what is wrong with it and what to do.
    pub fn from_pem(certificate: &Path, key: &Path) -> Result<Self, TlsFileError> {
        Self::new(TlsIdentity::Pem {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads both from a PKCS#12 file, with the chain if there is one in it. A handshake with
    /// itself then shows that they go together.
    ///
    /// # Errors
    ///
    /// The error says what is wrong with the file, and what to do.
    pub fn from_pkcs12(file: &Path, password: &str) -> Result<Self, TlsFileError> {
        Self::new(TlsIdentity::Pkcs12 {
            file: file.to_owned(),
            password: password.to_owned(),
        })
    }

    fn new(source: TlsIdentity) -> Result<Self, TlsFileError> {
        let used = fingerprint(source.files());
        Ok(Self(Arc::new(Shared {
            current: Lock::new(Current::read(&source)?),
            watched: Lock::new(Watched::new(used)),
            source,
        })))
    }

    /// The file that the certificate is in.
    pub fn certificate_file(&self) -> &Path {
        let [certificate, _] = self.0.source.files();
        certificate
    }

    /// Looks whether the files have changed, and uses what is in them from now on if it is
    /// complete: a certificate and its key, shown to belong together by a handshake, and valid
    /// at `now` unless the certificate in use is not either. Connections that are open are not
    /// touched. [`Server`](crate::Server) calls it once a minute.
    pub fn renew(&self, now: SystemTime) -> Renewal {
        let Shared {
            source,
            current,
            watched,
        } = &*self.0;
        let mut watched = watched.lock();
        if !watched.is_news(fingerprint(source.files())) {
            return Renewal::Unchanged;
        }
        let loaded = Current::read(source)
            .map_err(NotTaken::File)
            .and_then(|new| match (current.lock().fault(now), new.fault(now)) {
                (None, Some(fault)) => Err(NotTaken::NotValid(fault)),
                _ => Ok(new),
            });
        watched.tried(loaded.map(|new| *current.lock() = new))
    }

    /// What is wrong with the certificate at `now`, although it can be used: it has expired, or is
    /// not valid yet.
    pub fn warning(&self, now: SystemTime) -> Option<String> {
        let fault = self.0.current.lock().fault(now)?;
        Some(format!(
            "the certificate in {} {fault}; clients will refuse it",
            self.certificate_file().display()
        ))
    }

    /// The TLS handshake with a client. It is over by `deadline`.
    ///
    /// # Errors
    ///
    /// Why the handshake failed, and the stream that it failed on.
    pub fn accept(&self, stream: Stream, deadline: Instant) -> Result<Stream, Box<Rejected>> {
        let acceptor = self.0.current.lock().acceptor.clone();
        shake_hands(stream, deadline, |pipe| acceptor.accept(pipe))
    }
}

impl Current {
    fn read(source: &TlsIdentity) -> Result<Self, TlsFileError> {
        let proven = source.prove()?;
        Ok(Self {
            acceptor: proven.acceptor,
            validity: Validity::of(&proven.certificate),
        })
    }

    fn fault(&self, now: SystemTime) -> Option<String> {
        self.validity.as_ref()?.fault(now)
    }
}
