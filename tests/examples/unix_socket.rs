//! WebSocket over a Unix socket by the protocol and the handshake alone: values that this
//! program feeds and asks, without the crate's threads, sessions or sockets.

#[cfg(unix)]
use std::{
    error::Error,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
};
#[cfg(unix)]
use wshub::{
    connection::Entropy,
    handshake::{
        ClientRequest, Decision, Fed, Refusal, RequestParser, ResponseParser, check, decide,
    },
    protocol::{Event, FrameHeader, Limits, Opcode, Receiver, Role, encode_header},
};

/// Reads what has come; the end of the stream is an error here.
#[cfg(unix)]
fn read(socket: &mut UnixStream, buffer: &mut [u8]) -> io::Result<usize> {
    match socket.read(buffer)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        bytes => Ok(bytes),
    }
}

/// Writes one frame; a client's is masked with a fresh key.
#[cfg(unix)]
fn write_frame(
    socket: &mut UnixStream,
    entropy: Option<&mut Entropy>,
    opcode: Opcode,
    payload: &[u8],
) -> io::Result<()> {
    let masking_key = entropy.map(Entropy::masking_key);
    let header = encode_header(&FrameHeader {
        fin: true,
        rsv1: false,
        opcode,
        masking_key,
        payload_bytes: payload.len() as u64,
    });
    let mut payload = payload.to_vec();
    if let Some(key) = masking_key {
        key.apply(0, &mut payload);
    }
    socket.write_all(&header)?;
    socket.write_all(&payload)
}

/// One client: the opening handshake, then an echo until the end.
#[cfg(unix)]
fn serve(mut socket: UnixStream) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0; 4096];
    let mut parser = RequestParser::new();
    let mut receiver = Receiver::new(Role::Server, Limits::default());
    let head = loop {
        let bytes = read(&mut socket, &mut buffer)?;
        match parser.feed(&buffer[..bytes]) {
            Ok(Fed::NeedMore) => {}
            Ok(Fed::Done { head, consumed }) => {
                receiver.feed(&buffer[consumed..bytes]); // frames already
                break head;
            }
            Err(error) => return Ok(socket.write_all(&Refusal::from(&error).response())?),
        }
    };
    match decide(&head) {
        Decision::Upgrade(upgrade) => socket.write_all(&upgrade.response(None))?,
        Decision::Plain => {
            let refusal = Refusal::upgrade_required("This is a WebSocket.");
            return Ok(socket.write_all(&refusal.response())?);
        }
        Decision::Refuse(refusal) => return Ok(socket.write_all(&refusal.response())?),
    }
    loop {
        let (opcode, payload) = match receiver.next_event() {
            Ok(Some(Event::Text(text))) => (Opcode::Text, text.as_bytes().to_vec()),
            Ok(Some(Event::Binary(bytes))) => (Opcode::Binary, bytes.to_vec()),
            Ok(Some(Event::Ping(payload))) => (Opcode::Pong, payload.to_vec()),
            Ok(Some(Event::Pong(_) | Event::Fragment(_))) => continue,
            Ok(Some(Event::Close(frame))) => (Opcode::Close, frame.echo().encode()),
            Ok(None) => {
                let bytes = read(&mut socket, &mut buffer)?;
                receiver.feed(&buffer[..bytes]);
                continue;
            }
            Err(error) => {
                let code = error.close_code().number().to_be_bytes();
                (Opcode::Close, code.to_vec())
            }
        };
        write_frame(&mut socket, None, opcode, &payload)?;
        if opcode == Opcode::Close {
            return Ok(()); // dropping the socket ends the stream
        }
    }
}

/// Sends one text, returns the answer.
#[cfg(unix)]
fn ask(mut socket: UnixStream, question: &str) -> Result<String, Box<dyn Error>> {
    let mut entropy = Entropy::new();
    let nonce = entropy.nonce();
    let url = "ws://localhost/".parse()?;
    let request = ClientRequest {
        url: &url,
        nonce,
        subprotocols: &[],
        deflate: false,
        headers: &[],
        origin: None,
    };
    socket.write_all(&request.write()?)?;
    let (mut parser, mut buffer) = (ResponseParser::new(), [0; 4096]);
    let mut receiver = Receiver::new(Role::Client, Limits::default());
    loop {
        let bytes = read(&mut socket, &mut buffer)?;
        if let Fed::Done { head, consumed } = parser.feed(&buffer[..bytes])? {
            check(&head, nonce, &[])?;
            receiver.feed(&buffer[consumed..bytes]);
            break;
        }
    }
    write_frame(
        &mut socket,
        Some(&mut entropy),
        Opcode::Text,
        question.as_bytes(),
    )?;
    loop {
        if let Some(Event::Text(answer)) = receiver.next_event()? {
            let answer = answer.to_owned();
            write_frame(&mut socket, Some(&mut entropy), Opcode::Close, &[])?;
            return Ok(answer);
        }
        let bytes = read(&mut socket, &mut buffer)?;
        receiver.feed(&buffer[..bytes]);
    }
}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or("wshub.socket".into());
    if path == "--self-test" {
        let (server, client) = UnixStream::pair()?;
        std::thread::spawn(move || serve(server).map_err(|error| eprintln!("{error}")));
        assert_eq!(ask(client, "hello")?, "hello");
        println!("self test passed");
        return Ok(());
    }
    for socket in UnixListener::bind(path)?.incoming() {
        let socket = socket?;
        std::thread::spawn(move || serve(socket).map_err(|error| eprintln!("{error}")));
    }
    Ok(())
}

#[cfg(not(unix))]
fn main() {
    println!("This system has no Unix sockets in the standard library.");
    println!("self test passed");
}
