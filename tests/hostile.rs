//! What a hostile or broken client does, against the program in a process of its own: it gets its
//! answer, and memory, threads and descriptors are released. Reads /proc: Linux.

#![cfg(all(target_os = "linux", feature = "cli"))]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use support::loopback::{Socket, upgrade, wait_until};
use support::program::Program;
use support::*;
use wshub::protocol::Role;

/// KiB that may come and go with the allocator's habits.
const SLACK_KIB: usize = 12 << 10;

/// Sends as much as the server accepts, until it accepts no more for a while or has ended the
/// connection; returns the number of bytes sent.
fn pour(socket: &mut Socket, bytes: &[u8], most: usize) -> usize {
    socket
        .stream
        .set_write_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let mut sent = 0;
    while sent < most {
        match socket.stream.write(bytes) {
            Ok(written) => sent += written,
            Err(_) => break,
        }
    }
    sent
}

/// A new client is served, once the server has seen that earlier ones are gone.
fn still_serves(server: &Program) {
    let mut good = server.socket();
    wait_until("a newcomer to be let in", || {
        good = server.socket();
        good.send_bytes(upgrade("/echo").as_bytes());
        good.head().starts_with("HTTP/1.1 101 ")
    });
    good.send(&[text("still here")]);
    assert_eq!(good.next(), Some(saw_text("still here")));
}

/// Ends TCP with a reset: closing with unread bytes does that.
fn reset(mut socket: Socket) {
    socket.send(&[text("answer that nobody reads")]);
    let mut byte = [0];
    socket.stream.peek(&mut byte).unwrap();
    drop(socket);
}

#[test]
fn announced_lengths_take_no_memory() {
    let server = Program::start(&[]);
    let before = server.resident_kib();
    let clients: Vec<_> = (0..100)
        .map(|_| {
            let mut client = server.open("/echo");
            client.send(&[binary("").announcing(16 << 20)]);
            client
        })
        .collect();
    still_serves(&server);
    let used = server.resident_kib().saturating_sub(before);
    assert!(
        used < 100 * 64 + SLACK_KIB,
        "100 announcements of 16 MiB took {used} KiB"
    );
    drop(clients);
}

#[test]
fn a_client_that_never_reads_stalls_itself_and_is_cut_by_the_write_timeout() {
    let server = Program::start(&["--write-timeout", "1s"]);
    let before = server.resident_kib();
    let mut greedy = server.open("/echo");
    let message = wire(Role::Server, &[binary(vec![7; 64 << 10])]);
    let sent = pour(&mut greedy, &message, 1 << 30);
    assert!(sent < 256 << 20, "nothing held it back: {sent} bytes");
    still_serves(&server);
    server.wait_for_log("the peer read nothing within the write timeout");
    let used = server.resident_kib().saturating_sub(before);
    assert!(used < SLACK_KIB, "{used} KiB for one client");
}

#[test]
fn a_flood_of_pings_whose_pongs_nobody_reads_is_cut_too() {
    let server = Program::start(&["--write-timeout", "1s"]);
    let before = server.resident_kib();
    let mut flooding = server.open("/echo");
    let pings = wire(Role::Server, &vec![ping([b'p'; 125]); 500]);
    let sent = pour(&mut flooding, &pings, 1 << 30);
    assert!(sent < 256 << 20, "nothing held it back: {sent} bytes");
    still_serves(&server);
    server.wait_for_log("the peer read nothing within the write timeout");
    let used = server.resident_kib().saturating_sub(before);
    assert!(used < SLACK_KIB, "{used} KiB for one client");
}

#[test]
fn descriptors_threads_and_memory_return_to_where_they_were() {
    let server = Program::start(&[]);
    let at_rest = || (server.descriptors(), server.status("Threads"));
    still_serves(&server);
    // The process is at rest when its values stay the same for longer than a finished client's
    // thread waits for the next client.
    let (mut before, mut since) = (at_rest(), Instant::now());
    wait_until("the server to come to rest", || {
        if at_rest() != before {
            (before, since) = (at_rest(), Instant::now());
        }
        since.elapsed() > Duration::from_secs(3)
    });
    let memory = server.resident_kib();
    for round in 0..20 {
        let clients: Vec<_> = (0..100)
            .map(|i| server.open(["/echo", "/broadcast"][i % 2]))
            .collect();
        if round < 2 {
            clients.into_iter().for_each(reset);
        }
    }
    wait_until("descriptors and threads to return", || at_rest() == before);
    let used = server.resident_kib().saturating_sub(memory);
    assert!(used < 2 * SLACK_KIB, "2000 clients left {used} KiB behind");
}

