//! What RFC 9110 and 9112 ask of the sender of an opening handshake, and of the recipient of the
//! answer to it: the bytes that our client sends, and rows of answers to them. The page rfc9112.md
//! lists them.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wshub::client::{ConnectError, ConnectOptions, ProxyRules};
use wshub::connection::HandshakeFailure;
use wshub::handshake::{HeadError, ProxyUrl, accept_value};

const TIMEOUT: Duration = Duration::from_secs(20);

/// What a client sends to a server that answers with these bytes, and the client's result.
/// `{accept}` in the answer stands for the value that belongs to the client's key, and `{port}` in
/// the URL for the server's port.
fn exchange(url: &str, answer: &str) -> (String, Result<(), ConnectError>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url.replace("{port}", &listener.local_addr().unwrap().port().to_string());
    let answer = answer.to_owned();
    let serving = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        let request = head(&mut socket);
        let key = request.split("Sec-WebSocket-Key: ").nth(1).unwrap();
        let key = key.split("\r\n").next().unwrap();
        drop(socket.write_all(answer.replace("{accept}", &accept_value(key)).as_bytes()));
        drop(socket.shutdown(std::net::Shutdown::Write));
        drop(socket.read(&mut [0; 64]));
        request
    });
    let options = ConnectOptions {
        timeout: TIMEOUT,
        ..ConnectOptions::default()
    };
    let connected = options.connect(url.as_str()).map(drop);
    (serving.join().unwrap(), connected)
}

/// The head of a request.
fn head(socket: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// The client's result for this answer.
fn answered(answer: &str) -> Result<(), ConnectError> {
    exchange("ws://127.0.0.1:{port}/", answer).1
}

/// A valid answer with these lines in addition.
fn right(lines: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {{accept}}\r\n{lines}\r\n"
    )
}

fn head_error(outcome: Result<(), ConnectError>) -> Option<HeadError> {
    match outcome {
        Err(ConnectError::Handshake(HandshakeFailure::Head(error))) => Some(error),
        _ => None,
    }
}

#[test]
fn section_3_the_request_is_one_line_and_headers_for_the_urls_host() {
    // (URL, the request target, Host)
    let rows = [
        ("ws://127.0.0.1:{port}", "/", "127.0.0.1:{port}"),
        ("ws://127.0.0.1:{port}?a=b", "/?a=b", "127.0.0.1:{port}"),
        (
            "ws://ana:secret@localhost:{port}/a%20b/\u{e9}",
            "/a%20b/%C3%A9",
            "localhost:{port}",
        ),
        ("LOCALHOST:{port}/a", "/a", "localhost:{port}"),
    ];
    for (url, target, host) in rows {
        let (request, connected) = exchange(url, &right(""));
        assert!(connected.is_ok(), "{url}: {connected:?}");
        let mut lines = request.strip_suffix("\r\n\r\n").unwrap().split("\r\n");
        assert_eq!(lines.next().unwrap(), format!("GET {target} HTTP/1.1"));
        let fields: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").unwrap()).collect();
        let (name, value) = fields[0];
        let port = value.rsplit(':').next().unwrap();
        assert_eq!(
            (name, value),
            ("Host", host.replace("{port}", port).as_str())
        );
        let of = |wanted: &str| {
            let named = fields.iter().filter(|(name, _)| *name == wanted);
            named.map(|(_, value)| *value).collect::<Vec<_>>()
        };
        assert_eq!((of("Host").len(), of("Upgrade")), (1, vec!["websocket"]));
        assert_eq!(of("Connection"), ["Upgrade"]);
        for absent in ["Content-Length", "Transfer-Encoding", "Expect", "TE"] {
            assert_eq!(of(absent), [""; 0], "{absent}");
        }
        for (name, value) in &fields {
            assert!(wshub::handshake::is_token(name), "{name}");
            assert!(value.trim() == *value && !value.contains(char::is_control));
        }
        assert!(
            !request.contains("secret"),
            "a password goes out encoded alone"
        );
    }
}

#[test]
fn section_4_a_status_line_has_a_version_a_status_and_perhaps_a_reason() {
    let line = |line: &str| right("").replace("HTTP/1.1 101 Switching Protocols", line);
    for good in [
        "HTTP/1.1 101 Any words",
        "HTTP/1.1 101 ",
        "HTTP/1.1 101",
        "HTTP/1.2 101 x",
    ] {
        assert!(answered(&line(good)).is_ok(), "{good}");
    }
    let rows = [
        (
            "HTTP/1.0 101 Switching Protocols",
            HeadError::UnsupportedVersion,
        ),
        ("HTTP/2 101", HeadError::UnsupportedVersion),
        ("http/1.1 101 x", HeadError::NotHttp),
        ("HTTP/1.1  101 x", HeadError::InvalidStatusLine),
        ("HTTP/1.1 1O1 x", HeadError::InvalidStatusLine),
        ("HTTP/1.1", HeadError::InvalidStatusLine),
        ("", HeadError::EmptyFirstLine),
    ];
    for (bad, error) in rows {
        assert_eq!(head_error(answered(&line(bad))), Some(error), "{bad}");
    }
    for other in [
        "HTTP/1.0 404 Not Found",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 599",
        "HTTP/1.1 999 x",
    ] {
        let outcome = answered(&format!("{other}\r\nContent-Length: 0\r\n\r\n"));
        let is_status = matches!(outcome, Err(ConnectError::HttpStatus { .. }));
        assert!(is_status, "{other}: {outcome:?}");
    }
}

