//! The hub between real threads, on connections in memory: many publishers, many rooms, and
//! clients that come and go at random. Every client checks everything that it saw.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use support::Seen;
use support::peer::{PATIENCE, Peer, Setup};
use wshub::connection::QueueLimits;
use wshub::protocol::Message;
use wshub::server::{ClientId, Hub, HubConfig, SlowClient};

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

/// A client with a queue for all that this test sends: who keeps up is not the question here.
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

/// Comes and goes, and says so in the room; answers what it saw, room by room.
fn visit(hub: &Hub, number: usize, seed: u64) -> (Vec<[String; 3]>, Vec<String>) {
    let mut random = Random(seed);
    let mut peer = Peer::of_echo(roomy());
    let id = ClientId(100 + number as u64);
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
                let member = hub.join(&room(number), id, peer.sender.clone());
                member.publish(Message::Text(&format!("{number} {stint} begins")));
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
                    member.publish(Message::Text(&format!("{number} {stint} ends")));
                }
            }
            until_it_goes = until_it_goes.and_then(|messages| messages.checked_sub(1));
        }
        drop(memberships);
        stints.extend(rooms.iter().map(|number| format!("{number} {stint}")));
    }
    peer.cut();
    peer.cause();
    (seen, stints)
}

#[test]
fn every_client_sees_all_of_each_of_its_rooms_in_the_one_order() {
    let seed = seed();
    let hub = Hub::start(HubConfig::default()).unwrap();
    let mut observer = Peer::of_echo(roomy());
    let observing: Vec<_> = (0..ROOMS)
        .map(|number| hub.join(&room(number), ClientId(1), observer.sender.clone()))
        .collect();
    let visiting = Arc::new(AtomicUsize::new(VISITORS));
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|who| {
            let (hub, visiting) = (hub.clone(), visiting.clone());
            thread::spawn(move || {
                let mut random = Random(seed ^ (who as u64 + 1).wrapping_mul(0x9E37_79B9));
                let mut next = [0; ROOMS];
                let mut sent = 0;
                // At least so many, and on until every visitor has been there.
                while sent < MESSAGES || visiting.load(SeqCst) > 0 {
                    let number = random.below(ROOMS);
                    let text = format!("{number} p{who} {}", next[number]);
                    hub.publish(&room(number), Message::Text(&text));
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
        hub.publish(&room(number), Message::Text(&format!("{number} all done")));
    }

    // The observer was there all the time: its log of a room is the order of that room.
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
    observer.cut();
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
        hub.publish("/room", Message::Text(&format!("message {i}")));
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
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_slow_consumer_gets_what_is_queued_and_then_1008() {
    let hub = Hub::start(HubConfig::default()).unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let mut slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", ClientId(1), quick.sender.clone());
    let slow_one = hub.join("/room", ClientId(2), slow.sender.clone());
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
    let hub = Hub::start(HubConfig {
        slow_client: SlowClient::Drop,
        ..HubConfig::default()
    })
    .unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let mut slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", ClientId(1), quick.sender.clone());
    let slow_one = hub.join("/room", ClientId(2), slow.sender.clone());
    flood(&hub, &mut quick, 100);
    let dropped = slow.sender.dropped();
    assert_eq!(dropped, hub.counters().dropped());
    for i in 0..100 - dropped {
        assert_eq!(slow.next(), Some(Seen::Text(format!("message {i}"))));
    }
    hub.publish("/room", Message::Text("again"));
    assert_eq!(slow.next(), Some(Seen::Text("again".into())));
    drop(slow_one);
    slow.cut();
    assert_eq!(slow.cause().dropped, dropped, "it is in the log");
}

#[test]
fn a_slow_consumer_that_takes_nothing_is_cut_after_the_write_timeout() {
    let hub = Hub::start(HubConfig {
        write_timeout: Duration::from_millis(50),
        ..HubConfig::default()
    })
    .unwrap();
    let mut quick = Peer::of_echo(Setup::default());
    let slow = Peer::of_echo(narrow());
    let _quick = hub.join("/room", ClientId(1), quick.sender.clone());
    let slow_one = hub.join("/room", ClientId(2), slow.sender.clone());
    flood(&hub, &mut quick, 100);
    let cause = slow.cause();
    assert_eq!(cause.cut, Some(wshub::connection::Cut::WriteTimeout));
    drop(slow_one);
}
