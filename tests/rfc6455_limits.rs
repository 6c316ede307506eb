//! RFC 6455 section 10.4: how much memory and time of this end one peer may use.

mod support;

use support::*;
use wshub::protocol::{Event, Limits, ProtocolError, Receiver, Role};

const LIMITS: Limits = Limits {
    max_message_bytes: 1000,
    max_fragments: 5,
    max_streamed_message_bytes: 0,
};

fn too_big(announced: u64) -> ProtocolError {
    ProtocolError::TooBig {
        announced,
        limit: LIMITS.max_message_bytes,
    }
}

/// Takes every event there is; how many there were, or the fault.
fn drain(receiver: &mut Receiver) -> Result<usize, ProtocolError> {
    let mut events = 0;
    while receiver.next_event()?.is_some() {
        events += 1;
    }
    Ok(events)
}

#[test]
fn a_message_at_the_limit_passes_and_one_past_it_does_not() {
    let bytes = vec![b'x'; 1001];
    let full = saw_binary(&bytes[..1000]);
    check_with(
        LIMITS,
        &[
            row(
                "at the limit",
                [binary(&bytes[..1000])],
                [full.clone()],
                None,
            ),
            row(
                "at the limit, twice: each message anew",
                [binary(&bytes[..1000]), binary(&bytes[..1000])],
                [full.clone(), full.clone()],
                None,
            ),
            row(
                "at the limit, in fragments, with pings that do not count",
                [
                    binary_start(&bytes[..600]),
                    ping([1; 125]),
                    more(&bytes[..399]),
                    ping([1; 125]),
                    end("x"),
                ],
                [saw_ping([1; 125]), saw_ping([1; 125]), full],
                None,
            ),
            row("one past", [binary(&bytes)], [], too_big(1001)),
            row("one past, text", [text(&bytes)], [], too_big(1001)),
            row(
                "one past, in fragments",
                [binary_start(&bytes[..600]), more(&bytes[..400]), end("x")],
                [],
                too_big(1001),
            ),
            row(
                "far past, in the second fragment",
                [text_start(""), end("").announcing(i64::MAX as u64)],
                [],
                too_big(i64::MAX as u64),
            ),
        ],
    );
}

#[test]
fn a_limit_of_nothing_takes_empty_messages_only() {
    let limits = Limits {
        max_message_bytes: 0,
        max_fragments: 1,
        max_streamed_message_bytes: 0,
    };
    let error = ProtocolError::TooBig {
        announced: 1,
        limit: 0,
    };
    check_with(
        limits,
        &[
            row(
                "empty",
                [text(""), ping("x")],
                [saw_text(""), saw_ping("x")],
                None,
            ),
            row("a byte", [text("x")], [], error),
        ],
    );
}

#[test]
fn too_big_is_told_by_the_header_before_any_payload() {
    for role in ROLES {
        for announced in [1001, 65_536, 1 << 40, i64::MAX as u64] {
            let header = binary("").announcing(announced).wire(role);
            let found = fails_after(role, LIMITS, &header);
            assert_eq!(found, Some((header.len(), too_big(announced))));
        }
    }
}

#[test]
fn what_is_announced_takes_no_memory() {
    let unlimited = Limits {
        max_message_bytes: u64::MAX,
        max_fragments: u32::MAX,
        max_streamed_message_bytes: 0,
    };
    for role in ROLES {
        for first in [binary(""), text(""), binary_start("")] {
            let mut receiver = Receiver::new(role, unlimited);
            receiver.feed(&first.announcing(i64::MAX as u64).key([0; 4]).wire(role));
            assert_eq!(drain(&mut receiver), Ok(0));
            assert!(!receiver.space().is_empty());
            assert!(receiver.buffer_bytes() <= 4 << 10);
            for come in 1..=100 {
                receiver.feed(&[b'x'; 10_000]);
                assert_eq!(drain(&mut receiver), Ok(0));
                let bound = (2 * come * 10_000).max(64 << 10) + (4 << 10);
                assert!(
                    receiver.buffer_bytes() <= bound,
                    "{come}: {} follows what has come",
                    receiver.buffer_bytes()
                );
            }
        }
    }
}

