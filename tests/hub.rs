//! The hub between real threads, on connections in memory: many publishers, many rooms, and
//! clients that come and go at random. Every client checks everything that it saw.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use support::loopback::{Running, Settings};
use support::peer::{Peer, Setup, TIMEOUT};
use support::{Seen, saw_text};
use wshub::connection::QueueLimits;
use wshub::hub::{Hub, HubOptions, Membership, SlowClient};
use wshub::protocol::Message;
use wshub::server::{self, Handler, Route};

const ROOMS: usize = 6;
const PUBLISHERS: usize = 5;
const MESSAGES: usize = 400;
const VISITORS: usize = 12;
const VISITS: usize = 8;

/// A small generator of numbers that look random (xorshift64*): the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

fn seed() -> u64 {
    let given = std::env::var("WSHUB_SEED").ok();
    let seed = given.and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap().as_nanos() as u64 | 1
    });
    println!("WSHUB_SEED={seed}");
    seed
}

/// A client whose queue holds everything that this test sends: slowness is not tested here.
fn roomy() -> Setup {
    Setup {
        queue: QueueLimits {
            messages: 1_000_000,
            bytes: 1 << 30,
        },
        ..Setup::default()
    }
}

fn room(number: usize) -> String {
    format!("/room-{number}")
}

/// The words of a message: room, who, what.
fn words(seen: Seen) -> [String; 3] {
    let Seen::Text(text) = seen else {
        panic!("{seen:?}")
    };
    let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
    words.try_into().unwrap()
}

/// Joins and leaves, and says so in the room; returns what it saw, room by room.
fn visit(hub: &Hub, number: usize, seed: u64) -> (Vec<[String; 3]>, Vec<String>) {
    let mut random = Random(seed);
    let mut peer = Peer::of_echo(roomy());
    let mut seen = Vec::new();
    let mut stints = Vec::new();
    for visit in 0..VISITS {
        let mut rooms: Vec<_> = (0..ROOMS).collect();
        for place in (1..ROOMS).rev() {
            rooms.swap(place, random.below(place + 1));
        }
        rooms.truncate(1 + random.below(ROOMS));
        let stint = format!("v{number}.{visit}");
        let memberships: Vec<_> = (rooms.iter())
            .map(|&number| {
                let member = hub.join(&room(number), &peer.sender);
                member
                    .publish(Message::Text(&format!("{number} {stint} begins")))
                    .unwrap();
                member
            })
            .collect();
        let mut ended = 0;
        let mut until_it_goes = Some(random.below(60));
        while ended < rooms.len() {
            let words = words(peer.next().unwrap());
            ended += usize::from(words[1] == stint && words[2] == "ends");
            seen.push(words);
            if until_it_goes == Some(0) {
                for (member, number) in memberships.iter().zip(&rooms) {
                    member
                        .publish(Message::Text(&format!("{number} {stint} ends")))
                        .unwrap();
                }
            }
            until_it_goes = until_it_goes.and_then(|messages| messages.checked_sub(1));
        }
        drop(memberships);
        stints.extend(rooms.iter().map(|number| format!("{number} {stint}")));
    }
    peer.abort();
    peer.cause();
    (seen, stints)
}

