//! An echo server on fastwebsockets, with a task for each client. The library leaves the opening
//! handshake to an HTTP server; here a few lines answer the load generator's.

use std::{env, io};

use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tungstenite::handshake::derive_accept_key;

async fn shake_hands(client: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 8192 || client.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = std::str::from_utf8(&head).ok()?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let (_, key) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Key"))?;
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    client.write_all(answer.as_bytes()).await.ok()
}

async fn echo(mut client: TcpStream) -> Option<()> {
    client.set_nodelay(true).ok()?;
    shake_hands(&mut client).await?;
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(client, Role::Server));
    loop {
        let frame = socket.read_frame().await.ok()?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await.ok()?,
            OpCode::Close => return Some(()),
            _ => {}
        }
    }
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(env::args().nth(1).unwrap_or_default()).await?;
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(echo(client));
        }
    })
}
