//! Certificates made at run time, and streams under TLS.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use wshub::Client;
use wshub::client::{ConnectOptions, TlsOptions};
use wshub::server::{Builder, Stopper};
use wshub::transport::{Stream, TlsClient, TlsServer, memory_pair};

use super::loopback::{Running, Settings};
use super::peer::TIMEOUT;

/// A folder of its own, gone with its owner.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "wshub-tls-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file in it.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, contents).unwrap();
        path
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A self-signed certificate for this machine's names, in files.
pub struct Identity {
    pub folder: Folder,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub certificate_der: Vec<u8>,
    pub key_der: Vec<u8>,
}

impl Identity {
    pub fn new() -> Self {
        Self::valid_from_to((2020, 1, 1), (2090, 1, 1))
    }

    pub fn valid_from_to(from: (i32, u8, u8), to: (i32, u8, u8)) -> Self {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        let key_pair = rcgen::KeyPair::generate().unwrap();
        let signed = params.self_signed(&key_pair).unwrap();
        let folder = Folder::new();
        Self {
            certificate: folder.file("cert.pem", signed.pem()),
            key: folder.file("key.pem", key_pair.serialize_pem()),
            certificate_der: signed.der().to_vec(),
            key_der: key_pair.serialize_der(),
            folder,
        }
    }

    pub fn server(&self) -> TlsServer {
        TlsServer::from_pem(&self.certificate, &self.key).unwrap()
    }

    /// Options that trust this certificate alone.
    pub fn trusted(&self) -> TlsOptions {
        TlsOptions {
            ca_file: Some(self.certificate.clone()),
            ..TlsOptions::default()
        }
    }

    pub fn options(&self) -> ConnectOptions {
        ConnectOptions {
            tls: self.trusted().into(),
            ..ConnectOptions::default()
        }
    }

    /// Both ends of a connection in memory, under TLS: (client, server).
    pub fn pair(&self, capacity: usize) -> (Stream, Stream) {
        let (client, server) = memory_pair(capacity, TIMEOUT);
        let tls = self.server();
        let accepting = thread::spawn(move || tls.accept(server, deadline()).unwrap());
        let trusted = TlsClient::new(&self.trusted()).unwrap();
        let client = trusted.connect("localhost", client, deadline()).unwrap();
        (client, accepting.join().unwrap())
    }

    /// A server's configuration of rustls: another implementation, to talk to.
    pub fn rustls_server(&self) -> Arc<rustls::ServerConfig> {
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(self.key_der.clone());
        let certificate = self.certificate_der.clone().into();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .unwrap();
        Arc::new(config)
    }

    /// A client's configuration of rustls that trusts this certificate.
    pub fn rustls_client(&self) -> Arc<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate_der.clone().into()).unwrap();
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }
}

/// A moment that no handshake of these tests needs.
pub fn deadline() -> Instant {
    Instant::now() + TIMEOUT
}

/// A server of the standard endpoints that speaks TLS as well.
pub struct Secure {
    pub identity: Identity,
    pub running: Running,
    pub port: u16,
}

impl Secure {
    pub fn standard(settings: Settings) -> Self {
        Self::of(settings.standard().1)
    }

    pub fn of(builder: Builder) -> Self {
        let identity = Identity::new();
        let builder = builder.listen_tls(["127.0.0.1:0"]);
        let server = builder.tls(identity.server()).bind().unwrap();
        let port = server.tls_addresses()[0].port();
        Self {
            identity,
            running: Running::of_server(server),
            port,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("wss://localhost:{}{path}", self.port)
    }

    pub fn connect(&self, path: &str) -> Client {
        self.identity.options().connect(&self.url(path)).unwrap()
    }

    pub fn stopper(&self) -> &Stopper {
        &self.running.stopper
    }
}

/// Runs `work` on a thread of its own; a test fails that does not see it end in time.
pub fn in_time<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::spawn(work);
    let end = Instant::now() + 3 * TIMEOUT;
    while !thread.is_finished() {
        assert!(Instant::now() < end, "{what}: not done in time");
        thread::sleep(Duration::from_millis(1));
    }
    thread.join().unwrap()
}
