//! An echo server on tokio-tungstenite, with a task for each client.

use std::{env, io};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};

async fn echo(client: TcpStream) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut socket = tokio_tungstenite::accept_async(client).await.ok()?;
    while let Some(message) = socket.next().await {
        let message = message.ok()?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await.ok()?;
        }
    }
    Some(())
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
