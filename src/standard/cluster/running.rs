//! A server's part of a cluster while it runs: the threads, and the end.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::application::Clustered;
use crate::cluster::{
    Cluster, ClusterStatus, Deliver, FieldWriter, MAX_ACCOUNTS, MAX_NAME_BYTES, NodeId, Port,
    Reporter, Threads, start,
};
use crate::connection::Entropy;
use crate::hub::{Hub, HubOptions};
use crate::standard::chat::{ChatInput, ChatLimits, Request};

/// How long the end waits until the others know that this server goes.
const BYE_TIME: Duration = Duration::from_secs(1);

/// The most bytes of the names of accounts together: they go in one entry.
const MAX_ACCOUNT_BYTES: usize = 4 << 20;

/// A node of a cluster. When it is dropped, the others are told that this server goes; that takes a
/// second at most.
#[derive(Debug)]
pub(in crate::standard) struct Running {
    hub: Hub<ChatInput>,
    reporter: Reporter,
    _threads: Threads,
}

impl Running {
    /// Starts a hub that is a node of this cluster. The log is not waited for.
    pub(in crate::standard) fn start(
        options: HubOptions,
        limits: ChatLimits,
        accounts: &[String],
        cluster: &Cluster,
    ) -> io::Result<(Hub<ChatInput>, Self)> {
        check(accounts)?;
        let node = NodeId(Entropy::new().next_u64());
        let reporter = Reporter::new(node);
        let (port, writer, follower) = Port::new(cluster, &reporter);
        let accounts = accounts.to_vec();
        let application = Clustered::new(
            node,
            limits,
            accounts,
            port,
            reporter.clone(),
            Instant::now(),
        );
        let hub = Hub::start_with(options, application)?;
        let threads = start(writer, follower, || {
            let feed = hub.feed();
            let deliver: Deliver = Box::new(move |from, bytes| {
                feed.submit(ChatInput(Request::FromLog(Box::new(from))), bytes)
            });
            deliver
        })?;
        let running = Self {
            hub: hub.clone(),
            reporter,
            _threads: threads,
        };
        Ok((hub, running))
    }

    pub(in crate::standard) fn status(&self) -> &Arc<ClusterStatus> {
        self.reporter.status()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let bye = ChatInput(Request::Bye);
        if self.hub.submit_and_wait(bye, BYE_TIME) {
            let _: bool = self.reporter.wait_until_left(BYE_TIME);
        }
    }
}

/// The accounts are told to the others in one entry, which has to take them.
fn check(accounts: &[String]) -> io::Result<()> {
    let mut fields = FieldWriter::default();
    fields.texts(accounts);
    let is_long = accounts
        .iter()
        .any(|account| account.len() > MAX_NAME_BYTES);
    if accounts.len() <= MAX_ACCOUNTS && fields.len() <= MAX_ACCOUNT_BYTES && !is_long {
        return Ok(());
    }
    let why = format!(
        "a server of a cluster has at most {MAX_ACCOUNTS} accounts, of {MAX_ACCOUNT_BYTES} bytes together"
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}
