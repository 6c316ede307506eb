//! What the tests by RFC section share: frames written by hand, without the crate's own
//! encoder, and a receiver that is fed in every way that bytes may be cut. The frame writer and
//! the table of vectors are those of `wshub check`.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on fails

#[cfg(feature = "cli")]
pub mod command;
#[path = "../../src/cli/check/deflate_vectors.rs"]
pub mod deflate_vectors;
#[path = "../../src/cli/check/frames.rs"]
pub mod frames;
pub mod loopback;
pub mod peer;
#[cfg(feature = "cli")]
pub mod program;
pub mod proxy;
#[cfg(feature = "cluster")]
pub mod redis_server;
#[cfg(all(feature = "wss", feature = "standard"))]
pub mod tls;
#[path = "../../src/cli/check/vectors.rs"]
pub mod vectors;

pub use frames::*;

use wshub::connection::Incoming;
use wshub::protocol::{CloseCode, Event, Limits, Message, ProtocolError, Receiver, Role};

/// Both ends, for rules that bind both.
pub const ROLES: [Role; 2] = [Role::Server, Role::Client];

impl Frame {
    pub fn key(mut self, key: [u8; 4]) -> Self {
        self.key = key;
        self
    }
}

/// The first fragment of a binary message.
pub fn binary_start(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, BINARY, payload)
}

/// An [`Event`] that owns what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Text(text) => Self::Text(text.to_owned()),
            Event::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Event::Fragment(piece) => panic!("nothing is streamed here: {piece:?}"),
            Event::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Event::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Event::Close(frame) => Self::Close(
                frame.code().map(CloseCode::number),
                frame.reason().to_owned(),
            ),
        }
    }
}

impl From<Incoming<'_>> for Seen {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Message(Message::Text(text)) => Self::Text(text.to_owned()),
            Incoming::Message(Message::Binary(bytes)) => Self::Binary(bytes.to_vec()),
            Incoming::Ping(payload) => Self::Ping(payload.to_vec()),
            Incoming::Pong { payload, .. } => Self::Pong(payload.to_vec()),
            other => panic!("not asked for: {other:?}"),
        }
    }
}

/// The same event, as the table of vectors writes it.
impl From<vectors::Event> for Seen {
    fn from(event: vectors::Event) -> Self {
        use vectors::Event::*;
        match event {
            Text(text) => Self::Text(text),
            Binary(bytes) => Self::Binary(bytes),
            Ping(bytes) => Self::Ping(bytes),
            Pong(bytes) => Self::Pong(bytes),
            Close(code, reason) => Self::Close(code, reason),
        }
    }
}

pub fn saw_text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

pub fn saw_binary(bytes: impl AsRef<[u8]>) -> Seen {
    Seen::Binary(bytes.as_ref().to_vec())
}

pub fn saw_ping(bytes: impl AsRef<[u8]>) -> Seen {
    Seen::Ping(bytes.as_ref().to_vec())
}

pub fn saw_pong(bytes: impl AsRef<[u8]>) -> Seen {
    Seen::Pong(bytes.as_ref().to_vec())
}

pub fn saw_close(code: u16, reason: &str) -> Seen {
    Seen::Close(Some(code), reason.to_owned())
}

/// A receiver's result for some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub events: Vec<Seen>,
    pub error: Option<ProtocolError>,
}