#[test]
fn the_sum_of_fragments_does_not_overflow() {
    let limits = Limits {
        max_message_bytes: i64::MAX as u64,
        max_fragments: u32::MAX,
        max_streamed_message_bytes: 0,
    };
    let past = ProtocolError::TooBig {
        announced: i64::MAX as u64 + 3,
        limit: i64::MAX as u64,
    };
    let last = end("").announcing(i64::MAX as u64);
    check_with(
        limits,
        &[row("2^63 + 2", [binary_start("abc"), last], [], past)],
    );
}

#[test]
fn fragments_are_counted_empty_ones_too() {
    let error = ProtocolError::TooManyFragments { limit: 5 };
    let empty = || more("");
    let start = || text_start("");
    check_with(
        LIMITS,
        &[
            row(
                "five",
                [start(), empty(), empty(), empty(), end("")],
                [saw_text("")],
                None,
            ),
            row(
                "five, twice, with pings between",
                [
                    [start(), empty(), ping(""), empty(), empty(), end("x")],
                    [start(), empty(), ping(""), empty(), empty(), end("y")],
                ]
                .concat(),
                [saw_ping(""), saw_text("x"), saw_ping(""), saw_text("y")],
                None,
            ),
            row(
                "the sixth is the last",
                [start(), empty(), empty(), empty(), empty(), end("")],
                [],
                error,
            ),
            row(
                "the sixth is not the last",
                [start(), empty(), empty(), empty(), empty(), empty()],
                [],
                error,
            ),
        ],
    );
}

#[test]
fn a_hundred_thousand_tiny_fragments_take_the_memory_of_their_message() {
    let limits = Limits::default();
    for (role, payload) in [(Role::Server, "x"), (Role::Client, ""), (Role::Client, "x")] {
        let mut receiver = Receiver::new(role, limits);
        receiver.feed(&text_start(payload).wire(role));
        let fragment = more(payload).wire(role);
        for _ in 0..100_000 {
            receiver.feed(&fragment);
            assert_eq!(drain(&mut receiver), Ok(0));
        }
        assert!(receiver.buffer_bytes() <= 200 << 10, "of 100 kB that came");
        receiver.feed(&end("!").wire(role));
        let expected = payload.repeat(100_001) + "!";
        assert_eq!(receiver.next_event(), Ok(Some(Event::Text(&expected))));
    }
}

/// The memory moves only when the buffer changes its size: how often, for a message that
/// arrives in reads of `read` bytes.
fn resizings(role: Role, frame: &Frame, total: usize, read: usize) -> (usize, usize) {
    let mut receiver = Receiver::new(role, Limits::default());
    receiver.feed(&frame.wire(role));
    let (mut left, mut resized, mut size) = (total, 0, 0);
    while left > 0 {
        assert_eq!(drain(&mut receiver), Ok(0));
        let space = receiver.space();
        let taken = space.len().min(read).min(left);
        space[..taken].fill(b'x');
        receiver.filled(taken);
        left -= taken;
        if receiver.buffer_bytes() != size {
            size = receiver.buffer_bytes();
            resized += 1;
        }
    }
    (resized, size)
}

