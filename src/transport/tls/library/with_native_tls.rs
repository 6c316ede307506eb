//! TLS by native-tls: OpenSSL, SChannel or Security Framework, whichever the system has.

use std::io::{self, Read, Write};

use native_tls::{HandshakeError, MidHandshakeTlsStream, Protocol, TlsStream};

use super::openssl_text::{alert_in, in_words};
use super::shared::{self, Pkcs12Error, Trust};
use crate::transport::tls::pem;
use crate::transport::tls::pipe::Pipe;
use crate::transport::tls_failure::{TlsFailure, TlsFault};

pub(in super::super) type Step = shared::Step<Engine, Handshake>;

/// A certificate with its chain, and its key.
#[derive(Clone)]
pub(in super::super) struct Identity(native_tls::Identity);

impl Identity {
    /// From the chain in DER, the leaf first, and its key in PKCS#8.
    ///
    /// # Errors
    ///
    /// The library's words: the fault is in the key, or in the combination of the two.
    pub(in super::super) fn from_der(chain: &[&[u8]], key: &[u8]) -> Result<Self, String> {
        let chain: String = chain
            .iter()
            .map(|der| pem::write("CERTIFICATE", der))
            .collect();
        let key = pem::write("PRIVATE KEY", key);
        let identity = native_tls::Identity::from_pkcs8(chain.as_bytes(), key.as_bytes());
        identity.map(Self).map_err(|error| {
            let mut why = words(&error);
            if cfg!(windows) {
                why.push_str(
                    "; on Windows a key in PEM must be an RSA key, any other needs a PKCS#12 file",
                );
            }
            why
        })
    }

    /// From the contents of a PKCS#12 file.
    pub(in super::super) fn from_pkcs12(
        contents: &[u8],
        password: &str,
    ) -> Result<Self, Pkcs12Error> {
        let identity = native_tls::Identity::from_pkcs12(contents, password);
        identity.map(Self).map_err(|error| {
            let why = words(&error);
            match password_is_wrong(&why) {
                true => Pkcs12Error::WrongPassword,
                // OpenSSL 3 uses this word for RC2 and similar ciphers, with which older tools still
                // encrypt.
                false if why == "unsupported" => Pkcs12Error::Unusable(
                    "it is encrypted with an obsolete algorithm; create it again with openssl \
                     pkcs12 -export, or convert it to PEM files with -legacy"
                        .to_owned(),
                ),
                false => Pkcs12Error::Unusable(why),
            }
        })
    }
}

/// Recognises the wordings of OpenSSL, SChannel and Security Framework.
fn password_is_wrong(why: &str) -> bool {
    why.contains("mac verify failure")
        || why.contains("os error 86")
        || why.to_ascii_lowercase().contains("passphrase")
        || why.contains("MAC verification failed")
}

/// Whether this is a certificate in DER.
///
/// # Errors
///
/// The library's words.
pub(in super::super) fn check_certificate(der: &[u8]) -> Result<(), String> {
    let certificate = native_tls::Certificate::from_der(der);
    certificate.map(drop).map_err(|error| words(&error))
}

/// Does the server's side of handshakes, TLS 1.2 at least.
#[derive(Clone)]
pub(in super::super) struct Acceptor(native_tls::TlsAcceptor);

impl Acceptor {
    pub(in super::super) fn new(identity: &Identity) -> Result<Self, String> {
        let acceptor = native_tls::TlsAcceptor::builder(identity.0.clone())
            .min_protocol_version(Some(Protocol::Tlsv12))
            .build();
        acceptor.map(Self).map_err(|error| words(&error))
    }

    pub(in super::super) fn accept(&self, pipe: Pipe) -> Step {
        step(self.0.accept(pipe))
    }
}

/// Does the client's side of handshakes, TLS 1.2 at least.
#[derive(Debug, Clone)]
pub(in super::super) struct Connector(native_tls::TlsConnector);

impl Connector {
    pub(in super::super) fn new(trust: Trust, identity: Option<&Identity>) -> Result<Self, String> {
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        match trust {
            Trust::System => {}
            Trust::These(authorities) => {
                builder.disable_built_in_roots(true);
                for der in authorities {
                    let authority = native_tls::Certificate::from_der(&der);
                    builder.add_root_certificate(authority.map_err(|error| words(&error))?);
                }
            }
            Trust::Anybody => {
                builder.danger_accept_invalid_certs(true);
                builder.danger_accept_invalid_hostnames(true);
            }
        }
        if let Some(identity) = identity {
            builder.identity(identity.0.clone());
        }
        builder.build().map(Self).map_err(|error| words(&error))
    }

    /// `host` is a name or an address, which the server's certificate has to be for.
    pub(in super::super) fn connect(&self, host: &str, pipe: Pipe) -> Step {
        step(self.0.connect(host, pipe))
    }
}

/// A handshake that needs bytes of the peer.
pub(in super::super) struct Handshake(MidHandshakeTlsStream<Pipe>);

impl Handshake {
    /// Goes on with what is in the pipe now.
    pub(in super::super) fn go_on(self) -> Step {
        step(self.0.handshake())
    }
}

fn step(result: Result<TlsStream<Pipe>, HandshakeError<Pipe>>) -> Step {
    match result {
        Ok(stream) => Step::Done(Engine(stream)),
        Err(HandshakeError::WouldBlock(middle)) => Step::NeedsMore(Handshake(middle)),
        Err(HandshakeError::Failure(error)) => Step::Failed(match alert_in(&error.to_string()) {
            Some(alert) => TlsFailure::Alert(alert),
            None => TlsFailure::Refused(words(&error)),
        }),
    }
}

/// TLS behind its handshake, on a pipe.
#[derive(Debug)]
pub(in super::super) struct Engine(TlsStream<Pipe>);

impl Engine {
    /// Makes `close_notify`.
    pub(in super::super) fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown()
    }

    /// The peer's certificate in DER.
    pub(in super::super) fn peer_certificate(&self) -> Option<Vec<u8>> {
        self.0.peer_certificate().ok()??.to_der().ok()
    }
}

impl Read for Engine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Engine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The fault of the connection that an error of the engine stands for.
pub(in super::super) fn fault_of(error: &io::Error) -> TlsFault {
    let text = error.to_string();
    match alert_in(&text) {
        Some(alert) => TlsFault::Alert(alert),
        None => TlsFault::Broken(in_words(&text)),
    }
}

fn words(error: &native_tls::Error) -> String {
    in_words(&error.to_string())
}
