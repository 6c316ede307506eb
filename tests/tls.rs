//! TLS under streams and sessions: two engines in memory, another implementation as the peer,
//! and a real server.

#![cfg(all(feature = "wss", feature = "standard"))]

mod support;

use std::io::{IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use support::loopback::{Settings, upgrade, wait_until};
use support::peer::TIMEOUT;
use support::tls::{Identity, Secure, deadline, in_time};
use support::*;
use wshub::Client;
use wshub::client::{ConnectError, ConnectOptions, TlsOptions};
use wshub::connection::{
    AbortCause, CloseCause, ConnectionId, Incoming, QueueLimits, Session, SessionSettings, Timeouts,
};
use wshub::protocol::{CloseCode, Initiator, Limits, Message, MessageBuf, Role};
use wshub::transport::{
    ReadHalf, ReadOutcome, Stream, TlsClient, TlsFailure, TlsFault, TlsServer, WriteHalf,
    memory_pair,
};

fn write(half: &mut WriteHalf, bytes: &[u8]) {
    half.write_all(&mut [IoSlice::new(bytes)]).unwrap();
}

/// Reads until the other end has ended its direction.
fn read_all(half: &mut ReadHalf) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 10_000];
    loop {
        match half.read(&mut buffer, TIMEOUT)? {
            ReadOutcome::Data(bytes) => all.extend_from_slice(&buffer[..bytes]),
            ReadOutcome::Eof => return Ok(all),
            ReadOutcome::TimedOut => panic!("nothing came within {TIMEOUT:?}"),
        }
    }
}

