//! A cluster without sockets and threads, for tests: servers, their clients, and a log in memory.
//! Each step and the passing of time are calls of the test.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::application::{BROADCAST, Clustered};
use crate::cluster::{
    ClusterStatus, Follower, FromLog, MemoryLog, NodeId, Payload, Port, Reporter, Writer,
};
use crate::connection::Batch;
use crate::hub::{Application, Effect, MemberId};
use crate::protocol::{Event, Limits, Receiver, Role};
use crate::standard::chat::{ChatInput, ChatLimits, Request, RequestedName};

/// What a client has seen so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript {
    pub(super) lines: Vec<String>,
    /// The close reason that it received.
    pub(super) closed: Option<String>,
}

/// One server.
pub(super) struct Server {
    pub(super) app: Clustered,
    pub(super) view: MemoryLog,
    pub(super) status: Arc<ClusterStatus>,
    writer: Writer,
    follower: Follower,
    /// The transcript of each client, as an index.
    pub(super) clients: BTreeMap<MemberId, usize>,
    rooms: HashMap<Arc<str>, Vec<MemberId>>,
    pub(super) held: HashSet<u64>,
    effects: Vec<Effect>,
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) log: MemoryLog,
    pub(super) servers: Vec<Server>,
    /// The transcripts of all clients, also of those that have left.
    pub(super) transcripts: Vec<Transcript>,
    started: u64,
}

impl World {
    pub(super) fn new(servers: usize) -> Self {
        let mut world = Self {
            now: Instant::now(),
            log: MemoryLog::new(),
            servers: Vec::new(),
            transcripts: Vec::new(),
            started: 0,
        };
        for _ in 0..servers {
            world.start();
        }
        world
    }

    /// Makes a new server.
    fn server(&mut self) -> Server {
        self.started += 1;
        let node = NodeId(self.started);
        let view = self.log.view();
        let reporter = Reporter::new(node);
        let status = reporter.status().clone();
        let (port, writer, follower) = Port::new(&view.cluster(), &reporter);
        let limits = ChatLimits {
            history_lines: 5,
            ..ChatLimits::default()
        };
        let accounts = vec!["boss".to_owned()];
        let app = Clustered::new(node, limits, accounts, port, reporter, self.now);
        Server {
            app,
            view,
            status,
            writer,
            follower,
            clients: BTreeMap::new(),
            rooms: HashMap::new(),
            held: HashSet::new(),
            effects: Vec::new(),
        }
    }

    pub(super) fn start(&mut self) {
        let server = self.server();
        self.servers.push(server);
    }

    /// Kills a server, with its clients, and starts another one in its place.
    pub(super) fn kill(&mut self, server: usize) {
        self.servers[server] = self.server();
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.log.pass(time);
    }

    /// Lets a server's hub do its work.
    pub(super) fn poll(&mut self, server: usize) {
        let now = self.now;
        let at = &mut self.servers[server];
        at.app.poll(now, &mut at.effects);
        self.follow(server);
    }

    /// Lets a server's writer do one task, if there is one.
    pub(super) fn write(&mut self, server: usize) -> bool {
        let answer = self.servers[server].writer.step(Duration::ZERO);
        let is_some = answer.is_some();
        if let Some(answer) = answer {
            self.feed(server, answer);
        }
        is_some
    }

    /// Lets a server's reader make one step.
    pub(super) fn read(&mut self, server: usize) -> bool {
        let news = self.servers[server].follower.step(Duration::ZERO, self.now);
        let is_some = news.iter().any(|news| matches!(news, FromLog::News(_)));
        for news in news {
            self.feed(server, news);
        }
        is_some
    }

    fn feed(&mut self, server: usize, from: FromLog) {
        self.input(server, Request::FromLog(Box::new(from)), None);
    }

    pub(super) fn input(&mut self, server: usize, request: Request, from: Option<MemberId>) {
        let now = self.now;
        let at = &mut self.servers[server];
        at.app.input(ChatInput(request), from, now, &mut at.effects);
        self.follow(server);
    }

    /// Lets all servers work until nothing is left to do.
    pub(super) fn settle(&mut self) {
        for _ in 0..200 {
            let mut has_more = false;
            for server in 0..self.servers.len() {
                self.poll(server);
                has_more |= self.write(server);
                has_more |= self.read(server);
            }
            if !has_more {
                return;
            }
        }
    }

