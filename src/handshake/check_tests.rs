//! Rows of answers, and a round trip with this server.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::handshake::client::ClientRequest;
use crate::handshake::head_parser::{Fed, RequestParser, ResponseParser};
use crate::handshake::server::{Decision, decide};
use crate::handshake::url::WsUrl;

const NONCE: [u8; 16] = *b"the sample nonce";

fn parse(head: &[u8]) -> ResponseHead {
    match ResponseParser::new().feed(head) {
        Ok(Fed::Done { head, .. }) => head,
        other => panic!("{other:?}"),
    }
}

/// A valid answer, changed: `-Name` removes a header, `Name: value` adds one, and `=Name: value`
/// replaces it.
fn answer_with(changes: &[&str]) -> ResponseHead {
    let mut lines = vec![
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ];
    for change in changes {
        let name = |line: &str| line.split(':').next().map(str::to_ascii_lowercase);
        if let Some(line) = change.strip_prefix(['-', '=']) {
            lines.retain(|other| name(other) != name(line));
        }
        if !change.starts_with('-') {
            lines.push(change.trim_start_matches('='));
        }
    }
    let lines = lines.join("\r\n");
    parse(format!("HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n\r\n").as_bytes())
}

#[test]
fn answers() {
    use BadUpgrade::*;
    let unoffered = |name: &str| UnofferedSubprotocol { name: name.into() };
    let offered = ["a".to_owned(), "b".to_owned()];
    type Row = (
        &'static [&'static str],
        Result<Option<&'static str>, BadUpgrade>,
    );
    let rows: &[Row] = &[
        (&[], Ok(None)),
        (
            &[
                "=upgrade: WebSocket",
                "=connection: keep-alive, UPGRADE",
                "X: y",
            ],
            Ok(None),
        ),
        (
            &["=Upgrade: , websocket,", "=Connection: ,Upgrade,"],
            Ok(None),
        ),
        (
            &["Content-Length: 5", "Transfer-Encoding: chunked"],
            Ok(None),
        ),
        (&["Sec-WebSocket-Protocol: b"], Ok(Some("b"))),
        (&["Sec-WebSocket-Extensions:"], Err(UnexpectedExtension)),
        (&["-Upgrade"], Err(MissingUpgrade)),
        (&["=Upgrade:"], Err(WrongUpgrade)),
        (&["=Upgrade: h2c"], Err(WrongUpgrade)),
        (&["=Upgrade: websocket, h2c"], Err(WrongUpgrade)),
        (&["Upgrade: websocket"], Err(WrongUpgrade)),
        (&["-Connection"], Err(MissingConnection)),
        (&["=Connection:"], Err(WrongConnection)),
        (&["=Connection: close"], Err(WrongConnection)),
        (&["=Connection: not-an-upgrade"], Err(WrongConnection)),
        (&["-Sec-WebSocket-Accept"], Err(MissingAccept)),
        (&["=Sec-WebSocket-Accept:"], Err(WrongAccept)),
        (
            &["=Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
            Err(WrongAccept),
        ),
        (
            &["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
            Err(DoubledAccept),
        ),
        (
            &["Sec-WebSocket-Extensions: permessage-deflate"],
            Err(UnexpectedExtension),
        ),
        (&["Sec-WebSocket-Protocol: c"], Err(unoffered("c"))),
        (&["Sec-WebSocket-Protocol: A"], Err(unoffered("A"))),
        (&["Sec-WebSocket-Protocol: a, b"], Err(unoffered("a, b"))),
        (&["Sec-WebSocket-Protocol:"], Err(unoffered(""))),
        (
            &["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: a"],
            Err(DoubledSubprotocol),
        ),
    ];
    for (changes, expected) in rows {
        let outcome = check(&answer_with(changes), NONCE, &offered);
        let outcome = outcome.map(|accepted| accepted.subprotocol);
        let expected = expected.clone().map(|name| name.map(str::to_owned));
        assert_eq!(outcome, expected, "{changes:?}");
    }
    let other_nonce = check(&answer_with(&[]), [0; 16], &offered);
    assert_eq!(other_nonce, Err(WrongAccept));
}

#[test]
fn other_statuses_are_shown_without_their_control_characters() {
    let rows: [(&[u8], &str); 4] = [
        (
            b"HTTP/1.1 404 Not Found\r\n\r\n",
            "the server answered 404 Not Found instead of 101",
        ),
        (
            b"HTTP/1.1 200\r\n\r\n",
            "the server answered 200 instead of 101",
        ),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: wss://a/\r\n\r\n",
            "the server answered 301 Moved instead of 101; it points to wss://a/",
        ),
        (
            b"HTTP/1.1 400 a\x9b31mb\r\n\r\n",
            "the server answered 400 a 31mb instead of 101",
        ),
    ];
    for (input, text) in rows {
        let error = check(&parse(input), NONCE, &[]).unwrap_err();
        assert!(matches!(error, BadUpgrade::Status { .. }));
        assert_eq!(error.to_string(), text);
    }
    let long = BadUpgrade::UnofferedSubprotocol {
        name: "x".repeat(8000),
    };
    assert!(long.to_string().len() < 300);
}

#[test]
fn what_the_client_writes_the_server_takes_and_back() {
    let offered = ["a".to_owned(), "b".to_owned()];
    let url = WsUrl::parse("ws://ana:x@[::1]:8765/chat?name=\u{e9}").unwrap();
    let headers = [("X-A".to_owned(), "b".to_owned())];
    let request = ClientRequest {
        url: &url,
        nonce: NONCE,
        subprotocols: &offered,
        deflate: false,
        headers: &headers,
        origin: Some("http://localhost"),
    };
    let Ok(Fed::Done { head, .. }) = RequestParser::new().feed(&request.write().unwrap()) else {
        panic!("request")
    };
    assert_eq!(head.authority(), Some("[::1]:8765"));
    assert_eq!(head.query("name").as_deref(), Some("\u{e9}"));
    let Decision::Upgrade(upgrade) = decide(&head) else {
        panic!("upgrade")
    };
    for (spoken, subprotocol) in [(&offered[1..], Some("b".to_owned())), (&[], None)] {
        let response = parse(&upgrade.response(upgrade.choose(spoken)));
        assert_eq!(
            check(&response, NONCE, &offered),
            Ok(Accepted {
                subprotocol,
                deflate: None
            })
        );
    }
}
