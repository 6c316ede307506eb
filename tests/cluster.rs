//! Three servers on one Redis, 300 clients, and what happens to both. `tests/cluster/run` runs these.

#![cfg(all(feature = "cluster", feature = "cli", unix))]

#[path = "cluster/cable.rs"]
mod cable;
#[path = "cluster/crowd.rs"]
mod crowd;
#[path = "cluster/network.rs"]
mod network;
mod support;
#[path = "cluster/transcripts.rs"]
mod transcripts;

use std::thread;
use std::time::Duration;

use cable::Cable;
use crowd::{Crowd, Report};
use network::{Lost, Network};
use support::program::Program;
use support::redis_server::{RedisServer, free_port, new_directory, path, until};
use transcripts::faults;

/// For each server and room; 300 in all.
const MEMBERS: usize = 50;
const SENDERS: usize = 4;

/// How long there is traffic before something happens, and afterwards.
const CALM: Duration = Duration::from_millis(1500);

const SECOND: Duration = Duration::from_secs(1);

/// Redis that loses nothing.
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

struct World {
    redis: RedisServer,
    nodes: Vec<Program>,
}

impl World {
    fn start(arguments: &[&str]) -> Self {
        let redis = RedisServer::start(arguments);
        let url = format!("redis://127.0.0.1:{}", redis.port);
        Self::on(redis, &url)
    }

    /// Three servers on the log at `url`.
    fn on(redis: RedisServer, url: &str) -> Self {
        Self::on_each(redis, [url; 3])
    }

    fn on_each(redis: RedisServer, urls: [&str; 3]) -> Self {
        Self::of(redis, urls.map(|url| Program::start(&flags(url))))
    }

    fn of(redis: RedisServer, nodes: [Program; 3]) -> Self {
        let nodes = nodes.into();
        let world = Self { redis, nodes };
        world.until_joined();
        world
    }

    fn until_joined(&self) {
        for node in &self.nodes {
            until("the server is in the cluster", || is_up(node).then_some(()));
        }
    }
}

fn flags(url: &str) -> [&str; 4] {
    ["--cluster", url, "--queue-messages", "4096"]
}

fn is_up(node: &Program) -> bool {
    answer(node, "/healthz?cluster").starts_with("HTTP/1.1 200 ")
}

fn answer(node: &Program, target: &str) -> String {
    let mut socket = node.socket();
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.send_bytes(request.as_bytes());
    socket.everything()
}

/// What the clients see while something happens.
fn during(arguments: &[&str], happens: impl FnOnce(&mut World)) -> (Report, World) {
    during_in(World::start(arguments), happens)
}

