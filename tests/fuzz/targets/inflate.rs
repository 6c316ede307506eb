//! Receives any bytes as a compressed message, in fragments of any size, whole and streamed: the
//! result is that of flate2 for all the bytes at once. Any bytes that are compressed inflate to the
//! same bytes.
//!
//! The input is a byte that chooses the limit, a byte that seeds the cuts, then the compressed
//! message.

#![no_main]

#[path = "pieces.rs"]
mod pieces;

use flate2::{Decompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;
use pieces::{Cut, pieces};
use wshub::connection::{Deflate, DeflateOptions};
use wshub::handshake::{RequestHead, accept_deflate};
use wshub::protocol::{
    Event, FrameHeader, Limits, MaskingKey, Opcode, ProtocolError, Receiver, Role, encode_header,
};

/// The end of the compressed data, which a sender removes (RFC 7692 section 7.2.1).
const LEFT_OUT: &[u8] = &[0, 0, 0xFF, 0xFF];

/// An empty block that is marked as the last one.
const LAST: &[u8] = &[1, 0, 0, 0xFF, 0xFF];

/// The most bytes that a message may inflate to, whatever the limit, since decompression bombs take
/// time.
const MOST: usize = 1 << 20;

fn deflate(level: u8) -> Deflate {
    let headers = [("Sec-WebSocket-Extensions", "permessage-deflate")];
    let request = RequestHead::new("GET", "/", headers.into_iter().collect());
    let (agreed, _) = accept_deflate(&request).expect("an offer that can be taken up");
    let mut options = DeflateOptions::default();
    (options.level, options.min_bytes) = (level, 0);
    Deflate::new(agreed, options)
}

/// The result of inflating a message.
#[derive(Debug, PartialEq)]
enum Inflated {
    Whole(Vec<u8>),
    TooLong,
    Broken,
}

/// flate2's result for `message` and `tail`, and whether the data ends exactly where `tail` does.
fn by_flate2(message: &[u8], tail: &[u8], limit: usize) -> (Inflated, bool) {
    let input = [message, tail].concat();
    let mut tool = Decompress::new(false);
    let mut out = vec![0; limit + 1];
    let (mut read, mut written) = (0, 0);
    let mut at_end = false;
    while read < input.len() {
        let (before_in, before_out) = (tool.total_in(), tool.total_out());
        let target = &mut out[written..];
        let Ok(status) = tool.decompress(&input[read..], target, FlushDecompress::Sync) else {
            return (Inflated::Broken, false);
        };
        let (used, made) = (
            (tool.total_in() - before_in) as usize,
            (tool.total_out() - before_out) as usize,
        );
        read += used;
        written += made;
        if written > limit {
            return (Inflated::TooLong, false);
        }
        at_end = status == Status::StreamEnd;
        if at_end {
            tool.reset(false); // more data may follow a final block (section 7.2.3.5)
        } else if used == 0 && made == 0 {
            return (Inflated::Broken, false);
        }
    }
    // Output that is held back for lack of space would exceed the limit too.
    let before = tool.total_out();
    let rest = tool.decompress(&[], &mut out[written..], FlushDecompress::Sync);
    if rest.is_ok() && !at_end {
        written += (tool.total_out() - before) as usize;
        if written > limit {
            return (Inflated::TooLong, false);
        }
    }
    out.truncate(written);
    (Inflated::Whole(out), at_end)
}

/// The client frames of one compressed message, cut as `cut` says.
fn frames(message: &[u8], cut: Cut) -> Vec<u8> {
    let mut payloads = pieces(message, cut);
    if payloads.is_empty() {
        payloads.push(&[]);
    }
    let last = payloads.len() - 1;
    let mut wire = Vec::new();
    for (i, payload) in payloads.into_iter().enumerate() {
        let header = FrameHeader {
            fin: i == last,
            rsv1: i == 0,
            opcode: match i {
                0 => Opcode::Binary,
                _ => Opcode::Continuation,
            },
            masking_key: Some(MaskingKey([0; 4])),
            payload_bytes: payload.len() as u64,
        };
        wire.extend_from_slice(&encode_header(&header));
        wire.extend_from_slice(payload);
    }
    wire
}

/// The result of our receiver.
fn by_receiver(wire: &[u8], cut: Cut, limit: usize, streams: bool) -> Inflated {
    let limits = Limits {
        max_message_bytes: if streams { u64::MAX } else { limit as u64 },
        max_streamed_message_bytes: limit as u64,
        max_fragments: u32::MAX,
    };
    let mut receiver = Receiver::new(Role::Server, limits);
    receiver.accept_compressed(deflate(1).inflater());
    receiver.stream_fragments(streams);
    let mut whole = Vec::new();
    let mut ended = false;
    for piece in pieces(wire, cut) {
        receiver.feed(piece);
        loop {
            match receiver.next_event() {
                Ok(None) => break,
                Ok(Some(Event::Binary(bytes))) => {
                    whole = bytes.to_vec();
                    ended = true;
                }
                Ok(Some(Event::Fragment(piece))) => {
                    assert!(!ended && (piece.last || !piece.payload.as_bytes().is_empty()));
                    whole.extend_from_slice(piece.payload.as_bytes());
                    ended = piece.last;
                }
                Ok(Some(other)) => panic!("{other:?}"),
                Err(ProtocolError::InvalidCompression) => return Inflated::Broken,
                Err(ProtocolError::TooBig { .. }) => return Inflated::TooLong,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(ended, "the message is whole");
    Inflated::Whole(whole)
}

fuzz_target!(|input: &[u8]| {
    let &[choice, seed, ref message @ ..] = input else {
        return;
    };
    let limit = match choice & 3 {
        0 => MOST,
        1 => 100,
        2 => 64 << 10,
        _ => message.len(), // the compressed bytes fit exactly
    };
    let limit = limit.max(message.len()); // compressed bytes are bounded before they are inflated
    let expected = match message {
        [] => Inflated::Whole(Vec::new()),
        _ => match by_flate2(message, &[LEFT_OUT, LAST].concat(), limit) {
            (Inflated::Whole(_), false) => Inflated::Broken,
            (inflated, _) => inflated,
        },
    };
    if let (Inflated::Whole(bytes), false) = (&expected, message.is_empty()) {
        // Other implementations append only the four bytes, and get the same result.
        let (inflated, _) = by_flate2(message, LEFT_OUT, limit);
        assert_eq!(inflated, Inflated::Whole(bytes.clone()));
    }
    for (cut, streams) in [
        (Cut::Whole, false),
        (Cut::Seeded(seed), false),
        (Cut::Whole, true),
        (Cut::Bytes, true),
        (Cut::Seeded(seed.wrapping_add(1)), true),
    ] {
        let found = by_receiver(&frames(message, cut), cut, limit, streams);
        // Broken data may exceed the limit before the fault is found, depending on the sizes of the
        // pieces.
        let both_fail = found != expected
            && !matches!(found, Inflated::Whole(_))
            && !matches!(expected, Inflated::Whole(_));
        assert!(found == expected || both_fail, "{cut:?} {streams}");
    }
    let level = 1 + (choice >> 2) % 9;
    let mut compressed = Vec::new();
    if deflate(level).compress(message, &mut compressed) {
        assert!(compressed.len() < message.len());
        let wire = frames(&compressed, Cut::Seeded(seed));
        let back = by_receiver(&wire, Cut::Whole, message.len(), false);
        assert!(back == Inflated::Whole(message.to_vec()), "level {level}");
    }
});
