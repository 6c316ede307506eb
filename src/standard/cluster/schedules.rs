//! Thousands of schedules, each generated from a number: the clients' actions, the order in which
//! servers work, and the faults of the log and the servers. With every schedule, what the clients
//! have seen has to agree.
//!
//! The number of a failed schedule is printed; `WSHUB_SCHEDULE=NUMBER` runs that schedule alone and
//! prints its steps. `WSHUB_SCHEDULES=COUNT` runs more schedules.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::Duration;

use super::world::{Transcript, World};
use crate::hub::MemberId;
use crate::standard::chat::RequestedName;

const SCHEDULES: u64 = 1000;
const STEPS: usize = 300;
const SERVERS: usize = 3;
const MOST_CLIENTS: usize = 12;
const ROOMS: [&str; 2] = ["lobby", "Den"];

/// One client, and what it did.
#[derive(Debug, Clone)]
struct Doer {
    server: usize,
    id: MemberId,
    number: usize,
    is_in_chat: bool,
    is_here: bool,
    sent: Vec<String>,
    /// The number of lines that were commands, not messages.
    commands: usize,
}

struct Schedule {
    world: World,
    random: u64,
    doers: Vec<Doer>,
    /// The number of steps for which each server still does nothing.
    paused: [usize; SERVERS],
    copy: Option<crate::cluster::Held>,
    is_printed: bool,
}

impl Schedule {
    fn new(seed: u64, is_printed: bool) -> Self {
        Self {
            world: World::new(SERVERS),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03,
            doers: Vec::new(),
            paused: [0; SERVERS],
            copy: None,
            is_printed,
        }
    }

