//! Clients subscribe to topics and publish to them; each handler keeps its memberships in a map.
//!
//! ```console
//! $ cargo run --example topics    # then: wshub connect ws://localhost:8765/topics
//! subscribe weather
//! publish weather It rains.
//! unsubscribe weather
//! ```

use std::collections::HashMap;
use std::error::Error;

use wshub::hub::{Hub, HubOptions, Membership};
use wshub::protocol::{Message, MessageBuf};
use wshub::server::{Handler, Peer, Route};
use wshub::{Client, Server};

/// One client's subscriptions. A membership that is dropped leaves its room, so nothing has to
/// be done when the connection ends.
struct Topics {
    hub: Hub,
    subscriptions: HashMap<String, Membership>,
}

impl Handler for Topics {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let Message::Text(text) = message else { return };
        let mut words = text.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("subscribe"), Some(topic), None) => {
                let membership = self.hub.join(topic, &peer.sender());
                self.subscriptions.insert(topic.to_owned(), membership);
                peer.text(&format!("subscribed to {topic}"));
            }
            (Some("unsubscribe"), Some(topic), None) => {
                self.subscriptions.remove(topic);
                peer.text(&format!("unsubscribed from {topic}"));
            }
            (Some("publish"), Some(topic), Some(news)) => {
                let line = format!("{topic}: {news}");
                if let Err(error) = self.hub.publish(topic, Message::Text(&line)) {
                    peer.text(&format!("not published: {error}"));
                }
            }
            _ => peer.text("subscribe TOPIC, unsubscribe TOPIC or publish TOPIC TEXT"),
        }
    }
}

fn topic_server(listen: &str) -> Result<Server, Box<dyn Error>> {
    let hub = Hub::start(HubOptions::default())?;
    let topics = Route::new("/topics", move |_| Topics {
        hub: hub.clone(),
        subscriptions: HashMap::new(),
    });
    Ok(Server::builder().route(topics).listen([listen]).bind()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let server = topic_server(listen.unwrap_or("localhost:8765"))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// A client hears of the topics that it has subscribed to, and of no other.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = topic_server("127.0.0.1:0")?.spawn()?;
    let url = format!("ws://{}/topics", server.addresses()[0]);
    let mut listener = Client::connect(&url)?;
    let mut expect = |command: &str, answer: &str| {
        listener.text(command)?;
        assert_eq!(listener.receive(), Some(MessageBuf::from(answer)));
        Ok::<(), Box<dyn Error>>(())
    };
    expect("subscribe sports", "subscribed to sports")?;
    expect("subscribe weather", "subscribed to weather")?;
    expect("subscribe weather", "subscribed to weather")?; // again: still one copy of each
    expect("publish weather rain", "weather: rain")?;
    expect("unsubscribe weather", "unsubscribed from weather")?;

    let announcer = Client::connect(&url)?;
    announcer.text("publish weather sun")?;
    announcer.text("publish sports 2:1")?;
    assert_eq!(listener.receive(), Some(MessageBuf::from("sports: 2:1")));
    println!("self test passed");
    Ok(())
}
