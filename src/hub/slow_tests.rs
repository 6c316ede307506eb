//! Slow clients, both policies, without sockets or threads: time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::application::NoApplication;
use super::budget::PublishBudget;
use super::counters::HubCounters;
use super::fake::Fake;
use super::member::{Member, MemberId};
use super::options::{HubOptions, RoomOptions, SlowClient};
use super::slow::GRACE;
use super::state::{Command, State};
use crate::connection::Batch;
use crate::protocol::Message;

const ROOM: &str = "/broadcast";
const QUICK: usize = 9;

type HubCommand = Command<std::convert::Infallible, Fake>;

/// A room of nine clients with room for all, and one with room for four messages.
struct Bench {
    state: State<NoApplication, Fake>,
    counters: Arc<HubCounters>,
    now: Instant,
    budget: PublishBudget,
    room: &'static str,
    quick: Vec<Fake>,
    slow: Fake,
    memberships: Vec<(MemberId, Fake)>,
}

impl Bench {
    fn new(slow_client: SlowClient) -> Self {
        Self::in_room(ROOM, RoomOptions::default(), slow_client)
    }

    fn in_room(room: &'static str, options: RoomOptions, slow_client: SlowClient) -> Self {
        let hub_options = HubOptions {
            slow_client,
            ..HubOptions::default()
        };
        let counters = Arc::new(HubCounters::default());
        let quick: Vec<_> = (0..QUICK).map(|_| Fake::new()).collect();
        let slow = Fake::with_room_for(4);
        let mut bench = Self {
            state: State::new(NoApplication, hub_options, counters.clone()),
            counters,
            now: Instant::now(),
            budget: PublishBudget::default(),
            room,
            quick,
            slow,
            memberships: Vec::new(),
        };
        let everyone: Vec<_> = bench.quick.iter().chain([&bench.slow]).cloned().collect();
        for client in everyone {
            let id = bench.join_with(room, options, &client);
            bench.memberships.push((id, client));
        }
        bench.read_all();
        bench
    }

    fn apply(&mut self, command: HubCommand) {
        self.state.apply(command, self.now);
        self.state.work(self.now);
    }

    fn join(&mut self, room: &str, client: &Fake) -> MemberId {
        self.join_with(room, RoomOptions::default(), client)
    }

    fn join_with(&mut self, room: &str, options: RoomOptions, client: &Fake) -> MemberId {
        let id = MemberId::next();
        self.apply(Command::Join(id, room.into(), options, client.clone()));
        id
    }

    fn leave(&mut self, room: &str, id: MemberId, client: &Fake) {
        self.apply(Command::Leave(id, room.into(), client.connection()));
    }

    fn publish(&mut self, text: &str) {
        let batch = Batch::of(Message::Text(text));
        let permit = self.budget.acquire(text.len(), None);
        self.apply(Command::Publish(self.room.into(), batch, permit));
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.state.work(self.now);
    }

    fn read_all(&self) -> usize {
        self.slow.read();
        self.quick.iter().map(|client| client.read().len()).sum()
    }

    fn quick_ones_have(&self, count: usize) {
        for client in &self.quick {
            assert_eq!(client.read().len(), count);
        }
    }
}

/// Fills the queue of the slow client; the fast ones have received everything.
fn filled(policy: SlowClient) -> Bench {
    filled_in(ROOM, policy)
}

fn filled_in(room: &'static str, policy: SlowClient) -> Bench {
    let mut bench = Bench::in_room(room, RoomOptions::default(), policy);
    for i in 0..4 {
        bench.publish(&i.to_string());
    }
    bench.quick_ones_have(4);
    bench
}

#[test]
fn a_burst_is_waited_for_and_nobody_misses_any_of_it() {
    let mut bench = filled(SlowClient::Disconnect);
    bench.publish("4");
    bench.publish("5");
    bench.quick_ones_have(1);
    bench.pass(GRACE / 2);
    bench.quick_ones_have(0);
    assert_eq!(bench.slow.read(), ["0", "1", "2", "3"]);
    bench.pass(Duration::from_millis(1));
    bench.quick_ones_have(1);
    assert_eq!(bench.slow.read(), ["4", "5"]);
    assert_eq!(bench.slow.closed(), None);
    assert_eq!(bench.counters.evicted() + bench.counters.dropped(), 0);
}

#[test]
fn one_that_has_stood_still_delays_nobody() {
    for policy in [SlowClient::Disconnect, SlowClient::Drop] {
        let mut bench = filled(policy);
        bench.pass(GRACE);
        bench.publish("4");
        bench.publish("5");
        bench.quick_ones_have(2);
    }
}

