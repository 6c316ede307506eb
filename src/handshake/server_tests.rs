//! Rows of requests and what is decided about them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::handshake::head_parser::{Fed, RequestParser};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A valid handshake's headers, changed: `-Name` removes a header, `Name: value` adds one, and
/// `=Name: value` replaces it.
fn upgrade_with(changes: &[&str]) -> RequestHead {
    let mut lines: Vec<String> = vec![
        "Host: localhost:8765".into(),
        "Upgrade: websocket".into(),
        "Connection: Upgrade".into(),
        format!("Sec-WebSocket-Key: {KEY}"),
        "Sec-WebSocket-Version: 13".into(),
    ];
    for change in changes {
        let name = |line: &str| line.split(':').next().map(str::to_ascii_lowercase);
        if let Some(line) = change.strip_prefix(['-', '=']) {
            lines.retain(|other| name(other) != name(line));
        }
        if !change.starts_with('-') {
            lines.push(change.trim_start_matches('=').into());
        }
    }
    request("GET /chat", &lines)
}

/// `start` has no version, and then 1.1 is meant, or one with a slash in it.
fn request(start: &str, lines: &[impl AsRef<str>]) -> RequestHead {
    let version = if start.contains(" HTTP/") {
        ""
    } else {
        " HTTP/1.1"
    };
    let lines: String = lines
        .iter()
        .map(|line| format!("{}\r\n", line.as_ref()))
        .collect();
    let input = format!("{start}{version}\r\n{lines}\r\n");
    match RequestParser::new().feed(input.as_bytes()) {
        Ok(Fed::Done { head, .. }) => head,
        other => panic!("{input}: {other:?}"),
    }
}

fn refusal(head: &RequestHead) -> Refusal {
    match decide(head) {
        Decision::Refuse(refusal) => refusal,
        other => panic!("{other:?} for {head:?}"),
    }
}

