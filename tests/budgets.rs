//! What one connection may use of what all connections share: memory for unfinished messages, and
//! its part of the hub's time. The sessions are in memory.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use support::loopback::wait_until;
use support::peer::{Peer, Setup};
use support::*;
use wshub::connection::{AbortCause, Batch, MemoryBudget, Timeouts};
use wshub::hub::{Hub, HubOptions, PublishError};
use wshub::protocol::{CloseCode, CloseFrame, Initiator, Message, MinRate, Rate, Role};

const OUT_OF_MEMORY: &str = "no memory is free for this message now; try again later";

fn with_memory(memory: &MemoryBudget) -> Setup {
    Setup {
        memory: memory.clone(),
        ..Setup::default()
    }
}

/// A message of `bytes` bytes: all but its last byte, and that byte.
fn in_two(kind: fn(Vec<u8>) -> Frame, bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let mut start = wire(Role::Server, &[kind(vec![b'7'; bytes])]);
    let last = start.split_off(start.len() - 1);
    (start, last)
}

/// Both kinds of messages, and how each is received.
type Kind = (fn(Vec<u8>) -> Frame, fn(Vec<u8>) -> Seen);

const KINDS: [Kind; 2] = [
    (binary, Seen::Binary),
    (text, |bytes| Seen::Text(String::from_utf8(bytes).unwrap())),
];

#[test]
fn a_long_message_takes_memory_of_the_budget_and_gives_it_back_soon_without_any_keepalive() {
    for kind in KINDS {
        takes_memory_and_gives_it_back(kind);
    }
}

fn takes_memory_and_gives_it_back((kind, saw): Kind) {
    let memory = MemoryBudget::new(64 << 20);
    let mut peer = Peer::of_echo(Setup {
        timeouts: Timeouts {
            ping_interval: None,
            ..Timeouts::default()
        },
        ..with_memory(&memory)
    });
    peer.send(&[kind(vec![1; 30 << 10])]);
    peer.next();
    assert_eq!(memory.used_bytes(), 0, "a short message asks nobody");
    let (start, last) = in_two(kind, 2 << 20);
    peer.send_bytes(&start);
    wait_until("the message to be counted", || {
        memory.used_bytes() > 1 << 20
    });
    peer.send_bytes(&last);
    assert_eq!(peer.next(), Some(saw(vec![b'7'; 2 << 20])));
    wait_until("the memory to come back", || memory.used_bytes() == 0);
    peer.send(&[text("still open")]);
    assert_eq!(peer.next(), Some(saw_text("still open")));
    peer.abort();
    peer.cause();
}

#[test]
fn a_message_that_passes_the_budget_waits_and_goes_on_when_another_is_through() {
    for kind in KINDS {
        waits_and_goes_on(kind);
    }
}

fn waits_and_goes_on((kind, saw): Kind) {
    let memory = MemoryBudget::new(2 << 20);
    let (start, last) = in_two(kind, 1 << 20);
    let (mut first, mut second) = (
        Peer::of_echo(with_memory(&memory)),
        Peer::of_echo(with_memory(&memory)),
    );
    first.send_bytes(&start);
    wait_until("the first one's memory", || {
        memory.used_bytes() >= 900 << 10
    });
    second.send_bytes(&start);
    let part = || memory.used_bytes() > (1 << 20) + (200 << 10);
    wait_until("a part of the second one's", part);
    first.send_bytes(&last);
    assert_eq!(first.next(), Some(saw(vec![b'7'; 1 << 20])));
    second.send_bytes(&last);
    assert_eq!(second.next(), Some(saw(vec![b'7'; 1 << 20])));
    for mut peer in [first, second] {
        peer.abort();
        peer.cause();
    }
    assert_eq!(memory.used_bytes(), 0);
}

#[test]
fn a_message_that_waits_in_vain_is_closed_with_1013_and_others_are_served_all_the_while() {
    let memory = MemoryBudget::new(2 << 20);
    let setup = || with_memory(&memory);
    let mut holder = Peer::of_echo(setup());
    let (start, last) = in_two(text, 1400 << 10);
    holder.send_bytes(&start);
    wait_until("its memory", || memory.used_bytes() >= 1300 << 10);
    let mut refused = Peer::of_echo(setup());
    // It waits in the middle of the message, and its last bytes are not read.
    let (bytes, _) = in_two(binary, 900 << 10);
    refused.send_bytes(&bytes);
    let mut small = Peer::of_echo(setup());
    let begin = Instant::now();
    let closed = thread::spawn(move || (refused.next(), refused));
    while !closed.is_finished() {
        small.send(&[text("still served")]);
        assert_eq!(small.next(), Some(saw_text("still served")));
        thread::sleep(Duration::from_millis(10));
    }
    assert!(begin.elapsed() >= Duration::from_secs(4), "it waited");
    let (close, mut refused) = closed.join().unwrap();
    assert_eq!(close, Some(saw_close(1013, OUT_OF_MEMORY)));
    refused.abort();
    let cause = refused.cause();
    assert_eq!((cause.by, cause.code), (Initiator::Local, 1013));
    assert_eq!(cause.why, OUT_OF_MEMORY);
    holder.send_bytes(&last);
    assert_eq!(holder.next(), Some(saw_text(&"7".repeat(1400 << 10))));
    for mut peer in [holder, small] {
        peer.abort();
        peer.cause();
    }
    assert_eq!(memory.used_bytes(), 0);
}