#[test]
fn disconnect_delivers_what_is_queued_then_closes_and_aborts_after_the_eviction_timeout() {
    let mut bench = filled(SlowClient::Disconnect);
    bench.pass(GRACE);
    bench.publish("4");
    assert_eq!(bench.slow.closed().as_deref(), Some("slow consumer"));
    assert_eq!(bench.slow.read(), ["0", "1", "2", "3"]);
    assert_eq!(bench.counters.evicted(), 1);
    assert_eq!(bench.counters.members(), QUICK as u64);
    bench.pass(Duration::from_millis(4_999));
    assert!(!bench.slow.is_aborted());
    bench.pass(Duration::from_millis(1));
    assert!(bench.slow.is_aborted());
    assert!(!bench.quick[0].is_aborted());
}

#[test]
fn drop_drops_the_newest_counts_them_and_goes_on_once_there_is_room() {
    for room in [ROOM, "#room"] {
        drops_the_newest(filled_in(room, SlowClient::Drop));
    }
}

fn drops_the_newest(mut bench: Bench) {
    bench.pass(GRACE);
    for i in 4..7 {
        bench.publish(&i.to_string());
    }
    assert_eq!((bench.slow.dropped(), bench.counters.dropped()), (3, 3));
    assert_eq!(bench.slow.read(), ["0", "1", "2", "3"]);
    bench.publish("7");
    assert_eq!(
        bench.slow.read(),
        ["7"],
        "and no word of ours on a raw room"
    );
    assert_eq!(bench.slow.closed(), None);
    bench.quick_ones_have(4);
}

#[test]
fn where_the_room_says_so_a_client_is_told_what_it_missed_as_soon_as_it_reads() {
    let options = RoomOptions {
        missed: Some(|count| format!("you missed {count} messages")),
    };
    let mut bench = Bench::in_room(ROOM, options, SlowClient::Drop);
    for i in 0..4 {
        bench.publish(&i.to_string());
    }
    bench.pass(GRACE);
    for i in 4..7 {
        bench.publish(&i.to_string());
    }
    assert_eq!(bench.slow.read().len(), 4);
    bench.pass(Duration::from_millis(1));
    let told = "you missed 3 messages";
    assert_eq!(bench.slow.read(), [told], "though nobody says anything");
    bench.publish("7");
    assert_eq!(bench.slow.read(), ["7"]);
}

#[test]
fn publishers_that_outrun_everybody_are_held_back_rather_than_anybody_lost() {
    let mut bench = Bench::new(SlowClient::Disconnect);
    let two = [Fake::with_room_for(4), Fake::with_room_for(4)];
    for client in &two {
        bench.join("/flood", client);
    }
    let mut heard = [Vec::new(), Vec::new()];
    for i in 0..100 {
        let batch = Batch::of(Message::Text(&i.to_string()));
        // Each message has a budget of its own: a publisher's thread would wait, and this test has
        // only one thread.
        let permit = PublishBudget::default().acquire(1, None);
        bench.apply(Command::Publish("/flood".into(), batch, permit));
        if i % 7 == 0 {
            bench.now += GRACE / 4;
            for (client, heard) in two.iter().zip(&mut heard) {
                heard.extend(client.read());
            }
        }
    }
    for _ in 0..100 {
        bench.pass(GRACE / 4);
        for (client, heard) in two.iter().zip(&mut heard) {
            heard.extend(client.read());
        }
    }
    let all: Vec<_> = (0..100).map(|i| i.to_string()).collect();
    assert_eq!(heard, [all.clone(), all]);
    assert_eq!(bench.counters.evicted(), 0);
}

#[test]
fn a_room_that_waits_delays_no_other_room() {
    let mut bench = filled(SlowClient::Disconnect);
    let other = Fake::new();
    bench.join("/other", &other);
    bench.publish("4");
    bench.publish("waits");
    let batch = Batch::of(Message::Text("does not wait"));
    let permit = bench.budget.acquire(1, None);
    bench.apply(Command::Publish("/other".into(), batch, permit));
    assert_eq!(other.read(), ["does not wait"]);
    bench.quick_ones_have(1);
}

#[test]
fn joins_and_leaves_are_in_order_with_messages_while_a_room_waits() {
    let mut bench = filled(SlowClient::Disconnect);
    bench.publish("4");
    bench.publish("before");
    let late = Fake::new();
    let id = bench.join(ROOM, &late);
    bench.publish("within");
    bench.leave(ROOM, id, &late);
    bench.publish("after");
    assert!(late.read().is_empty());
    bench.slow.read();
    bench.pass(Duration::from_millis(1));
    assert_eq!(late.read(), ["within"]);
    assert_eq!(bench.slow.read(), ["4", "before", "within", "after"]);
}

#[test]
fn an_empty_room_is_gone() {
    let mut bench = Bench::new(SlowClient::Disconnect);
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (1, 10));
    for (id, client) in bench.memberships.clone() {
        bench.leave(ROOM, id, &client);
    }
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (0, 0));
    bench.publish("to nobody");
    assert_eq!(bench.counters.rooms(), 0);
}
