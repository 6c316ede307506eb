//! The program as a command of a script, and servers that answer as a test wants.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::loopback::{Running, Settings};

pub const BOUND: Duration = Duration::from_secs(30);

pub fn server() -> Running {
    Running::standard(Settings::default())
}

/// Variables of the machine's environment that influence a client.
const FOREIGN: [&str; 12] = [
    "NO_COLOR",
    "WSHUB_AUTH",
    "ws_proxy",
    "WS_PROXY",
    "wss_proxy",
    "WSS_PROXY",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "NO_PROXY",
];

pub fn start(args: &[&str]) -> Child {
    start_in(&[], args)
}

/// With these variables in its environment.
pub fn start_in(variables: &[(&str, &str)], args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wshub"));
    for name in FOREIGN.iter().chain(&["no_proxy"]) {
        command.env_remove(name);
    }
    command
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs to the end, with `input` on stdin and then its end.
pub fn run(args: &[&str], input: &[u8]) -> Output {
    run_in(&[], args, input)
}

/// As [`run`], with these variables in its environment.
pub fn run_in(variables: &[(&str, &str)], args: &[&str], input: &[u8]) -> Output {
    let mut child = start_in(variables, args);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that leaves early does not read it all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = finish(child, args);
    writer.join().unwrap();
    output
}

pub fn finish(mut child: Child, args: &[&str]) -> Output {
    let mut streams: Vec<Box<dyn Read + Send>> = vec![
        Box::new(child.stdout.take().unwrap()),
        Box::new(child.stderr.take().unwrap()),
    ];
    let readers: Vec<_> = streams
        .drain(..)
        .map(|mut stream| {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                bytes
            })
        })
        .collect();
    let deadline = Instant::now() + BOUND;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{args:?} does not end");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut bytes = readers.into_iter().map(|reader| reader.join().unwrap());
    Output {
        status,
        stdout: bytes.next().unwrap(),
        stderr: bytes.next().unwrap(),
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that answers any request with `answer` and then these frames, and closes TCP.
pub fn canned(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let key = read_key(&mut socket);
        let accept = wshub::handshake::accept_value(&key);
        let answer = text(answer).replace("ACCEPT", &accept);
        drop(socket.write_all(answer.as_bytes()));
        drop(socket.read(&mut [0; 1024]));
    });
    url
}

/// A server of one connection: past the handshake, the socket is `behave`'s.
pub fn peer(behave: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let accept = wshub::handshake::accept_value(&read_key(&mut socket));
        let head = UPGRADED.replace("ACCEPT", &accept);
        socket.write_all(head.as_bytes()).unwrap();
        behave(socket);
    });
    url
}

/// A server that sends these frames, and listens until the client leaves.
pub fn says(frames: &'static [u8]) -> String {
    peer(move |mut socket| {
        socket.write_all(frames).unwrap();
        drop(socket.read_to_end(&mut Vec::new()));
    })
}

/// The opcode and the payload of a client's next frame, of at most 125 bytes.
pub fn read_frame(socket: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 6];
    socket.read_exact(&mut head)?;
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    socket.read_exact(&mut payload)?;
    for (i, byte) in payload.iter_mut().enumerate() {
        *byte ^= head[2 + i % 4];
    }
    Ok((head[0] & 0x0f, payload))
}

pub fn read_key(socket: &mut TcpStream) -> String {
    let mut key = String::new();
    for line in BufReader::new(socket).lines() {
        let line = line.unwrap();
        if let Some(value) = line.strip_prefix("Sec-WebSocket-Key: ") {
            key = value.to_owned();
        }
        if line.is_empty() {
            break;
        }
    }
    key
}

/// A port on which nothing listens.
pub fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ws://{}/", listener.local_addr().unwrap())
}

pub const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                        Connection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n";

pub fn upgraded(frames: &str) -> &'static [u8] {
    format!("{UPGRADED}{frames}").leak().as_bytes()
}