#[test]
fn without_descriptors_existing_clients_are_served_and_new_ones_are_accepted_later() {
    let server = Program::start_with_descriptors(64, &[]);
    let mut inside = server.open("/echo");
    let waiting: Vec<_> = (0..100)
        .filter_map(|_| TcpStream::connect(("127.0.0.1", server.port)).ok())
        .collect();
    server.wait_for_log("accept paused");
    inside.send(&[text("inside")]);
    assert_eq!(inside.next(), Some(saw_text("inside")));
    drop(waiting);
    still_serves(&server);
    server.wait_for_log("accept resumed");
    assert_eq!(
        server.log().matches("accept paused").count(),
        1,
        "told once"
    );
}

#[test]
fn with_few_threads_the_members_of_a_broadcast_stay_and_new_clients_get_503() {
    let server = Program::start(&["--max-threads", "16", "--max-clients", "100"]);
    server.wait_for_log(
        "--max-clients 100 is lowered to 11: the process may have 16 threads for clients; for \
         more, raise --max-threads",
    );
    let mut members: Vec<_> = (0..11).map(|_| server.open("/broadcast")).collect();
    let mut newcomer = server.socket();
    newcomer.send_bytes(upgrade("/broadcast").as_bytes());
    let answer = newcomer.everything();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    for round in 0..50 {
        let message = format!("message {round}");
        members[round % 11].send(&[text(&message)]);
        for member in &mut members {
            assert_eq!(member.next(), Some(saw_text(&message)));
        }
        let threads = server.status("Threads");
        // Beside those for clients: main, accept, hub, signals, deadlines, log.
        assert!(threads <= 16 + 6, "{threads} threads");
    }
    drop(members);
    still_serves(&server);
}

#[test]
fn a_client_that_does_not_read_holds_no_thread_for_long() {
    let flags = [
        "--max-threads",
        "16",
        "--queue-bytes",
        "16M",
        "--write-timeout",
        "1h",
    ];
    let server = Program::start(&flags);
    let mut publisher = server.open("/broadcast");
    let mut deaf: Vec<_> = (0..8).map(|_| server.open("/broadcast")).collect();
    let mut listener = server.open("/broadcast");
    let payload = vec![b'x'; 8 << 20];
    let message = wire(Role::Server, &[binary(&payload)]);
    let mut writing = publisher.stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || writing.write_all(&message));
    for client in [&mut publisher, &mut listener] {
        assert_eq!(client.next(), Some(Seen::Binary(payload.clone())));
    }
    sending.join().unwrap().unwrap();
    server.wait_for_log("it is disconnected: other clients wait for its writer thread");
    publisher.send(&[text("and now?")]);
    assert_eq!(listener.next(), Some(saw_text("and now?")));
    deaf.clear();
    still_serves(&server);
}

#[test]
fn evicted_clients_release_their_descriptors_within_the_close_timeout() {
    let server = Program::start(&["--close-timeout", "1s", "--write-timeout", "1h"]);
    let mut publisher = server.open("/broadcast");
    let before = server.descriptors();
    let mut deaf: Vec<_> = (0..20).map(|_| server.open("/broadcast")).collect();
    let mut heard = publisher.stream.try_clone().unwrap();
    std::thread::spawn(move || std::io::copy(&mut heard, &mut std::io::sink()));
    let message = wire(Role::Server, &[binary(vec![b'x'; 1 << 20])]);
    let mut sent = 0;
    while !server.log().contains("it is closed: slow consumer") {
        assert!(sent < 64, "nobody is slow after {sent} MiB");
        publisher.send_bytes(&message);
        sent += 1;
    }
    deaf.truncate(10); // half of them are gone at once, with unread bytes: a reset
    let since = Instant::now();
    wait_until("the descriptors to be released", || {
        server.descriptors() <= before
    });
    assert!(
        since.elapsed() < Duration::from_secs(10),
        "{:?}",
        since.elapsed()
    );
    drop(deaf);
}

