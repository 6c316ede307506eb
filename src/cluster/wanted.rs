//! What a node is told and asked: inputs and what becomes of them, bundles to append, and why a node
//! is kept out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::log::{Epoch, NodeId};
use super::members::NotLetIn;

/// Stands for one input of a client until it is known what became of it.
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
    /// What was held back for it.
    pub ticket: Option<Ticket>,
    /// The client's number.
    pub member: u64,
    /// What it wanted.
    pub wish: Wish,
    /// It is certain that nobody gets it; otherwise others may have got it, or will.
    pub is_certain: bool,
}

/// What an entry does, for everybody to apply in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// By the log's clock.
    pub time: Duration,
    /// The nodes that are found dead; their clients go first.
    pub dead: Vec<NodeId>,
    /// Each with the ticket of its client, if that is one of this node.
    pub inputs: Vec<(Input, Option<Ticket>)>,
    /// The entry's node goes, with its clients, behind its inputs.
    pub has_left: bool,
    /// When this node gave the entry to the log, if it is its own.
    pub own_since: Option<Instant>,
    /// This node is to store the state that follows.
    pub is_snapshot_due: bool,
}

/// A bundle to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub epoch: Epoch,
    pub node: NodeId,
    pub counter: u64,
    pub bundle: Arc<[u8]>,
    /// On a new connection.
    pub is_retry: bool,
}

/// What a node wants done.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// To be appended.
    pub job: Option<Job>,
    /// To be told to publishers.
    pub unsent: Vec<Unsent>,
    /// The log is to be read over a new connection.
    pub reconnect: bool,
    /// When to ask again, at the latest.
    pub next: Instant,
}

/// Why a node is not let in although it reads and appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOut {
    NotLetIn(NotLetIn),
    /// Another node writes another format.
    OtherVersion(u8),
    /// The state in the log cannot be read.
    Unreadable,
}

impl KeptOut {
    /// Whether what the others know is not known here, so that nothing may be appended.
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
