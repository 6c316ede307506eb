//! Receives any bytes, in pieces of any size, in both roles. It must not panic; the events and the
//! fault are the same for all cuts, with messages whole or streamed; and it uses no more memory
//! than the limits allow.
//!
//! The input is a byte that chooses the role, the limits and how often the wire bytes are repeated
//! (a short input then fills more than one buffer), a byte that seeds a cut, then the wire bytes.

#![no_main]

#[path = "pieces.rs"]
mod pieces;

use libfuzzer_sys::fuzz_target;
use pieces::{Cut, pieces, repeated};
use wshub::protocol::{CloseFrame, Event, Limits, Message, ProtocolError, Receiver, Role};

#[derive(Debug, PartialEq)]
enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseFrame),
}

/// The bytes so far of a streamed message, and whether it is text.
type Begun = Option<(bool, Vec<u8>)>;

/// An event as an owned value; a streamed message yields one once it is complete.
fn own(event: Event<'_>, begun: &mut Begun) -> Option<Seen> {
    Some(match event {
        Event::Fragment(piece) => {
            let bytes = piece.payload.as_bytes();
            assert!(piece.last || !bytes.is_empty());
            assert_eq!(piece.first, begun.is_none());
            let is_text = matches!(piece.payload, Message::Text(_));
            let (was_text, joined) = begun.get_or_insert((is_text, Vec::new()));
            assert_eq!(is_text, *was_text);
            joined.extend(bytes);
            let (_, joined) = begun.take_if(|_| piece.last)?;
            if is_text {
                Seen::Text(String::from_utf8(joined).expect("its pieces are UTF-8"))
            } else {
                Seen::Binary(joined)
            }
        }
        Event::Text(text) => Seen::Text(text.to_owned()),
        Event::Binary(bytes) => Seen::Binary(bytes.to_vec()),
        Event::Ping(bytes) => Seen::Ping(bytes.to_vec()),
        Event::Pong(bytes) => Seen::Pong(bytes.to_vec()),
        Event::Close(frame) => Seen::Close(frame),
    })
}

fn receive(
    role: Role,
    limits: Limits,
    wire: &[u8],
    cut: Cut,
    rests: bool,
    streams: bool,
) -> (Vec<Seen>, Option<ProtocolError>) {
    let mut receiver = Receiver::new(role, limits);
    receiver.stream_fragments(streams);
    let mut seen = Vec::new();
    let mut begun = None;
    for piece in pieces(wire, cut) {
        receiver.feed(piece);
        loop {
            match receiver.next_event() {
                Ok(Some(event)) => seen.extend(own(event, &mut begun)),
                Ok(None) => break,
                Err(error) => {
                    receiver.feed(b"late");
                    assert_eq!(receiver.next_event(), Err(error));
                    return (seen, Some(error));
                }
            }
        }
        if rests {
            receiver.rest();
            assert_eq!(receiver.next_event(), Ok(None));
        }
        // The bytes received, twice, and the two sizes that a buffer may have for other reasons.
        let message = limits.max_message_bytes.min(wire.len() as u64) as usize;
        let announced = if streams { 0 } else { message };
        assert!(receiver.buffer_bytes() <= 2 * announced.max(piece.len()) + (72 << 10));
    }
    (seen, None)
}

fuzz_target!(|input: &[u8]| {
    let &[choice, seed, ref wire @ ..] = input else {
        return;
    };
    let role = if choice & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    let limits = match choice >> 1 & 3 {
        0 => Limits {
            max_streamed_message_bytes: Limits::default().max_message_bytes,
            ..Limits::default()
        },
        1 => Limits {
            max_message_bytes: 100,
            max_streamed_message_bytes: 100,
            max_fragments: 4,
        },
        2 => Limits {
            max_message_bytes: u64::MAX,
            max_streamed_message_bytes: u64::MAX,
            max_fragments: u32::MAX,
        },
        _ => Limits {
            max_message_bytes: 0,
            max_streamed_message_bytes: 0,
            max_fragments: 1,
        },
    };
    let wire = &repeated(wire, choice);
    let expected = receive(role, limits, wire, Cut::Whole, false, false);
    for (cut, rests, streams) in [
        (Cut::Bytes, false, false),
        (Cut::Bytes, true, false),
        (Cut::Seeded(seed), false, false),
        (Cut::Seeded(seed.wrapping_add(1)), true, false),
        (Cut::Whole, false, true),
        (Cut::Bytes, true, true),
        (Cut::Seeded(seed), false, true),
    ] {
        let found = receive(role, limits, wire, cut, rests, streams);
        assert_eq!(found, expected, "{role:?} {limits:?} {cut:?}");
    }
    for (number, event) in expected.0.iter().enumerate() {
        let last = number + 1 == expected.0.len() && expected.1.is_none();
        assert!(
            last || !matches!(event, Seen::Close(_)),
            "a Close is the end"
        );
    }
});
