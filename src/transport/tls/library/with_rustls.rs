//! TLS by rustls, with the cryptography of ring.

mod provider;
mod verifier;

use std::fmt;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig,
    ServerConnection, SupportedCipherSuite,
};

use super::shared::{self, Pkcs12Error, RECORD_BYTES, Trust, printable};
use crate::transport::TlsAlert;
use crate::transport::tls::pipe::Pipe;
use crate::transport::tls_failure::{TlsFailure, TlsFault};
use provider::provider;
use verifier::Verifier;

pub(in super::super) type Step = shared::Step<Engine, Handshake>;

/// More records than a handshake, a close and alerts need.
const HANDSHAKE_RECORDS: u64 = 64;

/// A certificate with its chain, and its key.
#[derive(Clone)]
pub(in super::super) struct Identity(Arc<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>);

impl Identity {
    /// From the chain in DER, the leaf first, and its key in PKCS#8.
    ///
    /// It never fails: [`Acceptor::new`] and [`Connector::new`] look at the key.
    pub(in super::super) fn from_der(chain: &[&[u8]], key: &[u8]) -> Result<Self, String> {
        let chain = chain.iter().map(|der| CertificateDer::from(der.to_vec()));
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_vec()));
        Ok(Self(Arc::new((chain.collect(), key))))
    }

    /// rustls does not read PKCS#12.
    pub(in super::super) fn from_pkcs12(_: &[u8], _: &str) -> Result<Self, Pkcs12Error> {
        Err(Pkcs12Error::Unusable(
            "this build reads PEM files only; convert it with: openssl pkcs12 -nodes -in FILE \
             -out cert-and-key.pem"
                .to_owned(),
        ))
    }

    fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        (self.0.0.clone(), self.0.1.clone_key())
    }
}

/// Whether this is a certificate in DER.
///
/// # Errors
///
/// The library's words.
pub(in super::super) fn check_certificate(der: &[u8]) -> Result<(), String> {
    let added = RootCertStore::empty().add(CertificateDer::from(der));
    added.map_err(|error| words(&error))
}

/// Does the server's side of handshakes, TLS 1.2 at least.
#[derive(Clone)]
pub(in super::super) struct Acceptor(Arc<ServerConfig>);

impl Acceptor {
    pub(in super::super) fn new(identity: &Identity) -> Result<Self, String> {
        let (chain, key) = identity.parts();
        let build = || {
            let mut config = ServerConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(chain, key)?;
            // Sessions are resumed by tickets, with which the server remembers none of them.
            config.ticketer = ring::Ticketer::new()?;
            Ok(Self(Arc::new(config)))
        };
        build().map_err(|error: rustls::Error| words(&error))
    }

    pub(in super::super) fn accept(&self, pipe: Pipe) -> Step {
        begin(
            ServerConnection::new(self.0.clone()).map(Connection::Server),
            pipe,
        )
    }
}

/// Does the client's side of handshakes, TLS 1.2 at least.
#[derive(Debug, Clone)]
pub(in super::super) struct Connector {
    config: Arc<ClientConfig>,
    accepts_all: bool,
}

impl Connector {
    pub(in super::super) fn new(trust: Trust, identity: Option<&Identity>) -> Result<Self, String> {
        let accepts_all = matches!(trust, Trust::Anybody);
        let build = || {
            let config = ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Verifier::new(trust)?));
            let config = match identity.map(Identity::parts) {
                Some((chain, key)) => config.with_client_auth_cert(chain, key)?,
                None => config.with_no_client_auth(),
            };
            Ok(Self {
                config: Arc::new(config),
                accepts_all,
            })
        };
        build().map_err(|error: rustls::Error| words(&error))
    }

    /// `host` is a name or an address, which the server's certificate has to be for.
    pub(in super::super) fn connect(&self, host: &str, pipe: Pipe) -> Step {
        let name = match ServerName::try_from(host.to_owned()) {
            Ok(name) => name,
            // No name is sent, and the certificate may be for any.
            Err(_) if self.accepts_all => ServerName::IpAddress(Ipv4Addr::LOCALHOST.into()),
            Err(_) => {
                let why = "no certificate can be for this host name";
                return Step::Failed(TlsFailure::Refused(why.to_owned()));
            }
        };
        let connection = ClientConnection::new(self.config.clone(), name);
        begin(connection.map(Connection::Client), pipe)
    }
}

/// A handshake that needs bytes of the peer.
pub(in super::super) struct Handshake(Engine);

impl Handshake {
    /// Goes on with what is in the pipe now.
    pub(in super::super) fn go_on(mut self) -> Step {
        match self.0.shake_hands() {
            Ok(()) => Step::Done(self.0),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Step::NeedsMore(self),
            Err(error) => Step::Failed(match fault_of(&error) {
                TlsFault::Alert(alert) => TlsFailure::Alert(alert),
                TlsFault::Broken(why) => TlsFailure::Refused(why),
                TlsFault::Truncated => TlsFailure::Ended,
            }),
        }
    }
}

fn begin(connection: Result<Connection, rustls::Error>, pipe: Pipe) -> Step {
    match connection {
        Ok(connection) => Handshake(Engine {
            connection,
            pipe,
            fault: None,
            records_left: None,
        })
        .go_on(),
        Err(error) => Step::Failed(TlsFailure::Refused(words(&error))),
    }
}

