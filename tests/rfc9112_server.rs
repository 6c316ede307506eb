//! What RFC 9110 and 9112 ask of the recipient of a request, and of the sender of the answer to it:
//! rows of requests as they come over TCP, and what the server says. The page rfc9112.md lists them.

#![cfg(feature = "standard")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use std::time::Duration;

use support::loopback::{Running, Settings, upgrade};
use support::*;
use wshub::handshake::{Fed, ResponseHead, ResponseParser};
use wshub::server::{Access, Accounts, Page, Response};

/// A request and the status of its answer.
type Row<'a> = (&'a str, u16);

fn server() -> Running {
    Running::standard(Settings::default())
}

/// Everything that is answered to these bytes until the server ends TCP.
fn answer(server: &Running, request: &str) -> String {
    let mut socket = server.socket();
    socket.try_send(request.as_bytes());
    socket.everything()
}

/// The answer to a request, and nothing more: where the connection stays open, the answer to a second
/// request, which ends it, follows at once.
fn only_answer(server: &Running, request: &str) -> String {
    let mut all = answer(
        server,
        &(request.to_owned() + &get("Connection: close\r\n")),
    );
    let (head, behind) = parse(&all);
    let length = match request.starts_with("HEAD") {
        true => 0,
        false => length_of_body(&all),
    };
    let next = &behind[length..];
    let closes = head.headers.has_token("Connection", "close");
    assert_eq!(next.is_empty(), closes, "{request:?}: {all}");
    assert!(closes || next.starts_with("HTTP/1.1 "), "{all}");
    all.truncate(all.len() - next.len());
    all
}

/// The one answer to a request after which the connection may stay open.
fn one_answer(server: &Running, request: &str) -> String {
    let mut socket = server.socket();
    socket.send_bytes(request.as_bytes());
    let head = socket.head();
    let length = match request.trim_start().starts_with("HEAD") {
        true => 0,
        false => length_of_body(&head),
    };
    let body = socket.bytes(length);
    head + &body
}

/// What the head of an answer says of the bytes behind it.
fn length_of_body(head: &str) -> usize {
    let length = parse(head).0.headers.get("Content-Length").map(str::parse);
    length.transpose().unwrap().unwrap_or(0)
}

/// The head and the body of the one response that these bytes are.
fn parse(answer: &str) -> (ResponseHead, &str) {
    match ResponseParser::new().feed(answer.as_bytes()) {
        Ok(Fed::Done { head, consumed }) => (head, &answer[consumed..]),
        other => panic!("{other:?}: {answer}"),
    }
}

