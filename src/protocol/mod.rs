//! RFC 6455 sections 5 to 8 as plain values: bytes go in, events come out.
//!
//! Nothing here knows a socket, a thread, a clock or a source of randomness; time and masking
//! keys are arguments. Only `std` is used. So the protocol can be driven over any transport:
//!
//! - a [`Receiver`] is fed with what arrives, cut anywhere, and yields [`Event`]s or the
//!   [`ProtocolError`] with which the peer broke a rule;
//! - [`encode_header`] writes the header of a frame, and [`MaskingKey::apply`] masks a client's
//!   payload;
//! - [`Lifecycle`] knows when a Close is to be sent and when the transport is to be closed
//!   (section 7), [`Timers`] what is due when.
//!
//! The opening handshake that comes before is the module [`handshake`](crate::handshake). This
//! server's loop turns what arrives into what is to be written; an echo, in memory:
//!
//! ```
//! use wshub::protocol::{
//!     CloseFrame, Event, FrameHeader, Limits, Opcode, Receiver, Role, encode_header,
//! };
//!
//! /// Appends an unmasked frame, as a server sends it, to what is to be written.
//! fn write_frame(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
//!     let header = FrameHeader {
//!         fin: true,
//!         rsv1: false,
//!         opcode,
//!         masking_key: None,
//!         payload_bytes: payload.len() as u64,
//!     };
//!     out.extend_from_slice(&encode_header(&header));
//!     out.extend_from_slice(payload);
//! }
//!
//! /// Answers what has arrived; false when the connection is over once `out` is written.
//! fn answer(receiver: &mut Receiver, arrived: &[u8], out: &mut Vec<u8>) -> bool {
//!     receiver.feed(arrived);
//!     loop {
//!         match receiver.next_event() {
//!             Ok(Some(Event::Text(text))) => write_frame(out, Opcode::Text, text.as_bytes()),
//!             Ok(Some(Event::Binary(bytes))) => write_frame(out, Opcode::Binary, bytes),
//!             Ok(Some(Event::Ping(payload))) => write_frame(out, Opcode::Pong, payload),
//!             Ok(Some(Event::Pong(_) | Event::Fragment(_))) => {} // asked for neither
//!             Ok(Some(Event::Close(frame))) => {
//!                 write_frame(out, Opcode::Close, &frame.echo().encode());
//!                 return false;
//!             }
//!             Ok(None) => return true, // more bytes are needed
//!             Err(error) => {
//!                 let close = CloseFrame::new(error.close_code(), &error.to_string());
//!                 write_frame(out, Opcode::Close, &close.encode());
//!                 return false;
//!             }
//!         }
//!     }
//! }
//!
//! let mut receiver = Receiver::new(Role::Server, Limits::default());
//! let mut out = Vec::new();
//!
//! // A client's masked "Hello" (section 5.7), which arrives in two reads.
//! let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
//! assert!(answer(&mut receiver, &hello[..4], &mut out));
//! assert!(out.is_empty());
//! assert!(answer(&mut receiver, &hello[4..], &mut out));
//! assert_eq!(out, b"\x81\x05Hello");
//!
//! // A frame without a mask breaks section 5.1: Close 1002.
//! out.clear();
//! assert!(!answer(&mut receiver, b"\x81\x05Hello", &mut out));
//! assert_eq!(out[2..4], 1002_u16.to_be_bytes());
//! ```
//!
//! A program that reads from a socket saves the copy that [`Receiver::feed`] makes: it reads into
//! [`Receiver::space`] and tells [`Receiver::filled`] how much came.

mod byte_buffer;
mod close;
mod compressed_form;
mod control;
mod error;
mod frame;
mod inflate;
mod limits;
mod mask;
mod message;
mod pace;
mod receiver;
mod seen;
mod settings;
mod state;
mod timers;
mod utf8;

pub(crate) use byte_buffer::ByteBuffer;
pub use close::{CloseCode, CloseFrame, InvalidClose, MAX_REASON_BYTES};
pub(crate) use compressed_form::CompressedForm;
pub use control::{ControlPayload, ControlPayloadTooLong};
pub use error::ProtocolError;
pub use frame::{
    EncodedHeader, FrameHeader, MAX_CONTROL_PAYLOAD_BYTES, MAX_HEADER_BYTES, Opcode, Role,
    decode_header, decode_header_with_rsv1, encode_header,
};
pub use inflate::{Inflate, Inflated, NotInflated};
pub use limits::Limits;
pub use mask::MaskingKey;
pub use message::{Fragment, Message, MessageBuf};
pub use pace::{Pace, Rate};
pub use receiver::{Event, Receiver};
pub use seen::FrameSeen;
pub use settings::{SettingError, check_count, check_duration};
pub use state::{Initiator, Input, Lifecycle, State, Step, step};
pub use timers::{Action, Expired, MinRate, Timeouts, Timers};
