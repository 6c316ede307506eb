//! Chat and broadcast on a server of a cluster: the application that its hub runs.
//!
//! Clients' inputs go to the [`Node`], and their publishers are held back. The log's entries are
//! applied in the log's order and at the log's time, whichever server they are from, so every
//! server computes the same chat. Its effects reach the clients of this server; the hub does not
//! know the others.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::sync::Arc;
use std::time::Instant;

use super::client::Client;
use super::clock::Clock;
use super::words;
use crate::cluster::{
    FieldReader, FieldWriter, FromLog, Gap, Input, LogEntry, MAX_NAME_BYTES, News, Node, NodeId,
    Payload, Port, Reporter, Terms, Unsent, WantedName, Wish,
};
use crate::connection::Batch;
use crate::hub::{Application, Effect, MemberId};
use crate::protocol::{CloseCode, CloseFrame, Message};
use crate::standard::chat::{
    Chat, ChatCounters, ChatInput, ChatLimits, Known, People, Request, RequestedName,
};

/// The hub's room for `/broadcast`.
pub(super) const BROADCAST: &str = "/broadcast";

/// See the module.
#[derive(Debug)]
pub(super) struct Clustered {
    node: Node,
    chat: Chat,
    /// The members of chat, on all servers.
    people: People,
    /// The clients of this server, by their numbers.
    clients: BTreeMap<u64, Client>,
    clock: Clock,
    limits: ChatLimits,
    counters: Arc<ChatCounters>,
    broadcast: Arc<str>,
    port: Port,
    reporter: Reporter,
    /// The trouble with the log that was reported last, while it persists.
    trouble: Option<String>,
}

impl Clustered {
    pub(super) fn new(
        node: NodeId,
        limits: ChatLimits,
        accounts: Vec<String>,
        port: Port,
        reporter: Reporter,
        now: Instant,
    ) -> Self {
        let terms = Terms {
            max_rooms: limits.max_rooms as u64,
            max_rooms_per_client: limits.max_rooms_per_client as u64,
            accounts,
        };
        let counters = Arc::new(ChatCounters::default());
        Self {
            node: Node::new(node, terms, now),
            chat: Chat::in_cluster(limits, counters.clone()),
            people: People::new(),
            clients: BTreeMap::new(),
            clock: Clock::new(now, std::time::Duration::ZERO),
            limits,
            counters,
            broadcast: BROADCAST.into(),
            port,
            reporter,
            trouble: None,
        }
    }

    /// Submits a client's input to the log.
    fn wish(&mut self, id: MemberId, input: Input, now: Instant, effects: &mut Vec<Effect>) {
        match self.node.push(id.number(), input, now) {
            Ok(ticket) => effects.push(Effect::Hold { ticket }),
            Err(unsent) => self.tell_unsent(unsent, effects),
        }
    }

    fn tell_unsent(&self, unsent: Unsent, effects: &mut Vec<Effect>) {
        self.reporter.count_refused();
        effects.extend(unsent.ticket.map(|ticket| Effect::Release { ticket }));
        let Some(client) = self.clients.get(&unsent.member) else {
            return;
        };
        match unsent.wish {
            Wish::Line => {
                let why = words::not_sent(unsent.is_certain);
                self.chat.refuse(client.id, why, effects);
            }
            Wish::Publish | Wish::Enter => effects.push(Effect::Close {
                to: client.id,
                frame: CloseFrame::new(CloseCode::TRY_AGAIN_LATER, words::AWAY),
            }),
        }
    }

    fn hear(&mut self, from: FromLog, now: Instant, effects: &mut Vec<Effect>) {
        match from {
            FromLog::Lost(why) => self.note_trouble(why),
            FromLog::Answered { counter, answer } => {
                if let Err(error) = &answer {
                    self.note_trouble(error.to_string());
                }
                let settled = self.node.answered(counter, &answer, now);
                if settled.is_empty() {
                    return;
                }
                for (input, ticket) in settled {
                    effects.extend(ticket.map(|ticket| Effect::Release { ticket }));
                    self.settle(input);
                }
                self.bring_back(effects);
            }
            FromLog::News(News::CaughtUp) => {
                self.node.caught_up(now);
                self.bring_back(effects);
            }
            FromLog::News(News::Entry(entry)) => self.apply(&entry, now, effects),
            FromLog::News(News::Restored {
                epoch,
                sequence,
                state,
                gap,
            }) => {
                self.remember();
                match self.node.restore(epoch, sequence, state.as_deref(), now) {
                    Err(why) => self.lose(&why.to_string()),
                    Ok((state, unsent)) => {
                        self.restore(state, now);
                        for unsent in unsent {
                            self.tell_unsent(unsent, effects);
                        }
                    }
                }
                self.reporter.set_epoch(self.node.epoch_name());
                if let Some(gap) = gap {
                    self.tell_of_gap(gap, effects);
                }
                self.note_rooms(effects);
            }
        }
    }

