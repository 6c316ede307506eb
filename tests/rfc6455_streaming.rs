//! RFC 6455 section 5.4: an end may process a message before all of it has come. Messages handed
//! out piece by piece follow every rule that whole messages follow, in bounded memory.

mod support;

use support::*;
use wshub::protocol::{Event, Limits, Message, ProtocolError, Receiver, Role};

/// Joins the pieces of streamed messages, and checks what holds for each piece.
#[derive(Default)]
struct Joined {
    events: Vec<Seen>,
    message: Option<Seen>,
    pieces: usize,
}

impl Joined {
    fn take(&mut self, event: Event<'_>) {
        let Event::Fragment(piece) = event else {
            self.events.push(event.into());
            return;
        };
        self.pieces += 1;
        let bytes = piece.payload.as_bytes();
        assert!(piece.last || !bytes.is_empty(), "an empty piece");
        assert_eq!(piece.first, self.message.is_none(), "the first piece");
        let kind = match piece.payload {
            Message::Text(_) => saw_text(""),
            Message::Binary(_) => saw_binary(""),
        };
        match (self.message.get_or_insert(kind), piece.payload) {
            (Seen::Text(text), Message::Text(more)) => text.push_str(more),
            (Seen::Binary(bytes), Message::Binary(more)) => bytes.extend(more),
            (begun, piece) => panic!("{piece:?} continues {begun:?}"),
        }
        if piece.last {
            self.events.extend(self.message.take());
        }
    }

    /// Takes every event there is.
    fn drain(&mut self, receiver: &mut Receiver) -> Result<(), ProtocolError> {
        while let Some(event) = receiver.next_event()? {
            self.take(event);
        }
        Ok(())
    }
}

fn streaming(role: Role, limits: Limits) -> Receiver {
    let mut receiver = Receiver::new(role, limits);
    receiver.stream_fragments(true);
    receiver
}

/// Runs the rows at both ends, in every chunking: the pieces of each message, joined, are the
/// message, and an error ends them.
fn check_streamed(limits: Limits, rows: &[Row]) {
    for row in rows {
        for role in ROLES {
            for_each_chunking(&wire(role, &row.frames), |chunks| {
                let mut receiver = streaming(role, limits);
                let mut joined = Joined::default();
                let fed = chunks.iter().try_for_each(|chunk| {
                    receiver.feed(chunk);
                    joined.drain(&mut receiver)
                });
                assert_eq!(fed.err(), row.error, "{} ({role:?})", row.name);
                if let Some(error) = row.error {
                    receiver.feed(b"late");
                    assert_eq!(receiver.next_event(), Err(error));
                }
                assert_eq!(joined.events, row.events, "{} ({role:?})", row.name);
            });
        }
    }
}

#[test]
fn section_5_4_the_pieces_of_a_message_are_the_message() {
    let long: Vec<u8> = (0..70_000_u32).map(|i| (i % 251) as u8).collect();
    check_streamed(
        Limits::default(),
        &[
            row("text", [text("Hello")], [saw_text("Hello")], None),
            row("empty text", [text("")], [saw_text("")], None),
            row("empty binary", [binary("")], [saw_binary("")], None),
            row(
                "fragments",
                [text_start("Hel"), more("l"), end("o")],
                [saw_text("Hello")],
                None,
            ),
            row(
                "fragments, all empty",
                [binary_start(""), more(""), end("")],
                [saw_binary("")],
                None,
            ),
            row(
                "fragments, some empty",
                [text_start(""), more("x"), more(""), end("")],
                [saw_text("x")],
                None,
            ),
            row(
                "one message behind the other",
                [
                    text_start("a"),
                    end("b"),
                    binary(&long),
                    text("c"),
                    close_with(1000, "done"),
                ],
                [
                    saw_text("ab"),
                    saw_binary(&long),
                    saw_text("c"),
                    saw_close(1000, "done"),
                ],
                None,
            ),
            row(
                "control frames between fragments, and inside a character",
                [
                    text_start([b'a', 0xE2]),
                    ping("?"),
                    more([0x82]),
                    pong("\u{20AC}"),
                    end([0xAC, b'b']),
                ],
                [saw_ping("?"), saw_pong("\u{20AC}"), saw_text("a\u{20AC}b")],
                None,
            ),
            row("begun", [text_start("Hel"), more("lo")], [], None),
            row(
                "a new message inside a fragmented one",
                [text_start("Hel"), text("lo")],
                [],
                ProtocolError::ExpectedContinuation,
            ),
        ],
    );
}

