//! Several plain requests on one connection: how many, for how long, and what ends it.

mod support;

use std::time::{Duration, Instant};
#[cfg(feature = "standard")]
use std::{
    io::{Read, Write},
    net::TcpStream,
};

#[cfg(feature = "standard")]
use flate2::read::GzDecoder;
use support::loopback::{Running, Socket, upgrade};
use wshub::Server;
use wshub::server::{Builder, Page, Response, Route};

fn local() -> Builder {
    Server::builder()
        .listen(["127.0.0.1:0"])
        .page(Page::new("/page", |request| {
            let fresh = request.head().headers.get("If-None-Match") == Some("\"1\"");
            Response::new(if fresh { 304 } else { 200 }, &b"a page\n"[..])
                .with_header("ETag", "\"1\"")
        }))
        .route(Route::on_message("/echo", |peer, message| {
            peer.send(message);
        }))
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

/// The answer that is next on this connection: its head and, where `has_body`, its body.
fn answer(socket: &mut Socket, has_body: bool) -> (String, String) {
    let head = socket.head();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .and_then(|length| length.parse().ok())
        .filter(|_| has_body);
    (head, socket.bytes(length.unwrap_or(0)))
}

fn closes(head: &str) -> bool {
    head.contains("\r\nConnection: close")
}

#[test]
fn one_connection_brings_several_requests_and_then_a_websocket() {
    let server = Running::of(local());
    let mut socket = server.socket();
    let rows = [
        (get("/page", ""), 200, true),
        (get("/page", "If-None-Match: \"1\"\r\n"), 304, false),
        (get("/page", "").replace("GET", "HEAD"), 200, false),
        (get("/page", "Connection: keep-alive\r\n"), 200, true),
    ];
    for (request, status, has_body) in &rows {
        socket.send_bytes(request.as_bytes());
        let (head, body) = answer(&mut socket, *has_body);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {head}"
        );
        assert!(!closes(&head), "{request}: {head}");
        assert_eq!(body, if *has_body { "a page\n" } else { "" }, "{request}");
    }
    // All of them in one write: the answers come in the order of the requests.
    let all: String = rows.iter().map(|(request, ..)| request.as_str()).collect();
    socket.send_bytes(all.as_bytes());
    for (request, status, has_body) in &rows {
        let (head, _) = answer(&mut socket, *has_body);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {head}"
        );
    }
    socket.send_bytes(upgrade("/echo").as_bytes());
    assert!(socket.head().starts_with("HTTP/1.1 101 "));
    assert_eq!(server.stopper.connections(), 1);
}

#[test]
fn a_refusal_and_a_client_that_says_so_end_the_connection() {
    let server = Running::of(local());
    for (request, status) in [
        (get("/page", "Connection: close\r\n"), 200),
        (get("/page", "Connection: keep-alive, Close\r\n"), 200),
        (get("/nowhere", ""), 404),
        (get("/echo", ""), 426),
        (get("/page", "Content-Length: 5\r\n"), 400),
    ] {
        let mut socket = server.socket();
        socket.send_bytes(get("/page", "").as_bytes());
        assert!(!closes(&answer(&mut socket, true).0), "the first is kept");
        // A further request after it is not read.
        socket.send_bytes((request.clone() + &get("/page", "")).as_bytes());
        let rest = socket.everything();
        assert!(
            rest.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {rest}"
        );
        assert!(
            closes(&rest) && rest.matches("HTTP/1.1 ").count() == 1,
            "{request}: {rest}"
        );
    }
}

#[test]
fn a_connection_brings_a_hundred_requests_at_most() {
    let server = Running::of(local());
    let mut socket = server.socket();
    for number in 1..=100 {
        socket.send_bytes(get("/page", "").as_bytes());
        let (head, _) = answer(&mut socket, true);
        assert_eq!(closes(&head), number == 100, "{number}: {head}");
    }
    assert_eq!(socket.everything(), "");
}

#[test]
fn a_connection_that_wants_nothing_more_is_ended_after_a_few_seconds() {
    let server = Running::of(local());
    let mut socket = server.socket();
    socket.send_bytes(get("/page", "").as_bytes());
    answer(&mut socket, true);
    let since = Instant::now();
    assert_eq!(socket.everything(), "");
    assert!(since.elapsed() >= Duration::from_secs(4));
    server.wait_for_connections(0);
}

#[test]
fn a_next_request_that_begins_and_does_not_end_is_answered_with_408() {
    let server = Running::of(local().handshake_timeout(Duration::from_millis(200)));
    let mut socket = server.socket();
    socket.send_bytes(get("/page", "").as_bytes());
    answer(&mut socket, true);
    socket.send_bytes(b"GET /page HT");
    assert!(socket.everything().starts_with("HTTP/1.1 408 "));
}

#[test]
fn connections_are_not_kept_while_more_than_half_of_the_places_are_taken() {
    let server = Running::of(local().max_clients(4));
    let _inside = [server.open("/echo"), server.open("/echo")];
    let mut socket = server.socket();
    socket.send_bytes(get("/page", "").as_bytes());
    assert!(closes(&socket.everything()));
}

#[test]
fn the_stop_of_the_server_does_not_wait_for_a_kept_connection() {
    let server = Running::of(local().stop_grace(Duration::from_secs(20)));
    let mut socket = server.socket();
    socket.send_bytes(get("/page", "").as_bytes());
    answer(&mut socket, true);
    let since = Instant::now();
    server.stop();
    assert!(
        since.elapsed() < Duration::from_secs(15),
        "{:?}",
        since.elapsed()
    );
}

#[cfg(feature = "standard")]
#[test]
fn a_file_of_the_page_in_gzip_is_the_same_file() {
    let server = Running::standard(support::loopback::Settings::default());
    for path in ["/", "/page.js", "/page.css"] {
        let [plain, coded] = ["", "Accept-Encoding: gzip\r\n"].map(|accepts| {
            let mut socket = TcpStream::connect(server.address).unwrap();
            let request = get(path, &format!("{accepts}Connection: close\r\n"));
            socket.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).unwrap();
            let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            let head = String::from_utf8_lossy(&answer[..end]);
            let is_coded = head.contains("\r\nContent-Encoding: gzip");
            assert_eq!(is_coded, !accepts.is_empty(), "{head}");
            answer.split_off(end + 4)
        });
        let mut decoded = Vec::new();
        GzDecoder::new(&coded[..])
            .read_to_end(&mut decoded)
            .unwrap();
        assert!(decoded == plain, "{path}");
        assert!(coded.len() < plain.len() / 2, "{path}: {}", coded.len());
    }
}
