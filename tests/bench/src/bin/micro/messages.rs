//! Benchmarks of whole messages: received from a stream, and encoded for one.

use std::hint::black_box;
use std::io::Read;

use tungstenite::protocol::{Role as TheirRole, WebSocket};
use tungstenite::{Bytes, Message as TheirMessage};
use wshub::protocol::{Limits, Message, Receiver, Role};

use super::encoder::Encoder;
use super::endless::Endless;
use super::timing::{SIZES, head, nanos, row};

/// A text of `bytes` bytes; unless it is `ascii`, about half of its characters take more than one
/// byte.
pub fn words(bytes: usize, ascii: bool) -> String {
    let word = if ascii {
        "Hello, world! "
    } else {
        "Grüße, κόσμε, 世界 👋 "
    };
    let mut text = word.repeat(bytes.div_ceil(word.len()));
    while !text.is_char_boundary(bytes) {
        text.insert(0, ' '); // moves the characters until one begins where the text has to end
    }
    text.truncate(bytes);
    text
}

/// One message of each kind, with a payload of `bytes` bytes.
fn kinds(bytes: usize) -> [(&'static str, Vec<u8>, bool); 3] {
    [
        ("binary", (0..bytes).map(|i| i as u8).collect(), false),
        ("text, ASCII", words(bytes, true).into_bytes(), true),
        ("text, half ASCII", words(bytes, false).into_bytes(), true),
    ]
}

fn ours(payload: &[u8], text: bool) -> Message<'_> {
    match std::str::from_utf8(payload) {
        Ok(payload) if text => Message::Text(payload),
        _ => Message::Binary(payload),
    }
}

/// Receives a client's masked frames in large reads: header, unmasking, UTF-8, reassembly and the
/// buffer.
pub fn receive() {
    head("receive a message (masked, one frame)", "tungstenite");
    for (bytes, size) in SIZES {
        for (kind, payload, text) in kinds(bytes) {
            let mut frame = Vec::new();
            Encoder::new(Role::Client).message(ours(&payload, text), &mut frame);

            let mut stream = Endless::new(&frame);
            let mut receiver = Receiver::new(Role::Server, Limits::default());
            let mine = nanos(|| {
                while (receiver.next_event().expect("what our encoder wrote"))
                    .map(black_box)
                    .is_none()
                {
                    let read = stream.read(receiver.space()).expect("endless");
                    receiver.filled(read);
                }
            });

            let stream = Endless::new(&frame);
            let mut socket = WebSocket::from_raw_socket(stream, TheirRole::Server, None);
            let theirs = nanos(|| socket.read().expect("what our encoder wrote"));
            row(&format!("{size} {kind}"), bytes, mine, theirs);
        }
    }
    println!();
}

/// Encodes messages unmasked as a server does, and masked as a client does, into a buffer that is
/// written when full.
pub fn encode() {
    const FULL_BYTES: usize = 128 << 10; // the size of tungstenite's buffer
    head("encode a message", "tungstenite");
    for (bytes, size) in SIZES {
        let payload: Vec<u8> = (0..bytes).map(|i| i as u8).collect();
        let sides = [
            ("as a server", Role::Server, TheirRole::Server),
            ("as a client", Role::Client, TheirRole::Client),
        ];
        for (side, role, their_role) in sides {
            let mut encoder = Encoder::new(role);
            let mut out = Vec::new();
            let mine = nanos(|| {
                encoder.message(Message::Binary(&payload), &mut out);
                if out.len() > FULL_BYTES {
                    black_box(&out);
                    out.clear();
                }
            });

            let stream = Endless::new(&[0]);
            let mut socket = WebSocket::from_raw_socket(stream, their_role, None);
            let shared = Bytes::from(payload.clone());
            let theirs = nanos(|| {
                let message = TheirMessage::Binary(shared.clone());
                socket.write(message).expect("the stream takes all");
            });
            row(&format!("{size} {side}"), bytes, mine, theirs);
        }
    }
    println!();
}
