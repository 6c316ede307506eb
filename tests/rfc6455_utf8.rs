//! RFC 6455 sections 5.6 and 8.1: text is UTF-8, and is refused at the first byte that cannot
//! be right, wherever frames and reads are cut. The rows are akin to Autobahn's cases 6.*.

mod support;

use support::vectors::BAD_TEXTS;
use support::*;
use wshub::protocol::{Limits, ProtocolError};

/// Texts that must pass.
const GOOD: &[&[u8]] = &[
    b"",
    b"Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!",
    b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5",
    b"\x00",
    b"\x7F",
    b"\xC2\x80",
    b"\xDF\xBF",
    b"\xE0\xA0\x80",
    b"\xED\x9F\xBF",         // D7FF, the last before the surrogates
    b"\xEE\x80\x80",         // E000, the first behind them
    b"\xEF\xBF\xBD",         // the replacement character itself
    b"\xEF\xBF\xBE",         // FFFE: not a character, and still UTF-8
    b"\xEF\xBF\xBF",         // FFFF, likewise
    b"\xEF\xBB\xBFx",        // a byte order mark is kept
    b"\xF0\x90\x80\x80",     // 10000
    b"\xF0\x9F\xBF\xBE",     // 1FFFE
    b"\xF4\x8F\xBF\xBF",     // 10FFFF, the last of Unicode
    b"\xF0\x9F\x98\x80 end", // an emoji, then more
];

/// Further texts that must be refused, and after how many of their bytes; `None`: only because
/// the message ends there. The table of vectors has one of each kind.
const MORE_BAD_TEXTS: &[(&[u8], Option<usize>)] = &[
    (b"\xBF", Some(1)),
    (b"ok\x80\x80", Some(3)),
    (b"\xC0", Some(1)),         // never valid
    (b"\xC1\xBF", Some(1)),     // overlong
    (b"\xC2", None),            // cut
    (b"\xC2\x20", Some(2)),     // two-byte start, then a space
    (b"\xC2\xC2\x80", Some(2)), // two starts
    (b"\xDF", None),
    (b"\xE0\x80\x80", Some(2)), // overlong, told by the second byte
    (b"\xE0\x9F\xBF", Some(2)),
    (b"\xE1\xBD", None), // cut in three
    (b"\xE1\xBD\x41", Some(3)),
    (b"\xED\xAF\xBF", Some(2)),             // surrogates: DBFF
    (b"\xED\xB0\x80", Some(2)),             // DC00
    (b"\xED\xBF\xBF", Some(2)),             // DFFF
    (b"\xED\xA0\x80\xED\xB0\x80", Some(2)), // a pair of them
    (b"\xF0\x80\x80\x80", Some(2)),         // overlong
    (b"\xF0\x8F\xBF\xBF", Some(2)),
    (b"\xF0\x90", None), // cut in four
    (b"\xF0\x9F\x98", None),
    (b"\xF0\x9F\x98\x41", Some(4)),
    (b"\xF5\x80\x80\x80", Some(1)),
    (b"\xF8\x88\x80\x80\x80", Some(1)),     // five bytes
    (b"\xFC\x84\x80\x80\x80\x80", Some(1)), // six bytes
    (b"\xFE", Some(1)),
    (b"\xFF", Some(1)),
    (
        b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited",
        Some(13),
    ), // Autobahn 6.3
    (
        b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80edited",
        Some(13),
    ), // 6.4
];

/// All of them: the table's rows, then these.
fn bad_texts() -> impl Iterator<Item = (&'static [u8], Option<usize>)> {
    let table = BAD_TEXTS.iter().map(|(_, bytes, after)| (*bytes, *after));
    table.chain(MORE_BAD_TEXTS.iter().copied())
}

/// `payload` as two fragments, cut at `cut`, with a ping between them.
fn halves(payload: &[u8], cut: usize) -> [Frame; 3] {
    [text_start(&payload[..cut]), ping("?"), end(&payload[cut..])]
}

