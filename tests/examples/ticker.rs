//! A server that sends a tick to every client: a thread publishes, a hub delivers.
//!
//! ```console
//! $ cargo run --example ticker    # then: wshub connect ws://localhost:8765/ticks
//! ```

use std::error::Error;
use std::thread;
use std::time::Duration;

use wshub::hub::{Hub, HubOptions, Membership};
use wshub::protocol::{Message, MessageBuf};
use wshub::server::{Handler, Peer, Route};
use wshub::{Client, Server};

/// Keeps its client in the room; what the client sends is ignored.
struct Ticks {
    hub: Hub,
    membership: Option<Membership>,
}

impl Handler for Ticks {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        self.membership = Some(self.hub.join("ticks", &peer.sender()));
    }
}

fn ticking_server(listen: &str, interval: Duration) -> Result<Server, Box<dyn Error>> {
    let hub = Hub::start(HubOptions::default())?;
    let clock = hub.clone();
    thread::spawn(move || {
        for tick in 1_u64.. {
            thread::sleep(interval);
            if let Err(error) = clock.publish("ticks", Message::Text(&format!("tick {tick}"))) {
                eprintln!("tick {tick} is left out: {error}");
            }
        }
    });
    let ticks = Route::new("/ticks", move |_| Ticks {
        hub: hub.clone(),
        membership: None,
    });
    Ok(Server::builder().route(ticks).listen([listen]).bind()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let listen = listen.unwrap_or("localhost:8765");
            let server = ticking_server(listen, Duration::from_secs(1))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// Two clients see ticks that follow each other.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = ticking_server("127.0.0.1:0", Duration::from_millis(10))?.spawn()?;
    let url = format!("ws://{}/ticks", server.addresses()[0]);
    for mut client in [Client::connect(&url)?, Client::connect(&url)?] {
        let mut next_tick = || match client.receive() {
            Some(MessageBuf::Text(text)) => text.trim_start_matches("tick ").parse::<u64>(),
            other => panic!("{other:?} instead of a tick"),
        };
        let first = next_tick()?;
        assert_eq!(next_tick()?, first + 1);
        assert_eq!(next_tick()?, first + 2);
    }
    println!("self test passed");
    Ok(())
}
