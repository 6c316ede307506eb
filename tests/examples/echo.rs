//! A server that sends each message back.
//!
//! ```console
//! $ cargo run --example echo                    # serves ws://localhost:8765/echo
//! $ cargo run --example echo -- 0.0.0.0:9000    # serves at another address
//! ```

use std::error::Error;

use wshub::protocol::{CloseCode, MessageBuf};
use wshub::server::{BindError, Route};
use wshub::{Client, Server};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let server = echo_server(listen.unwrap_or("localhost:8765"))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

fn echo_server(listen: &str) -> Result<Server, BindError> {
    Server::builder()
        .route(Route::on_message("/echo", |peer, message| {
            peer.send(message);
        }))
        .listen([listen])
        .bind()
}

/// Starts the server at a free port and talks to it.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = echo_server("127.0.0.1:0")?.spawn()?;
    let mut client = Client::connect(&format!("ws://{}/echo", server.addresses()[0]))?;
    client.text("hello")?;
    client.binary(&[1, 2, 3])?;
    assert_eq!(client.receive(), Some(MessageBuf::from("hello")));
    assert_eq!(client.receive(), Some(MessageBuf::from(vec![1, 2, 3])));
    assert!(client.close(CloseCode::NORMAL, "done").clean);
    assert_eq!(server.stop().aborted, 0);
    println!("self test passed");
    Ok(())
}
