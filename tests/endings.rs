//! Goes through the ways in which a connection ends: each leaves one line in the log with the true
//! cause, and the same text in `/closed`.

#![cfg(feature = "standard")]

mod support;

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use support::loopback::{Running, Settings, Socket, upgrade, wait_until};
use support::{Frame, Seen, TEXT, close_with, text};
use wshub::connection::{ConnectionId, QueueLimits, Timeouts};
use wshub::hub::{Hub, HubOptions};
use wshub::protocol::{CloseCode, Limits, Message, Role};
use wshub::server::{Builder, ClientInfo, Handler, Observer, Peer, Route};
use wshub::standard::Broadcast;

/// Everything that was logged, by all servers of this process.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// The lines that begin with `word` and have the fields `of`.
fn lines(word: &str, of: &str) -> Vec<String> {
    let lines = LINES.0.lock().unwrap_or_else(PoisonError::into_inner);
    let of = format!(" {of} ");
    (lines.iter())
        .filter(|line| line.split(' ').next() == Some(word) && line.contains(&of))
        .cloned()
        .collect()
}

/// The one line that begins with `word` and has the fields `of`, once it is there.
fn line(word: &str, of: &str) -> String {
    let what = format!("a line {word:?} of {of}");
    wait_until(&what, || !lines(word, of).is_empty());
    let found = lines(word, of);
    assert_eq!(found.len(), 1, "one line: {found:?}");
    found[0].clone()
}

/// The numbers of a server's open clients.
///
/// An address alone does not identify a client in the log of this process: clients of two servers
/// may have the same one.
#[derive(Default)]
struct Opened(Mutex<HashMap<SocketAddr, ConnectionId>>);

impl Observer for Opened {
    fn opened(&self, info: &ClientInfo, _: &str) {
        let mut ids = self.0.lock().unwrap();
        let before = ids.insert(info.peer.unwrap(), info.id);
        assert_eq!(before, None, "an address was used twice: {info}");
    }
}

/// A server whose clients can be found in the log.
struct Logged {
    server: Running,
    opened: Arc<Opened>,
}

impl Deref for Logged {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.server
    }
}

impl Logged {
    /// What the log calls this client: `id=7 peer=127.0.0.1:40312`.
    fn client(&self, address: SocketAddr) -> String {
        let id = || self.opened.0.lock().unwrap().get(&address).copied();
        wait_until(&format!("a client {address}"), || id().is_some());
        format!("id={} peer={address}", id().unwrap())
    }
}

fn start(builder: Builder) -> Logged {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
    let opened = Arc::<Opened>::default();
    let server = Running::of(builder.observe(opened.clone()));
    Logged { server, opened }
}

fn standard(settings: Settings) -> Logged {
    start(settings.standard().1)
}

fn timeouts(change: impl FnOnce(&mut Timeouts)) -> Settings {
    let mut config = Settings::default();
    change(&mut config.timeouts);
    config
}

/// Does what its messages say.
struct Obedient;

impl Handler for Obedient {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        match message {
            Message::Text("panic") => panic!("as it was told"),
            Message::Text("close") => {
                peer.close(CloseCode::from_number(4000).unwrap(), "enough");
            }
            _ => peer.send(message),
        }
    }
}

fn obedient(config: Settings) -> Logged {
    let obedient = Route::new("/obedient", |_| Obedient);
    start(config.standard().1.route(obedient))
}

/// The closing line of `socket`'s connection has to hold each of `fields`. The line that opened it
/// has the same id, and `/closed` tells of the ending in the same words.
fn ends(server: &Logged, socket: &Socket, fields: &[&str]) {
    let address = socket.stream.local_addr().unwrap();
    drop(socket.stream.shutdown(Shutdown::Write)); // an error: it has ended already
    ends_at(server, address, fields);
}

fn ends_at(server: &Logged, address: SocketAddr, fields: &[&str]) {
    let client = server.client(address);
    let closing = line("close", &client);
    for field in fields {
        assert!(
            format!("{closing} ").contains(&format!(" {field} ")),
            "{field}: {closing}"
        );
    }
    line("open", &client);
    let mut asking = server.socket();
    asking.send_bytes(b"GET /closed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let page = asking.everything();
    let about = format!(" peer={address} ");
    let told = page.lines().find(|line| line.contains(&about));
    let cause = &closing[closing.find(" by=").unwrap()..];
    assert!(told.is_some_and(|told| told.ends_with(cause)), "{told:?}");
}

#[test]
fn the_peer_closes_with_a_code_and_a_reason() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    socket.send(&[text("hello"), close_with(1000, "bye\n\u{202e}\"")]);
    socket.rest();
    let fields = [
        "by=peer",
        "code=1000",
        "reason=\"bye\\n\\u{202e}\\\"\"",
        "why=\"closing handshake\"",
        "clean=true",
        "in=1/5B",
        "out=1/5B",
        "dropped=0",
    ];
    ends(&server, &socket, &fields);
}

