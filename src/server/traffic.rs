//! The traffic of all connections of a server, summed up for one moment.

use crate::connection::{Sender, Tally};

/// What the connections of a server, including those that have ended, have sent and received since
/// its start, and what is queued for those that are open. Each connection is counted once, whenever
/// the snapshot is taken.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTraffic {
    /// Received from clients, by kind.
    pub received: Tally,
    /// Sent to clients, by kind.
    pub sent: Tally,
    /// The longest queue of one client since the start, in messages.
    pub high_water: usize,
    /// Messages queued now, for all clients together.
    pub queued_messages: usize,
    /// Bytes of frames queued now, for all clients together.
    pub queued_bytes: usize,
    /// The longest queue of one client now, in messages.
    pub longest_queue: usize,
    /// Connections now, those in their opening handshake included. Each has one thread.
    pub connections: usize,
    /// Clients that have a writer thread, or are about to get one.
    pub writers: usize,
    /// Threads that accept connections: one for each listening address.
    pub listeners: usize,
    /// Bytes in use of the budget for unfinished messages and queues
    /// ([`Builder::memory`](crate::server::Builder::memory)).
    pub memory_used_bytes: usize,
    /// The size of that budget; `None`: it has no bound.
    pub memory_limit_bytes: Option<usize>,
}

impl ServerTraffic {
    /// Adds an open connection.
    pub(super) fn add(&mut self, client: &Sender) {
        self.add_ended(client);
        let (messages, bytes) = client.queued();
        self.queued_messages += messages;
        self.queued_bytes += bytes;
        self.longest_queue = self.longest_queue.max(messages);
        self.writers += usize::from(client.has_writer());
    }

    /// Adds a connection that has ended: nothing waits for it any more.
    pub(super) fn add_ended(&mut self, client: &Sender) {
        let (received, sent) = client.tallies();
        self.received.add(&received);
        self.sent.add(&sent);
        self.high_water = self.high_water.max(client.high_water());
    }
}
