//! The log that the servers of a cluster share: its contents and its operations.
//!
//! All nodes append to one log and apply its entries in its order. [`Log`] is implemented over
//! Redis, and in memory for tests; all of its calls block, for a bounded time.

use std::fmt;
use std::time::Duration;

/// The number of an entry. The first entry of an epoch has number 1; there are no gaps.
pub type Sequence = u64;

/// Identifies one epoch of the log, from its creation until it is lost or replaced; never 0. The
/// upper half counts the epochs, so that an older copy of the log is recognised; the lower half is
/// random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u128);

/// The ID of one server process of the cluster: a random number, new at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// A node's request to append a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append<'a> {
    /// The epoch that the node has read.
    pub epoch: Epoch,
    pub node: NodeId,
    /// The node's own count of its appends, from 1. A counter that the log has already seen is a
    /// retry.
    pub counter: u64,
    /// At most [`MAX_BUNDLE_BYTES`].
    pub bundle: &'a [u8],
}

/// The longest bundle that a log accepts: one message of 8 MiB and its envelope.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024 + 64 * 1024;

/// The log's answer to an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The bundle has this sequence number; it was appended now, or by an earlier attempt whose
    /// answer was lost.
    At(Sequence),
    /// The log has another epoch; nothing was appended.
    OtherEpoch(Epoch),
    /// The log has no epoch: it is new, or was emptied; nothing was appended. Only
    /// [`Log::change_epoch`] begins an epoch: an emptied log that continued its old epoch would
    /// count from 1 again, and a reader that does not know could take the new entry 101 for the
    /// successor of its entry 100.
    NoEpoch,
}

/// One entry, as every node reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub sequence: Sequence,
    pub epoch: Epoch,
    pub node: NodeId,
    pub counter: u64,
    /// The time by the log's own clock when the entry was appended, since the Unix epoch; never
    /// earlier than that of the entry before.
    pub time: Duration,
    pub bundle: Vec<u8>,
}

/// The range of entries that the log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub epoch: Epoch,
    /// The number of the last entry; 0 if there is none yet.
    pub last: Sequence,
    /// The number of the first entry that is still stored; `last + 1` if there is none.
    pub first: Sequence,
}

/// The state that all nodes share after an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub epoch: Epoch,
    pub sequence: Sequence,
    pub state: Vec<u8>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogError {
    /// The log was not reached, or did not answer in time; the call may or may not have taken
    /// effect. It can be retried on a new connection.
    Unreachable(String),
    /// The log answered with a refusal: a wrong password, a missing permission, no memory, a key of
    /// another type. The text says what an operator can do. The call can be retried later.
    Refused(String),
    /// The log's contents are not what a node writes. The text says why.
    Corrupt(String),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Refused(why) | Self::Corrupt(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for LogError {}

/// One connection to the log; dropping it closes the connection. A node has two: one appends, one
/// reads. Every call is bounded in time.
pub trait Log: Send {
    /// Appends the bundle, unless the epoch differs or this append has already taken effect.
    fn append(&mut self, append: Append<'_>) -> Result<Appended, LogError>;

    /// Reads the entries after `after`, in order, at most 1,000 or 8 MiB at once (but at least one
    /// entry); waits up to `wait` for the first one. Empty if none came. Gaps are not hidden: the
    /// first entry may have any number.
    fn read(&mut self, after: Sequence, wait: Duration) -> Result<Vec<Entry>, LogError>;

    /// Reads one entry; `None` if it is not stored, or no longer.
    fn entry(&mut self, sequence: Sequence) -> Result<Option<Entry>, LogError>;

    /// The range of entries that the log holds; `None` if it has no epoch yet.
    fn position(&mut self) -> Result<Option<Position>, LogError>;

    /// Begins the epoch `to`, without entries, counters and snapshot, if the epoch is still `from`.
    /// Returns the epoch that the log has afterwards, whichever node began it.
    fn change_epoch(&mut self, from: Option<Epoch>, to: Epoch) -> Result<Epoch, LogError>;

    /// The snapshot that was stored last.
    fn snapshot(&mut self) -> Result<Option<Snapshot>, LogError>;

    /// Stores a snapshot, if it is of the log's epoch and newer than the stored one.
    fn store_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), LogError>;
}

/// Opens connections to the log.
pub trait LogSource: Send + Sync + 'static {
    /// Opens a new connection; the address is resolved again.
    fn connect(&self) -> Result<Box<dyn Log>, LogError>;
}