#[test]
fn section_8_1_streamed_text_is_validated_across_its_pieces() {
    let good = "\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff} aé€😀";
    let bad: &[&[u8]] = &[
        b"\x80",
        b"ok\x80\x80",
        b"\xC3\xA9\x80",
        b"\xC0\x80",
        b"\xC2",
        b"\xC2\x20",
        b"\xE0\x9F\xBF",
        b"\xE1\xBD",
        b"ok \xE1\xBD\x41",
        b"\xE2\x82\xC3\xA9",
        b"\xED\xA0\x80",
        b"\xF0\x9F\x98",
        b"\xF0\x9F\x98\x41",
        b"\xF0\x9F\x98\x80\x80",
        b"\xF4\x90\x80\x80",
        b"\xFF",
    ];
    let cut_in_two = |payload: &[u8], cut: usize| {
        let (first, second) = payload.split_at(cut);
        [text_start(first), more(""), end(second)]
    };
    for cut in 0..=good.len() {
        check_streamed(
            Limits::default(),
            &[row(
                "good",
                cut_in_two(good.as_bytes(), cut),
                [saw_text(good)],
                None,
            )],
        );
    }
    for payload in bad {
        for cut in 0..=payload.len() {
            let error = ProtocolError::InvalidUtf8;
            check_streamed(
                Limits::default(),
                &[
                    row(
                        "bad",
                        [text("before"), text(payload)],
                        [saw_text("before")],
                        error,
                    ),
                    row("bad, cut", cut_in_two(payload, cut), [], error),
                ],
            );
        }
    }
}

#[test]
fn section_8_1_streamed_text_is_refused_at_the_byte_where_whole_text_is() {
    let limits = Limits::default();
    for bad_at in [0, 1, 2, 7, 4_095, 4_096, 65_535, 99_999] {
        let mut payload = "aé€😀".repeat(10_000).into_bytes();
        payload[bad_at] = 0xFF;
        for role in ROLES {
            for frame in [text(&payload), text_start(&payload)] {
                let bytes = frame.wire(role);
                let (at, error) = fails_after(role, limits, &bytes).unwrap();
                let mut receiver = streaming(role, limits);
                let mut joined = Joined::default();
                receiver.feed(&bytes[..at - 1]);
                assert_eq!(joined.drain(&mut receiver), Ok(()));
                receiver.feed(&bytes[at - 1..at]);
                assert_eq!(joined.drain(&mut receiver), Err(error));
            }
        }
    }
}

#[test]
fn section_10_4_a_streamed_message_has_a_limit_of_its_own() {
    let limits = Limits {
        max_message_bytes: 10,
        max_streamed_message_bytes: 1000,
        max_fragments: 3,
    };
    let too_big = |announced| ProtocolError::TooBig {
        announced,
        limit: 1000,
    };
    let bytes = [b'x'; 1001];
    check_streamed(
        limits,
        &[
            row(
                "at the limit, twice",
                [binary(&bytes[..1000]), text(&bytes[..1000])],
                [saw_binary(&bytes[..1000]), saw_text(&"x".repeat(1000))],
                None,
            ),
            row(
                "at the limit, in fragments",
                [binary_start(&bytes[..600]), more(&bytes[..399]), end("x")],
                [saw_binary(&bytes[..1000])],
                None,
            ),
            row("one past", [binary(bytes)], [], too_big(1001)),
            row(
                "one past, in fragments",
                [text_start(&bytes[..600]), more(&bytes[..400]), end("x")],
                [],
                too_big(1001),
            ),
            row(
                "more fragments than the limit",
                [text_start("a"), more(""), more("b"), end("c")],
                [],
                ProtocolError::TooManyFragments { limit: 3 },
            ),
        ],
    );
    assert_eq!(Limits::default().max_streamed_message_bytes, 1 << 30);
}

