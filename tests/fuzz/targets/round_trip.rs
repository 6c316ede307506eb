//! Messages that are encoded in fragments, with control frames between them, are received
//! unchanged: tests encode_header, MaskingKey and CloseFrame against decode_header and Receiver.

#![no_main]

#[path = "pieces.rs"]
mod pieces;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use pieces::{Cut, pieces};
use wshub::protocol::{
    CloseCode, CloseFrame, Event, FrameHeader, Limits, MaskingKey, Opcode, Receiver, Role,
    decode_header, encode_header,
};

#[derive(Debug, Arbitrary)]
struct Conversation<'a> {
    to_server: bool,
    cut_seed: u8,
    parts: Vec<Part<'a>>,
    close: Option<(u16, &'a str)>,
}

#[derive(Debug, Arbitrary)]
enum Part<'a> {
    Text(&'a str, Vec<Fragment>),
    Binary(&'a [u8], Vec<Fragment>),
    /// A binary message of a length that the fuzzer would need long to find.
    Long(u8, u8, u32),
    Control(bool, &'a [u8]),
}

/// A cut in a message, and whether a ping follows it.
#[derive(Debug, Arbitrary)]
struct Fragment {
    bytes: u16,
    ping: bool,
}

#[derive(Debug, PartialEq)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseFrame),
}

struct Wire {
    role: Role,
    key: u32,
    bytes: Vec<u8>,
    said: Vec<Said>,
}

impl Wire {
    fn frame(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) {
        self.key = self
            .key
            .wrapping_mul(0x9E37_79B9)
            .wrapping_add(payload.len() as u32);
        let key = MaskingKey(self.key.to_be_bytes());
        let header = FrameHeader {
            fin,
            rsv1: false,
            opcode,
            masking_key: (self.role == Role::Server).then_some(key),
            payload_bytes: payload.len() as u64,
        };
        let encoded = encode_header(&header);
        assert_eq!(encoded.len(), header.encoded_bytes());
        assert_eq!(decode_header(&encoded, self.role), Ok(Some(header)));
        assert_eq!(
            decode_header(&encoded[..encoded.len() - 1], self.role),
            Ok(None)
        );
        self.bytes.extend_from_slice(&encoded);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        if let Some(key) = header.masking_key {
            key.apply(0, &mut self.bytes[start..]);
        }
    }

    fn message(&mut self, opcode: Opcode, payload: &[u8], cuts: &[Fragment]) {
        let mut rest = payload;
        let mut kind = opcode;
        for cut in cuts {
            let (fragment, behind) = rest.split_at(rest.len().min(cut.bytes.into()));
            self.frame(false, kind, fragment);
            (kind, rest) = (Opcode::Continuation, behind);
            if cut.ping {
                self.frame(true, Opcode::Ping, b"between");
                self.said.push(Said::Ping(b"between".to_vec()));
            }
        }
        self.frame(true, kind, rest);
    }
}

fuzz_target!(|conversation: Conversation<'_>| {
    let role = if conversation.to_server {
        Role::Server
    } else {
        Role::Client
    };
    let mut wire = Wire {
        role,
        key: conversation.cut_seed.into(),
        bytes: Vec::new(),
        said: Vec::new(),
    };
    for part in &conversation.parts {
        match part {
            Part::Text(text, cuts) => {
                wire.message(Opcode::Text, text.as_bytes(), cuts);
                wire.said.push(Said::Text((*text).to_owned()));
            }
            Part::Binary(bytes, cuts) => {
                wire.message(Opcode::Binary, bytes, cuts);
                wire.said.push(Said::Binary(bytes.to_vec()));
            }
            Part::Long(first, step, length) => {
                let byte = |i| (i as u8).wrapping_mul(*step).wrapping_add(*first);
                let bytes: Vec<u8> = (0..length % 70_000).map(byte).collect();
                wire.message(Opcode::Binary, &bytes, &[]);
                wire.said.push(Said::Binary(bytes));
            }
            Part::Control(ping, payload) => {
                let payload = &payload[..payload.len().min(125)];
                if *ping {
                    wire.frame(true, Opcode::Ping, payload);
                    wire.said.push(Said::Ping(payload.to_vec()));
                } else {
                    wire.frame(true, Opcode::Pong, payload);
                    wire.said.push(Said::Pong(payload.to_vec()));
                }
            }
        }
        if wire.bytes.len() > 1 << 20 {
            break;
        }
    }
    if let Some((code, reason)) = conversation.close {
        let frame = CloseCode::from_number(code)
            .map_or(CloseFrame::EMPTY, |code| CloseFrame::new(code, reason));
        wire.frame(true, Opcode::Close, &frame.encode());
        wire.said.push(Said::Close(frame));
    }

    let mut receiver = Receiver::new(role, Limits::default());
    let mut heard = Vec::new();
    for piece in pieces(&wire.bytes, Cut::Seeded(conversation.cut_seed)) {
        receiver.feed(piece);
        while let Some(event) = receiver.next_event().expect("what was sent is legal") {
            heard.push(match event {
                Event::Text(text) => Said::Text(text.to_owned()),
                Event::Binary(bytes) => Said::Binary(bytes.to_vec()),
                Event::Fragment(piece) => panic!("nothing is streamed: {piece:?}"),
                Event::Ping(bytes) => Said::Ping(bytes.to_vec()),
                Event::Pong(bytes) => Said::Pong(bytes.to_vec()),
                Event::Close(frame) => Said::Close(frame),
            });
        }
    }
    assert_eq!(heard, wire.said);
    assert!(!receiver.is_mid_message());
});
