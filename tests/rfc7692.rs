//! permessage-deflate (RFC 7692): what a receiver accepts and refuses, what a session sends, and
//! that messages really are compressed.

#![cfg(feature = "deflate")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use std::sync::Arc;
use std::time::Instant;

use support::peer::{Peer, Setup};
use support::*;
use wshub::connection::{Batch, Deflate, DeflateOptions, MemoryBudget, Offer};
use wshub::handshake::{RequestHead, accept_deflate};
use wshub::protocol::{Event, Fragment, Initiator, Limits, Message, ProtocolError, Receiver, Role};

/// "Hello", compressed (section 7.2.3.1).
const HELLO: [u8; 7] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

const RSV1: u8 = 4;

/// What both ends agree on where the client offers this.
fn agreed(offer: &str, options: DeflateOptions) -> Deflate {
    let headers = [("Sec-WebSocket-Extensions", offer)].into_iter().collect();
    let request = RequestHead::new("GET", "/", headers);
    Deflate::new(accept_deflate(&request).unwrap().0, options)
}

fn deflate() -> Deflate {
    agreed("permessage-deflate", DeflateOptions::default())
}

/// Compresses every message that becomes shorter.
fn eager(offer: &str) -> Deflate {
    let mut options = DeflateOptions::default();
    options.min_bytes = 0;
    agreed(offer, options)
}

fn compressed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(eager("permessage-deflate").compress(message, &mut out));
    out
}

fn receiver(role: Role, limits: Limits) -> Receiver {
    let mut receiver = Receiver::new(role, limits);
    receiver.accept_compressed(deflate().inflater());
    receiver
}