#[test]
fn every_client_sees_all_of_each_of_its_rooms_in_the_one_order() {
    let seed = seed();
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut observer = Peer::of_echo(roomy());
    let observing: Vec<_> = (0..ROOMS)
        .map(|number| hub.join(&room(number), &observer.sender))
        .collect();
    let visiting = Arc::new(AtomicUsize::new(VISITORS));
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|who| {
            let (hub, visiting) = (hub.clone(), visiting.clone());
            thread::spawn(move || {
                let mut random = Random(seed ^ (who as u64 + 1).wrapping_mul(0x9E37_79B9));
                let mut next = [0; ROOMS];
                let mut sent = 0;
                // At least this many, and more until every client has been there.
                while sent < MESSAGES || visiting.load(SeqCst) > 0 {
                    let number = random.below(ROOMS);
                    let text = format!("{number} p{who} {}", next[number]);
                    hub.publish(&room(number), Message::Text(&text)).unwrap();
                    next[number] += 1;
                    sent += 1;
                    if sent > MESSAGES {
                        thread::sleep(Duration::from_micros(200)); // only visitors need them
                    }
                }
                next
            })
        })
        .collect();
    let visitors: Vec<_> = (0..VISITORS)
        .map(|number| {
            let (hub, visiting) = (hub.clone(), visiting.clone());
            thread::spawn(move || {
                let seen = visit(&hub, number, seed.rotate_left(number as u32 + 1) | 1);
                visiting.fetch_sub(1, SeqCst);
                seen
            })
        })
        .collect();
    let visited: Vec<_> = visitors.into_iter().map(|v| v.join().unwrap()).collect();
    let published: Vec<_> = publishers.into_iter().map(|p| p.join().unwrap()).collect();
    for number in 0..ROOMS {
        hub.publish(&room(number), Message::Text(&format!("{number} all done")))
            .unwrap();
    }

    // The observer was connected all the time: what it saw of a room is the order of that room.
    let mut logs: HashMap<String, Vec<[String; 3]>> = HashMap::new();
    let mut done = 0;
    while done < ROOMS {
        let words = words(observer.next().unwrap());
        done += usize::from(words[1] == "all");
        logs.entry(words[0].clone()).or_default().push(words);
    }
    for (who, next) in published.iter().enumerate() {
        for (number, count) in next.iter().enumerate() {
            let log = &logs[&number.to_string()];
            let of_this_one = log.iter().filter(|words| words[1] == format!("p{who}"));
            let numbers: Vec<usize> = of_this_one.map(|words| words[2].parse().unwrap()).collect();
            assert_eq!(
                numbers,
                (0..*count).collect::<Vec<_>>(),
                "p{who} in {number}"
            );
        }
    }
    for (seen, stints) in &visited {
        for stint in stints {
            let (number, name) = stint.split_once(' ').unwrap();
            let between = |log: &[[String; 3]]| {
                let at = |what: &str| {
                    let is_it = |w: &[String; 3]| w[0] == number && w[1] == name && w[2] == what;
                    log.iter().position(is_it).unwrap()
                };
                let stint = &log[at("begins")..=at("ends")];
                let here = stint.iter().filter(|words| words[0] == number);
                here.cloned().collect::<Vec<_>>()
            };
            assert_eq!(between(seen), between(&logs[number]), "{stint}");
        }
    }
    drop(observing);
    wait_until(|| hub.counters().rooms() == 0);
    assert_eq!(hub.counters().members(), 0);
    assert_eq!(hub.counters().evicted() + hub.counters().dropped(), 0);
    observer.abort();
    observer.cause();
}

/// A pipe of 64 bytes and a queue of 8 messages: stuck until it is read.
fn narrow() -> Setup {
    Setup {
        queue: QueueLimits {
            messages: 8,
            bytes: 1 << 20,
        },
        capacity: 64,
        ..Setup::default()
    }
}

/// Publishes so much that a stuck client's queue is full for good; the other one sees it all.
fn flood(hub: &Hub, quick: &mut Peer, count: usize) {
    for i in 0..count {
        hub.publish("/room", Message::Text(&format!("message {i}")))
            .unwrap();
        assert_eq!(quick.next(), Some(Seen::Text(format!("message {i}"))));
    }
    // The quick one may see the last one before the hub has come to the slow one.
    let counters = hub.counters();
    wait_until(|| {
        let counted = counters.delivered() + counters.dropped();
        counters.evicted() > 0 || counted == 2 * count as u64
    });
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_slow_consumer_gets_what_is_queued_and_then_1008() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let mut slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", &quick.sender);
    let slow_one = hub.join("/room", &slow.sender);
    flood(&hub, &mut quick, 100);
    assert_eq!(hub.counters().evicted(), 1);
    let mut rest = Vec::new();
    loop {
        match slow.next().unwrap() {
            Seen::Text(text) => rest.push(text),
            seen => {
                assert_eq!(seen, support::saw_close(1008, "slow consumer"));
                break;
            }
        }
    }
    let whole: Vec<_> = (0..rest.len()).map(|i| format!("message {i}")).collect();
    assert!(rest.len() >= 8, "{rest:?}");
    assert_eq!(rest, whole, "a prefix without a gap");
    slow.send(&[support::close_with(1008, "")]);
    slow.finish();
    drop(slow_one);
    assert_eq!(slow.cause().reason, "slow consumer");
}

