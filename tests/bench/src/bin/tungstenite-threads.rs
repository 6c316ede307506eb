//! An echo server on tungstenite, with a thread for each client.

use std::net::{TcpListener, TcpStream};
use std::{env, io, thread};

fn echo(client: TcpStream) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut socket = tungstenite::accept(client).ok()?;
    loop {
        // Reading continues after a Close until the error that reports the end.
        let message = socket.read().ok()?;
        if message.is_text() || message.is_binary() {
            socket.send(message).ok()?;
        }
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind(env::args().nth(1).unwrap_or_default())?;
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(|| echo(client));
    }
    Ok(())
}