#[test]
fn a_buffer_grows_geometrically_however_small_the_reads() {
    let total = 4 << 20;
    for read in [100, 1500, 2048, 4096, 65_536, usize::MAX] {
        for role in ROLES {
            let single = binary("").announcing(total as u64);
            let (resized, size) = resizings(role, &single, total, read);
            assert!(resized <= 20, "{resized} sizes at {read} bytes a read");
            assert!(size <= total + (8 << 10), "no more than the frame needs");

            let single = text("").announcing(total as u64).key([0; 4]);
            let (resized, size) = resizings(role, &single, total, read);
            assert!(
                resized <= 50,
                "{resized} sizes of a text at {read} bytes a read"
            );
            let buffer = 64 << 10;
            assert!(
                size <= total + buffer,
                "no more than the text and a read need: {size}"
            );

            for (first, most) in [(binary_start(""), 32), (text_start("").key([0; 4]), 50)] {
                let first = first.announcing(total as u64);
                let (resized, size) = resizings(role, &first, total, read);
                assert!(resized <= most, "{resized} sizes at {read} bytes a read");
                assert!(size <= total * 2);
            }
        }
    }
}

#[test]
fn a_long_message_leaves_room_for_another_of_its_size() {
    for role in ROLES {
        for bytes in [5_000, 70_000, 1 << 20] {
            let long = binary(vec![1; bytes]).wire(role);
            let mut receiver = Receiver::new(role, Limits::default());
            for part in long.chunks(60_000) {
                receiver.feed(part);
                assert!(drain(&mut receiver).is_ok());
            }
            let room = receiver.space().len();
            assert!(room >= long.len(), "{room} bytes for {}", long.len());
        }
    }
}

#[test]
fn a_long_message_gives_its_memory_back() {
    for role in ROLES {
        let bytes = || vec![1; 16 << 20];
        // What is kept for the next message: of a text, no more than a read needs.
        let rows = [
            (binary(bytes()), 16 << 20..17 << 20),
            (text(bytes()), 0..128 << 10),
        ];
        let small = text("small").wire(role);
        let rests = [false, true].into_iter();
        for (rests, (long, kept)) in
            rests.flat_map(|rests| rows.iter().map(move |row| (rests, row)))
        {
            let long = long.wire(role);
            let mut receiver = Receiver::new(role, Limits::default());
            for part in long.chunks(60_000) {
                receiver.feed(part);
                assert!(drain(&mut receiver).is_ok());
            }
            assert!(kept.contains(&receiver.buffer_bytes()));
            if rests {
                receiver.rest();
                assert_eq!(drain(&mut receiver), Ok(0)); // asked again, with nothing new
                assert_eq!(receiver.buffer_bytes(), 192);
            }
            for _ in 0..200 {
                receiver.feed(&small);
                assert_eq!(drain(&mut receiver), Ok(1));
            }
            assert!(receiver.buffer_bytes() <= 64 << 10);
            receiver.rest();
            assert!(receiver.buffer_bytes() <= 4 << 10);
            receiver.feed(&small);
            assert_eq!(receiver.next_event(), Ok(Some(Event::Text("small"))));
        }
    }
}

#[test]
fn rest_keeps_what_has_begun() {
    for role in ROLES {
        let bytes = wire(role, &[binary([7; 20_000]), text("Hello")]);
        let cut = bytes.len() - 3;
        let mut receiver = Receiver::new(role, Limits::default());
        receiver.feed(&bytes[..cut]);
        assert_eq!(drain(&mut receiver), Ok(1));
        receiver.rest();
        receiver.feed(&bytes[cut..]);
        assert_eq!(receiver.next_event(), Ok(Some(Event::Text("Hello"))));
    }
}

#[test]
fn a_flood_of_small_messages_takes_64_kib_at_most() {
    for role in ROLES {
        let flood = ping([0; 100]).wire(role).repeat(20_000);
        let mut receiver = Receiver::new(role, Limits::default());
        let (mut sent, mut events) = (0, 0);
        while sent < flood.len() {
            let space = receiver.space();
            let taken = space.len().min(flood.len() - sent);
            space[..taken].copy_from_slice(&flood[sent..sent + taken]);
            receiver.filled(taken);
            sent += taken;
            events += drain(&mut receiver).unwrap_or(0);
        }
        assert_eq!(events, 20_000);
        assert!(receiver.buffer_bytes() <= 64 << 10);
    }
}
