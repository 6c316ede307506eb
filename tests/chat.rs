//! Chat on a real server: the URL, the end of a connection in every way, and the stop.

mod support;

use std::time::Duration;

use support::loopback::{Running, Socket, wait_until};
use support::*;
use wshub::Server;
use wshub::connection::Timeouts;
use wshub::protocol::Message;
use wshub::server::{
    Asked, ChatHandler, Client, Handler, Hub, HubConfig, Seat, ServerConfig, SlowClient,
};

/// A client in chat, with what it is told at first seen.
fn enter(server: &Running, target: &str, told: &[&str]) -> Socket {
    let mut socket = server.open(target);
    sees(&mut socket, told);
    socket
}

fn sees(socket: &mut Socket, lines: &[&str]) {
    for line in lines {
        assert_eq!(socket.next(), Some(saw_text(line)));
    }
}

#[test]
fn the_url_names_the_room_and_the_client() {
    let server = Running::standard(ServerConfig::default());
    let rows = [
        ("/chat", "guest-1", "lobby"),
        ("/chat?name=ana", "ana", "lobby"),
        ("/chat/dev?name=bob", "bob", "dev"),
        ("/chat/caf%C3%A9?name=%C3%A9va", "\u{e9}va", "caf\u{e9}"),
        ("/chat/v1.0?name=", "guest-2", "v1.0"),
    ];
    for (target, name, room) in rows {
        let told = format!("* you are {name} in #{room}");
        let joined = format!("#{room} * {name} joined (1 here)");
        let socket = enter(&server, target, &[&told, &joined]);
        drop(socket);
        server.wait_for_connections(0);
    }
    let bad = "! no room's name: a/b; it has 1 to 64 letters, digits, - _ or .";
    enter(&server, "/chat/a%2Fb?name=x", &[bad]);
}

#[test]
fn binary_is_closed_with_1003_and_bad_text_is_not() {
    let server = Running::standard(ServerConfig::default());
    let mut ana = enter(
        &server,
        "/chat?name=ana",
        &["* you are ana in #lobby", "#lobby * ana joined (1 here)"],
    );
    ana.send(&[text("two\nlines"), text("bell\u{7}")]);
    sees(
        &mut ana,
        &[
            "! one line at a time: that text has a line break in it",
            "! not sent: that text has a control character in it (U+0007)",
        ],
    );
    ana.send(&[binary([1, 2, 3])]);
    assert_eq!(
        ana.next(),
        Some(saw_close(1003, "chat takes text, not binary"))
    );
}

#[test]
fn a_client_that_vanishes_leaves_its_rooms_when_keepalive_ends_it() {
    let server = Running::standard(ServerConfig {
        timeouts: Timeouts {
            ping_interval: Some(Duration::from_millis(100)),
            ping_timeout: Duration::from_millis(100),
            close: Duration::from_millis(100),
            ..Timeouts::default()
        },
        ..ServerConfig::default()
    });
    let _vanished = enter(
        &server,
        "/chat?name=ana",
        &["* you are ana in #lobby", "#lobby * ana joined (1 here)"],
    ); // it reads and answers nothing any more, and its TCP stays open
    let mut bob = wshub::Client::connect(&server.url("/chat?name=bob")).unwrap();
    loop {
        match bob.receive() {
            Some(wshub::protocol::MessageBuf::Text(line)) if line.contains("left") => {
                assert_eq!(line, "#lobby * ana left (1 here)");
                break;
            }
            Some(_) => {}
            None => panic!("{:?}", bob.ended()),
        }
    }
}

/// Chat whose handler has a fault.
struct Faulty(Hub, Option<Seat>);

impl Handler for Faulty {
    fn on_open(&mut self, client: &mut Client<'_>) {
        let name = Asked::Name("faulty".into());
        let id = client.info().id;
        self.1 = Some(self.0.enter("lobby", name, id, client.sender()));
    }

    fn on_message(&mut self, _: &mut Client<'_>, _: Message<'_>) {
        panic!("a fault in a handler");
    }
}