#[test]
fn what_waits_for_a_client_is_counted_once_until_the_last_one_has_it_and_then_stops_publishers() {
    let memory = MemoryBudget::new(400 << 10);
    let hub = Hub::start(HubOptions {
        memory: memory.clone(),
        ..HubOptions::default()
    })
    .unwrap();
    let members: Vec<_> = (0..3)
        .map(|_| {
            let peer = Peer::of_echo(Setup {
                capacity: 1 << 10, // so that messages wait for a peer that does not read
                ..Setup::default()
            });
            let membership = hub.join("news", &peer.sender);
            (peer, membership)
        })
        .collect();
    let news = vec![1; 150 << 10];
    hub.publish("news", Message::Binary(&news)).unwrap();
    wait_until("the message to wait", || {
        memory.used_bytes() == (150 << 10) + 10
    });
    hub.publish("news", Message::Binary(&news)).unwrap();
    wait_until("the next one to wait", || {
        memory.used_bytes() == (300 << 10) + 20
    });
    let refused = hub.publish("news", Message::Binary(&news));
    assert_eq!(refused, Err(PublishError::OutOfMemory));
    hub.publish("news", Message::Text("a short one")).unwrap();
    for (mut peer, membership) in members {
        for _ in 0..2 {
            assert_eq!(peer.next(), Some(saw_binary(&news)));
        }
        assert_eq!(peer.next(), Some(saw_text("a short one")));
        drop(membership);
        peer.abort();
        peer.cause();
    }
    wait_until("the memory to come back", || memory.used_bytes() == 0);
}

#[test]
fn a_message_slower_than_the_least_rate_ends_its_connection_with_1008() {
    let mut peer = Peer::of_echo(Setup {
        min_rate: Some(MinRate {
            bytes_per_second: 1000,
            window: Duration::from_millis(400),
        }),
        ..Setup::default()
    });
    // 250 bytes each 100 ms are more than enough.
    let (bytes, last) = in_two(binary, 2000);
    for piece in bytes.chunks(250) {
        peer.send_bytes(piece);
        thread::sleep(Duration::from_millis(100));
    }
    peer.send_bytes(&last);
    assert_eq!(peer.next(), Some(saw_binary(vec![b'7'; 2000])));
    // Between messages there is no rate.
    assert!(peer.is_quiet_for(Duration::from_millis(600)));
    peer.send_bytes(&bytes[..20]);
    let reason = "message slower than 1000 bytes a second for 0.4s";
    assert_eq!(peer.next(), Some(saw_close(1008, reason)));
    peer.abort();
    let cause = peer.cause();
    assert_eq!((cause.by, cause.code), (Initiator::Local, 1008));
}

#[test]
fn a_peer_ahead_of_its_rate_is_read_more_slowly_and_loses_nothing_and_lives() {
    let rate = Rate {
        per_second: 10,
        burst: 3,
    };
    let mut peer = Peer::of_echo(Setup {
        max_rate: Some(rate),
        // Only this distinguishes a peer that is not read from one that is silent.
        timeouts: Timeouts {
            ping_interval: Some(Duration::from_millis(150)),
            ping_timeout: Duration::from_millis(150),
            ..Timeouts::default()
        },
        ..Setup::default()
    });
    let begin = Instant::now();
    let numbers: Vec<_> = (0..10).map(|i| text(i.to_string())).collect();
    peer.send(&numbers);
    for i in 0..10 {
        assert_eq!(peer.next(), Some(saw_text(&i.to_string())));
    }
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_millis(690),
        "{took:?} for 7 past the burst"
    );
    peer.send(&[close_with(1000, "")]);
    let mut rest = peer.rest();
    rest.retain(|seen| !matches!(seen, Seen::Ping(_))); // one may be due
    assert_eq!(rest, [saw_close(1000, "")]);
    peer.finish();
    assert_eq!(peer.cause().code, 1000);
}

#[test]
fn a_peer_that_is_held_back_can_be_closed_and_aborted_at_once() {
    let slow = || Setup {
        max_rate: Some(Rate {
            per_second: 1,
            burst: 1,
        }),
        ..Setup::default()
    };
    let flood: Vec<_> = (0..1000).map(|_| text("spam")).collect();
    let mut closed = Peer::of_echo(slow());
    closed.send(&flood);
    assert_eq!(closed.next(), Some(saw_text("spam")));
    let frame = CloseFrame::new(CloseCode::GOING_AWAY, "");
    closed.sender.close(frame);
    closed.send(&[close_with(1001, "")]);
    let seen = closed.rest();
    assert_eq!(seen.last(), Some(&saw_close(1001, "")));
    closed.finish();
    let cause = closed.cause();
    assert!(
        cause.clean && cause.lasted < Duration::from_secs(10),
        "{cause}"
    );
    let mut aborted = Peer::of_echo(slow());
    aborted.send(&flood);
    assert_eq!(aborted.next(), Some(saw_text("spam")));
    aborted.sender.abort(AbortCause::Requested);
    assert!(aborted.cause().lasted < Duration::from_secs(10));
}

#[test]
fn batches_of_the_same_messages_are_equal() {
    let (one, mut two) = (Batch::of(Message::Text("a")), Batch::default());
    two.push(Message::Text("a"));
    assert_eq!(one, two);
    assert_ne!(one, Batch::of(Message::Text("b")));
}
