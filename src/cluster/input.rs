//! The inputs that a node appends to the log: the actions of its clients, and its own heartbeats.

/// How a client gets its name in chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedName {
    /// It asked for no name.
    Guest,
    /// It asked for this name.
    Name(String),
    /// It was authenticated as this user.
    User(String),
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Payload {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// The settings that all nodes of a cluster have to agree on, and the accounts that a node adds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// The most chat rooms in the cluster.
    pub max_rooms: u64,
    /// The most rooms that one client may be in.
    pub max_rooms_per_client: u64,
    /// Users whose names are reserved for them. Each node announces those that it knows; the
    /// cluster uses the union.
    pub accounts: Vec<String>,
}

/// One input. A client is identified by its number on the node that appended the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The node joins, or joins again. This is the first input of its first entry.
    Hello(Terms),
    /// A message for every client of `/broadcast`.
    Publish(Payload),
    /// A client enters chat in `room`.
    Enter {
        member: u64,
        room: String,
        name: WantedName,
    },
    /// A client that the log no longer knows is put back into chat as it was.
    Return {
        member: u64,
        /// Its name before.
        name: String,
        /// The user that it was authenticated as.
        user: Option<String>,
        /// Its rooms before, the current one last.
        rooms: Vec<String>,
    },
    /// A client sent a line.
    Line { member: u64, text: String },
    /// A client left.
    Exit { member: u64 },
    /// The node's heartbeat.
    Beat,
    /// The node leaves, with all its clients.
    Bye,
}
