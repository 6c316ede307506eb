//! Probes a server, with a connection for each vector.

use std::io::IoSlice;
use std::thread;
use std::time::{Duration, Instant};

use super::frames::{ping, text};
use super::judge::{Verdict, is_enough, judge, judge_answer};
use super::offers::{Offer, judge_offer};
use super::report::Outcome;
use super::requests::{How, Request, RequestVector, offered};
use super::seen::{MARKER, Seen};
use super::vectors::{Event, Expect, Then, Vector, vector};
use super::wire::{Wire, sent_in_words};
use crate::cli::{compression, connecting};
use wshub::client::{ConnectError, ConnectOptions};
use wshub::connection::Entropy;
use wshub::connection::request_upgrade;
use wshub::handshake::{ClientRequest, Fed, HeadLimits, ResponseHead, ResponseParser, WsUrl};
use wshub::protocol::Role;
use wshub::transport::{ReadOutcome, Stream};

/// The pause between two bytes of a request that is sent byte by byte.
const DRIP: Duration = Duration::from_millis(2);

/// A server, and how to reach it.
pub(super) struct ServerProbe {
    pub(super) options: ConnectOptions,
    pub(super) url: WsUrl,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// Whether the endpoint echoes, which is found out first.
    pub(super) echoes: bool,
    /// Compression is offered, and the vectors are about it.
    pub(super) deflate: bool,
    /// Whether the server compresses, which is found out first.
    pub(super) compresses: bool,
    pub(super) random: Entropy,
}

impl ServerProbe {
    /// Finds out whether the endpoint can be reached, whether it echoes, and whether it takes up an
    /// offer of compression.
    pub(super) fn reach(&mut self) -> Result<(), ConnectError> {
        let question = "wshub check: is this an echo?";
        let events = [Event::Text(question.to_owned())];
        let vector = vector("5.6", "an echo", [text(question)], events, Then::Open);
        let seen = self.open()?.probe(&vector, true, self.timeout);
        self.echoes = judge(&vector.expect, true, &seen).0 == Verdict::Pass;
        Ok(())
    }

    fn upgrade<'a>(&'a self, nonce: [u8; 16], subprotocols: &'a [String]) -> ClientRequest<'a> {
        ClientRequest {
            url: &self.url,
            nonce,
            subprotocols,
            deflate: self.deflate,
            headers: &self.options.headers,
            origin: self.options.origin.as_deref(),
        }
    }

    fn open(&mut self) -> Result<Wire, ConnectError> {
        let nonce = self.random.nonce();
        let request = self.upgrade(nonce, &self.options.subprotocols);
        let request = request.write().map_err(ConnectError::Request)?;
        let deadline = Instant::now() + self.options.timeout;
        let mut stream = self.options.open(&self.url, deadline)?;
        drop(stream.write.write_all(&mut [IoSlice::new(&request)])); // reading tells
        let (accepted, _, behind) = request_upgrade(
            &mut stream.read,
            nonce,
            &self.options.subprotocols,
            self.deflate,
            deadline,
        )?;
        if self.options.require_subprotocol
            && accepted.subprotocol.is_none()
            && !self.options.subprotocols.is_empty()
        {
            return Err(ConnectError::NoSubprotocol {
                offered: self.options.subprotocols.clone(),
            });
        }
        let mut wire = Wire::new(stream, Role::Client, &behind);
        self.compresses = accepted.deflate.is_some();
        if let Some(inflate) = accepted.deflate.and_then(compression::inflater) {
            wire.accept_compressed(inflate);
        }
        Ok(wire)
    }

    /// A vector about frames.
    pub(super) fn frames(&mut self, vector: &Vector) -> Outcome {
        let (verdict, came) = match self.open() {
            Ok(_) if self.deflate && !self.compresses => {
                (Verdict::Skipped, "the server does not compress".to_owned())
            }
            Ok(mut wire) => {
                let seen = wire.probe(vector, self.echoes, self.timeout);
                judge(&vector.expect, self.echoes, &seen)
            }
            Err(error) => (
                Verdict::Fail,
                format!("no connection: {}", connecting::error_in_words(&error)),
            ),
        };
        Outcome {
            section: vector.section,
            name: vector.name,
            verdict,
            sent: sent_in_words(vector, Role::Server),
            came,
        }
    }

