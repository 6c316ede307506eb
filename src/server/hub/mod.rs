//! The hub: one thread that owns every room, and the handle with which others talk to it.
//!
//! It never waits for a client: what does not fit into a client's queue is that client's
//! trouble (see [`SlowClient`]). Others may wait for it: a publisher that is faster than the
//! hub feels that through TCP. So waiting goes one way, and there is no deadlock to find.

mod counters;
mod delivery;
mod rooms;

use std::io;
use std::sync::Arc;
use std::thread;

use crossbeam_channel as channel;

pub use counters::HubCounters;
pub use rooms::Rooms;

use self::delivery::Delivery;
use super::config::SlowClient;
use super::handler::ClientId;
use crate::connection::{Batch, Sender};
use crate::protocol::Message;

/// Commands that may wait for the hub; a publisher past this waits for room.
const INBOX_COMMANDS: usize = 1024;

/// A message from this size on takes one of a few slots while it waits for the hub, so that
/// the inbox is bounded in bytes too: 1024 small ones and 4 large ones.
const LARGE_BYTES: usize = 64 << 10;
const LARGE_SLOTS: usize = 4;

/// The most commands that are taken up at once.
const MOST_COMMANDS_AT_ONCE: usize = 256;

/// What the hub is asked to do.
#[derive(Debug)]
enum Command {
    Join {
        room: Arc<str>,
        id: ClientId,
        sender: Sender,
    },
    Leave {
        room: Arc<str>,
        id: ClientId,
    },
    Publish {
        room: Arc<str>,
        batch: Batch,
    },
}

/// Talks to the hub; clones talk to the same one, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Hub {
    inbox: channel::Sender<Command>,
    large: channel::Sender<()>,
    counters: Arc<HubCounters>,
}

impl Hub {
    /// Starts the hub's thread. `slow_client` says what happens to a client whose queue is full.
    pub fn start(slow_client: SlowClient) -> io::Result<Self> {
        let (inbox, commands) = channel::bounded(INBOX_COMMANDS);
        let (large, slots) = channel::bounded(LARGE_SLOTS);
        let counters = Arc::new(HubCounters::default());
        let mut delivery = Delivery::new(slow_client, counters.clone());
        thread::Builder::new()
            .name("hub".into())
            .spawn(move || run(&commands, &slots, &mut delivery))?;
        Ok(Self {
            inbox,
            large,
            counters,
        })
    }

    /// Makes a client a member of a room, which comes to be with its first one. It gets what
    /// is published after this call, until the membership is dropped.
    pub fn join(&self, room: &str, id: ClientId, sender: Sender) -> Membership {
        let room: Arc<str> = room.into();
        self.tell(Command::Join {
            room: room.clone(),
            id,
            sender,
        });
        Membership {
            hub: self.clone(),
            room,
            id,
        }
    }

    /// Sends a message to every member of a room. All members see all messages of a room in
    /// one order. Waits while the hub has much to do.
    pub fn publish(&self, room: &str, message: Message<'_>) {
        if message.as_bytes().len() >= LARGE_BYTES {
            let _ = self.large.send(()); // an error: the hub is gone with the server
        }
        self.tell(Command::Publish {
            room: room.into(),
            batch: Batch::of(message),
        });
    }

    /// What the hub has counted.
    pub fn counters(&self) -> &Arc<HubCounters> {
        &self.counters
    }

    fn tell(&self, command: Command) {
        drop(self.inbox.send(command)); // an error: the hub is gone with the server
    }
}

/// A client's place in a room; dropping it leaves the room.
#[derive(Debug)]
pub struct Membership {
    hub: Hub,
    room: Arc<str>,
    id: ClientId,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.hub.tell(Command::Leave {
            room: self.room.clone(),
            id: self.id,
        });
    }
}

/// The hub's thread: takes all that waits, joins each room's run of messages into one batch,
/// delivers each batch once.
fn run(
    commands: &channel::Receiver<Command>,
    large: &channel::Receiver<()>,
    delivery: &mut Delivery,
) {
    let mut rooms = Rooms::default();
    while let Ok(first) = commands.recv() {
        let more = commands.try_iter().take(MOST_COMMANDS_AT_ONCE - 1);
        for command in std::iter::once(first).chain(more) {
            match command {
                Command::Join { room, id, sender } => {
                    delivery.flush(&mut rooms, Some(&room));
                    rooms.join(&room, id, sender);
                }
                Command::Leave { room, id } => {
                    delivery.flush(&mut rooms, Some(&room));
                    rooms.leave(&room, id);
                }
                Command::Publish { room, batch } => {
                    if batch.bytes().len() >= LARGE_BYTES {
                        let _ = large.try_recv(); // its slot is free for the next one
                    }
                    delivery.add(&mut rooms, room, batch);
                }
            }
        }
        delivery.flush(&mut rooms, None);
    }
}
