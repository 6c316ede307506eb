//! The handles with which other threads talk to the hub's thread.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::application::{Application, NoApplication};
use super::budget::{Permit, PublishBudget, PublishError, reserve};
use super::counters::HubCounters;
use super::member::MemberId;
use super::options::{HubOptions, RoomOptions};
use super::state::{Command, State};
use super::thread::run;
use crate::connection::{Batch, ConnectionId, MemoryBudget, ReceivedMessage, Sender, SpareBuffers};

/// Commands that may wait for the hub's thread; a further one waits until there is room.
const INBOX_COMMANDS: usize = 1024;

/// Talks to a hub; clones talk to the same one, whose thread ends with the last of them. `I` is
/// the input of its [`Application`], if it has one.
///
/// Each clone is a publisher of its own: up to 64 messages, or 64 KiB, may be on their way to the
/// members of rooms; beyond that, it waits. Give each handler a clone of its own.
///
/// A hub knows connections by their process-unique
/// [`ConnectionId`]s, so one hub may serve several servers.
///
/// ```
/// use wshub::connection::Sender;
/// use wshub::hub::{Hub, HubOptions};
/// use wshub::protocol::Message;
///
/// fn introduce(ana: &Sender, bob: &Sender) -> Result<(), Box<dyn std::error::Error>> {
///     let hub = Hub::start(HubOptions::default())?;
///     let in_lobby = hub.join("lobby", ana);
///     let too = hub.join("lobby", bob);
///     in_lobby.publish(Message::Text("hello"))?; // Ana and Bob both get it
///     drop(too); // Bob leaves
///     hub.publish("lobby", Message::Text("he is gone"))?; // Ana gets it
///     Ok(())
/// }
/// ```
pub struct Hub<I = Infallible> {
    inbox: channel::Sender<Command<I, Sender>>,
    budget: PublishBudget,
    memory: MemoryBudget,
    spare: SpareBuffers,
    counters: Arc<HubCounters>,
}

impl<I> Clone for Hub<I> {
    fn clone(&self) -> Self {
        Self {
            inbox: self.inbox.clone(),
            budget: PublishBudget::default(),
            memory: self.memory.clone(),
            spare: self.spare.clone(),
            counters: self.counters.clone(),
        }
    }
}

impl<I> fmt::Debug for Hub<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Starts a hub without an application: its rooms have the members that join.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for options that are out of range; otherwise the system's error: no thread
    /// could be started.
    pub fn start(options: HubOptions) -> io::Result<Self> {
        Self::start_with(options, NoApplication)
    }
}

impl<I> Hub<I> {
    /// Starts a hub that drives `application`.
    ///
    /// # Errors
    ///
    /// As for [`Hub::start`].
    pub fn start_with<A>(options: HubOptions, application: A) -> io::Result<Self>
    where
        A: Application<Input = I>,
        I: Send + 'static,
    {
        let checked = options.check();
        checked.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (inbox, commands) = channel::bounded(INBOX_COMMANDS);
        let counters = Arc::new(HubCounters::default());
        let hub_counters = counters.clone();
        let memory = options.memory.clone();
        let spare = SpareBuffers::default();
        let kept = spare.clone();
        thread::Builder::new().name("hub".into()).spawn(move || {
            let mut state = State::new(application, options, hub_counters);
            run(&commands, &mut state, &kept);
        })?;
        Ok(Self {
            inbox,
            budget: PublishBudget::default(),
            memory,
            spare,
            counters,
        })
    }

    /// Makes a connection a member of a room, which exists from its first member on. It gets
    /// what is published after this call, until the membership is dropped.
    ///
    /// Each call is a membership of its own: a connection that joins twice and drops one
    /// membership stays in the room. However many it has, it gets each message once.
    pub fn join(&self, room: &str, sender: &Sender) -> Membership<I> {
        self.join_with(room, RoomOptions::default(), sender)
    }

    /// As [`Hub::join`], with options for the room. They count if the room has no member yet; a
    /// room keeps the options of its first member.
    pub fn join_with(&self, room: &str, options: RoomOptions, sender: &Sender) -> Membership<I> {
        let (room, id): (Arc<str>, _) = (room.into(), MemberId::next());
        self.ask(Command::Join(id, room.clone(), options, sender.clone()));
        Membership {
            hub: self.clone(),
            room,
            id,
            connection: sender.id(),
        }
    }

