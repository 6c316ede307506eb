//! permessage-deflate (RFC 7692) if one client's message goes to others: which bytes they are sent,
//! and what is counted and shown.

#![cfg(feature = "deflate")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use support::peer::{Peer, Setup, TIMEOUT};
use support::*;
use wshub::connection::{
    ConnectionId, Deflate, DeflateOptions, Incoming, Seen as Watched, Session, SessionSettings,
    Watch,
};
use wshub::handshake::{RequestHead, accept_deflate};
use wshub::hub::{Hub, HubOptions};
use wshub::protocol::{FrameSeen, Message, Role};
use wshub::transport::memory_pair;

const RSV1: u8 = 4;

/// What a server agrees on where a client offers this; nothing is too short to be compressed.
fn agreed(offer: &str) -> Deflate {
    let headers = [("Sec-WebSocket-Extensions", offer)].into_iter().collect();
    let request = RequestHead::new("GET", "/", headers);
    let mut options = DeflateOptions::default();
    options.min_bytes = 0;
    Deflate::new(accept_deflate(&request).unwrap().0, options)
}

fn any_window() -> Option<Deflate> {
    Some(agreed("permessage-deflate"))
}

/// "Hello", twice, compressed as no compressor does it: a stored block, then one of fixed codes.
const BY_HAND: [u8; 17] = [
    0x00, 5, 0, 0xFA, 0xFF, b'H', b'e', b'l', b'l', b'o', // stored
    0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, // as in section 7.2.3.1
];

/// A text that is longer than its compressed form, which is made by hand: it begins with a stored
/// block.
fn by_hand(text: &str) -> Vec<u8> {
    let stored = &text.as_bytes()[..5];
    let mut rest = Vec::new();
    assert!(
        any_window()
            .unwrap()
            .compress(&text.as_bytes()[5..], &mut rest)
    );
    [&[0, 5, 0, 0xFA, 0xFF], stored, &rest].concat()
}

/// The payload and the bits of the next whole frame.
fn next_frame(peer: &mut Peer) -> (u8, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some((frame, Some(length))) = FrameSeen::read(&bytes)
            && bytes.len() as u64 >= length
        {
            assert_eq!(bytes.len() as u64, length, "one frame");
            let payload = bytes.split_off(bytes.len() - frame.payload_bytes.unwrap() as usize);
            return (frame.rsv, payload);
        }
        bytes.extend(peer.raw());
    }
}

