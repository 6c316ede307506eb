//! A client that stays connected: it prints what arrives, and connects again with growing
//! pauses when the connection ends.
//!
//! ```console
//! $ cargo run --example reconnect -- ws://localhost:8765/broadcast
//! ```

use std::error::Error;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use wshub::client::ConnectError;
use wshub::protocol::MessageBuf;
use wshub::server::{Handler, Peer, Route};
use wshub::{Client, Server};

/// Calls `handle` with each message until it breaks, over as many connections as it takes.
/// An error comes back only where trying again cannot help.
fn follow(
    url: &str,
    first_pause: Duration,
    mut handle: impl FnMut(MessageBuf) -> ControlFlow<()>,
) -> Result<(), ConnectError> {
    let longest_pause = first_pause * 32;
    let mut pause = first_pause;
    loop {
        match Client::connect(url) {
            Ok(mut client) => {
                pause = first_pause;
                for message in &mut client {
                    if handle(message).is_break() {
                        return Ok(());
                    }
                }
                if let Some(cause) = client.ended() {
                    eprintln!("ended: {cause}");
                }
            }
            Err(error) if error.is_transient() => eprintln!("{error}; again in {pause:?}"),
            Err(error) => return Err(error),
        }
        // A product adds a random part here, so that not all clients come back at once.
        thread::sleep(pause);
        pause = longest_pause.min(pause * 2);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        url => {
            let url = url.unwrap_or("ws://localhost:8765/broadcast");
            follow(url, Duration::from_secs(1), |message| {
                println!("{message:?}");
                ControlFlow::Continue(())
            })?;
            Ok(())
        }
    }
}

struct Greeting;

impl Handler for Greeting {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        peer.text("hello");
    }
}

/// The server is not there yet, comes, goes, and comes back: two greetings arrive.
fn self_test() -> Result<(), Box<dyn Error>> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let url = format!("ws://{address}/");
    let client = thread::spawn(move || {
        let mut greetings = 0;
        follow(&url, Duration::from_millis(10), |message| {
            assert_eq!(message, MessageBuf::from("hello"));
            greetings += 1;
            match greetings {
                2 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })
    });
    while !client.is_finished() {
        thread::sleep(Duration::from_millis(100));
        let greeting = Route::new("/", |_| Greeting);
        let server = Server::builder()
            .route(greeting)
            .listen([&address])
            .bind()?;
        let server = server.spawn()?;
        while server.traffic().sent.text.messages == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        server.stop();
    }
    client.join().map_err(|_| "the client panicked")??;
    println!("self test passed");
    Ok(())
}
