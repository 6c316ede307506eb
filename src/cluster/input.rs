//! What a node puts into the log: what its clients do, and signs of its own life.

/// How a client comes to its name in chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedName {
    /// It did not ask for one.
    Guest,
    /// It asked for this one.
    Name(String),
    /// It has proved to be this user.
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

/// What all nodes of a cluster have to agree on, and what a node adds to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// Rooms of chat in all.
    pub max_rooms: u64,
    /// Rooms that one client may be in.
    pub max_rooms_per_client: u64,
    /// Users whose names belong to them. Each node tells those that it knows; they are joined.
    pub accounts: Vec<String>,
}

/// One input. Clients are named by their number on the node that the entry is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The node comes, or comes back. The first input of its first entry.
    Hello(Terms),
    /// A message for every client of `/broadcast`.
    Publish(Payload),
    /// A client has come to chat, for `room`.
    Enter {
        /// The client.
        member: u64,
        /// The room that it asked for.
        room: String,
        /// The name that it asked for.
        name: WantedName,
    },
    /// A client is in chat as before, although the log says no more that it is.
    Return {
        /// The client.
        member: u64,
        /// Its name until now.
        name: String,
        /// The user that it has proved to be.
        user: Option<String>,
        /// Its rooms until now, the current one last.
        rooms: Vec<String>,
    },
    /// A client has sent a line.
    Line {
        /// The client.
        member: u64,
        /// The line.
        text: String,
    },
    /// A client has gone.
    Exit {
        /// The client.
        member: u64,
    },
    /// The node lives.
    Beat,
    /// The node goes, and all its clients.
    Bye,
}
