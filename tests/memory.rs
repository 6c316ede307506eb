//! The memory of the program in a process of its own: bounded while clients send long messages, and
//! given back when they have left. Reads /proc: Linux.

#![cfg(all(target_os = "linux", feature = "cli"))]

mod support;

use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use support::loopback::{Socket, wait_until};
use support::peer::TIMEOUT;
use support::program::Program;
use support::*;
use wshub::protocol::Role;

/// KiB that stay because threads and connections were there at all.
const SLACK_KIB: usize = 12 << 10;

const LONG: usize = 6 << 20;

/// A binary message and a text of [`LONG`] bytes, whose masking key is zero: so they are quickly
/// made and taken.
fn long_messages() -> [Arc<Vec<u8>>; 2] {
    let bytes = vec![b'7'; LONG];
    [binary(&bytes), text(&bytes)].map(|frame| Arc::new(wire(Role::Server, &[frame.key([0; 4])])))
}

fn is_long_message(seen: Option<Seen>) -> bool {
    match seen {
        Some(Seen::Binary(bytes)) => bytes.len() == LONG,
        Some(Seen::Text(text)) => text.len() == LONG,
        _ => false,
    }
}

fn comes_back_to(server: &Program, kib: usize) {
    let most = kib + SLACK_KIB;
    wait_until("the memory to come back", || server.resident_kib() <= most);
}

/// Clients connect, have a long message echoed or broadcast, and leave; this is repeated some
/// times.
#[test]
fn resident_memory_returns_to_its_start_after_clients_with_long_messages_have_gone() {
    for path in ["/echo", "/broadcast"] {
        let server = Program::start(&["--queue-bytes", "64M"]);
        let before = server.resident_kib();
        let messages = long_messages();
        for _ in 0..3 {
            thread::scope(|scope| {
                for message in messages.iter().cycle().take(10) {
                    scope.spawn(|| {
                        let mut client = server.open(path);
                        let mut writer = client.stream.try_clone().unwrap();
                        scope.spawn(|| {
                            writer.write_all(message).unwrap();
                            drop(writer);
                        });
                        assert!(is_long_message(client.next()));
                    });
                }
            });
        }
        comes_back_to(&server, before);
    }
}

#[test]
fn a_client_that_stays_gives_the_memory_of_its_long_message_back_without_any_keepalive() {
    let server = Program::start(&["--ping-interval", "off"]);
    let before = server.resident_kib();
    let mut clients: Vec<_> = (0..5).map(|_| server.open("/echo")).collect();
    let messages = long_messages();
    for (client, message) in clients.iter_mut().zip(messages.iter().cycle().cloned()) {
        let mut writer = client.stream.try_clone().unwrap();
        let sent = thread::spawn(move || writer.write_all(&message).unwrap());
        assert!(is_long_message(client.next()));
        sent.join().unwrap();
    }
    comes_back_to(&server, before);
    for client in &mut clients {
        client.send(&[text("still open")]);
        assert_eq!(client.next(), Some(saw_text("still open")));
    }
}

/// What a client hears that never ends its message.
fn send_unfinished(mut client: Socket, message: Arc<Vec<u8>>) -> Option<Seen> {
    let mut writer = client.stream.try_clone().unwrap();
    writer.set_write_timeout(Some(TIMEOUT)).unwrap();
    thread::spawn(move || writer.write_all(&message[..message.len() - 1]).is_ok());
    client.next()
}

#[test]
fn unfinished_messages_of_many_clients_stay_within_the_budget_and_small_ones_pass() {
    let server = Program::start(&["--memory", "24M"]);
    let before = server.resident_kib();
    let messages = long_messages();
    let holders: Vec<_> = (messages.iter().cycle().take(20))
        .map(|message| {
            let client = server.open("/echo");
            let handle = client.stream.try_clone().unwrap();
            let message = message.clone();
            (
                thread::spawn(move || send_unfinished(client, message)),
                handle,
            )
        })
        .collect();
    let mut good = server.open("/echo");
    let deadline = Instant::now() + TIMEOUT;
    let closed = |holders: &[(thread::JoinHandle<_>, _)]| {
        holders
            .iter()
            .filter(|(holder, _)| holder.is_finished())
            .count()
    };
    while closed(&holders) < 5 {
        assert!(Instant::now() < deadline, "{} are closed", closed(&holders));
        good.send(&[text("still served")]);
        assert_eq!(good.next(), Some(saw_text("still served")));
        let used = server.resident_kib() - before;
        assert!(used <= (24 << 10) + SLACK_KIB, "{used} KiB");
        thread::sleep(Duration::from_millis(20));
    }
    for (holder, handle) in holders {
        if holder.is_finished() {
            let reason = "no memory is free for this message now; try again later";
            assert_eq!(holder.join().unwrap(), Some(saw_close(1013, reason)));
        } else {
            let _ = handle.shutdown(std::net::Shutdown::Both); // it holds what there is
        }
    }
    comes_back_to(&server, before);
}
