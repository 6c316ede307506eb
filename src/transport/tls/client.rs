//! The client's side of TLS: which certificates it trusts, and its own certificate.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::files::{self, TlsFileError};
use super::handshake::{Rejected, shake_hands};
use super::identity::TlsIdentity;
use super::library::{Connector, Trust};
use crate::lock::Lock;
use crate::transport::stream::Stream;

/// Which certificates to trust, and the client's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// A PEM file with the certificates to trust **instead of** the system's; default none.
    pub ca_file: Option<PathBuf>,
    /// Accept any certificate for any host: anybody on the network path can pretend to be the
    /// server, and read and change everything. For tests only. Default no.
    pub insecure: bool,
    /// The client's own certificate, for servers that ask for one; default none.
    pub identity: Option<TlsIdentity>,
}

/// The certificates to trust. They are read when they are first needed, and once for all clones:
/// reading the system's certificates takes time and a megabyte of memory.
#[derive(Debug, Clone, Default)]
pub struct TlsTrust {
    options: TlsOptions,
    client: Arc<Lock<Option<TlsClient>>>,
}

impl From<TlsOptions> for TlsTrust {
    fn from(options: TlsOptions) -> Self {
        let client = Arc::default();
        Self { options, client }
    }
}

impl TlsTrust {
    /// What speaks TLS with servers that are trusted.
    ///
    /// # Errors
    ///
    /// The error says what is wrong with the file, and what to do.
    pub fn client(&self) -> Result<TlsClient, TlsFileError> {
        let mut client = self.client.lock();
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let read = TlsClient::new(&self.options)?;
        Ok(client.insert(read).clone())
    }
}

/// What a client needs to speak TLS, 1.2 at least. Clones share it.
#[derive(Debug, Clone)]
pub struct TlsClient(Connector);

impl TlsClient {
    /// Reads what the options name.
    ///
    /// # Errors
    ///
    /// The error says what is wrong with the file, and what to do.
    pub fn new(options: &TlsOptions) -> Result<Self, TlsFileError> {
        // The file is read in any case, so that a wrong one is reported.
        let authorities = match &options.ca_file {
            Some(file) => Some(files::authorities(file)?),
            None => None,
        };
        let trust = match (authorities, options.insecure) {
            (_, true) => Trust::Anybody,
            (Some(authorities), false) => Trust::These(authorities),
            (None, false) => Trust::System,
        };
        let identity = match &options.identity {
            Some(identity) => Some(identity.prove()?.identity),
            None => None,
        };
        let connector = Connector::new(trust, identity.as_ref());
        connector
            .map(Self)
            .map_err(|why| TlsFileError::Setup { why })
    }

    /// The TLS handshake with the server that is to prove that it is `host`, a name or an
    /// address (in brackets or not, with a last dot or not). A name is sent along (SNI). It is
    /// over by `deadline`.
    ///
    /// # Errors
    ///
    /// Why the handshake failed, and the stream that it failed on.
    pub fn connect(
        &self,
        host: &str,
        stream: Stream,
        deadline: Instant,
    ) -> Result<Stream, Box<Rejected>> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.strip_suffix('.').unwrap_or(host);
        shake_hands(stream, deadline, |pipe| self.0.connect(host, pipe))
    }
}
