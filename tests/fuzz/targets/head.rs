//! Parses any bytes as a request head and as a response head, in pieces of any size. It must not
//! panic; the head or the error, and the end of the head, are the same for all cuts; and every
//! answer is itself a head that parses.
//!
//! The input is a byte that seeds a cut, then the wire bytes.

#![no_main]

#[path = "pieces.rs"]
mod pieces;

use libfuzzer_sys::fuzz_target;
use pieces::{Cut, pieces};
use std::fmt::Debug;
use wshub::handshake::{
    Decision, Fed, HeadError, MAX_HEAD_BYTES, Refusal, RequestHead, RequestParser, ResponseHead,
    ResponseParser, check, decide,
};

/// A head and its length in bytes; `None` while it is incomplete.
type Outcome<H> = Result<Option<(H, usize)>, HeadError>;

fn run<H>(
    mut feed: impl FnMut(&[u8]) -> Result<Fed<H>, HeadError>,
    wire: &[u8],
    cut: Cut,
) -> Outcome<H> {
    let mut before = 0;
    for piece in pieces(wire, cut) {
        match feed(piece)? {
            Fed::NeedMore => before += piece.len(),
            Fed::Done { head, consumed } => return Ok(Some((head, before + consumed))),
        }
        assert!(before <= MAX_HEAD_BYTES, "a head that never ends");
    }
    Ok(None)
}

fn every_cut<H: PartialEq + Debug>(
    wire: &[u8],
    seed: u8,
    one: impl Fn(Cut) -> Outcome<H>,
) -> Outcome<H> {
    let expected = one(Cut::Whole);
    for cut in [Cut::Bytes, Cut::Seeded(seed & !1)] {
        assert_eq!(one(cut), expected, "{cut:?}");
    }
    if let Ok(Some((_, end))) = &expected {
        assert!(wire[..*end].ends_with(b"\r\n\r\n"));
    }
    expected
}

fn response(wire: &[u8], cut: Cut) -> Outcome<ResponseHead> {
    let mut parser = ResponseParser::new();
    run(|piece| parser.feed(piece), wire, cut)
}

fn request(wire: &[u8], cut: Cut) -> Outcome<RequestHead> {
    let mut parser = RequestParser::new();
    run(|piece| parser.feed(piece), wire, cut)
}

/// Checks that a refusal is one response, with nothing but its body after its head.
fn check_refusal(refusal: &Refusal) {
    let bytes = refusal.response();
    let Ok(Some((head, end))) = response(&bytes, Cut::Whole) else {
        panic!("a refusal that does not parse: {bytes:?}");
    };
    assert_eq!(head.status, refusal.status);
    let length = (bytes.len() - end).to_string();
    assert_eq!(head.headers.get("Content-Length"), Some(length.as_str()));
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, wire)) = input.split_first() else {
        return;
    };
    match every_cut(wire, seed, |cut| request(wire, cut)) {
        Ok(Some((head, _))) => {
            assert!(head.target.starts_with('/') && head.path().len() <= head.target.len());
            let _ = head.query("name");
            match decide(&head) {
                Decision::Upgrade(upgrade) => {
                    let offered = &upgrade.subprotocols;
                    let chosen = upgrade.choose(offered);
                    assert_eq!(chosen, offered.first().map(String::as_str));
                    let bytes = upgrade.response(chosen);
                    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
                    let bytes = bytes.strip_prefix(interim).unwrap_or(&bytes);
                    let Ok(Some((head, end))) = response(bytes, Cut::Whole) else {
                        panic!("an upgrade that does not parse: {bytes:?}");
                    };
                    assert_eq!((head.status, end), (101, bytes.len()));
                    assert_eq!(head.headers.get("Sec-WebSocket-Protocol"), chosen);
                }
                Decision::Plain => {}
                Decision::Refuse(refusal) => check_refusal(&refusal),
            }
        }
        Ok(None) => {}
        Err(error) => check_refusal(&Refusal::from(&error)),
    }
    if let Ok(Some((head, _))) = every_cut(wire, seed, |cut| response(wire, cut)) {
        if let Err(bad) = check(&head, [0; 16], &["chat".to_owned()]) {
            assert!(!bad.to_string().contains(char::is_control));
        }
    }
});
