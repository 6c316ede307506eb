//! Tests of a node without a log: entries, answers and times are arguments.

use std::time::{Duration, Instant};

use super::codec::{decode_bundle, encode_bundle};
use super::input::{Input, Payload, Terms};
use super::log::{Appended, Entry, Epoch, LogError, NodeId};
use super::node::Node;
use super::wanted::{Job, Unsent, Wish};

const ME: NodeId = NodeId(5);
const OTHER: NodeId = NodeId(3);
const EPOCH: Epoch = Epoch(1 << 64);

struct Bench {
    node: Node,
    now: Instant,
    sequence: u64,
    time: Duration,
}

impl Bench {
    /// A node that has read an empty log; `member` makes it a member of the cluster.
    fn new() -> Self {
        let now = Instant::now();
        let mut node = Node::new(ME, Terms::default(), now);
        node.restore(EPOCH, 0, None, now).unwrap();
        node.caught_up(now);
        Self {
            node,
            now,
            sequence: 0,
            time: Duration::from_secs(1_000_000),
        }
    }

    fn member() -> Self {
        let mut bench = Self::new();
        let job = bench.job();
        assert_eq!(
            decode_bundle(&job.bundle),
            Ok(vec![Input::Hello(Terms::default())])
        );
        bench.comes_back(&job);
        assert!(bench.node.accepts_clients(bench.now));
        bench
    }

    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.time += Duration::from_millis(millis);
    }

    fn job(&mut self) -> Job {
        self.node.poll(self.now).job.expect("a job")
    }

    fn inputs(job: &Job) -> Vec<Input> {
        decode_bundle(&job.bundle).unwrap()
    }

    fn entry(&mut self, node: NodeId, counter: u64, bundle: Vec<u8>) -> Entry {
        self.sequence += 1;
        Entry {
            sequence: self.sequence,
            epoch: EPOCH,
            node,
            counter,
            time: self.time,
            bundle,
        }
    }

    fn comes_back(&mut self, job: &Job) -> Vec<(Input, Option<u64>)> {
        let entry = self.entry(ME, job.counter, job.bundle.to_vec());
        self.node.take(&entry).inputs
    }

    fn line(&mut self, text: &str) -> Result<u64, Unsent> {
        self.node.push(1, line(text), self.now)
    }
}

fn line(text: &str) -> Input {
    Input::Line {
        member: 1,
        text: text.to_owned(),
    }
}

fn gone() -> Result<Appended, LogError> {
    Err(LogError::Unreachable("gone".to_owned()))
}

#[test]
fn a_node_beats_each_second_in_which_it_has_nothing_to_say() {
    let mut bench = Bench::member();
    assert_eq!(bench.node.poll(bench.now).job, None);
    bench.pass(999);
    assert_eq!(bench.node.poll(bench.now).job, None);
    bench.pass(1);
    let job = bench.job();
    assert_eq!(Bench::inputs(&job), [Input::Beat]);
    bench.comes_back(&job);
    bench.pass(900);
    bench.line("hello").unwrap();
    let job = bench.job();
    bench.comes_back(&job);
    bench.pass(900);
    assert_eq!(
        bench.node.poll(bench.now).job,
        None,
        "the line showed that it is there"
    );
}

#[test]
fn what_comes_while_a_bundle_is_under_way_goes_together_in_the_next() {
    let mut bench = Bench::member();
    let first = bench.line("1").unwrap();
    let job = bench.job();
    let more = [bench.line("2").unwrap(), bench.line("3").unwrap()];
    assert_eq!(bench.node.poll(bench.now).job, None, "one at a time");
    bench
        .node
        .answered(job.counter, &Ok(Appended::At(2)), bench.now);
    assert_eq!(
        bench.node.poll(bench.now).job,
        None,
        "until its entry is read"
    );
    assert_eq!(bench.comes_back(&job), [(line("1"), Some(first))]);
    let job = bench.job();
    let both = [(line("2"), Some(more[0])), (line("3"), Some(more[1]))];
    assert_eq!(bench.comes_back(&job), both);
}

