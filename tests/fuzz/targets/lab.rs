//! Decodes any bytes in the frame laboratory, for either endpoint. It must not panic; the events
//! and the violated rule are those of a receiver that is given all bytes at once; the frames are
//! contiguous; the answer is bounded and a single line. Parses any text as a command: a refusal is
//! a short sentence.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wshub::protocol::{Event, Limits, Receiver, Role};
use wshub::standard::frames::{
    Command, LabEvent, LabFrame, MAX_FRAMES, MAX_INPUT_BYTES, decode, decode_compressed,
};

/// The events of a receiver that is given all bytes at once, and the rule that was violated.
fn at_once(role: Role, bytes: &[u8]) -> (Vec<String>, Option<String>) {
    let mut receiver = Receiver::new(role, Limits::default());
    receiver.feed(bytes);
    let mut events = Vec::new();
    loop {
        match receiver.next_event() {
            Ok(Some(Event::Text(text))) => events.push(format!("text {}", text.len())),
            Ok(Some(Event::Binary(bytes))) => events.push(format!("binary {}", bytes.len())),
            Ok(Some(Event::Ping(payload))) => events.push(format!("ping {payload:?}")),
            Ok(Some(Event::Pong(payload))) => events.push(format!("pong {payload:?}")),
            Ok(Some(Event::Close(frame))) => events.push(format!("close {frame:?}")),
            Ok(Some(Event::Fragment(_))) => unreachable!("nothing is streamed"),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error.to_string())),
        }
    }
}

fn shown(event: &LabEvent) -> String {
    match event {
        LabEvent::Text(bytes, _) => format!("text {bytes}"),
        LabEvent::Binary(bytes, _) => format!("binary {bytes}"),
        LabEvent::Ping(payload) => format!("ping {payload:?}"),
        LabEvent::Pong(payload) => format!("pong {payload:?}"),
        LabEvent::Close(frame) => format!("close {frame:?}"),
    }
}

fuzz_target!(|input: &[u8]| {
    if let Err(bad) = Command::parse(&String::from_utf8_lossy(input)) {
        let told = bad.to_string();
        assert!(
            told.len() < 150 && !told.chars().any(char::is_control),
            "{told}"
        );
    }
    let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
    for (name, role) in [("server", Role::Server), ("client", Role::Client)] {
        let command = Command::parse(&format!("decode {name} {hex}"));
        if input.len() <= MAX_INPUT_BYTES {
            assert_eq!(command, Ok(Command::Decode(role, input.to_vec())));
        } else {
            assert!(command.is_err());
        }
        let decoded = decode(role, input);
        let mut end = 0;
        for frame in &decoded.frames {
            assert_eq!(frame.offset, end);
            end += frame.header_bytes + frame.payload_bytes;
        }
        let read = input.len().min(MAX_INPUT_BYTES);
        assert_eq!(end + decoded.unread_bytes, read);
        let events: Vec<String> = (decoded.frames.iter())
            .filter_map(|frame| frame.event.as_ref().map(shown))
            .collect();
        let (expected, error) = at_once(role, &input[..read]);
        if decoded.frames.len() < MAX_FRAMES {
            assert_eq!(events, expected);
            assert_eq!(decoded.broken.map(|rule| rule.to_string()), error);
        } else {
            assert_eq!(events, expected[..events.len()]);
        }
        let answer = decoded.to_json();
        assert!(answer.len() < 1 << 20, "{} bytes", answer.len());
        assert!(!answer.chars().any(char::is_control));
        // The same bytes where messages may be compressed: the frames are the same, as far as both
        // are decoded.
        let compressed = decode_compressed(role, input).expect("built with compression");
        let offsets =
            |frames: &[LabFrame]| frames.iter().map(|frame| frame.offset).collect::<Vec<_>>();
        let (plain, other) = (offsets(&decoded.frames), offsets(&compressed.frames));
        let both = plain.len().min(other.len());
        assert_eq!(plain[..both], other[..both]);
        let answer = compressed.to_json();
        assert!(answer.len() < 1 << 20, "{} bytes", answer.len());
        assert!(!answer.chars().any(char::is_control));
    }
});