/// What a receiver makes of bytes that come in pieces of `cut` bytes.
fn received(
    mut receiver: Receiver,
    bytes: &[u8],
    cut: usize,
) -> (Vec<Seen>, Option<ProtocolError>) {
    let mut seen = Vec::new();
    for piece in bytes.chunks(cut) {
        receiver.feed(piece);
        loop {
            match receiver.next_event() {
                Ok(Some(event)) => seen.push(event.into()),
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
    }
    (seen, None)
}

/// The message of streamed pieces, joined.
fn streamed(
    mut receiver: Receiver,
    bytes: &[u8],
    cut: usize,
) -> (Vec<u8>, bool, Option<ProtocolError>) {
    receiver.stream_fragments(true);
    let (mut whole, mut ended) = (Vec::new(), false);
    for piece in bytes.chunks(cut) {
        receiver.feed(piece);
        loop {
            match receiver.next_event() {
                Ok(Some(Event::Fragment(Fragment {
                    payload,
                    first,
                    last,
                }))) => {
                    assert_eq!(first, whole.is_empty() && !ended);
                    whole.extend_from_slice(payload.as_bytes());
                    ended |= last;
                }
                Ok(Some(other)) => assert!(matches!(other, Event::Ping(_)), "{other:?}"),
                Ok(None) => break,
                Err(error) => return (whole, ended, Some(error)),
            }
        }
        assert!(receiver.buffer_bytes() < 1 << 17, "bounded memory");
    }
    (whole, ended, None)
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + support::peer::TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
}

const CUTS: [usize; 4] = [usize::MAX, 1, 2, 7];

#[test]
fn compressed_messages_arrive_inflated_however_they_are_cut() {
    let long = "naïve \u{1F600} text, over and over; ".repeat(100);
    let packed = compressed(long.as_bytes());
    let halves = packed.split_at(packed.len() / 2);
    let rows: Vec<(Vec<Frame>, Vec<Seen>)> = vec![
        (vec![text(HELLO).rsv(RSV1)], vec![saw_text("Hello")]),
        (
            vec![text_start(&HELLO[..3]).rsv(RSV1), end(&HELLO[3..])],
            vec![saw_text("Hello")],
        ),
        (
            vec![
                text_start("").rsv(RSV1),
                ping("between"),
                more(HELLO),
                end(""),
                text("plain"),
            ],
            vec![
                Seen::Ping(b"between".to_vec()),
                saw_text("Hello"),
                saw_text("plain"),
            ],
        ),
        (
            vec![text("").rsv(RSV1), binary("").rsv(RSV1)],
            vec![saw_text(""), saw_binary(b"")],
        ),
        (
            vec![
                text_start(halves.0).rsv(RSV1),
                end(halves.1),
                binary(&packed).rsv(RSV1),
            ],
            vec![saw_text(&long), saw_binary(long.as_bytes())],
        ),
        // A last block inside the message (section 7.2.3.5).
        (
            vec![text([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]).rsv(RSV1)],
            vec![saw_text("Hello")],
        ),
    ];
    for role in ROLES {
        for (frames, expected) in &rows {
            let bytes = wire(role, frames);
            for cut in CUTS {
                let (seen, fault) = received(receiver(role, Limits::default()), &bytes, cut);
                assert_eq!((&seen, fault), (expected, None), "{frames:?} cut by {cut}");
            }
        }
    }
}

#[test]
fn broken_rules_have_their_error_and_their_code() {
    use ProtocolError::*;
    let not_utf8 = compressed(&[b'a'; 100].map(|_| 0xFF));
    let rows: Vec<(Vec<Frame>, ProtocolError, u16)> = vec![
        (vec![ping("").rsv(RSV1)], MisplacedCompression, 1002),
        (vec![pong("").rsv(RSV1)], MisplacedCompression, 1002),
        (vec![close("").rsv(RSV1)], MisplacedCompression, 1002),
        (
            vec![text_start("a"), end("b").rsv(RSV1)],
            MisplacedCompression,
            1002,
        ),
        (
            vec![text_start(HELLO).rsv(RSV1), end("").rsv(RSV1)],
            MisplacedCompression,
            1002,
        ),
        (vec![text(HELLO).rsv(RSV1 | 1)], ReservedBits, 1002),
        (vec![text(HELLO).rsv(2)], ReservedBits, 1002),
        (vec![text("Hello").rsv(RSV1)], InvalidCompression, 1007),
        (vec![text(&HELLO[..4]).rsv(RSV1)], InvalidCompression, 1007),
        (
            vec![text([&HELLO[..], b"garbage"].concat()).rsv(RSV1)],
            InvalidCompression,
            1007,
        ),
        // Refers to a message before it, though no context is taken over.
        (
            vec![
                text(HELLO).rsv(RSV1),
                text([0xF2, 0x00, 0x11, 0x00, 0x00]).rsv(RSV1),
            ],
            InvalidCompression,
            1007,
        ),
        (vec![text(not_utf8).rsv(RSV1)], InvalidUtf8, 1007),
    ];
    for role in ROLES {
        for (frames, expected, code) in &rows {
            assert_eq!(expected.close_code().number(), *code);
            let bytes = wire(role, frames);
            for cut in CUTS {
                let (_, fault) = received(receiver(role, Limits::default()), &bytes, cut);
                assert_eq!(fault, Some(*expected), "{frames:?} cut by {cut}");
            }
        }
        // Without the extension no frame may have the bit (RFC 6455 section 5.2).
        let bytes = wire(role, &[text(HELLO).rsv(RSV1)]);
        let (_, fault) = received(Receiver::new(role, Limits::default()), &bytes, 1);
        assert_eq!(fault, Some(ReservedBits));
    }
}

#[test]
fn the_limit_holds_for_what_a_message_inflates_to() {
    for size in [1000, 65_536, 100_000] {
        let limits = Limits {
            max_message_bytes: size as u64,
            max_streamed_message_bytes: size as u64,
            ..Limits::default()
        };
        for (length, fits) in [
            (size - 1, true),
            (size, true),
            (size + 1, false),
            (2 * size, false),
        ] {
            let message: Vec<u8> = b"bounded. ".iter().copied().cycle().take(length).collect();
            let packed = compressed(&message);
            let halves = packed.split_at(packed.len() / 2);
            let frames = [binary_start(halves.0).rsv(RSV1), end(halves.1)];
            let bytes = wire(Role::Server, &frames);
            for cut in CUTS {
                let (seen, fault) = received(receiver(Role::Server, limits), &bytes, cut);
                let (whole, ended, stream_fault) =
                    streamed(receiver(Role::Server, limits), &bytes, cut);
                if fits {
                    assert!(
                        fault.is_none() && seen == [saw_binary(&message)],
                        "{length}"
                    );
                    assert!(
                        stream_fault.is_none() && ended && whole == message,
                        "{length}"
                    );
                } else {
                    for fault in [fault, stream_fault] {
                        let Some(ProtocolError::TooBig { announced, limit }) = fault else {
                            panic!("{length} of {size}: {fault:?}");
                        };
                        assert!(announced > limit, "{announced}");
                    }
                    // No message of its length was held: one byte past the limit was enough.
                    assert!(seen.is_empty());
                }
            }
        }
    }
    // The compressed bytes are bounded too, before they are inflated.
    let limits = Limits {
        max_message_bytes: 6,
        ..Limits::default()
    };
    let bytes = wire(Role::Server, &[text(HELLO).rsv(RSV1)]);
    let (_, fault) = received(receiver(Role::Server, limits), &bytes, 3);
    assert!(
        matches!(
            fault,
            Some(ProtocolError::TooBig {
                announced: 7,
                limit: 6
            })
        ),
        "{fault:?}"
    );
}

#[test]
fn bombs_end_at_the_limit() {
    let limits = Limits {
        max_message_bytes: 1 << 20,
        ..Limits::default()
    };
    let bomb = compressed(&vec![0; 256 << 20]);
    assert!(bomb.len() < 4 << 20, "{}", bomb.len());
    let limits_of_bomb = Limits {
        max_message_bytes: bomb.len() as u64,
        ..limits
    };
    let third = bomb.len() / 3;
    let pieces = [&bomb[..third], &bomb[third..2 * third], &bomb[2 * third..]];
    let frames = [
        binary_start(pieces[0]).rsv(RSV1),
        more(pieces[1]),
        end(pieces[2]),
    ];
    let (seen, fault) = received(
        receiver(Role::Server, limits_of_bomb),
        &wire(Role::Server, &frames),
        1 << 16,
    );
    assert!(seen.is_empty());
    assert!(
        matches!(fault, Some(ProtocolError::TooBig { .. })),
        "{fault:?}"
    );

    // Many small ones: each is within the limit, and its memory is used again.
    let small = compressed(&vec![0; 1 << 20]);
    let frame = binary(&small).rsv(RSV1).wire(Role::Server);
    let mut receiver = receiver(Role::Server, limits);
    for _ in 0..200 {
        receiver.feed(&frame);
        let event = receiver.next_event().unwrap();
        assert!(matches!(event, Some(Event::Binary(bytes)) if bytes.len() == 1 << 20));
        assert_eq!(receiver.next_event(), Ok(None));
        assert!(receiver.buffer_bytes() < 1 << 16);
    }
}

#[test]
fn a_streamed_message_is_inflated_piece_by_piece() {
    let long = "Zeile für Zeile \u{1F600}\n".repeat(100_000);
    let packed = compressed(long.as_bytes());
    let frames: Vec<Frame> = packed
        .chunks(1000)
        .enumerate()
        .flat_map(|(i, piece)| {
            let frame = match i {
                0 => text_start(piece).rsv(RSV1),
                _ => more(piece),
            };
            [frame, ping("")]
        })
        .chain([end("")])
        .collect();
    for role in ROLES {
        let bytes = wire(role, &frames);
        for cut in [usize::MAX, 100, 4096] {
            let (whole, ended, fault) =
                streamed(receiver(role, Limits::default()), &bytes, cut.min(1 << 14));
            assert_eq!((ended, fault), (true, None));
            assert!(whole == long.as_bytes());
        }
    }
    let cut_short = wire(Role::Server, &[text(&packed[..packed.len() - 9]).rsv(RSV1)]);
    let (whole, ended, fault) =
        streamed(receiver(Role::Server, Limits::default()), &cut_short, 1000);
    assert!(!whole.is_empty() && !ended);
    assert_eq!(fault, Some(ProtocolError::InvalidCompression));
}

fn raw_frames(peer: &mut Peer, count: usize) -> Vec<(u8, usize)> {
    let mut bytes = Vec::new();
    loop {
        let mut rest = bytes.as_slice();
        let mut frames = Vec::new();
        while let Some((frame, Some(length))) = wshub::protocol::FrameSeen::read(rest) {
            if (rest.len() as u64) < length {
                break;
            }
            frames.push((frame.rsv, frame.payload_bytes.unwrap() as usize));
            rest = &rest[length as usize..];
        }
        if frames.len() >= count {
            return frames;
        }
        bytes.extend(peer.raw());
    }
}

#[test]
fn messages_go_out_compressed_where_that_makes_them_shorter() {
    let json = r#"{"event":"order","items":[1,2,3],"name":"wshub"},"#;
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let noise = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as u8
    });
    let noise: Vec<u8> = noise.take(1000).collect();
    let rows: Vec<(Vec<u8>, bool)> = vec![
        (json.repeat(20).into(), true),
        (json.repeat(2000).into(), true), // past what is gathered before it is written
        (json.as_bytes().to_vec(), false), // shorter than 512 bytes
        (noise, false),
        (Vec::new(), false),
    ];
    for (message, is_compressed) in &rows {
        let setup = Setup {
            deflate: Some(deflate()),
            ..Setup::default()
        };
        let mut peer = Peer::of_echo(setup);
        peer.send(&[binary(message)]);
        let frames = raw_frames(&mut peer, 1);
        assert_eq!(
            frames[0].0 == RSV1,
            *is_compressed,
            "{} bytes",
            message.len()
        );
        assert_eq!(frames[0].1 < message.len(), *is_compressed);
        // By a sender, on the thread that calls and on the writer's.
        peer.sender.send(Message::Binary(message)).unwrap();
        assert_eq!(raw_frames(&mut peer, 1), frames);
        assert_eq!(peer.sender.offer(Message::Binary(message)), Offer::Queued);
        assert_eq!(raw_frames(&mut peer, 1), frames);
        // Counted as they were sent, once the writer has said so.
        let expected = 3 * message.len() as u64;
        wait_until(|| peer.sender.tallies().1.data().bytes == expected);
        peer.abort();
        peer.cause();
    }
}

