//! RFC 6455 sections 5.1 to 5.3, 5.5 and 5.7: the frame, its header and its mask.

mod support;

use support::*;
use wshub::protocol::{
    FrameHeader, Limits, MaskingKey, Opcode, ProtocolError, Role, decode_header, encode_header,
};

const LENGTHS: [usize; 6] = [0, 1, 125, 126, 65_535, 65_536];

#[test]
fn section_5_7_the_examples_as_printed() {
    use Role::{Client, Server};
    let long = |length: usize| (0..length).map(|i| i as u8).collect::<Vec<_>>();
    let rows: &[(&str, Role, Vec<u8>, Seen)] = &[
        (
            "a single-frame unmasked text message",
            Client,
            vec![0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f],
            saw_text("Hello"),
        ),
        (
            "a single-frame masked text message",
            Server,
            vec![
                0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
            ],
            saw_text("Hello"),
        ),
        (
            "a fragmented unmasked text message",
            Client,
            vec![0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f],
            saw_text("Hello"),
        ),
        (
            "unmasked ping request",
            Client,
            vec![0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f],
            saw_ping("Hello"),
        ),
        (
            "masked ping response",
            Server,
            vec![
                0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
            ],
            saw_pong("Hello"),
        ),
        (
            "256 bytes binary message in a single unmasked frame",
            Client,
            [vec![0x82, 0x7E, 0x01, 0x00], long(256)].concat(),
            saw_binary(long(256)),
        ),
        (
            "64 KiB binary message in a single unmasked frame",
            Client,
            [
                vec![0x82, 0x7F, 0, 0, 0, 0, 0, 0x01, 0x00, 0x00],
                long(65_536),
            ]
            .concat(),
            saw_binary(long(65_536)),
        ),
    ];
    for (name, role, bytes, event) in rows {
        let events = std::slice::from_ref(event);
        expect(name, *role, Limits::default(), bytes, events, None);
    }
}

#[test]
fn section_5_2_every_length_form_at_its_edges() {
    for length in LENGTHS {
        let payload = vec![b'x'; length];
        let as_text = "x".repeat(length);
        check(&[
            row(
                "binary",
                [binary(&payload), ping("next")],
                [saw_binary(&payload), saw_ping("next")],
                None,
            ),
            row("text", [text(&payload)], [saw_text(&as_text)], None),
        ]);
    }
}

#[test]
fn section_5_2_a_length_must_be_in_its_shortest_form() {
    use Form::{Sixteen, SixtyFour};
    let rows = [
        (0, Sixteen),
        (1, Sixteen),
        (125, Sixteen),
        (0, SixtyFour),
        (125, SixtyFour),
        (126, SixtyFour),
        (65_535, SixtyFour),
    ];
    for (length, form) in rows {
        let frame = binary(vec![7; length]).form(form);
        check(&[row(
            "non-minimal",
            [text("before"), frame.clone(), text("behind")],
            [saw_text("before")],
            ProtocolError::NonMinimalLength,
        )]);
        for role in ROLES {
            let header = if form == Sixteen { 4 } else { 10 };
            assert_eq!(
                fails_after(role, Limits::default(), &frame.wire(role)),
                Some((header, ProtocolError::NonMinimalLength)),
                "{length} as {form:?}: told by the length's last byte"
            );
        }
    }
}

#[test]
fn section_5_2_a_64_bit_length_must_not_have_its_top_bit_set() {
    for length in [1 << 63, u64::MAX, 1 << 63 | 5] {
        let frame = binary("").announcing(length);
        check(&[row(
            "top bit",
            [frame.clone()],
            [],
            ProtocolError::LengthTopBit,
        )]);
        for role in ROLES {
            let found = fails_after(role, Limits::default(), &frame.wire(role));
            assert_eq!(found, Some((3, ProtocolError::LengthTopBit)));
        }
    }
}

#[test]
fn section_5_2_every_opcode_with_every_rsv_and_fin() {
    for first in 0..=255u8 {
        let (fin, rsv, opcode) = (first & 0x80 != 0, first & 0x70 != 0, first & 0x0F);
        let expected = match opcode {
            _ if rsv => Err(Some(ProtocolError::ReservedBits)),
            3..=7 | 11..=15 => Err(Some(ProtocolError::ReservedOpcode(opcode))),
            8..=10 if !fin => Err(Some(ProtocolError::FragmentedControl)),
            0 => Err(Some(ProtocolError::UnexpectedContinuation)),
            1 if fin => Ok(saw_text("")),
            2 if fin => Ok(saw_binary("")),
            1 | 2 => Err(None), // a fragment: neither event nor fault
            8 => Ok(Seen::Close(None, String::new())),
            9 => Ok(saw_ping("")),
            _ => Ok(saw_pong("")),
        };
        let mut frame = ping("");
        frame.first = first;
        let (events, error) = match expected {
            Ok(event) => (vec![saw_text("before"), event], None),
            Err(error) => (vec![saw_text("before")], error),
        };
        check(&[row(
            "opcode and RSV",
            [text("before"), frame.clone()],
            events,
            error,
        )]);
        if rsv || opcode > 2 && !matches!(opcode, 8..=10) {
            for role in ROLES {
                let found = fails_after(role, Limits::default(), &frame.wire(role));
                assert_eq!(found.map(|(bytes, _)| bytes), Some(1), "told by one byte");
            }
        }
    }
}

