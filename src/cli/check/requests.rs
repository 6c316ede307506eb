//! The vectors about the opening handshake (RFC 6455 section 4): requests that a server takes, and
//! requests that it refuses.

use super::judge::Answer;
use wshub::handshake::encode_key;

/// A request head whose every part is the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) version: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Request {
    /// A right request for this target and host.
    pub(super) fn new(
        target: &str,
        host: &str,
        nonce: [u8; 16],
        extra: &[(String, String)],
    ) -> Self {
        let mut headers: Vec<(String, String)> = [
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", &encode_key(nonce)),
            ("Sec-WebSocket-Version", "13"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        headers.extend_from_slice(extra);
        Self {
            method: "GET",
            version: "HTTP/1.1",
            target: target.to_owned(),
            headers,
        }
    }

    /// The bytes of the head.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} {}\r\n", self.method, self.target, self.version);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// In one write.
    Whole,
    /// Byte by byte, with short rests.
    Drip,
    /// With a ping in the same segment, which is to be answered.
    WithPing,
}

/// One vector about the opening handshake.
pub(super) struct RequestVector {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) edit: fn(&mut Request),
    pub(super) how: How,
    pub(super) expect: Answer,
}

const ANY: Answer = Answer::Refusal(&[]);

/// All of them.
pub(super) fn requests() -> Vec<RequestVector> {
    let whole = |section, name, expect, edit: fn(&mut Request)| RequestVector {
        section,
        name,
        edit,
        how: How::Whole,
        expect,
    };
    let written = |name, how| RequestVector {
        section: "4.2.1",
        name,
        edit: |_| (),
        how,
        expect: Answer::Upgrade,
    };
    vec![
        whole("4.2.2", "a valid request", Answer::Upgrade, |_| ()),
        whole(
            "4.2.1",
            "header names and tokens in another case",
            Answer::Upgrade,
            |r| {
                for (name, value) in &mut r.headers {
                    *name = name.to_uppercase();
                    if matches!(name.as_str(), "UPGRADE" | "CONNECTION") {
                        *value = value.to_uppercase();
                    }
                }
            },
        ),
        whole(
            "4.2.1",
            "Connection with keep-alive as well",
            Answer::Upgrade,
            |r| {
                r.set("Connection", "keep-alive, Upgrade");
            },
        ),
        whole(
            "9.1",
            "an extension that does not exist",
            Answer::Upgrade,
            |r| {
                r.add("Sec-WebSocket-Extensions", "x-wshub-check; q=1");
            },
        ),
        whole(
            "4.2.2",
            "a subprotocol that does not exist",
            Answer::Upgrade,
            |r| {
                r.add("Sec-WebSocket-Protocol", "x-wshub-check");
            },
        ),
        written("a request that comes byte by byte", How::Drip),
        written("a frame directly after the request", How::WithPing),
        whole(
            "4.2.1",
            "POST instead of GET",
            Answer::Refusal(&[400, 404, 405, 426, 501]),
            |r| r.method = "POST",
        ),
        whole("4.2.1", "HTTP/1.0", ANY, |r| r.version = "HTTP/1.0"),
        whole("4.2.1", "no Host", ANY, |r| r.remove("Host")),
        whole("4.2.1", "no Upgrade", ANY, |r| r.remove("Upgrade")),
        whole("4.2.1", "Upgrade to something else", ANY, |r| {
            r.set("Upgrade", "h2c")
        }),
        whole("4.2.1", "no Connection", ANY, |r| r.remove("Connection")),
        whole("4.2.1", "Connection: not-an-upgrade", ANY, |r| {
            r.set("Connection", "not-an-upgrade")
        }),
        whole("4.2.1", "no Sec-WebSocket-Key", ANY, |r| {
            r.remove("Sec-WebSocket-Key")
        }),
        whole("4.2.1", "a key of 15 bytes", ANY, |r| {
            r.set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA")
        }),
        whole("4.2.1", "a key that is not base64", ANY, |r| {
            r.set("Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!==")
        }),
        whole("11.3.1", "two keys", ANY, |r| {
            r.add("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
        }),
        whole("4.4", "version 12", Answer::Version, |r| {
            r.set("Sec-WebSocket-Version", "12")
        }),
        whole("4.2.1", "no version", ANY, |r| {
            r.remove("Sec-WebSocket-Version")
        }),
        whole("10.4", "a header of 1 MiB", ANY, |r| {
            r.add("X-Long", &"x".repeat(1 << 20))
        }),
    ]
}

/// The subprotocols and extensions that a request offers do not exist: none may be chosen.
pub(super) fn offered(request: &Request) -> Vec<String> {
    let named = request
        .headers
        .iter()
        .filter(|(name, _)| name == "Sec-WebSocket-Protocol");
    named.map(|(_, value)| value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_changes_the_right_request_in_its_own_way() {
        let right = Request::new("/echo", "h:1", [0; 16], &[("X-A".into(), "b".into())]);
        assert_eq!(
            String::from_utf8(right.bytes()).unwrap(),
            "GET /echo HTTP/1.1\r\nHost: h:1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nX-A: b\r\n\r\n"
        );
        let mut all = Vec::new();
        for vector in requests() {
            let mut request = right.clone();
            (vector.edit)(&mut request);
            assert!(
                !all.contains(&(request.clone(), vector.how)),
                "{}",
                vector.name
            );
            all.push((request, vector.how));
        }
        assert!(all.len() >= 20);
    }
}
