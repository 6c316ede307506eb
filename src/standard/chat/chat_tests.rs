//! Chat as a person sees it, without sockets or threads: each test is a script. `ana + lobby Ana`
//! comes to the lobby and asks for a name; `ana > text` types; `ana < line` is what ana sees next;
//! `ana -` goes; `. 5s` lets time pass. Before anybody does anything, all that came is accounted for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::core::{Chat, ChatLimits};
use super::input::{ChatInput, Request, RequestedName};
use crate::connection::Batch;
use crate::hub::{Application, Effect, MemberId};
use crate::protocol::{Event, Limits, Receiver, Role};

/// Chat, and a hub that delivers at once.
struct Script {
    chat: Chat,
    now: Instant,
    clients: BTreeMap<String, MemberId>,
    heard: BTreeMap<String, Vec<String>>,
    rooms: BTreeMap<Arc<str>, Vec<MemberId>>,
    effects: Vec<Effect>,
}

/// The lines of a batch.
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

impl Script {
    fn new(limits: ChatLimits) -> Self {
        Self {
            chat: Chat::new(limits),
            now: Instant::now(),
            clients: BTreeMap::new(),
            heard: BTreeMap::new(),
            rooms: BTreeMap::new(),
            effects: Vec::new(),
        }
    }

    fn input(&mut self, request: Request, from: Option<MemberId>) {
        let input = ChatInput(request);
        self.chat.input(input, from, self.now, &mut self.effects);
        self.work();
    }

    /// What the hub does between two commands.
    fn work(&mut self) {
        self.follow();
        self.chat.poll(self.now, &mut self.effects);
        self.follow();
    }

    fn follow(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Join {
                    member,
                    room,
                    options,
                    welcome,
                } => {
                    let missed = options.missed.unwrap()(3);
                    assert_eq!(missed, "* you missed 3 messages: your connection is slow");
                    let members = self.rooms.entry(room).or_default();
                    assert!(!members.contains(&member));
                    members.push(member);
                    self.hears(member, &welcome);
                }
                Effect::Leave {
                    member,
                    room,
                    farewell,
                } => {
                    let members = self.rooms.get_mut(&room).unwrap();
                    assert!(members.contains(&member));
                    members.retain(|other| *other != member);
                    self.hears(member, &farewell);
                }
                Effect::Publish { room, batch } => {
                    for member in self.rooms.get(&room).cloned().unwrap_or_default() {
                        self.hears(member, &batch);
                    }
                }
                Effect::Send { to, batch, .. } => self.hears(to, &batch),
                other => panic!("chat wants {other:?}"),
            }
        }
    }

    fn hears(&mut self, member: MemberId, batch: &Batch) {
        let known = self.clients.iter().find(|(_, id)| **id == member);
        if let Some((who, _)) = known {
            self.heard.get_mut(who).unwrap().extend(lines(batch));
        }
    }

    fn enter(&mut self, who: &str, room: &str, name: RequestedName) {
        let id = MemberId::next();
        self.heard.insert(who.to_owned(), Vec::new());
        self.clients.insert(who.to_owned(), id);
        let room = room.to_owned();
        self.input(Request::Enter { room, name }, Some(id));
    }

    fn line(&mut self, who: &str, text: &str) {
        let id = self.clients[who];
        self.input(Request::Line(text.to_owned()), Some(id));
    }

    fn exit(&mut self, who: &str) {
        let id = self.clients.remove(who).unwrap();
        for members in self.rooms.values_mut() {
            members.retain(|other| *other != id);
        }
        self.chat.detached(id, self.now, &mut self.effects);
        self.work();
    }

    fn everybody_has_seen_all(&self, before: &str) {
        for (who, heard) in &self.heard {
            assert!(heard.is_empty(), "{who} saw {heard:#?}\nbefore {before:?}");
        }
    }

    fn run(&mut self, script: &str) {
        for step in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (who, rest) = step.split_once(' ').unwrap();
            let (what, text) = rest.split_once(' ').unwrap_or((rest, ""));
            if what != "<" {
                self.everybody_has_seen_all(step);
            }
            match what {
                "<" => {
                    let heard = self.heard.get_mut(who).unwrap();
                    assert!(!heard.is_empty(), "{who} saw nothing, not {text:?}");
                    assert_eq!(heard.remove(0), text, "{who}");
                }
                ">" => self.line(who, text),
                "+" => {
                    let (room, name) = text.split_once(' ').unwrap_or((text, ""));
                    let name = match name {
                        "" => RequestedName::Guest,
                        name => RequestedName::Name(name.to_owned()),
                    };
                    self.enter(who, room, name);
                }
                "-" => {
                    self.heard.remove(who);
                    self.exit(who);
                }
                seconds => {
                    self.now += Duration::from_secs(seconds.trim_end_matches('s').parse().unwrap());
                    self.work();
                }
            }
        }
        self.everybody_has_seen_all("the end");
    }
}

