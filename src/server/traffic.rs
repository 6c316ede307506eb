//! What goes over all connections of a server, summed up for one moment.

use crate::connection::{Sender, Tally};

/// What the connections of a server, those that have ended included, have sent and received
/// since its start, and what waits for those that are open. Each connection is counted once,
/// whenever the snapshot is taken.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTraffic {
    /// Received from clients, by kind.
    pub received: Tally,
    /// Sent to clients, by kind.
    pub sent: Tally,
    /// The most messages that ever waited for one client.
    pub high_water: usize,
    /// Messages that wait now, for all clients together.
    pub queued_messages: usize,
    /// Bytes of frames that wait now, for all clients together.
    pub queued_bytes: usize,
    /// The most messages that wait for one client now.
    pub longest_queue: usize,
    /// Connections now, those in their opening handshake included. Each has one thread.
    pub connections: usize,
    /// Clients to which a thread writes what others send, or is about to.
    pub writers: usize,
    /// Threads that accept connections: one for each listening address.
    pub listeners: usize,
    /// Bytes that are taken of the budget for unfinished messages and for what waits
    /// ([`Builder::memory`](crate::server::Builder::memory)).
    pub memory_used_bytes: usize,
    /// What that budget has in all; `None`: it has no bound.
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