/// Sends each request on a connection of its own; a 101 leaves it open, a page may, all else ends it,
/// with what each answer to a plain request has.
fn check(rows: &[Row<'_>]) {
    let server = server();
    for (request, status) in rows {
        if *status == 101 {
            let mut socket = server.socket();
            socket.send_bytes(request.as_bytes());
            let head = socket.head();
            assert!(head.starts_with("HTTP/1.1 101 "), "{request:?}: {head}");
            socket.send(&[text("frames follow")]);
            assert_eq!(
                socket.next(),
                Some(saw_text("frames follow")),
                "{request:?}"
            );
            continue;
        }
        let answer = match *status {
            200 => one_answer(&server, request),
            _ => answer(&server, request),
        };
        let (head, body) = parse(&answer);
        assert_eq!(head.status, *status, "{request:?}: {answer}");
        let must_close = *status != 200 || request.contains(" HTTP/1.0\r\n");
        let closes = head.headers.has_token("Connection", "close");
        assert!(closes || !must_close, "{request:?}: {answer}");
        check_plain(&head, body, request.starts_with("HEAD"));
    }
    server.wait_for_connections(0);
}

/// What every answer but a 101 has (RFC 9110 sections 6.6.1, 8.6; RFC 9112 sections 6.3, 9.6).
fn check_plain(head: &ResponseHead, body: &str, to_head: bool) {
    let headers = &head.headers;
    let of = |name| headers.all(name).collect::<Vec<_>>();
    let [length] = of("Content-Length")[..] else {
        panic!("{headers:?}");
    };
    let length: usize = length.parse().unwrap();
    assert!(length > 0 && (body.len() == length || to_head && body.is_empty()));
    let [date] = of("Date")[..] else {
        panic!("{headers:?}");
    };
    assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
    assert_eq!(of("Transfer-Encoding"), [""; 0]);
    assert_eq!(of("Content-Type").len(), 1, "{headers:?}");
    let upgrades = headers.count("Upgrade") > 0;
    assert_eq!(headers.has_token("Connection", "Upgrade"), upgrades);
    assert_eq!(head.status == 426, upgrades, "{headers:?}");
    assert_eq!(
        head.status == 405,
        headers.get("Allow") == Some("GET, HEAD")
    );
}

/// A plain request with these lines in addition to `Host`.
fn get(lines: &str) -> String {
    format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
}

/// An upgrade with these lines in addition.
fn upgrade_with(lines: &str) -> String {
    upgrade("/echo").replace("\r\n\r\n", &format!("\r\n{lines}\r\n"))
}

#[test]
fn section_2_2_empty_lines_before_the_request_line_are_skipped() {
    let (plain, websocket) = (get(""), upgrade("/echo"));
    check(&[
        (&format!("\r\n{plain}"), 200),
        (&format!("\r\n\r\n\r\n{plain}"), 200),
        (&format!("\r\n{websocket}"), 101),
        (&"\r\n".repeat(20_000), 431),
        (&format!("\r\n {plain}"), 400),
    ]);
}

#[test]
fn section_2_2_lines_end_with_cr_lf_and_nothing_else_is_taken_for_a_line() {
    check(&[
        (&get("").replace("\r\n", "\n"), 400),
        (&get("X: a\rb\r\n"), 400),
        (&get("X: a\r\r\n"), 400),
        (&get("").replace(" /healthz", " /hea\rlthz"), 400),
        (&get("").replace("1.1\r\n", "1.1\r\n X: y\r\n"), 400),
        (&get("").replace("1.1\r\n", "1.1\r\n\tX: y\r\n"), 400),
        ("\u{1}\u{2}\u{3}\u{4}\r\n\r\n", 400),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    ]);
}

#[test]
fn section_2_3_the_version_decides_what_is_served() {
    let version = |version: &str| get("").replace("HTTP/1.1", version);
    let websocket = |version: &str| upgrade("/echo").replace("HTTP/1.1", version);
    check(&[
        (&version("HTTP/1.0"), 200),
        ("GET /healthz HTTP/1.0\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200),
        ("HEAD / HTTP/1.0\r\n\r\n", 200),
        ("GET /nope HTTP/1.0\r\n\r\n", 404),
        ("GET /echo HTTP/1.0\r\n\r\n", 426),
        (&version("HTTP/1.2"), 200),
        (&websocket("HTTP/1.2"), 101),
        (&websocket("HTTP/1.0"), 505),
        (&version("HTTP/2.0"), 505),
        (&version("HTTP/0.9"), 505),
        (&version("http/1.1"), 400),
        (&version("HTTP/1.1 "), 400),
        (&version("HTTP/11"), 400),
        (&version("HTTP/1.10"), 400),
        ("GET /healthz\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ]);
    let answer = answer(&server(), &websocket("HTTP/1.0"));
    assert!(answer.contains("proxy_http_version 1.1"), "{answer}");
}

#[test]
fn section_3_a_request_line_has_a_method_a_target_and_a_version() {
    let line = |method: &str, target: &str| {
        format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    };
    let long = "x".repeat(9000);
    check(&[
        (&line("HEAD", "/"), 200),
        (&line("POST", "/"), 405),
        (&line("PUT", "/echo"), 405),
        (&line("PATCH", "/"), 405),
        (&line("DELETE", "/"), 405),
        (&line("TRACE", "/"), 405),
        (&line("OPTIONS", "/"), 405),
        (&line("OPTIONS", "*"), 405),
        (&line("CONNECT", "localhost:80"), 405),
        (&line("CONNECT", "localhost"), 400),
        (&line("get", "/"), 501),
        (&line("BREW", "/"), 501),
        (&line(&long, "/"), 501),
        (&line("GET", &format!("/{long}")), 414),
        (&line("GET", &format!("/{}", &long[..8000])), 404),
        (&line("GET", "*"), 400),
        (&line("GET", "/a b"), 400),
        (&line("GET", "/a#b"), 400),
        (&line("GET", "healthz"), 400),
        (&line("GET", ""), 400),
        (&line("GET\t", "/"), 400),
    ]);
}

#[test]
fn section_3_2_host_is_there_once_and_valid() {
    let host = |lines: &str| format!("GET /healthz HTTP/1.1\r\n{lines}\r\n");
    check(&[
        (&host(""), 400),
        (&host("Host:\r\n"), 400),
        (&host("Host: localhost\r\nHost: localhost\r\n"), 400),
        (&host("Host: localhost, localhost\r\n"), 400),
        (&host("Host: local host\r\n"), 400),
        (&host("Host: user@localhost\r\n"), 400),
        (&host("Host: localhost:http\r\n"), 400),
        (&host("Host: localhost:\r\n"), 200),
        (&host("HOST:localhost:8765 \t\r\n"), 200),
        (&host("Host: [::1]\r\n"), 200),
        (&host("Host: elsewhere.example\r\n"), 403),
        ("GET /healthz HTTP/1.0\r\nHost: a b\r\n\r\n", 400),
        ("GET /healthz HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (
            "GET /healthz HTTP/1.0\r\nHost: elsewhere.example\r\n\r\n",
            403,
        ),
    ]);
}

#[test]
fn section_3_2_2_an_absolute_target_stands_for_its_path_and_its_host() {
    let absolute = |target: &str, host: &str| {
        let lines = upgrade("/echo").replace(" /echo ", &format!(" {target} "));
        lines.replace("Host: localhost", &format!("Host: {host}"))
    };
    check(&[
        (
            "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            200,
        ),
        (
            "GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n",
            200,
        ),
        ("GET http://localhost/healthz HTTP/1.1\r\n\r\n", 400),
        ("GET http://localhost/healthz HTTP/1.0\r\n\r\n", 200),
        (
            "GET http://user@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
        ),
        (
            "GET http:///healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
        ),
        (
            "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
        ),
        (&absolute("ws://localhost/echo", "localhost"), 101),
        (
            &absolute("WS://localhost:80/echo?a", "elsewhere.example"),
            101,
        ),
        (&absolute("ws://elsewhere.example/echo", "localhost"), 403),
    ]);
}

#[test]
fn section_5_a_header_line_is_a_name_a_colon_and_a_value() {
    check(&[
        (&get("X:\r\n"), 200),
        (&get("x-a:b\r\n"), 200),
        (&get("X: \t b c \t\r\n"), 200),
        (&get("X: caf\u{e9}\r\n"), 200),
        (&get("X: a\r\nX: b\r\n"), 200),
        (&get("!#$%&'*+-.^_`|~0: a\r\n"), 200),
        (&get("X : a\r\n"), 400),
        (&get("X\t: a\r\n"), 400),
        (&get("X y: a\r\n"), 400),
        (&get(": a\r\n"), 400),
        (&get("X\r\n"), 400),
        (&get("X(): a\r\n"), 400),
        (&get("X: a\r\n folded\r\n"), 400),
        (&get("X: a\r\n\tfolded\r\n"), 400),
        (&get("X: a\0b\r\n"), 400),
        (&get("X: a\u{7f}\r\n"), 400),
        (&get("X: a\u{b}b\r\n"), 400),
    ]);
}

#[test]
fn section_5_4_of_9110_what_is_too_large_is_told_and_can_be_allowed() {
    let cookie = |bytes: usize| upgrade_with(&format!("Cookie: {}\r\n", "c".repeat(bytes)));
    check(&[
        (&cookie(8000), 101),
        (&cookie(8200), 431),
        (&upgrade_with(&"X: y\r\n".repeat(90)), 101),
        (&upgrade_with(&"X: y\r\n".repeat(100)), 431),
        (
            &upgrade_with(&format!("X: {}\r\n", "y".repeat(4000)).repeat(5)),
            431,
        ),
    ]);
    let (_standard, builder) = Settings::default().standard();
    let limits = wshub::handshake::HeadLimits::of_bytes(32 << 10);
    let server = Running::of(builder.head_limits(limits));
    let mut socket = server.socket();
    socket.send_bytes(cookie(20_000).as_bytes());
    assert!(socket.head().starts_with("HTTP/1.1 101 "));
    assert!(answer(&server, &cookie(33_000)).starts_with("HTTP/1.1 431 "));
}

#[test]
fn section_5_6_1_of_9110_empty_elements_of_lists_are_ignored() {
    let lists =
        upgrade_with("Sec-WebSocket-Protocol: , a,,b ,\r\nSec-WebSocket-Extensions: ,x,\r\n");
    let lists = lists.replace("Connection: Upgrade", "Connection: ,keep-alive,, Upgrade,");
    let lists = lists.replace("Upgrade: websocket", "Upgrade: , websocket");
    check(&[
        (&lists, 101),
        (&upgrade_with("Sec-WebSocket-Protocol: ,\r\n"), 400),
        (&upgrade_with("Sec-WebSocket-Protocol: a;b\r\n"), 400),
    ]);
}

#[test]
fn section_6_a_request_has_no_body_and_what_frames_one_is_refused() {
    let body = "\u{1}\u{5}hello";
    check(&[
        (&upgrade_with("Content-Length: 0\r\n"), 101),
        (&get("Content-Length: 0\r\n"), 200),
        (&get("Content-Length: 00\r\n"), 200),
        (&(get("Content-Length: 7\r\n") + body), 400),
        (&(upgrade_with("Content-Length: 7\r\n") + body), 400),
        (&get("Content-Length: 0\r\nContent-Length: 0\r\n"), 400),
        (&get("Content-Length: 0, 0\r\n"), 400),
        (&get("Content-Length: +0\r\n"), 400),
        (&get("Content-Length: 0x0\r\n"), 400),
        (&get("Content-Length: -1\r\n"), 400),
        (&get("Content-Length: 18446744073709551616\r\n"), 400),
        (&get("Content-Length:\r\n"), 400),
        (&(get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"), 400),
        (&upgrade_with("Transfer-Encoding: chunked\r\n"), 400),
        (
            &get("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
            400,
        ),
        (&get("Transfer-Encoding: chunked, identity\r\n"), 400),
        (&get("Transfer-Encoding: xyz\r\n"), 400),
        (&get("Transfer-Encoding: gzip, chunked\r\n"), 501),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ]);
}

#[test]
fn section_8_an_incomplete_request_is_not_served() {
    let settings = Settings {
        handshake_timeout: Duration::from_millis(200),
        ..Settings::default()
    };
    let server = Running::standard(settings);
    let whole = get("");
    let answer = answer(&server, &whole[..whole.len() - 2]);
    let (head, body) = parse(&answer);
    assert_eq!(head.status, 408);
    check_plain(&head, body, false);
    let mut ended = server.socket();
    ended.send_bytes(&whole.as_bytes()[..whole.len() - 2]);
    ended.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(ended.everything(), "");
}

#[test]
fn section_9_6_after_close_and_after_a_refusal_nothing_more_is_answered() {
    let server = server();
    let rows = [
        get("Connection: close\r\n") + &get(""),
        get("Connection: keep-alive, close\r\n") + &upgrade("/echo"),
        get("X y: z\r\n") + &get(""),
        upgrade("/nope") + &upgrade("/echo"),
        get("Connection: close\r\nContent-Length: 0\r\n") + &get(""),
        upgrade_with("Content-Length: 5\r\n") + &upgrade("/echo"),
    ];
    for requests in rows {
        let answer = answer(&server, &requests);
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 101").count(), 0, "{answer}");
        assert!(answer.contains("\r\nConnection: close"), "{answer}");
    }
    // `close` with the upgrade is about the connection as HTTP's.
    let close = upgrade("/echo").replace("Connection: Upgrade", "Connection: close, Upgrade");
    check(&[(&close, 101)]);
}

#[test]
fn section_7_8_of_9110_only_what_was_asked_for_is_switched_to() {
    let other = |protocol: &str| get(&format!("Connection: Upgrade\r\nUpgrade: {protocol}\r\n"));
    check(&[
        (&other("h2c"), 200),
        (&other("TLS/1.0"), 200),
        (&other("websocket"), 400),
        (
            &upgrade("/echo").replace("websocket", "h2c, WebSocket"),
            101,
        ),
        (&upgrade("/echo").replace("websocket", "websocket/13"), 400),
        (
            &upgrade("/echo").replace("Connection: Upgrade\r\n", ""),
            400,
        ),
        (&upgrade("/echo").replace("GET", "POST"), 405),
        (&upgrade("/").replace("GET", "HEAD"), 200),
        (&get("").replace("/healthz", "/echo"), 426),
        (&upgrade("/echo").replace(": 13", ": 12"), 426),
    ]);
    let server = server();
    let mut socket = server.socket();
    socket.send_bytes(upgrade("/echo").as_bytes());
    let head = socket.head();
    let (head, _) = parse(&head);
    let names: Vec<&str> = head.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Upgrade", "Connection", "Sec-WebSocket-Accept"]);
}

#[test]
fn section_10_1_1_of_9110_an_expectation_is_met_before_the_switch() {
    let server = server();
    let mut socket = server.socket();
    socket.send_bytes(upgrade_with("Expect: 100-Continue\r\n").as_bytes());
    assert_eq!(socket.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(socket.head().starts_with("HTTP/1.1 101 "));
    socket.send(&[text("hello")]);
    assert_eq!(socket.next(), Some(saw_text("hello")));
    check(&[
        (&get("Expect: 100-continue\r\n"), 200),
        ("GET /healthz HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", 200),
        (&get("Expect: something-else\r\n"), 200),
    ]);
}

#[test]
fn section_3_3_of_9110_each_request_on_a_connection_is_judged_by_itself() {
    let access = Access {
        accounts: Accounts::parse("ana:secret").unwrap(),
        ..Access::default()
    };
    let server = Running::standard(Settings {
        access,
        ..Settings::default()
    });
    let page = |lines: &str| get(lines).replace("/healthz", "/");
    let right = "Authorization: Basic YW5hOnNlY3JldA==\r\n";
    for (second, status) in [(page(""), 401), (upgrade("/echo"), 401), (page(right), 200)] {
        let mut socket = server.socket();
        for (request, status) in [(page(right), 200), (second, status)] {
            socket.send_bytes(request.as_bytes());
            let head = socket.head();
            assert_eq!(parse(&head).0.status, status, "{request:?}");
            socket.bytes(length_of_body(&head));
        }
    }
}

#[test]
fn section_8_6_of_9110_a_status_without_a_body_has_no_length() {
    let page = |path: &str, status: u16| Page::new(path, move |_| Response::text(status, "a body"));
    let builder = Settings::default().builder();
    let pages = [("/204", 204), ("/205", 205), ("/304", 304)];
    let pages = pages.map(|(path, status)| page(path, status));
    let server = Running::of(
        pages
            .into_iter()
            .fold(builder, |builder, page| builder.page(page)),
    );
    for (status, length) in [(204, None), (205, Some("0")), (304, None)] {
        let answer = only_answer(&server, &get("").replace("healthz", &status.to_string()));
        let (head, body) = parse(&answer);
        assert_eq!((head.status, body), (status, ""));
        assert_eq!(head.headers.get("Content-Length"), length, "{answer}");
    }
}

#[test]
fn section_9_3_2_of_9110_head_is_answered_as_get_is_without_the_body() {
    let server = server();
    for path in ["/", "/healthz", "/metrics", "/echo", "/nope"] {
        let get = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let (to_get, to_head) = (
            only_answer(&server, &get),
            only_answer(&server, &get.replace("GET", "HEAD")),
        );
        let ((get, body), (head, none)) = (parse(&to_get), parse(&to_head));
        assert_eq!((get.status, none), (head.status, ""), "{path}");
        check_plain(&get, body, false);
        check_plain(&head, none, true);
        let names = |head: &ResponseHead| {
            head.headers
                .iter()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&get), names(&head), "{path}");
    }
}

#[test]
fn section_15_of_9110_a_refusal_says_what_would_be_right() {
    // The request, the status, the header that goes along, and words of the body.
    let no_version = upgrade("/echo").replace("Sec-WebSocket-Version: 13\r\n", "");
    let version = ("Sec-WebSocket-Version", "13");
    let rows = [
        (
            no_version,
            400,
            version,
            "Sec-WebSocket-Version header is missing",
        ),
        (
            upgrade("/echo").replace(": 13", ": 8"),
            426,
            version,
            "a version other than 13",
        ),
        (
            upgrade("/echo").replace(": 13", ": 8"),
            426,
            ("Upgrade", "websocket"),
            "13",
        ),
        (
            get("").replace("GET", "POST"),
            405,
            ("Allow", "GET, HEAD"),
            "GET and HEAD",
        ),
        (
            upgrade("/nope"),
            404,
            ("Content-Type", "text/plain; charset=utf-8"),
            "the endpoints here are /, /echo, /broadcast, /chat, /chat/* and /frames.",
        ),
        (
            get("").replace("healthz", "nope"),
            404,
            ("X-Content-Type-Options", "nosniff"),
            "the endpoints here are /, /echo, /broadcast, /chat, /chat/* and /frames.",
        ),
    ];
    let server = server();
    for (request, status, (name, value), words) in rows {
        let answer = answer(&server, &request);
        let (head, body) = parse(&answer);
        assert_eq!(head.status, status, "{answer}");
        assert_eq!(head.headers.get(name), Some(value), "{answer}");
        assert!(body.contains(words), "{answer}");
    }
}
