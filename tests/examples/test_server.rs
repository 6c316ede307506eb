//! How to test code that uses WebSockets: against a real server at a free port, or without any
//! network over a stream in memory. `#[test]` functions would hold what [`self_test`] does.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use wshub::client::ConnectOptions;
use wshub::connection::accept_head;
use wshub::handshake::HeadLimits;
use wshub::protocol::{CloseCode, MessageBuf};
use wshub::server::{Builder, Route};
use wshub::transport::memory_pair;
use wshub::{Client, Server};

/// The program under test, server side.
fn application() -> Builder {
    Server::builder().route(Route::on_message("/shout", |peer, message| {
        if let MessageBuf::Text(text) = message.to_buf() {
            peer.text(&text.to_uppercase());
        }
    }))
}

/// The program under test, client side.
fn shout(client: &mut Client, text: &str) -> Result<Option<MessageBuf>, Box<dyn Error>> {
    client.text(text)?;
    Ok(client.receive())
}

/// Over TCP: port 0 is any free one, so tests can run side by side. The server stops when the
/// handle is dropped.
fn over_tcp() -> Result<(), Box<dyn Error>> {
    let server = application().listen(["127.0.0.1:0"]).bind()?.spawn()?;
    let mut client = Client::connect(&format!("ws://{}/shout", server.addresses()[0]))?;
    assert_eq!(
        shout(&mut client, "hello")?,
        Some(MessageBuf::from("HELLO"))
    );
    assert!(client.close(CloseCode::NORMAL, "done").clean);
    assert_eq!(server.stop().aborted, 0);
    Ok(())
}

/// Over memory: the server listens nowhere.
fn over_memory() -> Result<(), Box<dyn Error>> {
    let server = application().listen([""; 0]).bind()?;
    let (ours, mut theirs) = memory_pair(64 << 10, Duration::from_secs(10));
    let serving = thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(10);
        let (head, leftover) = accept_head(&mut theirs.read, HeadLimits::default(), deadline)?;
        server.serve_stream(theirs, head, &leftover);
        Ok::<(), wshub::connection::HandshakeFailure>(())
    });
    let mut client = ConnectOptions::default().connect_over(ours, "ws://localhost/shout")?;
    assert_eq!(
        shout(&mut client, "hello")?,
        Some(MessageBuf::from("HELLO"))
    );
    assert!(client.close(CloseCode::NORMAL, "done").clean);
    serving.join().map_err(|_| "the server panicked")??;
    Ok(())
}

fn self_test() -> Result<(), Box<dyn Error>> {
    over_tcp()?;
    over_memory()?;
    println!("self test passed");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    self_test()
}
