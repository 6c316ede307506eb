//! The bytes on the wire, prepared in advance: all messages of a run are equal, so it writes from
//! one repeated sequence of bytes and compares with another.

/// The most bytes in one read.
pub const READ_BYTES: usize = 256 << 10;

/// The most bytes of small messages in one write.
const WRITE_BYTES: usize = 64 << 10;

/// The masking key of every frame.
const KEY: [u8; 4] = [0x5B, 0xC4, 0x11, 0xE7];

/// The `Sec-WebSocket-Key` of the RFC's example; its `Sec-WebSocket-Accept` value is known (1.3).
const NONCE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A message, repeated so often that from any place in its first copy enough bytes follow for one
/// read or write.
pub struct Wheel {
    bytes: Vec<u8>,
    turn: usize,
}

impl Wheel {
    fn new(message: &[u8], ahead: usize) -> Self {
        let turns = 1 + ahead.div_ceil(message.len());
        Self {
            bytes: message.repeat(turns),
            turn: message.len(),
        }
    }

    /// The length of one copy of the message.
    pub fn turn(&self) -> usize {
        self.turn
    }

    /// The bytes from `at`, a place in the first copy: at most `most`.
    pub fn ahead(&self, at: usize, most: usize) -> &[u8] {
        &self.bytes[at..self.bytes.len().min(at.saturating_add(most))]
    }
}

/// All the bytes of a connection.
pub struct Talk {
    /// The opening handshake; empty for bare TCP.
    pub hello: Vec<u8>,
    pub request: Wheel,
    pub reply: Wheel,
    /// The Close; empty for bare TCP.
    pub goodbye: Vec<u8>,
    /// The answer to the server's first packet in Socket.IO; else empty.
    pub greeting: Vec<u8>,
}

impl Talk {
    /// A WebSocket connection to `path` of `host`.
    pub fn websocket(host: &str, path: &str, size: usize, binary: bool) -> Self {
        let first = if binary { 0x82 } else { 0x81 };
        let payload = payload(size);
        let hello = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {NONCE}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        Self {
            hello: hello.into_bytes(),
            request: Wheel::new(&frame(first, &payload, true), WRITE_BYTES),
            reply: Wheel::new(&frame(first, &payload, false), READ_BYTES),
            goodbye: frame(0x88, &1000_u16.to_be_bytes(), true),
            greeting: Vec::new(),
        }
    }

    /// Bare TCP: the same bytes in both directions.
    pub fn bare(size: usize) -> Self {
        let payload = payload(size);
        Self {
            hello: Vec::new(),
            request: Wheel::new(&payload, WRITE_BYTES),
            reply: Wheel::new(&payload, READ_BYTES),
            goodbye: Vec::new(),
            greeting: Vec::new(),
        }
    }

    /// The same with Socket.IO's layers over WebSocket: an event "m" with one string, in frames of
    /// `size` bytes if that is long enough.
    pub fn over_socket_io(self, size: usize) -> Self {
        let (before, behind) = (&b"42[\"m\",\""[..], &b"\"]"[..]);
        let text = payload(size.saturating_sub(before.len() + behind.len()));
        let event = [before, &text, behind].concat();
        Self {
            request: Wheel::new(&frame(0x81, &event, true), WRITE_BYTES),
            reply: Wheel::new(&frame(0x81, &event, false), READ_BYTES),
            greeting: frame(0x81, b"40", true),
            ..self
        }
    }

    /// Whether the server sends the first packet.
    pub fn greets(&self) -> bool {
        !self.greeting.is_empty()
    }

    pub fn is_bare(&self) -> bool {
        self.hello.is_empty()
    }
}

/// Whether a response head, up to its empty line, accepts the opening handshake.
pub fn agrees(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    head.starts_with("HTTP/1.1 101 ") && head.contains(ACCEPT)
}

/// Letters whose order does not repeat with any power of two, so that bytes that are lost or come
/// twice are noticed.
fn payload(size: usize) -> Vec<u8> {
    (0..size).map(|i| b'a' + (i % 23) as u8).collect()
}

fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(mask | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(mask | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    if masked {
        frame.extend(KEY);
        frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    } else {
        frame.extend(payload);
    }
    frame
}
