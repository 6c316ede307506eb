//! The baseline for servers with a thread for each client: an echo of bytes, without any protocol.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, io, thread};

const STACK_BYTES: usize = 64 << 10;
const BUFFER_BYTES: usize = 64 << 10;

fn echo(mut client: TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let bytes = client.read(&mut buffer)?;
        if bytes == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..bytes])?;
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind(env::args().nth(1).unwrap_or_default())?;
    for client in listener.incoming() {
        let client = client?;
        let thread = thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn(|| drop(echo(client)))?; // an error means that the client has ended
    }
    Ok(())
}
