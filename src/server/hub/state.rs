//! What the hub's thread owns: chat, the rooms, and the way to each client. Commands and the
//! time go in; batches come out of the clients' outlets. It knows no thread and no channel.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::counters::HubCounters;
use super::credit::Spent;
use super::delivery::Delivery;
use super::outlet::Outlet;
use super::rooms::Entry;
use super::{Command, HubConfig};
use crate::connection::Batch;
use crate::protocol::Message;
use crate::server::chat::{Chat, Effect};
use crate::server::handler::ClientId;

#[derive(Debug)]
pub(super) struct State<M> {
    chat: Chat,
    /// Those in chat.
    clients: HashMap<ClientId, M>,
    delivery: Delivery<M>,
    counters: Arc<HubCounters>,
    /// Who waits for what was asked to be delivered.
    announced: Vec<channel::Sender<()>>,
}

impl<M: Outlet> State<M> {
    pub(super) fn new(config: HubConfig, counters: Arc<HubCounters>) -> Self {
        Self {
            chat: Chat::new(config.chat),
            clients: HashMap::new(),
            delivery: Delivery::new(config.slow_client, config.write_timeout, counters.clone()),
            counters,
            announced: Vec::new(),
        }
    }

    /// Takes up one command. Nothing is delivered before [`State::work`].
    pub(super) fn apply(&mut self, command: Command<M>, now: Instant) {
        match command {
            Command::Join(id, room, outlet) => {
                self.delivery.add(&room, Entry::Join(id, outlet, None));
            }
            Command::Leave(id, room) => self.delivery.add(&room, Entry::Leave(id, None)),
            Command::Publish(room, batch, spent) => {
                self.delivery.add(&room, Entry::Batch(batch, vec![spent]));
            }
            Command::Enter(id, room, asked, outlet) => {
                self.clients.insert(id, outlet);
                let effects = self.chat.enter(id, &asked, &room, now);
                self.follow(effects, None);
            }
            Command::Line(id, text, spent) => {
                let effects = self.chat.line(id, &text, now);
                self.follow(effects, Some(spent));
            }
            Command::Exit(id) => {
                let effects = self.chat.exit(id, now);
                self.follow(effects, None);
                self.clients.remove(&id);
            }
            Command::Announce(text, done) => {
                let effects = self.chat.announce(text);
                self.follow(effects, None);
                self.announced.push(done);
            }
        }
    }

    /// How many clients there is something for.
    pub(super) fn audience(&self) -> usize {
        self.delivery.audience()
    }

    /// Delivers all that can be delivered at `now`; answers when to call again, at the latest.
    pub(super) fn work(&mut self, now: Instant) -> Option<Duration> {
        let (effects, next) = self.chat.poll(now);
        self.follow(effects, None);
        let people = self.chat.people() as u64;
        self.counters.people.store(people, Relaxed);
        let look = self.delivery.work(now);
        for done in self.announced.drain(..) {
            let _ = done.try_send(()); // who has lost patience is not told
        }
        let poll = next.map(|next| next.saturating_duration_since(now));
        look.into_iter().chain(poll).min()
    }

    /// Has happen what chat says. The credit is given back with the first thing that does.
    fn follow(&mut self, effects: Vec<Effect>, mut spent: Option<Spent>) {
        for effect in effects {
            match effect {
                Effect::Say(room, line) => {
                    let batch = Batch::of(Message::Text(&line));
                    let credit = Vec::from_iter(spent.take());
                    self.delivery.add(&room, Entry::Batch(batch, credit));
                }
                Effect::Join(id, room, lines) => {
                    if let Some(outlet) = self.clients.get(&id) {
                        let entry = Entry::Join(id, outlet.clone(), batch_of(&lines));
                        self.delivery.add(&room, entry);
                    }
                }
                Effect::Leave(id, room, lines) => {
                    self.delivery.add(&room, Entry::Leave(id, batch_of(&lines)));
                }
                Effect::Tell(id, room, lines) => {
                    if let (Some(outlet), Some(batch)) = (self.clients.get(&id), batch_of(&lines)) {
                        // Who is in no room has one of its own for this.
                        let room = room.unwrap_or_else(|| format!("#{id} alone").into());
                        let entry = Entry::Only(id, outlet.clone(), batch, spent.take());
                        self.delivery.add(&room, entry);
                    }
                }
            }
        }
    }
}

fn batch_of(lines: &[String]) -> Option<Batch> {
    let mut batch = Batch::default();
    for line in lines {
        batch.push(Message::Text(line));
    }
    (batch.messages() > 0).then_some(batch)
}