#[test]
fn section_8_1_good_text_is_taken_however_it_is_cut() {
    for payload in GOOD {
        let whole = saw_text(std::str::from_utf8(payload).unwrap_or("not UTF-8: a wrong row"));
        check(&[row("one frame", [text(payload)], [whole.clone()], None)]);
        let bytes = payload.iter().map(|byte| more([*byte]));
        let frames: Vec<_> = [text_start("")].into_iter().chain(bytes).collect();
        check(&[row(
            "a fragment for each byte",
            [frames, vec![end("")]].concat(),
            [whole.clone()],
            None,
        )]);
        for cut in 0..=payload.len() {
            check(&[row(
                "two fragments",
                halves(payload, cut),
                [saw_ping("?"), whole.clone()],
                None,
            )]);
        }
    }
}

#[test]
fn section_8_1_bad_text_is_refused_however_it_is_cut() {
    let error = ProtocolError::InvalidUtf8;
    for (payload, refused_after) in bad_texts() {
        check(&[row(
            "one frame",
            [text("before"), text(payload), text("behind")],
            [saw_text("before")],
            error,
        )]);
        for cut in 0..=payload.len() {
            // The ping is received only if the fault comes after it.
            let early = refused_after.is_some_and(|bytes| bytes <= cut);
            let events = if early { vec![] } else { vec![saw_ping("?")] };
            check(&[row("two fragments", halves(payload, cut), events, error)]);
        }
    }
}

#[test]
fn section_8_1_bad_text_is_refused_at_the_very_byte() {
    let limits = Limits::default();
    for (payload, refused_after) in bad_texts() {
        for role in ROLES {
            let header = text("").wire(role).len();
            let error = ProtocolError::InvalidUtf8;

            let expected = header + refused_after.unwrap_or(payload.len());
            let found = fails_after(role, limits, &text(payload).wire(role));
            assert_eq!(found, Some((expected, error)), "{payload:02x?} in a frame");

            // Inside a frame that announces far more than ever comes.
            let endless = text(payload).announcing(10_000).wire(role);
            let expected = refused_after.map(|bytes| (header + 2 + bytes, error));
            let found = fails_after(role, limits, &endless);
            assert_eq!(found, expected, "{payload:02x?} in a long frame");

            // A fragment for each byte: the fault is told in the byte's own frame.
            let bytes = payload.iter().map(|byte| more([*byte]));
            let frames: Vec<_> = [text_start("")].into_iter().chain(bytes).collect();
            let expected = refused_after.map(|bytes| (header + bytes * (header + 1), error));
            let found = fails_after(role, limits, &wire(role, &frames));
            assert_eq!(found, expected, "{payload:02x?} in fragments");
        }
    }
}

#[test]
fn section_8_1_a_fault_deep_in_a_long_text_is_found_at_its_byte() {
    for bad_at in [0, 1, 4_095, 4_096, 65_535, 99_999] {
        let mut payload = "aé€😀".repeat(10_000).into_bytes();
        payload[bad_at] = 0xFF;
        let valid = std::str::from_utf8(&payload).map_or_else(|e| e.valid_up_to(), |_| usize::MAX);
        for role in ROLES {
            let bytes = text(&payload).wire(role);
            let header = bytes.len() - payload.len();
            let found = fails_after(role, Limits::default(), &bytes);
            // The fault may be a character that 0xFF cut, or 0xFF itself where one would start.
            assert_eq!(found.map(|(at, _)| at), Some(header + bad_at + 1));
            assert!(valid <= bad_at);
        }
    }
}

#[test]
fn section_5_6_control_payloads_and_binary_may_be_any_bytes() {
    for (payload, _) in bad_texts() {
        check(&[row(
            "not text",
            [ping(payload), binary(payload), pong(payload)],
            [saw_ping(payload), saw_binary(payload), saw_pong(payload)],
            None,
        )]);
    }
}

#[test]
fn section_5_4_control_frames_may_stand_inside_a_character() {
    let [first, second, third] = [0xE2, 0x82, 0xAC];
    check(&[row(
        "a euro sign",
        [
            text_start([first]),
            ping("?"),
            more([second]),
            pong("\u{20AC}"),
            end([third]),
        ],
        [saw_ping("?"), saw_pong("\u{20AC}"), saw_text("\u{20AC}")],
        None,
    )]);
}