/// TLS behind its handshake, on a pipe.
pub(in super::super) struct Engine {
    connection: Connection,
    pipe: Pipe,
    /// Why the connection cannot go on. The alert that says so has been made.
    fault: Option<rustls::Error>,
    /// The records that may still be encrypted with these keys; with TLS 1.3 there are new keys in time.
    /// Past that, rustls would end the connection and say nothing.
    records_left: Option<u64>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    fn shake_hands(&mut self) -> io::Result<()> {
        self.flush()?;
        while self.connection.is_handshaking() {
            self.receive()?;
            self.flush()?;
        }
        if let Some(SupportedCipherSuite::Tls12(suite)) = self.connection.negotiated_cipher_suite()
        {
            let limit = suite.common.confidentiality_limit;
            self.records_left = Some(limit.saturating_sub(HANDSHAKE_RECORDS));
        }
        Ok(())
    }

    /// Takes what is in the pipe. After a fault there is nothing more to take; what the peer sent before
    /// it can still be read.
    fn receive(&mut self) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault.clone()));
        }
        self.connection.read_tls(&mut self.pipe)?;
        self.fault = self.connection.process_new_packets().err();
        Ok(())
    }

    /// Makes `close_notify`.
    pub(in super::super) fn shutdown(&mut self) -> io::Result<()> {
        self.connection.send_close_notify();
        self.flush()
    }

    /// The peer's certificate in DER.
    pub(in super::super) fn peer_certificate(&self) -> Option<Vec<u8>> {
        Some(self.connection.peer_certificates()?.first()?.to_vec())
    }
}

impl Read for Engine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.flush()?; // such as an alert
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            self.receive()?;
        }
    }
}

impl Write for Engine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(left) = &mut self.records_left {
            let records = (bytes.len() / RECORD_BYTES + 1) as u64;
            *left = left.checked_sub(records).ok_or_else(|| {
                TlsFault::Broken(
                    "TLS 1.2 may not encrypt more with the keys that it has".to_owned(),
                )
            })?;
        }
        let written = self.connection.writer().write(bytes)?;
        self.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.pipe)?;
        }
        Ok(())
    }
}

/// The fault of the connection that an error of the engine stands for.
pub(in super::super) fn fault_of(error: &io::Error) -> TlsFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => {
            TlsFault::Alert(TlsAlert::new((*alert).into()))
        }
        Some(error) => TlsFault::Broken(words(error)),
        None => TlsFault::Broken(printable(&error.to_string())),
    }
}

/// The error in words. A certificate's fault is named as OpenSSL names it.
fn words(error: &rustls::Error) -> String {
    use CertificateError as Fault;
    let fault = match error {
        rustls::Error::InvalidCertificate(fault) => fault,
        rustls::Error::General(why) => return printable(why),
        error => return printable(&error.to_string()),
    };
    let why = match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => "certificate has expired".to_owned(),
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => {
            "certificate is not yet valid".to_owned()
        }
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
            "hostname mismatch".to_owned()
        }
        Fault::UnknownIssuer => "unable to get local issuer certificate".to_owned(),
        Fault::Revoked => "certificate revoked".to_owned(),
        Fault::Other(error) => printable(&error.to_string()),
        other => printable(&other.to_string()),
    };
    format!("certificate verify failed: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ends of a connection in memory: (client, server).
    fn pair() -> (Engine, Engine) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let identity = Identity::from_der(&[certificate.der()], &key.serialize_der()).unwrap();
        let (client_pipe, server_pipe) = (Pipe::default(), Pipe::default());
        let connector = Connector::new(Trust::Anybody, None).unwrap();
        let mut client = connector.connect("localhost", client_pipe.clone());
        let mut server = Acceptor::new(&identity)
            .unwrap()
            .accept(server_pipe.clone());
        for _ in 0..10 {
            for (from, to) in [(&client_pipe, &server_pipe), (&server_pipe, &client_pipe)] {
                let mut ciphertext = from.take_outgoing();
                let bytes = ciphertext.len();
                to.feed(&mut ciphertext, bytes);
            }
            let go_on = |step| match step {
                Step::NeedsMore(handshake) => handshake.go_on(),
                other => other,
            };
            (client, server) = match (go_on(client), go_on(server)) {
                (Step::Done(client), Step::Done(server)) => return (client, server),
                steps => steps,
            };
        }
        panic!("the handshake is not over");
    }

    #[test]
    fn an_end_of_the_keys_of_tls_1_2_is_an_error_before_rustls_drops_what_is_written() {
        let (mut client, server) = pair();
        assert_eq!((client.records_left, server.records_left), (None, None)); // TLS 1.3
        client.records_left = Some(3);
        assert_eq!(client.write(&[0; RECORD_BYTES]).unwrap(), RECORD_BYTES); // at most two records
        assert_eq!(client.write(b"x").unwrap(), 1);
        let error = client.write(b"x").unwrap_err();
        assert!(matches!(
            TlsFault::within(&error),
            Some(TlsFault::Broken(_))
        ));
    }
}
