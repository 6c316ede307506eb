//! RFC 6455 sections 5 to 8 as plain values: bytes go in, events come out.
//!
//! Nothing here knows a socket, a thread, a clock or a source of randomness;
//! time and masking keys are arguments. Only `std` is used.

mod close;
mod error;
mod frame;
mod keepalive;
mod limits;
mod mask;
mod message;
mod receiver;
mod seen;
mod state;
mod utf8;

pub use close::{CloseCode, CloseFrame, InvalidClose, MAX_REASON_BYTES};
pub use error::ProtocolError;
pub use frame::{
    EncodedHeader, FrameHeader, MAX_CONTROL_PAYLOAD_BYTES, MAX_HEADER_BYTES, Opcode, Role,
    decode_header, encode_header,
};
pub use keepalive::{Action, Keepalive};
pub use limits::Limits;
pub use mask::MaskingKey;
pub use message::{Message, MessageBuf};
pub use receiver::{Event, Receiver};
pub use seen::FrameSeen;
pub use state::{Initiator, Input, Lifecycle, State, Step, step};
pub use utf8::{InvalidUtf8, Utf8Validator};
