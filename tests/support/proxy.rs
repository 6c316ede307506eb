//! A proxy that answers as a test wants, and leads where a test wants.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use wshub::client::{ConnectOptions, ProxyRules};
use wshub::handshake::ProxyUrl;
use wshub::protocol::{CloseCode, MessageBuf};

use super::peer::TIMEOUT;

/// The answer that opens a tunnel.
pub const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

pub fn through(url: &str) -> ProxyRules {
    ProxyRules::through(ProxyUrl::parse(url).unwrap())
}

/// A message goes there and comes back.
pub fn echoes(options: &ConnectOptions, url: &str) {
    let mut client = options.connect(url).unwrap();
    client.text("through").unwrap();
    assert_eq!(client.receive(), Some(MessageBuf::from("through")));
    assert!(client.close(CloseCode::NORMAL, "").clean);
}

/// A proxy on a port of its own.
pub struct Proxy {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Each request gets `answer`. If that is a 2xx, what follows goes to `target` and back.
    pub fn start(answer: &'static str, target: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let seen = seen.clone();
                thread::spawn(move || drop(serve(socket, answer, target, &seen)));
            }
        });
        Self { port, heads }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(
    mut socket: TcpStream,
    answer: &str,
    target: Option<u16>,
    seen: &Mutex<Vec<String>>,
) -> io::Result<()> {
    socket.set_read_timeout(Some(TIMEOUT))?;
    let head = read_head(&mut socket)?;
    seen.lock().unwrap().push(head);
    socket.write_all(answer.as_bytes())?;
    let Some(target) = target else {
        socket.shutdown(Shutdown::Write)?;
        drop(socket.read(&mut [0; 1024])); // no reset may overtake the answer
        return Ok(());
    };
    let server = TcpStream::connect(("127.0.0.1", target))?;
    splice(socket, server)
}

/// Carries both ways until both have ended.
pub fn splice(client: TcpStream, server: TcpStream) -> io::Result<()> {
    client.set_read_timeout(None)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Write));
    });
    let (mut from, mut to) = (server, client);
    drop(io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
    drop(there.join());
    Ok(())
}

/// A head, up to its blank line.
pub fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
