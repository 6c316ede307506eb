//! A cluster without sockets and threads, for tests: servers, their clients, and a log in memory.
//! Nothing happens unless it is asked for, and time passes when it is told to.

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

/// What a client has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript {
    pub(super) lines: Vec<String>,
    /// The reason of its Close.
    pub(super) closed: Option<String>,
}

/// One server.
pub(super) struct Server {
    pub(super) app: Clustered,
    pub(super) view: MemoryLog,
    pub(super) status: Arc<ClusterStatus>,
    writer: Writer,
    follower: Follower,
    /// By its number, which attached client it is.
    pub(super) clients: BTreeMap<MemberId, usize>,
    rooms: HashMap<Arc<str>, Vec<MemberId>>,
    pub(super) held: HashSet<u64>,
    effects: Vec<Effect>,
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) log: MemoryLog,
    pub(super) servers: Vec<Server>,
    /// All clients that ever were.
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

    /// Starts a server, or starts one again in place of another.
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

    /// A server ends at once, with its clients, and another one starts in its place.
    pub(super) fn kill(&mut self, server: usize) {
        self.servers[server] = self.server();
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.log.pass(time);
    }

    /// A server's hub works.
    pub(super) fn poll(&mut self, server: usize) {
        let now = self.now;
        let at = &mut self.servers[server];
        at.app.poll(now, &mut at.effects);
        self.follow(server);
    }

    /// A server's writer does one thing, if there is any.
    pub(super) fn write(&mut self, server: usize) -> bool {
        let answer = self.servers[server].writer.step(Duration::ZERO);
        let is_some = answer.is_some();
        if let Some(answer) = answer {
            self.feed(server, answer);
        }
        is_some
    }

    /// A server's reader looks once.
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

    /// Everything that can happen now happens, on all servers.
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

    /// Seconds pass.
    pub(super) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.settle();
            self.pass(Duration::from_millis(250));
        }
        self.settle();
    }

    /// A client comes to chat: which it is.
    pub(super) fn enter(&mut self, server: usize, room: &str, name: RequestedName) -> MemberId {
        let id = self.attach(server);
        let room = room.to_owned();
        self.input(server, Request::Enter { room, name }, Some(id));
        id
    }

    /// A client comes to `/broadcast`.
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

    /// A client goes.
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

    /// What a client has seen.
    pub(super) fn seen(&self, server: usize, id: MemberId) -> &Transcript {
        &self.transcripts[self.servers[server].clients[&id]]
    }

    /// What the hub does.
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
                _ => {} // on a client of another server
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
