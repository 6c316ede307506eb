//! Rooms and delivery: what one connection says reaches all members of a room.
//!
//! A [`Hub`] is one thread that owns every room. Handlers, and any other thread, talk to it
//! through a handle: they [`join`](Hub::join) a connection's [`Sender`] to a room and
//! [`publish`](Hub::publish) messages there. All members of a room see its messages, joins and
//! leaves in one order.
//!
//! The hub never waits for a client: a message that does not fit into a client's queue is dealt
//! with as [`SlowClient`] says. Publishers may wait for the hub: one that is faster than its
//! room is read no faster by the server, and so feels the room's pace through TCP. Waiting goes
//! one way, from publishers to the hub, so there is no deadlock.
//!
//! A hub can drive an [`Application`]: a value that decides, on the hub's thread, who joins
//! which room and what is said there. The chat of the standard endpoints is one.
//!
//! What is bounded, and by what:
//!
//! - what one publisher has under way: 64 messages, or 64 KiB, per clone of the hub;
//! - what all publishers have under way and what waits for their rooms' members together:
//!   [`HubOptions::memory`];
//! - what one [`Feed`] has under way: 16 inputs, or 16 MiB;
//! - commands that wait for the hub's thread: 1024;
//! - what waits for one client: by the limits of its own queue
//!   ([`QueueLimits`](crate::connection::QueueLimits));
//! - how long a room waits for a slow member: 100 ms, and 5 s for a member to which no writer
//!   thread has come, because the machine does not let it run or all are taken;
//! - what an application publishes for which no publisher is held back, while a room waits: 4096
//!   messages, or 16 MiB;
//! - how long a client that is being evicted may take:
//!   [`HubOptions::eviction_timeout`].
//!
//! [`Sender`]: crate::connection::Sender

mod application;
mod budget;
mod counters;
mod delivery;
mod handle;
mod member;
mod options;
mod rooms;
mod slow;
mod state;
mod thread;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod membership_tests;
#[cfg(test)]
mod slow_tests;

pub use application::{Application, Effect};
pub use budget::PublishError;
pub use counters::HubCounters;
pub use handle::{Attachment, Feed, Hub, Membership};
pub use member::MemberId;
pub use options::{HubOptions, RoomOptions, SlowClient};