    /// A valid request, with the headers that every request of this client has, in the order in
    /// which it is sent.
    fn right_request(&self, nonce: [u8; 16]) -> Request {
        let mut request = Request::new(&self.url.target, &self.url.host_header(), nonce, &[]);
        if let Ok(head) = self.upgrade(nonce, &[]).head() {
            let own = request.headers.clone();
            let is_own = |name: &str| own.iter().any(|(known, _)| known == name);
            let extra = head.headers.iter().filter(|(name, _)| !is_own(name));
            let extra = extra.map(|(name, value)| (name.to_owned(), value.to_owned()));
            request.headers.extend(extra);
        }
        request
    }

    /// A vector about the opening handshake.
    pub(super) fn request(&mut self, vector: &RequestVector) -> Outcome {
        let nonce = self.random.nonce();
        let mut request = self.right_request(nonce);
        (vector.edit)(&mut request);
        let deadline = Instant::now() + self.options.timeout;
        let (verdict, came) = match self.options.open(&self.url, deadline) {
            Ok(stream) => self.ask(stream, vector, &request, nonce),
            Err(error) => (
                Verdict::Fail,
                format!("no connection: {}", connecting::error_in_words(&error)),
            ),
        };
        let head = String::from_utf8_lossy(&request.bytes())
            .trim_end()
            .replace("\r\n", "; ");
        Outcome {
            section: vector.section,
            name: vector.name,
            verdict,
            sent: head.chars().take(300).collect(),
            came,
        }
    }

    /// A vector about an offer of compression.
    pub(super) fn offer(&mut self, offer: &Offer) -> Outcome {
        let nonce = self.random.nonce();
        let mut request = self.right_request(nonce);
        request.set("Sec-WebSocket-Extensions", offer.value);
        let deadline = Instant::now() + self.options.timeout;
        let (verdict, came) = match self.options.open(&self.url, deadline) {
            Ok(mut stream) => {
                drop(
                    stream
                        .write
                        .write_all(&mut [IoSlice::new(&request.bytes())]),
                ); // reading tells
                let (answer, _) = self.read_answer(&mut stream);
                stream.shutdown.abort();
                judge_offer(offer.need, &answer, nonce)
            }
            Err(error) => (
                Verdict::Fail,
                format!("no connection: {}", connecting::error_in_words(&error)),
            ),
        };
        Outcome {
            section: offer.section,
            name: offer.name,
            verdict,
            sent: offer.value.to_owned(),
            came,
        }
    }

    fn ask(
        &self,
        mut stream: Stream,
        vector: &RequestVector,
        request: &Request,
        nonce: [u8; 16],
    ) -> (Verdict, String) {
        let mut bytes = request.bytes();
        if vector.how == How::WithPing {
            bytes.extend(ping(MARKER).wire(Role::Server));
        }
        let pieces: Vec<&[u8]> = match vector.how {
            How::Drip => bytes.chunks(1).collect(),
            How::Whole | How::WithPing => vec![&bytes],
        };
        for piece in &pieces {
            if stream.write.write_all(&mut [IoSlice::new(piece)]).is_err() {
                break; // a refusal may have come before the request's end: reading tells
            }
            if pieces.len() > 1 {
                thread::sleep(DRIP);
            }
        }
        let (answer, behind) = self.read_answer(&mut stream);
        let judged = judge_answer(vector.expect, &answer, nonce, &offered(request));
        if vector.how != How::WithPing || judged.0 != Verdict::Pass {
            stream.shutdown.abort();
            return judged;
        }
        let expect = Expect {
            events: Vec::new(),
            then: Then::Open,
        };
        let mut wire = Wire::new(stream, Role::Client, &behind);
        let seen = wire.watch(self.timeout, |seen| is_enough(expect.then, seen));
        judge(&expect, false, &seen)
    }

    fn read_answer(&self, stream: &mut Stream) -> (Result<ResponseHead, Seen>, Vec<u8>) {
        let deadline = Instant::now() + self.timeout;
        let mut parser = ResponseParser::with_limits(HeadLimits::RESPONSE);
        let mut chunk = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return (Err(Seen::Silence), Vec::new());
            }
            let bytes = match stream.read.read(&mut chunk, left) {
                Ok(ReadOutcome::Data(read)) => &chunk[..read],
                Ok(ReadOutcome::TimedOut) => continue,
                Ok(ReadOutcome::Eof) => return (Err(Seen::End), Vec::new()),
                Err(_) => return (Err(Seen::Reset), Vec::new()),
            };
            match parser.feed(bytes) {
                Ok(Fed::NeedMore) => {}
                Ok(Fed::Done { head, consumed }) => return (Ok(head), bytes[consumed..].to_vec()),
                Err(error) => return (Err(Seen::Fault(error.to_string())), Vec::new()),
            }
        }
    }
}
