//! Echo servers over TLS with a thread for each client: without any protocol (the baseline), and
//! with tungstenite, each over native-tls and over rustls.
//!
//! `tls-threads bare|tungstenite native|rustls CERTIFICATE KEY ADDRESS`; the key is in PKCS#8.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::{env, fs, thread};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const STACK_BYTES: usize = 256 << 10;
const BUFFER_BYTES: usize = 64 << 10;

fn bare(mut client: impl Read + Write) -> Option<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let bytes = client.read(&mut buffer).ok()?;
        if bytes == 0 {
            return Some(());
        }
        client.write_all(&buffer[..bytes]).ok()?;
        client.flush().ok()?;
    }
}

fn tungstenite(client: impl Read + Write) -> Option<()> {
    let mut socket = tungstenite::accept(client).ok()?;
    loop {
        // Reading continues after a Close until the error that reports the end.
        let message = socket.read().ok()?;
        if message.is_text() || message.is_binary() {
            socket.send(message).ok()?;
        }
    }
}

#[derive(Clone)]
enum Library {
    Native(native_tls::TlsAcceptor),
    Rustls(Arc<ServerConfig>),
}

impl Library {
    fn new(name: &str, certificate: &str, key: &str) -> Result<Self, Box<dyn std::error::Error>> {
        if name == "native" {
            let identity =
                native_tls::Identity::from_pkcs8(&fs::read(certificate)?, &fs::read(key)?)?;
            return Ok(Self::Native(native_tls::TlsAcceptor::new(identity)?));
        }
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.ticketer = rustls::crypto::ring::Ticketer::new()?;
        Ok(Self::Rustls(Arc::new(config)))
    }

    fn serve(self, client: TcpStream, is_bare: bool) -> Option<()> {
        client.set_nodelay(true).ok()?;
        match self {
            Self::Native(acceptor) => {
                let stream = acceptor.accept(client).ok()?;
                if is_bare {
                    bare(stream)
                } else {
                    tungstenite(stream)
                }
            }
            Self::Rustls(config) => {
                let stream = StreamOwned::new(ServerConnection::new(config).ok()?, client);
                if is_bare {
                    bare(stream)
                } else {
                    tungstenite(stream)
                }
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [protocol, library, certificate, key, address] = &arguments[..] else {
        return Err(
            "usage: tls-threads bare|tungstenite native|rustls CERTIFICATE KEY ADDRESS".into(),
        );
    };
    let library = Library::new(library, certificate, key)?;
    let is_bare = protocol == "bare";
    for client in TcpListener::bind(address)?.incoming() {
        let (client, library) = (client?, library.clone());
        let thread = thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn(move || library.serve(client, is_bare))?;
    }
    Ok(())
}
