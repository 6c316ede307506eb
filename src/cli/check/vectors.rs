//! The table of vectors about frames: what is sent on an open connection, what a receiver yields,
//! and how the connection goes on, each with its section of RFC 6455.
//!
//! `wshub check` sends each vector to a peer; `tests/rfc6455_vectors.rs` feeds each to the crate's
//! own receiver, at both ends and cut at every point. The table depends on the frame writer
//! beside it and on the names of the protocol's errors, on nothing else of the program.

use super::frames::*;
use wshub::protocol::ProtocolError::{self, *};
use wshub::protocol::{InvalidClose::*, Role};

/// One vector.
#[derive(Debug, Clone)]
pub struct Vector {
    pub section: &'static str,
    pub name: &'static str,
    pub frames: Vec<Frame>,
    pub pace: Pace,
    pub expect: Expect,
}

/// How the bytes are sent over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// In one write.
    AtOnce,
    /// One by one.
    ByteByByte,
    /// This many, and the others after a pause.
    RestAfter(usize),
}

/// The expected result of a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// Everything that a receiver yields, in order.
    pub events: Vec<Event>,
    pub then: Then,
}

/// An event that a receiver yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The code, if there is one, and the reason.
    Close(Option<u16>, String),
}

/// How the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It stays open.
    Open,
    /// The last event was a Close. It is answered with one of these codes, and nothing else is.
    Closes(&'static [u16]),
    /// This rule is broken: the peer fails the connection, with one of these codes.
    Fails(ProtocolError, &'static [u16]),
    /// A peer may have a limit here: the connection stays open, or is failed with one of these
    /// codes, or the peer waits for more.
    Limit(&'static [u16]),
}

/// Texts that are not UTF-8: what is wrong, the bytes, and after how many of them a receiver can
/// tell; `None`: only because the message ends there.
pub const BAD_TEXTS: &[(&str, &[u8], Option<usize>)] = &[
    ("the byte FF", b"a\xFFb", Some(2)),
    ("a continuation byte alone", b"\x80", Some(1)),
    ("an overlong form, C0 80", b"\xC0\x80", Some(1)),
    ("a surrogate, ED A0 80", b"\xED\xA0\x80", Some(2)),
    ("past U+10FFFF, F4 90 80 80", b"\xF4\x90\x80\x80", Some(2)),
    ("cut short at the message's end", b"abc\xE2\x82", None),
];

/// A row of the table.
pub fn vector(
    section: &'static str,
    name: &'static str,
    frames: impl Into<Vec<Frame>>,
    events: impl Into<Vec<Event>>,
    then: Then,
) -> Vector {
    Vector {
        section,
        name,
        frames: frames.into(),
        pace: Pace::AtOnce,
        expect: Expect {
            events: events.into(),
            then,
        },
    }
}

impl Vector {
    fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }
}

pub(super) fn saw_text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

pub(super) fn saw_binary(bytes: impl AsRef<[u8]>) -> Event {
    Event::Binary(bytes.as_ref().to_vec())
}

pub(super) fn saw_ping(bytes: impl AsRef<[u8]>) -> Event {
    Event::Ping(bytes.as_ref().to_vec())
}

fn saw_close(code: u16, reason: &str) -> Event {
    Event::Close(Some(code), reason.to_owned())
}

/// The connection is failed with 1002.
fn fault(error: ProtocolError) -> Then {
    Then::Fails(error, &[1002])
}

/// The whole table, for the end of `role`: what it receives, and what it does then.
pub fn vectors(role: Role) -> Vec<Vector> {
    [
        framing(role),
        fragmentation(),
        control(),
        closing(),
        utf8(),
        limits(),
        segments(),
    ]
    .concat()
}

// A row has a line, so that the columns can be compared.
#[rustfmt::skip]
fn framing(role: Role) -> Vec<Vector> {
    use Then::{Fails, Open};
    let (mask_fault, error) = match role {
        Role::Server => ("a frame without a mask", Unmasked),
        Role::Client => ("a frame with a mask", Masked),
    };
    let every: Vec<u8> = (0..=255).collect();
    let of_length = |name, length| {
        let payload = "x".repeat(length);
        vector("5.2", name, [text(&payload)], [saw_text(&payload)], Open)
    };
    vec![
        vector("5.1", mask_fault, [text("hello").wrong_mask()], [], fault(error)),
        vector("5.2", "RSV1 set", [text("hello").rsv(4)], [], fault(ReservedBits)),
        vector("5.2", "RSV2 set", [text("hello").rsv(2)], [], fault(ReservedBits)),
        vector("5.2", "RSV3 set", [text("hello").rsv(1)], [], fault(ReservedBits)),
        vector("5.2", "RSV1 set on a ping", [ping("").rsv(4)], [], fault(ReservedBits)),
        vector("5.2", "reserved opcode 3", [Frame::new(true, 3, "")], [], fault(ReservedOpcode(3))),
        vector("5.2", "reserved opcode 7", [Frame::new(true, 7, "")], [], fault(ReservedOpcode(7))),
        vector("5.2", "reserved opcode 11", [Frame::new(true, 11, "")], [], fault(ReservedOpcode(11))),
        vector("5.2", "reserved opcode 15", [Frame::new(true, 15, "")], [], fault(ReservedOpcode(15))),
        vector("5.2", "length 5 in two bytes", [text("hello").form(Form::Sixteen)], [], fault(NonMinimalLength)),
        vector("5.2", "length 5 in eight bytes", [text("hello").form(Form::SixtyFour)], [], fault(NonMinimalLength)),
        vector("5.2", "64-bit length with its top bit set", [binary("").announcing(1 << 63)], [], Fails(LengthTopBit, &[1002, 1009])),
        of_length("text of 0 bytes", 0),
        of_length("text of 125 bytes", 125),
        of_length("text of 126 bytes", 126),
        of_length("text of 65535 bytes", 65_535),
        of_length("text of 65536 bytes", 65_536),
        vector("5.6", "binary of every byte", [binary(&every)], [saw_binary(&every)], Open),
        vector("5.2", "two messages in one segment", [text("one"), binary("two")], [saw_text("one"), saw_binary("two")], Open),
    ]
}

#[rustfmt::skip]
fn fragmentation() -> Vec<Vector> {
    use Then::Open;
    vec![
        vector("5.4", "text in three fragments", [text_start("one"), more(" two"), end(" three")], [saw_text("one two three")], Open),
        vector("5.4", "empty fragments before, between, after", text_fragments(&["", "a", "", "b", ""]), [saw_text("ab")], Open),
        vector("5.4", "200 fragments of one byte", text_fragments(&["z"; 200]), [saw_text(&"z".repeat(200))], Open),
        vector("5.4", "a ping between two fragments", [text_start("a"), ping("between"), end("b")], [saw_ping("between"), saw_text("ab")], Open),
        vector("5.4", "a continuation of nothing", [end("x")], [], fault(UnexpectedContinuation)),
        vector("5.4", "a continuation of nothing, not the last", [more("x")], [], fault(UnexpectedContinuation)),
        vector("5.4", "a new text inside a fragmented one", [text_start("a"), text("b")], [], fault(ExpectedContinuation)),
        vector("5.4", "a binary inside a fragmented text", [text_start("a"), binary("b")], [], fault(ExpectedContinuation)),
        vector("5.4", "a continuation after the last fragment", [text_start("a"), end("b"), end("c")], [saw_text("ab")], fault(UnexpectedContinuation)),
    ]
}

#[rustfmt::skip]
fn control() -> Vec<Vector> {
    use Then::Open;
    let digits: Vec<String> = (0..10).map(|digit: u8| digit.to_string()).collect();
    let pings: Vec<Frame> = digits.iter().map(ping).collect();
    let ten: Vec<Event> = digits.iter().map(saw_ping).collect();
    vec![
        vector("5.5.2", "an empty ping", [ping("")], [saw_ping("")], Open),
        vector("5.5.2", "a ping of 125 bytes, not UTF-8", [ping([0xFE; 125])], [saw_ping([0xFE; 125])], Open),
        vector("5.5.2", "ten pings at once: the last is answered", pings, ten, Open),
        vector("5.5", "a ping of 126 bytes", [ping([0; 126])], [], fault(ControlTooLong)),
        vector("5.5", "a ping without FIN", [ping("x").not_final()], [], fault(FragmentedControl)),
        vector("5.5", "a Close without FIN", [close("").not_final()], [], fault(FragmentedControl)),
        vector("5.5", "a Close of 126 bytes", [close_with(1000, [b'x'; 124])], [], fault(ControlTooLong)),
        vector("5.5.3", "an unsolicited pong", [pong("x")], [Event::Pong(b"x".to_vec())], Open),
    ]
}

#[rustfmt::skip]
fn closing() -> Vec<Vector> {
    use Then::{Closes, Fails};
    let longest = "r".repeat(123);
    let forbidden = |name, code| {
        vector("7.4", name, [close_with(code, "")], [], fault(InvalidClose(ForbiddenCode(code))))
    };
    vec![
        vector("5.5.1", "Close 1000", [close_with(1000, "")], [saw_close(1000, "")], Closes(&[1000])),
        vector("5.5.1", "Close without a code", [close("")], [Event::Close(None, String::new())], Closes(&[1005, 1000])),
        vector("5.5.1", "Close 1000 with a reason of 123 bytes", [close_with(1000, &longest)], [saw_close(1000, &longest)], Closes(&[1000])),
        vector("5.5.1", "Close of one byte", [close([3])], [], fault(InvalidClose(HalfCode))),
        vector("5.5.1", "Close with a reason that is not UTF-8", [close_with(1000, b"\xCE\xBA\xFF")], [], Fails(InvalidClose(ReasonNotUtf8), &[1007, 1002])),
        vector("5.5.1", "nothing after a Close is answered", [close_with(1000, ""), text("behind"), ping("behind")], [saw_close(1000, "")], Closes(&[1000])),
        vector("5.5.1", "Close inside a fragmented message", [text_start("a"), close_with(1000, "")], [saw_close(1000, "")], Closes(&[1000])),
        forbidden("Close 0", 0),
        forbidden("Close 999", 999),
        forbidden("Close 1004, reserved", 1004),
        forbidden("Close 1005, never sent", 1005),
        forbidden("Close 1006, never sent", 1006),
        forbidden("Close 1015, never sent", 1015),
        forbidden("Close 1016, unassigned", 1016),
        forbidden("Close 2999, unassigned", 2999),
        forbidden("Close 5000, out of range", 5000),
        vector("7.4", "Close 1001", [close_with(1001, "")], [saw_close(1001, "")], Closes(&[1001, 1000])),
        vector("7.4", "Close 3000, registered range", [close_with(3000, "")], [saw_close(3000, "")], Closes(&[3000, 1000])),
        vector("7.4", "Close 4999, private range", [close_with(4999, "")], [saw_close(4999, "")], Closes(&[4999, 1000])),
    ]
}

#[rustfmt::skip]
fn utf8() -> Vec<Vector> {
    use Then::{Fails, Open};
    let not_utf8 = Fails(InvalidUtf8, &[1007]);
    let greek = "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5} \u{1f600} \u{10ffff}";
    let mut all = vec![
        vector("8.1", "text of two, three and four byte characters", [text(greek)], [saw_text(greek)], Open),
        vector("8.1", "a character cut by a fragment's end", [text_start(b"\xF0\x9F"), end(b"\x98\x80")], [saw_text("\u{1f600}")], Open),
    ];
    all.extend(BAD_TEXTS.iter().map(|(name, bytes, _)| vector("8.1", name, [text(bytes)], [], not_utf8)));
    all.extend([
        vector("8.1", "broken across two fragments", [text_start(b"\xCE"), end(b"\xCE")], [], not_utf8),
        vector("8.1", "not UTF-8 in a binary is fine", [binary(b"\xFF\xC0\x80")], [saw_binary(b"\xFF\xC0\x80")], Open),
    ]);
    all
}

#[rustfmt::skip]
fn limits() -> Vec<Vector> {
    use Then::Limit;
    let large = "l".repeat(1 << 20);
    vec![
        vector("10.4", "a frame that claims 4 EiB", [binary("only this came").announcing(1 << 62)], [], Limit(&[1009, 1002, 1008])),
        vector("10.4", "5000 empty fragments", text_fragments(&[""; 5000]), [saw_text("")], Limit(&[1008, 1009, 1002])),
        vector("10.4", "a text of 1 MiB", [text(&large)], [saw_text(&large)], Limit(&[1009])),
    ]
}

/// TCP may cut anywhere.
#[rustfmt::skip]
fn segments() -> Vec<Vector> {
    use Then::Open;
    vec![
        vector("5.2", "a text that comes byte by byte", [text("slow but sure")], [saw_text("slow but sure")], Open)
            .paced(Pace::ByteByByte),
        vector("5.2", "a frame in two segments, a pause between", [ping("halves"), text("whole")], [saw_ping("halves"), saw_text("whole")], Open)
            .paced(Pace::RestAfter(3)),
    ]
}
