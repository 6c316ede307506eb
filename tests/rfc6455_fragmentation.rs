//! RFC 6455 sections 5.4 and 5.5: messages in fragments, and control frames between them.

mod support;

use support::*;
use wshub::protocol::{Limits, ProtocolError, Receiver};

#[test]
fn section_5_4_fragments_become_one_message() {
    check(&[
        row(
            "two",
            [text_start("Hel"), end("lo")],
            [saw_text("Hello")],
            None,
        ),
        row(
            "three, binary",
            [binary_start([1]), more([2]), end([3])],
            [saw_binary([1, 2, 3])],
            None,
        ),
        row(
            "a byte each",
            [text_start("H"), more("e"), more("l"), more("l"), end("o")],
            [saw_text("Hello")],
            None,
        ),
        row(
            "one message behind the other",
            [
                text_start("a"),
                end("b"),
                text("c"),
                binary_start("d"),
                end("e"),
            ],
            [saw_text("ab"), saw_text("c"), saw_binary("de")],
            None,
        ),
        row(
            "lengths of all three forms",
            [
                binary_start([1; 70_000]),
                more([2; 300]),
                more([3; 5]),
                end([4; 126]),
            ],
            [saw_binary(
                [&[1; 70_000][..], &[2; 300], &[3; 5], &[4; 126]].concat(),
            )],
            None,
        ),
    ]);
}

#[test]
fn section_5_4_fragments_may_be_empty() {
    check(&[
        row("all empty", [text_start(""), end("")], [saw_text("")], None),
        row(
            "all empty, binary",
            [binary_start(""), more(""), more(""), end("")],
            [saw_binary("")],
            None,
        ),
        row(
            "empty first",
            [text_start(""), end("x")],
            [saw_text("x")],
            None,
        ),
        row(
            "empty last",
            [text_start("x"), end("")],
            [saw_text("x")],
            None,
        ),
        row(
            "empty in the middle",
            [text_start("x"), more(""), more(""), end("y")],
            [saw_text("xy")],
            None,
        ),
    ]);
}

#[test]
fn section_5_4_a_fragmented_message_is_not_told_before_its_end() {
    check(&[
        row("begun", [text_start("Hel")], [], None),
        row("begun empty", [binary_start("")], [], None),
        row("continued", [text_start("Hel"), more("lo")], [], None),
        row(
            "with a ping, which is told",
            [text_start("Hel"), more("lo"), ping("?")],
            [saw_ping("?")],
            None,
        ),
    ]);
}

#[test]
fn section_5_4_control_frames_in_every_position() {
    let fragments = [
        text_start("one "),
        more("two "),
        more("three "),
        end("four"),
    ];
    let message = saw_text("one two three four");
    let controls = [
        (ping("?"), saw_ping("?")),
        (ping(""), saw_ping("")),
        (pong([b'!'; 125]), saw_pong([b'!'; 125])),
    ];
    for (control, event) in controls {
        for positions in 0..1u32 << (fragments.len() + 1) {
            let mut frames = Vec::new();
            let mut events = Vec::new();
            for (i, fragment) in fragments.iter().map(Some).chain([None]).enumerate() {
                if positions & 1 << i != 0 {
                    frames.push(control.clone());
                    events.push(event.clone());
                }
                frames.extend(fragment.cloned());
                if i + 1 == fragments.len() {
                    events.push(message.clone());
                }
            }
            check(&[row("with control frames", frames, events, None)]);
        }
    }
}

#[test]
fn section_5_5_control_frames_must_not_be_fragmented() {
    for frame in [ping("x"), pong("x"), close(""), close_with(1000, "x")] {
        let error = ProtocolError::FragmentedControl;
        let fragment = frame.not_final();
        check(&[
            row("alone", [fragment.clone(), end("y")], [], error),
            row(
                "inside a message",
                [text_start("a"), fragment, end("b")],
                [],
                error,
            ),
        ]);
    }
}

#[test]
fn section_5_4_a_continuation_needs_a_message_to_continue() {
    let error = ProtocolError::UnexpectedContinuation;
    check(&[
        row("not final", [more("x"), end("y")], [], error),
        row("empty", [end("")], [], error),
        row(
            "behind a whole message",
            [text("a"), end("x")],
            [saw_text("a")],
            error,
        ),
        row(
            "behind a ping",
            [ping("a"), more("b")],
            [saw_ping("a")],
            error,
        ),
    ]);
}

#[test]
fn section_5_4_no_new_data_frame_inside_a_fragmented_message() {
    let error = ProtocolError::ExpectedContinuation;
    let intruders = [
        text("x"),
        binary("x"),
        text_start("x"),
        binary_start("x"),
        text(""),
    ];
    for intruder in intruders {
        check(&[
            row(
                "behind the first fragment",
                [text_start("a"), intruder.clone(), end("b")],
                [],
                error,
            ),
            row(
                "behind a middle fragment and a ping",
                [binary_start("a"), more("b"), ping("?"), intruder.clone()],
                [saw_ping("?")],
                error,
            ),
            row(
                "behind an empty first fragment",
                [binary_start(""), intruder],
                [],
                error,
            ),
        ]);
    }
}

#[test]
fn section_5_4_the_kind_is_that_of_the_first_fragment() {
    let not_utf8 = [0xFF, 0xFE];
    check(&[
        row(
            "binary is not checked for UTF-8",
            [binary_start(not_utf8), more(not_utf8), end(not_utf8)],
            [saw_binary([0xFF, 0xFE, 0xFF, 0xFE, 0xFF, 0xFE])],
            None,
        ),
        row(
            "text is, in its continuations too",
            [text_start("fine"), end(not_utf8)],
            [],
            ProtocolError::InvalidUtf8,
        ),
    ]);
}

#[test]
fn a_receiver_knows_whether_it_is_inside_a_message() {
    for role in ROLES {
        let mut receiver = Receiver::new(role, Limits::default());
        let steps = [
            (text_start("Hel"), true),
            (ping(""), true),
            (more(""), true),
            (end("lo"), false),
            (binary("x"), false),
        ];
        assert!(!receiver.is_mid_message());
        for (frame, expected) in steps {
            let bytes = frame.wire(role);
            for byte in &bytes {
                receiver.feed(&[*byte]);
                let event = receiver.next_event().map(|event| event.is_some());
                assert!(event.is_ok());
                assert!(event == Ok(true) || receiver.is_mid_message());
            }
            assert_eq!(receiver.is_mid_message(), expected, "{frame:?}");
        }
    }
}
