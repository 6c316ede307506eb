//! A certificate and its key: where they are, and that they go together.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::{self, TlsFileError};
use super::library::{Acceptor, Connector, Identity, Step, Trust};
use super::pipe::Pipe;
use crate::transport::tls_failure::TlsFailure;

/// How long the trial handshake may take: some milliseconds on any machine.
const TRIAL_TIME: Duration = Duration::from_secs(30);

/// Where a certificate, with the chain behind it, and its key are. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsIdentity {
    /// In PEM files; both may be in one. Of several certificates and keys the first two are taken
    /// that go together.
    Pem {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key, without a password.
        key: PathBuf,
    },
    /// Both in a PKCS#12 file (`.p12`, `.pfx`).
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// Its password; often empty.
        password: String,
    },
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem { certificate, key } => f
                .debug_struct("Pem")
                .field("certificate", certificate)
                .field("key", key)
                .finish(),
            Self::Pkcs12 { file, .. } => f
                .debug_struct("Pkcs12")
                .field("file", file)
                .finish_non_exhaustive(),
        }
    }
}

/// A certificate and a key that go together.
pub(super) struct Proven {
    pub(super) identity: Identity,
    pub(super) acceptor: Acceptor,
    /// The certificate in DER, as a peer gets to see it.
    pub(super) certificate: Vec<u8>,
}

impl TlsIdentity {
    /// The certificate's file and the key's; they may be one.
    pub(super) fn files(&self) -> [&Path; 2] {
        match self {
            Self::Pem { certificate, key } => [certificate, key],
            Self::Pkcs12 { file, .. } => [file, file],
        }
    }

    /// Reads the files. A handshake in memory proves that the certificate and the key belong
    /// together.
    pub(super) fn prove(&self) -> Result<Proven, TlsFileError> {
        let (certificate, key) = match self {
            Self::Pem { certificate, key } => (certificate, key),
            Self::Pkcs12 { file, password } => {
                return prove(files::from_pkcs12(file, password)?, file, file);
            }
        };
        let mut first_error = None;
        for identity in files::from_pem(certificate, key)? {
            match identity.and_then(|identity| prove(identity, certificate, key)) {
                Ok(proven) => return Ok(proven),
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| TlsFileError::NoCertificate {
            file: certificate.clone(),
        }))
    }
}

fn prove(identity: Identity, certificate: &Path, key: &Path) -> Result<Proven, TlsFileError> {
    let mismatch = |why: String| TlsFileError::Mismatch {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        why,
    };
    let acceptor = Acceptor::new(&identity).map_err(mismatch)?;
    let seen = trial(&acceptor).map_err(mismatch)?;
    Ok(Proven {
        identity,
        acceptor,
        certificate: seen,
    })
}

/// Makes a handshake in memory with a client that accepts any certificate. This proves on every
/// system that the key belongs to the certificate, and shows which certificate a client receives.
fn trial(acceptor: &Acceptor) -> Result<Vec<u8>, String> {
    let connector = Connector::new(Trust::Anybody, None)?;
    let (client_pipe, server_pipe) = (Pipe::default(), Pipe::default());
    let mut client = connector.connect("localhost", client_pipe.clone());
    let mut server = acceptor.accept(server_pipe.clone());
    let deadline = Instant::now() + TRIAL_TIME;
    while Instant::now() < deadline {
        if let (Step::Done(client), Step::Done(_)) = (&client, &server) {
            let certificate = client.peer_certificate();
            return certificate.ok_or_else(|| "no certificate".to_owned());
        }
        server = step(server, &client_pipe, &server_pipe)?;
        client = step(client, &server_pipe, &client_pipe)?;
    }
    Err("a trial handshake did not finish".to_owned())
}

/// Moves the contents of `from` to `to`, whose engine continues with them.
fn step(engine: Step, from: &Pipe, to: &Pipe) -> Result<Step, String> {
    match engine {
        Step::Failed(failure) => Err(match failure {
            TlsFailure::Refused(why) => why,
            other => other.to_string(),
        }),
        Step::NeedsMore(handshake) => {
            let mut ciphertext = from.take_outgoing();
            if ciphertext.is_empty() {
                return Ok(Step::NeedsMore(handshake));
            }
            let bytes = ciphertext.len();
            to.feed(&mut ciphertext, bytes);
            Ok(handshake.go_on())
        }
        done => Ok(done),
    }
}
