//! A real server on a free port of this machine, and raw sockets that talk to it.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use wshub::Server;
use wshub::connection::{QueueLimits, Timeouts};
use wshub::protocol::{Limits, Receiver, Role};
use wshub::server::{Access, Builder, Denied, ServerHandle, Stopped, Stopper};
#[cfg(feature = "standard")]
use wshub::standard::{Standard, StandardOptions};

use super::{Frame, Seen, peer::TIMEOUT, wire};

/// What a test may set of a server, and of the standard endpoints.
#[derive(Debug, Clone)]
pub struct Settings {
    pub limits: Limits,
    pub timeouts: Timeouts,
    pub handshake_timeout: Duration,
    pub queue: QueueLimits,
    pub max_clients: usize,
    pub access: Access,
    #[cfg(feature = "standard")]
    pub standard: StandardOptions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            handshake_timeout: Builder::DEFAULT_HANDSHAKE_TIMEOUT,
            queue: QueueLimits::default(),
            max_clients: Builder::DEFAULT_MAX_CLIENTS,
            access: Access::default(),
            #[cfg(feature = "standard")]
            standard: StandardOptions {
                operator_advice: Some(
                    "start the server with --public-metrics to show it to everybody, or with \
                     --basic-auth-file to show it to those with a password"
                        .into(),
                ),
                ..StandardOptions::default()
            },
        }
    }
}

impl Settings {
    /// A server with these settings, on a free port of this machine, that gives the advice of
    /// the program.
    pub fn builder(self) -> Builder {
        Server::builder()
            .limits(self.limits)
            .timeouts(self.timeouts)
            .handshake_timeout(self.handshake_timeout)
            .queue(self.queue)
            .max_clients(self.max_clients)
            .access(self.access)
            .advise(advice)
            .listen(["127.0.0.1:0"])
    }

    /// The same, with the standard endpoints.
    #[cfg(feature = "standard")]
    pub fn standard(self) -> (Standard, Builder) {
        let mut options = self.standard.clone();
        options.hub.eviction_timeout = self.timeouts.write;
        let standard = Standard::start(options).unwrap();
        let builder = standard.add_to(self.builder());
        (standard, builder)
    }
}

/// The program's advice.
fn advice(denied: &Denied) -> Option<String> {
    match denied {
        Denied::Host { host, .. } => Some(format!(
            "start the server with --allow-host {host} to answer to that name"
        )),
        Denied::Origin {
            origin: Some(origin),
            ..
        } => Some(format!(
            "start the server with --allow-origin {origin} to allow it"
        )),
        _ => None,
    }
}

/// A server that runs until it is stopped or dropped.
pub struct Running {
    pub address: SocketAddr,
    pub stopper: Stopper,
    pub server: ServerHandle,
    /// The standard endpoints, where it has them.
    #[cfg(feature = "standard")]
    pub standard: Option<Standard>,
}

impl Running {
    /// The standard endpoints with these settings.
    #[cfg(feature = "standard")]
    pub fn standard(settings: Settings) -> Self {
        let (standard, builder) = settings.standard();
        Self {
            standard: Some(standard),
            ..Self::of(builder)
        }
    }

    pub fn of(builder: Builder) -> Self {
        Self::of_server(builder.bind().unwrap())
    }

    pub fn of_server(server: Server) -> Self {
        let server = server.spawn().unwrap();
        Self {
            address: server.addresses()[0],
            stopper: server.stopper(),
            server,
            #[cfg(feature = "standard")]
            standard: None,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    pub fn stop(self) -> Stopped {
        self.server.stop()
    }

    /// A socket on which nothing has been sent.
    pub fn socket(&self) -> Socket {
        Socket::new(TcpStream::connect(self.address).unwrap())
    }

    /// A WebSocket on this path, written by hand.
    pub fn open(&self, path: &str) -> Socket {
        let mut socket = self.socket();
        socket.send_bytes(upgrade(path).as_bytes());
        let head = socket.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        socket
    }

    /// Waits until so many connections are left.
    pub fn wait_for_connections(&self, count: usize) {
        wait_until(&format!("{count} connections"), || {
            self.stopper.connections() == count
        });
    }
}

/// A valid request for a WebSocket, with the key of RFC 6455 section 1.3.
pub fn upgrade(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A client's socket that is read and written by hand.
pub struct Socket {
    pub stream: TcpStream,
    receiver: Receiver,
}

impl Socket {
    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            receiver: Receiver::new(Role::Client, Limits::default()),
        }
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn send(&mut self, frames: &[Frame]) {
        self.send_bytes(&wire(Role::Server, frames));
    }

    /// Sends what the server may refuse to take: it may have ended the connection.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The head of the answer; what follows it is kept as frames.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            assert_eq!(self.stream.read(&mut byte).unwrap(), 1, "{:?}", text(&head));
            head.push(byte[0]);
        }
        text(&head)
    }

    /// So many bytes of what follows a head.
    pub fn bytes(&mut self, count: usize) -> String {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        text(&bytes)
    }

    /// Everything until the server ends the stream.
    pub fn everything(&mut self) -> String {
        let mut all = Vec::new();
        match self.stream.read_to_end(&mut all) {
            Ok(_) => text(&all),
            Err(error) => panic!("{error}, after {:?}", text(&all)),
        }
    }

    /// The next event, or `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some(event) = self.receiver.next_event().expect("a valid frame") {
                return Some(event.into());
            }
            match self.stream.read(self.receiver.space()).expect("a read") {
                0 => return None,
                bytes => self.receiver.filled(bytes),
            }
        }
    }

    pub fn rest(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
