//! An echo server on sockudo-ws, with a task for each client. If clients offer compression, each
//! has a compressor of its own, which is the default; with `--shared` before the address,
//! compressors come from a pool.

use std::{env, io};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use sockudo_ws::Error;
use sockudo_ws::deflate::negotiate_server_deflate;
use sockudo_ws::handshake::{build_response, generate_accept_key, parse_request};
use sockudo_ws::protocol::Message;
use sockudo_ws::{CompressedWebSocketStream, Compression, Config, WebSocketStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn echo(mut client: TcpStream, mode: Compression) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let ours = mode.to_deflate_config()?;
    let mut head = Vec::new();
    let agreed = loop {
        if head.len() > 8192 || client.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
        if let Some((request, _)) = parse_request(&head).ok()? {
            let offered = request.extensions;
            let agreed = offered.and_then(|offered| negotiate_server_deflate(offered, &ours));
            let extension = agreed.as_ref().map(|agreed| agreed.to_response_header());
            let key = generate_accept_key(request.key);
            let answer = build_response(&key, None, extension.as_deref());
            client.write_all(&answer).await.ok()?;
            break agreed;
        }
    };
    let config = Config::default();
    match agreed {
        Some(agreed) => {
            serve(CompressedWebSocketStream::server(
                client,
                config,
                agreed.config,
            ))
            .await
        }
        None => serve(WebSocketStream::server(client, config)).await,
    }
}

async fn serve<S>(mut socket: S) -> Option<()>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message> + Unpin,
{
    while let Some(message) = socket.next().await {
        match message.ok()? {
            message @ (Message::Text(_) | Message::Binary(_)) => socket.send(message).await.ok()?,
            Message::Close(_) => return Some(()),
            _ => {}
        }
    }
    Some(())
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mode = match env::args().any(|word| word == "--shared") {
        true => Compression::Shared,
        false => Compression::Dedicated,
    };
    runtime.block_on(async {
        let listener = TcpListener::bind(env::args().next_back().unwrap_or_default()).await?;
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(echo(client, mode));
        }
    })
}