#[test]
fn a_clients_messages_are_compressed_and_masked() {
    let message = "squeezed and masked ".repeat(100);
    let setup = Setup {
        deflate: Some(deflate()),
        ..Setup::default()
    };
    let mut peer = Peer::of(Role::Client, setup, |_, _| ());
    peer.sender.text(&message).unwrap();
    assert_eq!(peer.next(), Some(saw_text(&message)));
    peer.abort();
    let cause = peer.cause();
    assert_eq!(cause.sent.bytes, message.len() as u64);
}

#[test]
fn a_narrower_window_gets_compressed_what_it_can_hold() {
    let message = |size: usize| {
        b"narrow "
            .iter()
            .copied()
            .cycle()
            .take(size)
            .collect::<Vec<u8>>()
    };
    for bits in 8..=15_u32 {
        let offer = format!("permessage-deflate; server_max_window_bits={bits}");
        let setup = Setup {
            deflate: Some(eager(&offer)),
            ..Setup::default()
        };
        let mut peer = Peer::of_echo(setup);
        let window = 1_usize << bits;
        for (size, is_compressed) in [(window, true), (window + 1, bits == 15)] {
            let message = message(size);
            peer.sender.send(Message::Binary(&message)).unwrap();
            let frames = raw_frames(&mut peer, 1);
            assert_eq!(
                frames[0].0 == RSV1,
                is_compressed,
                "{size} bytes, {bits} bits"
            );
            assert_eq!(peer.sender.offer(Message::Binary(&message)), Offer::Queued);
            assert_eq!(raw_frames(&mut peer, 1), frames);
        }
        peer.abort();
        peer.cause();
    }
}