#[test]
fn section_5_1_a_client_must_mask_and_a_server_must_not() {
    let rows = [
        ("text", text("Hello")),
        ("empty text", text("")),
        ("binary", binary("Hello")),
        ("fragment", text_start("Hel")),
        ("ping", ping("")),
        ("pong", pong("Hello")),
        ("close", close_with(1000, "")),
    ];
    for (name, frame) in rows {
        for (role, error) in [
            (Role::Server, ProtocolError::Unmasked),
            (Role::Client, ProtocolError::Masked),
        ] {
            let wrong = frame.clone().wrong_mask();
            let bytes = wire(role, &[binary("fine"), wrong.clone(), text("behind")]);
            let limits = Limits::default();
            expect(
                name,
                role,
                limits,
                &bytes,
                &[saw_binary("fine")],
                Some(error),
            );
            assert_eq!(
                fails_after(role, limits, &wrong.wire(role)),
                Some((2, error))
            );
        }
    }
}

#[test]
fn section_5_3_every_mask_is_taken_off() {
    let keys = [
        [0; 4],
        [0xFF; 4],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0x81, 0x05, 0x48, 0x65],
        KEY,
    ];
    for key in keys {
        for length in (0..40).chain([125, 126, 1000]) {
            let payload: Vec<u8> = (0..length).map(|i| (i * 31) as u8).collect();
            let bytes = binary(&payload).key(key).wire(Role::Server);
            let events = [saw_binary(&payload)];
            expect(
                "masked",
                Role::Server,
                Limits::default(),
                &bytes,
                &events,
                None,
            );
        }
    }
}

#[test]
fn section_5_3_each_frame_has_its_own_mask() {
    check(&[row(
        "three keys",
        [
            text_start("Hel").key([1, 2, 3, 4]),
            ping("between").key([9, 8, 7, 6]),
            end("lo").key([0; 4]),
        ],
        [saw_ping("between"), saw_text("Hello")],
        None,
    )]);
}

#[test]
fn section_5_5_a_control_frame_has_at_most_125_bytes() {
    let full = [b'p'; 125];
    check(&[
        row("ping of 125", [ping(full)], [saw_ping(full)], None),
        row("pong of 125", [pong(full)], [saw_pong(full)], None),
    ]);
    for frame in [ping([b'p'; 126]), pong([b'p'; 126]), close([b'p'; 126])] {
        for frame in [
            frame.clone(),
            frame.clone().form(Form::SixtyFour),
            ping("").form(Form::Sixteen),
            frame.clone().announcing(70_000),
            frame.announcing(1 << 62),
        ] {
            check(&[row(
                "longer",
                [ping("before"), frame.clone(), ping("behind")],
                [saw_ping("before")],
                ProtocolError::ControlTooLong,
            )]);
            for role in ROLES {
                let found = fails_after(role, Limits::default(), &frame.wire(role));
                assert_eq!(found, Some((2, ProtocolError::ControlTooLong)));
            }
        }
    }
}

#[test]
fn section_5_2_headers_survive_encode_then_decode() {
    let lengths = [
        0,
        1,
        125,
        126,
        127,
        65_535,
        65_536,
        1 << 32,
        i64::MAX as u64,
    ];
    let opcodes = [
        Opcode::Continuation,
        Opcode::Text,
        Opcode::Binary,
        Opcode::Close,
        Opcode::Ping,
        Opcode::Pong,
    ];
    for opcode in opcodes {
        for fin in [true, false] {
            for payload_bytes in lengths {
                for (role, masking_key) in
                    [(Role::Server, Some(MaskingKey(KEY))), (Role::Client, None)]
                {
                    if opcode.is_control() && (!fin || payload_bytes > 125) {
                        continue;
                    }
                    let header = FrameHeader {
                        fin,
                        rsv1: false,
                        opcode,
                        masking_key,
                        payload_bytes,
                    };
                    let bytes = encode_header(&header);
                    let by_hand = Frame::new(fin, opcode.number(), "").announcing(payload_bytes);
                    assert_eq!(&bytes[..], by_hand.wire(role), "{header:?}");
                    assert_eq!(bytes.len(), header.encoded_bytes(), "{header:?}");
                    assert_eq!(decode_header(&bytes, role), Ok(Some(header)));
                    for cut in 0..bytes.len() {
                        assert_eq!(decode_header(&bytes[..cut], role), Ok(None), "{header:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn section_5_2_what_came_whole_before_a_fault_is_yielded_and_nothing_after_it() {
    check(&[row(
        "a fault in the middle",
        [
            text("one"),
            binary_start("tw"),
            ping("mid"),
            end("o"),
            pong("").rsv(1),
            text("three"),
            close_with(1000, ""),
        ],
        [saw_text("one"), saw_ping("mid"), saw_binary("two")],
        ProtocolError::ReservedBits,
    )]);
}