#[test]
fn a_bundle_is_given_again_under_the_same_counter_at_ever_longer_intervals() {
    let mut bench = Bench::member();
    bench.line("1").unwrap();
    let first = bench.job();
    for wait in [100, 200, 400, 800] {
        bench.node.answered(first.counter, &gone(), bench.now);
        bench.pass(wait - 1);
        assert_eq!(bench.node.poll(bench.now).job, None, "{wait}");
        bench.pass(1);
        let again = bench.job();
        assert_eq!(
            (again.counter, &again.bundle),
            (first.counter, &first.bundle)
        );
        assert!(again.is_retry);
    }
    bench.comes_back(&first);
    bench.node.answered(first.counter, &gone(), bench.now);
    let beat = bench.job();
    assert_eq!(Bench::inputs(&beat), [Input::Beat], "its entry was quicker");
}

#[test]
fn after_3_s_publishers_are_told_and_after_5_s_connections_are_made_anew() {
    let mut bench = Bench::member();
    let sent = bench.line("sent").unwrap();
    let job = bench.job();
    let waits = bench.line("waits").unwrap();
    bench.node.push_exit(9);
    bench.pass(2_999);
    assert_eq!(bench.node.poll(bench.now).unsent, []);
    assert!(bench.node.accepts_clients(bench.now));
    bench.pass(1);
    let unsent = |ticket, is_certain| Unsent {
        ticket: Some(ticket),
        member: 1,
        wish: Wish::Line,
        is_certain,
    };
    let told = [unsent(sent, false), unsent(waits, true)];
    assert_eq!(bench.node.poll(bench.now).unsent, told);
    assert!(!bench.node.accepts_clients(bench.now));
    let refused = bench.line("at once").unwrap_err();
    assert_eq!((refused.ticket, refused.is_certain), (None, true));
    bench.pass(1_999);
    assert!(!bench.node.poll(bench.now).reconnect);
    bench.pass(1);
    assert!(bench.node.poll(bench.now).reconnect);
    assert!(!bench.node.poll(bench.now).reconnect, "once");
    bench.pass(5_000);
    assert!(bench.node.poll(bench.now).reconnect);
    assert_eq!(
        bench.comes_back(&job),
        [(line("sent"), None)],
        "it was sent after all"
    );
    assert!(bench.node.accepts_clients(bench.now));
    let exit = bench.job();
    assert_eq!(Bench::inputs(&exit), [Input::Exit { member: 9 }]);
}

#[test]
fn a_node_that_was_taken_for_dead_says_hello_and_then_what_nobody_applied() {
    let mut bench = Bench::member();
    let hello = encode_bundle(&[Input::Hello(Terms::default())]);
    let other = bench.entry(OTHER, 1, hello);
    bench.node.take(&other);
    let ticket = bench.line("1").unwrap();
    let job = bench.job();
    bench.pass(6_001);
    let beat = bench.entry(OTHER, 2, encode_bundle(&[Input::Beat]));
    assert_eq!(bench.node.take(&beat).dead, [ME]);
    let back = Input::Return {
        member: 1,
        name: "ana".to_owned(),
        user: None,
        rooms: Vec::new(),
    };
    bench.node.put_first(vec![back.clone()]);
    assert_eq!(bench.comes_back(&job), [], "nobody applies it");
    let again = bench.job();
    let all = [Input::Hello(Terms::default()), back, line("1")];
    assert_eq!(Bench::inputs(&again), all);
    assert_eq!(bench.comes_back(&again)[2], (line("1"), Some(ticket)));
}