    /// Lets seconds pass.
    pub(super) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.settle();
            self.pass(Duration::from_millis(250));
        }
        self.settle();
    }

    /// Connects a client to chat; returns its ID.
    pub(super) fn enter(&mut self, server: usize, room: &str, name: RequestedName) -> MemberId {
        let id = self.attach(server);
        let room = room.to_owned();
        self.input(server, Request::Enter { room, name }, Some(id));
        id
    }

    /// Connects a client to `/broadcast`; returns its ID.
    pub(super) fn subscribe(&mut self, server: usize) -> MemberId {
        let id = self.attach(server);
        let room = self.servers[server].rooms.entry(BROADCAST.into());
        room.or_default().push(id);
        id
    }

    fn attach(&mut self, server: usize) -> MemberId {
        let id = MemberId::next();
        let number = self.transcripts.len();
        self.transcripts.push(Transcript::default());
        self.servers[server].clients.insert(id, number);
        id
    }

    pub(super) fn say(&mut self, server: usize, id: MemberId, text: &str) {
        self.input(server, Request::Line(text.to_owned()), Some(id));
    }

    pub(super) fn publish(&mut self, server: usize, id: MemberId, text: &str) {
        let payload = Payload::Text(text.to_owned());
        self.input(server, Request::Publish(payload), Some(id));
    }

    /// Disconnects a client.
    pub(super) fn exit(&mut self, server: usize, id: MemberId) {
        let now = self.now;
        let at = &mut self.servers[server];
        if at.clients.remove(&id).is_none() {
            return;
        }
        for members in at.rooms.values_mut() {
            members.retain(|member| *member != id);
        }
        at.app.detached(id, now, &mut at.effects);
        self.follow(server);
    }

    /// What a client has seen so far.
    pub(super) fn seen(&self, server: usize, id: MemberId) -> &Transcript {
        &self.transcripts[self.servers[server].clients[&id]]
    }

    /// Carries out the effects that the hub would.
    fn follow(&mut self, server: usize) {
        let at = &mut self.servers[server];
        let mut closed = Vec::new();
        let mut hears = |clients: &BTreeMap<MemberId, usize>, id: &MemberId, batch: &Batch| {
            if let Some(number) = clients.get(id) {
                self.transcripts[*number].lines.extend(lines(batch));
            }
        };
        for effect in std::mem::take(&mut at.effects) {
            match effect {
                Effect::Join {
                    member,
                    room,
                    welcome,
                    ..
                } if at.clients.contains_key(&member) => {
                    let members = at.rooms.entry(room).or_default();
                    if !members.contains(&member) {
                        members.push(member);
                    }
                    hears(&at.clients, &member, &welcome);
                }
                Effect::Leave {
                    member,
                    room,
                    farewell,
                } if at.clients.contains_key(&member) => {
                    let members = at.rooms.entry(room).or_default();
                    members.retain(|other| *other != member);
                    hears(&at.clients, &member, &farewell);
                }
                Effect::Publish { room, batch } => {
                    for member in at.rooms.get(&room).into_iter().flatten() {
                        hears(&at.clients, member, &batch);
                    }
                }
                Effect::Send { to, batch, .. } => hears(&at.clients, &to, &batch),
                Effect::Hold { ticket } => assert!(at.held.insert(ticket), "held twice"),
                Effect::Release { ticket } => assert!(at.held.remove(&ticket), "{ticket} is free"),
                Effect::Close { to, frame } => closed.push((to, frame.reason().to_owned())),
                _ => {} // an effect on a client of another server
            }
        }
        for (id, reason) in closed {
            if let Some(number) = self.servers[server].clients.get(&id) {
                self.transcripts[*number].closed = Some(reason);
                self.exit(server, id);
            }
        }
    }
}

fn lines(batch: &Batch) -> Vec<String> {
    let mut receiver = Receiver::new(Role::Client, Limits::default());
    receiver.feed(batch.bytes());
    let mut lines = Vec::new();
    while let Some(event) = receiver.next_event().unwrap() {
        let Event::Text(text) = event else {
            panic!("{event:?}")
        };
        lines.push(text.to_owned());
    }
    lines
}
