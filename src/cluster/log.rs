//! The log that the servers of a cluster share: what it holds, and what can be asked of it.
//!
//! All nodes append to one log and apply its entries in its order. What keeps it (Redis, or
//! memory in tests) stands behind [`Log`]; all of its calls wait, with a bound.

use std::fmt;
use std::time::Duration;

/// The number of an entry. The first entry of an epoch has 1; there are no holes.
pub type Sequence = u64;

/// Tells one life of the log from another; never 0. The upper half counts the lives, so that an
/// older copy of the log is known as such; the lower half is random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u128);

/// One server of the cluster, from its start to its end: a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// What a node asks to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append<'a> {
    /// The epoch that the node lives in.
    pub epoch: Epoch,
    pub node: NodeId,
    /// The node's own count of its appends, from 1. One that the log has seen is a retry.
    pub counter: u64,
    /// At most [`MAX_BUNDLE_BYTES`].
    pub bundle: &'a [u8],
}

/// The longest bundle that a log takes: one message of 8 MiB and its envelope.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024 + 64 * 1024;

/// The answer to an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It stands at this place, now or since an earlier try whose answer was lost.
    At(Sequence),
    /// The log has another epoch; nothing was appended.
    OtherEpoch(Epoch),
    /// The log has no epoch: it is new, or was emptied; nothing was appended. An epoch begins by
    /// [`Log::change_epoch`] alone: an emptied log that went on in its old epoch would count from 1
    /// again, and a reader that is not told could take the new entry 101 for the one behind its 100.
    NoEpoch,
}

/// One entry, as every node reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub sequence: Sequence,
    pub epoch: Epoch,
    pub node: NodeId,
    pub counter: u64,
    /// The log's own clock when the entry was appended: since the Unix epoch; never less than that
    /// of the entry before.
    pub time: Duration,
    pub bundle: Vec<u8>,
}

/// Where the log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub epoch: Epoch,
    /// The last entry's number; 0: there is none yet.
    pub last: Sequence,
    /// The first entry that is still there; one more than `last` where there is none.
    pub first: Sequence,
}

/// The state of all nodes as of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub epoch: Epoch,
    pub sequence: Sequence,
    pub state: Vec<u8>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogError {
    /// It was not reached, or gave no answer in time; the call may have happened or not. Worth
    /// another try on a new connection.
    Unreachable(String),
    /// It answered, and refuses: a wrong password, a missing right, no memory, a key of another
    /// type. In words, with what an operator can do. Worth another try later.
    Refused(String),
    /// What it holds is not what a node wrote. In words.
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

/// One connection to the log; a node has two, one that appends and one that reads. Dropping it
/// closes it. Every call is bounded in time.
pub trait Log: Send {
    /// Appends, unless the epoch differs or this append has happened already.
    fn append(&mut self, append: Append<'_>) -> Result<Appended, LogError>;

    /// The entries behind `after`, in order, 1,000 or 8 MiB at once at most (one entry at least);
    /// waits up to `wait` for the first one. Empty: there was none. Holes are not hidden: the first entry may
    /// have any number.
    fn read(&mut self, after: Sequence, wait: Duration) -> Result<Vec<Entry>, LogError>;

    /// One entry; `None`: it is not there (any more).
    fn entry(&mut self, sequence: Sequence) -> Result<Option<Entry>, LogError>;

    /// Where the log stands; `None`: it has no epoch yet.
    fn position(&mut self) -> Result<Option<Position>, LogError>;

    /// Begins the epoch `to`, without entries, counters and snapshot, if the epoch is still `from`.
    /// The answer is the epoch that the log has then, whoever began it.
    fn change_epoch(&mut self, from: Option<Epoch>, to: Epoch) -> Result<Epoch, LogError>;

    /// The snapshot that was stored last.
    fn snapshot(&mut self) -> Result<Option<Snapshot>, LogError>;

    /// Stores a snapshot, if it is of the log's epoch and newer than the stored one.
    fn store_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), LogError>;
}

/// Opens connections to the log.
pub trait LogSource: Send + Sync + 'static {
    /// A new connection, the address resolved anew.
    fn connect(&self) -> Result<Box<dyn Log>, LogError>;
}
