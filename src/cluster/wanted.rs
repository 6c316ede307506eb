//! The types of a node's interface: inputs and their outcomes, bundles to append, and why a node is
//! not admitted.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::log::{Epoch, NodeId};
use super::members::NotLetIn;

/// Identifies one input of a client until its outcome is known.
pub type Ticket = u64;

/// What a client wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To say a line in chat.
    Line,
    /// To publish a message.
    Publish,
    /// To enter chat.
    Enter,
}

/// An input of a client that was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsent {
    /// The ticket that `Node::push` gave for it; `None` if it was refused at once.
    pub ticket: Option<Ticket>,
    /// The number of the client.
    pub member: u64,
    /// What the client wanted.
    pub wish: Wish,
    /// Whether it is certain that nobody receives the input; if not, others may have received it,
    /// or still will.
    pub is_certain: bool,
}

/// The effects of an entry, which every node applies in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The time by the log's clock.
    pub time: Duration,
    /// The nodes that this entry declares dead; their clients leave first.
    pub dead: Vec<NodeId>,
    /// The inputs, each with the ticket of its client if that is a client of this node.
    pub inputs: Vec<(Input, Option<Ticket>)>,
    /// Whether the entry's node leaves, with its clients, after the inputs.
    pub has_left: bool,
    /// When this node first appended the entry, if it is its own.
    pub own_since: Option<Instant>,
    /// Whether this node is to store the state that follows.
    pub is_snapshot_due: bool,
}

/// A bundle to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub epoch: Epoch,
    pub node: NodeId,
    pub counter: u64,
    pub bundle: Arc<[u8]>,
    /// Whether this is a retry; it is made on a new connection.
    pub is_retry: bool,
}

/// What a node asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The bundle to append.
    pub job: Option<Job>,
    /// The inputs whose publishers are to be told that they were not sent.
    pub unsent: Vec<Unsent>,
    /// Whether the log is to be read over a new connection.
    pub reconnect: bool,
    /// When to poll again, at the latest.
    pub next: Instant,
}

/// Why a node is not admitted although it reads and appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOut {
    NotLetIn(NotLetIn),
    /// Another node writes a different format.
    OtherVersion(u8),
    /// The state in the log cannot be read.
    Unreadable,
}

impl KeptOut {
    /// Whether this node lacks the state that the others have, so that it may not append.
    pub fn is_blind(self) -> bool {
        matches!(self, Self::OtherVersion(_) | Self::Unreadable)
    }
}

impl fmt::Display for KeptOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLetIn(NotLetIn::Full) => "the cluster has 64 servers, which is the most",
            Self::NotLetIn(NotLetIn::OtherTerms) => {
                "the other servers of the cluster have other limits for the rooms of chat; they must be \
                 the same on all"
            }
            Self::NotLetIn(NotLetIn::NoHello) => "the other servers took this one for dead",
            Self::Unreadable => {
                "the snapshot in the shared log cannot be read; have the same version on all servers, or \
                 delete the snapshot"
            }
            Self::OtherVersion(_) => {
                "another server writes a newer format to the shared log; update this one, and restart \
                 it"
            }
        })
    }
}