#[test]
fn upgrades() {
    let rows: &[(&str, &[&str])] = &[
        ("plain", &[]),
        (
            "browser",
            &[
                "=Connection: keep-alive, Upgrade",
                "Origin: http://localhost:8765",
            ],
        ),
        ("cases", &["=upgrade: WebSocket", "=connection: UPGRADE"]),
        (
            "two Connections",
            &["=Connection: keep-alive", "Connection: upgrade"],
        ),
        ("more protocols", &["=Upgrade: h2c, websocket"]),
        (
            "extensions",
            &["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
        ),
        (
            "unknown headers",
            &["X-A: b", "Cookie: a=b", "Sec-WebSocket-Foo: bar"],
        ),
        ("v6 host", &["=Host: [::1]:8765"]),
        ("a length of zero", &["Content-Length: 0"]),
        ("a length of zero, written long", &["Content-Length: 000"]),
        (
            "empty elements",
            &["=Upgrade: ,websocket,", "=Connection: , ,Upgrade"],
        ),
        ("close as well", &["=Connection: close, Upgrade"]),
        ("a body that is not there", &["Expect: 100-continue"]),
    ];
    for (name, changes) in rows {
        let Decision::Upgrade(upgrade) = decide(&upgrade_with(changes)) else {
            panic!("{name}: {:?}", decide(&upgrade_with(changes)))
        };
        assert_eq!(upgrade.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "{name}");
        assert_eq!(upgrade.subprotocols, [""; 0], "{name}");
    }
}

#[test]
fn broken_upgrades_are_told_what_is_wrong() {
    let two_keys = format!("Sec-WebSocket-Key: {KEY}");
    let rows: &[(&[&str], u16, &str)] = &[
        (&["-Host"], 400, "Host header is missing"),
        (&["=Host:"], 400, "Host header is empty"),
        (&["Host: other"], 400, "Host header comes more than once"),
        (&["=Host: a b"], 400, "Host header is malformed"),
        (&["=Host: a, b"], 400, "Host header is malformed"),
        (&["=Host: \u{e9}"], 400, "Host header is malformed"),
        (&["Content-Length: 5"], 400, "with a body"),
        (
            &["Sec-WebSocket-Extensions: ;;=,,"],
            400,
            "not a list of extensions",
        ),
        (
            &["Sec-WebSocket-Extensions:"],
            400,
            "not a list of extensions",
        ),
        (
            &["Content-Length: 0", "Content-Length: 0"],
            400,
            "Content-Length header comes more",
        ),
        (
            &["Content-Length: +5"],
            400,
            "Content-Length header is malformed",
        ),
        (
            &["Content-Length: 0, 0"],
            400,
            "Content-Length header is malformed",
        ),
        (
            &["Content-Length:"],
            400,
            "Content-Length header is malformed",
        ),
        (&["Content-Length: 00, 0"], 400, "malformed"),
        (&["Content-Length: 0x0"], 400, "malformed"),
        (&["Content-Length: -0"], 400, "malformed"),
        (
            &["Content-Length: 99999999999999999999999999"],
            400,
            "with a body",
        ),
        (&["Transfer-Encoding: chunked"], 400, "Transfer-Encoding"),
        (&["Transfer-Encoding:"], 400, "Transfer-Encoding"),
        (
            &["Transfer-Encoding: chunked", "Content-Length: 5"],
            400,
            "Transfer-Encoding",
        ),
        (
            &["Transfer-Encoding: chunked, gzip"],
            400,
            "Transfer-Encoding",
        ),
        (
            &["Transfer-Encoding: gzip, chunked"],
            501,
            "a coding that is not supported",
        ),
        (
            &["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
            501,
            "a coding that is not supported",
        ),
        (
            &["Transfer-Encoding: identity", "Content-Length: 0"],
            400,
            "Transfer-Encoding",
        ),
        (
            &["Origin: http://a", "Origin: http://b"],
            400,
            "Origin header comes more than once",
        ),
        (&["-Upgrade"], 400, "Upgrade header is missing"),
        (&["=Upgrade:"], 400, "Upgrade header does not contain"),
        (&["=Upgrade: h2c"], 400, "Upgrade header does not contain"),
        (
            &["=Upgrade: websockets"],
            400,
            "Upgrade header does not contain",
        ),
        (
            &["=Upgrade: websocket/13"],
            400,
            "Upgrade header does not contain",
        ),
        (&["-Connection"], 400, "Connection header is missing"),
        (&["=Connection:"], 400, "Connection header does not contain"),
        (
            &["=Connection: keep-alive"],
            400,
            "Connection header does not contain",
        ),
        (
            &["=Connection: not-an-upgrade"],
            400,
            "Connection header does not contain",
        ),
        (
            &["-Sec-WebSocket-Key"],
            400,
            "Sec-WebSocket-Key header is missing",
        ),
        (&["=Sec-WebSocket-Key:"], 400, "not sixteen bytes"),
        (&["=Sec-WebSocket-Key: abc"], 400, "not sixteen bytes"),
        (
            &[&two_keys],
            400,
            "Sec-WebSocket-Key header comes more than once",
        ),
        (
            &["-Sec-WebSocket-Version"],
            400,
            "Sec-WebSocket-Version header is missing",
        ),
        (
            &["Sec-WebSocket-Version: 13"],
            400,
            "Sec-WebSocket-Version header comes more",
        ),
        (&["=Sec-WebSocket-Version:"], 426, "a version other than 13"),
        (
            &["=Sec-WebSocket-Version: 8"],
            426,
            "a version other than 13",
        ),
        (
            &["=Sec-WebSocket-Version: 013"],
            426,
            "a version other than 13",
        ),
        (
            &["=Sec-WebSocket-Version: 13, 8"],
            426,
            "a version other than 13",
        ),
        (
            &["=Sec-WebSocket-Version: abc"],
            426,
            "a version other than 13",
        ),
        (
            &["Sec-WebSocket-Protocol:"],
            400,
            "Protocol header is empty",
        ),
        (
            &["Sec-WebSocket-Protocol: ,"],
            400,
            "Protocol header is empty",
        ),
        (
            &["Sec-WebSocket-Protocol: a b"],
            400,
            "Protocol header is malformed",
        ),
        (
            &["Sec-WebSocket-Protocol: a/b"],
            400,
            "Protocol header is malformed",
        ),
        (&["Sec-WebSocket-Protocol: a, a"], 400, "twice"),
        (
            &["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: a"],
            400,
            "twice",
        ),
    ];
    for (changes, status, why) in rows {
        let refusal = refusal(&upgrade_with(changes));
        assert_eq!(refusal.status, *status, "{changes:?}");
        assert!(refusal.why.contains(why), "{changes:?}: {}", refusal.why);
        let response = String::from_utf8(refusal.response()).unwrap();
        // The version goes along where it was missing or wrong (RFC 6455 section 4.4).
        assert_eq!(
            response.contains("\r\nSec-WebSocket-Version: 13\r\n"),
            *status == 426 || why.contains("Sec-WebSocket-Version"),
            "{response}"
        );
    }
}

#[test]
fn requests_that_are_no_upgrade() {
    let plain = |head: &RequestHead| decide(head) == Decision::Plain;
    let rows: &[(&str, &[&str], Option<u16>)] = &[
        ("GET /", &["Host: a"], None),
        ("HEAD /", &["Host: a"], None),
        ("GET /", &["Host: a", "Content-Length: 0"], None),
        ("GET /", &["Host: a", "Connection: keep-alive"], None),
        (
            "GET /",
            &[
                "Host: a",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
            ],
            None,
        ),
        ("GET /", &["Host: a", "Connection: Upgrade"], None),
        ("HEAD /", &["Host: a", "Upgrade: websocket"], None),
        ("GET http://b/", &["Host: a"], None),
        ("GET /", &["Host: a", "Content-Length: 00"], None),
        ("GET / HTTP/1.0", &[], None),
        ("HEAD / HTTP/1.0", &["Connection: keep-alive"], None),
        ("GET / HTTP/1.0", &["Host: a"], None),
        (
            "GET / HTTP/1.0",
            &["Host: a", "Connection: Upgrade", "Upgrade: h2c"],
            None,
        ),
        ("GET / HTTP/1.0", &["Host:"], Some(400)),
        ("GET / HTTP/1.0", &["Host: a b"], Some(400)),
        ("GET / HTTP/1.0", &["Host: a", "Host: a"], Some(400)),
        ("GET / HTTP/1.0", &["Transfer-Encoding: chunked"], Some(400)),
        ("GET / HTTP/1.0", &["Content-Length: 1"], Some(400)),
        ("POST / HTTP/1.0", &[], Some(405)),
        (
            "GET / HTTP/1.0",
            &["Host: a", "Upgrade: websocket"],
            Some(505),
        ),
        // What nginx passes on with its defaults.
        (
            "GET / HTTP/1.0",
            &["Host: a", "Connection: close", "Sec-WebSocket-Version: 13"],
            Some(505),
        ),
        ("GET /", &["X: y"], Some(400)),
        ("GET /", &["Host:"], Some(400)),
        ("GET /", &["Host: a", "Host: a"], Some(400)),
        ("GET http://b/", &["X: y"], Some(400)),
        ("GET /", &["Host: a", "Content-Length: 5"], Some(400)),
        ("HEAD /", &["Host: a", "Content-Length: 5"], Some(400)),
        (
            "GET /",
            &["Host: a", "Content-Length: 5", "Content-Length: 6"],
            Some(400),
        ),
        (
            "GET /",
            &["Host: a", "Transfer-Encoding: chunked"],
            Some(400),
        ),
        ("GET /", &["Host: a", "Origin: b", "Origin: c"], Some(400)),
        ("GET /", &["Host: a", "Upgrade: websocket"], Some(400)),
        ("GET /", &["Host: a", "Sec-WebSocket-Key: x"], Some(400)),
        ("GET /", &["Host: a", "Sec-WebSocket-Key1: x"], Some(400)),
        ("POST /", &["Host: a"], Some(405)),
        ("POST /", &["Host: a", "Content-Length: 5"], Some(405)),
        ("get /", &["Host: a"], Some(501)),
        ("BREW /", &["Host: a"], Some(501)),
        ("TRACE /", &["Host: a"], Some(405)),
        ("OPTIONS /", &["Host: a"], Some(405)),
        (
            "POST /",
            &["Host: a", "Upgrade: websocket", "Connection: Upgrade"],
            Some(405),
        ),
    ];
    for (start, lines, status) in rows {
        let head = request(start, lines);
        match status {
            None => assert!(plain(&head), "{start} {lines:?}: {:?}", decide(&head)),
            Some(status) => assert_eq!(refusal(&head).status, *status, "{start} {lines:?}"),
        }
    }
    let response = refusal(&request("PUT /", &["Host: a"])).response();
    assert!(
        String::from_utf8(response)
            .unwrap()
            .contains("\r\nAllow: GET, HEAD\r\n")
    );
}

#[test]
fn subprotocols_are_offered_chosen_and_answered() {
    let head = upgrade_with(&["Sec-WebSocket-Protocol: b, A", "sec-websocket-protocol: c"]);
    let Decision::Upgrade(upgrade) = decide(&head) else {
        panic!("upgrade")
    };
    assert_eq!(upgrade.subprotocols, ["b", "A", "c"]);
    let sparse = decide(&upgrade_with(&[
        "Sec-WebSocket-Protocol: ,b,, A,",
        "sec-websocket-protocol: c",
    ]));
    assert_eq!(sparse, Decision::Upgrade(upgrade.clone()));
    let spoken = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(upgrade.choose(&spoken(&["c", "b"])), Some("b"));
    assert_eq!(upgrade.choose(&spoken(&["a", "B"])), None);
    assert_eq!(upgrade.choose(&[]), None);

    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let rows = [
        (None, ""),
        (Some("b"), "Sec-WebSocket-Protocol: b\r\n"),
        (Some("not-offered"), ""),
        (Some("b\r\nX-Evil: 1"), ""),
    ];
    for (chosen, line) in rows {
        let response = String::from_utf8(upgrade.response(chosen)).unwrap();
        assert_eq!(response, format!("{head}{line}\r\n"), "{chosen:?}");
    }
    let Decision::Upgrade(waiting) = decide(&upgrade_with(&["Expect: 100-Continue"])) else {
        panic!("upgrade")
    };
    let response = String::from_utf8(waiting.response(None)).unwrap();
    assert_eq!(response, format!("HTTP/1.1 100 Continue\r\n\r\n{head}\r\n"));
    let forged = Upgrade {
        accept: upgrade.accept,
        subprotocols: spoken(&["x\r\nX-Evil: 1"]),
        expects_continue: false,
    };
    let response = String::from_utf8(forged.response(Some("x\r\nX-Evil: 1"))).unwrap();
    assert_eq!(response, format!("{head}\r\n"));
}