fn text_of(message: Option<MessageBuf>) -> String {
    match message {
        Some(MessageBuf::Text(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

/// Runs a client to its end and tells it.
fn ending(mut client: Client) -> CloseCause {
    in_time("the connection's end", move || {
        while client.receive().is_some() {}
        client.ended().unwrap().clone()
    })
}

#[test]
fn bytes_go_both_ways_and_each_direction_ends_for_itself() {
    let identity = Identity::new();
    let (mut client, mut server) = identity.pair(1 << 20);
    write(&mut client.write, b"one");
    write(&mut client.write, b"");
    write(&mut client.write, b"two");
    client.write.finish();
    assert_eq!(read_all(&mut server.read).unwrap(), b"onetwo");
    write(&mut server.write, &[7; 100_000]);
    server.write.finish();
    assert_eq!(read_all(&mut client.read).unwrap(), [7; 100_000]);
}

#[test]
fn slices_of_every_size_arrive_as_one_stream() {
    let identity = Identity::new();
    let (mut client, mut server) = identity.pair(1 << 20);
    let sizes = [
        0, 1, 2, 14, 125, 16_383, 16_384, 16_385, 70_000, 0, 5, 200_000, 3,
    ];
    let parts: Vec<Vec<u8>> = sizes
        .iter()
        .enumerate()
        .map(|(i, size)| (0..*size).map(|at| (at * 31 + i) as u8).collect())
        .collect();
    let reading = thread::spawn(move || read_all(&mut server.read).unwrap());
    for width in [1, 2, 3, parts.len()] {
        for group in parts.chunks(width) {
            let mut slices: Vec<_> = group.iter().map(|part| IoSlice::new(part)).collect();
            client.write.write_all(&mut slices).unwrap();
        }
    }
    client.write.finish();
    let expected = parts.concat().repeat(4);
    assert_eq!(reading.join().unwrap(), expected);
}

#[test]
fn a_byte_at_a_time_is_enough_to_read_with() {
    let identity = Identity::new();
    let (mut client, mut server) = identity.pair(1 << 20);
    write(&mut client.write, b"abc");
    let mut byte = [0];
    for expected in b"abc" {
        assert_eq!(
            server.read.read(&mut byte, TIMEOUT).unwrap(),
            ReadOutcome::Data(1)
        );
        assert_eq!(byte, [*expected]);
    }
    let nothing = server
        .read
        .read(&mut byte, Duration::from_millis(1))
        .unwrap();
    assert_eq!(nothing, ReadOutcome::TimedOut);
}

/// Both directions full at once: 64 MiB each way through pipes of 64 KiB, while each end's
/// reader and writer are two threads.
#[test]
fn both_directions_flooded_at_once_do_not_stall() {
    const BYTES: usize = 64 << 20;
    let identity = Identity::new();
    let (client, server) = identity.pair(64 << 10);
    let mut threads = Vec::new();
    for (end, seed) in [(client, 1), (server, 2)] {
        let Stream {
            mut read,
            mut write,
            ..
        } = end;
        let chunk: Vec<u8> = (0..100_000_u32).map(|i| (i * seed) as u8).collect();
        threads.push(thread::spawn(move || {
            let mut sent = 0;
            while sent < BYTES {
                write.write_all(&mut [IoSlice::new(&chunk)]).unwrap();
                sent += chunk.len();
            }
            write.finish();
            sent
        }));
        threads.push(thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            let mut received = 0;
            loop {
                match read.read(&mut buffer, TIMEOUT).unwrap() {
                    ReadOutcome::Data(bytes) => {
                        let wanted = (received % 100_000) as u32 * (3 - seed);
                        assert_eq!(buffer[0], wanted as u8, "at {received}");
                        received += bytes;
                    }
                    ReadOutcome::Eof => return received,
                    ReadOutcome::TimedOut => panic!("a stall at {received}"),
                }
            }
        }));
    }
    for thread in threads {
        assert!(thread.join().unwrap() >= BYTES);
    }
}

#[test]
fn a_write_leaves_while_the_reader_of_the_same_end_is_blocked() {
    let identity = Identity::new();
    let (client, mut server) = identity.pair(1 << 20);
    let Stream {
        mut read,
        mut write,
        shutdown,
    } = client;
    let blocked = thread::spawn(move || read.read(&mut [0; 10], Duration::MAX));
    let mut buffer = [0; 10];
    for turn in 0..100 {
        write.write_all(&mut [IoSlice::new(&[turn])]).unwrap();
        let outcome = server.read.read(&mut buffer, TIMEOUT).unwrap();
        assert_eq!((outcome, buffer[0]), (ReadOutcome::Data(1), turn));
    }
    assert!(!blocked.is_finished(), "nothing was sent to it");
    shutdown.abort();
    let fault = blocked.join().unwrap().unwrap_err();
    assert_eq!(TlsFault::within(&fault), Some(&TlsFault::Truncated));
}

#[test]
fn an_end_without_close_notify_is_told_from_one_with_it() {
    let identity = Identity::new();
    let (client, mut server) = identity.pair(1 << 20);
    client.shutdown.abort();
    let error = read_all(&mut server.read).unwrap_err();
    assert_eq!(TlsFault::within(&error), Some(&TlsFault::Truncated));
    assert_eq!(error.to_string(), "TLS ended without close_notify");
}

#[test]
fn a_handshake_that_goes_nowhere_ends_at_its_deadline() {
    let identity = Identity::new();
    let tls = identity.server();
    let soon = || std::time::Instant::now() + Duration::from_millis(50);
    let (_peer, stream) = memory_pair(1 << 16, TIMEOUT);
    let silent = tls.accept(stream, soon()).unwrap_err();
    assert!(matches!(silent.failure, TlsFailure::Silent), "{silent:?}");
    let (mut peer, stream) = memory_pair(1 << 16, TIMEOUT);
    write(&mut peer.write, &[22, 3, 1, 2, 0, 1]);
    let slow = tls.accept(stream, soon()).unwrap_err();
    assert!(matches!(slow.failure, TlsFailure::TooSlow), "{slow:?}");
    let (mut peer, stream) = memory_pair(1 << 16, TIMEOUT);
    write(&mut peer.write, &[22, 3, 1]);
    peer.write.finish();
    let ended = tls.accept(stream, deadline()).unwrap_err();
    assert!(matches!(ended.failure, TlsFailure::Ended), "{ended:?}");
    let (_peer, stream) = memory_pair(1 << 16, TIMEOUT);
    let client = TlsClient::new(&TlsOptions::default()).unwrap();
    let silent = client.connect("localhost", stream, soon()).unwrap_err();
    assert!(matches!(silent.failure, TlsFailure::Silent), "{silent:?}");
}

#[test]
fn what_is_no_tls_is_called_so() {
    let identity = Identity::new();
    let rows: [(&[u8], bool); 3] = [
        (b"GET / HTTP/1.1\r\n\r\n", true),
        (b"SSH-2.0-x\r\n", true), // as good as HTTP for the answer that it gets
        (&[0x81, 0x02, 0, 0], false),
    ];
    for (bytes, expected) in rows {
        let (mut peer, stream) = memory_pair(1 << 16, TIMEOUT);
        write(&mut peer.write, bytes);
        let rejected = identity.server().accept(stream, deadline()).unwrap_err();
        match rejected.failure {
            TlsFailure::NotTls { http } => assert_eq!(http, expected, "{bytes:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_client_trusts_whom_it_is_told_to_and_nobody_else() {
    let identity = Identity::new();
    let other = Identity::new();
    let insecure = TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    };
    // (whom the client trusts, the host it asked for, let in)
    let rows = [
        (identity.trusted(), "localhost", true),
        (identity.trusted(), "LOCALHOST.", true),
        (identity.trusted(), "127.0.0.1", true),
        (identity.trusted(), "[::1]", true),
        (identity.trusted(), "127.0.0.2", false),
        (identity.trusted(), "other.example", false),
        (other.trusted(), "localhost", false),
        (TlsOptions::default(), "localhost", false),
        (insecure.clone(), "localhost", true),
        (insecure, "other.example", true),
    ];
    for (options, host, expected) in rows {
        let (near, far) = memory_pair(1 << 16, TIMEOUT);
        let tls = identity.server();
        let accepting = thread::spawn(move || tls.accept(far, deadline()).map(drop));
        let client = TlsClient::new(&options).unwrap();
        let answer = client.connect(host, near, deadline());
        assert_eq!(
            answer.is_ok(),
            expected,
            "{host} with {options:?}: {answer:?}"
        );
        if let Err(rejected) = answer {
            assert!(
                rejected.failure.is_about_certificate(),
                "{:?}",
                rejected.failure
            );
            rejected.stream.shutdown.abort();
            let told = accepting.join().unwrap();
            // The server is told why: the alert has been sent.
            assert!(
                told.is_err_and(|it| it.failure.is_about_certificate()),
                "{host}"
            );
        }
    }
}

#[test]
fn an_expired_certificate_is_warned_of_by_the_server_and_refused_by_the_client() {
    let identity = Identity::valid_from_to((2020, 1, 1), (2021, 2, 3));
    let now = std::time::SystemTime::now();
    let warning = identity.server().warning(now).unwrap();
    assert!(
        warning.contains("cert.pem expired on 2021-02-03"),
        "{warning}"
    );
    let (near, far) = memory_pair(1 << 16, TIMEOUT);
    let tls = identity.server();
    let accepting = thread::spawn(move || tls.accept(far, deadline()).map(drop));
    let client = TlsClient::new(&identity.trusted()).unwrap();
    let rejected = client.connect("localhost", near, deadline()).unwrap_err();
    assert!(
        rejected.failure.to_string().contains("expired"),
        "{:?}",
        rejected.failure
    );
    rejected.stream.shutdown.abort();
    let told = accepting.join().unwrap();
    assert!(told.is_err_and(|it| it.failure.is_about_certificate()));
    assert_eq!(Identity::new().server().warning(now), None);
}

/// A certificate with its key for `name`, made by `issuer` or by itself: its parameters changed by
/// `change`, the certificate and the key in PEM.
fn made(
    name: &str,
    issuer: Option<&rcgen::Issuer<'static, rcgen::KeyPair>>,
    change: impl Fn(&mut rcgen::CertificateParams),
) -> (rcgen::Issuer<'static, rcgen::KeyPair>, String, String) {
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    (params.distinguished_name).push(rcgen::DnType::CommonName, format!("for {name}"));
    change(&mut params);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let (certificate, key_pem) = (certificate.unwrap().pem(), key.serialize_pem());
    (rcgen::Issuer::new(params, key), certificate, key_pem)
}

#[test]
fn a_trusted_certificate_vouches_for_others_only_if_it_is_an_authoritys_and_valid() {
    use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa};
    type Change = fn(&mut rcgen::CertificateParams);
    let authority: Change = |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let expired: Change = |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    };
    let other_usage: Change =
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    // (the trusted certificate, whether the server has one that it signed, whether that is accepted)
    let rows: [(&str, Change, bool, bool); 7] = [
        ("an authority", authority, true, true),
        ("an expired authority", expired, true, false),
        ("another server", |_| {}, true, false),
        (
            "another server, expressly",
            |p| p.is_ca = IsCa::ExplicitNoCa,
            true,
            false,
        ),
        ("the server itself", |_| {}, false, true),
        ("the server itself, as an authority", authority, false, true),
        ("itself, for other use", other_usage, false, false),
    ];
    for (what, change, is_signed, expected) in rows {
        let name = if is_signed {
            "other.example"
        } else {
            "localhost"
        };
        let (issuer, trusted, key) = made(name, None, change);
        let (certificate, key) = match is_signed {
            true => {
                let (_, certificate, key) = made("localhost", Some(&issuer), |_| {});
                (certificate, key)
            }
            false => (trusted.clone(), key),
        };
        let folder = support::tls::Folder::new();
        let (certificate, key) = (folder.file("c.pem", certificate), folder.file("k.pem", key));
        let server = TlsServer::from_pem(&certificate, &key).unwrap();
        let options = TlsOptions {
            ca_file: Some(folder.file("trusted.pem", trusted)),
            ..TlsOptions::default()
        };
        let (near, far) = memory_pair(1 << 16, TIMEOUT);
        let accepting = thread::spawn(move || server.accept(far, deadline()).map(drop));
        let answer = TlsClient::new(&options)
            .unwrap()
            .connect("localhost", near, deadline());
        assert_eq!(answer.is_ok(), expected, "{what}: {answer:?}");
        drop(answer);
        assert_eq!(accepting.join().unwrap().is_ok(), expected, "{what}");
    }
}

/// What a rustls server does once a client of ours has connected.
type Script = fn(rustls::StreamOwned<rustls::ServerConnection, TcpStream>);

/// A rustls server for one client: the URL to reach it, and its thread.
fn rustls_server(identity: &Identity, script: Script) -> (String, JoinHandle<()>) {
    rustls_server_of(identity.rustls_server(), script)
}

fn rustls_server_of(config: Arc<rustls::ServerConfig>, script: Script) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
    let thread = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        let connection = rustls::ServerConnection::new(config).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1);
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap();
        let accept = wshub::handshake::accept_value(&key[..24]);
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).unwrap();
        script(stream);
    });
    (url, thread)
}