#[test]
fn a_batch_is_compressed_once_and_each_connection_gets_the_form_that_it_can_read() {
    let long = "shared by everybody ".repeat(200);
    let mut batch = Batch::of(Message::Text(&long));
    batch.push(Message::Text("short"));
    let batch = Arc::new(batch);
    let expected = [saw_text(&long), saw_text("short")];
    let narrow = eager("permessage-deflate; server_max_window_bits=8");
    for agreed in [None, Some(deflate()), Some(narrow), Some(deflate())] {
        let setup = Setup {
            deflate: agreed,
            ..Setup::default()
        };
        let mut peer = Peer::of_echo(setup);
        let offered = peer.sender.offer_batch(&batch, Instant::now());
        assert_eq!(offered, Offer::Queued);
        for seen in &expected {
            assert_eq!(peer.next().as_ref(), Some(seen));
        }
        peer.abort();
        peer.cause();
    }
}

/// A server that echoes, with these options, and a client that offers compression or not.
fn served(options: Option<DeflateOptions>) -> wshub::server::ServerHandle {
    let mut builder = wshub::Server::builder().listen(["127.0.0.1:0"]);
    if let Some(options) = options {
        builder = builder.deflate(options);
    }
    let route = wshub::server::Route::on_message("/", |peer, message| peer.send(message));
    builder.route(route).bind().unwrap().spawn().unwrap()
}

