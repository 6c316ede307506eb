//! The table of vectors about compressed messages, each with its section of RFC 7692. It is for a
//! peer with which permessage-deflate was agreed on.
//!
//! `wshub check --deflate` sends each vector to a peer; `tests/rfc7692_vectors.rs` feeds each to the
//! crate's own receiver.

use super::frames::*;
use super::vectors::{Then, Vector, saw_binary, saw_ping, saw_text, vector};
use wshub::protocol::ProtocolError::{self, *};
use wshub::protocol::Role;

/// RSV1 on the first frame of a message: it is compressed.
const RSV1: u8 = 4;

/// "Hello" in a block of fixed codes (section 7.2.3.1).
const HELLO: [u8; 7] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

/// "Hello" by a reference to the message before, which was "Hello" (section 7.2.3.2).
const HELLO_AGAIN: [u8; 5] = [0xF2, 0x00, 0x11, 0x00, 0x00];

/// "Hello" in a stored block (section 7.2.3.3).
const STORED: [u8; 11] = [
    0x00, 5, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00,
];

/// "Hello" in a block that is marked as the last (section 7.2.3.4).
const LAST: [u8; 8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00];

/// "Hello" in two blocks (section 7.2.3.5).
const TWO_BLOCKS: [u8; 13] = [
    0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00,
];

/// A text of characters of two and four bytes, and the text without its last byte.
const GREEK: &str = "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5} \u{1f600} ";

/// A stored block of these bytes and the header of an empty one, whose rest is left out.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let (length, bytes) = (length.to_le_bytes(), &bytes[..length.into()]);
    let inverted = length.map(|byte| !byte);
    [&[0], &length[..], &inverted, bytes, &[0]].concat()
}

/// 65,536 zeros, in a block of dynamic codes.
fn zeros() -> Vec<u8> {
    let start = [
        0xEC, 0xC1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08, 0x0A,
    ];
    [&start[..], &[0; 63], &[0x6A, 0x00]].concat()
}

fn packed(frame: Frame) -> Frame {
    frame.rsv(RSV1)
}

fn fault(error: ProtocolError) -> Then {
    Then::Fails(error, &[1002])
}

/// What does not inflate: the RFC names no code.
const BROKEN: Then = Then::Fails(InvalidCompression, &[1007, 1002]);

/// The whole table: what an end receives that takes compressed messages, and what it does then.
#[rustfmt::skip] // a row has a line
pub fn deflate_vectors(role: Role) -> Vec<Vector> {
    use Then::{Fails, Open};
    let sent = |section, name, payload: &[u8], text: &str| {
        vector(section, name, [packed(super::frames::text(payload))], [saw_text(text)], Open)
    };
    let mask_fault = match role {
        Role::Server => Unmasked,
        Role::Client => Masked,
    };
    let long = "stored, ".repeat(8000);
    vec![
        vector("5", "a message that is not compressed", [text("plain")], [saw_text("plain")], Open),
        vector("5", "one of each", [packed(text(HELLO)), text("plain"), packed(binary(HELLO))],
            [saw_text("Hello"), saw_text("plain"), saw_binary("Hello")], Open),
        vector("6.1", "RSV1 on a ping", [packed(ping(""))], [], fault(MisplacedCompression)),
        vector("6.1", "RSV1 on a pong", [packed(pong("x"))], [], fault(MisplacedCompression)),
        vector("6.1", "RSV1 on a Close", [packed(close_with(1000, ""))], [], fault(MisplacedCompression)),
        vector("6.1", "RSV1 on the second fragment too", [packed(text_start(&HELLO[..3])), packed(end(&HELLO[3..]))],
            [], fault(MisplacedCompression)),
        vector("6.1", "RSV1 on the second fragment alone", [text_start("a"), packed(end(HELLO))], [], fault(MisplacedCompression)),
        vector("6", "RSV2 beside RSV1", [text(HELLO).rsv(RSV1 | 2)], [], fault(ReservedBits)),
        vector("6", "RSV3 alone", [text("Hello").rsv(1)], [], fault(ReservedBits)),
        vector("6", "a compressed frame with the wrong masking", [packed(text(HELLO)).wrong_mask()], [], fault(mask_fault)),
        sent("7.2.3.1", "a block of fixed codes", &HELLO, "Hello"),
        vector("7.2.3.1", "the same in two fragments", [packed(text_start(&HELLO[..3])), end(&HELLO[3..])], [saw_text("Hello")], Open),
        vector("7.2.2", "fragments of one byte, and empty ones",
            [packed(text_start("")), more(&HELLO[..1]), more(""), more(&HELLO[1..6]), more(&HELLO[6..]), end("")], [saw_text("Hello")], Open),
        vector("7.2.2", "a ping between two compressed fragments", [packed(text_start(&HELLO[..2])), ping("between"), end(&HELLO[2..])],
            [saw_ping("between"), saw_text("Hello")], Open),
        sent("7.2.3.3", "a stored block", &STORED, "Hello"),
        sent("7.2.3.4", "a block that is marked as the last", &LAST, "Hello"),
        sent("7.2.3.5", "two blocks", &TWO_BLOCKS, "Hello"),
        sent("7.2.3.6", "an empty message", &[0x00], ""),
        vector("7.2.2", "a stored block of 64000 bytes", [packed(text(stored(long.as_bytes())))], [saw_text(&long)], Open),
        vector("7.2.2", "65536 zeros in 79 bytes", [packed(binary(zeros()))], [saw_binary([0; 65_536])], Open),
        sent("7.2.2", "text of two and four byte characters", &stored(GREEK.as_bytes()), GREEK),
        vector("7.2.2", "inflates to what is not UTF-8", [packed(text(stored(b"a\xFFb")))], [], Fails(InvalidUtf8, &[1007])),
        vector("7.2.2", "inflates to a character cut short", [packed(text(stored(b"abc\xE2\x82")))], [], Fails(InvalidUtf8, &[1007])),
        vector("7.2.2", "the same bytes in a binary are fine", [packed(binary(stored(b"a\xFFb")))], [saw_binary(b"a\xFFb")], Open),
        vector("7.2.2", "no DEFLATE data", [packed(text("Hello"))], [], BROKEN),
        vector("7.2.2", "a block of the reserved type", [packed(text([0x06, 0x00, 0x00]))], [], BROKEN),
        vector("7.2.2", "a reference to before the message", [packed(text([0x02, 0x11, 0x00, 0x00]))], [], BROKEN),
    ]
}

/// For an end whose peer takes its context over: the second message refers to the first.
pub fn context_vector() -> Vector {
    let frames =
        [HELLO.as_slice(), &HELLO_AGAIN, &HELLO_AGAIN].map(|payload| packed(text(payload)));
    let events = [saw_text("Hello"), saw_text("Hello"), saw_text("Hello")];
    vector(
        "7.2.3.2",
        "a reference to the message before",
        frames,
        events,
        Then::Open,
    )
}