    /// Notes that a call to the log failed. The call is retried until it succeeds; the trouble is
    /// reported once.
    fn note_trouble(&mut self, why: String) {
        if self.trouble.as_ref() != Some(&why) {
            log::warn!("cluster node={} why={why:?}", self.reporter.status().node());
            self.reporter.set_trouble(why.clone());
            self.trouble = Some(why);
        }
    }

    /// Replaces chat by the state of the snapshot.
    fn restore(&mut self, state: Option<&[u8]>, now: Instant) {
        self.clock = Clock::new(now, self.node.time());
        let counters = self.counters.clone();
        let Some(state) = state else {
            self.chat = Chat::in_cluster(self.limits, counters);
            self.people.clear();
            return;
        };
        let (own, clients) = (self.node.id(), &self.clients);
        let number = |(node, member): (NodeId, u64)| {
            let client = clients.get(&member).filter(|_| node == own);
            client.map_or_else(MemberId::next, |client| client.id)
        };
        let mut fields = FieldReader::new(state);
        match Chat::read(&mut fields, self.limits, counters, number, now) {
            Ok((chat, people)) => (self.chat, self.people) = (chat, people),
            Err(why) => self.lose(&why.to_string()),
        }
    }

    fn lose(&mut self, why: &str) {
        let why = format!("the snapshot in the shared log is not taken: {why}");
        log::error!("cluster node={} why={why:?}", self.reporter.status().node());
        self.node.shut_out();
    }

    fn tell_of_gap(&self, gap: Gap, effects: &mut Vec<Effect>) {
        self.reporter.count_gap(gap);
        let why = format!("messages may be missing: {gap}");
        log::warn!("cluster node={} why={why:?}", self.reporter.status().node());
        let mut keys: Vec<_> = self
            .clients
            .values()
            .flat_map(|client| &client.keys)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        self.chat.tell_of_gap(keys.into_iter(), words::GAP, effects);
    }

    /// Keeps what chat knows of this server's clients, before chat's state is replaced.
    fn remember(&mut self) {
        for client in self.clients.values_mut() {
            if let Some(known) = self.chat.known(client.id) {
                client.known = Some(known);
            }
        }
    }

    /// Puts clients of this server back into chat that chat no longer knows, and removes those that
    /// chat still knows although they have left.
    fn bring_back(&mut self, effects: &mut Vec<Effect>) {
        if !self.node.is_live() || self.node.is_leaving() {
            return;
        }
        let own = self.node.id();
        let mut returns = Vec::new();
        for (member, client) in &mut self.clients {
            let is_there = self.people.contains_key(&(own, *member));
            if is_there || client.is_returning {
                continue;
            }
            let Some(known) = client.known.take() else {
                continue; // its Enter has not been applied yet
            };
            client.is_returning = true;
            returns.push(Input::Return {
                member: *member,
                name: known.name,
                user: known.user,
                rooms: known.rooms,
            });
        }
        self.node.put_first(returns);
        let ours = self.people.range((own, 0)..=(own, u64::MAX));
        for ((_, member), _) in ours.filter(|((_, member), _)| !self.clients.contains_key(member)) {
            self.node.push_exit(*member);
        }
        for client in self
            .clients
            .values_mut()
            .filter(|client| !client.is_returning)
        {
            client.align(&self.chat, effects);
        }
    }