    /// A pseudo-random number below `bound`, by SplitMix64.
    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        if self.is_printed {
            println!("{what}");
        }
    }

    fn step(&mut self) {
        let server = self.below(SERVERS);
        match self.below(100) {
            0..=29 => self.work(server),
            30..=54 => self.client_acts(),
            55..=64 => self.comes(server),
            65..=67 => self.goes(),
            68..=84 => {
                let millis = [1, 20, 150, 400, 1200, 4500][self.below(6)];
                self.note(format_args!("{millis} ms pass"));
                self.world.pass(Duration::from_millis(millis));
                for server in 0..SERVERS {
                    self.work(server);
                }
            }
            85 => {
                let steps = self.below(40);
                self.note(format_args!("server {server} stops for {steps} steps"));
                self.paused[server] = steps;
            }
            86..=99 => self.fault(server),
            _ => unreachable!(),
        }
        for paused in &mut self.paused {
            *paused = paused.saturating_sub(1);
        }
    }

    /// Lets a server do a part of its work.
    fn work(&mut self, server: usize) {
        if self.paused[server] > 0 {
            return;
        }
        for _ in 0..=self.below(4) {
            match self.below(3) {
                0 => self.world.poll(server),
                1 => drop(self.world.write(server)),
                _ => drop(self.world.read(server)),
            }
        }
    }

    fn comes(&mut self, server: usize) {
        let here = self.doers.iter().filter(|doer| doer.is_here).count();
        let is_up = self.world.servers[server].status.is_up();
        if here >= MOST_CLIENTS || !is_up || self.paused[server] > 0 {
            return; // the server would answer 503
        }
        let number = self.world.transcripts.len();
        let is_in_chat = self.below(3) > 0;
        let id = match is_in_chat {
            true => {
                let name = match self.below(4) {
                    0 => RequestedName::Guest,
                    1 => RequestedName::User(["boss", "cid"][self.below(2)].to_owned()),
                    _ => RequestedName::Name(["ana", "bob"][self.below(2)].to_owned()),
                };
                let room = ROOMS[self.below(2)];
                self.note(format_args!(
                    "client {number} enters #{room} on {server} as {name:?}"
                ));
                self.world.enter(server, room, name)
            }
            false => {
                self.note(format_args!("client {number} subscribes on {server}"));
                self.world.subscribe(server)
            }
        };
        self.doers.push(Doer {
            server,
            id,
            number,
            is_in_chat,
            is_here: true,
            sent: Vec::new(),
            commands: 0,
        });
    }

    /// A random client that is connected to a server that is not paused.
    fn some(&mut self) -> Option<usize> {
        for doer in &mut self.doers {
            doer.is_here &= self.world.servers[doer.server]
                .clients
                .contains_key(&doer.id);
        }
        let here = (0..self.doers.len())
            .filter(|at| self.doers[*at].is_here && self.paused[self.doers[*at].server] == 0);
        let here: Vec<_> = here.collect();
        (!here.is_empty()).then(|| here[self.below(here.len())])
    }

    fn goes(&mut self) {
        let Some(at) = self.some() else { return };
        self.note(format_args!("client {} goes", self.doers[at].number));
        self.doers[at].is_here = false;
        self.world.exit(self.doers[at].server, self.doers[at].id);
    }

    fn client_acts(&mut self) {
        let Some(at) = self.some() else { return };
        let what = self.below(10);
        let doer = &mut self.doers[at];
        let (server, id, number) = (doer.server, doer.id, doer.number);
        let unique = format!("m{number}.{}", doer.sent.len());
        let line = match (doer.is_in_chat, what) {
            (false, _) => {
                doer.sent.push(unique.clone());
                self.note(format_args!("client {number} publishes {unique}"));
                return self.world.publish(server, id, &unique);
            }
            (true, 0) => format!("/join {}", ROOMS[number % 2]),
            (true, 1) => "/leave".to_owned(),
            (true, 2) => format!("/nick {}", ["ana", "eve", "zoe"][number % 3]),
            (true, 3) => "/who".to_owned(),
            (true, _) => unique,
        };
        match line.starts_with('/') {
            true => doer.commands += 1,
            false => doer.sent.push(line.clone()),
        }
        self.note(format_args!("client {number} says {line}"));
        self.world.say(server, id, &line);
    }

    fn fault(&mut self, server: usize) {
        let which = self.below(16);
        let count = 1 + self.below(3);
        match which {
            0..=2 => self.world.log.lose_answers(count),
            3 | 4 => self.world.log.lose_appends(count),
            5 => self.world.log.set_away(true),
            6 | 7 => self.world.log.set_away(false),
            8 => self.world.servers[server].view.set_cut(true),
            9 | 10 => {
                for server in &self.world.servers {
                    server.view.set_cut(false);
                }
            }
            11 if self.below(3) == 0 => self.world.log.empty(),
            12 if self.below(3) == 0 => self.world.log.rewind(count),
            13 => match self.copy.take() {
                None => self.copy = Some(self.world.log.copy()),
                Some(copy) => self.world.log.restore(copy),
            },
            14 => self.world.log.trim(count * count),
            15 if self.below(3) == 0 => {
                for doer in self.doers.iter_mut().filter(|doer| doer.server == server) {
                    doer.is_here = false;
                }
                self.world.kill(server);
            }
            _ => return,
        }
        self.note(format_args!("fault {which} {count} server {server}"));
    }

    /// Repairs all faults; then every client sends something.
    fn heal(&mut self) {
        self.note(format_args!("all heals"));
        self.paused = [0; SERVERS];
        self.world.log.set_away(false);
        self.world.log.lose_answers(0);
        self.world.log.lose_appends(0);
        for server in &self.world.servers {
            server.view.set_cut(false);
        }
        self.world.run(8);
        for _ in 0..100 {
            // A node waits 75 s for a snapshot if the log's first entries were removed.
            self.world.run(1);
            let mut servers = self.world.servers.iter().map(|server| &server.status);
            if servers.all(|status| status.is_up() && status.nodes() == SERVERS as u64) {
                break;
            }
        }
        self.world.run(8);
        for server in &self.world.servers {
            let status = &server.status;
            assert!(status.is_up(), "not up: {:?}", status.trouble());
            assert_eq!(status.nodes(), SERVERS as u64);
        }
        let _: Option<usize> = self.some();
        let here = (0..self.doers.len()).filter(|at| self.doers[*at].is_here);
        for at in here.collect::<Vec<_>>() {
            let doer = &mut self.doers[at];
            let last = format!("last{}", doer.number);
            doer.sent.push(last.clone());
            let (server, id) = (doer.server, doer.id);
            match doer.is_in_chat {
                true => {
                    doer.commands += 1;
                    self.world.say(server, id, &format!("/join {}", ROOMS[0]));
                    self.world.say(server, id, &last);
                }
                false => self.world.publish(server, id, &last),
            }
        }
        self.world.run(2);
    }

    fn check(&mut self) {
        let _: Option<usize> = self.some();
        let all: Vec<Seen> = self.world.transcripts.iter().map(Seen::of).collect();
        for one in &all {
            one.has_nothing_twice();
            for other in &all {
                one.agrees_with(other);
            }
        }
        let everywhere: BTreeSet<&String> = all.iter().flat_map(|seen| &seen.messages).collect();
        for doer in &self.doers {
            let seen = &all[doer.number];
            let unseen = doer
                .sent
                .iter()
                .filter(|sent| !seen.messages.contains(*sent))
                .count();
            if doer.is_here {
                assert!(
                    unseen <= seen.refused || seen.has_gap,
                    "client {} was not told of all of its {unseen} that were not sent: {:#?}",
                    doer.number,
                    self.world.transcripts[doer.number]
                );
                let last = doer.sent.last().unwrap();
                assert!(seen.messages.contains(last), "{last} did not come back");
            }
            let nowhere = doer
                .sent
                .iter()
                .filter(|sent| !everywhere.contains(sent))
                .count();
            assert!(
                nowhere + doer.commands >= seen.refused_for_certain,
                "client {} was told that something was not sent, and it was",
                doer.number
            );
        }
        let states: BTreeSet<_> = self
            .world
            .servers
            .iter()
            .map(|server| server.app.state())
            .collect();
        assert_eq!(states.len(), 1, "the servers' states differ");
        for server in &self.world.servers {
            assert!(server.held.is_empty(), "a publisher is held back for ever");
        }
    }
}

