//! Rows of requests that are written, and of ones that are refused.
#![allow(clippy::unwrap_used)]

use super::*;

const NONCE: [u8; 16] = *b"the sample nonce";

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|&(name, value)| (name.into(), value.into()))
        .collect()
}

fn names(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|&name| name.into()).collect()
}

fn write(
    url: &str,
    subprotocols: &[&str],
    headers: &[(&str, &str)],
    origin: Option<&str>,
) -> Result<String, RequestError> {
    let request = ClientRequest {
        url: &WsUrl::parse(url).unwrap(),
        nonce: NONCE,
        subprotocols: &names(subprotocols),
        deflate: false,
        headers: &pairs(headers),
        origin,
    };
    request.write().map(|head| String::from_utf8(head).unwrap())
}

/// The part of every request that never changes.
const FIXED: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// The `User-Agent` where no header replaces it.
fn agent() -> String {
    format!("User-Agent: wshub/{}\r\n", env!("CARGO_PKG_VERSION"))
}

#[test]
fn requests() {
    assert_eq!(
        write("ws://localhost:8765/echo?a=b", &[], &[], None).unwrap(),
        format!(
            "GET /echo?a=b HTTP/1.1\r\nHost: localhost:8765\r\n{FIXED}{}\r\n",
            agent()
        )
    );
    let extras = [
        ("X-Token", "a\tb \u{e9}"),
        ("Cookie", "c"),
        ("Cookie", "d"),
        ("X-Empty", ""),
    ];
    assert_eq!(
        write(
            "wss://ana:p%40ss@a/",
            &["chat.v1", "b"],
            &extras,
            Some("null")
        )
        .unwrap(),
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{FIXED}Sec-WebSocket-Protocol: chat.v1, b\r\n\
             {}Origin: null\r\nAuthorization: Basic YW5hOnBAc3M=\r\nX-Token: a\tb \u{e9}\r\n\
             Cookie: c\r\nCookie: d\r\nX-Empty: \r\n\r\n",
            agent()
        )
    );
    let overriding = [
        ("host", "other:1"),
        ("authorization", "Bearer x"),
        ("origin", "http://o"),
        ("user-agent", "Mozilla/5.0 (X11)"),
    ];
    assert_eq!(
        write("ws://ana:p@a/", &[], &overriding, None).unwrap(),
        format!(
            "GET / HTTP/1.1\r\nHost: other:1\r\n{FIXED}authorization: Bearer x\r\n\
             origin: http://o\r\nuser-agent: Mozilla/5.0 (X11)\r\n\r\n"
        )
    );
}

#[test]
fn what_would_break_the_head_is_refused() {
    use RequestError::*;
    let name = |text: &str| text.to_owned();
    let rows: &[(&[(&str, &str)], RequestError)] = &[
        (&[("", "x")], InvalidName { name: name("") }),
        (&[("X A", "x")], InvalidName { name: name("X A") }),
        (&[("X:", "x")], InvalidName { name: name("X:") }),
        (
            &[("X\r\nY", "x")],
            InvalidName {
                name: name("X\r\nY"),
            },
        ),
        (&[("X", "a\r\nY: b")], InvalidValue { name: name("X") }),
        (&[("X", "a\n")], InvalidValue { name: name("X") }),
        (&[("X", "a\0")], InvalidValue { name: name("X") }),
        (&[("X", "\u{7f}")], InvalidValue { name: name("X") }),
        (
            &[("upgrade", "h2c")],
            OwnHeader {
                name: name("upgrade"),
            },
        ),
        (
            &[("Connection", "close")],
            OwnHeader {
                name: name("Connection"),
            },
        ),
        (
            &[("Content-Length", "5")],
            OwnHeader {
                name: name("Content-Length"),
            },
        ),
        (
            &[("Transfer-Encoding", "x")],
            OwnHeader {
                name: name("Transfer-Encoding"),
            },
        ),
        (
            &[("sec-websocket-key", "x")],
            OwnHeader {
                name: name("sec-websocket-key"),
            },
        ),
        (
            &[("Sec-WebSocket-Extensions", "x")],
            OwnHeader {
                name: name("Sec-WebSocket-Extensions"),
            },
        ),
        (
            &[("Host", "a"), ("HOST", "b")],
            Doubled { name: name("Host") },
        ),
        (
            &[("Origin", "a"), ("origin", "b")],
            Doubled {
                name: name("Origin"),
            },
        ),
        (
            &[("User-Agent", "a"), ("user-agent", "b")],
            Doubled {
                name: name("User-Agent"),
            },
        ),
        (
            &[("authorization", "a"), ("Authorization", "a")],
            Doubled {
                name: name("Authorization"),
            },
        ),
        (&[("Host", "")], InvalidHost),
        (&[("Host", "a/b")], InvalidHost),
    ];
    for (headers, error) in rows {
        assert_eq!(write("ws://a/", &[], headers, None), Err(error.clone()));
        assert!(!error.to_string().chars().any(char::is_control), "{error}");
    }
    let origin = write("ws://a/", &[], &[("Origin", "a")], Some("b"));
    assert_eq!(
        origin,
        Err(Doubled {
            name: name("Origin")
        })
    );
    let origin = write("ws://a/", &[], &[], Some("b\r\nX: y"));
    assert_eq!(
        origin,
        Err(InvalidValue {
            name: name("Origin")
        })
    );
    let doubled = write("ws://a/", &["a", "b", "a"], &[], None);
    assert_eq!(doubled, Err(Doubled { name: name("a") }));
    for bad in ["", "a b", "a,b", "a\r\nX: y"] {
        let invalid = InvalidSubprotocol { name: name(bad) };
        assert_eq!(write("ws://a/", &[bad], &[], None), Err(invalid), "{bad:?}");
    }
}

#[test]
fn an_empty_user_agent_leaves_the_header_out() {
    assert_eq!(
        write("ws://a/", &[], &[("User-Agent", " ")], None).unwrap(),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{FIXED}\r\n")
    );
}

#[test]
fn a_subprotocol_is_offered_among_the_subprotocols_and_not_as_a_header() {
    let refused = write("ws://a/", &[], &[("sec-websocket-protocol", "x")], None);
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("name it among those"), "{text}");
}

#[test]
fn a_url_built_by_hand_breaks_nothing_either() {
    let good = WsUrl::parse("ws://a/").unwrap();
    let rows = [
        (
            WsUrl {
                target: "/a\r\nX: y".into(),
                ..good.clone()
            },
            RequestError::InvalidTarget,
        ),
        (
            WsUrl {
                target: "a b".into(),
                ..good.clone()
            },
            RequestError::InvalidTarget,
        ),
        (
            WsUrl {
                target: String::new(),
                ..good.clone()
            },
            RequestError::InvalidTarget,
        ),
        (
            WsUrl {
                host: "a\r\nX".into(),
                ..good
            },
            RequestError::InvalidHost,
        ),
    ];
    for (url, error) in rows {
        let (subprotocols, headers) = (&[][..], &[][..]);
        let request = ClientRequest {
            url: &url,
            nonce: NONCE,
            subprotocols,
            deflate: false,
            headers,
            origin: None,
        };
        assert_eq!(request.write(), Err(error), "{url:?}");
    }
}
