//! The laboratory: decodes bytes as one end of a connection reads them, with the server's own
//! receiver, in memory. Its input and its work are bounded: linear in at most [`MAX_INPUT_BYTES`].

use super::json::Object;
use crate::protocol::{
    CloseCode, CloseFrame, Event, FrameSeen, Inflate, Limits, ProtocolError, Receiver, Role,
};

/// The most that is decoded at once, in bytes.
pub const MAX_INPUT_BYTES: usize = 64 << 10;

/// The most frames that are decoded at once; the bytes after them are left unread.
pub const MAX_FRAMES: usize = 500;

/// Where messages may be compressed: the most that one may inflate to, in bytes, and how much is
/// inflated in all before the rest is left unread. A few bytes inflate to a thousand times as many.
pub const MAX_INFLATED_BYTES: usize = 1 << 20;

/// The most of a text that an answer holds, in characters, and of a binary, in bytes.
const SHOWN_CHARS: usize = 500;
const SHOWN_BYTES: usize = 64;

/// The result of decoding some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The end that received them.
    pub role: Role,
    /// The frames, in order: where a rule is broken, up to the frame that breaks it.
    pub frames: Vec<LabFrame>,
    /// The rule that the last frame breaks.
    pub broken: Option<ProtocolError>,
    /// What has to arrive before the receiver can continue with the last frame or message.
    pub missing: Option<Missing>,
    /// Bytes behind the last frame that were not read: behind a Close, a broken rule,
    /// [`MAX_FRAMES`] or [`MAX_INFLATED_BYTES`].
    pub unread_bytes: usize,
}

/// A frame, and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabFrame {
    /// Where it begins in the input.
    pub offset: usize,
    /// How many bytes of its header are there.
    pub header_bytes: usize,
    /// How many bytes of its payload are there.
    pub payload_bytes: usize,
    /// Bytes of the extended length: 0, 2 or 8.
    pub extended_length_bytes: usize,
    /// Its fields.
    pub seen: FrameSeen,
    /// The event that it completes, if it completes one.
    pub event: Option<LabEvent>,
}

/// What a receiver yields, as far as it is shown: see [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabEvent {
    /// A whole text message: its length in bytes, and its first characters.
    Text(usize, String),
    /// A whole binary message: its length in bytes, and the first ones of them.
    Binary(usize, Vec<u8>),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A Close.
    Close(CloseFrame),
}

/// What a receiver waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The rest of a header.
    Header,
    /// So many bytes of a payload.
    Payload(u64),
    /// The next fragment of a message.
    Continuation,
}

/// Decodes `bytes` as `role` receives them, at the begin of a connection and within the default
/// [`Limits`]. At most [`MAX_INPUT_BYTES`] are looked at.
#[must_use]
pub fn decode(role: Role, bytes: &[u8]) -> Decoded {
    decode_with(Receiver::new(role, Limits::default()), role, bytes)
}

/// As [`decode`], as after an opening handshake that agreed on permessage-deflate without context
/// (RFC 7692): RSV1 marks a compressed message. `None` in a build without the feature `deflate`.
#[must_use]
pub fn decode_compressed(role: Role, bytes: &[u8]) -> Option<Decoded> {
    let mut receiver = Receiver::new(
        role,
        Limits {
            max_message_bytes: MAX_INFLATED_BYTES as u64,
            ..Limits::default()
        },
    );
    receiver.accept_compressed(inflater()?);
    Some(decode_with(receiver, role, bytes))
}

#[cfg(feature = "deflate")]
fn inflater() -> Option<Box<dyn Inflate>> {
    use crate::connection::{Deflate, DeflateOptions};
    let agreed = crate::handshake::DeflateAgreed {
        send_window_bits: 15,
        peer_keeps_context: false,
    };
    Some(Deflate::new(agreed, DeflateOptions::default()).inflater())
}

#[cfg(not(feature = "deflate"))]
fn inflater() -> Option<Box<dyn Inflate>> {
    None
}