#[test]
fn server_and_client_agree_in_the_opening_handshake_and_messages_come_back() {
    let options = DeflateOptions::default();
    for (server, client, expected) in [
        (
            Some(options),
            Some(options),
            Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        ),
        (Some(options), None, None),
        (None, Some(options), None),
    ] {
        let server = served(server);
        let url = format!("ws://{}/", server.addresses()[0]);
        let connect = wshub::client::ConnectOptions {
            deflate: client,
            ..Default::default()
        };
        let mut client = connect.connect(&url).unwrap();
        let answer = client.response().headers.get("Sec-WebSocket-Extensions");
        assert_eq!(answer, expected);
        for size in [0, 1, 511, 512, 100_000, 1_000_000] {
            let message = "back and forth, ".repeat(size / 16 + 1);
            client.text(&message[..size]).unwrap();
            let echoed = client.receive_timeout(support::peer::TIMEOUT).unwrap();
            assert!(
                echoed.as_message() == Message::Text(&message[..size]),
                "{size}"
            );
        }
        drop(client);
    }
}

#[test]
fn a_hub_reaches_members_with_and_without_compression() {
    let hub = wshub::hub::Hub::start(wshub::hub::HubOptions::default()).unwrap();
    let mut peers: Vec<Peer> = [None, Some(deflate()), Some(deflate())]
        .map(|deflate| {
            Peer::of_echo(Setup {
                deflate,
                ..Setup::default()
            })
        })
        .into();
    let members: Vec<_> = peers.iter().map(|p| hub.join("/room", &p.sender)).collect();
    let long = "to everybody, in two forms; ".repeat(100);
    for text in [long.as_str(), "short", &long] {
        hub.publish("/room", Message::Text(text)).unwrap();
    }
    for peer in &mut peers {
        for text in [long.as_str(), "short", &long] {
            assert_eq!(peer.next(), Some(saw_text(text)));
        }
    }
    drop(members);
    for mut peer in peers {
        peer.abort();
        peer.cause();
    }
}

#[test]
fn a_few_bytes_that_inflate_to_much_take_memory_of_the_budget_or_end_with_1013() {
    let memory = MemoryBudget::new(2 << 20);
    let setup = || Setup {
        deflate: Some(deflate()),
        memory: memory.clone(),
        ..Setup::default()
    };
    let bomb = binary(compressed(&vec![0; 1 << 20])).rsv(RSV1);
    assert!(bomb.wire(Role::Server).len() < 32 << 10);
    let mut fits = Peer::of_echo(setup());
    fits.send(std::slice::from_ref(&bomb));
    assert_eq!(fits.next(), Some(saw_binary(vec![0; 1 << 20])));
    wait_until(|| memory.used_bytes() == 0);
    let mut holder = Peer::of_echo(setup());
    let begun = binary(vec![7; 1400 << 10]).wire(Role::Server);
    holder.send_bytes(&begun[..begun.len() - 1]);
    wait_until(|| memory.used_bytes() >= 1300 << 10);
    let mut refused = Peer::of_echo(setup());
    refused.send(&[bomb]);
    let reason = "no memory is free for this message now; try again later";
    assert_eq!(refused.next(), Some(saw_close(1013, reason)));
    refused.abort();
    let cause = refused.cause();
    assert_eq!(
        (cause.by, cause.fault, &*cause.why),
        (Initiator::Local, None, reason)
    );
    for mut peer in [fits, holder] {
        peer.abort();
        peer.cause();
    }
    assert_eq!(memory.used_bytes(), 0);
}

#[test]
fn levels_out_of_range_are_refused_by_bind_and_connect() {
    for (level, why) in [
        (0, "deflate.level is zero; it must be more"),
        (10, "deflate.level is too large; it must be at most 9"),
    ] {
        let mut options = DeflateOptions::default();
        options.level = level;
        let server = wshub::Server::builder().listen(["127.0.0.1:0"]);
        let bound = server.deflate(options).bind();
        assert!(bound.unwrap_err().to_string().contains(why));
        let connect = wshub::client::ConnectOptions {
            deflate: Some(options),
            ..Default::default()
        };
        let refused = connect.connect("ws://127.0.0.1:1/").unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
