//! Memberships and attachments of connections, without sockets or threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::application::{Application, Effect};
use super::budget::PublishBudget;
use super::counters::HubCounters;
use super::fake::Fake;
use super::member::{Member, MemberId};
use super::options::{HubOptions, RoomOptions};
use super::state::{Command, State};
use crate::connection::{Batch, MemoryBudget};
use crate::protocol::{CloseCode, CloseFrame, Message};

/// An application that does as it is told, and reports in the room "log" what it receives.
#[derive(Default)]
struct Obedient {
    due: Option<Instant>,
}

enum Input {
    Do(Effect),
    RemindAt(Instant),
}

impl Application for Obedient {
    type Input = Input;

    fn input(&mut self, input: Input, _: Option<MemberId>, _: Instant, effects: &mut Vec<Effect>) {
        match input {
            Input::Do(effect) => effects.push(effect),
            Input::RemindAt(time) => self.due = Some(time),
        }
    }

    fn detached(&mut self, _: MemberId, _: Instant, effects: &mut Vec<Effect>) {
        effects.push(publish("log", "one is gone"));
    }

    fn poll(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Option<Instant> {
        if self.due.is_some_and(|due| now >= due) {
            self.due = None;
            effects.push(publish("log", "it is time"));
        }
        self.due
    }
}

fn batch(text: &str) -> Batch {
    Batch::of(Message::Text(text))
}

fn publish(room: &str, text: &str) -> Effect {
    Effect::Publish {
        room: room.into(),
        batch: batch(text),
    }
}

struct Bench {
    state: State<Obedient, Fake>,
    counters: Arc<HubCounters>,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let counters = Arc::new(HubCounters::default());
        Self {
            state: State::new(Obedient::default(), HubOptions::default(), counters.clone()),
            counters,
            now: Instant::now(),
        }
    }

    fn apply(&mut self, command: Command<Input, Fake>) -> Option<Duration> {
        self.state.apply(command, self.now);
        self.state.work(self.now)
    }

    fn join(&mut self, room: &str, client: &Fake) -> MemberId {
        let id = MemberId::next();
        let options = RoomOptions::default();
        self.apply(Command::Join(id, room.into(), options, client.clone()));
        id
    }

    fn leave(&mut self, room: &str, id: MemberId, client: &Fake) {
        self.apply(Command::Leave(id, room.into(), client.connection()));
    }

    fn publish(&mut self, room: &str, text: &str) {
        let permit = PublishBudget::default().acquire(text.len(), None);
        self.apply(Command::Publish(room.into(), batch(text), permit));
    }

    fn attach(&mut self, client: &Fake) -> MemberId {
        let id = MemberId::next();
        let options = RoomOptions::default();
        self.apply(Command::Attach(id, options, client.clone()));
        id
    }

    fn wants(&mut self, effect: Effect) {
        self.apply(Command::Input(Input::Do(effect), None, None));
    }
}

#[test]
fn each_join_is_a_membership_of_its_own_and_each_message_comes_once() {
    let mut bench = Bench::new();
    let ana = Fake::new();
    let first = bench.join("r", &ana);
    let second = bench.join("r", &ana);
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (1, 2));
    bench.publish("r", "1");
    assert_eq!(ana.read(), ["1"], "once");
    bench.leave("r", first, &ana);
    bench.publish("r", "2");
    assert_eq!(ana.read(), ["2"], "the second membership is in force");
    bench.leave("r", first, &ana); // ended before: it changes nothing
    assert_eq!(bench.counters.members(), 1);
    bench.leave("r", second, &ana);
    bench.publish("r", "3");
    assert!(ana.read().is_empty());
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (0, 0));
}

#[test]
fn a_client_that_has_gone_takes_all_its_memberships_along() {
    let mut bench = Bench::new();
    let (ana, bob) = (Fake::new(), Fake::new());
    bench.join("r", &bob);
    let ids = [bench.join("r", &ana), bench.join("r", &ana)];
    ana.close(crate::protocol::CloseFrame::EMPTY);
    bench.publish("r", "1");
    assert_eq!(bench.counters.members(), 1);
    for id in ids {
        bench.leave("r", id, &ana);
    }
    assert_eq!(bench.counters.members(), 1);
    assert_eq!(bob.read(), ["1"]);
}

#[test]
fn an_application_lets_attached_clients_in_and_out_and_sends_to_one() {
    let mut bench = Bench::new();
    let (ana, bob) = (Fake::new(), Fake::new());
    let (member, other) = (bench.attach(&ana), bench.attach(&bob));
    for (member, welcome) in [(member, "welcome"), (other, "hello")] {
        bench.wants(Effect::Join {
            member,
            room: "r".into(),
            options: RoomOptions::default(),
            welcome: batch(welcome),
        });
    }
    bench.wants(publish("r", "to all"));
    for room in [None, Some("r".into())] {
        bench.wants(Effect::Send {
            to: other,
            room,
            batch: batch("to one"),
        });
    }
    bench.wants(Effect::Leave {
        member: other,
        room: "r".into(),
        farewell: batch("farewell"),
    });
    bench.wants(publish("r", "to who is left"));
    assert_eq!(ana.read(), ["welcome", "to all", "to who is left"]);
    let seen = ["hello", "to all", "to one", "to one", "farewell"];
    assert_eq!(bob.read(), seen);
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (1, 1));
}

