//! A client's byte stream: TCP, or TLS over it. Neither blocks.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// The certificate that a TLS client trusts, and its sessions to resume.
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts only one certificate, for `localhost`. With `resume` a client resumes the session of
    /// an earlier one.
    pub fn only(certificate: &Path, resume: bool) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(certificate).map_err(io::Error::other)?;
        roots.add(certificate).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = (builder.with_safe_default_protocol_versions()).map_err(io::Error::other)?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = match resume {
            true => Resumption::in_memory_sessions(1024),
            false => Resumption::disabled(),
        };
        Ok(Self(Arc::new(config)))
    }
}

pub enum Stream {
    Plain(TcpStream),
    Tls(Box<ClientConnection>, TcpStream),
}

impl Stream {
    pub fn new(tcp: TcpStream, trust: Option<&Trust>) -> io::Result<Self> {
        let Some(Trust(config)) = trust else {
            return Ok(Self::Plain(tcp));
        };
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let client = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(client), tcp))
    }

    pub fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) | Self::Tls(_, tcp) => tcp,
        }
    }

    pub fn tcp_mut(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(tcp) | Self::Tls(_, tcp) => tcp,
        }
    }

    /// Whether a read that returned `count` of `most` bytes took all that had come. With TLS that
    /// is not known, since a read returns at most one record.
    pub fn tells_all(&self, count: usize, most: usize) -> bool {
        matches!(self, Self::Plain(_)) && count < most
    }

    /// Writes the bytes that are still buffered in this process, as far as the socket accepts them.
    pub fn push(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(client, tcp) => push(client, tcp),
        }
    }

    /// Sends the closure alert of TLS.
    pub fn say_goodbye(&mut self) {
        if let Self::Tls(client, _) = self {
            client.send_close_notify();
            let _ = self.push(); // an error: ended already
        }
    }
}

fn push(client: &mut ClientConnection, tcp: &mut TcpStream) -> io::Result<()> {
    while client.wants_write() {
        match client.write_tls(tcp) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            done => done?,
        };
    }
    Ok(())
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(into),
            Self::Tls(client, tcp) => loop {
                match client.reader().read(into) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    // A server that closes TCP without a TLS alert has ended too: truncation would
                    // be noticed, since each byte of every message is counted.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                    done => return done,
                }
                if client.read_tls(tcp)? > 0 {
                    client.process_new_packets().map_err(io::Error::other)?;
                }
                push(client, tcp)?; // the end of the TLS handshake, and the bytes it delayed
            },
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(client, _) => {
                let count = client.writer().write(bytes)?;
                self.push()?;
                match count {
                    0 => Err(io::ErrorKind::WouldBlock.into()),
                    count => Ok(count),
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}
