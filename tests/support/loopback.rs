//! A real server on a free port of this machine, and raw sockets that talk to it.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wshub::Server;
use wshub::protocol::{Limits, Receiver, Role};
use wshub::server::{Builder, ServerConfig, Stopped, Stopper};

use super::{Frame, Seen, peer::PATIENCE, wire};

/// A server that runs until it is stopped or dropped.
pub struct Running {
    pub address: SocketAddr,
    pub stopper: Stopper,
    thread: Option<JoinHandle<Stopped>>,
}

impl Running {
    /// The standard endpoints with these settings; the address is this module's own.
    pub fn standard(config: ServerConfig) -> Self {
        let config = ServerConfig {
            listen: vec!["127.0.0.1:0".into()],
            ..config
        };
        Self::of(
            Server::builder()
                .config(config)
                .standard_endpoints()
                .unwrap(),
        )
    }

    pub fn of(builder: Builder) -> Self {
        Self::of_server(builder.bind().unwrap())
    }

    pub fn of_server(server: Server) -> Self {
        let address = server.addresses()[0];
        let stopper = server.stopper();
        let thread = Some(thread::spawn(move || server.run().unwrap()));
        Self {
            address,
            stopper,
            thread,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    pub fn stop(mut self) -> Stopped {
        self.stopper.stop();
        self.thread.take().unwrap().join().unwrap()
    }

    /// A socket on which nothing has been said.
    pub fn socket(&self) -> Socket {
        Socket::new(TcpStream::connect(self.address).unwrap())
    }

    /// A WebSocket on this path, by hand.
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

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
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
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A client's socket, played by hand.
pub struct Socket {
    pub stream: TcpStream,
    receiver: Receiver,
}

impl Socket {
    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
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
