//! Chat on a real server: the URL, the end of a connection in every way, and the stop.

#![cfg(feature = "standard")]

mod support;

use std::time::Duration;

use support::loopback::{Running, Settings, Socket, wait_until};
use support::*;
use wshub::connection::Timeouts;
use wshub::hub::{Hub, HubOptions, SlowClient};
use wshub::protocol::Message;
use wshub::server::{Handler, Peer, Route};
use wshub::standard::chat::{
    Chat, ChatHandler, ChatInput, ChatLimits, ChatMembership, RequestedName,
};

/// A client in chat, after it has received the first lines.
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
    let server = Running::standard(Settings::default());
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
    let bad = "! not a valid room name: a/b; it has 1 to 64 letters, digits, - _ or .";
    enter(&server, "/chat/a%2Fb?name=x", &[bad]);
}

#[test]
fn binary_is_closed_with_1003_and_bad_text_is_not() {
    let server = Running::standard(Settings::default());
    let mut ana = enter(
        &server,
        "/chat?name=ana",
        &["* you are ana in #lobby", "#lobby * ana joined (1 here)"],
    );
    let long = text("x".repeat(1_000_000));
    ana.send(&[long, text("two\nlines"), text("bell\u{7}")]);
    sees(
        &mut ana,
        &[
            "! too long: 1000000 bytes; a line has 4096 at most",
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
    let server = Running::standard(Settings {
        timeouts: Timeouts {
            ping_interval: Some(Duration::from_millis(100)),
            ping_timeout: Duration::from_millis(100),
            close: Duration::from_millis(100),
            ..Timeouts::default()
        },
        ..Settings::default()
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
struct Faulty(Hub<ChatInput>, Option<ChatMembership>);

impl Handler for Faulty {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        let name = RequestedName::Name("faulty".into());
        let sender = peer.sender();
        self.1 = ChatMembership::enter(&self.0, "lobby", name, &sender).ok();
    }

    fn on_message(&mut self, _: &mut Peer<'_>, _: Message<'_>) {
        panic!("a fault in a handler");
    }
}

#[test]
fn a_handlers_panic_removes_the_client_from_its_rooms() {
    let chat = Chat::new(ChatLimits::default());
    let chat_counters = chat.counters();
    let hub = Hub::start_with(HubOptions::default(), chat).unwrap();
    let (chat, faulty) = (hub.clone(), hub.clone());
    let server = Running::of(
        Settings::default()
            .builder()
            .route(Route::new("/chat", move |_| ChatHandler::new(chat.clone())))
            .route(Route::new("/faulty", move |_| Faulty(faulty.clone(), None))),
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
    wait_until("nobody in chat", || chat_counters.people() == 0);
    assert_eq!(hub.counters().members(), 0);
}

#[test]
fn the_stop_is_told_in_chat_before_the_close() {
    let server = Running::standard(Settings::default());
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
    assert_eq!(server.stop().aborted, 0);
}

#[test]
fn a_client_that_reads_again_is_told_how_many_lines_it_missed() {
    let options = HubOptions {
        slow_client: SlowClient::Drop,
        ..HubOptions::default()
    };
    let hub = Hub::start_with(options, Chat::new(ChatLimits::default())).unwrap();
    let counters = hub.counters().clone();
    // A route without the rate of the standard one: it takes many lines to fill a socket.
    let chat = Route::new("/chat", move |_| ChatHandler::new(hub.clone()));
    let server = Running::of(Settings::default().builder().route(chat));
    let mut slow = enter(
        &server,
        "/chat?name=slow",
        &["* you are slow in #lobby", "#lobby * slow joined (1 here)"],
    );
    let mut ana = wshub::Client::connect(&server.url("/chat?name=ana")).unwrap();
    let sender = ana.sender();
    let line = "x".repeat(4000);
    let mut sent = 0;
    // How much the system buffers for a socket is not known, so this goes on until something was
    // dropped.
    while counters.dropped() < 10 {
        sender.send(Message::Text(&line)).unwrap();
        sent += 1;
        assert!(sent < 100_000);
        // She reads each of her own lines, so that only the slow client misses lines.
        loop {
            match ana.receive_any(Duration::from_secs(20)) {
                Ok(wshub::client::Received::Message(own))
                    if own.as_message().as_bytes().starts_with(b"#lobby ana: ") =>
                {
                    break;
                }
                Ok(_) => {}
                Err(_) => panic!("her line {sent} does not come back"),
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
