//! Gives the same bytes to our receiver and to tungstenite's: both have the same messages, the same
//! verdict and the same close code, except where [`known_difference`] gives the reason.
//!
//! The input is that of the target `receiver`, whose seeds are used: a byte that chooses the
//! role, the limit and how often the wire bytes are repeated, a byte that seeds the cuts, then the
//! wire bytes.

#![no_main]

#[path = "pieces.rs"]
mod pieces;

use std::io::{self, ErrorKind, Read, Write};

use libfuzzer_sys::fuzz_target;
use pieces::{Cut, pieces, repeated};
use tungstenite::error::CapacityError;
use tungstenite::protocol::{Role as TheirRole, WebSocketConfig};
use tungstenite::{Error, WebSocket};
use wshub::protocol::{CloseFrame, Event, InvalidClose, Limits, ProtocolError, Receiver, Role};

/// The longest header of a frame (RFC 6455 section 5.2).
const LONGEST_HEADER: usize = 14;

/// How tungstenite reports a Close whose code is not allowed.
const REFUSED_CLOSE: (u16, &str) = (1002, "Protocol violation");

#[derive(Debug, PartialEq)]
enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

/// The verdict about the wire bytes.
#[derive(Debug, PartialEq)]
enum Verdict<Fault> {
    /// More bytes are needed.
    Open,
    Closed(Option<(u16, String)>),
    Failed(Fault),
}

fn ours(role: Role, limit: usize, wire: &[u8], cut: Cut) -> (Vec<Seen>, Verdict<ProtocolError>) {
    let limits = Limits {
        max_message_bytes: limit as u64,
        max_fragments: u32::MAX,
        ..Limits::default()
    };
    let mut receiver = Receiver::new(role, limits);
    let mut seen = Vec::new();
    for piece in pieces(wire, cut) {
        receiver.feed(piece);
        loop {
            seen.push(match receiver.next_event() {
                Ok(Some(Event::Text(text))) => Seen::Text(text.to_owned()),
                Ok(Some(Event::Binary(bytes))) => Seen::Binary(bytes.to_vec()),
                Ok(Some(Event::Ping(bytes))) => Seen::Ping(bytes.to_vec()),
                Ok(Some(Event::Pong(bytes))) => Seen::Pong(bytes.to_vec()),
                Ok(Some(Event::Close(frame))) => return (seen, Verdict::Closed(content(&frame))),
                Ok(Some(Event::Fragment(piece))) => panic!("nothing is streamed here: {piece:?}"),
                Ok(None) => break,
                Err(error) => return (seen, Verdict::Failed(error)),
            });
        }
    }
    (seen, Verdict::Open)
}

fn content(frame: &CloseFrame) -> Option<(u16, String)> {
    let code = frame.code()?.number();
    Some((code, frame.reason().to_owned()))
}

/// A stream that yields the pieces one by one, then `WouldBlock`; writes are discarded.
struct Wire<'a> {
    pieces: std::vec::IntoIter<&'a [u8]>,
    piece: &'a [u8],
}

impl Read for Wire<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            let next = self.pieces.next();
            self.piece = next.ok_or_else(|| io::Error::from(ErrorKind::WouldBlock))?;
        }
        self.piece.read(space)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The messages and the verdict of tungstenite; a fault is the close code for its kind of error.
fn theirs(role: Role, limit: usize, wire: &[u8], cut: Cut) -> (Vec<Seen>, Verdict<u16>) {
    use tungstenite::Message;
    let config = WebSocketConfig::default()
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let role = match role {
        Role::Server => TheirRole::Server,
        Role::Client => TheirRole::Client,
    };
    let stream = Wire {
        pieces: pieces(wire, cut).into_iter(),
        piece: &[],
    };
    let mut socket = WebSocket::from_raw_socket(stream, role, Some(config));
    let mut seen = Vec::new();
    loop {
        seen.push(match socket.read() {
            Ok(Message::Text(text)) => Seen::Text(text.as_str().to_owned()),
            Ok(Message::Binary(bytes)) => Seen::Binary(bytes.to_vec()),
            Ok(Message::Ping(bytes)) => Seen::Ping(bytes.to_vec()),
            Ok(Message::Pong(bytes)) => Seen::Pong(bytes.to_vec()),
            Ok(Message::Close(frame)) => {
                let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                return (seen, Verdict::Closed(frame));
            }
            Ok(Message::Frame(frame)) => panic!("reading yields no bare frame: {frame}"),
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                return (seen, Verdict::Open);
            }
            Err(Error::Protocol(_)) => return (seen, Verdict::Failed(1002)),
            Err(Error::Utf8(_)) => return (seen, Verdict::Failed(1007)),
            Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                return (seen, Verdict::Failed(1009));
            }
            Err(error) => panic!("not an answer to bytes: {error:?}"),
        });
    }
}

