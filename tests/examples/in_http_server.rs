//! WebSockets inside an HTTP server that exists already: it accepts, reads the request, and
//! hands over those connections that ask for a WebSocket.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wshub::handshake::{Headers, RequestHead};
use wshub::protocol::MessageBuf;
use wshub::server::{Arrival, Route};
use wshub::transport::Stream;
use wshub::{Client, Server};

/// Bytes of a request head that are read at most.
const MAX_HEAD_BYTES: u64 = 16 << 10;

/// The existing server's own parser, here a short one. What has been read behind the head is
/// returned with it: the first frames of a client that did not wait.
fn read_request(socket: &TcpStream) -> io::Result<(RequestHead, Vec<u8>)> {
    let mut reader = BufReader::new(socket.take(MAX_HEAD_BYTES));
    let mut next_line = || {
        let mut line = String::new();
        match reader.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok::<String, io::Error>(line.trim_end().to_owned()),
        }
    };
    let request_line = next_line()?;
    let mut words = request_line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut headers = Headers::new();
    while let Some((name, value)) = next_line()?.split_once(':') {
        headers.push(name, value.trim());
    }
    let head = RequestHead::new(method, target, headers);
    Ok((head, reader.buffer().to_vec()))
}

/// One connection of the existing server.
fn serve(mut socket: TcpStream, websockets: &Server) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (head, leftover) = read_request(&socket)?;
    if head.path().starts_with("/ws/") {
        let arrival = Arrival::from(socket.peer_addr()?);
        let stream = Stream::tcp(socket, Duration::from_secs(10))?;
        websockets.serve_stream_from(arrival, stream, head, &leftover);
        return Ok(());
    }
    let body = format!("You asked for {}.\n", head.target);
    let length = body.len();
    write!(
        socket,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn run(listener: &TcpListener) -> Result<(), Box<dyn Error>> {
    let websockets = Server::builder()
        .route(Route::on_message("/ws/echo", |peer, message| {
            peer.send(message);
        }))
        .listen([""; 0]) // nowhere: the existing server does
        .bind()?;
    let websockets = Arc::new(websockets);
    for socket in listener.incoming() {
        let (socket, websockets) = (socket?, websockets.clone());
        thread::spawn(move || {
            if let Err(error) = serve(socket, &websockets) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => run(&TcpListener::bind(listen.unwrap_or("localhost:8765"))?),
    }
}

/// One port answers a plain request and a WebSocket.
fn self_test() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || run(&listener).map_err(|error| eprintln!("{error}")));

    let mut socket = TcpStream::connect(address)?;
    write!(socket, "GET /page HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let response = io::read_to_string(socket)?;
    assert!(response.ends_with("\r\n\r\nYou asked for /page.\n"));

    let mut client = Client::connect(&format!("ws://{address}/ws/echo"))?;
    client.text("hello")?;
    assert_eq!(client.receive(), Some(MessageBuf::from("hello")));
    println!("self test passed");
    Ok(())
}