fn decode_with(mut receiver: Receiver, role: Role, bytes: &[u8]) -> Decoded {
    let bytes = &bytes[..bytes.len().min(MAX_INPUT_BYTES)];
    let mut inflated_bytes = 0;
    let mut decoded = Decoded {
        role,
        frames: Vec::new(),
        broken: None,
        missing: None,
        unread_bytes: 0,
    };
    let mut rest = bytes;
    while decoded.frames.len() < MAX_FRAMES
        && inflated_bytes < MAX_INFLATED_BYTES
        && let Some((mut frame, behind)) = LabFrame::read(rest)
    {
        frame.offset = bytes.len() - rest.len();
        receiver.feed(&rest[..rest.len() - behind.len()]);
        match receiver.next_event() {
            Ok(event) => frame.event = event.and_then(LabEvent::of),
            Err(broken) => decoded.broken = Some(broken),
        }
        if let Some(LabEvent::Text(length, _) | LabEvent::Binary(length, _)) = frame.event {
            inflated_bytes += length;
        }
        rest = behind;
        let is_closed = matches!(frame.event, Some(LabEvent::Close(_)));
        decoded.missing = match frame.missing() {
            _ if is_closed || decoded.broken.is_some() => None,
            None if receiver.is_mid_message() => Some(Missing::Continuation),
            missing => missing,
        };
        decoded.frames.push(frame);
        if is_closed || decoded.broken.is_some() {
            break;
        }
    }
    decoded.unread_bytes = rest.len();
    decoded
}

impl LabFrame {
    /// The frame at the front of `bytes`, and what is behind it; `None` if `bytes` is empty.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (seen, _) = FrameSeen::read(bytes)?;
        let extended_length_bytes = match bytes.get(1).map(|byte| byte & 0x7f) {
            Some(126) => 2,
            Some(127) => 8,
            _ => 0,
        };
        let key_bytes = if seen.masked { 4 } else { 0 };
        let header_bytes = (2 + extended_length_bytes + key_bytes).min(bytes.len());
        let announced = usize::try_from(seen.payload_bytes.unwrap_or(0)).unwrap_or(usize::MAX);
        let payload_bytes = announced.min(bytes.len() - header_bytes);
        let frame = Self {
            offset: 0,
            header_bytes,
            payload_bytes,
            extended_length_bytes,
            seen,
            event: None,
        };
        Some((frame, &bytes[header_bytes + payload_bytes..]))
    }

    fn missing(&self) -> Option<Missing> {
        let key_bytes = if self.seen.masked { 4 } else { 0 };
        match self.seen.payload_bytes {
            Some(announced) if self.header_bytes == 2 + self.extended_length_bytes + key_bytes => {
                let missing = announced - self.payload_bytes as u64;
                (missing > 0).then_some(Missing::Payload(missing))
            }
            _ => Some(Missing::Header),
        }
    }

    fn to_json(&self) -> String {
        let object = Object::new()
            .value("offset", self.offset)
            .value("headerBytes", self.header_bytes)
            .value("payloadBytes", self.payload_bytes)
            .value("lengthBytes", self.extended_length_bytes);
        let object = with_fields(object, &self.seen);
        match &self.event {
            None => object,
            Some(event) => object.value("event", event.to_json()),
        }
        .end()
    }
}

/// Adds the fields of a frame. The length is a string: it may be more than a script's numbers hold.
pub(super) fn with_fields(object: Object, seen: &FrameSeen) -> Object {
    let mut object = object
        .value("fin", seen.fin)
        .value("rsv", seen.rsv)
        .value("opcode", seen.opcode)
        .value("masked", seen.masked);
    if let Some(key) = seen.masking_key {
        object = object.hex("key", &key.0);
    }
    if let Some(length) = seen.payload_bytes {
        object = object.text("length", &length.to_string());
    }
    object.hex("payload", &seen.first)
}

/// Adds which rule is broken, and the Close with which the receiving end answers.
pub(super) fn with_rule(object: Object, broken: &ProtocolError) -> Object {
    let says = broken.to_string();
    object
        .text("rule", broken.rule())
        .text("says", &says)
        .value("rfc", broken.rfc())
        .text("section", broken.section())
        .value("close", broken.close_code().number())
}

impl LabEvent {
    fn of(event: Event<'_>) -> Option<Self> {
        Some(match event {
            Event::Text(text) => Self::Text(text.len(), text.chars().take(SHOWN_CHARS).collect()),
            Event::Binary(bytes) => {
                let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
                Self::Binary(bytes.len(), shown.to_vec())
            }
            Event::Ping(payload) => Self::Ping(payload.to_vec()),
            Event::Pong(payload) => Self::Pong(payload.to_vec()),
            Event::Close(frame) => Self::Close(frame),
            Event::Fragment(_) => return None, // nothing is streamed here
        })
    }

    fn to_json(&self) -> String {
        match self {
            Self::Text(bytes, text) => Object::of_kind("text")
                .value("bytes", bytes)
                .value("cut", text.len() < *bytes)
                .text("text", text),
            Self::Binary(bytes, shown) => Object::of_kind("binary")
                .value("bytes", bytes)
                .value("cut", shown.len() < *bytes)
                .hex("hex", shown),
            Self::Ping(payload) => Object::of_kind("ping").hex("hex", payload),
            Self::Pong(payload) => Object::of_kind("pong").hex("hex", payload),
            Self::Close(frame) => {
                let object = Object::of_kind("close").text("reason", frame.reason());
                match frame.code().map(CloseCode::number) {
                    None => object,
                    Some(code) => object
                        .value("code", code)
                        .text("meaning", CloseCode::meaning(code)),
                }
            }
        }
        .end()
    }
}