    /// Sends a message to every member of a room; without members it goes nowhere. All members see
    /// all messages of a room in one order. Waits while too much of this publisher's is on its way.
    ///
    /// For connections with compression, a client's message is compressed again, unless it is
    /// passed as [`Peer::received`](crate::server::Peer::received) has it.
    ///
    /// # Errors
    ///
    /// [`PublishError::OutOfMemory`] where [`HubOptions::memory`] is bounded, and had no room for
    /// 5 s.
    pub fn publish<'a>(
        &self,
        room: &str,
        message: impl Into<ReceivedMessage<'a>>,
    ) -> Result<(), PublishError> {
        self.publish_to(&room.into(), message.into())
    }

    fn publish_to(
        &self,
        room: &Arc<str>,
        received: ReceivedMessage<'_>,
    ) -> Result<(), PublishError> {
        let permit = self.permit(received.held_bytes())?;
        let message = received.message();
        let mut batch = match SpareBuffers::is_long(message.as_bytes().len()) {
            true => Batch::in_spare(message, &self.spare),
            false => Batch::of(message),
        };
        batch.keep_original(received);
        self.ask(Command::Publish(room.clone(), batch, permit));
        Ok(())
    }

    fn permit(&self, bytes: usize) -> Result<Permit, PublishError> {
        let memory = reserve(bytes, &self.memory)?;
        Ok(self.budget.acquire(bytes, memory))
    }

    /// Makes a connection known to the application, until the attachment is dropped. `options`
    /// count for what the application sends it outside of rooms.
    pub fn attach(&self, sender: &Sender, options: RoomOptions) -> Attachment<I> {
        let id = MemberId::next();
        self.ask(Command::Attach(id, options, sender.clone()));
        Attachment {
            hub: self.clone(),
            id,
        }
    }

    /// Submits an input of `bytes` bytes to the application, from nobody in particular. It counts
    /// as a published message: this waits while too much of this publisher's is on its way.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::publish`].
    pub fn submit(&self, input: I, bytes: usize) -> Result<(), PublishError> {
        let permit = self.permit(bytes)?;
        self.ask(Command::Input(input, None, Some(permit)));
        Ok(())
    }

    /// A handle that only submits inputs from elsewhere, such as a log that several machines share.
    pub fn feed(&self) -> Feed<I> {
        Feed {
            inbox: self.inbox.clone(),
            budget: PublishBudget::of_feed(),
        }
    }

    /// Submits an input from nobody in particular and waits, for at most `timeout`, until its
    /// results have been queued for the clients concerned. Returns false if that took longer, or if
    /// the hub has ended. It does not wait for messages of a room that waits for a slow member.
    pub fn submit_and_wait(&self, input: I, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        self.ask_by(Command::Input(input, None, None), deadline) && self.flush_by(deadline)
    }

    /// Waits until everything that was requested from the hub before, through any handle, has been
    /// queued for the clients concerned; otherwise like [`Hub::submit_and_wait`].
    pub fn wait_until_delivered(&self, timeout: Duration) -> bool {
        self.flush_by(Instant::now().checked_add(timeout))
    }

    /// What the hub has counted. The counters may outlive the hub.
    pub fn counters(&self) -> &Arc<HubCounters> {
        &self.counters
    }

    fn ask(&self, command: Command<I, Sender>) {
        drop(self.inbox.send(command)); // an error: the hub is gone
    }

    /// Without a deadline, this waits as long as the hub takes.
    fn ask_by(&self, command: Command<I, Sender>, deadline: Option<Instant>) -> bool {
        match deadline {
            Some(deadline) => self.inbox.send_deadline(command, deadline).is_ok(),
            None => self.inbox.send(command).is_ok(),
        }
    }

    fn flush_by(&self, deadline: Option<Instant>) -> bool {
        let (done, wait) = channel::bounded(1);
        self.ask_by(Command::Flush(done), deadline)
            && match deadline {
                Some(deadline) => wait.recv_deadline(deadline).is_ok(),
                None => wait.recv().is_ok(),
            }
    }
}

/// Submits inputs from elsewhere to a hub's application. It keeps the hub running.
///
/// The inputs are in memory already and their sender cannot be slowed down, so no memory is
/// reserved for them. Up to 16 inputs, or 16 MiB, may be on their way to the members of rooms.
pub struct Feed<I> {
    inbox: channel::Sender<Command<I, Sender>>,
    budget: PublishBudget,
}

impl<I> Feed<I> {
    /// Submits an input of `bytes` bytes, from nobody in particular; waits while too much is on its
    /// way. Returns false if the hub has ended.
    pub fn submit(&self, input: I, bytes: usize) -> bool {
        let permit = self.budget.acquire(bytes, None);
        let command = Command::Input(input, None, Some(permit));
        self.inbox.send(command).is_ok()
    }
}

impl<I> fmt::Debug for Feed<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

/// A connection's membership of a room; dropping it leaves the room.
#[must_use = "dropping a membership leaves the room"]
pub struct Membership<I = Infallible> {
    hub: Hub<I>,
    room: Arc<str>,
    id: MemberId,
    connection: ConnectionId,
}

impl<I> Membership<I> {
    /// Publishes to the room, as [`Hub::publish`] does. A membership is a publisher of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::publish`].
    pub fn publish<'a>(&self, message: impl Into<ReceivedMessage<'a>>) -> Result<(), PublishError> {
        self.hub.publish_to(&self.room, message.into())
    }

    /// The room's name.
    pub fn room(&self) -> &str {
        &self.room
    }
}

impl<I> fmt::Debug for Membership<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Membership")
            .field("room", &self.room)
            .field("id", &self.id)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl<I> Drop for Membership<I> {
    fn drop(&mut self) {
        let room = self.room.clone();
        self.hub.ask(Command::Leave(self.id, room, self.connection));
    }
}

/// A connection that is known to the hub's application; dropping it detaches the connection,
/// which then leaves the rooms into which the application has let it.
#[must_use = "dropping an attachment detaches the connection"]
pub struct Attachment<I> {
    hub: Hub<I>,
    id: MemberId,
}

impl<I> Attachment<I> {
    /// The number by which the application knows the connection.
    pub fn id(&self) -> MemberId {
        self.id
    }

    /// Submits an input of `bytes` bytes to the application, from this connection. It counts as a
    /// published message: this waits while too much of this publisher's is on its way.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::publish`].
    pub fn submit(&self, input: I, bytes: usize) -> Result<(), PublishError> {
        let permit = self.hub.permit(bytes)?;
        self.hub
            .ask(Command::Input(input, Some(self.id), Some(permit)));
        Ok(())
    }
}

impl<I> fmt::Debug for Attachment<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<I> Drop for Attachment<I> {
    fn drop(&mut self) {
        self.hub.ask(Command::Detach(self.id));
    }
}
