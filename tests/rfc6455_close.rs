//! RFC 6455 sections 5.5.1, 7.1.5, 7.1.6 and 7.4: the close frame and its codes.

mod support;

use support::*;
use wshub::protocol::{
    CloseCode, CloseFrame, InvalidClose, Limits, MAX_REASON_BYTES, ProtocolError, Receiver,
};

/// Section 7.4 and IANA's registry: what an endpoint may put into a close frame.
fn may_be_on_the_wire(code: u16) -> bool {
    match code {
        0..=999 => false,     // 7.4.2: not used
        1000..=1003 => true,  // 7.4.1
        1004 => false,        // 7.4.1: reserved
        1005 | 1006 => false, // 7.4.1: MUST NOT be set in a close frame
        1007..=1011 => true,  // 7.4.1
        1012..=1014 => true,  // registered with IANA later
        1015 => false,        // 7.4.1: MUST NOT be set in a close frame
        1016..=2999 => false, // 7.4.2: for the protocol and its extensions; nobody has any
        3000..=3999 => true,  // 7.4.2: libraries and applications, registered
        4000..=4999 => true,  // 7.4.2: private use
        _ => false,
    }
}

fn invalid(rule: InvalidClose) -> ProtocolError {
    ProtocolError::InvalidClose(rule)
}

#[test]
fn section_7_4_every_code_that_may_be_sent_and_no_other() {
    for code in (0..=5000).chain([9999, 32_768, 65_534, 65_535]) {
        let allowed = may_be_on_the_wire(code);
        assert_eq!(CloseCode::from_number(code).is_some(), allowed, "{code}");
        for role in ROLES {
            let bytes = close_with(code, "why").wire(role);
            let outcome = receive(role, Limits::default(), &[&bytes]);
            let expected = if allowed {
                (vec![saw_close(code, "why")], None)
            } else {
                let error = invalid(InvalidClose::ForbiddenCode(code));
                (vec![], Some(error))
            };
            assert_eq!((outcome.events, outcome.error), expected, "{code}");
        }
    }
}

#[test]
fn section_5_5_1_the_payload_is_nothing_or_a_code_and_utf8() {
    let longest = "r".repeat(MAX_REASON_BYTES);
    check(&[
        row(
            "half a code that could not begin one",
            [close([255])],
            [],
            invalid(InvalidClose::HalfCode),
        ),
        row(
            "a code and a reason",
            [close_with(1001, "server shutting down")],
            [saw_close(1001, "server shutting down")],
            None,
        ),
        row(
            "a reason of 123 bytes",
            [close_with(4999, &longest)],
            [saw_close(4999, &longest)],
            None,
        ),
        row(
            "a reason in Greek",
            [close_with(3000, "κόσμε")],
            [saw_close(3000, "κόσμε")],
            None,
        ),
        row(
            "a reason that is not UTF-8",
            [close_with(1000, b"\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80")],
            [],
            invalid(InvalidClose::ReasonNotUtf8),
        ),
        row(
            "a reason cut inside a character",
            [close_with(1000, b"ok \xE2\x82")],
            [],
            invalid(InvalidClose::ReasonNotUtf8),
        ),
        row(
            "a forbidden code and a bad reason: the code is told",
            [close_with(1005, b"\xFF")],
            [],
            invalid(InvalidClose::ForbiddenCode(1005)),
        ),
    ]);
}

#[test]
fn section_5_5_1_nothing_after_a_close_is_decoded() {
    let closed = saw_close(1000, "");
    check(&[
        row(
            "data",
            [close_with(1000, ""), text("late"), ping("late")],
            [closed.clone()],
            None,
        ),
        row(
            "a second close",
            [close_with(1000, ""), close_with(1001, "late")],
            [closed.clone()],
            None,
        ),
        row(
            "a broken frame",
            [close_with(1000, ""), ping("").rsv(7), end("x").wrong_mask()],
            [closed.clone()],
            None,
        ),
        row(
            "a broken close",
            [close_with(1000, ""), close([1])],
            [closed.clone()],
            None,
        ),
        row(
            "what came before is told first",
            [text("a"), ping("b"), close_with(1000, ""), text("late")],
            [saw_text("a"), saw_ping("b"), closed],
            None,
        ),
    ]);
}

#[test]
fn section_5_4_a_close_may_stand_between_fragments() {
    check(&[
        row(
            "behind the first",
            [text_start("Hel"), close_with(1001, "bye"), end("lo")],
            [saw_close(1001, "bye")],
            None,
        ),
        row(
            "behind an empty one",
            [binary_start(""), close("")],
            [Seen::Close(None, String::new())],
            None,
        ),
    ]);
}