    /// Handles an input of this server that was applied in a part of the log that it has not read.
    fn settle(&mut self, input: Input) {
        match input {
            Input::Enter { member, .. } | Input::Return { member, .. } => {
                let is_there = self.people.contains_key(&(self.node.id(), member));
                if let Some(client) = self.clients.get_mut(&member) {
                    client.is_returning = false;
                    if !is_there && client.known.is_none() {
                        self.node.put_first(vec![input]);
                    }
                }
            }
            _ => {}
        }
    }

    fn apply(&mut self, entry: &LogEntry, now: Instant, effects: &mut Vec<Effect>) {
        let was_member = self.node.is_member();
        let taken = self.node.take(entry);
        let time = self.clock.at(taken.time);
        let own = self.node.id();
        if taken.dead.contains(&own) {
            self.remember();
        }
        if let Some(since) = taken.own_since {
            self.trouble = None;
            self.reporter.set_lag(now.saturating_duration_since(since));
        }
        for node in &taken.dead {
            let name = format!("{:016x}", node.0);
            log::warn!(
                "cluster node={name} why=\"it has not been heard of for 6 s; its clients leave\""
            );
            self.remove(*node, time, effects);
        }
        for (input, ticket) in taken.inputs {
            effects.extend(ticket.map(|ticket| Effect::Release { ticket }));
            self.input_of(entry.node, input, time, effects);
        }
        if taken.has_left {
            self.remove(entry.node, time, effects);
        }
        self.chat.poll(time, effects);
        self.note_rooms(effects);
        if was_member && !self.node.is_member() {
            self.bring_back(effects);
        }
        if taken.is_snapshot_due
            && let Some(snapshot) = self.node.snapshot(&self.chat_state())
        {
            self.port.store(snapshot);
        }
    }

    /// The state of chat after the last entry.
    fn chat_state(&self) -> Vec<u8> {
        let mut fields = FieldWriter::default();
        let now = self.clock.at(self.node.time());
        self.chat.write(&mut fields, &self.people, now);
        fields.into_bytes()
    }

    /// The whole state that this server shares with the others.
    #[cfg(test)]
    pub(super) fn state(&self) -> Vec<u8> {
        self.node.snapshot(&self.chat_state()).unwrap().state
    }

    /// Removes all clients of a server from chat.
    fn remove(&mut self, node: NodeId, time: Instant, effects: &mut Vec<Effect>) {
        let theirs = self.people.range((node, 0)..=(node, u64::MAX));
        let theirs: Vec<_> = theirs.map(|(key, id)| (*key, *id)).collect();
        for (key, id) in theirs {
            self.people.remove(&key);
            self.chat.detached(id, time, effects);
        }
    }

    fn input_of(&mut self, node: NodeId, input: Input, time: Instant, effects: &mut Vec<Effect>) {
        match input {
            Input::Hello(terms) => self.chat.reserve(&terms.accounts),
            Input::Publish(payload) => {
                let message = match &payload {
                    Payload::Text(text) => Message::Text(text),
                    Payload::Binary(bytes) => Message::Binary(bytes),
                };
                effects.push(Effect::Publish {
                    room: self.broadcast.clone(),
                    batch: Batch::of(message),
                });
            }
            Input::Enter { member, room, name } => {
                let Some(id) = self.comes(node, member) else {
                    return;
                };
                let name = match name {
                    WantedName::Guest => RequestedName::Guest,
                    WantedName::Name(name) => RequestedName::Name(name),
                    WantedName::User(user) => RequestedName::User(user),
                };
                self.chat_input(Request::Enter { room, name }, id, time, effects);
            }
            Input::Return {
                member,
                name,
                user,
                rooms,
            } => {
                let Some(id) = self.comes(node, member) else {
                    return;
                };
                let known = Known { name, user, rooms };
                let from = effects.len();
                self.chat.come_back(id, known, time, effects);
                if node == self.node.id()
                    && let Some(client) = self.clients.get_mut(&member)
                {
                    client.is_returning = false;
                    client.note(&effects[from..]);
                    client.align(&self.chat, effects);
                }
            }
            Input::Line { member, text } => {
                if let Some(id) = self.people.get(&(node, member)) {
                    self.chat_input(Request::Line(text), *id, time, effects);
                }
            }
            Input::Exit { member } => {
                if let Some(id) = self.people.remove(&(node, member)) {
                    self.chat.detached(id, time, effects);
                }
            }
            Input::Beat | Input::Bye => {}
        }
    }

