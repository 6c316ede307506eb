//! The inputs of chat.

#[cfg(feature = "cluster")]
use crate::cluster::{FromLog, Payload};

/// How a client gets its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedName {
    /// It asked for no name, and gets the next free guest name.
    Guest,
    /// It asked for this name; it becomes a guest if another client has it.
    Name(String),
    /// It has proved to be this user, whose name belongs to it from then on: nobody else gets the
    /// name, and whoever has it is given another. A user that is here twice gets a number behind
    /// the name.
    User(String),
}

/// An input of [`Chat`](super::Chat). Clients' own come from
/// [`ChatMembership`](super::ChatMembership).
#[derive(Debug)]
pub struct ChatInput(pub(in crate::standard) Request);

#[derive(Debug)]
pub(in crate::standard) enum Request {
    Enter {
        room: String,
        name: RequestedName,
    },
    Line(String),
    /// A line of so many bytes, which are too many.
    TooLong(usize),
    Announce(String),
    /// A message of `/broadcast`, which goes to all servers of a cluster.
    #[cfg(feature = "cluster")]
    Publish(Payload),
    /// What the log of the cluster has delivered.
    #[cfg(feature = "cluster")]
    FromLog(Box<FromLog>),
    /// This server leaves the cluster.
    #[cfg(feature = "cluster")]
    Bye,
}

impl ChatInput {
    /// A notice for everybody, once in each room. [`Hub::submit_and_wait`] sends it before a
    /// server stops.
    ///
    /// [`Hub::submit_and_wait`]: crate::hub::Hub::submit_and_wait
    pub fn announce(text: &str) -> Self {
        Self(Request::Announce(text.to_owned()))
    }
}