/// A client in a room that publishes its messages in the form in which they came.
fn publisher(hub: &Hub, deflate: Option<Deflate>) -> Peer {
    let hub = hub.clone();
    let setup = Setup {
        deflate,
        ..Setup::default()
    };
    Peer::of(Role::Server, setup, move |incoming, outbox| {
        if let Incoming::Message(message) = incoming {
            hub.publish("room", outbox.received(message)).unwrap();
        }
    })
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn a_publishers_own_compressed_message_is_what_members_get() {
    let long = "said once, heard by everybody; ".repeat(40);
    let by_hand = by_hand(&long);
    let mut compressed = Vec::new();
    assert!(
        any_window()
            .unwrap()
            .compress(long.as_bytes(), &mut compressed)
    );
    assert_ne!(by_hand, compressed);
    // A block that is marked as the last, and an empty one: other blocks follow on none of them.
    let with_last_block = [
        &[1, 5, 0, 0xFA, 0xFF],
        &long.as_bytes()[..5],
        &by_hand[10..],
    ]
    .concat();
    let two_frames = by_hand.split_at(7);
    let rows: [(&str, Vec<Frame>, &[u8]); 5] = [
        ("reused", vec![text(&by_hand).rsv(RSV1)], &by_hand),
        (
            "reused, in fragments",
            vec![
                text_start(two_frames.0).rsv(RSV1),
                ping(""),
                end(two_frames.1),
            ],
            &by_hand,
        ),
        (
            "marked as the last block: compressed anew",
            vec![text(&with_last_block).rsv(RSV1)],
            &compressed,
        ),
        ("came plain: compressed", vec![text(&long)], &compressed),
        (
            "a different message after it",
            vec![text(&compressed).rsv(RSV1)],
            &compressed,
        ),
    ];
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut from = publisher(&hub, any_window());
    let member = |deflate| {
        Peer::of_echo(Setup {
            deflate,
            ..Setup::default()
        })
    };
    let mut members = [any_window(), any_window()].map(member);
    let mut plain = member(None);
    let mut narrow = member(Some(agreed("permessage-deflate; server_max_window_bits=9")));
    let everybody = members.iter().chain([&plain, &narrow]);
    let joined: Vec<_> = everybody
        .map(|peer| hub.join("room", &peer.sender))
        .collect();
    for (what, frames, expected) in rows {
        from.send(&frames);
        for member in &mut members {
            let (rsv, payload) = next_frame(member);
            assert!(
                (rsv, &payload[..]) == (RSV1, expected),
                "{what}: {payload:x?}"
            );
        }
        for member in [&mut plain, &mut narrow] {
            assert!(next_frame(member) == (0, long.clone().into()), "{what}");
        }
    }
    drop(joined);
    let peers = [from, plain, narrow].into_iter().chain(members);
    for mut peer in peers {
        peer.abort();
        peer.cause();
    }
}

#[test]
fn a_compressed_form_that_is_no_shorter_or_below_the_least_length_is_not_reused() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut from = publisher(&hub, any_window());
    let mut options = DeflateOptions::default();
    options.min_bytes = 100;
    let headers = [("Sec-WebSocket-Extensions", "permessage-deflate")];
    let request = RequestHead::new("GET", "/", headers.into_iter().collect());
    let picky = Deflate::new(accept_deflate(&request).unwrap().0, options);
    let mut member = Peer::of_echo(Setup {
        deflate: Some(picky),
        ..Setup::default()
    });
    let membership = hub.join("room", &member.sender);
    let padded = [&[0, 0, 0, 0xFF, 0xFF].repeat(100)[..], &BY_HAND].concat();
    let short = by_hand(&"short ".repeat(16));
    for (compressed, plain) in [
        (&BY_HAND[..], "HelloHello".to_owned()),
        (&padded, "HelloHello".to_owned()),
        (&short, "short ".repeat(16)),
    ] {
        from.send(&[text(compressed).rsv(RSV1)]);
        assert_eq!(next_frame(&mut member), (0, plain.into_bytes()));
    }
    drop(membership);
    for mut peer in [from, member] {
        peer.abort();
        peer.cause();
    }
}

#[test]
fn messages_that_wait_for_one_room_together_keep_their_own_forms() {
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut from = publisher(&hub, any_window());
    let mut member = Peer::of_echo(Setup {
        deflate: any_window(),
        ..Setup::default()
    });
    let membership = hub.join("room", &member.sender);
    let texts: Vec<String> = (0..40)
        .map(|i| format!("message {i} of many; ").repeat(3 + i))
        .collect();
    let frames: Vec<Frame> = (texts.iter().enumerate())
        .map(|(i, message)| match i % 3 {
            0 => text(message),
            _ => text(by_hand(message)).rsv(RSV1),
        })
        .collect();
    from.send(&frames);
    for message in &texts {
        assert_eq!(member.next(), Some(saw_text(message)));
    }
    drop(membership);
    for mut peer in [from, member] {
        peer.abort();
        peer.cause();
    }
}

#[test]
fn what_compression_saves_is_counted_in_both_directions() {
    let long = "counted before and after; ".repeat(50);
    let by_hand = by_hand(&long);
    let hub = Hub::start(HubOptions::default()).unwrap();
    let mut from = publisher(&hub, any_window());
    let membership = hub.join("room", &from.sender);
    from.send(&[
        text_start(&by_hand[..9]).rsv(RSV1),
        end(&by_hand[9..]),
        text("x"),
    ]);
    assert_eq!(from.next(), Some(saw_text(&long)));
    assert_eq!(from.next(), Some(saw_text("x")));
    from.sender.text(&long).unwrap();
    assert_eq!(from.next(), Some(saw_text(&long)));
    let mut anew = Vec::new();
    assert!(any_window().unwrap().compress(long.as_bytes(), &mut anew));
    let lengths = |forms: &[&[u8]]| {
        let compressed: usize = forms.iter().map(|form| form.len()).sum();
        let count = forms.len() as u64;
        (count, count * long.len() as u64, compressed as u64)
    };
    let counted = || {
        let (received, sent) = from.sender.tallies();
        [received.compressed, sent.compressed]
            .map(|way| (way.messages, way.inflated_bytes, way.compressed_bytes))
    };
    wait_until(|| counted()[1].0 == 2);
    assert_eq!(
        counted(),
        [lengths(&[&by_hand]), lengths(&[&by_hand, &anew])]
    );
    let (received, sent) = from.sender.tallies();
    assert_eq!(received.data().bytes, long.len() as u64 + 1, "inflated");
    assert_eq!(sent.data().bytes, 2 * long.len() as u64 + 1);
    drop(membership);
    from.abort();
    from.cause();
}