#[test]
fn the_peer_closes_without_a_code() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    socket.send(&[Frame::new(true, support::CLOSE, "")]);
    socket.rest();
    ends(
        &server,
        &socket,
        &["by=peer", "code=1005", "reason=\"\"", "clean=true"],
    );
}

#[test]
fn tcp_ends_without_a_close() {
    let server = standard(Settings::default());
    let socket = server.open("/echo");
    socket.stream.shutdown(Shutdown::Write).unwrap();
    let why = "why=\"TCP ended without a Close\"";
    ends(
        &server,
        &socket,
        &["by=network", "code=1006", why, "clean=false"],
    );
}

#[test]
fn tcp_ends_in_mid_message() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    socket.send(&[Frame::new(false, TEXT, "half a mess")]);
    socket.stream.shutdown(Shutdown::Write).unwrap();
    let why = "why=\"TCP ended in mid-message without a Close\"";
    ends(
        &server,
        &socket,
        &["by=network", "code=1006", why, "in=0/0B"],
    );
}

#[test]
fn the_connection_is_reset() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    socket.send(&[text("unread")]);
    socket.stream.peek(&mut [0]).unwrap();
    let address = socket.stream.local_addr().unwrap();
    drop(socket); // with the echo unread: the system resets the connection
    let mut fields = vec!["by=network", "code=1006", "in=1/6B", "clean=false"];
    if cfg!(target_os = "linux") {
        fields.extend(["why=\"reading failed: connection reset\"", "errno=104"]);
    }
    ends_at(&server, address, &fields);
}

#[test]
fn the_peer_breaks_a_rule() {
    let limits = Limits {
        max_message_bytes: 100,
        ..Limits::default()
    };
    let rows = [
        (
            text("no mask").wrong_mask(),
            "code=1002",
            "frame from a client without a mask",
            "5.1",
        ),
        (
            text("").rsv(4),
            "code=1002",
            "reserved bit set, but no extension was negotiated",
            "5.2",
        ),
        (
            text(b"\xff\xff"),
            "code=1007",
            "text that is not UTF-8",
            "8.1",
        ),
        (
            text("").announcing(101),
            "code=1009",
            "message of 101 bytes, the limit is 100",
            "10.4",
        ),
    ];
    let server = standard(Settings {
        limits,
        ..Settings::default()
    });
    for (frame, code, rule, section) in rows {
        let mut socket = server.open("/echo");
        socket.send(&[frame]);
        socket.rest();
        let reason = format!("reason=\"{rule}\"");
        let why = format!("why=\"{rule} (RFC 6455 section {section})\"");
        ends(
            &server,
            &socket,
            &["by=fault", code, &reason, &why, "clean=false"],
        );
    }
}

#[test]
fn the_peer_is_silent_and_answers_no_ping() {
    let server = standard(timeouts(|t| {
        t.ping_interval = Some(Duration::from_millis(50));
        t.ping_timeout = Duration::from_millis(60);
        t.close = Duration::from_millis(50);
    }));
    let mut socket = server.open("/echo");
    socket.rest();
    let why = "why=\"no Close from the peer within the close timeout\"";
    ends(
        &server,
        &socket,
        &["by=us", "code=1011", "reason=\"no pong for 60ms\"", why],
    );
}

#[test]
fn the_peer_has_nothing_to_say() {
    let server = standard(timeouts(|t| t.idle = Some(Duration::from_millis(50))));
    let mut socket = server.open("/echo");
    socket.next();
    socket.send(&[close_with(1001, "")]);
    ends(
        &server,
        &socket,
        &["by=us", "code=1001", "reason=\"idle\"", "clean=true"],
    );
}

#[test]
fn the_handler_closes_and_the_peer_answers_or_does_not() {
    let server = obedient(timeouts(|t| t.close = Duration::from_millis(50)));
    let rows = [
        (true, "why=\"closing handshake\"", "clean=true"),
        (
            false,
            "why=\"no Close from the peer within the close timeout\"",
            "clean=false",
        ),
    ];
    for (answers, why, clean) in rows {
        let mut socket = server.open("/obedient");
        socket.send(&[text("close")]);
        socket.next();
        if answers {
            socket.send(&[close_with(4000, "")]);
        }
        socket.rest();
        ends(
            &server,
            &socket,
            &["by=us", "code=4000", "reason=\"enough\"", why, clean],
        );
    }
}

#[test]
fn the_handler_panics() {
    let server = obedient(Settings::default());
    let mut socket = server.open("/obedient");
    socket.send(&[text("panic")]);
    socket.next();
    socket.send(&[close_with(1011, "")]);
    ends(
        &server,
        &socket,
        &[
            "by=us",
            "code=1011",
            "reason=\"internal error\"",
            "clean=true",
        ],
    );
}