    fn chat_input(
        &mut self,
        request: Request,
        id: MemberId,
        time: Instant,
        effects: &mut Vec<Effect>,
    ) {
        self.chat.input(ChatInput(request), Some(id), time, effects);
    }

    /// Adds a client to chat, and returns its ID on this server; `None` if it is already there.
    fn comes(&mut self, node: NodeId, member: u64) -> Option<MemberId> {
        let client = self.clients.get(&member).filter(|_| node == self.node.id());
        let id = client.map_or_else(MemberId::next, |client| client.id);
        match self.people.entry((node, member)) {
            Place::Occupied(_) => None,
            Place::Vacant(place) => Some(*place.insert(id)),
        }
    }

    /// Tracks the hub's rooms that this server's clients are in.
    fn note_rooms(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Join { member, .. } | Effect::Leave { member, .. } = effect
                && let Some(client) = self.clients.get_mut(&member.number())
            {
                client.note(std::slice::from_ref(effect));
            }
        }
    }

    /// Reports whether the shared log is in use, in this server's own log lines and in the status.
    fn report(&mut self, now: Instant) {
        let (nodes, sequence) = (self.node.nodes(), self.node.applied());
        self.reporter
            .set_counts(nodes, sequence, self.node.waiting());
        let is_up = self.node.accepts_clients(now);
        if self.reporter.set_up(is_up) {
            let (node, others) = (self.reporter.status().node(), nodes.saturating_sub(1));
            match is_up {
                true => log::info!(
                    "cluster node={node} others={others} why=\"the shared log is in use\""
                ),
                false => {
                    let why = self.reporter.status().trouble();
                    let why = why.unwrap_or_else(|| "the shared log does not answer".to_owned());
                    log::warn!("cluster node={node} why={why:?}");
                    self.reporter.set_trouble(why);
                }
            }
        }
        if !is_up && let Some(why) = self.node.kept_out() {
            self.reporter.set_trouble(why);
        }
        if self.node.has_left() {
            self.reporter.set_left();
        }
    }
}

/// Shortens a name to what an entry may hold. Chat rejects names of this length in any case.
fn cut(mut name: String) -> String {
    if name.len() > MAX_NAME_BYTES {
        name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
    }
    name
}

impl Application for Clustered {
    type Input = ChatInput;

    fn input(
        &mut self,
        input: ChatInput,
        from: Option<MemberId>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        match (input.0, from) {
            (Request::FromLog(from), _) => self.hear(*from, now, effects),
            (Request::Bye, _) => self.node.leave(),
            (Request::Line(text), Some(id)) => {
                let member = id.number();
                self.wish(id, Input::Line { member, text }, now, effects);
            }
            (Request::Publish(payload), Some(id)) => {
                let client = self.clients.entry(id.number());
                client.or_insert_with(|| Client::new(id, false));
                self.wish(id, Input::Publish(payload), now, effects);
            }
            (Request::Enter { room, name }, Some(id)) => {
                let member = id.number();
                self.clients.insert(member, Client::new(id, true));
                let name = match name {
                    RequestedName::Guest => WantedName::Guest,
                    RequestedName::Name(name) => WantedName::Name(cut(name)),
                    RequestedName::User(user) => WantedName::User(cut(user)),
                };
                let room = cut(room);
                self.wish(id, Input::Enter { member, room, name }, now, effects);
            }
            // These change no state that servers share: each server tells its own clients.
            (own @ (Request::TooLong(_) | Request::Announce(_)), from) => {
                self.chat.input(ChatInput(own), from, now, effects);
            }
            (_, None) => {}
        }
    }

    fn detached(&mut self, member: MemberId, _: Instant, _: &mut Vec<Effect>) {
        let client = self.clients.remove(&member.number());
        if client.is_some_and(|client| client.is_in_chat) {
            self.node.push_exit(member.number());
        }
    }

    fn poll(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Option<Instant> {
        let wanted = self.node.poll(now);
        for unsent in wanted.unsent {
            self.tell_unsent(unsent, effects);
        }
        if wanted.reconnect {
            self.port.reconnect();
        }
        if let Some(job) = wanted.job
            && !self.port.append(job)
        {
            self.node.postpone(now);
        }
        self.report(now);
        Some(wanted.next)
    }
}
