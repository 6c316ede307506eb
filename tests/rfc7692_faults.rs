//! What a peer may try with compressed messages: bombs of every size and form, and connections that
//! end in the middle of one.

#![cfg(feature = "deflate")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use std::time::Instant;

use support::peer::{Peer, Setup, TIMEOUT};
use support::*;
use wshub::connection::{Deflate, DeflateOptions, MemoryBudget};
use wshub::handshake::{RequestHead, accept_deflate};
use wshub::protocol::{Event, Limits, ProtocolError, Receiver, Role};

const RSV1: u8 = 4;
const MIB: usize = 1 << 20;

fn deflate() -> Deflate {
    let headers = [("Sec-WebSocket-Extensions", "permessage-deflate")];
    let request = RequestHead::new("GET", "/", headers.into_iter().collect());
    let mut options = DeflateOptions::default();
    options.level = 9; // so that a bomb is small
    Deflate::new(accept_deflate(&request).unwrap().0, options)
}

fn receiver(role: Role, limits: Limits) -> Receiver {
    let mut receiver = Receiver::new(role, limits);
    receiver.accept_compressed(deflate().inflater());
    receiver
}

/// A MiB of zeros, compressed; with what a sender leaves out at the end, so that another one can
/// follow in the same message.
fn mebibyte() -> Vec<u8> {
    let mut piece = Vec::new();
    assert!(deflate().compress(&vec![0; MIB], &mut piece));
    piece.extend([0, 0, 0xFF, 0xFF]);
    piece
}

/// A message that inflates to so many MiB.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut bomb = mebibyte().repeat(mebibytes);
    bomb.truncate(bomb.len() - 4);
    bomb
}

/// The result of `bytes`: the fault, and what was handed out whole or in pieces before it.
fn outcome(mut receiver: Receiver, bytes: &[u8]) -> (usize, Option<ProtocolError>) {
    let mut handed_out = 0;
    for piece in bytes.chunks(64 << 10) {
        receiver.feed(piece);
        loop {
            match receiver.next_event() {
                Ok(Some(Event::Binary(bytes))) => handed_out += bytes.len(),
                Ok(Some(Event::Fragment(piece))) => {
                    let piece = piece.payload.as_bytes().len();
                    assert!(piece <= 64 << 10, "{piece} bytes at once");
                    handed_out += piece;
                }
                Ok(Some(other)) => panic!("{other:?}"),
                Ok(None) => break,
                Err(why) => return (handed_out, Some(why)),
            }
        }
    }
    (handed_out, None)
}

#[test]
fn a_bomb_of_any_size_ends_one_byte_past_the_limit() {
    let limits = Limits {
        max_message_bytes: 2 * MIB as u64,
        max_streamed_message_bytes: 3 * MIB as u64,
        ..Limits::default()
    };
    for mebibytes in [1, 2, 3, 64, 1024] {
        let bomb = bomb(mebibytes);
        assert!(bomb.len() < mebibytes * MIB / 200, "{}", bomb.len());
        // In one frame; and in fragments, each of which is a bomb.
        let whole = vec![binary(&bomb).rsv(RSV1)];
        let nested: Vec<Frame> = (bomb.chunks(mebibyte().len()).enumerate())
            .map(|(i, piece)| match i {
                0 => binary_start(piece).rsv(RSV1),
                _ => more(piece),
            })
            .chain([end("")])
            .collect();
        for frames in [whole, nested] {
            for role in ROLES {
                let bytes = wire(role, &frames);
                let (handed_out, fault) = outcome(receiver(role, limits), &bytes);
                match mebibytes {
                    0..=2 => assert_eq!((handed_out, fault), (mebibytes * MIB, None)),
                    _ => {
                        assert_eq!(handed_out, 0);
                        let Some(ProtocolError::TooBig { announced, limit }) = fault else {
                            panic!("{mebibytes} MiB: {fault:?}");
                        };
                        let found_while_inflating = announced == limit + 1;
                        // Its compressed bytes alone may be too many.
                        assert!(found_while_inflating || mebibytes == 1024, "{announced}");
                    }
                }
                let mut streaming = receiver(role, limits);
                streaming.stream_fragments(true);
                let (handed_out, fault) = outcome(streaming, &bytes);
                match mebibytes {
                    0..=3 => assert_eq!((handed_out, fault), (mebibytes * MIB, None)),
                    _ => {
                        assert!(handed_out <= 3 * MIB);
                        assert!(matches!(fault, Some(ProtocolError::TooBig { .. })));
                    }
                }
            }
        }
    }
}

#[test]
fn ten_thousand_small_bombs_leave_nothing_behind() {
    let memory = MemoryBudget::new(4 * MIB);
    let mut peer = Peer::of(
        Role::Server,
        Setup {
            deflate: Some(deflate()),
            memory: memory.clone(),
            ..Setup::default()
        },
        |_, _| (),
    );
    let mut small = Vec::new();
    assert!(deflate().compress(&vec![0; 20_000], &mut small));
    let frames = vec![binary(&small).rsv(RSV1); 100];
    for _ in 0..100 {
        peer.send(&frames);
    }
    peer.send(&[ping("all read")]);
    assert_eq!(peer.next(), Some(saw_pong("all read")));
    let received = peer.sender.tallies().0;
    assert_eq!(received.compressed.messages, 10_000);
    assert_eq!(received.data().bytes, 200_000_000);
    assert_eq!(memory.used_bytes(), 0);
    peer.abort();
    peer.cause();
}

#[test]
fn a_mebibyte_of_empty_blocks_is_an_empty_message() {
    let blocks = [0, 0, 0, 0xFF, 0xFF].repeat(MIB / 5);
    let bytes = wire(
        Role::Server,
        &[
            binary(&blocks[..blocks.len() - 4]).rsv(RSV1),
            text("behind"),
        ],
    );
    let mut receiver = receiver(Role::Server, Limits::default());
    receiver.feed(&bytes);
    assert_eq!(receiver.next_event(), Ok(Some(Event::Binary(b""))));
    assert_eq!(receiver.next_event(), Ok(Some(Event::Text("behind"))));
}

/// Clients that leave, or break a rule, in the middle of a compressed message; each takes memory of
/// a budget that has room for a few of them.
#[test]
fn a_connection_that_ends_inside_a_compressed_message_gives_everything_back() {
    let memory = MemoryBudget::new(4 * MIB);
    let bomb = bomb(1);
    let noise: Vec<u8> = (0..MIB as u32).flat_map(u32::to_le_bytes).collect();
    let (bomb_wire, long_wire) = (
        wire(Role::Server, &[binary(&bomb).rsv(RSV1)]),
        wire(Role::Server, &[binary_start(&noise[..MIB]).rsv(RSV1)]),
    );
    for round in 0..60 {
        let mut peer = Peer::of_echo(Setup {
            deflate: Some(deflate()),
            memory: memory.clone(),
            ..Setup::default()
        });
        match round % 3 {
            0 => peer.send_bytes(&long_wire),
            1 => peer.send_bytes(&bomb_wire[..bomb_wire.len() - 1]),
            _ => {
                peer.send_bytes(&long_wire);
                peer.send(&[text("no continuation")]);
                let broken = peer.next();
                assert!(
                    matches!(broken, Some(Seen::Close(Some(1002), _))),
                    "{broken:?}"
                );
            }
        }
        peer.abort();
        peer.cause();
    }
    let deadline = Instant::now() + TIMEOUT;
    while memory.used_bytes() > 0 {
        assert!(Instant::now() < deadline, "{} bytes", memory.used_bytes());
        std::thread::yield_now();
    }
}
