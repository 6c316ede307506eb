//! The vectors for a client: a look at its request, answers that it must not take, and the
//! frames that a server would send.

use super::deflate_vectors::{context_vector, deflate_vectors};
use super::judge::Verdict;
use super::report::Outcome;
use super::vectors::{Vector, vectors};
use super::wire::sent_in_words;
use wshub::handshake::{RequestHead, accept_value};
use wshub::protocol::Role;

/// The purpose of one connection.
pub(super) enum ClientVector {
    /// To look at the client's request.
    Request,
    /// To give an answer that a client must not take.
    Answer {
        section: &'static str,
        name: &'static str,
        edit: fn(&mut Response),
    },
    /// To send frames.
    Frames(Vector),
    /// To send compressed messages that refer to those before.
    InContext(Vector),
}

/// An answer to a client's request; every part is the caller's.
pub(super) struct Response {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Response {
    pub(super) fn right(key: &str, subprotocol: Option<&str>) -> Self {
        let mut headers = vec![
            ("Upgrade", "websocket".to_owned()),
            ("Connection", "Upgrade".to_owned()),
            ("Sec-WebSocket-Accept", accept_value(key)),
        ];
        headers.extend(subprotocol.map(|name| ("Sec-WebSocket-Protocol", name.to_owned())));
        Self {
            status: "101 Switching Protocols",
            headers,
        }
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
    }

    /// Turns compression on, with these parameters.
    fn answer_deflate(&mut self, parameters: &str) {
        let value = format!("permessage-deflate{parameters}");
        self.set("Sec-WebSocket-Extensions", &value);
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// All of them.
pub(super) fn client_vectors() -> Vec<ClientVector> {
    let answer = |section, name, edit: fn(&mut Response)| ClientVector::Answer {
        section,
        name,
        edit,
    };
    let mut all = vec![
        ClientVector::Request,
        answer("4.1", "a wrong Sec-WebSocket-Accept", |r| {
            r.set("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        }),
        answer("4.1", "no Sec-WebSocket-Accept", |r| {
            r.set("Sec-WebSocket-Accept", "")
        }),
        answer("4.1", "no Upgrade", |r| r.set("Upgrade", "")),
        answer("4.1", "Upgrade to something else", |r| {
            r.set("Upgrade", "h2c")
        }),
        answer("4.1", "no Connection", |r| r.set("Connection", "")),
        answer("4.1", "a subprotocol that was not offered", |r| {
            r.set("Sec-WebSocket-Protocol", "x-wshub-check");
        }),
        answer("4.1", "an extension that was not offered", |r| {
            r.set("Sec-WebSocket-Extensions", "x-wshub-check");
        }),
        answer("4.1", "status 200 with the headers of a 101", |r| {
            r.status = "200 OK"
        }),
    ];
    all.extend(vectors(Role::Client).into_iter().map(ClientVector::Frames));
    all
}

/// Those about compression (RFC 7692).
pub(super) fn client_deflate_vectors() -> Vec<ClientVector> {
    let answer = |section, name, edit: fn(&mut Response)| ClientVector::Answer {
        section,
        name,
        edit,
    };
    let mut all = vec![
        answer("7.1", "an unknown parameter", |r| {
            r.answer_deflate("; x_wshub_check")
        }),
        answer("7.1", "a parameter twice", |r| {
            r.answer_deflate("; server_no_context_takeover; server_no_context_takeover");
        }),
        answer("5.1", "the extension twice", |r| {
            r.answer_deflate(", permessage-deflate");
        }),
        answer("7.1.1.1", "server_no_context_takeover with a value", |r| {
            r.answer_deflate("; server_no_context_takeover=1");
        }),
        answer("7.1.1.2", "client_no_context_takeover with a value", |r| {
            r.answer_deflate("; client_no_context_takeover=1");
        }),
        answer("7.1.2.1", "server_max_window_bits=7", |r| {
            r.answer_deflate("; server_max_window_bits=7")
        }),
        answer("7.1.2.1", "server_max_window_bits=16", |r| {
            r.answer_deflate("; server_max_window_bits=16")
        }),
        answer("7.1.2.1", "server_max_window_bits without a value", |r| {
            r.answer_deflate("; server_max_window_bits");
        }),
        answer("7.1.2.2", "client_max_window_bits=1000000000", |r| {
            r.answer_deflate("; client_max_window_bits=1000000000");
        }),
        answer("7.1.2.2", "client_max_window_bits without a value", |r| {
            r.answer_deflate("; client_max_window_bits");
        }),
        ClientVector::InContext(context_vector()),
    ];
    all.extend(
        deflate_vectors(Role::Client)
            .into_iter()
            .map(ClientVector::Frames),
    );
    all
}

/// The answer that has the server take its context over, if the client lets it (section 7.1.1.1).
pub(super) fn with_context(request: &RequestHead) -> Option<&'static str> {
    let mut offers = request.headers.all("Sec-WebSocket-Extensions");
    let forbidden = offers.any(|offer| offer.contains("server_no_context_takeover"));
    (!forbidden).then_some("permessage-deflate; client_no_context_takeover")
}

impl ClientVector {
    /// Its section and its name.
    pub(super) fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::Request => ("4.1", "the client's request"),
            Self::Answer { section, name, .. } => (section, name),
            Self::Frames(vector) | Self::InContext(vector) => (vector.section, vector.name),
        }
    }

    pub(super) fn outcome(&self, verdict: Verdict, came: String) -> Outcome {
        let (section, name) = self.title();
        let sent = match self {
            Self::Frames(vector) | Self::InContext(vector) => sent_in_words(vector, Role::Client),
            _ => name.to_owned(),
        };
        Outcome {
            section,
            name,
            verdict,
            sent,
            came,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_right_but_for_their_edit() {
        let right = || Response::right("dGhlIHNhbXBsZSBub25jZQ==", None);
        assert_eq!(
            String::from_utf8(right().bytes()).unwrap(),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        );
        for vector in client_vectors().into_iter().chain(client_deflate_vectors()) {
            let ClientVector::Answer { edit, name, .. } = vector else {
                continue;
            };
            let mut response = Response::right("AAAAAAAAAAAAAAAAAAAAAA==", None);
            let before = response.bytes();
            edit(&mut response);
            assert_ne!(response.bytes(), before, "{name}");
        }
    }
}