#[test]
fn a_client_that_is_detached_has_left_its_rooms_before_the_application_says_so() {
    let mut bench = Bench::new();
    let (ana, bob) = (Fake::new(), Fake::new());
    bench.join("log", &bob);
    let member = bench.attach(&ana);
    for room in ["log", "r"] {
        bench.wants(Effect::Join {
            member,
            room: room.into(),
            options: RoomOptions::default(),
            welcome: Batch::default(),
        });
    }
    assert_eq!(bench.counters.members(), 3);
    bench.apply(Command::Detach(member));
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (1, 1));
    assert!(ana.read().is_empty());
    assert_eq!(bob.read(), ["one is gone"]);
    bench.wants(Effect::Send {
        to: member,
        room: None,
        batch: batch("to nobody"),
    });
    assert!(ana.read().is_empty());
}

#[test]
fn an_application_is_polled_when_it_wants_to_be() {
    let mut bench = Bench::new();
    let bob = Fake::new();
    bench.join("log", &bob);
    let due = bench.now + Duration::from_secs(3);
    let wait = bench.apply(Command::Input(Input::RemindAt(due), None, None));
    assert_eq!(wait, Some(Duration::from_secs(3)));
    bench.now = due;
    assert_eq!(bench.state.work(due), None);
    assert_eq!(bob.read(), ["it is time"]);
}

#[test]
fn who_waits_for_the_hub_is_told_once_what_was_asked_before_is_queued() {
    let mut bench = Bench::new();
    let bob = Fake::new();
    bench.join("log", &bob);
    let (done, wait) = channel::bounded(1);
    let permit = PublishBudget::default().acquire(1, None);
    let publish = Command::Publish("log".into(), batch("1"), permit);
    bench.state.apply(publish, bench.now);
    bench.state.apply(Command::Flush(done), bench.now);
    assert!(wait.try_recv().is_err());
    bench.state.work(bench.now);
    assert_eq!(wait.try_recv(), Ok(()));
    assert_eq!(bob.read(), ["1"]);
}

#[test]
fn a_publisher_is_held_back_until_its_ticket_is_released_and_the_message_delivered() {
    let mut bench = Bench::new();
    let ana = Fake::with_room_for(1);
    bench.join("r", &ana);
    let budget = PublishBudget::default();
    let submit = |bench: &mut Bench, effect| {
        let permit = budget.acquire(10, None);
        bench.apply(Command::Input(Input::Do(effect), None, Some(permit)));
    };
    submit(&mut bench, Effect::Hold { ticket: 7 });
    submit(&mut bench, Effect::Hold { ticket: 8 });
    assert_eq!(budget.messages(), 2, "nothing has been delivered yet");
    bench.wants(Effect::Release { ticket: 7 });
    bench.wants(Effect::Release { ticket: 7 });
    assert_eq!(budget.messages(), 1, "there is no message to wait for");
    bench.wants(Effect::Release { ticket: 9 });
    submit(&mut bench, publish("r", "1"));
    assert_eq!(budget.messages(), 1);
    assert_eq!(ana.read(), ["1"]);
}

#[test]
fn what_is_held_back_counts_in_the_hub_s_memory() {
    let memory = MemoryBudget::new(1 << 20);
    let options = HubOptions {
        memory: memory.clone(),
        ..HubOptions::default()
    };
    let counters = Arc::new(HubCounters::default());
    let mut state: State<Obedient, Fake> = State::new(Obedient::default(), options, counters);
    let now = Instant::now();
    let permit = PublishBudget::default().acquire(1000, None);
    let hold = Input::Do(Effect::Hold { ticket: 1 });
    state.apply(Command::Input(hold, None, Some(permit)), now);
    assert_eq!(memory.used_bytes(), 1000);
    let release = Input::Do(Effect::Release { ticket: 1 });
    state.apply(Command::Input(release, None, None), now);
    assert_eq!(memory.used_bytes(), 0);
}

#[test]
fn an_application_closes_a_client_that_is_attached() {
    let mut bench = Bench::new();
    let ana = Fake::new();
    let id = bench.attach(&ana);
    let close = |to| Effect::Close {
        to,
        frame: CloseFrame::new(CloseCode::TRY_AGAIN_LATER, "later"),
    };
    bench.wants(close(MemberId::next()));
    assert_eq!(ana.closed(), None);
    bench.wants(close(id));
    assert_eq!(ana.closed().as_deref(), Some("later"));
}

#[test]
fn a_room_waits_for_nobody_while_too_much_has_come_from_elsewhere() {
    // (messages, the bytes of each, whether the slow member is evicted)
    for (messages, bytes, is_evicted) in [
        (4096, 5, false),
        (4097, 5, true),
        (15, 1 << 20, false),
        (16, 1 << 20, true), // with their frames' headers
    ] {
        let mut bench = Bench::new();
        let [quick, slow] = [0, 1].map(Fake::with_room_for);
        let others = [Fake::new(), Fake::new()];
        for client in [&quick, &slow].into_iter().chain(&others) {
            bench.join("r", client);
        }
        bench.wants(publish("r", "queued"));
        bench.wants(publish("r", "late"));
        let text = "x".repeat(bytes);
        for _ in 0..messages {
            bench.wants(publish("r", &text));
        }
        assert_eq!(
            bench.counters.evicted(),
            u64::from(is_evicted),
            "{messages}"
        );
        assert_eq!(slow.closed().is_some(), is_evicted);
    }
}

#[test]
fn what_publishers_are_held_back_for_is_waited_for() {
    let mut bench = Bench::new();
    let slow = Fake::with_room_for(1);
    bench.join("r", &slow);
    bench.join("r", &Fake::new());
    for _ in 0..5000 {
        bench.publish("r", "held");
    }
    assert_eq!(bench.counters.evicted(), 0);
}