/// The client's next frame, unmasked; short ones only.
fn read_frame(stream: &mut impl Read) -> Vec<u8> {
    let mut head = [0; 6];
    stream.read_exact(&mut head).unwrap();
    let mut payload = vec![0; usize::from(head[1] & 0x7F)];
    stream.read_exact(&mut payload).unwrap();
    payload
        .iter()
        .zip(head[2..].iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect()
}

#[test]
fn key_updates_are_answered_in_order_while_messages_go_both_ways() {
    let identity = Identity::new();
    let (url, server) = rustls_server(&identity, |mut stream| {
        for turn in 0..50_u8 {
            // Asks our end to update as well: its answer has to leave before its next record.
            stream.conn.refresh_traffic_keys().unwrap();
            stream.write_all(&[0x81, 1, b'a' + turn % 26]).unwrap();
            assert_eq!(read_frame(&mut stream), [b'a' + turn % 26]);
        }
        stream.write_all(&[0x88, 2, 3, 0xE8]).unwrap();
        read_frame(&mut stream);
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        // Our client's close_notify comes behind its Close; without it this would be an error.
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    });
    let mut client = identity.options().connect(&url).unwrap();
    while let Some(message) = client.receive() {
        client.send(message.as_message()).unwrap();
    }
    server.join().unwrap();
    let cause = client.ended().unwrap();
    assert_eq!(
        (cause.code, cause.clean, cause.received.messages),
        (1000, true, 50)
    );
    assert_eq!(cause.why, "closing handshake");
}

/// A stream for rustls to work on.
struct Bare(Stream);

impl Read for Bare {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read.read(buffer, TIMEOUT)? {
            ReadOutcome::Data(bytes) => Ok(bytes),
            ReadOutcome::Eof => Ok(0),
            ReadOutcome::TimedOut => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Bare {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write.write_all(&mut [IoSlice::new(bytes)])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Some 30 bytes are due for each; nobody reads them.
#[test]
fn a_peer_that_asks_for_key_updates_and_reads_none_is_given_up() {
    let identity = Identity::new();
    let (near, far) = memory_pair(4 << 10, TIMEOUT);
    let config = identity.rustls_server();
    let asking = thread::spawn(move || {
        let mut connection = rustls::ServerConnection::new(config).unwrap();
        let mut far = Bare(far);
        while connection.is_handshaking() {
            connection.complete_io(&mut far).unwrap();
        }
        for asked in 1.. {
            connection.refresh_traffic_keys().unwrap();
            while connection.wants_write() {
                if connection.write_tls(&mut far).is_err() {
                    return asked;
                }
            }
        }
        unreachable!("the loop above has no other end");
    });
    let client = TlsClient::new(&identity.trusted()).unwrap();
    let mut stream = client.connect("localhost", near, deadline()).unwrap();
    let error = read_all(&mut stream.read).unwrap_err();
    stream.shutdown.abort();
    assert!(
        matches!(TlsFault::within(&error), Some(TlsFault::Broken(_))),
        "{error}"
    );
    assert!(asking.join().unwrap() > 1000);
}

#[test]
fn a_server_that_ends_without_close_notify_is_reported() {
    let identity = Identity::new();
    let (abrupt, _) = rustls_server(&identity, drop);
    let cause = ending(identity.options().connect(&abrupt).unwrap());
    assert_eq!((cause.by, cause.code), (Initiator::Network, 1006));
    assert_eq!(cause.why, "TLS ended without close_notify");

    let (mid_message, _) = rustls_server(&identity, |mut stream| {
        stream.write_all(&[0x01, 1, b'x']).unwrap();
    });
    let cause = ending(identity.options().connect(&mid_message).unwrap());
    assert_eq!(cause.why, "TLS ended without close_notify in mid-message");

    let (notified, _) = rustls_server(&identity, |mut stream| {
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    let cause = ending(identity.options().connect(&notified).unwrap());
    assert_eq!((cause.by, cause.code), (Initiator::Network, 1006));
    assert_eq!(cause.why, "TCP ended without a Close");

    let (careless, _) = rustls_server(&identity, |mut stream| {
        stream.write_all(&[0x88, 2, 3, 0xE8]).unwrap();
        read_frame(&mut stream);
    });
    let cause = ending(identity.options().connect(&careless).unwrap());
    assert_eq!(
        (cause.by, cause.code, cause.clean),
        (Initiator::Peer, 1000, true)
    );
    assert_eq!(
        cause.why,
        "closing handshake, then TLS ended without close_notify"
    );
}

#[test]
fn a_corrupted_record_ends_the_connection_and_its_alert_is_sent() {
    let identity = Identity::new();
    let (url, server) = rustls_server(&identity, |mut stream| {
        stream.write_all(&[0x81, 2, b'o', b'k']).unwrap();
        // A record that claims to be one of data, with an authentication tag that is wrong.
        let mut record = vec![23, 3, 3, 0, 40];
        record.extend([0x55; 40]);
        stream.sock.write_all(&record).unwrap();
        let error = stream.read(&mut [0; 10]).unwrap_err();
        assert!(error.to_string().contains("BadRecordMac"), "{error}");
    });
    let mut client = identity.options().connect(&url).unwrap();
    assert_eq!(text_of(client.receive()), "ok");
    let cause = ending(client);
    server.join().unwrap();
    assert_eq!(
        (cause.code, cause.aborted),
        (1006, Some(AbortCause::TlsFailed))
    );
    assert!(
        [
            "TLS failed: decryption failed or bad record mac", // OpenSSL
            "TLS failed: bad record mac",
            "TLS failed: cannot decrypt peer's message", // rustls
        ]
        .contains(&cause.why.as_str()),
        "{}",
        cause.why
    );
}

#[test]
fn an_alert_of_the_peer_is_told_in_words() {
    let identity = Identity::new();
    let (url, server) = rustls_server(&identity, |mut stream| {
        // The server believes that it has read an invalid record of ours, and says so.
        let mut record = vec![23, 3, 3, 0, 40];
        record.extend([0x55; 40]);
        stream.conn.read_tls(&mut &record[..]).unwrap();
        assert!(stream.conn.process_new_packets().is_err());
        while stream.conn.wants_write() {
            stream.conn.write_tls(&mut stream.sock).unwrap();
        }
    });
    let cause = ending(identity.options().connect(&url).unwrap());
    server.join().unwrap();
    assert_eq!(
        (cause.code, cause.aborted),
        (1006, Some(AbortCause::TlsFailed))
    );
    let why = cause.why;
    assert!(
        why.starts_with("TLS failed: ") && why.contains("bad record mac"),
        "{why}"
    );
}

#[test]
fn our_server_and_a_client_of_rustls_end_tls_on_both_sides() {
    let server = Secure::standard(Settings::default());
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(server.identity.rustls_client(), name).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, socket);
    let sent = [
        upgrade("/echo").into_bytes(),
        wire(Role::Server, &[text("hello"), close_with(1000, "")]),
    ];
    stream.write_all(&sent.concat()).unwrap();
    let mut all = Vec::new();
    // Without close_notify, rustls calls the end an error.
    stream.read_to_end(&mut all).unwrap();
    assert!(
        all.ends_with(b"\r\n\r\n\x81\x05hello\x88\x02\x03\xE8"),
        "{all:?}"
    );
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    server.running.wait_for_connections(0);
}

#[test]
fn a_client_that_comes_back_resumes_its_session_with_our_server() {
    let server = Secure::standard(Settings::default());
    let config = server.identity.rustls_client();
    let kinds = [0, 1].map(|_| {
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let connection = rustls::ClientConnection::new(config.clone(), name).unwrap();
        let socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        stream.write_all(upgrade("/echo").as_bytes()).unwrap();
        // A ticket comes before what the server answers.
        stream.read_exact(&mut [0; 12]).unwrap();
        stream.conn.handshake_kind().unwrap()
    });
    assert_eq!(
        kinds,
        [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed]
    );
}

// native-tls offers clients no resumption.
#[cfg(feature = "rustls")]
#[test]
fn our_client_resumes_its_session_when_it_comes_back() {
    let identity = Identity::new();
    let (config, options) = (identity.rustls_server(), identity.options());
    fn close(
        mut stream: rustls::StreamOwned<rustls::ServerConnection, TcpStream>,
        expected: rustls::HandshakeKind,
    ) {
        assert_eq!(stream.conn.handshake_kind(), Some(expected));
        stream.write_all(&[0x88, 2, 3, 0xE8]).unwrap();
        read_frame(&mut stream);
    }
    let scripts: [Script; 2] = [
        |stream| close(stream, rustls::HandshakeKind::Full),
        |stream| close(stream, rustls::HandshakeKind::Resumed),
    ];
    for script in scripts {
        let (url, server) = rustls_server_of(config.clone(), script);
        let cause = ending(options.connect(&url).unwrap());
        assert_eq!(cause.code, 1000, "{cause}");
        server.join().unwrap();
    }
}

/// Carries one direction and keeps what went by.
fn record(mut from: ReadHalf, mut to: WriteHalf) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(ReadOutcome::Data(bytes)) = from.read(&mut buffer, TIMEOUT) {
        all.extend_from_slice(&buffer[..bytes]);
        if to.write_all(&mut [IoSlice::new(&buffer[..bytes])]).is_err() {
            break;
        }
    }
    to.finish();
    all
}

#[test]
fn nothing_goes_around_the_tunnel() {
    let identity = Identity::new();
    let (near, left) = memory_pair(1 << 16, TIMEOUT);
    let (right, far) = memory_pair(1 << 16, TIMEOUT);
    let carriers = [
        thread::spawn(move || record(left.read, right.write)),
        thread::spawn(move || record(right.read, left.write)),
    ];
    let tls = identity.server();
    let session = |role, stream| {
        let response_head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
        let response_head = if role == Role::Server {
            response_head
        } else {
            Vec::new()
        };
        Session::new(
            ConnectionId::next(),
            role,
            stream,
            &[],
            response_head,
            SessionSettings::default(),
        )
    };
    let server = thread::spawn(move || {
        let mut session = session(Role::Server, tls.accept(far, deadline()).unwrap());
        session.run(|event, outbox| {
            if let Incoming::Message(Message::Text(text)) = event {
                outbox.text(text);
            }
        })
    });
    let client = TlsClient::new(&identity.trusted()).unwrap();
    let mut stream = client.connect("localhost", near, deadline()).unwrap();
    write(
        &mut stream.write,
        &wire(Role::Server, &[text("a secret"), ping("too"), close("")]),
    );
    let answer = read_all(&mut stream.read).unwrap();
    assert!(
        answer.ends_with(b"\x81\x08a secret\x8A\x03too\x88\x00"),
        "{answer:?}"
    );
    stream.write.finish();
    server.join().unwrap();
    for carrier in carriers {
        let went_by = carrier.join().unwrap();
        let mut rest = &went_by[..];
        while let [kind, 3, _, high, low, behind @ ..] = rest {
            assert!((20..=23).contains(kind), "a record of type {kind}");
            rest = &behind[usize::from(*high) << 8 | usize::from(*low)..];
        }
        assert!(rest.is_empty(), "no record: {rest:?}");
        for word in [&b"secret"[..], b"HTTP", b"too"] {
            assert!(
                !went_by.windows(word.len()).any(|part| part == word),
                "{word:?}"
            );
        }
    }
}

#[test]
fn the_server_name_is_indicated() {
    let identity = Identity::new();
    let (url, server) = rustls_server(&identity, |stream| {
        assert_eq!(stream.conn.server_name(), Some("localhost"));
    });
    drop(identity.options().connect(&url).unwrap());
    server.join().unwrap();
}

#[test]
fn everything_that_is_served_is_served_over_tls() {
    let server = Secure::standard(Settings::default());
    let mut client = server.connect("/echo");
    let big = vec![0xA5; 16 << 20];
    let sender = client.sender();
    let sent = big.clone();
    let sending = thread::spawn(move || sender.send(Message::Binary(&sent)).unwrap());
    let options = ConnectOptions {
        limits: Limits::default(),
        ..server.identity.options()
    };
    let mut members: Vec<_> = (0..5)
        .map(|_| options.connect(&server.url("/broadcast")).unwrap())
        .collect();
    assert_eq!(client.receive(), Some(MessageBuf::Binary(big)));
    sending.join().unwrap();
    for turn in 0..20 {
        members[turn % 5]
            .send(Message::Text(&turn.to_string()))
            .unwrap();
        for member in &mut members {
            assert_eq!(text_of(member.receive()), turn.to_string());
        }
    }
    let cause = in_time("the close", move || client.close(CloseCode::NORMAL, "done"));
    assert_eq!(
        (cause.by, cause.code, cause.clean),
        (Initiator::Local, 1000, true)
    );
    assert_eq!(cause.why, "closing handshake");
    server.running.wait_for_connections(5);
    let endings: Vec<_> = members
        .into_iter()
        .map(|member| thread::spawn(|| ending(member)))
        .collect();
    assert_eq!(server.running.stop().aborted, 0);
    for end in endings {
        let cause = end.join().unwrap();
        assert_eq!((cause.code, cause.clean), (1001, true), "{cause}");
    }
}

#[test]
fn a_client_that_reads_nothing_is_disconnected_while_the_others_are_served() {
    let server = Secure::standard(Settings {
        queue: QueueLimits {
            messages: 16,
            bytes: 256 << 10,
        },
        timeouts: Timeouts {
            write: Duration::from_millis(300),
            close: Duration::from_millis(300),
            ..Timeouts::default()
        },
        ..Settings::default()
    });
    let stuck = server.connect("/broadcast");
    let mut good = server.connect("/broadcast");
    let payload = vec![1; 32 << 10];
    wait_until("the stuck client to be let go", || {
        good.send(Message::Binary(&payload)).unwrap();
        assert_eq!(good.receive(), Some(MessageBuf::Binary(payload.clone())));
        server.stopper().connections() == 1
    });
    drop(stuck);
}

#[test]
fn a_peer_that_falls_silent_is_given_up_over_tls_too() {
    let server = Secure::standard(Settings {
        timeouts: Timeouts {
            ping_interval: Some(Duration::from_millis(50)),
            ping_timeout: Duration::from_millis(50),
            close: Duration::from_millis(50),
            ..Timeouts::default()
        },
        ..Settings::default()
    });
    let deaf = server.connect("/echo"); // nobody receives there, so nobody answers
    let mut good = server.connect("/echo");
    let receiving = thread::spawn(move || {
        let pinged = good.receive_any(TIMEOUT);
        good.send(Message::Text("still here")).unwrap();
        loop {
            if let Ok(wshub::client::Received::Message(message)) = good.receive_any(TIMEOUT) {
                return (pinged, message);
            }
        }
    });
    let (pinged, message) = receiving.join().unwrap();
    assert!(
        matches!(pinged, Ok(wshub::client::Received::Ping(_))),
        "{pinged:?}"
    );
    assert_eq!(message, MessageBuf::Text("still here".into()));
    server.running.wait_for_connections(0);
    drop(deaf);
}

#[test]
fn silent_clients_stop_nobody_and_one_deadline_holds_for_tls_and_http() {
    let server = Secure::standard(Settings {
        handshake_timeout: Duration::from_millis(500),
        ..Settings::default()
    });
    let silent: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(("127.0.0.1", server.port)).unwrap())
        .collect();
    let mut client = server.connect("/echo");
    client.send(Message::Text("at once")).unwrap();
    assert_eq!(text_of(client.receive()), "at once");
    server.running.wait_for_connections(1);
    drop(silent);
}

#[test]
fn the_wrong_protocol_on_either_port_is_answered_as_well_as_can_be() {
    let server = Secure::standard(Settings::default());
    let mut plain = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    plain.set_read_timeout(Some(TIMEOUT)).unwrap();
    plain.write_all(upgrade("/echo").as_bytes()).unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.contains("wss://"),
        "{answer}"
    );

    let clear_port = server.running.address.port();
    let url = format!("wss://localhost:{clear_port}/");
    match server.identity.options().connect(&url) {
        // The program adds "; that port may speak ws:// only".
        Err(ConnectError::Tls {
            failure: TlsFailure::NotTls { .. } | TlsFailure::Ended,
            ..
        }) => {}
        other => panic!("{other:?}"),
    }
    match Client::connect(&format!("ws://localhost:{}/", server.port)) {
        Err(error @ ConnectError::HttpStatus { .. }) => {
            assert!(error.to_string().contains("wss://"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn over_tls_a_page_of_https_is_the_servers_own() {
    let server = Secure::standard(Settings::default());
    let connect = |origin: String| {
        let options = ConnectOptions {
            origin: Some(origin),
            ..server.identity.options()
        };
        options.connect(&server.url("/echo")).is_ok()
    };
    assert!(connect(format!("https://localhost:{}", server.port)));
    assert!(!connect(format!("http://localhost:{}", server.port)));
    assert!(!connect(format!(
        "http://localhost:{}",
        server.running.address.port()
    )));
}

/// SplitMix64: which bytes are changed; a failing seed is printed.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Carries one direction, with some bytes changed, doubled or left out from `at` on.
fn carry(mut from: ReadHalf, mut to: WriteHalf, mut seed: u64) {
    let at = (random(&mut seed) % 3000) as usize;
    let kind = random(&mut seed) % 4;
    let mut seen = 0;
    let mut buffer = [0; 700];
    while let Ok(ReadOutcome::Data(bytes)) = from.read(&mut buffer, TIMEOUT) {
        let mut chunk = buffer[..bytes].to_vec();
        if (seen..seen + bytes).contains(&at) {
            let place = at - seen;
            match kind {
                0 => chunk[place] ^= 1 << (random(&mut seed) % 8),
                1 => chunk[place] = random(&mut seed) as u8,
                2 => chunk.truncate(place),
                _ => chunk.insert(place, random(&mut seed) as u8),
            }
        }
        seen += bytes;
        if to.write_all(&mut [IoSlice::new(&chunk)]).is_err() {
            return;
        }
    }
    to.finish();
}

/// Ciphertext is changed on its way, in the handshake or after it, in one direction or in both:
/// whatever happens, both ends terminate, and no thread panics.
#[test]
fn changed_ciphertext_ends_in_an_error_and_never_in_a_panic_or_a_hang() {
    let identity = Identity::new();
    let server = identity.server();
    let client = TlsClient::new(&identity.trusted()).unwrap();
    let rounds = 12;
    let workers: Vec<_> = (0..8_u64)
        .map(|worker| {
            let (client, server) = (client.clone(), server.clone());
            thread::spawn(move || {
                for round in 0..rounds {
                    let seed = worker * 1_000_003 + round;
                    println!("seed {seed}");
                    changed_ciphertext(&client, &server, seed);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
}

fn changed_ciphertext(client: &TlsClient, server: &TlsServer, seed: u64) {
    let write_timeout = Duration::from_secs(1);
    let (near, client_side) = memory_pair(1 << 16, write_timeout);
    let (server_side, far) = memory_pair(1 << 16, write_timeout);
    let (cut_client, cut_server) = (client_side.shutdown.clone(), server_side.shutdown.clone());
    let carriers = [
        thread::spawn(move || carry(client_side.read, server_side.write, seed)),
        thread::spawn(move || carry(server_side.read, client_side.write, seed ^ 0xABCD)),
    ];
    let timeouts = Timeouts {
        close: Duration::from_millis(100),
        ..Timeouts::default()
    };
    let session = move |role, stream| {
        Session::new(
            ConnectionId::next(),
            role,
            stream,
            &[],
            Vec::new(),
            SessionSettings {
                timeouts,
                ..SessionSettings::default()
            },
        )
    };
    let soon = std::time::Instant::now() + Duration::from_millis(700);
    let (tls, trusted) = (server.clone(), client.clone());
    let server = thread::spawn(move || match tls.accept(far, soon) {
        Ok(stream) => drop(session(Role::Server, stream).run(|event, outbox| {
            if let Incoming::Message(Message::Text(text)) = event {
                outbox.text(text);
            }
        })),
        Err(rejected) => rejected.stream.shutdown.abort(),
    });
    let client = thread::spawn(move || match trusted.connect("localhost", near, soon) {
        Ok(stream) => {
            let mut session = session(Role::Client, stream);
            for i in 0..40 {
                session.outbox().text(&format!("{i} {}", "x".repeat(50)));
            }
            session.outbox().close(CloseCode::NORMAL, "");
            drop(session.run(|_, _| {}));
        }
        Err(rejected) => rejected.stream.shutdown.abort(),
    });
    in_time("both ends", move || {
        // One end may wait for the missing bytes until its timeout is over or the other end closes.
        client.join().unwrap();
        cut_server.abort();
        server.join().unwrap();
        cut_client.abort();
        carriers
            .into_iter()
            .for_each(|carrier| carrier.join().unwrap());
    });
}
