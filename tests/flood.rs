//! One client floods a chat room, as a person at a shell can: `yes spam | wshub send URL`. It is
//! slowed down, and the others notice only its lines.

#![cfg(feature = "cli")]

mod support;

use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use support::command::{server, start};
use support::loopback::{Running, Settings, wait_until};
use support::*;
use wshub::protocol::Rate;

/// `wshub connect` with what it has printed so far.
struct Person {
    child: Child,
    seen: Arc<Mutex<String>>,
}

impl Person {
    fn enter(server: &Running, name: &str) -> Self {
        let url = server.url(&format!("/chat/lobby?name={name}"));
        let mut child = start(&["connect", &url]);
        let mut stdout = child.stdout.take().unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let kept = seen.clone();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut chunk) {
                let text = String::from_utf8_lossy(&chunk[..read]).into_owned();
                kept.lock().unwrap().push_str(&text);
            }
        });
        let person = Self { child, seen };
        person.waits_for(&format!("* you are {name} in #lobby"), 1);
        person
    }

    fn types(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    fn count(&self, words: &str) -> usize {
        self.seen.lock().unwrap().matches(words).count()
    }

    fn waits_for(&self, words: &str, times: usize) {
        wait_until(words, || self.count(words) >= times);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn three_people_in_a_room_survive_a_flood_of_300000_lines_and_go_on_talking() {
    let server = server();
    let mut people: Vec<_> = ["ana", "bob", "eva"]
        .map(|name| Person::enter(&server, name))
        .into();
    let begin = Instant::now();
    let url = server.url("/chat/lobby?name=troll");
    let mut flooder = start(&["send", &url]);
    let mut stdin = flooder.stdin.take().unwrap();
    // It ends early when the flooder does.
    let pipe = thread::spawn(move || drop(stdin.write_all("spam\n".repeat(300_000).as_bytes())));
    for person in &people {
        person.waits_for("#lobby troll: spam", 150);
    }
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_secs(2),
        "{took:?} for 50 lines past the burst"
    );
    for (i, name) in ["ana", "bob", "eva"].iter().enumerate() {
        people[i].types(&format!("I am {name} still"));
        for person in &people {
            person.waits_for(&format!("#lobby {name}: I am {name} still"), 1);
        }
    }
    for person in &mut people {
        assert_eq!(
            person.child.try_wait().unwrap(),
            None,
            "it was disconnected"
        );
        assert!(person.count("troll: spam") < 2000);
    }
    let _ = flooder.kill();
    let _ = flooder.wait();
    pipe.join().unwrap();
    // On other systems the end of a killed program may be seen only after everything that it had
    // sent, which is read slowly.
    if cfg!(unix) {
        for person in &people {
            person.waits_for("#lobby * troll left (3 here)", 1);
        }
    }
}

#[test]
fn the_rate_of_a_server_holds_for_each_endpoint_and_chat_has_the_lower_one() {
    let rate = Rate {
        per_second: 10,
        burst: 5,
    };
    let (_standard, builder) = Settings::default().standard();
    let server = Running::of(builder.max_rate(Some(rate)));
    for (path, told) in [("/echo", 0), ("/broadcast", 0), ("/chat?name=ana", 2)] {
        let mut client = server.open(path);
        for _ in 0..told {
            client.next();
        }
        let begin = Instant::now();
        client.send(&vec![text("hello"); 10]);
        for _ in 0..10 {
            assert!(matches!(client.next(), Some(Seen::Text(line)) if line.ends_with("hello")));
        }
        let took = begin.elapsed();
        assert!(took >= Duration::from_millis(490), "{path}: {took:?}");
    }
}
