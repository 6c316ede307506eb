//! Clients of a cluster's servers, a thread each, that record what they receive; some of them send.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wshub::Client;
use wshub::client::NotReceived;

use crate::transcripts::{Line, Seen, Transcript};

/// The publisher number of the last line, which tells the clients to stop.
const LAST: u32 = 0;

/// How long the last line may take to reach a client.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a client whose server was killed still tries to connect, once the test has ended.
const GIVEN_UP: Duration = Duration::from_secs(5);

/// A room of `/chat`, or `/broadcast`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Chat,
    Broadcast,
}

impl Room {
    fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Broadcast => "broadcast",
        }
    }

    fn url(self, port: u16, name: &str) -> String {
        match self {
            Self::Chat => format!("ws://127.0.0.1:{port}/chat/lobby?name={name}"),
            Self::Broadcast => format!("ws://127.0.0.1:{port}/broadcast"),
        }
    }
}

/// The state that all clients share.
#[derive(Debug, Default)]
struct Shared {
    /// The senders have to stop.
    is_quiet: AtomicBool,
    /// The test has ended, passed or failed.
    is_over: AtomicBool,
    publishers: AtomicU32,
    sent: AtomicUsize,
    refused: AtomicUsize,
    /// How connections ended.
    ends: Mutex<Vec<String>>,
}

/// The clients.
pub struct Crowd {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Vec<Transcript>>>,
}

/// The result of a run.
pub struct Report {
    pub transcripts: Vec<Transcript>,
    pub sent: usize,
    /// Lines that were answered with `! not sent`, and connections that ended.
    pub refused: usize,
    pub ends: Vec<String>,
}

impl Crowd {
    /// Starts `members` clients for each server and room, of which `senders` send; all of them have
    /// joined when this returns.
    pub fn start(ports: &[u16], members: usize, senders: usize) -> Self {
        let mut crowd = Self {
            shared: Arc::default(),
            clients: Vec::new(),
        };
        let (are_in, is_in) = mpsc::channel();
        for (node, port) in ports.iter().copied().enumerate() {
            for room in [Room::Chat, Room::Broadcast] {
                for member in 0..members {
                    let person = Person {
                        node,
                        port,
                        room,
                        name: format!("n{node}-{member}"),
                        publisher: (member < senders)
                            .then(|| crowd.shared.publishers.fetch_add(1, Relaxed) + LAST + 1),
                        shared: crowd.shared.clone(),
                    };
                    let are_in = are_in.clone();
                    let client = thread::Builder::new().stack_size(256 << 10);
                    let client = client.spawn(move || person.live(&are_in));
                    crowd.clients.push(client.unwrap());
                }
            }
        }
        for count in 0..crowd.clients.len() {
            let is_in = is_in.recv_timeout(LONGEST);
            let ends = crowd.shared.ends.lock().unwrap().join("\n");
            assert!(is_in.is_ok(), "only {count} clients are in\n{ends}");
        }
        crowd
    }

    /// Stops the senders, sends a last line to each room through each of these servers, and waits
    /// until every client has received one.
    pub fn finish(mut self, ports: &[u16]) -> Report {
        self.shared.is_quiet.store(true, Relaxed);
        let number = AtomicU32::new(0);
        for room in [Room::Chat, Room::Broadcast] {
            last_line(room, ports[0], &number);
        }
        let clients = std::mem::take(&mut self.clients).into_iter();
        let transcripts = clients.flat_map(|client| client.join().expect("a client panicked"));
        Report {
            transcripts: transcripts.collect(),
            sent: self.shared.sent.load(Relaxed),
            refused: self.shared.refused.load(Relaxed),
            ends: std::mem::take(&mut *self.shared.ends.lock().unwrap()),
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Relaxed);
    }
}

/// Sends a last line repeatedly until it has come back.
fn last_line(room: Room, port: u16, number: &AtomicU32) {
    let start = Instant::now();
    while start.elapsed() < LONGEST {
        let number = number.fetch_add(1, Relaxed) + 1;
        let Ok(mut client) = Client::connect(&room.url(port, &format!("last-{number}"))) else {
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if client.text(&format!("m {LAST} {number}")).is_err() {
            continue;
        }
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            let Ok(message) = client.receive_timeout(Duration::from_millis(100)) else {
                continue;
            };
            let line = read(&String::from_utf8_lossy(message.as_message().as_bytes()));
            if line.is_some_and(|line| (line.publisher, line.number) == (LAST, number)) {
                return;
            }
        }
    }
    panic!("nothing goes through {} any more", room.name());
}

