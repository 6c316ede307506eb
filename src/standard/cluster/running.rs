//! A running node of a cluster: its threads and its shutdown.

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

/// How long the shutdown waits until the other servers know that this one leaves.
const BYE_TIME: Duration = Duration::from_secs(1);

/// The most bytes that the names of all accounts may have together: they are sent in one entry.
const MAX_ACCOUNT_BYTES: usize = 4 << 20;

/// A node of a cluster. When it is dropped, the other servers are told that this one leaves; that
/// takes at most a second.
#[derive(Debug)]
pub(in crate::standard) struct Running {
    hub: Hub<ChatInput>,
    reporter: Reporter,
    _threads: Threads,
}

impl Running {
    /// Starts a hub that is a node of this cluster, without waiting for the log.
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

/// Checks that the accounts fit into the one entry that announces them to the other servers.
fn check(accounts: &[String]) -> io::Result<()> {
    let mut fields = FieldWriter::default();
    fields.texts(accounts);
    let has_long_name = accounts
        .iter()
        .any(|account| account.len() > MAX_NAME_BYTES);
    if accounts.len() <= MAX_ACCOUNTS && fields.len() <= MAX_ACCOUNT_BYTES && !has_long_name {
        return Ok(());
    }
    let why = format!(
        "a server of a cluster has at most {MAX_ACCOUNTS} accounts, of {MAX_ACCOUNT_BYTES} bytes together"
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};

    use super::*;
    use crate::client::Client;
    use crate::cluster::MemoryLog;
    use crate::protocol::MessageBuf;
    use crate::server::{Server, ServerHandle};
    use crate::standard::{Standard, StandardOptions};

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A server with its threads and sockets.
    #[derive(Debug)]
    struct Live {
        standard: Standard,
        _server: ServerHandle,
        address: SocketAddr,
    }

    fn live(log: &MemoryLog) -> Live {
        let options = StandardOptions {
            public_metrics: true,
            ..StandardOptions::default()
        };
        let standard = Standard::start_in_cluster(options, log.view().cluster()).unwrap();
        let builder = Server::builder().listen(["127.0.0.1:0"]);
        let server = standard.add_to(builder).bind().unwrap();
        let address = server.addresses()[0];
        let server = server.spawn().unwrap();
        Live {
            standard,
            _server: server,
            address,
        }
    }

    impl Live {
        fn joined(log: &MemoryLog) -> Self {
            let live = live(log);
            let status = live.standard.cluster_status().unwrap();
            assert!(status.wait_until_joined(PATIENCE));
            live
        }

        fn client(&self, target: &str) -> Client {
            Client::connect(&format!("ws://{}{target}", self.address)).unwrap()
        }

        fn get(&self, target: &str) -> String {
            let mut socket = TcpStream::connect(self.address).unwrap();
            let head =
                format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            socket.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            answer
        }

        fn status(&self) -> Arc<ClusterStatus> {
            self.standard.cluster_status().unwrap()
        }
    }

    fn next(client: &mut Client) -> String {
        match client.receive_timeout(PATIENCE) {
            Ok(MessageBuf::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    /// The lines that a client receives, up to one that ends with `end`.
    fn until(client: &mut Client, end: &str) -> Vec<String> {
        let mut lines = vec![next(client)];
        while !lines.last().is_some_and(|line| line.ends_with(end)) {
            lines.push(next(client));
        }
        lines
    }

    #[test]
    fn clients_of_several_servers_share_rooms_and_messages_over_threads_and_sockets() {
        let log = MemoryLog::new();
        let servers = [Live::joined(&log), Live::joined(&log), Live::joined(&log)];
        let mut ana = servers[0].client("/chat/lobby?name=ana");
        until(&mut ana, "ana joined (1 here)");
        let mut bob = servers[1].client("/chat/lobby?name=bob");
        until(&mut bob, "bob joined (2 here)");
        ana.text("hello").unwrap();
        assert_eq!(until(&mut bob, "hello"), ["#lobby ana: hello"]);
        until(&mut ana, "hello");

        let mut subscribers: Vec<_> = (servers.iter())
            .map(|live| {
                let mut client = live.client("/broadcast");
                client.text("here").unwrap();
                until(&mut client, "here"); // so it is in the room
                client
            })
            .collect();
        const EACH: usize = 300;
        for (number, client) in subscribers.iter().enumerate() {
            for message in 0..EACH {
                client.text(&format!("{number}.{message}")).unwrap();
            }
        }
        let mut all: Vec<Vec<String>> = Vec::new();
        for client in &mut subscribers {
            let messages = std::iter::repeat_with(|| next(client)).filter(|text| text != "here");
            all.push(messages.take(EACH * 3).collect());
        }
        assert_eq!(all[0], all[1]);
        assert_eq!(all[0], all[2]);
        assert_eq!(servers[2].status().nodes(), 3);
        let metrics = servers[2].get("/metrics");
        for line in [
            "wshub_cluster_up 1\n",
            "wshub_cluster_nodes 3\n",
            "wshub_cluster_refused_total 0\n",
            "wshub_cluster_gaps_total{reason=\"trimmed\"} 0\n",
            "wshub_cluster_append_seconds_bucket{le=\"0.001\"} ",
        ] {
            assert!(metrics.contains(line), "{line:?} in {metrics}");
        }

        let mut servers = servers.into_iter();
        drop(servers.next()); // a regular shutdown, with a Bye
        assert_eq!(until(&mut bob, "here)"), ["#lobby * ana left (1 here)"]);
    }

    #[test]
    fn while_the_log_is_away_new_clients_get_503_and_publishers_are_told() {
        let log = MemoryLog::new();
        log.set_away(true);
        let server = live(&log);
        assert!(server.get("/healthz").starts_with("HTTP/1.1 200 "));
        assert!(server.get("/healthz?cluster").starts_with("HTTP/1.1 503 "));
        for target in ["/broadcast", "/chat", "/chat/lobby"] {
            let refused = Client::connect(&format!("ws://{}{target}", server.address));
            let why = refused.unwrap_err().to_string();
            assert!(why.contains("503"), "{target}: {why}");
        }
        server.client("/echo").text("goes on").unwrap();
        log.set_away(false);
        assert!(server.status().wait_until_joined(PATIENCE));
        assert!(server.get("/healthz?cluster").starts_with("HTTP/1.1 200 "));

        let mut ana = server.client("/chat?name=ana");
        until(&mut ana, "joined (1 here)");
        let (publisher, subscriber) = (server.client("/broadcast"), server.client("/broadcast"));
        publisher.text("before").unwrap();
        let mut subscriber = subscriber;
        assert_eq!(next(&mut subscriber), "before");
        log.set_away(true);
        ana.text("lost").unwrap();
        publisher.text("lost").unwrap();
        let told = until(&mut ana, "");
        assert!(told[0].starts_with("! not sent"), "{told:?}");
        let cause = publisher.wait_for_end();
        assert_eq!(cause.code, 1013);
        assert!(!server.status().is_up());
        assert!(server.status().trouble().is_some());
        log.set_away(false);
        while !server.status().is_up() {
            std::thread::sleep(Duration::from_millis(5));
        }
        ana.text("found").unwrap();
        until(&mut ana, "found");
    }

    #[test]
    fn a_message_that_is_too_long_for_a_cluster_is_refused_with_1009() {
        let log = MemoryLog::new();
        let server = Live::joined(&log);
        let longest = vec![7; crate::cluster::MAX_PAYLOAD_BYTES];
        let mut client = server.client("/broadcast");
        client.binary(&longest).unwrap();
        let Ok(MessageBuf::Binary(back)) = client.receive_timeout(PATIENCE) else {
            panic!("it did not come back")
        };
        assert_eq!(back, longest);
        drop(client);
        let client = server.client("/broadcast");
        let too_long = vec![7; crate::cluster::MAX_PAYLOAD_BYTES + 1];
        drop(client.binary(&too_long)); // the connection may be closed before all is sent
        assert_eq!(client.wait_for_end().code, 1009);
    }
}