#[test]
fn a_slow_consumer_under_drop_stays_and_misses_the_newest() {
    let hub = Hub::start(HubOptions {
        slow_client: SlowClient::Drop,
        ..HubOptions::default()
    })
    .unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let mut slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", &quick.sender);
    let slow_one = hub.join("/room", &slow.sender);
    flood(&hub, &mut quick, 100);
    let dropped = slow.sender.dropped();
    assert_eq!(dropped, hub.counters().dropped());
    for i in 0..100 - dropped {
        assert_eq!(slow.next(), Some(Seen::Text(format!("message {i}"))));
    }
    wait_until(|| slow.sender.is_caught_up()); // the writer says so after the peer has read
    hub.publish("/room", Message::Text("again")).unwrap();
    assert_eq!(slow.next(), Some(Seen::Text("again".into())));
    drop(slow_one);
    slow.abort();
    assert_eq!(slow.cause().dropped, dropped, "it is in the log");
}

#[test]
fn a_slow_consumer_that_takes_nothing_is_aborted_after_the_eviction_timeout() {
    let hub = Hub::start(HubOptions {
        eviction_timeout: Duration::from_millis(50),
        ..HubOptions::default()
    })
    .unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", &quick.sender);
    let slow_one = hub.join("/room", &slow.sender);
    flood(&hub, &mut quick, 100);
    let cause = slow.cause();
    assert_eq!(
        cause.aborted,
        Some(wshub::connection::AbortCause::WriteTimeout)
    );
    drop(slow_one);
}

#[test]
fn a_client_whose_membership_is_replaced_by_another_stays_in_the_room() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut peer = Peer::of_echo(Setup::default());
    let mut topics = HashMap::new();
    for _ in 0..2 {
        topics.insert("news", hub.join("news", &peer.sender)); // the second drops the first
    }
    hub.publish("news", Message::Text("1")).unwrap();
    assert_eq!(peer.next(), Some(saw_text("1")));
    assert_eq!(hub.counters().members(), 1);
    topics.clear();
    assert!(hub.wait_until_delivered(TIMEOUT));
    assert_eq!((hub.counters().members(), hub.counters().rooms()), (0, 0));
    peer.abort();
    peer.cause();
}

#[test]
fn a_client_with_two_memberships_gets_each_message_once_and_stays_while_one_is_left() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut peer = Peer::of_echo(Setup::default());
    let first = hub.join("news", &peer.sender);
    let second = hub.join("news", &peer.sender);
    first.publish(Message::Text("1")).unwrap();
    second.publish(Message::Text("2")).unwrap();
    drop(first);
    second.publish(Message::Text("3")).unwrap();
    for text in ["1", "2", "3"] {
        assert_eq!(peer.next(), Some(saw_text(text)));
    }
    assert!(hub.wait_until_delivered(TIMEOUT));
    assert_eq!(hub.counters().delivered(), 3);
    drop(second);
    peer.abort();
    peer.cause();
}

/// Takes its clients into the room "news".
struct News(Hub, Option<Membership>);

impl Handler for News {
    fn on_open(&mut self, peer: &mut server::Peer<'_>) {
        self.1 = Some(self.0.join("news", &peer.sender()));
    }

    fn on_message(&mut self, _: &mut server::Peer<'_>, message: Message<'_>) {
        self.0.publish("news", message).unwrap();
    }
}

#[test]
fn one_hub_serves_two_servers() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let server = || {
        let hub = hub.clone();
        Running::of(
            Settings::default()
                .builder()
                .route(Route::new("/news", move |_| News(hub.clone(), None))),
        )
    };
    let (one, other) = (server(), server());
    // The first client of each.
    let (mut ana, mut bob) = (one.open("/news"), other.open("/news"));
    wait_until(|| hub.counters().members() == 2);
    ana.send(&[support::text("to all")]);
    for client in [&mut ana, &mut bob] {
        assert_eq!(client.next(), Some(saw_text("to all")));
    }
    drop(ana);
    wait_until(|| hub.counters().members() == 1);
    bob.send(&[support::text("to whom it reaches")]);
    assert_eq!(bob.next(), Some(saw_text("to whom it reaches")));
}

#[test]
fn a_hub_with_options_out_of_range_does_not_start() {
    for eviction_timeout in [Duration::ZERO, Duration::MAX] {
        let error = Hub::start(HubOptions {
            eviction_timeout,
            ..HubOptions::default()
        });
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("eviction_timeout is "), "{error}");
    }
}

#[test]
fn the_wait_for_the_hub_has_no_limit_that_overflows() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    assert!(hub.wait_until_delivered(Duration::MAX));
}
