//! The frame laboratory, `/frames`: the protocol at work, for people who want to see it.
//!
//! A client sends commands as text, one in each message, and gets JSON objects, one in each
//! message, whose `kind` says what they are:
//!
//! ```text
//! decode server HEX   the bytes as a server reads them, from a client: {"kind":"decoded", ...}
//! decode client HEX   the bytes as a client reads them, from a server
//! decode server deflate HEX, decode client deflate HEX
//!                     the same, as after an opening handshake that agreed on compression
//! watch TOKEN         {"kind":"watching"}, and from then on the frames of each connection that is
//!                     opened with ?frames=TOKEN: "opened", "response", "frame", "broken",
//!                     "skipped", "ended"
//! ```
//!
//! **Decoding** ([`decode`]) is done by the server's own [`Receiver`](crate::protocol::Receiver), in
//! memory and apart from any connection, on [`MAX_INPUT_BYTES`] and [`MAX_FRAMES`] at most, and
//! no further than [`MAX_INFLATED_BYTES`] where messages may be compressed.
//!
//! **Watching** pairs two connections by a [`Token`] that one visitor's page draws at random, 128
//! bits. Only a connection that was opened with the token is shown, from its opening handshake on,
//! and only to the one client that holds the token; both have to be of the same user. Whether a
//! connection is watched is decided once, when it is opened: on one that is not, the tap is
//! absent and costs nothing.

mod command;
mod handler;
mod heads;
mod json;
mod lab;
mod token;
mod watchers;

pub use command::{BadCommand, Command};
pub use handler::{COMMAND_RATE, FramesHandler};
pub use lab::{
    Decoded, LabEvent, LabFrame, MAX_FRAMES, MAX_INFLATED_BYTES, MAX_INPUT_BYTES, Missing, decode,
    decode_compressed,
};
pub use token::Token;
pub use watchers::Watchers;