#[test]
fn in_a_new_epoch_messages_whose_fate_is_unknown_are_refused_and_all_else_is_said_again() {
    let mut bench = Bench::member();
    let enter = Input::Enter {
        member: 1,
        room: "lobby".to_owned(),
        name: super::input::WantedName::Guest,
    };
    let entered = bench.node.push(1, enter.clone(), bench.now).unwrap();
    let said = bench.line("1").unwrap();
    let message = Input::Publish(Payload::Text("2".to_owned()));
    let published = bench.node.push(2, message, bench.now).unwrap();
    bench.job();
    let later = bench.line("3").unwrap();
    let (_, unsent) = bench
        .node
        .restore(Epoch(2 << 64), 0, None, bench.now)
        .unwrap();
    let told: Vec<_> = unsent
        .iter()
        .map(|u| (u.ticket, u.wish, u.is_certain))
        .collect();
    assert_eq!(
        told,
        [
            (Some(said), Wish::Line, false),
            (Some(published), Wish::Publish, false)
        ]
    );
    assert_eq!(
        bench.node.poll(bench.now).job,
        None,
        "it has not read all yet"
    );
    bench.node.caught_up(bench.now);
    let job = bench.job();
    assert_eq!(job.epoch, Epoch(2 << 64));
    bench.sequence = 0;
    let applied = bench.comes_back(&job);
    assert_eq!(
        applied[1..],
        [(enter, Some(entered)), (line("3"), Some(later))]
    );
}

#[test]
fn an_append_that_the_snapshot_has_is_settled_and_one_that_was_read_past_is_looked_into() {
    let mut bench = Bench::member();
    let ticket = bench.line("1").unwrap();
    let job = bench.job();
    bench
        .node
        .answered(job.counter, &Ok(Appended::At(1)), bench.now);
    assert!(bench.node.poll(bench.now).reconnect, "entry 1 was another");
    bench.node.restore(EPOCH, 10, None, bench.now).unwrap();
    let settled = bench
        .node
        .answered(job.counter, &Ok(Appended::At(9)), bench.now);
    assert_eq!(settled, [(line("1"), Some(ticket))]);
    for answer in [Appended::NoEpoch, Appended::OtherEpoch(Epoch(9))] {
        let mut bench = Bench::member();
        bench.line("1").unwrap();
        let job = bench.job();
        bench.node.answered(job.counter, &Ok(answer), bench.now);
        assert!(bench.node.poll(bench.now).reconnect, "{answer:?}");
    }
}

#[test]
fn a_node_that_goes_says_so_behind_what_waits_and_then_nothing_more() {
    let mut bench = Bench::member();
    bench.line("last").unwrap();
    bench.node.leave();
    assert!(bench.line("too late").is_err());
    let job = bench.job();
    assert_eq!(Bench::inputs(&job), [line("last"), Input::Bye]);
    assert!(!bench.node.has_left());
    bench.comes_back(&job);
    assert!(bench.node.has_left());
    bench.pass(10_000);
    assert_eq!(bench.node.poll(bench.now).job, None);
}

#[test]
fn a_node_that_is_not_let_in_says_why_and_asks_again_every_5_s() {
    let mut bench = Bench::new();
    let other = Terms {
        max_rooms: 7,
        ..Terms::default()
    };
    let hello = bench.entry(OTHER, 1, encode_bundle(&[Input::Hello(other)]));
    bench.node.take(&hello);
    let job = bench.job();
    bench.comes_back(&job);
    assert!(!bench.node.accepts_clients(bench.now));
    assert!(bench.node.kept_out().unwrap().contains("other limits"));
    assert!(bench.line("no").is_err());
    bench.pass(1_000);
    let job = bench.job();
    bench.comes_back(&job);
    bench.pass(4_999);
    assert_eq!(bench.node.poll(bench.now).job, None);
    bench.pass(1);
    bench.job();
}

#[test]
fn an_entry_of_another_version_ends_it_and_one_that_is_broken_is_left_out() {
    let mut bench = Bench::member();
    let broken = bench.entry(OTHER, 1, vec![1, 99]);
    assert_eq!(bench.node.take(&broken).inputs, []);
    assert!(bench.node.accepts_clients(bench.now));
    let newer = bench.entry(OTHER, 2, vec![2]);
    bench.node.take(&newer);
    assert!(!bench.node.accepts_clients(bench.now));
    assert!(bench.node.kept_out().unwrap().contains("newer format"));
    bench.node.caught_up(bench.now);
    assert_eq!(bench.node.poll(bench.now).job, None);
}