fn during_in(mut world: World, happens: impl FnOnce(&mut World)) -> (Report, World) {
    let ports: Vec<u16> = world.nodes.iter().map(|node| node.port).collect();
    let crowd = Crowd::start(&ports, MEMBERS, SENDERS);
    println!("all are in");
    thread::sleep(CALM);
    happens(&mut world);
    world.until_joined();
    thread::sleep(CALM);
    let left: Vec<u16> = world.nodes.iter().map(|node| node.port).collect();
    let mut report = crowd.finish(&left);
    for transcript in &mut report.transcripts {
        // What is missing in /broadcast is told to the operator.
        let node = world
            .nodes
            .iter()
            .find(|node| node.port == ports[transcript.node]);
        let log = node.map(|node| node.log()).unwrap_or_default();
        transcript.may_miss =
            transcript.room == "broadcast" && log.contains("messages may be missing");
    }
    let longest = report
        .transcripts
        .iter()
        .map(|transcript| transcript.seen.len())
        .max();
    println!(
        "{} transcripts, the longest of {} lines; {} sent, {} refused, {} gaps told",
        report.transcripts.len(),
        longest.unwrap_or(0),
        report.sent,
        report.refused,
        report
            .transcripts
            .iter()
            .map(|transcript| transcript.gaps())
            .sum::<usize>(),
    );
    for end in report.ends.iter().take(5) {
        println!("{end}");
    }
    let faults = faults(&report.transcripts);
    if !faults.is_empty() {
        for (index, node) in world.nodes.iter().enumerate() {
            println!("server {index}:\n{}", node.log());
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    (report, world)
}

/// How many clients of chat were told of a gap.
fn told(report: &Report) -> usize {
    let chat = report
        .transcripts
        .iter()
        .filter(|transcript| transcript.room == "chat");
    chat.filter(|transcript| transcript.gaps() > 0).count()
}

/// Nothing was lost, so nobody is told anything; all is there that was not refused.
fn assert_whole(report: &Report, world: &World) {
    assert_eq!(told(report), 0);
    for node in &world.nodes {
        assert!(
            !node.log().contains("messages may be missing"),
            "{}",
            node.log()
        );
    }
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn nothing_happens() {
    let (report, world) = during(&[], |_| thread::sleep(2 * SECOND));
    assert_whole(&report, &world);
    assert_eq!(report.refused, 0);
    assert!(report.sent > 500);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_is_killed_and_has_an_append_only_file() {
    let (report, world) = during(DURABLE, |world| {
        world.redis.kill();
        thread::sleep(SECOND);
        world.redis.restart();
    });
    assert_whole(&report, &world);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_is_killed_and_has_an_old_copy() {
    let (report, _world) = during(&["--save", "3600 1"], |world| {
        world.redis.tell(&["SAVE"]);
        thread::sleep(SECOND);
        world.redis.kill();
        world.redis.restart();
    });
    assert_eq!(told(&report), 3 * MEMBERS);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_is_killed_and_has_nothing() {
    let (report, _world) = during(&[], |world| {
        world.redis.kill();
        world.redis.restart();
    });
    assert_eq!(told(&report), 3 * MEMBERS);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_stands_still_for_a_moment() {
    let (report, world) = during(&[], |world| {
        world.redis.signal("-STOP");
        thread::sleep(2 * SECOND);
        world.redis.signal("-CONT");
    });
    assert_whole(&report, &world);
    assert_eq!(report.refused, 0, "they wait for 3 s");
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_stands_still_for_long() {
    let (report, world) = during(&[], |world| {
        world.redis.signal("-STOP");
        thread::sleep(8 * SECOND);
        for node in &world.nodes {
            let answer = |target| answer(node, target);
            assert!(answer("/healthz").starts_with("HTTP/1.1 200 "));
            assert!(answer("/healthz?cluster").starts_with("HTTP/1.1 503 "));
            assert!(answer("/").starts_with("HTTP/1.1 200 "));
            for (path, expected) in [("/chat/new", 503), ("/broadcast", 503), ("/echo", 101)] {
                let mut socket = node.socket();
                socket.send_bytes(support::loopback::upgrade(path).as_bytes());
                let head = socket.head();
                assert!(
                    head.starts_with(&format!("HTTP/1.1 {expected} ")),
                    "{path}: {head}"
                );
            }
        }
        thread::sleep(2 * SECOND);
        world.redis.signal("-CONT");
    });
    assert_whole(&report, &world);
    assert!(report.refused > 0);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn an_operator_deletes_things() {
    for (words, is_told) in [
        (&["SCRIPT", "FLUSH"][..], false),
        (&["FLUSHALL"], true),
        (&["DEL", "{wshub}:meta"], true),
        (&["DEL", "{wshub}:snapshot"], false),
    ] {
        println!("{words:?}");
        let (report, world) = during(&[], |world| {
            world.redis.tell(words);
            thread::sleep(2 * SECOND);
        });
        match is_told {
            true => assert_eq!(told(&report), 3 * MEMBERS, "{words:?}"),
            false => assert_whole(&report, &world),
        }
    }
}

/// A primary, its replica, and the Sentinel that watches them.
fn with_sentinel() -> (World, RedisServer, RedisServer) {
    let primary = RedisServer::start(&["--repl-diskless-sync-delay", "0"]);
    let sentinel = RedisServer::start_sentinel(primary.port);
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    until("the Sentinel knows the replica", || {
        let replicas = sentinel.tell(&["SENTINEL", "REPLICAS", "mymaster"]);
        replicas.contains("master-link-status\nok").then_some(())
    });
    let url = format!("redis+sentinel://127.0.0.1:{}/mymaster", sentinel.port);
    (World::on(primary, &url), replica, sentinel)
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_replica_in_step_takes_over() {
    let (world, replica, _sentinel) = with_sentinel();
    let (report, world) = during_in(world, |world| {
        // What was answered has reached the replica: the last moment before is another test's.
        world.redis.tell(&["CLIENT", "PAUSE", "1000", "WRITE"]);
        until("the replica is in step", || {
            let offset = |server: &RedisServer| {
                let told = server.tell(&["INFO", "replication"]);
                let line = told
                    .lines()
                    .find_map(|line| line.strip_prefix("master_repl_offset:"));
                line.map(|number| number.trim().to_owned())
            };
            (offset(&world.redis) == offset(&replica)).then_some(())
        });
        world.redis.kill();
    });
    assert_whole(&report, &world);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_replica_that_lags_takes_over() {
    let (world, replica, _sentinel) = with_sentinel();
    let (report, _world) = during_in(world, |world| {
        replica.signal("-STOP");
        world.redis.tell(&["CLIENT", "KILL", "TYPE", "replica"]);
        thread::sleep(SECOND / 2);
        world.redis.kill();
        replica.signal("-CONT");
    });
    assert_eq!(told(&report), 3 * MEMBERS);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_primary_that_stood_still_comes_back_as_a_replica() {
    let (world, _replica, _sentinel) = with_sentinel();
    let (report, _world) = during_in(world, |world| {
        world.redis.signal("-STOP");
        thread::sleep(6 * SECOND); // the replica takes over
        world.redis.signal("-CONT");
        thread::sleep(2 * SECOND);
    });
    println!("{} were told", told(&report));
}

/// The third server reaches Redis by a cable of its own.
fn with_cable() -> (World, Cable) {
    let redis = RedisServer::start(&[]);
    let cable = Cable::to(redis.port);
    let direct = format!("redis://127.0.0.1:{}", redis.port);
    let by_cable = format!("redis://127.0.0.1:{}", cable.port);
    (World::on_each(redis, [&direct, &direct, &by_cable]), cable)
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_server_is_cut_off_for_a_moment() {
    let (world, cable) = with_cable();
    let (report, world) = during_in(world, |_| {
        cable.cut();
        thread::sleep(2 * SECOND);
        cable.mend();
    });
    assert_whole(&report, &world);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_server_is_cut_off_until_it_is_taken_for_dead() {
    let (world, cable) = with_cable();
    let (report, world) = during_in(world, |world| {
        cable.cut();
        thread::sleep(10 * SECOND);
        assert!(!is_up(&world.nodes[2]));
        assert!(is_up(&world.nodes[0]) && is_up(&world.nodes[1]));
        cable.mend();
    });
    assert_whole(&report, &world);
    assert!(report.refused > 0);
    let told = "it has not been heard of for 6 s; its clients leave";
    assert!(world.nodes.iter().all(|node| node.log().contains(told)));
}

/// Packets are dropped for good, so that connections neither end nor go on.
#[test]
#[ignore = "needs redis-server and a network namespace; tests/cluster/run"]
fn the_network_loses_what_a_server_and_redis_send() {
    let network = Network::new();
    for lost in [Lost::Answers, Lost::Everything] {
        println!("{lost:?}");
        let redis = RedisServer::start(&[
            "--bind",
            &format!("127.0.0.1 {}", network::REDIS),
            "--protected-mode",
            "no",
        ]);
        let near = format!("redis://127.0.0.1:{}", redis.port);
        let far = format!("redis://{}:{}", network::REDIS, redis.port);
        let apart = [&flags(&far)[..], &["--allow-host", "any"]].concat();
        let mut apart = Program::start_by(&network.at_server(), &apart);
        let server = network::SERVER.parse::<std::net::Ipv4Addr>().unwrap();
        let clients_way = Cable::to_address((server, apart.port).into());
        apart.port = clients_way.port;
        let nodes = [
            Program::start(&flags(&near)),
            Program::start(&flags(&near)),
            apart,
        ];
        let (report, world) = during_in(World::of(redis, nodes), |world| {
            network.lose(lost);
            thread::sleep(10 * SECOND);
            assert!(!is_up(&world.nodes[2]));
            assert!(is_up(&world.nodes[0]) && is_up(&world.nodes[1]));
            network.mend(lost);
        });
        assert_whole(&report, &world);
        assert!(report.refused > 0);
        let told = "it has not been heard of for 6 s; its clients leave";
        let others = &world.nodes[..2];
        assert!(others.iter().all(|node| node.log().contains(told)));
    }
}

/// Two servers go on with the replica and one with the old primary, until all are on the replica
/// again: what the one has written meanwhile is on no other.
#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn the_log_has_two_lives_for_a_while() {
    let primary = RedisServer::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    until("the replica is in step", || {
        let told = replica.tell(&["INFO", "replication"]);
        told.contains("master_link_status:up").then_some(())
    });
    let (many, one) = (Cable::to(primary.port), Cable::to(primary.port));
    let of_many = format!("redis://127.0.0.1:{}", many.port);
    let of_one = format!("redis://127.0.0.1:{}", one.port);
    let world = World::on_each(primary, [&of_many, &of_many, &of_one]);
    let (report, world) = during_in(world, |_| {
        replica.tell(&["REPLICAOF", "NO", "ONE"]);
        many.turn_to(replica.port);
        thread::sleep(9 * SECOND); // each side takes the other for dead
        one.turn_to(replica.port);
        thread::sleep(2 * SECOND);
    });
    assert_eq!(told(&report), 3 * MEMBERS);
    let untold = world
        .nodes
        .iter()
        .filter(|node| !node.log().contains("messages may be missing"));
    assert_eq!(untold.count(), 0);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_server_is_killed() {
    let (report, world) = during(&[], |world| {
        drop(world.nodes.pop());
        thread::sleep(8 * SECOND); // the others see it after 6
    });
    assert_whole(&report, &world);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_server_stands_still_until_it_is_taken_for_dead() {
    let (report, world) = during(&[], |world| {
        world.nodes[2].signal("-STOP");
        thread::sleep(9 * SECOND);
        world.nodes[2].signal("-CONT");
        thread::sleep(2 * SECOND);
    });
    assert_whole(&report, &world);
    let told = "it has not been heard of for 6 s; its clients leave";
    assert!(world.nodes.iter().all(|node| node.log().contains(told)));
}

/// Redis refuses from one moment on, and then no more: senders are told, and the operator is.
fn redis_refuses(world: World, breaks: &[&[&str]], why: &[&str], mends: &[&str]) {
    println!("{breaks:?}");
    let (report, world) = during_in(world, |world| {
        let alone = breaks.iter().map(|words| world.redis.tell(words));
        println!("{:?}", alone.collect::<Vec<_>>());
        for node in &world.nodes {
            until("senders are refused", || (!is_up(node)).then_some(()));
            node.wait_for_log(why[0]);
        }
        thread::sleep(SECOND);
        println!("{}", world.redis.tell(mends));
    });
    for node in &world.nodes {
        let log = node.log();
        let line = log.lines().find(|line| line.contains(why[0]));
        let line = line.unwrap_or_default();
        println!("{line}");
        assert!(why.iter().all(|words| line.contains(words)), "{line}");
    }
    assert_whole(&report, &world);
    assert!(report.refused > 0);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_has_no_memory_left() {
    let arguments = ["--maxmemory-policy", "noeviction"];
    redis_refuses(
        World::start(&arguments),
        &[&["CONFIG", "SET", "maxmemory", "1"]],
        &["no memory left (maxmemory)", "give it more"],
        &["CONFIG", "SET", "maxmemory", "0"],
    );
}

/// A user with every right.
fn with_user() -> World {
    let redis = RedisServer::start(&[]);
    let words = ["ACL", "SETUSER", "wshub", "on", ">right", "~*", "+@all"];
    redis.tell(&words);
    let url = format!("redis://wshub:right@127.0.0.1:{}", redis.port);
    World::on(redis, &url)
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn the_password_is_changed() {
    let changed = ["ACL", "SETUSER", "wshub", "resetpass", ">other"];
    redis_refuses(
        with_user(),
        &[&changed, &["CLIENT", "KILL", "USER", "wshub"]],
        &["does not know this user and password", "see ACL LIST"],
        &["ACL", "SETUSER", "wshub", ">right"],
    );
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_right_is_taken_away() {
    redis_refuses(
        with_user(),
        &[&["ACL", "SETUSER", "wshub", "-xadd"]],
        &["does not let this user", "the line for ACL SETUSER"],
        &["ACL", "SETUSER", "wshub", "+xadd"],
    );
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_shows_another_certificate() {
    let directory = new_directory();
    let file = |name: &str| path(&directory, name);
    for name in ["right", "wrong"] {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(file(name), made.cert.pem()).unwrap();
        std::fs::write(
            file(&format!("{name}-key")),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
    }
    let show = |name: &str| [file(name), file(&format!("{name}-key"))];
    let ([cert, key], port) = (show("right"), free_port());
    let redis = RedisServer::start_in(
        directory.clone(),
        &[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &cert,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &cert,
            "--tls-auth-clients",
            "no",
        ],
    );
    let url = format!("rediss://localhost:{port}");
    let with_ca = [&flags(&url)[..], &["--cluster-ca", &cert]].concat();
    let world = World::of(redis, [(); 3].map(|()| Program::start(&with_ca)));
    let [other_cert, other_key] = show("wrong");
    let set = |cert, key| ["CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key];
    redis_refuses(
        world,
        &[
            &set(&other_cert, &other_key),
            &["CLIENT", "KILL", "TYPE", "normal"],
        ],
        &["certificate"],
        &set(&cert, &key),
    );
}

/// The others, on its server and on the rest, see everything, and none of them is refused.
#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_client_reads_nothing() {
    let (report, world) = during(&[], |world| {
        let _stuck = world.nodes[0].open("/broadcast");
        let url = format!("ws://127.0.0.1:{}/broadcast", world.nodes[1].port);
        let mut publisher = wshub::Client::connect(&url).unwrap();
        let filling = "x".repeat(64 << 10);
        until("it is closed for that", || {
            publisher.text(&filling).unwrap();
            // What comes back has to be read, or the publisher is the slow one.
            while publisher.receive_timeout(Duration::ZERO).is_ok() {}
            let is_closed = world.nodes[0].log().contains("slow consumer");
            is_closed.then_some(())
        });
    });
    assert_whole(&report, &world);
    assert_eq!(report.refused, 0, "{:?}", report.ends);
}