impl Decoded {
    /// The answer to a client that asked for it: one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let role = match self.role {
            Role::Server => "server",
            Role::Client => "client",
        };
        let mut object = Object::of_kind("decoded")
            .text("role", role)
            .list("frames", self.frames.iter().map(LabFrame::to_json))
            .value("unreadBytes", self.unread_bytes);
        if let Some(broken) = &self.broken {
            object = object.value("broken", with_rule(Object::new(), broken).end());
        }
        object = match self.missing {
            None => object,
            Some(Missing::Header) => object.text("missing", "header"),
            Some(Missing::Continuation) => object.text("missing", "continuation"),
            Some(Missing::Payload(bytes)) => object
                .text("missing", "payload")
                .text("missingBytes", &bytes.to_string()),
        };
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> LabEvent {
        LabEvent::Text(text.len(), text.into())
    }

    #[test]
    fn frames_events_and_rules_are_those_of_the_receiver() {
        use ProtocolError::*;
        use Role::{Client, Server};
        type Row<'a> = (
            Role,
            &'a [u8],
            &'a [Option<LabEvent>],
            Option<ProtocolError>,
            Option<Missing>,
            usize,
        );
        let hello = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let close = CloseFrame::new(CloseCode::NORMAL, "");
        let rows: &[Row<'_>] = &[
            (Server, &[], &[], None, None, 0),
            (Server, &hello, &[Some(text("Hello"))], None, None, 0),
            (Client, &hello, &[None], Some(Masked), None, 0),
            (Server, b"\x81\x02hi", &[None], Some(Unmasked), None, 0),
            (
                Client,
                b"\x81\x02hi\x81\x01!",
                &[Some(text("hi")), Some(text("!"))],
                None,
                None,
                0,
            ),
            (
                Client,
                b"\x01\x01a\x80\x01b",
                &[None, Some(text("ab"))],
                None,
                None,
                0,
            ),
            (
                Client,
                b"\x01\x01a",
                &[None],
                None,
                Some(Missing::Continuation),
                0,
            ),
            (Client, b"\x81", &[None], None, Some(Missing::Header), 0),
            (
                Client,
                b"\x82\x7e\x01",
                &[None],
                None,
                Some(Missing::Header),
                0,
            ),
            (Server, &hello[..4], &[None], None, Some(Missing::Header), 0),
            (
                Client,
                b"\x82\x05ab",
                &[None],
                None,
                Some(Missing::Payload(3)),
                0,
            ),
            (
                Client,
                b"\x80\x01b\x81\0",
                &[None],
                Some(UnexpectedContinuation),
                None,
                2,
            ),
            (
                Client,
                b"\x88\x02\x03\xe8\x81\0",
                &[Some(LabEvent::Close(close))],
                None,
                None,
                2,
            ),
            (
                Client,
                b"\x88\x01\x03",
                &[None],
                Some(InvalidClose(crate::protocol::InvalidClose::HalfCode)),
                None,
                0,
            ),
            (
                Client,
                b"\x89\x7e\0\x7e",
                &[None],
                Some(ControlTooLong),
                None,
                0,
            ),
            (
                Client,
                b"\x81\x7e\0\x02hi",
                &[None],
                Some(NonMinimalLength),
                None,
                0,
            ),
            (
                Client,
                b"\x82\x7f\xff\0\0\0\0\0\0\0x",
                &[None],
                Some(LengthTopBit),
                None,
                0,
            ),
        ];
        for (role, bytes, events, broken, missing, unread) in rows {
            let decoded = decode(*role, bytes);
            let came: Vec<_> = decoded
                .frames
                .iter()
                .map(|frame| frame.event.clone())
                .collect();
            assert_eq!(came, *events, "{bytes:02x?}");
            assert_eq!(
                (decoded.broken, decoded.missing, decoded.unread_bytes),
                (*broken, *missing, *unread),
                "{bytes:02x?}"
            );
        }
    }

    #[cfg(not(feature = "deflate"))]
    #[test]
    fn without_the_feature_nothing_is_read_as_compressed() {
        assert_eq!(decode_compressed(Role::Client, b"\x81\0"), None);
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn with_compression_agreed_on_rsv1_marks_a_compressed_message() {
        use ProtocolError::*;
        let hello = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0"; // RFC 7692 section 7.2.3.1
        let fragmented = b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\0"; // the same section
        type Row<'a> = (&'a [u8], &'a [Option<LabEvent>], Option<ProtocolError>);
        let rows: &[Row<'_>] = &[
            (hello, &[Some(text("Hello"))], None),
            (fragmented, &[None, Some(text("Hello"))], None),
            (b"\x81\x02hi", &[Some(text("hi"))], None),
            (b"\xc1\x02hi", &[None], Some(InvalidCompression)),
            (b"\xc9\0", &[None], Some(MisplacedCompression)),
            (b"\xa1\0", &[None], Some(ReservedBits)),
        ];
        for (bytes, events, broken) in rows {
            let decoded = decode_compressed(Role::Client, bytes).unwrap();
            let came: Vec<_> = (decoded.frames.iter())
                .map(|frame| frame.event.clone())
                .collect();
            assert_eq!(
                (&came[..], decoded.broken),
                (*events, *broken),
                "{bytes:02x?}"
            );
        }
        assert_eq!(decode(Role::Client, hello).broken, Some(ReservedBits));
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn what_inflates_is_bounded_for_one_message_and_for_all() {
        let framed = |payload: &[u8]| {
            let mut out = Vec::new();
            let options = crate::connection::DeflateOptions::default();
            let agreed = crate::handshake::DeflateAgreed {
                send_window_bits: 15,
                peer_keeps_context: false,
            };
            assert!(crate::connection::Deflate::new(agreed, options).compress(payload, &mut out));
            let length = u16::try_from(out.len()).unwrap().to_be_bytes();
            [&[0xc2, 126], &length[..], &out].concat()
        };
        let most = framed(&vec![0; MAX_INFLATED_BYTES]);
        let decoded = decode_compressed(Role::Client, &[&most[..], &most].concat()).unwrap();
        assert_eq!((decoded.frames.len(), decoded.broken), (1, None));
        assert_eq!(decoded.unread_bytes, most.len());
        let more = decode_compressed(Role::Client, &framed(&vec![0; MAX_INFLATED_BYTES + 1]));
        assert!(matches!(
            more.unwrap().broken,
            Some(ProtocolError::TooBig { .. })
        ));
    }

    #[test]
    fn work_and_answers_are_bounded() {
        let many = decode(Role::Client, &[0x8a, 0].repeat(MAX_INPUT_BYTES));
        assert_eq!(many.frames.len(), MAX_FRAMES);
        assert_eq!(many.unread_bytes, MAX_INPUT_BYTES - 2 * MAX_FRAMES);
        assert!(many.to_json().len() < 128 << 10);
        let exactly = decode(Role::Client, &[0x8a, 0].repeat(MAX_FRAMES));
        assert_eq!(
            (exactly.frames.len(), exactly.unread_bytes),
            (MAX_FRAMES, 0)
        );
        let mut large = vec![0x81, 126, 0xff, 0xff];
        large.extend(vec![1; 65_531]);
        let answer = decode(Role::Client, &large).to_json();
        assert!(answer.contains("\"missingBytes\":\"4\""));
        // Now it is whole, and every character is an escape in JSON.
        large[3] = 0xfc;
        large.push(1);
        let answer = decode(Role::Client, &large).to_json();
        assert!(answer.contains("\"bytes\":65532,\"cut\":true"), "{answer}");
        assert!(answer.len() < 8 << 10);
    }

    #[test]
    fn an_answer_says_all_in_one_object() {
        assert_eq!(
            decode(Role::Server, b"\x88\x82\0\0\0\0\x03\xe8").to_json(),
            "{\"kind\":\"decoded\",\"role\":\"server\",\"frames\":[{\"offset\":0,\"headerBytes\":6,\
             \"payloadBytes\":2,\"lengthBytes\":0,\"fin\":true,\"rsv\":0,\"opcode\":8,\
             \"masked\":true,\"key\":\"00000000\",\"length\":\"2\",\"payload\":\"03e8\",\
             \"event\":{\"kind\":\"close\",\"reason\":\"\",\"code\":1000,\
             \"meaning\":\"normal closure\"}}],\"unreadBytes\":0}"
        );
        let broken = decode(Role::Server, b"\xf1\x00").to_json();
        assert!(broken.ends_with(
            "\"unreadBytes\":0,\"broken\":{\"rule\":\"reserved_bits\",\"says\":\"reserved bit set, \
             but no extension was negotiated\",\"rfc\":6455,\"section\":\"5.2\",\"close\":1002}}"
        ), "{broken}");
    }
}