/// Whether tungstenite accepted a frame whose length is in a longer form than necessary, and
/// continued to read. For a control frame, we report only that the form is not allowed in a control
/// frame.
fn read_on(
    ours: &Verdict<ProtocolError>,
    theirs: &Verdict<u16>,
    their_next: Option<&Seen>,
) -> bool {
    match ours {
        Verdict::Failed(ProtocolError::NonMinimalLength) => true,
        Verdict::Failed(ProtocolError::ControlTooLong) => match their_next {
            None => matches!(theirs, Verdict::Closed(_) | Verdict::Failed(1007)),
            Some(next) => matches!(next, Seen::Ping(_) | Seen::Pong(_)),
        },
        _ => false,
    }
}

/// Why the two verdicts may differ, where they may.
fn known_difference(
    ours: &Verdict<ProtocolError>,
    theirs: &Verdict<u16>,
    read_on: bool,
) -> Option<&'static str> {
    use ProtocolError as E;
    let refused = Some((REFUSED_CLOSE.0, REFUSED_CLOSE.1.to_owned()));
    Some(match (ours, theirs) {
        (Verdict::Failed(E::NonMinimalLength | E::ControlTooLong), _) if read_on => {
            "5.2: a length has to be in its shortest form; tungstenite takes any form and reads on"
        }
        (Verdict::Failed(E::LengthTopBit), Verdict::Failed(1009)) => {
            "5.2: the top bit of a 64-bit length is 0; tungstenite reads it as a very long frame"
        }
        (
            Verdict::Failed(
                E::ReservedBits
                | E::FragmentedControl
                | E::ControlTooLong
                | E::Unmasked
                | E::Masked
                | E::UnexpectedContinuation
                | E::ExpectedContinuation,
            ),
            Verdict::Failed(1009),
        ) => {
            "a frame that breaks a rule and is too long as well: tungstenite looks at lengths first"
        }
        (
            Verdict::Failed(E::InvalidClose(InvalidClose::ForbiddenCode(_))),
            Verdict::Closed(frame),
        ) if *frame == refused => {
            "7.4: tungstenite refuses the code too, by handing out a Close that says so"
        }
        (
            Verdict::Failed(E::InvalidClose(InvalidClose::ForbiddenCode(_))),
            Verdict::Failed(1007),
        ) => {
            "a Close with a forbidden code and a reason that is not UTF-8: both refuse it, by either"
        }
        (Verdict::Closed(Some((1014, _))), Verdict::Closed(frame)) if *frame == refused => {
            "1014 is in IANA's registry of close codes, and not in tungstenite"
        }
        _ => return None,
    })
}

/// Whether the verdicts are the same.
fn agree(ours: &Verdict<ProtocolError>, theirs: &Verdict<u16>) -> bool {
    match (ours, theirs) {
        (Verdict::Open, Verdict::Open) => true,
        (Verdict::Closed(one), Verdict::Closed(other)) => one == other,
        (Verdict::Failed(one), Verdict::Failed(other)) => one.close_code().number() == *other,
        _ => false,
    }
}

fuzz_target!(|input: &[u8]| {
    let &[choice, seed, ref wire @ ..] = input else {
        return;
    };
    let role = match choice & 1 {
        0 => Role::Server,
        _ => Role::Client,
    };
    // Not less than the most that a control frame may have: tungstenite's limit applies to control
    // frames as well.
    let limit = match choice >> 1 & 3 {
        0 => 125,
        1 => 1000,
        _ => 40_000,
    };
    let mut wire = repeated(wire, choice);
    let (our_events, our_verdict) = ours(role, limit, &wire, Cut::Seeded(seed));
    if matches!(our_verdict, Verdict::Failed(_)) {
        // We refuse a frame at its first wrong byte, tungstenite once it has the whole frame: this
        // adds the bytes that may be missing.
        wire.resize(wire.len() + LONGEST_HEADER + limit, 0);
    }
    let (mut their_events, their_verdict) = theirs(role, limit, &wire, Cut::Seeded(!seed));
    let read_on = read_on(
        &our_verdict,
        &their_verdict,
        their_events.get(our_events.len()),
    );
    if read_on {
        their_events.truncate(our_events.len());
    }
    assert_eq!(our_events, their_events, "{role:?}, limit {limit}");
    assert!(
        agree(&our_verdict, &their_verdict)
            || known_difference(&our_verdict, &their_verdict, read_on).is_some(),
        "{role:?}, limit {limit}: ours {our_verdict:?}, theirs {their_verdict:?}"
    );
});
