//! A chat in one room, whose members are kept in a map that all handlers share.
//!
//! ```console
//! $ cargo run --example chat      # then, in two terminals:
//! $ wshub connect 'ws://localhost:8765/chat?name=ana'
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wshub::connection::{CloseCause, ConnectionId, Offer, Sender};
use wshub::protocol::{CloseCode, CloseFrame, Message, MessageBuf};
use wshub::server::{BindError, Handler, Peer, Route};
use wshub::{Client, Server};

/// The members of the room. Clones share one map.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<HashMap<ConnectionId, Sender>>>);

impl Room {
    fn members(&self) -> MutexGuard<'_, HashMap<ConnectionId, Sender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a line to everybody. `offer` never waits, so the lock is held for a moment only;
    /// a member that reads too slowly is disconnected.
    fn say(&self, line: &str) {
        for member in self.members().values() {
            if let Offer::Full { .. } = member.offer(Message::Text(line)) {
                member.close(CloseFrame::new(CloseCode::POLICY, "too slow"));
            }
        }
    }
}

/// One member's side of the room.
struct Chat {
    room: Room,
    name: String,
}

impl Handler for Chat {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        self.room.members().insert(peer.info().id, peer.sender());
        self.room.say(&format!("* {} joined", self.name));
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        match message {
            Message::Text(text) => self.room.say(&format!("{}: {text}", self.name)),
            Message::Binary(_) => peer.close(CloseCode::UNSUPPORTED_DATA, "text only"),
        }
    }

    fn on_close(&mut self, peer: &mut Peer<'_>, _: &CloseCause) {
        self.room.members().remove(&peer.info().id);
        self.room.say(&format!("* {} left", self.name));
    }
}

fn chat_server(listen: &str) -> Result<Server, BindError> {
    let room = Room::default();
    Server::builder()
        .route(Route::new("/chat", move |info| Chat {
            room: room.clone(),
            name: info.request.query("name").unwrap_or("somebody".into()),
        }))
        .listen([listen])
        .bind()
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let server = chat_server(listen.unwrap_or("localhost:8765"))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// Ana and Bob meet.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = chat_server("127.0.0.1:0")?.spawn()?;
    let enter = |name| {
        let address = server.addresses()[0];
        Client::connect(&format!("ws://{address}/chat?name={name}"))
    };
    let mut ana = enter("ana")?;
    assert_eq!(ana.receive(), Some(MessageBuf::from("* ana joined")));
    let mut bob = enter("bob")?;
    assert_eq!(bob.receive(), Some(MessageBuf::from("* bob joined")));
    ana.text("hello")?;
    assert_eq!(bob.receive(), Some(MessageBuf::from("ana: hello")));
    bob.close(CloseCode::NORMAL, "");
    for line in ["* bob joined", "ana: hello", "* bob left"] {
        assert_eq!(ana.receive(), Some(MessageBuf::from(line)));
    }
    println!("self test passed");
    Ok(())
}
