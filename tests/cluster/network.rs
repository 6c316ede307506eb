//! A server in a network namespace of its own, whose route to Redis leads through a router in a
//! further namespace: packets that the router drops are lost, as with a broken cable. The
//! namespaces belong to processes that end with the test, so nothing of them remains.
//!
//! The test itself has to be in a namespace of its own; `tests/cluster/run` starts it so.

use std::process::{Child, ChildStdin, Command, Stdio};

use crate::support::redis_server::until;

/// The address of Redis, as seen by the server behind the router.
pub const REDIS: &str = "198.18.0.3";
/// The address of the test.
const TEST: &str = "198.18.0.2";
/// The address of the server.
pub const SERVER: &str = "198.18.1.2";

/// What the router drops.
#[derive(Debug, Clone, Copy)]
pub enum Lost {
    /// Packets from Redis: Redis receives from the server, but the server does not receive from
    /// Redis.
    Answers,
    Everything,
}

/// A namespace, which ends when this is dropped.
struct Namespace {
    holder: Child,
    /// The process that holds the namespace ends when its stdin does, so that nothing outlives the
    /// test.
    _input: ChildStdin,
}

impl Namespace {
    fn new() -> Self {
        let mut holder = Command::new("unshare")
            .args(["--net", "cat"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("unshare cannot be started; Debian has it in util-linux");
        let input = holder.stdin.take().unwrap();
        let namespace = Self {
            holder,
            _input: input,
        };
        let own = |id: &str| std::fs::read_link(format!("/proc/{id}/ns/net")).ok();
        until("the namespace is there", || {
            let other = own(&namespace.id())?;
            (Some(other) != own("self")).then_some(())
        });
        namespace
    }

    fn id(&self) -> String {
        self.holder.id().to_string()
    }

    /// The command prefix that runs a command in this namespace.
    fn prefix(&self) -> Vec<String> {
        vec![
            "nsenter".into(),
            "--net".into(),
            "--target".into(),
            self.id(),
        ]
    }

    fn run(&self, command: &str) {
        let mut words = self.prefix();
        words.extend(command.split(' ').map(ToOwned::to_owned));
        run(&words);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn run(words: &[impl AsRef<std::ffi::OsStr> + std::fmt::Debug]) {
    let done = Command::new(&words[0]).args(&words[1..]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{words:?}: {said}");
}

fn run_here(command: &str) {
    run(&command.split(' ').collect::<Vec<_>>());
}

pub struct Network {
    router: Namespace,
    server: Namespace,
}

impl Network {
    pub fn new() -> Self {
        let routes = Command::new("ip").arg("route").output().unwrap();
        let routes = String::from_utf8_lossy(&routes.stdout).into_owned();
        assert!(
            routes.is_empty(),
            "{routes}: this test needs a network namespace of its own; tests/cluster/run"
        );
        let network = Self {
            router: Namespace::new(),
            server: Namespace::new(),
        };
        let (router, server) = (network.router.id(), network.server.id());
        run_here(&format!(
            "ip link add test type veth peer name to-test netns {router}"
        ));
        network.router.run(&format!(
            "ip link add to-server type veth peer name server netns {server}"
        ));
        for address in [TEST, REDIS] {
            run_here(&format!("ip address add {address}/24 dev test"));
        }
        run_here("ip link set test up");
        run_here("ip route add 198.18.1.0/24 via 198.18.0.1");
        let router = &network.router;
        router.run("ip address add 198.18.0.1/24 dev to-test");
        router.run("ip address add 198.18.1.1/24 dev to-server");
        router.run("ip link set to-test up");
        router.run("ip link set to-server up");
        router.run("sysctl -q -w net.ipv4.ip_forward=1");
        let server = &network.server;
        server.run(&format!("ip address add {SERVER}/24 dev server"));
        server.run("ip link set server up");
        server.run("ip route add default via 198.18.1.1");
        network
    }

    /// The command prefix that runs a command in the server's namespace.
    pub fn at_server(&self) -> Vec<String> {
        self.server.prefix()
    }

    pub fn lose(&self, lost: Lost) {
        self.rules("add", lost);
    }

    pub fn mend(&self, lost: Lost) {
        self.rules("delete", lost);
    }

    fn rules(&self, change: &str, lost: Lost) {
        let answers = format!("ip rule {change} from {REDIS} blackhole");
        self.router.run(&answers);
        if matches!(lost, Lost::Everything) {
            self.router
                .run(&format!("ip rule {change} to {REDIS} blackhole"));
        }
    }
}