/// Feeds the chunks in turn and takes every event. Checks on the way that the end is final (the
/// same error for ever, nothing after a Close) and that memory stays within the limits.
pub fn receive(role: Role, limits: Limits, chunks: &[&[u8]]) -> Outcome {
    let mut receiver = Receiver::new(role, limits);
    let mut outcome = Outcome {
        events: Vec::new(),
        error: None,
    };
    for chunk in chunks {
        receiver.feed(chunk);
        loop {
            match receiver.next_event() {
                Ok(Some(event)) => {
                    assert_eq!(outcome.error, None, "an event behind a fault: {event:?}");
                    let closed = matches!(outcome.events.last(), Some(Seen::Close(..)));
                    assert!(!closed, "an event behind a Close: {event:?}");
                    outcome.events.push(event.into());
                }
                Ok(None) => {
                    assert_eq!(outcome.error, None, "a fault was forgotten");
                    break;
                }
                Err(error) => {
                    assert_eq!(*outcome.error.get_or_insert(error), error);
                    assert_eq!(receiver.next_event(), Err(error));
                    break;
                }
            }
        }
        let bound = 2 * limits.max_message_bytes.min(1 << 40) + 128 * 1024;
        let chunk_bytes = 2 * chunk.len() as u64;
        assert!(receiver.buffer_bytes() as u64 <= bound + chunk_bytes);
    }
    outcome
}

/// Calls `check` with `bytes` whole, byte by byte, in threes and fives, and cut in two: at every
/// point, or at sampled ones (all near the two ends) where there are more than 600.
pub fn for_each_chunking(bytes: &[u8], mut check: impl FnMut(&[&[u8]])) {
    check(&[bytes]);
    for size in [1, 3, 5] {
        check(&bytes.chunks(size).collect::<Vec<_>>());
    }
    let step = bytes.len() / 50 + 1;
    let near = |cut: usize| cut < 40 || bytes.len() - cut < 20;
    let cuts = (0..=bytes.len()).filter(|cut| bytes.len() <= 600 || near(*cut) || cut % step == 0);
    for cut in cuts {
        check(&[&bytes[..cut], &bytes[cut..]]);
    }
}

/// Every chunking of `bytes` gives these events, then this error.
pub fn expect(
    name: &str,
    role: Role,
    limits: Limits,
    bytes: &[u8],
    events: &[Seen],
    error: Option<ProtocolError>,
) {
    for_each_chunking(bytes, |chunks| {
        let outcome = receive(role, limits, chunks);
        let first = chunks[0].len();
        assert!(
            outcome.events == events && outcome.error == error,
            "{name} ({role:?}, {} chunks, the first of {first} bytes)\n expected {}, {error:?}\n      got {}, {:?}",
            chunks.len(),
            brief(events),
            brief(&outcome.events),
            outcome.error,
        );
    });
}

/// Events for a failure's message, long payloads cut.
fn brief(events: &[Seen]) -> String {
    let shown = events.iter().map(|event| {
        let text = format!("{event:?}");
        match text.char_indices().nth(80) {
            Some((cut, _)) => format!("{}… ({} characters)", &text[..cut], text.len()),
            None => text,
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A row of most tables: the frames that a peer sends, and the expected result.
pub struct Row {
    pub name: &'static str,
    pub frames: Vec<Frame>,
    pub events: Vec<Seen>,
    pub error: Option<ProtocolError>,
}

pub fn row(
    name: &'static str,
    frames: impl Into<Vec<Frame>>,
    events: impl Into<Vec<Seen>>,
    error: impl Into<Option<ProtocolError>>,
) -> Row {
    Row {
        name,
        frames: frames.into(),
        events: events.into(),
        error: error.into(),
    }
}

/// Runs the rows at both ends, in every chunking, with the default limits.
pub fn check(rows: &[Row]) {
    check_with(Limits::default(), rows);
}

/// Runs the rows at both ends, in every chunking.
pub fn check_with(limits: Limits, rows: &[Row]) {
    for row in rows {
        for role in ROLES {
            let bytes = wire(role, &row.frames);
            expect(row.name, role, limits, &bytes, &row.events, row.error);
        }
    }
}

/// How many bytes, fed one at a time, it takes until the connection is failed, and by what.
pub fn fails_after(role: Role, limits: Limits, bytes: &[u8]) -> Option<(usize, ProtocolError)> {
    let mut receiver = Receiver::new(role, limits);
    for (i, byte) in bytes.iter().enumerate() {
        receiver.feed(&[*byte]);
        loop {
            match receiver.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Some((i + 1, error)),
            }
        }
    }
    None
}
