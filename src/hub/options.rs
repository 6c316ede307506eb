//! The settings of a hub and of its rooms.

use std::time::Duration;

use crate::connection::MemoryBudget;
use crate::protocol::{SettingError, check_duration};

/// What happens to a client whose queue of messages is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SlowClient {
    /// It still gets what is queued, then Close 1008 "slow consumer". The default.
    #[default]
    Disconnect,
    /// It stays, and misses the messages that arrive while its queue is full; each missed message
    /// is counted.
    Drop,
}

/// The settings of a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubOptions {
    /// What happens to a client whose queue is full. Default: it is disconnected.
    pub slow_client: SlowClient,
    /// How long a client that is disconnected for being slow has to take what is queued and
    /// its Close; then the connection is aborted. More than zero, at most 365 days; default 5 s.
    pub eviction_timeout: Duration,
    /// The memory for published messages that wait for clients. When it has no room, publishers
    /// wait, and after 5 s the message is refused. Usually this is the budget of the
    /// [server](crate::server::Builder::memory). Default: no bound; then each client's queue is
    /// bounded, but their sum is not.
    pub memory: MemoryBudget,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            slow_client: SlowClient::default(),
            eviction_timeout: Duration::from_secs(5),
            memory: MemoryBudget::default(),
        }
    }
}

impl HubOptions {
    /// Refuses settings that are out of range.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        check_duration("eviction_timeout", self.eviction_timeout)
    }
}

/// The settings of a room.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoomOptions {
    /// Makes the text that a member gets after it missed messages under [`SlowClient::Drop`], as
    /// soon as its queue has room again. Its argument is the number of missed messages, over all
    /// rooms of the connection that have such a text. Default: no text is sent.
    pub missed: Option<fn(usize) -> String>,
}
