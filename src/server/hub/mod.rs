//! The hub: one thread that owns every room, and the handle with which others talk to it.
//!
//! It never waits for a client: what does not fit into a client's queue is that client's
//! trouble (see [`SlowClient`]). Others may wait for it: a publisher that is faster than its
//! room feels that through TCP. So waiting goes one way, and there is no deadlock to find.

mod counters;
mod credit;
mod delivery;
mod outlet;
mod rooms;
mod slow;
mod state;

#[cfg(test)]
mod chat_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod slow_tests;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

pub use counters::HubCounters;

use self::credit::{Credit, Spent};
use self::state::State;
use super::chat::{Asked, ChatLimits};
use super::config::SlowClient;
use super::handler::ClientId;
use crate::connection::{Batch, Sender};
use crate::protocol::Message;

/// Commands that may wait for the hub; whoever is past this waits for room.
const INBOX_COMMANDS: usize = 1024;

/// The most commands that are taken up at once.
const MOST_COMMANDS_AT_ONCE: usize = 256;

/// How long the hub waits for more before it hands a batch over, for each client that gets it,
/// and at most. Every batch costs each client a wake-up and a write, some 5 us: to wait for a
/// sixth of that makes one batch of a burst that would have been two or ten.
const LINGER_PER_MEMBER: Duration = Duration::from_nanos(800);
const LONGEST_LINGER: Duration = Duration::from_micros(400);

/// What the hub is asked to do.
#[derive(Debug)]
enum Command<M> {
    Join(ClientId, Arc<str>, M),
    Leave(ClientId, Arc<str>),
    Publish(Arc<str>, Batch, Spent),
    Enter(ClientId, String, Asked, M),
    Line(ClientId, String, Spent),
    Exit(ClientId),
    Announce(&'static str, channel::Sender<()>),
}

/// The hub's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubConfig {
    /// What happens to a client whose queue is full. Default: it is closed.
    pub slow_client: SlowClient,
    /// How long a client that is closed for being slow has to take what is queued. Default 10 s.
    pub write_timeout: Duration,
    /// Bounds on chat.
    pub chat: ChatLimits,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            slow_client: SlowClient::default(),
            write_timeout: Duration::from_secs(10),
            chat: ChatLimits::default(),
        }
    }
}

/// Talks to the hub; clones talk to the same one, which ends with the last of them.
///
/// Each clone is a publisher of its own: it may have 64 messages, or 64 KiB, under way to the
/// members of rooms, and waits past that.
#[derive(Debug)]
pub struct Hub {
    inbox: channel::Sender<Command<Sender>>,
    credit: Credit,
    counters: Arc<HubCounters>,
}

impl Clone for Hub {
    fn clone(&self) -> Self {
        Self {
            inbox: self.inbox.clone(),
            credit: Credit::default(),
            counters: self.counters.clone(),
        }
    }
}

impl Hub {
    /// Starts the hub's thread.
    ///
    /// Errors: the system has no thread left.
    pub fn start(config: HubConfig) -> io::Result<Self> {
        let (inbox, commands) = channel::bounded(INBOX_COMMANDS);
        let counters = Arc::new(HubCounters::default());
        let mut state = State::new(config, counters.clone());
        thread::Builder::new()
            .name("hub".into())
            .spawn(move || run(&commands, &mut state))?;
        Ok(Self {
            inbox,
            credit: Credit::default(),
            counters,
        })
    }

    /// Makes a client a member of a room, which comes to be with its first one. It gets what
    /// is published after this call, until the membership is dropped.
    pub fn join(&self, room: &str, id: ClientId, sender: Sender) -> Membership {
        let room: Arc<str> = room.into();
        self.ask(Command::Join(id, room.clone(), sender));
        Membership {
            hub: self.clone(),
            room,
            id,
        }
    }

    /// Sends a message to every member of a room. All members see all messages of a room in
    /// one order. Waits while this publisher has much under way.
    pub fn publish(&self, room: &str, message: Message<'_>) {
        self.publish_to(&room.into(), message);
    }

