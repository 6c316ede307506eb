//! The server's side of TLS: its identity, tried out before anybody connects.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use native_tls::{Identity, Protocol, TlsAcceptor, TlsConnector};

use super::failure::in_words;
use super::files::{self, TlsFileError};
use super::handshake::{Rejected, Step, shake_hands};
use super::pipe::Pipe;
use super::validity::Validity;
use crate::transport::stream::Stream;

/// How long the trial handshake may take: some milliseconds on any machine.
const TRIAL_TIME: Duration = Duration::from_secs(30);

/// What a server needs to speak TLS, 1.2 at least. Clones share it.
#[derive(Clone)]
pub struct TlsServer {
    acceptor: TlsAcceptor,
    certificate: PathBuf,
    validity: Option<Validity>,
}

impl std::fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsServer")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl TlsServer {
    /// Reads the certificate, with the chain behind it, and its PKCS#8 key from PEM files;
    /// both may be in one. A handshake with itself then shows that they go together.
    ///
    /// Errors: which file, what is wrong with it and what to do.
    pub fn from_pem(certificate: &Path, key: &Path) -> Result<Self, TlsFileError> {
        let identity = files::from_pem(certificate, key)?;
        Self::new(identity, certificate, key)
    }

    /// Reads both from a PKCS#12 file, with the chain if there is one in it. A handshake with
    /// itself then shows that they go together.
    ///
    /// Errors: what is wrong with the file and what to do.
    pub fn from_pkcs12(file: &Path, password: &str) -> Result<Self, TlsFileError> {
        let identity = files::from_pkcs12(file, password)?;
        Self::new(identity, file, file)
    }

    fn new(identity: Identity, certificate: &Path, key: &Path) -> Result<Self, TlsFileError> {
        let mismatch = |why: String| TlsFileError::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            why,
        };
        let acceptor = TlsAcceptor::builder(identity)
            .min_protocol_version(Some(Protocol::Tlsv12))
            .build()
            .map_err(|error| mismatch(in_words(&error.to_string())))?;
        let seen = trial(&acceptor).map_err(mismatch)?;
        Ok(Self {
            acceptor,
            certificate: certificate.to_owned(),
            validity: Validity::of(&seen),
        })
    }

    /// What is not right with the certificate at `now`, though it can be used: it has expired,
    /// or is not valid yet.
    pub fn warning(&self, now: SystemTime) -> Option<String> {
        let fault = self.validity.as_ref()?.fault(now)?;
        Some(format!(
            "the certificate in {} {fault}; clients will refuse it",
            self.certificate.display()
        ))
    }

    /// The TLS handshake with a client. It is over by `deadline`.
    pub fn accept(&self, stream: Stream, deadline: Instant) -> Result<Stream, Box<Rejected>> {
        shake_hands(stream, deadline, |pipe| self.acceptor.accept(pipe))
    }
}

/// A handshake in memory with a client that takes any certificate: shows that the key is the
/// certificate's, on every system, and what certificate a client gets to see.
fn trial(acceptor: &TlsAcceptor) -> Result<Vec<u8>, String> {
    let words = |error: native_tls::Error| in_words(&error.to_string());
    let connector = TlsConnector::builder()
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true)
        .use_sni(false)
        .build()
        .map_err(words)?;
    let (client_pipe, server_pipe) = (Pipe::default(), Pipe::default());
    let mut client = connector.connect("localhost", client_pipe.clone());
    let mut server = acceptor.accept(server_pipe.clone());
    let deadline = Instant::now() + TRIAL_TIME;
    while Instant::now() < deadline {
        if let (Ok(client), Ok(_)) = (&client, &server) {
            let certificate = client.peer_certificate().map_err(words)?;
            let der = certificate.map(|certificate| certificate.to_der());
            return der
                .transpose()
                .map_err(words)?
                .ok_or_else(|| "no certificate".to_owned());
        }
        server = step(server, &client_pipe, &server_pipe)?;
        client = step(client, &server_pipe, &client_pipe)?;
    }
    Err("a trial handshake came to no end".to_owned())
}

/// Carries what is in `from` to `to`, whose engine goes on with it.
fn step(engine: Step, from: &Pipe, to: &Pipe) -> Result<Step, String> {
    use native_tls::HandshakeError::{Failure, WouldBlock};
    match engine {
        Ok(done) => Ok(Ok(done)),
        Err(Failure(error)) => Err(in_words(&error.to_string())),
        Err(WouldBlock(middle)) => {
            let mut ciphertext = from.take_outgoing();
            if ciphertext.is_empty() {
                return Ok(Err(WouldBlock(middle)));
            }
            let bytes = ciphertext.len();
            to.feed(&mut ciphertext, bytes);
            Ok(middle.handshake())
        }
    }
}