#[test]
fn section_5_5_1_what_comes_after_a_close_or_a_fault_takes_no_memory() {
    for last in [close_with(1000, ""), close([1]), text(b"\xFF"), end("x")] {
        for role in ROLES {
            let mut receiver = Receiver::new(role, Limits::default());
            receiver.feed(&wire(role, &[text_start("a"), last.clone()]));
            while let Ok(Some(_)) = receiver.next_event() {}
            for _ in 0..1000 {
                receiver.feed(&[0; 4096]);
                assert!(!matches!(receiver.next_event(), Ok(Some(_))));
            }
            assert!(receiver.buffer_bytes() <= 64 << 10);
        }
    }
}

#[test]
fn sections_7_1_5_and_7_1_6_code_and_reason_survive_the_wire() {
    let rows = [
        (CloseFrame::EMPTY, 1005, ""),
        (CloseFrame::new(CloseCode::NORMAL, ""), 1000, ""),
        (CloseFrame::new(CloseCode::POLICY, "κόσμε"), 1008, "κόσμε"),
    ];
    for (frame, code, reason) in rows {
        let payload = frame.encode();
        assert!(payload.len() <= 125);
        assert_eq!(CloseFrame::decode(&payload), Ok(frame.clone()));
        assert_eq!((frame.code_or_1005(), frame.reason()), (code, reason));
    }
}

#[test]
fn section_5_5_a_reason_that_does_not_fit_is_cut_between_two_characters() {
    for lead in 0..5 {
        for character in ["a", "é", "€", "😀"] {
            let reason = "x".repeat(lead) + &character.repeat(125);
            let frame = CloseFrame::new(CloseCode::NORMAL, &reason);
            assert!(reason.starts_with(frame.reason()));
            let short = MAX_REASON_BYTES - frame.reason().len();
            assert!(short < character.len(), "{short} bytes short of the bound");
            assert_eq!(CloseFrame::decode(&frame.encode()), Ok(frame));
        }
    }
}

#[test]
fn section_5_5_1_the_echo_has_the_code_and_the_reason_that_were_received() {
    let rows = [
        (CloseFrame::EMPTY, vec![]),
        (
            CloseFrame::new(CloseCode::NORMAL, "bye"),
            b"\x03\xe8bye".to_vec(),
        ),
        (CloseFrame::new(CloseCode::TOO_BIG, ""), vec![3, 241]),
        (
            CloseFrame::new(CloseCode::NORMAL, &"\u{e9}".repeat(61)),
            [&b"\x03\xe8"[..], "\u{e9}".repeat(61).as_bytes()].concat(),
        ),
    ];
    for (sent, payload) in rows {
        let received = CloseFrame::decode(&sent.encode()).unwrap();
        assert_eq!(received.echo().encode(), payload);
    }
}

#[test]
fn section_7_4_1_each_fault_is_answered_with_its_code() {
    let too_big = ProtocolError::TooBig {
        announced: u64::MAX,
        limit: u64::MAX,
    };
    let rows = [
        (ProtocolError::ReservedBits, 1002, "5.2"),
        (ProtocolError::ReservedOpcode(3), 1002, "5.2"),
        (ProtocolError::FragmentedControl, 1002, "5.5"),
        (ProtocolError::ControlTooLong, 1002, "5.5"),
        (ProtocolError::Unmasked, 1002, "5.1"),
        (ProtocolError::Masked, 1002, "5.1"),
        (ProtocolError::NonMinimalLength, 1002, "5.2"),
        (ProtocolError::LengthTopBit, 1002, "5.2"),
        (ProtocolError::UnexpectedContinuation, 1002, "5.4"),
        (ProtocolError::ExpectedContinuation, 1002, "5.4"),
        (ProtocolError::TooManyFragments { limit: 9 }, 1008, "10.4"),
        (too_big, 1009, "10.4"),
        (ProtocolError::InvalidUtf8, 1007, "8.1"),
        (invalid(InvalidClose::HalfCode), 1002, "5.5.1"),
        (invalid(InvalidClose::ForbiddenCode(1005)), 1002, "7.4"),
        (invalid(InvalidClose::ReasonNotUtf8), 1007, "5.5.1"),
    ];
    for (error, code, section) in rows {
        assert_eq!(error.close_code().number(), code, "{error:?}");
        assert_eq!(error.section(), section, "{error:?}");
        let words = error.to_string();
        assert!(words.len() <= MAX_REASON_BYTES, "fits a reason: {words}");
    }
}