#[test]
fn the_peer_reads_nothing_of_what_it_asked_for() {
    let server = standard(timeouts(|t| t.write = Duration::from_millis(100)));
    let mut socket = server.open("/echo");
    let frame = support::binary(vec![0; 60_000]).wire(Role::Server);
    while socket.try_send(&frame) {}
    let why = "why=\"the peer read nothing within the write timeout\"";
    ends(
        &server,
        &socket,
        &["by=us", "code=1006", why, "clean=false"],
    );
}

#[test]
fn the_peer_is_a_slow_consumer() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let publishing = hub.clone();
    let config = Settings {
        queue: QueueLimits {
            messages: 4,
            ..QueueLimits::default()
        },
        ..Settings::default()
    };
    let news = Route::new("/news", move |_| Broadcast::new(hub.clone(), "/news"));
    let server = start(config.standard().1.route(news));
    let mut socket = server.open("/news");
    let news = [0; 32 << 10];
    while publishing.counters().evicted() == 0 {
        publishing.publish("/news", Message::Binary(&news)).unwrap();
        thread::yield_now();
    }
    while !matches!(socket.next(), Some(Seen::Close(..)) | None) {} // it wakes up, too late
    socket.try_send(&close_with(1008, "").wire(Role::Server));
    ends(
        &server,
        &socket,
        &["by=us", "code=1008", "reason=\"slow consumer\"", "in=0/0B"],
    );
}

#[test]
fn the_server_stops() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    let address = socket.stream.local_addr().unwrap();
    server.stopper.stop();
    socket.next();
    socket.send(&[close_with(1001, "")]);
    let closing = line("close", &server.client(address));
    for field in [
        "by=us",
        "code=1001",
        "reason=\"server shutting down\"",
        "clean=true",
    ] {
        assert!(closing.contains(&format!(" {field} ")), "{closing}");
    }
}

#[test]
fn every_frame_is_drawn_with_the_rule_that_it_breaks() {
    let server = standard(Settings::default());
    let mut socket = server.open("/echo");
    socket.send(&[
        text("Hel").not_final(),
        Frame::new(true, support::PING, "?"),
        Frame::new(true, support::CONTINUATION, "lo\x1b"),
        Frame::new(true, 3, "x"),
    ]);
    socket.rest();
    let client = server.client(socket.stream.local_addr().unwrap());
    line("close", &client);
    let id = client.split(' ').next().unwrap();
    let drawn = |word: &str| lines(word, id);
    let frames = drawn("frame").join("\n");
    for expected in [
        "dir=in fin=0 rsv=000 opcode=1/text mask=37fa213d len=3 hex=\"48 65 6c\" ascii=\"Hel\"",
        "dir=in fin=1 rsv=000 opcode=9/ping mask=37fa213d len=1 hex=\"3f\" ascii=\"?\"",
        "dir=in fin=1 rsv=000 opcode=0/continuation mask=37fa213d len=3 hex=\"6c 6f 1b\" ascii=\"lo\\x1b\"",
        "dir=in fin=1 rsv=000 opcode=3/reserved mask=37fa213d len=1 hex=\"78\" ascii=\"x\"",
        "dir=out fin=1 rsv=000 opcode=10/pong mask=none len=1 hex=\"3f\" ascii=\"?\"",
        "dir=out fin=1 rsv=000 opcode=1/text mask=none len=6 hex=\"48 65 6c 6c 6f 1b\" ascii=\"Hello\\x1b\"",
        "dir=out fin=1 rsv=000 opcode=8/close mask=none len=19 hex=\"03 ea",
    ] {
        assert!(frames.contains(expected), "{expected} in:\n{frames}");
    }
    let broken = "dir=in section=\"RFC 6455 5.2\" rule=\"reserved opcode 3\"";
    assert!(drawn("broken").iter().any(|line| line.ends_with(broken)));
}

#[test]
fn a_refused_handshake_is_told_with_what_was_seen() {
    let server = standard(Settings::default());
    let rows = [
        (
            upgrade("/broadcast")
                .replace("Upgrade: w", "Origin: https://evil.example\r\nUpgrade: w"),
            "status=403 target=\"/broadcast\" why=\"A page from the origin \\\"https://evil.example\\\" \
             may not connect here; start the server with --allow-origin https://evil.example to \
             allow it.\"",
        ),
        (
            upgrade("/echo").replace("Host: localhost", "Host: evil.example"),
            "status=403 target=\"/echo\" why=\"The host \\\"evil.example\\\" is not this server's; \
             start the server with --allow-host evil.example to answer to that name.\"",
        ),
        (
            upgrade("/nowhere\u{7e}"),
            "status=404 target=\"/nowhere~\" why=\"No endpoint is at /nowhere~; the endpoints \
             here are /, /echo, /broadcast, /chat, /chat/* and /frames.\"",
        ),
    ];
    for (request, told) in rows {
        let mut socket = server.socket();
        socket.send_bytes(request.as_bytes());
        let answer = socket.everything();
        let address = socket.stream.local_addr().unwrap();
        let refused = line("refused", &format!("peer={address}")); // only this server refuses
        assert!(refused.ends_with(told), "{refused}");
        let status = told.split(['=', ' ']).nth(1).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
}