#[test]
fn section_5_header_lines_are_read_as_leniently_as_the_rfc_demands() {
    let good = [
        right("x-EMPTY:\r\nX:y\r\nX: \t z \t\r\n"),
        right("").to_lowercase().replace("http/1.1", "HTTP/1.1"),
        right("X: a\r\n folded\r\n\t and again\r\n"),
        right("").replace("Connection: Upgrade", "Connection: keep-alive,\r\n Upgrade"),
        right("").replace(
            "Connection: Upgrade",
            "Connection: ,keep-alive,,\r\nConnection: upgrade,",
        ),
        right("").replace("Upgrade: websocket", "Upgrade: ,WebSocket,"),
        right("X: caf\u{e9}\r\n"),
    ];
    for answer in good {
        // `{accept}` is case-sensitive, and stays as it is in lower case.
        assert!(answered(&answer).is_ok(), "{answer}");
    }
    let bad = [
        (right("X : y\r\n"), HeadError::SpaceBeforeColon),
        (right("X: a\rb\r\n"), HeadError::BareCr),
        (right("X: a\nY: b\r\n"), HeadError::BareLf),
        (right("X: a\0\r\n"), HeadError::Nul),
        (right("X: a\u{1b}\r\n"), HeadError::ControlCharacter),
        (right("X\r\n"), HeadError::MissingColon),
        (right(": x\r\n"), HeadError::EmptyName),
        (
            right("").replace("Protocols\r\n", "Protocols\r\n X: y\r\n"),
            HeadError::ObsFold,
        ),
    ];
    for (answer, error) in bad {
        assert_eq!(head_error(answered(&answer)), Some(error), "{answer}");
    }
}

#[test]
fn section_6_3_a_101_has_no_body_whatever_its_headers_say() {
    // RFC 9112 section 6.3 item 1: what follows the empty line are frames.
    for lines in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        assert!(answered(&(right(lines) + "\u{1}\0")).is_ok(), "{lines}");
    }
}

#[test]
fn section_8_an_answer_that_is_cut_off_is_no_answer() {
    let whole = right("");
    for end in [0, 1, 20, whole.len() - 2] {
        let outcome = answered(&whole[..end]);
        let is_ended = matches!(
            outcome,
            Err(ConnectError::Handshake(HandshakeFailure::Ended))
        );
        assert!(is_ended, "{end}: {outcome:?}");
    }
}

#[test]
fn section_15_2_of_9110_interim_answers_are_skipped() {
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        "HTTP/1.1 102 \r\nX: y\r\n\r\n".to_owned(),
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20),
    ] {
        assert!(
            answered(&(interim.clone() + &right(""))).is_ok(),
            "{interim}"
        );
    }
}

#[test]
fn section_7_8_of_9110_the_answer_names_the_protocol_that_was_asked_for() {
    let rows = [
        right("").replace("Upgrade: websocket\r\n", ""),
        right("").replace("Upgrade: websocket", "Upgrade: h2c"),
        right("").replace("Upgrade: websocket", "Upgrade: websocket, h2c"),
        right("").replace("Connection: Upgrade\r\n", ""),
        right("").replace("Connection: Upgrade", "Connection: close"),
    ];
    for answer in rows {
        let outcome = answered(&answer);
        let is_refused = matches!(outcome, Err(ConnectError::BadUpgrade(_)));
        assert!(is_refused, "{answer}: {outcome:?}");
    }
}

#[test]
fn section_11_7_2_of_9110_what_is_for_the_proxy_stays_with_the_proxy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://ana:secret@{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        let connect = head(&mut socket);
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        (connect, head(&mut socket))
    });
    let options = ConnectOptions {
        timeout: TIMEOUT,
        proxy: ProxyRules::through(ProxyUrl::parse(&proxy).unwrap()),
        ..ConnectOptions::default()
    };
    drop(options.connect("ws://nowhere.invalid/"));
    let (to_proxy, to_server) = serving.join().unwrap();
    assert!(to_proxy.contains("\r\nProxy-Authorization: Basic "));
    assert!(to_server.starts_with("GET / HTTP/1.1\r\nHost: nowhere.invalid\r\n"));
    assert!(!to_server.contains("Authorization"), "{to_server}");
}
