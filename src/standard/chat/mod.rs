//! The chat endpoint: rooms and names, in lines of text that a person can type in a bare
//! terminal and a page can parse.
//!
//! [`Line`] is what a client may send. The server answers in four kinds of lines:
//!
//! ```text
//! #lobby ana: hello            a message
//! #lobby * ana joined (3 here) a notice of the room
//! * you are guest-7 in #lobby  a notice to you
//! ! no such command: /foo; /help lists them
//! ```
//!
//! The state of it all is one value, [`Chat`], which a hub drives: so messages, joins, leaves
//! and names have one order in each room.

mod commands;
mod core;
mod counters;
mod decompositions;
mod grammar;
mod handler;
mod history;
mod input;
mod marks;
mod membership;
mod names;
#[cfg(feature = "cluster")]
mod past;
mod person;
#[cfg(feature = "cluster")]
mod returning;
mod room;
#[cfg(feature = "cluster")]
mod snapshot;
mod spelling;
mod texts;

#[cfg(test)]
mod chat_tests;

pub use self::core::{Chat, ChatLimits};
pub use counters::ChatCounters;
pub use grammar::{
    BadLine, Line, MAX_LINE_BYTES, MAX_NAME_CHARS, MAX_ROOM_CHARS, is_client_name, is_room_name,
};
pub use handler::{ChatHandler, LINE_RATE};
pub use input::{ChatInput, RequestedName};
pub use marks::is_mark;
pub use membership::ChatMembership;

#[cfg(feature = "cluster")]
pub(super) use input::Request;
#[cfg(feature = "cluster")]
pub(super) use returning::Known;
#[cfg(feature = "cluster")]
pub(super) use room::ROOM_OPTIONS;
#[cfg(feature = "cluster")]
pub(super) use snapshot::People;
#[cfg(all(feature = "cluster", fuzzing))]
pub(crate) use snapshot::read_anything;