fn run(script: &str) {
    Script::new(ChatLimits::default()).run(script);
}

#[test]
fn people_come_talk_and_go() {
    run("ana + lobby ana
         ana < * you are ana in #lobby
         ana < #lobby * ana joined (1 here)
         bob + Lobby Bob
         bob < * you are Bob in #lobby
         bob < #lobby * Bob joined (2 here)
         ana < #lobby * Bob joined (2 here)
         ana > hello
         ana < #lobby ana: hello
         bob < #lobby ana: hello
         ana -
         bob < #lobby * ana left (1 here)
         bob > alone: now
         bob < #lobby Bob: alone: now");
}

#[test]
fn names_are_given_asked_for_taken_and_changed() {
    run("a + lobby
         a < * you are guest-1 in #lobby
         a < #lobby * guest-1 joined (1 here)
         a > /nick ana
         a < #lobby * guest-1 is now ana
         b + dev ANA
         b < ! the name ANA is taken; /nick NAME takes another
         b < * you are guest-2 in #dev
         b < #dev * guest-2 joined (1 here)
         b > /nick Ana
         b < ! the name Ana is taken; /nick NAME takes another
         b > /nick guest-2
         b < * you are guest-2 already
         a > /nick ANA
         a < #lobby * ana is now ANA
         c + dev two words
         c < ! not a valid name: two words; a name has 1 to 32 letters, digits, - _ or .
         c < * you are guest-3 in #dev
         c < #dev * guest-3 joined (2 here)
         b < #dev * guest-3 joined (2 here)
         a -
         b > /nick ana
         b < #dev * guest-2 is now ana
         c < #dev * guest-2 is now ana");
}

#[test]
fn a_client_in_several_rooms() {
    run("a + lobby ana
         a < * you are ana in #lobby
         a < #lobby * ana joined (1 here)
         a > /join #dev
         a < * you are ana in #dev
         a < #dev * ana joined (1 here)
         b + lobby bob
         b < * you are bob in #lobby
         b < #lobby * bob joined (2 here)
         a < #lobby * bob joined (2 here)
         a > to dev
         a < #dev ana: to dev
         a > #lobby to lobby
         a < #lobby ana: to lobby
         b < #lobby ana: to lobby
         b > #dev hey
         b < ! you are not in #dev; /join dev enters it
         a > /nick Ana2
         a < #lobby * ana is now Ana2
         a < #dev * ana is now Ana2
         b < #lobby * ana is now Ana2
         a > /rooms
         a < * rooms: #lobby (2), #dev (1)
         a > /who
         a < * in #dev: Ana2 (1 here)
         b > /who LOBBY
         b < * in #lobby: Ana2, bob (2 here)
         a > /join lobby
         a < * you are Ana2 in #lobby
         a > /leave dev
         a < * you left #dev; you are in #lobby
         a > /rooms
         a < * rooms: #lobby (2)
         a > /leave
         a < * you left #lobby; you are in no room; /join ROOM enters one
         b < #lobby * Ana2 left (1 here)
         a > anybody?
         a < ! you are in no room; /join ROOM enters one
         a > /leave
         a < ! you are in no room
         a > /leave lobby
         a < ! you are not in #lobby
         a > /who
         a < ! you are in no room; /who ROOM asks about one
         a > /who dev
         a < ! there is no room #dev; /rooms lists them
         a > /nick ana
         a < * you are ana now
         b -
         a > /rooms
         a < * there is no room; /join ROOM makes one");
}

#[test]
fn who_comes_late_sees_the_last_lines_first() {
    let limits = ChatLimits {
        history_lines: 2,
        ..ChatLimits::default()
    };
    Script::new(limits).run(
        "a + lobby ana
         a < * you are ana in #lobby
         a < #lobby * ana joined (1 here)
         a > one
         a < #lobby ana: one
         a > two
         a < #lobby ana: two
         a > three
         a < #lobby ana: three
         b + lobby bob
         b < * you are bob in #lobby
         b < #lobby * before you came, the last 2 lines:
         b < #lobby ana: two
         b < #lobby ana: three
         b < #lobby * from here on it is live
         b < #lobby * bob joined (2 here)
         a < #lobby * bob joined (2 here)
         a -
         b < #lobby * ana left (1 here)
         b -
         c + lobby cem
         c < * you are cem in #lobby
         c < #lobby * cem joined (1 here)",
    );
}

#[test]
fn what_is_not_done_says_why_and_the_client_stays() {
    run("a + no/room ana
         a < ! not a valid room name: no/room; it has 1 to 64 letters, digits, - _ or .
         a < * you are ana in no room; /join ROOM enters one
         a > /join lobby
         a < * you are ana in #lobby
         a < #lobby * ana joined (1 here)
         a > /foo
         a < ! no such command: /foo; /help lists them
         a > #nowhere hello
         a < ! you are not in #nowhere; /join nowhere enters it
         a > /help
         a < * a line goes to your current room; #ROOM TEXT goes to another one that you are in
         a < * /join ROOM enters a room or makes it the current one; /leave [ROOM] leaves it
         a < * /nick NAME changes your name; /who [ROOM] says who is there; /rooms lists the rooms
         a < * to send a line that begins with / or #, put a space before it
         a > still here
         a < #lobby ana: still here");
}

#[test]
fn rooms_are_bounded_for_a_client_and_in_all() {
    let limits = ChatLimits {
        max_rooms: 3,
        max_rooms_per_client: 2,
        ..ChatLimits::default()
    };
    Script::new(limits).run(
        "a + r1 ana
         a < * you are ana in #r1
         a < #r1 * ana joined (1 here)
         a > /join r2
         a < * you are ana in #r2
         a < #r2 * ana joined (1 here)
         a > /join r3
         a < ! you are in 2 rooms, which is the maximum; /leave one first
         b + r3 bob
         b < * you are bob in #r3
         b < #r3 * bob joined (1 here)
         b > /join r4
         b < ! there are 3 rooms, which is the maximum; /rooms lists them
         c + r4 cem
         c < ! there are 3 rooms, which is the maximum; /rooms lists them
         c < * you are cem in no room; /join ROOM enters one
         c > /join r1
         c < * you are cem in #r1
         c < #r1 * cem joined (2 here)
         a < #r1 * cem joined (2 here)",
    );
}

#[test]
fn a_flood_of_commands_is_refused_and_talk_is_not() {
    let mut script = Script::new(ChatLimits::default());
    script.enter("a", "lobby", RequestedName::Name("ana".into()));
    script.heard.get_mut("a").unwrap().clear();
    for i in 0..20 {
        script.line("a", &format!("/join flood-{}", i % 10));
    }
    script.heard.get_mut("a").unwrap().clear();
    script.run(
        "a > /join one-more
         a < ! too many commands at once; wait a few seconds
         a > talk
         a < #flood-9 ana: talk
         . 1s
         a > /join lobby
         a < * you are ana in #lobby
         a > /leave flood-1
         a < * you left #flood-1; you are in #lobby
         a > /rooms
         a < ! too many commands at once; wait a few seconds",
    );
}

#[test]
fn a_flood_of_comings_and_goings_is_told_in_numbers() {
    let mut script = Script::new(ChatLimits::default());
    script.enter("a", "lobby", RequestedName::Name("ana".into()));
    for i in 0..100 {
        script.enter(&format!("x{i}"), "lobby", RequestedName::Guest);
    }
    for i in 0..10 {
        script.exit(&format!("x{i}"));
    }
    let seen = script.heard["a"].clone();
    assert_eq!(seen.len(), 21, "{seen:#?}");
    assert_eq!(seen[20], "#lobby * guest-19 joined (20 here)");
    script.heard.values_mut().for_each(Vec::clear);
    script.now += Duration::from_secs(1);
    script.work();
    let told = ["#lobby * 81 more joined, 10 left (91 here)"];
    assert_eq!(script.heard["a"], told);
    assert_eq!(script.heard["x99"], told);
}

#[test]
fn users_that_have_proved_who_they_are_get_their_names() {
    let mut script = Script::new(ChatLimits::default());
    for (who, user) in [
        ("a", "ana"),
        ("b", "Ana"),
        ("c", "c@example.org"),
        ("d", "@"),
    ] {
        script.enter(who, "lobby", RequestedName::User(user.into()));
    }
    script.heard.values_mut().for_each(Vec::clear);
    script.run(
        "a > /who
         a < * in #lobby: ana, Ana-2, cexample.org, user (4 here)",
    );
}

#[test]
fn nobody_takes_the_name_of_an_account() {
    let mut script = Script::new(ChatLimits::default());
    script.chat = Chat::new(ChatLimits::default()).with_accounts(["ana", "bob"]);
    script.enter("bob", "lobby", RequestedName::User("bob".into()));
    script.run(
        "bob < * you are bob in #lobby
         bob < #lobby * bob joined (1 here)
         bob > /nick Ana
         bob < ! the name Ana belongs to an account; /nick NAME takes another
         bob > /nick ana-2
         bob < ! the name ana-2 belongs to an account; /nick NAME takes another
         c + lobby ANA
         c < ! the name ANA belongs to an account; /nick NAME takes another
         c < * you are guest-1 in #lobby
         c < #lobby * guest-1 joined (2 here)
         bob < #lobby * guest-1 joined (2 here)
         bob > /nick bobby
         bob < #lobby * bob is now bobby
         c < #lobby * bob is now bobby
         c > /nick bob
         c < ! the name bob belongs to an account; /nick NAME takes another
         bob > /nick BOB
         bob < #lobby * bobby is now BOB
         c < #lobby * bobby is now BOB",
    );
    script.enter("ana", "dev", RequestedName::User("ana".into()));
    script.run(
        "ana < * you are ana in #dev
         ana < #dev * ana joined (1 here)",
    );
    script.enter("again", "dev", RequestedName::User("ana".into()));
    script.run(
        "ana < #dev * ana-2 joined (2 here)
         again < * you are ana-2 in #dev
         again < #dev * ana-2 joined (2 here)",
    );
}

#[test]
fn a_user_of_whom_nothing_was_known_gets_the_name_from_whoever_has_it() {
    let mut script = Script::new(ChatLimits::default());
    script.enter("bob", "/", RequestedName::User("bob".into()));
    script.heard.values_mut().for_each(Vec::clear);
    script.run(
        "a + lobby Ana
         a < * you are Ana in #lobby
         a < #lobby * Ana joined (1 here)
         bob > /nick cem
         bob < * you are cem now",
    );
    script.enter("ana", "lobby", RequestedName::User("ana".into()));
    script.run(
        "a < ! the name Ana belongs to an account; /nick NAME takes another
         a < #lobby * Ana is now guest-1
         ana < * you are ana in #lobby
         ana < #lobby * ana joined (2 here)
         a < #lobby * ana joined (2 here)",
    );
    script.enter("cem", "dev", RequestedName::User("cem".into()));
    script.run(
        "bob < ! the name cem belongs to an account; /nick NAME takes another
         bob < * you are bob now
         cem < * you are cem in #dev
         cem < #dev * cem joined (1 here)
         ana -
         a < #lobby * ana left (1 here)
         a > /nick ana
         a < ! the name ana belongs to an account; /nick NAME takes another",
    );
    assert_eq!(script.chat.names.len(), 3, "nobody has two names");
}

#[test]
fn everybody_is_told_of_the_end_once_in_each_room() {
    let mut script = Script::new(ChatLimits::default());
    script.run(
        "a + lobby ana
         a < * you are ana in #lobby
         a < #lobby * ana joined (1 here)
         b + / bob
         b < ! not a valid room name: /; it has 1 to 64 letters, digits, - _ or .
         b < * you are bob in no room; /join ROOM enters one",
    );
    script.input(
        Request::Announce("the server is shutting down".into()),
        None,
    );
    assert_eq!(script.heard["a"], ["#lobby * the server is shutting down"]);
    assert_eq!(script.heard["b"], ["* the server is shutting down"]);
}

#[test]
fn people_are_counted() {
    let mut script = Script::new(ChatLimits::default());
    let counters = script.chat.counters();
    script.enter("a", "lobby", RequestedName::Guest);
    script.enter("b", "/", RequestedName::Guest);
    assert_eq!(counters.people(), 2);
    script.exit("a");
    assert_eq!(counters.people(), 1);
}
