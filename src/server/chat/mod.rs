//! The chat endpoint: rooms and names, in lines of text that a person can type in a bare
//! terminal and a page can parse.
//!
//! [`Line`] is what a client may send; `words.rs` has what it is sent. The state of it all is
//! one value, owned by the hub's thread, so that messages, joins, leaves and names have one
//! order in each room.

mod core;
mod grammar;
mod handler;
mod history;
mod names;
mod pace;
mod person;
mod room;
pub(super) mod words;

pub use self::core::{Asked, ChatLimits};
pub(super) use self::core::{Chat, Effect};
pub use grammar::{
    BadLine, Line, MAX_LINE_BYTES, MAX_NAME_CHARS, MAX_ROOM_CHARS, is_client_name, is_room_name,
};
pub use handler::ChatHandler;
