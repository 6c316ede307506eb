//! Probes a client: listens, and runs a vector on each connection that arrives.

use std::io::{self, IoSlice};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::client_vectors::{ClientVector, Response, with_context};
use super::judge::{Verdict, judge, judge_rejection};
use super::report::Outcome;
use super::wire::Wire;
use crate::cli::compression;
use wshub::connection::accept_head;
use wshub::handshake::{HeadLimits, RequestHead, accept_deflate, is_valid_key};
use wshub::protocol::Role;
use wshub::transport::Stream;

/// How often a non-blocking listener is polled.
const GLANCE: Duration = Duration::from_millis(10);

/// How long the next connection may take to arrive after the first one: some clients need ten
/// seconds to close the previous one.
const NEXT: Duration = Duration::from_secs(30);

/// A listener to which the client under probe connects, once for each vector.
pub(super) struct ClientProbe {
    pub(super) listener: TcpListener,
    pub(super) timeout: Duration,
    /// A connection has arrived: from now on the wait for the next one is bounded.
    pub(super) started: bool,
    /// The vectors are about compression, which the client has to offer.
    pub(super) deflate: bool,
}

impl ClientProbe {
    /// Probes the next client that connects; `None` when none does any more.
    pub(super) fn probe(&mut self, vector: &ClientVector) -> Option<Outcome> {
        let socket = self.accept()?;
        self.started = true;
        Some(match self.answer(socket, vector) {
            Ok((verdict, came)) => vector.outcome(verdict, came),
            Err(why) => vector.outcome(Verdict::Fail, why),
        })
    }

    fn accept(&self) -> Option<TcpStream> {
        let deadline = self.started.then(|| Instant::now() + NEXT);
        loop {
            match self.listener.accept() {
                Ok((socket, _)) if socket.set_nonblocking(false).is_ok() => return Some(socket),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(GLANCE),
                Err(_) => thread::sleep(GLANCE), // out of descriptors and the like, which passes
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
        }
    }

    fn answer(
        &self,
        socket: TcpStream,
        vector: &ClientVector,
    ) -> Result<(Verdict, String), String> {
        let failed = |error: io::Error| format!("the connection broke: {error}");
        let mut stream = Stream::tcp(socket, self.timeout).map_err(failed)?;
        let deadline = Instant::now() + self.timeout;
        let (head, behind) = accept_head(&mut stream.read, HeadLimits::default(), deadline)
            .map_err(|failure| format!("no request: {failure}"))?;
        let faults = faults_of(&head);
        let key = head.headers.get("Sec-WebSocket-Key").unwrap_or_default();
        let offered = head.headers.get("Sec-WebSocket-Protocol");
        let first = offered
            .and_then(|names| names.split(',').next())
            .map(str::trim);
        let mut response = Response::right(key, first);
        let mut inflate = None;
        if self.deflate {
            let Some((agreed, answer)) = accept_deflate(&head) else {
                let why = "the client offers no permessage-deflate that can be taken up";
                return Ok((Verdict::Skipped, why.to_owned()));
            };
            response.set("Sec-WebSocket-Extensions", &answer);
            inflate = compression::inflater(agreed);
        }
        if matches!(vector, ClientVector::InContext(_)) {
            match with_context(&head) {
                Some(answer) => response.set("Sec-WebSocket-Extensions", answer),
                None => {
                    let why = "the client asks the server not to take its context over";
                    return Ok((Verdict::Skipped, why.to_owned()));
                }
            }
        }
        if let ClientVector::Answer { edit, .. } = vector {
            edit(&mut response);
        }
        stream
            .write
            .write_all(&mut [IoSlice::new(&response.bytes())])
            .map_err(failed)?;
        let mut wire = Wire::new(stream, Role::Server, &behind);
        if let Some(inflate) = inflate {
            wire.accept_compressed(inflate);
        }
        Ok(match vector {
            ClientVector::Request if faults.is_empty() => {
                (Verdict::Pass, "a valid request".to_owned())
            }
            ClientVector::Request => (Verdict::Fail, faults.join(", ")),
            ClientVector::Answer { .. } => {
                wire.send_marker();
                judge_rejection(&wire.watch(self.timeout, |_| false))
            }
            ClientVector::Frames(vector) | ClientVector::InContext(vector) => {
                let seen = wire.probe(vector, false, self.timeout);
                judge(&vector.expect, false, &seen)
            }
        })
    }
}

/// What is wrong with a client's request (RFC 6455 section 4.1).
fn faults_of(head: &RequestHead) -> Vec<&'static str> {
    let headers = &head.headers;
    let keys: Vec<_> = headers.all("Sec-WebSocket-Key").collect();
    let rows = [
        (head.method == "GET", "the method is not GET"),
        (headers.count("Host") == 1, "not exactly one Host header"),
        (
            headers.has_token("Upgrade", "websocket"),
            "no Upgrade: websocket",
        ),
        (
            headers.has_token("Connection", "Upgrade"),
            "no Connection: Upgrade",
        ),
        (
            matches!(keys[..], [key] if is_valid_key(key)),
            "not exactly one key of 16 bytes in base64",
        ),
        (
            headers.get("Sec-WebSocket-Version") == Some("13"),
            "not version 13",
        ),
    ];
    rows.into_iter()
        .filter(|(right, _)| !right)
        .map(|(_, fault)| fault)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wshub::handshake::Headers;

    #[test]
    fn faults_of_requests() {
        let right = [
            ("Host", "h"),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
            ("Sec-WebSocket-Version", "13"),
        ];
        let faults = |left_out: &str| {
            let mut headers = Headers::new();
            for (name, value) in right.iter().filter(|(name, _)| *name != left_out) {
                headers.push(name, value);
            }
            faults_of(&RequestHead::new("GET", "/", headers))
        };
        assert_eq!(faults(""), [""; 0]);
        for (name, _) in right {
            assert_eq!(faults(name).len(), 1, "{name}");
        }
    }
}