#[test]
fn each_way_to_end_tcp_is_told_as_it_was() {
    let server = Program::start(&["--close-timeout", "1s"]);
    let half_a_frame = &wire(Role::Server, &[binary([0; 100])])[..50];

    let mut ended = server.open("/echo");
    ended.send_bytes(half_a_frame);
    drop(ended);
    server.wait_for_log("id=1 ");
    server.wait_for_log("why=\"TCP ended in mid-message without a Close\"");

    reset(server.open("/echo"));
    server.wait_for_log("connection reset");

    // Half-closed: what was asked before is still answered.
    let mut half = server.open("/echo");
    half.send(&[text("asked before")]);
    half.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(half.next(), Some(saw_text("asked before")));
    assert_eq!(half.next(), None);
    server.wait_for_log("why=\"TCP ended without a Close\"");

    // A Close, and TCP is never ended: the server does that.
    let mut lingering = server.open("/echo");
    lingering.send(&[close_with(1000, "bye")]);
    assert_eq!(lingering.rest(), [saw_close(1000, "bye")]);
    server.wait_for_log("reason=\"bye\" why=\"closing handshake\" clean=true");

    // A Close directly after a large message: the complete echo comes, then the Close.
    let mut large = server.open("/echo");
    let bytes = vec![0x5A; 8 << 20];
    let frames = wire(Role::Server, &[binary(&bytes), close_with(1001, "leaving")]);
    let mut writing = large.stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || writing.write_all(&frames));
    assert_eq!(large.next(), Some(Seen::Binary(bytes)));
    assert_eq!(large.next(), Some(saw_close(1001, "leaving")));
    sending.join().unwrap().unwrap();
    server.wait_for_log("by=peer code=1001 reason=\"leaving\"");
}

#[test]
fn a_peers_words_reach_the_log_escaped() {
    let server = Program::start(&[]);
    let mut client = server.open("/echo?x=1");
    client.send(&[close_with(4000, "\u{1b}[31mred\r\n[ERROR] forged")]);
    client.rest();
    drop(client);
    server.wait_for_log("code=4000");
    let log = server.log();
    assert!(
        !log.contains('\u{1b}') && !log.contains("\n[ERROR]"),
        "{log:?}"
    );
    assert!(
        log.contains("reason=\"\\u{1b}[31mred\\r\\n[ERROR] forged\""),
        "{log}"
    );
}

#[test]
fn a_tls_hello_on_the_plain_port_is_named_in_the_log() {
    let server = Program::start(&[]);
    let mut socket = server.socket();
    socket.send_bytes(b"\x16\x03\x01\x00\xA5\x01\x00\x00\xA1\x03\x03");
    assert_eq!(socket.stream.read(&mut [0; 16]).unwrap_or(0), 0, "cut");
    server.wait_for_log("TLS on a port that speaks ws://");
}

#[test]
fn a_byte_a_second_is_cut_at_the_deadline_for_the_whole() {
    let server = Program::start(&["--handshake-timeout", "1s"]);
    let mut slow = server.socket();
    let request = upgrade("/echo");
    for byte in request.bytes() {
        std::thread::sleep(Duration::from_millis(50)); // the behaviour under test, not luck
        if !slow.try_send(&[byte]) {
            break;
        }
        if server.log().contains("took too long") {
            break;
        }
    }
    server.wait_for_log("took too long");
    let answer = slow.everything();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn ctrl_c_ends_with_exit_code_0_and_1001_for_everyone() {
    let server = Program::start(&[]);
    let mut clients: Vec<_> = (0..20).map(|_| server.open("/broadcast")).collect();
    let waiting = std::thread::spawn(move || {
        for client in &mut clients {
            assert_eq!(client.next(), Some(saw_close(1001, "server shutting down")));
            client.send(&[close_with(1001, "")]);
        }
    });
    assert_eq!(server.interrupt(), Some(0));
    waiting.join().unwrap();
}
