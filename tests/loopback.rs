//! A real server on a real socket of this machine: tests that need both ends, and nothing else.

#![cfg(feature = "standard")]

mod support;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use support::loopback::{Running, Settings, upgrade, wait_until};
use support::*;
use wshub::Client;
use wshub::client::{ConnectError, ConnectOptions, NotReceived, Received};
use wshub::connection::Timeouts;
use wshub::protocol::{Initiator, Limits, Message, MessageBuf};
use wshub::server::{Access, Handler, Peer, Route};
use wshub::standard::Echo;

fn text_of(message: Option<MessageBuf>) -> String {
    match message {
        Some(MessageBuf::Text(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn our_client_and_our_server_talk_and_part_cleanly() {
    let server = Running::standard(Settings::default());
    let mut client = Client::connect(&server.url("/echo")).unwrap();
    client.send(Message::Text("hello")).unwrap();
    assert_eq!(text_of(client.receive()), "hello");
    let cause = client.close(wshub::protocol::CloseCode::NORMAL, "done");
    assert_eq!(
        (cause.by, cause.code, cause.clean),
        (Initiator::Local, 1000, true)
    );
    server.wait_for_connections(0);
}

#[test]
fn a_clients_sender_and_receiver_live_in_two_threads() {
    let server = Running::standard(Settings::default());
    let mut client = Client::connect(&server.url("/")).unwrap();
    let sender = client.sender();
    let sending = thread::spawn(move || {
        (0..5000).for_each(|i| sender.send(Message::Text(&i.to_string())).unwrap());
    });
    for i in 0..5000 {
        assert_eq!(text_of(client.receive()), i.to_string());
    }
    sending.join().unwrap();
}

#[test]
fn a_client_is_shown_the_pongs_to_its_own_pings_and_not_those_of_the_keepalive() {
    let server = Running::standard(Settings::default());
    let mut options = ConnectOptions::default();
    options.timeouts.ping_interval = Some(Duration::from_millis(10));
    let mut client = options.connect(&server.url("/")).unwrap();
    wait_until("ten pings are answered", || {
        let shown = client.receive_any(Duration::from_millis(20));
        assert_eq!(shown, Err(NotReceived::Timeout));
        client.sender().tallies().0.pong.messages >= 10
    });
    client.sender().ping(b"mine").unwrap();
    let shown = client.receive_any(Duration::from_secs(20));
    assert_eq!(shown, Ok(Received::Pong(b"mine".to_vec())));
}

#[test]
fn a_broadcast_reaches_everyone_in_one_order() {
    let server = Running::standard(Settings::default());
    let clients: Vec<_> = (0..20)
        .map(|_| Client::connect(&server.url("/broadcast")).unwrap())
        .collect();
    let senders: Vec<_> = clients.iter().take(4).map(Client::sender).collect();
    let publishers: Vec<_> = senders
        .into_iter()
        .enumerate()
        .map(|(who, sender)| {
            thread::spawn(move || {
                for i in 0..50 {
                    sender.send(Message::Text(&format!("{who} {i}"))).unwrap();
                }
            })
        })
        .collect();
    let receivers: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            thread::spawn(move || {
                (0..200)
                    .map(|_| text_of(client.receive()))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    publishers
        .into_iter()
        .for_each(|publisher| publisher.join().unwrap());
    let mut orders: Vec<_> = receivers.into_iter().map(|r| r.join().unwrap()).collect();
    let first = orders.pop().unwrap();
    assert!(orders.iter().all(|order| *order == first));
    for who in 0..4 {
        let own = first
            .iter()
            .filter_map(|text| text.strip_prefix(&format!("{who} ")));
        assert!(
            own.map(|i| i.parse::<usize>().unwrap()).eq(0..50),
            "publisher {who}"
        );
    }
}

#[test]
fn a_message_at_the_limit_comes_back_and_one_byte_more_gets_1009() {
    let limits = Limits {
        max_message_bytes: 1 << 20,
        ..Limits::default()
    };
    let server = Running::standard(Settings {
        limits,
        ..Settings::default()
    });
    let mut client = Client::connect(&server.url("/echo")).unwrap();
    let most = "x".repeat(1 << 20);
    client.send(Message::Text(&most)).unwrap();
    assert_eq!(text_of(client.receive()).len(), 1 << 20);
    let _ = client.send(Message::Text(&format!("{most}y"))); // may be cut off in the middle
    assert_eq!(client.receive(), None);
    let cause = client.ended().unwrap();
    assert_eq!((cause.by, cause.code), (Initiator::Peer, 1009));
}

#[test]
fn a_stop_tells_every_client_1001_and_leaves_in_time() {
    let server = Running::standard(Settings::default());
    let mut clients: Vec<_> = (0..50)
        .map(|i| server.open(["/echo", "/broadcast"][i % 2]))
        .collect();
    // One that has not finished its handshake, and one that never answers.
    let mut silent = server.socket();
    server.wait_for_connections(51);
    let begun = Instant::now();
    let stopping = {
        let stopper = server.stopper.clone();
        thread::spawn(move || stopper.stop())
    };
    let deaf = clients.pop().unwrap();
    for client in &mut clients {
        assert_eq!(client.next(), Some(saw_close(1001, "server shutting down")));
        client.send(&[close_with(1001, "")]);
        assert_eq!(client.next(), None);
    }
    stopping.join().unwrap();
    let stopped = server.stop();
    assert!(begun.elapsed() < Duration::from_secs(20));
    // The client that does not answer is aborted by its own close timeout or by the stop grace,
    // whichever ends first.
    assert!(stopped.aborted <= 2, "{stopped:?}");
    drop(deaf);
    assert_eq!(silent.everything(), "");
}

#[test]
fn requests_that_are_no_websocket_get_an_answer_in_words() {
    let server = Running::standard(Settings::default());
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let origin = upgrade("/echo").replace("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n");
    let rebound = upgrade("/echo").replace("localhost", "rebound.example");
    let old = upgrade("/echo").replace("Version: 13", "Version: 8");
    let line = format!("GET /{} HTTP/1.1\r\n", "x".repeat(9000));
    let rows: Vec<(String, u16, &str)> = vec![
        (get("/"), 200, "<!doctype html>"),
        (get("/healthz"), 200, "ok"),
        (get("/broadcast"), 426, "WebSocket"),
        (
            get("/nowhere"),
            404,
            "/broadcast, /chat, /chat/* and /frames.",
        ),
        (get("/../Cargo.toml"), 404, "Nothing"),
        (get("/%2e%2e/Cargo.toml"), 404, "Nothing"),
        (get("/..%2fCargo.toml"), 404, "Nothing"),
        (get("/style.css/"), 404, "Nothing"),
        (
            upgrade("/nowhere"),
            404,
            "No endpoint is at /nowhere; the endpoints here are /, /echo",
        ),
        (upgrade("/healthz"), 404, "No endpoint"),
        (origin, 403, "https://evil.example"),
        (rebound, 403, "--allow-host rebound.example"),
        (old, 426, "13"),
        (get("/").replace("GET", "POST"), 405, "GET and HEAD"),
        (
            get("/").replace("HTTP/1.1", "HTTP/1.0"),
            200,
            "<!doctype html>",
        ),
        (get("/").replace("HTTP/1.1", "HTTP/2.0"), 505, "HTTP/1.1"),
        (get("/").replace("Host: localhost\r\n", ""), 400, "Host"),
        (line, 414, "8192"),
        ("\0\0\0\0".into(), 400, ""),
    ];
    for (request, status, words) in rows {
        let mut socket = server.socket();
        socket.try_send(request.as_bytes());
        let answer = socket.everything();
        let line = format!("HTTP/1.1 {status} ");
        let shown = request.lines().next().unwrap_or_default().chars().take(60);
        let shown: String = shown.collect();
        assert!(answer.starts_with(&line), "{shown}: {answer}");
        assert!(answer.contains(words), "{shown}: {answer}");
        assert!(
            answer.contains("\r\nConnection: close"),
            "{shown}: {answer}"
        );
    }
    let mut head = server.socket();
    head.send_bytes(get("/").replace("GET", "HEAD").as_bytes());
    let answer = head.everything();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    server.wait_for_connections(0);
}

#[test]
fn one_deadline_holds_for_the_whole_handshake() {
    let handshake_timeout = Duration::from_millis(300);
    let server = Running::standard(Settings {
        handshake_timeout,
        ..Settings::default()
    });
    let mut silent = server.socket();
    let mut slow = server.socket();
    let request = upgrade("/echo");
    let mut fed = request.bytes();
    // A byte now and then: each read returns in time, but the whole request does not arrive in
    // time.
    wait_until("the server's handshake timeout", || {
        thread::sleep(Duration::from_millis(10));
        let byte = fed
            .next()
            .expect("the request to be longer than the server's timeout");
        slow.stream.write_all(&[byte]).is_err() || server.stopper.connections() == 0
    });
    assert_eq!(
        silent.everything(),
        "",
        "nothing was asked, nothing is answered"
    );
}

#[test]
fn one_client_too_many_gets_503_and_gets_in_once_there_is_room() {
    let server = Running::standard(Settings {
        max_clients: 2,
        ..Settings::default()
    });
    let first = server.open("/echo");
    let _second = server.open("/echo");
    let mut third = server.socket();
    third.send_bytes(upgrade("/echo").as_bytes());
    let answer = third.everything();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nRetry-After: "), "{answer}");
    drop(first);
    server.wait_for_connections(1);
    let mut fourth = server.open("/echo");
    fourth.send(&[text("in")]);
    assert_eq!(fourth.next(), Some(saw_text("in")));
}

#[test]
fn a_good_client_is_served_while_a_thousand_say_nothing() {
    let server = Running::standard(Settings::default());
    let silent: Vec<_> = (0..1000).map(|_| server.socket()).collect();
    let mut good = server.open("/echo");
    good.send(&[text("at once")]);
    assert_eq!(good.next(), Some(saw_text("at once")));
    drop(silent);
    server.wait_for_connections(1);
}

#[test]
fn named_origins_are_let_in() {
    let access = Access {
        origins: vec!["null".into()],
        ..Access::default()
    };
    let server = Running::standard(Settings {
        access,
        ..Settings::default()
    });
    let connect = |origin: &str| {
        let options = ConnectOptions {
            origin: Some(origin.into()),
            ..ConnectOptions::default()
        };
        options.connect(&server.url("/echo"))
    };
    assert!(connect("null").is_ok());
    assert!(connect(&format!("http://{}", server.address)).is_ok());
    match connect("https://other.example") {
        Err(ConnectError::HttpStatus { body, .. }) => {
            assert!(
                body.contains("--allow-origin https://other.example"),
                "{body}"
            );
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// Panics on demand.
struct Fragile;

impl Handler for Fragile {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        assert_ne!(message, Message::Text("panic"), "as asked");
        peer.send(message);
    }
}

#[test]
fn a_handlers_panic_ends_its_own_connection_with_1011_and_nothing_else() {
    let builder = Settings::default().builder();
    let server = Running::of(
        builder
            .route(Route::new("/fragile", |_| Fragile))
            .route(Route::new("/echo", |_| Echo)),
    );
    let mut broken = server.open("/fragile");
    let mut other = server.open("/fragile");
    broken.send(&[text("fine"), text("panic"), text("behind")]);
    assert_eq!(broken.next(), Some(saw_text("fine")));
    assert_eq!(broken.next(), Some(saw_close(1011, "internal error")));
    other.send(&[text("still here")]);
    assert_eq!(other.next(), Some(saw_text("still here")));
}

#[test]
fn subprotocols_are_those_that_the_endpoint_speaks_and_extensions_none() {
    let route = Route::new("/*", |_| Echo).subprotocols(["one.v2", "one.v1"]);
    let server = Running::of(Settings::default().builder().route(route));
    let options = |offered: &[&str]| ConnectOptions {
        subprotocols: offered.iter().map(|name| (*name).into()).collect(),
        ..ConnectOptions::default()
    };
    let chosen = |offered: &[&str]| {
        let client = options(offered).connect(&server.url("/any/where")).unwrap();
        client.subprotocol().map(str::to_owned)
    };
    assert_eq!(
        chosen(&["other", "one.v1", "one.v2"]),
        Some("one.v1".into())
    );
    assert_eq!(chosen(&["other"]), None);
    assert_eq!(chosen(&[]), None);
    let mut socket = server.socket();
    let offer = "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    socket.send_bytes(upgrade("/x").replace("\r\n\r\n", offer).as_bytes());
    assert!(!socket.head().to_lowercase().contains("extensions"));
}

#[test]
fn a_client_that_never_answers_a_ping_leaves_the_others_alone() {
    let timeouts = Timeouts {
        ping_interval: Some(Duration::from_millis(50)),
        ping_timeout: Duration::from_millis(50),
        close: Duration::from_millis(50),
        ..Timeouts::default()
    };
    let server = Running::standard(Settings {
        timeouts,
        ..Settings::default()
    });
    let mut deaf = server.open("/broadcast");
    let seen = deaf.rest();
    assert!(matches!(seen[0], Seen::Ping(_)), "{seen:?}");
    assert_eq!(seen.last(), Some(&saw_close(1011, "no pong for 50ms")));
    let mut client = Client::connect(&server.url("/broadcast")).unwrap();
    client.send(Message::Text("alone")).unwrap();
    assert_eq!(text_of(client.receive()), "alone");
}

#[test]
fn a_connection_has_ended_for_its_user_once_all_that_it_brought_is_received() {
    let server = Running::standard(Settings::default());
    let mut client = Client::connect(&server.url("/echo")).unwrap();
    for text in ["one", "two", "three"] {
        client.send(Message::Text(text)).unwrap();
    }
    client.begin_close(wshub::protocol::CloseCode::NORMAL, "");
    let mut seen = Vec::new();
    while client.ended().is_none() {
        seen.extend(client.receive());
    }
    let texts = ["one", "two", "three"].map(|text| MessageBuf::Text(text.into()));
    assert_eq!(seen, texts);
}

/// Refuses everyone, and tells whether a message reached it all the same.
struct Closed(std::sync::mpsc::Sender<()>);

impl Handler for Closed {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        peer.close(wshub::protocol::CloseCode::POLICY, "not today");
    }

    fn on_message(&mut self, _: &mut Peer<'_>, _message: Message<'_>) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn who_is_refused_on_opening_is_not_heard_even_in_the_segment_of_the_request() {
    let (heard, reached) = std::sync::mpsc::channel();
    let builder = Settings::default().builder();
    let server = Running::of(builder.route(Route::new("/closed", move |_| Closed(heard.clone()))));
    let mut socket = server.socket();
    let request = upgrade("/closed");
    let early = wire(wshub::protocol::Role::Server, &[text("early")]);
    socket.send_bytes(&[request.as_bytes(), &early].concat());
    assert!(socket.head().starts_with("HTTP/1.1 101 "));
    assert_eq!(socket.next(), Some(saw_close(1008, "not today")));
    socket.send(&[close_with(1008, "")]);
    assert_eq!(socket.next(), None);
    assert!(reached.try_recv().is_err());
}
