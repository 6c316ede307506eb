//! What the tests by RFC section share: frames written by hand, without the crate's own
//! encoder, and a receiver that is fed in every way that bytes may be cut.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on fails

pub mod command;
pub mod loopback;
pub mod peer;
pub mod program;
pub mod tls;

use wshub::protocol::{CloseCode, Event, Limits, ProtocolError, Receiver, Role};

/// Both ends, for rules that bind both.
pub const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// The masking key of RFC 5.7's examples.
pub const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// How a length is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The shortest that fits.
    Shortest,
    /// Two bytes behind 126, needed or not.
    Sixteen,
    /// Eight bytes behind 127, needed or not.
    SixtyFour,
}

/// A frame as a test writes it: any bits, legal or not.
#[derive(Debug, Clone)]
pub struct Frame {
    pub first: u8,
    pub payload: Vec<u8>,
    pub key: [u8; 4],
    pub form: Form,
    /// What the header says instead of the payload's true length.
    pub announced: Option<u64>,
    /// Masked although the role says otherwise, or the other way round.
    pub wrong_mask: bool,
}

impl Frame {
    pub fn new(fin: bool, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self {
            first: u8::from(fin) << 7 | opcode,
            payload: payload.as_ref().to_vec(),
            key: KEY,
            form: Form::Shortest,
            announced: None,
            wrong_mask: false,
        }
    }

    pub fn rsv(mut self, bits: u8) -> Self {
        self.first |= bits << 4;
        self
    }

    pub fn not_final(mut self) -> Self {
        self.first &= 0x7F;
        self
    }

    pub fn key(mut self, key: [u8; 4]) -> Self {
        self.key = key;
        self
    }

    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    pub fn announcing(mut self, bytes: u64) -> Self {
        self.announced = Some(bytes);
        self
    }

    pub fn wrong_mask(mut self) -> Self {
        self.wrong_mask = true;
        self
    }

    /// The frame's bytes, as the peer of `role` sends them.
    pub fn wire(&self, role: Role) -> Vec<u8> {
        let masked = (role == Role::Server) != self.wrong_mask;
        let length = self.announced.unwrap_or(self.payload.len() as u64);
        let bit = u8::from(masked) << 7;
        let mut wire = vec![self.first];
        match self.form {
            Form::Shortest if length < 126 => wire.push(bit | length as u8),
            Form::Shortest | Form::Sixteen if length < 65_536 => {
                wire.push(bit | 126);
                wire.extend((length as u16).to_be_bytes());
            }
            _ => {
                wire.push(bit | 127);
                wire.extend(length.to_be_bytes());
            }
        }
        if masked {
            wire.extend(self.key);
            wire.extend((self.payload.iter().zip(self.key.iter().cycle())).map(|(b, k)| b ^ k));
        } else {
            wire.extend(&self.payload);
        }
        wire
    }
}

/// A text message in one frame.
pub fn text(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, TEXT, payload)
}

/// A binary message in one frame.
pub fn binary(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, BINARY, payload)
}

/// The first fragment of a text message.
pub fn text_start(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, TEXT, payload)
}

/// The first fragment of a binary message.
pub fn binary_start(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, BINARY, payload)
}

/// A fragment in the middle.
pub fn more(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, CONTINUATION, payload)
}

/// The last fragment.
pub fn end(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, CONTINUATION, payload)
}

pub fn ping(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, PING, payload)
}

pub fn pong(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, PONG, payload)
}

/// A close frame with this payload, code included.
pub fn close(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, CLOSE, payload)
}

/// A close frame with a code and a reason, allowed or not.
pub fn close_with(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    close([&code.to_be_bytes(), reason.as_ref()].concat())
}

/// The frames of `frames`, one behind the other, as the peer of `role` sends them.
pub fn wire(role: Role, frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.wire(role)).collect()
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
            Event::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Event::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Event::Close(frame) => Self::Close(
                frame.code().map(CloseCode::number),
                frame.reason().to_owned(),
            ),
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

/// What a receiver made of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub events: Vec<Seen>,
    pub error: Option<ProtocolError>,
}

/// Feeds the chunks in turn and takes every event; checks on the way that an end is an end
/// (the same error for ever, nothing behind a Close) and that memory stays within the limits.
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

/// A row of most tables: frames that a peer sends, what is to come of them.
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