#[test]
fn a_handlers_panic_leaves_no_ghost_behind() {
    let hub = Hub::start(HubConfig::default()).unwrap();
    let (chat, faulty) = (hub.clone(), hub.clone());
    let server = Running::of(
        Server::builder()
            .config(ServerConfig {
                listen: vec!["127.0.0.1:0".into()],
                ..ServerConfig::default()
            })
            .route("/chat", move |_| ChatHandler::new(chat.clone()))
            .route("/faulty", move |_| Faulty(faulty.clone(), None)),
    );
    let mut ana = enter(
        &server,
        "/chat?name=ana",
        &["* you are ana in #lobby", "#lobby * ana joined (1 here)"],
    );
    let mut faulty = server.open("/faulty");
    sees(&mut ana, &["#lobby * faulty joined (2 here)"]);
    faulty.send(&[text("now")]);
    sees(&mut ana, &["#lobby * faulty left (1 here)"]);
    ana.send(&[text("/nick faulty"), text("/who")]);
    sees(
        &mut ana,
        &["#lobby * ana is now faulty", "* in #lobby: faulty (1 here)"],
    );
    drop(ana);
    wait_until("nobody in chat", || hub.counters().people() == 0);
    assert_eq!(hub.counters().members(), 0);
}

#[test]
fn the_stop_is_told_in_chat_before_the_close() {
    let server = Running::standard(ServerConfig::default());
    let mut ana = enter(
        &server,
        "/chat?name=ana",
        &["* you are ana in #lobby", "#lobby * ana joined (1 here)"],
    );
    let stopper = server.stopper.clone();
    let stopping = std::thread::spawn(move || stopper.stop());
    assert_eq!(
        [ana.next(), ana.next()],
        [
            Some(saw_text("#lobby * the server is shutting down")),
            Some(saw_close(1001, "server shutting down"))
        ]
    );
    ana.send(&[close_with(1001, "")]);
    stopping.join().unwrap();
    assert_eq!(server.stop().cut, 0);
}

#[test]
fn a_client_that_reads_again_is_told_how_many_lines_it_missed() {
    let server = Running::standard(ServerConfig {
        slow_client: SlowClient::Drop,
        ..ServerConfig::default()
    });
    let mut slow = enter(
        &server,
        "/chat?name=slow",
        &["* you are slow in #lobby", "#lobby * slow joined (1 here)"],
    );
    let mut ana = wshub::Client::connect(&server.url("/chat?name=ana")).unwrap();
    let sender = ana.sender();
    let line = "x".repeat(4000);
    let mut sent = 0;
    // What the system holds for a socket is not ours to know: on until something was dropped.
    let counters = server.stopper.hub_counters().unwrap();
    while counters.dropped() < 10 {
        sender.send(Message::Text(&line)).unwrap();
        sent += 1;
        assert!(sent < 100_000);
        // She reads each of her own lines, so that what is dropped was for the slow one.
        loop {
            match ana.receive_any(Duration::from_secs(20)) {
                Some(wshub::client::Received::Message(own))
                    if own.as_message().as_bytes().starts_with(b"#lobby ana: ") =>
                {
                    break;
                }
                Some(_) => {}
                None => panic!("her line {sent} does not come back"),
            }
        }
    }
    sender.send(Message::Text("last")).unwrap();
    let (mut seen, mut missed) = (0, 0);
    while seen + missed < sent + 1 {
        let Some(Seen::Text(line)) = slow.next() else {
            panic!("after {seen}")
        };
        if let Some(rest) = line.strip_prefix("* you missed ") {
            let (count, rest) = rest.split_once(' ').unwrap();
            assert!(rest.starts_with("message"), "{rest}");
            missed += count.parse::<i32>().unwrap();
        } else if line.starts_with("#lobby ana: ") {
            seen += 1;
        }
    }
    assert!(missed >= 10);
    assert!(missed as u64 <= counters.dropped());
}
