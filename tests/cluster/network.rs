//! A server in a network namespace of its own, whose way to Redis leads through a router, a further
//! namespace: what the router drops is gone for good, as with a broken cable. The namespaces belong to
//! processes that end with the test, and nothing of them is left.
//!
//! The test itself has to be in a namespace of its own; `tests/cluster/run` starts it so.

use std::process::{Child, ChildStdin, Command, Stdio};

use crate::support::redis_server::until;

/// Where Redis is, for the server behind the router.
pub const REDIS: &str = "198.18.0.3";
/// Where the test is.
const TEST: &str = "198.18.0.2";
/// Where the server is.
pub const SERVER: &str = "198.18.1.2";

/// What the router drops.
#[derive(Debug, Clone, Copy)]
pub enum Lost {
    /// What Redis sends: it hears the server, and the server does not hear it.
    Answers,
    Everything,
}

/// A namespace; it ends when this is dropped.
struct Namespace {
    holder: Child,
    /// The holder ends when its input does, so that nothing outlives the test.
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

    /// The words before a command that runs it in there.
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

    /// The words before a command that runs it where the server is.
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