/// Parses a line of the crowd from a message that a client received.
fn read(text: &str) -> Option<Line> {
    let (_, line) = text.rsplit_once("m ")?;
    let (publisher, number) = line.trim().split_once(' ')?;
    Some(Line {
        publisher: publisher.parse().ok()?,
        number: number.parse().ok()?,
    })
}

struct Person {
    node: usize,
    port: u16,
    room: Room,
    name: String,
    publisher: Option<u32>,
    shared: Arc<Shared>,
}

impl Person {
    /// Stays connected until the last line has come, and connects again if its connection ends.
    /// Returns a transcript for each connection.
    fn live(self, are_in: &mpsc::Sender<()>) -> Vec<Transcript> {
        let mut transcripts = Vec::new();
        let mut number = 0;
        let mut over = None;
        let mut is_in = Some(are_in);
        let mut arrived = || {
            if let Some(are_in) = is_in.take() {
                let _ = are_in.send(()); // an error means that the test has ended
            }
        };
        while !self.shared.is_over.load(Relaxed) {
            let client = Client::connect(&self.room.url(self.port, &self.name));
            if let Ok(client) = client {
                let (transcript, is_last) = self.attend(client, &mut number, &mut arrived);
                transcripts.push(transcript);
                if is_last {
                    return transcripts;
                }
            }
            if self.shared.is_quiet.load(Relaxed) {
                let since = *over.get_or_insert_with(Instant::now);
                if since.elapsed() > GIVEN_UP {
                    return transcripts; // its server was killed
                }
            }
            thread::sleep(Duration::from_millis(200));
        }
        transcripts
    }

    /// Runs one connection; true if it has received the last line.
    fn attend(
        &self,
        mut client: Client,
        number: &mut u32,
        arrived: &mut dyn FnMut(),
    ) -> (Transcript, bool) {
        let mut transcript = Transcript {
            who: format!("{} of {}", self.name, self.room.name()),
            room: self.room.name(),
            node: self.node,
            seen: Vec::new(),
            may_miss: false,
        };
        let pause = match self.room {
            Room::Chat => Duration::from_millis(100),
            Room::Broadcast => Duration::from_millis(40),
        };
        // `/broadcast` sends no notice of joining: a client has joined once the upgrade is
        // answered.
        let mut is_in = self.room == Room::Broadcast;
        if is_in {
            arrived();
        }
        let mut is_past = false;
        let mut next = Instant::now() + pause;
        while !self.shared.is_over.load(Relaxed) {
            let now = Instant::now();
            let sends = self
                .publisher
                .filter(|_| is_in && !self.shared.is_quiet.load(Relaxed));
            if let Some(publisher) = sends
                && now >= next
            {
                next = now + pause;
                *number += 1;
                self.shared.sent.fetch_add(1, Relaxed);
                if client.text(&format!("m {publisher} {number}")).is_err() {
                    return (transcript, false);
                }
            }
            let wait = match sends {
                Some(_) => next.saturating_duration_since(now),
                None => Duration::from_millis(500),
            };
            let message = match client.receive_timeout(wait) {
                Ok(message) => message,
                Err(NotReceived::Timeout) => continue,
                Err(_) => {
                    self.shared.refused.fetch_add(1, Relaxed);
                    let end = format!("{}: {:?}", transcript.who, client.ended());
                    self.shared.ends.lock().unwrap().push(end);
                    return (transcript, false);
                }
            };
            let text = String::from_utf8_lossy(message.as_message().as_bytes()).into_owned();
            if !is_in && text.contains("you are") {
                is_in = true;
                arrived();
            }
            if text.contains("lines may be missing") {
                transcript.seen.push(Seen::Gap);
            } else if text.starts_with("! ") {
                self.shared.refused.fetch_add(1, Relaxed);
            } else if text.contains(" * before you came") {
                is_past = true;
            } else if text.contains(" * from here on it is live") {
                is_past = false;
            } else if let Some(line) = read(&text).filter(|_| !is_past) {
                transcript.seen.push(Seen::Line(line));
                if line.publisher == LAST {
                    return (transcript, true);
                }
            }
        }
        (transcript, true)
    }
}