#[test]
fn streaming_takes_effect_with_the_next_message() {
    for role in ROLES {
        let mut receiver = Receiver::new(role, Limits::default());
        receiver.feed(&text_start("whole ").wire(role));
        assert_eq!(receiver.next_event(), Ok(None));
        receiver.stream_fragments(true);
        receiver.feed(&end("message").wire(role));
        assert_eq!(
            receiver.next_event(),
            Ok(Some(Event::Text("whole message")))
        );

        receiver.feed(&binary_start("piece").wire(role));
        let mut joined = Joined::default();
        assert_eq!(joined.drain(&mut receiver), Ok(()));
        receiver.stream_fragments(false);
        assert_eq!(joined.pieces, 1);
        receiver.feed(&wire(role, &[end(" by piece"), text("whole")]));
        assert_eq!(joined.drain(&mut receiver), Ok(()));
        assert_eq!(joined.pieces, 2);
        assert_eq!(
            joined.events,
            [saw_binary("piece by piece"), saw_text("whole")]
        );
    }
}

/// Receives `total` payload bytes in frames of `frame` bytes, 0x2E each on the wire, by reads of
/// at most `read` bytes into the receiver's own space; checks its memory all the time.
fn receive_long(role: Role, frame: u64, total: u64, read: usize) {
    const MOST_BUFFER_BYTES: usize = 1 << 20;
    let mut receiver = streaming(role, Limits::default());
    let (mut received, mut sent, mut last) = (0, 0, false);
    while sent < total {
        let fin = sent + frame >= total;
        let opcode = if sent == 0 { TEXT } else { CONTINUATION };
        let header = Frame::new(fin, opcode, "").announcing(frame).key([0; 4]);
        let mut header = &header.wire(role)[..];
        let mut left = frame;
        while left > 0 || !header.is_empty() {
            let space = receiver.space();
            let taken = if header.is_empty() {
                let taken = space.len().min(read).min(left as usize);
                space[..taken].fill(b'.');
                left -= taken as u64;
                taken
            } else {
                let taken = space.len().min(header.len());
                space[..taken].copy_from_slice(&header[..taken]);
                header = &header[taken..];
                taken
            };
            receiver.filled(taken);
            while let Some(event) = receiver.next_event().unwrap() {
                let Event::Fragment(piece) = event else {
                    panic!("{event:?}")
                };
                assert!(!last);
                received += piece.payload.as_bytes().len() as u64;
                last = piece.last;
            }
            assert!(receiver.buffer_bytes() < MOST_BUFFER_BYTES);
        }
        sent += frame;
    }
    assert_eq!((received, last), (total, true));
}

#[test]
fn a_streamed_message_of_256_mib_takes_less_than_1_mib() {
    let total = 256 << 20;
    for role in ROLES {
        receive_long(role, total, total, usize::MAX);
        receive_long(role, 64 << 10, total, usize::MAX);
        receive_long(role, 100 << 10, total / 1024 * 100, 1500);
    }
}

#[test]
fn a_streamed_message_is_read_into_much_space_where_much_arrives() {
    for role in ROLES {
        let mut receiver = streaming(role, Limits::default());
        receiver.feed(&binary("").announcing(1 << 30).wire(role));
        let mut joined = Joined::default();
        for _ in 0..20 {
            let space = receiver.space().len();
            receiver.filled(space);
            assert_eq!(joined.drain(&mut receiver), Ok(()));
        }
        assert!(receiver.space().len() >= 32 << 10, "for each read");
        assert!(receiver.buffer_bytes() <= 64 << 10);
    }
}

#[test]
fn frames_of_a_streamed_message_are_shown_whole() {
    use std::sync::{Arc, Mutex};
    for role in ROLES {
        let frames = [text_start("Hello, "), ping("?"), end("world")];
        for_each_chunking(&wire(role, &frames), |chunks| {
            let shown = Arc::new(Mutex::new(Vec::new()));
            let mut receiver = streaming(role, Limits::default());
            let tap = Arc::clone(&shown);
            receiver.watch(move |frame| tap.lock().unwrap().push(frame.first.clone()));
            let mut joined = Joined::default();
            for chunk in chunks {
                receiver.feed(chunk);
                assert_eq!(joined.drain(&mut receiver), Ok(()));
            }
            let expected = [&b"Hello, "[..], b"?", b"world"];
            assert_eq!(*shown.lock().unwrap(), expected);
        });
    }
}
