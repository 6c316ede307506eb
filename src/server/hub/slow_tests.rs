//! Slow clients, both policies, without sockets or threads: time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fake::Fake;
use super::slow::GRACE;
use super::state::State;
use super::{Command, Credit, HubConfig, HubCounters};
use crate::connection::Batch;
use crate::protocol::Message;
use crate::server::chat::Asked;
use crate::server::config::SlowClient;
use crate::server::handler::ClientId;

const ROOM: &str = "/broadcast";
const QUICK: usize = 9;

/// A room of nine clients with room for all, and one with room for four messages.
struct Bench {
    state: State<Fake>,
    counters: Arc<HubCounters>,
    now: Instant,
    credit: Credit,
    quick: Vec<Fake>,
    slow: Fake,
}

impl Bench {
    fn new(slow_client: SlowClient, in_chat: bool) -> Self {
        let config = HubConfig {
            slow_client,
            ..HubConfig::default()
        };
        let counters = Arc::new(HubCounters::default());
        let quick: Vec<_> = (0..QUICK).map(|_| Fake::default()).collect();
        let slow = Fake::with_room_for(4);
        let mut bench = Self {
            state: State::new(config, counters.clone()),
            counters,
            now: Instant::now(),
            credit: Credit::default(),
            quick,
            slow,
        };
        let everyone: Vec<_> = bench.quick.iter().chain([&bench.slow]).cloned().collect();
        for (id, client) in (1..).map(ClientId).zip(everyone) {
            bench.apply(if in_chat {
                Command::Enter(id, "lobby".into(), Asked::Nothing, client)
            } else {
                Command::Join(id, ROOM.into(), client)
            });
        }
        bench.read_all();
        bench
    }

    fn apply(&mut self, command: Command<Fake>) {
        self.state.apply(command, self.now);
        self.state.work(self.now);
    }

    fn publish(&mut self, text: &str) {
        let batch = Batch::of(Message::Text(text));
        let spent = self.credit.spend(text.len());
        self.apply(Command::Publish(ROOM.into(), batch, spent));
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

/// Fills the slow one's queue; the quick ones have had all of it.
fn filled(policy: SlowClient) -> Bench {
    let mut bench = Bench::new(policy, false);
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
fn disconnect_delivers_what_is_queued_then_closes_and_gives_up_after_the_write_timeout() {
    let mut bench = filled(SlowClient::Disconnect);
    bench.pass(GRACE);
    bench.publish("4");
    assert_eq!(bench.slow.closed().as_deref(), Some("slow consumer"));
    assert_eq!(bench.slow.read(), ["0", "1", "2", "3"]);
    assert_eq!(bench.counters.evicted(), 1);
    assert_eq!(bench.counters.members(), QUICK as u64);
    bench.pass(Duration::from_millis(9_999));
    assert!(!bench.slow.is_given_up());
    bench.pass(Duration::from_millis(1));
    assert!(bench.slow.is_given_up());
    assert!(!bench.quick[0].is_given_up());
}

#[test]
fn drop_drops_the_newest_counts_them_and_goes_on_once_there_is_room() {
    let mut bench = filled(SlowClient::Drop);
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
fn in_chat_a_client_is_told_what_it_missed_as_soon_as_it_reads() {
    let mut bench = Bench::new(SlowClient::Drop, true);
    let say = |bench: &mut Bench, text: String| {
        let spent = bench.credit.spend(text.len());
        bench.apply(Command::Line(ClientId(1), text, spent));
    };
    for i in 0..4 {
        say(&mut bench, i.to_string());
    }
    bench.pass(GRACE);
    for i in 4..7 {
        say(&mut bench, i.to_string());
    }
    assert_eq!(bench.slow.read().len(), 4);
    bench.pass(Duration::from_millis(1));
    let told = "* you missed 3 messages: your connection is slow";
    assert_eq!(bench.slow.read(), [told], "though nobody says anything");
    say(&mut bench, "7".into());
    assert_eq!(bench.slow.read(), ["#lobby guest-1: 7"]);
}

#[test]
fn publishers_that_outrun_everybody_are_held_back_rather_than_anybody_lost() {
    let mut bench = Bench::new(SlowClient::Disconnect, false);
    let two = [Fake::with_room_for(4), Fake::with_room_for(4)];
    for (id, client) in (100..).map(ClientId).zip(two.clone()) {
        bench.apply(Command::Join(id, "/flood".into(), client));
    }
    let mut heard = [Vec::new(), Vec::new()];
    for i in 0..100 {
        let batch = Batch::of(Message::Text(&i.to_string()));
        // No credit is taken here: a publisher's thread would wait, and this is one thread.
        bench.apply(Command::Publish(
            "/flood".into(),
            batch,
            Credit::default().spend(1),
        ));
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
    let other = Fake::default();
    bench.apply(Command::Join(ClientId(50), "/other".into(), other.clone()));
    bench.publish("4");
    bench.publish("waits");
    let batch = Batch::of(Message::Text("does not wait"));
    let spent = bench.credit.spend(1);
    bench.apply(Command::Publish("/other".into(), batch, spent));
    assert_eq!(other.read(), ["does not wait"]);
    bench.quick_ones_have(1);
}

#[test]
fn joins_and_leaves_are_in_order_with_messages_while_a_room_waits() {
    let mut bench = filled(SlowClient::Disconnect);
    bench.publish("4");
    bench.publish("before");
    let late = Fake::default();
    bench.apply(Command::Join(ClientId(50), ROOM.into(), late.clone()));
    bench.publish("within");
    bench.apply(Command::Leave(ClientId(50), ROOM.into()));
    bench.publish("after");
    assert!(late.read().is_empty());
    bench.slow.read();
    bench.pass(Duration::from_millis(1));
    assert_eq!(late.read(), ["within"]);
    assert_eq!(bench.slow.read(), ["4", "before", "within", "after"]);
}

#[test]
fn an_empty_room_is_gone() {
    let mut bench = Bench::new(SlowClient::Disconnect, false);
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (1, 10));
    for id in 1..=10 {
        bench.apply(Command::Leave(ClientId(id), ROOM.into()));
    }
    assert_eq!((bench.counters.rooms(), bench.counters.members()), (0, 0));
    bench.publish("to nobody");
    assert_eq!(bench.counters.rooms(), 0);
}