/// What a client has seen, parsed.
#[derive(Debug, Default)]
struct Seen {
    /// Every message, in order; messages from a history are left out.
    messages: Vec<String>,
    /// For each room, runs of messages within which none may be missing.
    runs: BTreeMap<String, Vec<Vec<String>>>,
    refused: usize,
    refused_for_certain: usize,
    has_gap: bool,
}

impl Seen {
    fn of(transcript: &Transcript) -> Self {
        let mut seen = Self::default();
        let mut is_history = false;
        for line in &transcript.lines {
            if line.starts_with("! ") {
                seen.refused += 1;
                seen.refused_for_certain += usize::from(line.starts_with("! not sent: "));
            } else if line.starts_with("* ") {
                // The client may have joined or left a room.
                for runs in seen.runs.values_mut() {
                    runs.push(Vec::new());
                }
            } else if line.contains(" * before you came") {
                is_history = true;
            } else if line.ends_with(" * from here on it is live") {
                is_history = false;
            } else if line.contains(" * lines may be missing") {
                seen.has_gap = true;
                let room = line.split(' ').next().unwrap_or_default().to_lowercase();
                seen.runs.entry(room).or_default().push(Vec::new());
            } else if line.contains(" * ") || is_history {
                continue;
            } else {
                let (room, message) = match line.split_once(": ") {
                    Some((start, message)) => (
                        start.split(' ').next().unwrap_or_default().to_lowercase(),
                        message,
                    ),
                    None => ("/broadcast".to_owned(), line.as_str()),
                };
                let runs = seen.runs.entry(room).or_default();
                if runs.is_empty() {
                    runs.push(Vec::new());
                }
                runs.last_mut().unwrap().push(message.to_owned());
                seen.messages.push(message.to_owned());
            }
        }
        seen
    }

    fn has_nothing_twice(&self) {
        let each: BTreeSet<_> = self.messages.iter().collect();
        assert_eq!(
            each.len(),
            self.messages.len(),
            "twice: {:#?}",
            self.messages
        );
    }

    /// In each room, two clients have seen their common messages in the same order; and between two
    /// messages that are adjacent for one client, the other has seen no further message.
    fn agrees_with(&self, other: &Self) {
        for (room, runs) in &self.runs {
            let Some(others) = other.runs.get(room) else {
                continue;
            };
            let places: BTreeMap<&String, usize> = others
                .iter()
                .flatten()
                .enumerate()
                .map(|(at, message)| (message, at))
                .collect();
            let mut last = None;
            for run in runs {
                let mut before: Option<usize> = None;
                for message in run {
                    let place = places.get(message).copied();
                    if let Some(place) = place {
                        assert!(
                            last.is_none_or(|last| last < place),
                            "{room}: {message} is out of order\n{self:#?}\n{other:#?}"
                        );
                        if room != "/broadcast" {
                            assert!(
                                before.is_none_or(|before| before + 1 == place),
                                "{room}: one is missing before {message}\n{self:#?}\n{other:#?}"
                            );
                        }
                        last = Some(place);
                    }
                    before = place;
                }
            }
        }
    }
}

fn run(seed: u64, is_printed: bool) {
    let mut schedule = Schedule::new(seed, is_printed);
    schedule.world.settle();
    for _ in 0..STEPS {
        schedule.step();
    }
    schedule.heal();
    schedule.check();
}

#[test]
fn whatever_happens_what_clients_have_seen_agrees() {
    let number = |name| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    if let Some(seed) = number("WSHUB_SCHEDULE") {
        return run(seed, true);
    }
    for seed in 0..number("WSHUB_SCHEDULES").unwrap_or(SCHEDULES) {
        let result = std::panic::catch_unwind(|| run(seed, false));
        if let Err(panic) = result {
            println!("schedule {seed} fails; WSHUB_SCHEDULE={seed} runs it alone");
            std::panic::resume_unwind(panic);
        }
    }
}
