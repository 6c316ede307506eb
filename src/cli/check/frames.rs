//! Frames written by hand, without the crate's own encoder: every bit of a header is the caller's.
//!
//! `wshub check` and the tests by RFC section both write their frames with it. It depends on
//! nothing but [`Role`].

use wshub::protocol::Role;

/// The masking key of RFC 5.7's examples.
pub const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// How a length is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The shortest that fits.
    Shortest,
    /// Two bytes after 126, needed or not.
    Sixteen,
    /// Eight bytes after 127, needed or not.
    SixtyFour,
}

/// One frame, legal or not.
#[derive(Debug, Clone)]
pub struct Frame {
    pub first: u8,
    pub payload: Vec<u8>,
    pub key: [u8; 4],
    pub form: Form,
    /// What the header says instead of the payload's true length.
    pub announced: Option<u64>,
    /// Masked although its sender must not, or the other way round.
    pub wrong_mask: bool,
}

impl Frame {
    /// A frame with its length in the shortest form, masked as its sender has to.
    pub fn new(fin: bool, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self {
            first: u8::from(fin) << 7 | opcode,
            payload: payload.as_ref().to_vec(),
            key: KEY,
            form: Form::Shortest,
            announced: None,
            wrong_mask: false,
        }
    }

    /// Sets RSV1 (4), RSV2 (2), RSV3 (1) or several of them.
    pub fn rsv(mut self, bits: u8) -> Self {
        self.first |= bits << 4;
        self
    }

    /// Clears FIN.
    pub fn not_final(mut self) -> Self {
        self.first &= 0x7F;
        self
    }

    /// Writes the length in this form.
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Writes this length in the header, whatever follows.
    pub fn announcing(mut self, bytes: u64) -> Self {
        self.announced = Some(bytes);
        self
    }

    /// Masks where the sender must not, or the other way round.
    pub fn wrong_mask(mut self) -> Self {
        self.wrong_mask = true;
        self
    }

    /// The frame's bytes, as the peer of `role` sends them.
    pub fn wire(&self, role: Role) -> Vec<u8> {
        let masked = (role == Role::Server) != self.wrong_mask;
        let length = self.announced.unwrap_or(self.payload.len() as u64);
        let bit = u8::from(masked) << 7;
        let mut wire = vec![self.first];
        match self.form {
            Form::Shortest if length < 126 => wire.push(bit | length as u8),
            Form::Shortest | Form::Sixteen if length < 65_536 => {
                wire.push(bit | 126);
                wire.extend((length as u16).to_be_bytes());
            }
            _ => {
                wire.push(bit | 127);
                wire.extend(length.to_be_bytes());
            }
        }
        if masked {
            wire.extend(self.key);
            wire.extend((self.payload.iter().zip(self.key.iter().cycle())).map(|(b, k)| b ^ k));
        } else {
            wire.extend(&self.payload);
        }
        wire
    }
}

/// A text message in one frame.
pub fn text(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, TEXT, payload)
}

/// A binary message in one frame.
pub fn binary(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, BINARY, payload)
}

/// The first fragment of a text message.
pub fn text_start(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, TEXT, payload)
}

/// A fragment in the middle.
pub fn more(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(false, CONTINUATION, payload)
}

/// The last fragment.
pub fn end(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, CONTINUATION, payload)
}

/// A ping.
pub fn ping(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, PING, payload)
}

/// A pong.
pub fn pong(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, PONG, payload)
}

/// A close frame with this payload, code included.
pub fn close(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(true, CLOSE, payload)
}

/// A close frame with a code and a reason, allowed or not.
pub fn close_with(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    close([&code.to_be_bytes(), reason.as_ref()].concat())
}

/// A text message in these fragments; two at least.
pub fn text_fragments(pieces: &[impl AsRef<[u8]>]) -> Vec<Frame> {
    let last = pieces.len().saturating_sub(1);
    let fragment = |(i, piece)| match i {
        0 => text_start(piece),
        _ if i == last => end(piece),
        _ => more(piece),
    };
    pieces.iter().enumerate().map(fragment).collect()
}

/// The bytes of `frames`, one after the other, as the peer of `role` sends them.
pub fn wire(role: Role, frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.wire(role)).collect()
}
