//! What the hub's thread owns: the application, the rooms, and how each client is reached. Commands
//! and the time go in; batches go out to the members. The value itself starts no thread.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::application::{Application, Effect};
use super::budget::Permit;
use super::counters::HubCounters;
use super::delivery::Delivery;
use super::member::{Member, MemberId};
use super::options::{HubOptions, RoomOptions};
use super::rooms::{Entry, RoomKey};
use crate::connection::{Batch, ConnectionId, MemoryBudget};

/// A request to the hub. `I` is the application's input, `M` how a member is reached.
#[derive(Debug)]
pub(super) enum Command<I, M> {
    Join(MemberId, Arc<str>, RoomOptions, M),
    Leave(MemberId, Arc<str>, ConnectionId),
    Publish(Arc<str>, Batch, Permit),
    /// The application may act on a client, under this number.
    Attach(MemberId, RoomOptions, M),
    Detach(MemberId),
    Input(I, Option<MemberId>, Option<Permit>),
    /// Answered once all earlier commands have been processed.
    Flush(channel::Sender<()>),
}

/// A client on which the application may act.
#[derive(Debug)]
struct Attached<M> {
    member: M,
    /// The options for messages that it receives outside of rooms.
    options: RoomOptions,
    /// The rooms that the application let it join.
    rooms: Vec<Arc<str>>,
}

#[derive(Debug)]
pub(super) struct State<A, M> {
    application: A,
    attached: HashMap<MemberId, Attached<M>>,
    delivery: Delivery<M>,
    flushing: Vec<channel::Sender<()>>,
    /// Permits that the application holds back, by its tickets.
    held: HashMap<u64, Permit>,
    memory: MemoryBudget,
    /// Empty between two calls of the application.
    effects: Vec<Effect>,
}

impl<A: Application, M: Member> State<A, M> {
    pub(super) fn new(application: A, options: HubOptions, counters: Arc<HubCounters>) -> Self {
        Self {
            application,
            attached: HashMap::new(),
            held: HashMap::new(),
            memory: options.memory.clone(),
            delivery: Delivery::new(options, counters),
            flushing: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Applies one command. Nothing is delivered before [`State::work`].
    pub(super) fn apply(&mut self, command: Command<A::Input, M>, now: Instant) {
        match command {
            Command::Join(id, room, options, member) => {
                let entry = Entry::Join(id, member, options, Batch::default());
                self.delivery.add(&RoomKey::Named(room), entry);
            }
            Command::Leave(id, room, connection) => {
                let entry = Entry::Leave(id, connection, Batch::default());
                self.delivery.add(&RoomKey::Named(room), entry);
            }
            Command::Publish(room, batch, permit) => {
                let entry = Entry::batch(batch, vec![permit]);
                self.delivery.add(&RoomKey::Named(room), entry);
            }
            Command::Attach(id, options, member) => {
                let attached = Attached {
                    member,
                    options,
                    rooms: Vec::new(),
                };
                self.attached.insert(id, attached);
            }
            Command::Detach(id) => self.detach(id, now),
            Command::Input(input, from, permit) => {
                self.application.input(input, from, now, &mut self.effects);
                self.follow(permit);
            }
            Command::Flush(done) => self.flushing.push(done),
        }
    }

    fn detach(&mut self, id: MemberId, now: Instant) {
        let Some(attached) = self.attached.remove(&id) else {
            return;
        };
        for room in attached.rooms {
            let entry = Entry::Leave(id, attached.member.connection(), Batch::default());
            self.delivery.add(&RoomKey::Named(room), entry);
        }
        self.application.detached(id, now, &mut self.effects);
        self.follow(None);
    }

    /// How many clients have something waiting for them.
    pub(super) fn audience(&self) -> usize {
        self.delivery.audience()
    }

    /// Delivers everything that can be delivered at `now`. Returns the longest time until the next
    /// call.
    pub(super) fn work(&mut self, now: Instant) -> Option<Duration> {
        let next = self.application.poll(now, &mut self.effects);
        self.follow(None);
        let delivery = self.delivery.work(now);
        for done in self.flushing.drain(..) {
            let _ = done.try_send(()); // an error: the caller no longer waits
        }
        let poll = next.map(|next| next.saturating_duration_since(now));
        delivery.into_iter().chain(poll).min()
    }

    /// Applies the application's effects. The permit is given back with the first message.
    fn follow(&mut self, mut permit: Option<Permit>) {
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Publish { room, batch } => {
                    let entry = Entry::batch(batch, Vec::from_iter(permit.take()));
                    self.delivery.add(&RoomKey::Named(room), entry);
                }
                Effect::Join {
                    member: id,
                    room,
                    options,
                    welcome,
                } => {
                    if let Some(attached) = self.attached.get_mut(&id) {
                        if !attached.rooms.contains(&room) {
                            attached.rooms.push(room.clone());
                        }
                        let entry = Entry::Join(id, attached.member.clone(), options, welcome);
                        self.delivery.add(&RoomKey::Named(room), entry);
                    }
                }
                Effect::Leave {
                    member: id,
                    room,
                    farewell,
                } => {
                    if let Some(attached) = self.attached.get_mut(&id) {
                        attached.rooms.retain(|other| *other != room);
                        let entry = Entry::Leave(id, attached.member.connection(), farewell);
                        self.delivery.add(&RoomKey::Named(room), entry);
                    }
                }
                Effect::Hold { ticket } => {
                    if let Some(mut permit) = permit.take() {
                        permit.hold(&self.memory);
                        self.held.insert(ticket, permit);
                    }
                }
                Effect::Release { ticket } => permit = self.held.remove(&ticket),
                Effect::Close { to, frame } => {
                    if let Some(attached) = self.attached.get(&to) {
                        attached.member.close(frame);
                    }
                }
                Effect::Send { to, room, batch } => {
                    if let Some(attached) = self.attached.get(&to) {
                        let connection = attached.member.connection();
                        let room = room.map_or(RoomKey::Alone(connection), RoomKey::Named);
                        let member = attached.member.clone();
                        let entry = Entry::Only(member, attached.options, batch, permit.take());
                        self.delivery.add(&room, entry);
                    }
                }
            }
        }
    }
}