    fn publish_to(&self, room: &Arc<str>, message: Message<'_>) {
        let spent = self.credit.spend(message.as_bytes().len());
        self.ask(Command::Publish(room.clone(), Batch::of(message), spent));
    }

    /// Lets a client into chat, until its seat is dropped.
    pub fn enter(&self, room: &str, name: Asked, id: ClientId, sender: Sender) -> Seat {
        self.ask(Command::Enter(id, room.to_owned(), name, sender));
        Seat {
            hub: self.clone(),
            id,
        }
    }

    /// Tells every client in chat something, once in each of its rooms. Returns once that is
    /// queued for them, and after `patience` in any case.
    pub fn announce(&self, text: &'static str, patience: Duration) {
        let (done, wait) = channel::bounded(1);
        if self
            .inbox
            .send_timeout(Command::Announce(text, done), patience)
            .is_ok()
        {
            // An error: it takes too long, or the hub is gone; what was to be said is optional.
            let _ = wait.recv_timeout(patience);
        }
    }

    /// What the hub has counted.
    pub fn counters(&self) -> &HubCounters {
        &self.counters
    }

    /// The same, for those who outlive the hub.
    pub(in crate::server) fn share_counters(&self) -> Arc<HubCounters> {
        self.counters.clone()
    }

    fn ask(&self, command: Command<Sender>) {
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

impl Membership {
    /// Publishes to the room, as [`Hub::publish`] does.
    pub fn publish(&self, message: Message<'_>) {
        self.hub.publish_to(&self.room, message);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.hub.ask(Command::Leave(self.id, self.room.clone()));
    }
}

/// A client's place in chat; dropping it leaves all rooms.
#[derive(Debug)]
pub struct Seat {
    hub: Hub,
    id: ClientId,
}

impl Seat {
    /// The client has sent a line. Waits while it has much under way.
    pub fn line(&self, text: &str) {
        let spent = self.hub.credit.spend(text.len());
        self.hub.ask(Command::Line(self.id, text.to_owned(), spent));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.ask(Command::Exit(self.id));
    }
}

/// The hub's thread: takes all that waits, joins each room's run of messages into one batch,
/// delivers each batch once.
fn run(commands: &channel::Receiver<Command<Sender>>, state: &mut State<Sender>) {
    let mut look = None;
    loop {
        let first = match look {
            None => commands.recv().map_err(channel::RecvTimeoutError::from),
            Some(wait) => commands.recv_timeout(wait),
        };
        match first {
            Err(channel::RecvTimeoutError::Disconnected) => return,
            Err(channel::RecvTimeoutError::Timeout) => {}
            Ok(first) => take_up(first, commands, state),
        }
        look = state.work(Instant::now());
    }
}

/// Takes up a command and those that wait behind it. While what they say is for many, those
/// that are about to come as well: the processor is offered to others until then.
fn take_up(
    first: Command<Sender>,
    commands: &channel::Receiver<Command<Sender>>,
    state: &mut State<Sender>,
) {
    let start = Instant::now();
    let mut linger = None;
    state.apply(first, start);
    let mut taken = 1;
    while taken < MOST_COMMANDS_AT_ONCE {
        if let Ok(command) = commands.try_recv() {
            state.apply(command, start);
            taken += 1;
            continue;
        }
        if start.elapsed() >= *linger.get_or_insert_with(|| linger_for(state.audience())) {
            return;
        }
        thread::yield_now();
    }
}

/// How long to wait for more to say to so many.
fn linger_for(audience: usize) -> Duration {
    let members = u32::try_from(audience).unwrap_or(u32::MAX);
    (LINGER_PER_MEMBER.saturating_mul(members)).min(LONGEST_LINGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_lingers_by_the_size_of_the_audience_and_never_long() {
        let us = Duration::from_micros;
        let rows = [
            (0, us(0)),
            (1, Duration::from_nanos(800)),
            (100, us(80)),
            (500, us(400)),
            (501, us(400)),
            (usize::MAX, us(400)),
        ];
        for (members, expected) in rows {
            assert_eq!(linger_for(members), expected, "{members} members");
        }
    }
}
