//! An echo server on yawc, with a task for each client and the default options of compression.

use std::{env, io};

use futures_util::SinkExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use yawc::{CompressionLevel, OpCode, Options, WebSocket};

async fn upgrade(
    mut request: Request<Incoming>,
) -> yawc::Result<Response<http_body_util::Empty<bytes::Bytes>>> {
    let options = Options::default().with_compression_level(CompressionLevel::default());
    let (response, future) = WebSocket::upgrade_with_options(&mut request, options)?;
    tokio::spawn(async move {
        let mut socket = future.await.ok()?;
        while let Ok(frame) = socket.next_frame().await {
            match frame.opcode() {
                OpCode::Text | OpCode::Binary => socket.send(frame).await.ok()?,
                OpCode::Close => break,
                _ => {}
            }
        }
        Some(())
    });
    Ok(response)
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(env::args().nth(1).unwrap_or_default()).await?;
        loop {
            let (client, _) = listener.accept().await?;
            client.set_nodelay(true)?;
            tokio::spawn(async move {
                let served = http1::Builder::new()
                    .serve_connection(TokioIo::new(client), service_fn(upgrade))
                    .with_upgrades();
                drop(served.await);
            });
        }
    })
}