#[test]
fn a_watch_is_shown_both_lengths_of_a_compressed_message() {
    let long = "shown before and after; ".repeat(50);
    let by_hand = by_hand(&long);
    for role in ROLES {
        let (ours, mut theirs) = memory_pair(1 << 20, TIMEOUT);
        let settings = SessionSettings {
            deflate: any_window(),
            ..SessionSettings::default()
        };
        let mut session = Session::new(ConnectionId::next(), role, ours, &[], Vec::new(), settings);
        let lines = Arc::new(Mutex::new(Vec::new()));
        let shown = lines.clone();
        session.watch(Watch::new(move |seen| {
            shown.lock().unwrap().push(match seen {
                Watched::Opening(head) => format!("opening {} bytes", head.len()),
                Watched::In(frame) => format!("in rsv={} {:?}", frame.rsv, frame.payload_bytes),
                Watched::Out(frame) => format!("out rsv={} {:?}", frame.rsv, frame.payload_bytes),
                Watched::Broken(rule) => format!("broken {rule}"),
                Watched::InCompressed(message) => format!("in {message}"),
                Watched::OutCompressed(message) => format!("out {message}"),
            });
        }));
        let frames = [
            text_start(&by_hand[..9]).rsv(RSV1),
            end(&by_hand[9..]),
            text("x"),
            close_with(1000, ""),
        ];
        let bytes = wire(role, &frames);
        theirs
            .write
            .write_all(&mut [std::io::IoSlice::new(&bytes)])
            .unwrap();
        theirs.write.finish();
        let running = std::thread::spawn(move || {
            session.run(|incoming, outbox| {
                if let Incoming::Message(message) = incoming {
                    outbox.send(message);
                }
            })
        });
        running.join().unwrap();
        let (compressed, inflated) = (by_hand.len(), long.len());
        let mut anew = Vec::new();
        assert!(any_window().unwrap().compress(long.as_bytes(), &mut anew));
        let anew = anew.len();
        let lines = lines.lock().unwrap();
        assert_eq!(
            lines[..7],
            [
                "in rsv=4 Some(9)".to_owned(),
                format!("in rsv=0 Some({})", compressed - 9),
                format!("in compressed={compressed} inflated={inflated}"),
                "in rsv=0 Some(1)".to_owned(),
                "in rsv=0 Some(2)".to_owned(),
                format!("out rsv=4 Some({anew})"),
                format!("out compressed={anew} inflated={inflated}"),
            ],
            "{role:?}"
        );
    }
}

/// The message of an echo is the message itself.
#[test]
fn a_message_that_is_not_the_one_shown_has_no_compressed_form() {
    let long = "another one; ".repeat(50);
    let by_hand = by_hand(&long);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let seen = kept.clone();
    let copy = long.clone();
    let setup = Setup {
        deflate: any_window(),
        ..Setup::default()
    };
    let mut peer = Peer::of(Role::Server, setup, move |incoming, outbox| {
        if let Incoming::Message(message) = incoming {
            let shown = outbox.received(message);
            let other = outbox.received(Message::Text(&copy));
            assert_eq!((shown.message(), other.message()), (message, message));
            seen.lock()
                .unwrap()
                .push((shown != message.into(), other == message.into()));
            outbox.text("done");
        }
    });
    peer.send(&[text(&by_hand).rsv(RSV1), text(&long)]);
    for _ in 0..2 {
        assert_eq!(peer.next(), Some(saw_text("done")));
    }
    assert_eq!(*kept.lock().unwrap(), [(true, true), (false, true)]);
    peer.abort();
    peer.cause();
}
