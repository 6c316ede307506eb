//! Tests of the log on a real Redis server, and of faults there. `tests/cluster/run` runs them.

use std::cell::RefCell;
use std::fs;
use std::time::{Duration, Instant};

use super::log::Limits;
use super::test_server::{
    RedisServer, free_port, new_directory, path, redis, redis_as, source_of, source_with, until,
};
use crate::cluster::contract::{append, begun, check};
use crate::cluster::log::{Appended, Epoch, Log, LogError, LogSource, Position};
use crate::transport::{TlsOptions, TlsTrust};

const EPOCH: Epoch = Epoch(0xa);

fn position(last: u64, first: u64) -> Result<Option<Position>, LogError> {
    let epoch = EPOCH;
    Ok(Some(Position { epoch, last, first }))
}

fn append_all(log: &mut dyn Log, counters: std::ops::RangeInclusive<u64>) {
    for counter in counters {
        let bundle = format!("bundle {counter}");
        assert_eq!(
            append(log, counter, bundle.as_bytes()),
            Appended::At(counter)
        );
    }
}

/// The text of an error, which has to be a refusal.
fn refused<T: std::fmt::Debug>(result: Result<T, LogError>) -> String {
    match result {
        Err(LogError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

fn unreachable<T: std::fmt::Debug>(result: Result<T, LogError>) -> String {
    match result {
        Err(LogError::Unreachable(why)) => why,
        other => panic!("not unreachable: {other:?}"),
    }
}

fn corrupt<T: std::fmt::Debug>(result: Result<T, LogError>) -> String {
    match result {
        Err(LogError::Corrupt(why)) => why,
        other => panic!("not corrupt: {other:?}"),
    }
}

fn connect(source: &dyn LogSource) -> Result<(), LogError> {
    source.connect().map(drop)
}

fn try_append(log: &mut dyn Log, counter: u64) -> Result<Appended, LogError> {
    log.append(crate::cluster::log::Append {
        epoch: EPOCH,
        node: crate::cluster::log::NodeId(1),
        counter,
        bundle: b"bundle",
    })
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn redis_keeps_the_contract() {
    let servers = RefCell::new(Vec::new()); // the servers of all rows run until the end
    check(&|| {
        let server = RedisServer::start(&[]);
        let source = redis(&server);
        servers.borrow_mut().push(server);
        Box::new(source)
    });
}

/// The user that www/docs/cluster.md shows.
const ACL: &str = "on >secret ~{wshub}:* +hello +select +eval +evalsha +hget +hmget +hset +hlen +hgetall \
    +hdel +del +xadd +xtrim +xrange +xread +time";

fn with_user(rights: &str) -> RedisServer {
    let server = RedisServer::start(&[]);
    let words: Vec<&str> = ["ACL", "SETUSER", "wshub"]
        .into_iter()
        .chain(rights.split(' '))
        .collect();
    server.tell(&words);
    server
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn the_rights_of_the_readme_suffice() {
    let servers = RefCell::new(Vec::new());
    check(&|| {
        let server = with_user(ACL);
        let source = source_of(&format!("redis://wshub:secret@127.0.0.1:{}/1", server.port));
        servers.borrow_mut().push(server);
        Box::new(source)
    });
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn each_right_that_is_missing_is_said() {
    for command in [
        "evalsha", "eval", "hmget", "hset", "del", "xadd", "xrange", "xread", "time",
    ] {
        let server = with_user(&format!("{ACL} -{command}"));
        let source = redis_as(&server, "wshub:secret@");
        let all = || -> Result<(), LogError> {
            let mut log = source.connect()?;
            log.change_epoch(None, EPOCH)?;
            try_append(&mut *log, 1)?;
            log.read(0, Duration::ZERO)?;
            log.read(1, Duration::from_millis(1))?;
            Ok(())
        };
        let why = refused(all());
        assert!(why.contains("ACL SETUSER"), "{command}: {why}");
    }
    let server = with_user(&ACL.replace("{wshub}", "other"));
    let mut log = redis_as(&server, "wshub:secret@").connect().unwrap();
    let why = refused(log.change_epoch(None, EPOCH));
    assert!(why.contains("~{wshub}:*"), "{why}");
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn who_is_not_let_in_is_told_why() {
    let server = RedisServer::start(&["--requirepass", "right"]);
    assert!(connect(&redis_as(&server, ":right@")).is_ok());
    let rows = [
        ("", "asks for a password"),
        (":wrong@", "does not know this user and password"),
        ("nobody:right@", "does not know this user and password"),
    ];
    for (login, expected) in rows {
        let why = refused(connect(&redis_as(&server, login)));
        assert!(why.contains(expected), "{login}: {why}");
    }
    let open = RedisServer::start(&["--databases", "2"]);
    let why = refused(connect(&source_of(&format!(
        "redis://127.0.0.1:{}/2",
        open.port
    ))));
    assert!(why.contains("fewer databases"), "{why}");
    let full = RedisServer::start(&["--maxclients", "1"]);
    let source = redis(&full);
    let first = until("the only client", || source.connect().ok());
    let why = refused(connect(&source));
    assert!(why.contains("maxclients"), "{why}");
    drop(first);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn the_log_is_cut_by_entries_and_by_bytes() {
    let server = RedisServer::start(&[]);
    let limits = Limits {
        entries: 16,
        bytes: 800,
        ..Limits::default()
    };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let source = source_with(&url, TlsTrust::default(), limits);
    let mut log = begun(&source);
    let mut add = |counter: u64, length: usize| {
        let appended = append(&mut *log, counter, &vec![b'a'; length]);
        assert_eq!(appended, Appended::At(counter));
        log.position().unwrap().unwrap().first
    };
    // (the bundle's length, the first entry afterwards)
    let mut rows = vec![(10, 1); 16];
    rows.push((10, 4)); // the 17th entry: 14 of 16 stay
    rows.extend([(10, 4), (10, 4)]);
    rows.push((700, 20)); // 860 bytes: seven eighths of 800 stay, which only the new entry fits
    rows.push((100, 20)); // 800
    rows.push((1, 21)); // 801
    rows.push((9000, 23)); // longer than the limit: only this entry stays
    rows.push((1, 24));
    let mut counter = 0;
    for (length, expected) in rows {
        counter += 1;
        let first = add(counter, length);
        assert_eq!(first, expected, "{counter}");
        let entries = log_entries(&source, first - 1);
        let kept: usize = entries.iter().map(|entry| entry.bundle.len()).sum();
        assert!(
            entries.len() <= 16 && (kept <= 800 || entries.len() == 1),
            "{kept}"
        );
        assert_eq!(entries.last().unwrap().sequence, counter);
    }
    // A retry is answered with its sequence number although its entry was removed; a counter from
    // before the last is refused.
    assert_eq!(
        append(&mut *source.connect().unwrap(), counter, b""),
        Appended::At(counter)
    );
    let late = corrupt(try_append(&mut *source.connect().unwrap(), counter - 1));
    assert!(late.contains("another with its identity"), "{late}");
}

fn log_entries(source: &dyn LogSource, after: u64) -> Vec<crate::cluster::log::Entry> {
    source
        .connect()
        .unwrap()
        .read(after, Duration::ZERO)
        .unwrap()
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn nodes_that_have_long_gone_are_forgotten() {
    let server = RedisServer::start(&[]);
    let limits = Limits {
        nodes: 10,
        forgotten_after: Duration::from_secs(60),
        ..Limits::default()
    };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let source = source_with(&url, TlsTrust::default(), limits);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=1);
    for node in 0..20 {
        let field = format!("node:{node:016x}");
        let old = if node % 2 == 0 {
            "9 1 5"
        } else {
            "9 1 9999999999999"
        };
        if node != 1 {
            server.tell(&["HSET", "{wshub}:meta", &field, old]);
        }
    }
    log.append(crate::cluster::log::Append {
        epoch: EPOCH,
        node: crate::cluster::log::NodeId(99),
        counter: 1,
        bundle: b"",
    })
    .unwrap();
    let has = |node: u64| {
        let field = format!("node:{node:016x}");
        server.tell(&["HEXISTS", "{wshub}:meta", &field]) == "1"
    };
    let left: Vec<u64> = (0..100).filter(|node| has(*node)).collect();
    assert_eq!(left, [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 99]);
    assert_eq!(append(&mut *log, 1, b""), Appended::At(1));
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn the_time_goes_on_when_the_clock_is_put_back() {
    let server = RedisServer::start(&[]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=1);
    let now = log.entry(1).unwrap().unwrap().time;
    let hour = Duration::from_secs(3600);
    // The log's times are set as if the clock had been an hour ahead until now.
    let ahead = (now + hour).as_millis().to_string();
    server.tell(&["HSET", "{wshub}:meta", "time", &ahead, "clock", &ahead]);
    append_all(&mut *log, 2..=2);
    let second = log.entry(2).unwrap().unwrap().time;
    assert_eq!(second.as_millis(), (now + hour).as_millis());
    let mut counter = 2;
    let later = until("the time goes on", || {
        counter += 1;
        append_all(&mut *log, counter..=counter);
        let time = log.entry(counter).unwrap().unwrap().time;
        assert!(time >= second);
        (time >= second + Duration::from_millis(20)).then_some(time)
    });
    assert!(later < second + Duration::from_secs(20));
    assert_eq!(log.change_epoch(Some(EPOCH), Epoch(0xb)), Ok(Epoch(0xb)));
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn what_a_kill_leaves_depends_on_what_redis_saves() {
    // (arguments, the last entry after 20 appends, 10 of them before SAVE, and a kill)
    let rows: [(&[&str], _); 3] = [
        (
            &["--appendonly", "yes", "--appendfsync", "always"],
            position(20, 1),
        ),
        (&["--save", "3600 1"], position(10, 1)),
        (&[], Ok(None)),
    ];
    for (arguments, expected) in rows {
        let mut server = RedisServer::start(arguments);
        let source = redis(&server);
        let mut log = begun(&source);
        append_all(&mut *log, 1..=10);
        if arguments.contains(&"--save") {
            server.tell(&["SAVE"]);
        }
        append_all(&mut *log, 11..=20);
        server.kill();
        let why = unreachable(log.position());
        assert!(why.contains("closed the connection"), "{why}");
        let why = unreachable(connect(&source));
        assert!(why.contains("nothing listens"), "{why}");
        server.restart();
        assert!(unreachable(log.position()).contains("was lost before"));
        let mut log = source.connect().unwrap();
        assert_eq!(log.position(), expected, "{arguments:?}");
        match expected {
            Ok(Some(Position { last: 20, .. })) => {
                assert_eq!(append(&mut *log, 20, b""), Appended::At(20)); // a retry
                assert_eq!(append(&mut *log, 21, b""), Appended::At(21));
            }
            Ok(Some(_)) => assert_eq!(append(&mut *log, 20, b""), Appended::At(11)),
            _ => assert_eq!(append(&mut *log, 20, b""), Appended::NoEpoch),
        }
    }
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_stopped_redis_is_given_up_after_two_seconds_and_a_retry_is_not_there_twice() {
    let server = RedisServer::start(&[]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=3);
    server.signal("-STOP");
    let start = Instant::now();
    let why = unreachable(try_append(&mut *log, 4));
    assert!(why.contains("gave no answer in time"), "{why}");
    let why = unreachable(connect(&source)); // the kernel still accepts connections
    assert!(why.contains("no answer in time"), "{why}");
    let took = start.elapsed();
    assert!(
        took > Duration::from_millis(3900) && took < Duration::from_secs(7),
        "{took:?}"
    );
    server.signal("-CONT");
    // The append whose answer was lost took effect, or does so with its retry: exactly once.
    let mut log = source.connect().unwrap();
    assert_eq!(try_append(&mut *log, 4), Ok(Appended::At(4)));
    assert_eq!(try_append(&mut *log, 5), Ok(Appended::At(5)));
    let counters: Vec<u64> = log_entries(&source, 0)
        .iter()
        .map(|entry| entry.counter)
        .collect();
    assert_eq!(counters, [1, 2, 3, 4, 5]);
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn what_an_operator_deletes_is_seen() {
    let server = RedisServer::start(&[]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=5);
    server.tell(&["SCRIPT", "FLUSH"]);
    append_all(&mut *log, 6..=6);
    assert_eq!(log.position(), position(6, 1));
    server.tell(&["XDEL", "{wshub}:log", "1-0", "3-0"]);
    let left: Vec<u64> = log_entries(&source, 0)
        .iter()
        .map(|entry| entry.sequence)
        .collect();
    assert_eq!(left, [2, 4, 5, 6]);
    assert_eq!(log.position(), position(6, 2));
    server.tell(&["DEL", "{wshub}:log"]);
    assert_eq!(log.position(), position(6, 7));
    append_all(&mut *log, 7..=7);
    assert_eq!(log.position(), position(7, 7));
    for words in [&["DEL", "{wshub}:meta"][..], &["FLUSHALL"]] {
        server.tell(words);
        assert_eq!(log.position(), Ok(None), "{words:?}");
        assert_eq!(try_append(&mut *log, 8), Ok(Appended::NoEpoch));
        assert_eq!(log.change_epoch(Some(EPOCH), EPOCH), Ok(EPOCH));
        assert_eq!(log.read(0, Duration::ZERO), Ok(vec![]), "{words:?}");
        append_all(&mut *log, 1..=5);
    }
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn something_else_under_the_names_is_said_and_left_alone() {
    let server = RedisServer::start(&[]);
    let source = redis(&server);
    for key in ["{wshub}:log", "{wshub}:meta", "{wshub}:snapshot"] {
        server.tell(&["FLUSHALL"]);
        let mut log = begun(&source);
        append_all(&mut *log, 1..=1);
        server.tell(&["SET", key, "foreign"]);
        let snapshot = crate::cluster::log::Snapshot {
            epoch: EPOCH,
            sequence: 1,
            state: Vec::new(),
        };
        let why = match key {
            "{wshub}:snapshot" => {
                assert_eq!(
                    refused(log.snapshot()),
                    refused(log.store_snapshot(&snapshot))
                );
                refused(log.snapshot())
            }
            _ => {
                assert_eq!(refused(log.position()), refused(try_append(&mut *log, 2)));
                refused(try_append(&mut *log, 2))
            }
        };
        assert!(why.contains("has something else under the names"), "{why}");
        assert_eq!(server.tell(&["GET", key]), "foreign");
    }
    server.tell(&["FLUSHALL"]);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=1);
    server.tell(&["XADD", "{wshub}:log", "9-0", "name", "value"]);
    let why = corrupt(log.read(0, Duration::ZERO));
    assert!(why.contains("other fields"), "{why}");
    let why = corrupt(try_append(&mut *log, 2));
    assert!(why.contains("changed by others"), "{why}");
    server.tell(&["HSET", "{wshub}:meta", "sequence", "many"]);
    corrupt(log.position());
    corrupt(try_append(&mut *log, 2));
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_redis_that_is_full_takes_nothing_and_then_again() {
    let server = RedisServer::start(&["--maxmemory-policy", "noeviction"]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=1);
    server.tell(&["CONFIG", "SET", "maxmemory", "1"]);
    let why = refused(try_append(&mut *log, 2));
    assert!(why.contains("no memory left (maxmemory)"), "{why}");
    assert_eq!(log.position(), position(1, 1));
    assert_eq!(log_entries(&source, 0).len(), 1);
    server.tell(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(try_append(&mut *log, 2), Ok(Appended::At(2)));
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_redis_that_cannot_save_says_so() {
    let server = RedisServer::start(&[]);
    server.tell(&["CONFIG", "SET", "save", "3600 1"]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=3);
    fs::remove_dir_all(&server.directory).unwrap();
    server.tell(&["BGSAVE"]);
    let mut counters = 4..;
    let why = until("a failed save", || {
        try_append(&mut *log, counters.next().unwrap()).err()
    });
    let why = refused::<()>(Err(why));
    assert!(why.contains("cannot save its data to disk"), "{why}");
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_redis_that_still_loads_says_so() {
    let mut server = RedisServer::start(&["--save", "3600 1"]);
    let fill = "for key = 1, 300 do redis.call('SET', key, string.rep('x', 2000)) end";
    server.tell(&["EVAL", fill, "0"]);
    server.tell(&["SAVE"]);
    server.kill();
    server.restart_unasked(&[
        "--key-load-delay",
        "20000",
        "--loading-process-events-interval-bytes",
        "1024",
    ]);
    let source = redis(&server);
    let answer = until("LOADING", || {
        let answer = source.connect().and_then(|mut log| log.position());
        (!matches!(answer, Err(LogError::Unreachable(_)))).then_some(answer)
    });
    assert!(refused(answer).contains("is loading its data"));
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_replica_is_left() {
    let server = RedisServer::start(&[]);
    let source = redis(&server);
    let mut log = begun(&source);
    append_all(&mut *log, 1..=1);
    // The primary does not exist, so this server keeps its data.
    server.tell(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    for why in [
        unreachable(try_append(&mut *log, 2)),
        unreachable(connect(&source)),
    ] {
        assert!(why.contains("is a replica and takes nothing"), "{why}");
    }
}

fn certificate(names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn tls_needs_the_right_certificate() {
    let directory = new_directory();
    let (certificate_pem, key) = certificate(&["localhost"]);
    let (other, _) = certificate(&["localhost"]);
    for (name, text) in [("cert", &certificate_pem), ("key", &key), ("other", &other)] {
        fs::write(directory.join(name), text).unwrap();
    }
    let (cert, key) = (path(&directory, "cert"), path(&directory, "key"));
    let tls_port = free_port();
    let server = RedisServer::start_in(
        directory.clone(),
        &[
            "--tls-port",
            &tls_port.to_string(),
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
    let trusting = |file: &str| {
        TlsTrust::from(TlsOptions {
            ca_file: Some(directory.join(file)),
            ..TlsOptions::default()
        })
    };
    let of = |url: String, tls| source_with(&url, tls, Limits::default());
    let source = of(format!("rediss://localhost:{tls_port}"), trusting("cert"));
    let mut log = begun(&source);
    append_all(&mut *log, 1..=3);
    assert_eq!(append(&mut *log, 4, &vec![b'a'; 1 << 20]), Appended::At(4));
    assert_eq!(log_entries(&source, 0).len(), 4);
    assert_eq!(log.read(4, Duration::from_millis(50)), Ok(vec![]));
    let rows = [
        ("localhost", trusting("other"), "certificate"),
        ("localhost", TlsTrust::default(), "certificate"),
        ("127.0.0.1", trusting("cert"), "has to be for this host"),
    ];
    for (host, tls, expected) in rows {
        let why = refused(connect(&of(format!("rediss://{host}:{tls_port}"), tls)));
        assert!(why.contains(expected), "{host}: {why}");
    }
    // On either port, Redis waits for more bytes.
    let url = format!("rediss://localhost:{}", server.port);
    let why = unreachable(connect(&of(url, trusting("cert"))));
    assert!(why.ends_with("does it speak TLS on this port?"), "{why}");
    let url = format!("redis://localhost:{tls_port}");
    let why = unreachable(connect(&source_of(&url)));
    assert!(why.contains("closed the connection"), "{why}");
}

#[test]
#[ignore = "needs redis-server; tests/cluster/run"]
fn a_replica_that_lagged_is_followed_and_the_log_is_seen_to_be_rewound() {
    let mut primary = RedisServer::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    let sentinel = RedisServer::start_sentinel(primary.port);
    let sentinel_port = sentinel.port;
    // The first Sentinel does not exist; the second one answers.
    let url = format!(
        "redis+sentinel://127.0.0.1:{},127.0.0.1:{sentinel_port}/mymaster",
        free_port()
    );
    let source = source_of(&url);
    let mut log = until("the Sentinel", || source.connect().ok());
    assert_eq!(log.change_epoch(None, EPOCH), Ok(EPOCH));
    append_all(&mut *log, 1..=5);
    until("the replica has it", || {
        (replica.tell(&["HGET", "{wshub}:meta", "sequence"]) == "5").then_some(())
    });
    until("the Sentinel knows the replica", || {
        let replicas = sentinel.tell(&["SENTINEL", "REPLICAS", "mymaster"]);
        let is_in_step = replicas.contains("master-link-status\nok");
        is_in_step.then_some(())
    });
    // The replica does not receive the next entries.
    replica.signal("-STOP");
    primary.tell(&["CLIENT", "KILL", "TYPE", "replica"]);
    append_all(&mut *log, 6..=9);
    primary.kill();
    replica.signal("-CONT");
    let mut log = until("the failover", || {
        let mut log = source.connect().ok()?;
        log.position().ok().map(|_| log)
    });
    assert_eq!(log.position(), position(5, 1));
    assert_eq!(log.entry(9), Ok(None));
    assert_eq!(try_append(&mut *log, 10), Ok(Appended::At(6)));
    let unknown = source_of(&format!("redis+sentinel://127.0.0.1:{sentinel_port}/other"));
    let why = refused(connect(&unknown));
    assert!(why.contains("knows no server called other"), "{why}");
    let not_redis = source_of(&format!("redis://127.0.0.1:{sentinel_port}"));
    assert!(refused(connect(&not_redis)).contains("is a Sentinel"));
}
