//! Tests against servers that do not speak RESP, are too old, do not answer, or are hostile: each
//! call ends within its time, with an error that says why.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::keys::Keys;
use super::link::Bounds;
use super::log::Limits;
use super::source::RedisSource;
use super::url::RedisUrl;
use crate::cluster::log::{Log, LogError, LogSource};
use crate::transport::TlsTrust;

const HELLO: &[u8] = b"*6\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n\
    $4\r\nrole\r\n$6\r\nmaster\r\n";

/// Answers the first reads with `answers`, then sends nothing more and waits for the client to
/// close the connection.
fn serve(answers: &'static [&'static [u8]]) -> RedisSource {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 65536];
        for answer in answers {
            if stream.read(&mut buffer).unwrap_or(0) == 0 || stream.write_all(answer).is_err() {
                return;
            }
        }
        while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    });
    source(&format!("redis://:secret@127.0.0.1:{port}"))
}

fn source(url: &str) -> RedisSource {
    let url = RedisUrl::parse(url).unwrap();
    let keys = Keys::new("wshub").unwrap();
    let short = Duration::from_secs(1);
    let bounds = Bounds {
        connect: short,
        sentinel: short,
        answer: short,
    };
    RedisSource::new(url, keys, TlsTrust::default()).bounded(bounds, Limits::default())
}

fn timed<T>(call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = call();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
    result
}

#[test]
fn a_server_that_cannot_keep_the_log_is_refused_in_words() {
    let rows: [(&'static [&'static [u8]], &str); 12] = [
        (
            &[b"*4\r\n$7\r\nversion\r\n$6\r\n6.0.16\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"],
            "is version 6.0.16; a cluster needs Redis 6.2 or newer",
        ),
        (
            &[b"-ERR unknown command `HELLO`, with args beginning with: `2`, `secret`, \r\n"],
            "does not know the command HELLO: a cluster needs Redis 6.2",
        ),
        (
            &[b"*4\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$4\r\nmode\r\n$8\r\nsentinel\r\n"],
            "is a Sentinel; write redis+sentinel://",
        ),
        (
            &[b"*6\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$7\r\nreplica\r\n"],
            "is a replica and takes nothing",
        ),
        (
            &[b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"],
            "does not know this user and password",
        ),
        (
            &[b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
            "does not speak as Redis does",
        ),
        (&[b"\x15\x03\x01\x00\x02\x02\x50"], "rediss:// (TLS)"),
        (&[b"+OK\r\n"], "an answer that is not known"),
        (&[b"*-1\r\n"], "an answer that is not known"),
        (&[], "gave no answer in time"),
        (&[b"*4\r\n$7\r\nver"], "gave no answer in time"),
        (
            &[b"-ERR max number of clients reached\r\n"],
            "as many clients as its maxclients allows",
        ),
    ];
    for (answers, expected) in rows {
        let error = timed(|| serve(answers).connect().err().unwrap()).to_string();
        assert!(error.starts_with("Redis at 127.0.0.1:"), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn an_answer_that_is_too_long_is_not_waited_for() {
    static LONG: [u8; 20_000] = [b'x'; 20_000];
    static LONG_ANSWER: [&[u8]; 1] = [&LONG];
    let error = timed(|| serve(&LONG_ANSWER).connect().err().unwrap());
    assert!(error.to_string().contains("does not speak"), "{error}");
    static ANNOUNCED: [u8; 20_012] = {
        let (mut bytes, mut at) = ([b'x'; 20_012], 0);
        while at < 12 {
            bytes[at] = b"$999999999\r\n"[at];
            at += 1;
        }
        bytes
    };
    static ANNOUNCED_ANSWER: [&[u8]; 1] = [&ANNOUNCED];
    let error = timed(|| serve(&ANNOUNCED_ANSWER).connect().err().unwrap());
    assert!(
        error.to_string().contains("more than 16384 bytes"),
        "{error}"
    );
}

fn connected(answers: &'static [&'static [u8]]) -> Box<dyn Log> {
    serve(answers).connect().unwrap()
}

#[test]
fn a_connection_that_was_lost_says_so_at_once() {
    let mut log = connected(&[HELLO]);
    let error = timed(|| log.position().unwrap_err());
    assert!(
        error.to_string().ends_with("gave no answer in time"),
        "{error}"
    );
    let again = log.position().unwrap_err();
    assert!(matches!(again, LogError::Unreachable(_)), "{again}");
    assert!(again.to_string().contains("was lost before"), "{again}");
}

#[test]
fn an_answer_that_is_late_is_not_taken_for_the_next_one() {
    // The answer to the first call arrives with the second call's request: if the connection were
    // still in use, the second call would take it for its own.
    let mut log = connected(&[HELLO, b"", b"*-1\r\n*-1\r\n"]);
    assert!(log.position().is_err());
    assert!(log.position().is_err());
}

#[test]
fn a_call_waits_for_the_command_and_its_answer() {
    let mut log = connected(&[HELLO, b"*0\r\n"]);
    let start = Instant::now();
    let error = timed(|| log.read(0, Duration::from_millis(400)).unwrap_err());
    let took = start.elapsed();
    assert!(matches!(error, LogError::Unreachable(_)), "{error}");
    assert!(took >= Duration::from_millis(1350), "{took:?}");
}

#[test]
fn what_no_node_wrote_is_corrupt_and_a_refusal_leaves_the_connection() {
    let mut log = connected(&[
        HELLO,
        b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
        b"*3\r\n$1\r\nx\r\n$1\r\n1\r\n$0\r\n\r\n",
        b"-NOSCRIPT No matching script\r\n",
        b"*-1\r\n",
    ]);
    assert!(matches!(log.position(), Err(LogError::Refused(_))));
    assert!(matches!(log.position(), Err(LogError::Corrupt(_))));
    assert_eq!(log.position(), Ok(None)); // the script's text was sent
}

#[test]
fn nobody_there_is_said_with_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let rows = [
        (
            format!("redis://127.0.0.1:{port}"),
            format!("Redis at 127.0.0.1:{port} is not reached: nothing listens on"),
        ),
        (
            format!("redis+sentinel://127.0.0.1:{port}/m"),
            format!("the Sentinel at 127.0.0.1:{port} is not reached: nothing listens"),
        ),
    ];
    for (url, expected) in rows {
        let error = timed(|| source(&url).connect().err().unwrap());
        assert!(matches!(error, LogError::Unreachable(_)), "{error}");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn a_silent_server_holds_up_tls_no_longer_than_the_bound() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let source = source(&format!("rediss://127.0.0.1:{port}"));
    let error = timed(|| source.connect().err().unwrap());
    assert!(matches!(error, LogError::Unreachable(_)), "{error}");
}
