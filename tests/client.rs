//! The client as a library user's program uses it: how it receives, how it ends, over which streams
//! it works, and messages of any size in pieces.

mod support;

use std::io;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use support::loopback::{Running, Settings};
use support::peer::TIMEOUT;
use wshub::client::{Client, ConnectError, ConnectOptions, NotReceived, Received};
use wshub::connection::{CloseCause, Offer};
use wshub::handshake::{BadUpgrade, Fed, RequestParser};
use wshub::protocol::{CloseCode, CloseFrame, Fragment, Initiator, Limits, Message, MessageBuf};
use wshub::server::{Handler, Peer, Route};
use wshub::transport::{ReadOutcome, memory_pair};

const SECOND: Duration = Duration::from_secs(1);

/// Tells how its connection ended.
struct Ending(mpsc::Sender<CloseCause>);

impl Handler for Ending {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        peer.send(message);
    }

    fn on_close(&mut self, _peer: &mut Peer<'_>, cause: &CloseCause) {
        self.0.send(cause.clone()).unwrap();
    }
}

fn endings() -> (Running, mpsc::Receiver<CloseCause>) {
    let (ended, endings) = mpsc::channel();
    let ended = Mutex::new(ended);
    let route = Route::new("/", move |_| Ending(ended.lock().unwrap().clone()));
    let server = Settings::default().builder().route(route);
    (Running::of(server), endings)
}

#[test]
fn closing_completes_the_closing_handshake_and_tells_how_it_went() {
    let (server, endings) = endings();
    let client = Client::connect(&server.url("/")).unwrap();
    client.text("never received").unwrap();
    let cause = client.close(CloseCode::POLICY, "enough");
    assert_eq!((cause.by, cause.code), (Initiator::Local, 1008));
    assert!(cause.clean, "{cause}");
    let seen = endings.recv_timeout(TIMEOUT).unwrap();
    assert_eq!((seen.by, seen.code), (Initiator::Peer, 1008));
    assert_eq!(seen.reason, "enough");
    assert!(seen.clean, "{seen}");
}

#[test]
fn dropping_a_client_sends_a_close_1001_and_does_not_wait() {
    let (server, endings) = endings();
    for sent in [false, true] {
        let client = Client::connect(&server.url("/")).unwrap();
        let sender = client.sender();
        if sent {
            client
                .text("unread answers do not stand in the way")
                .unwrap();
        }
        let start = Instant::now();
        drop(client);
        assert!(
            start.elapsed() < 5 * SECOND,
            "no wait for the close timeout"
        );
        assert!(sender.is_closed() && sender.text("late").is_err());
        let seen = endings.recv_timeout(TIMEOUT).unwrap();
        if !sent {
            // With unread bytes, the system may reset TCP instead.
            assert_eq!((seen.by, seen.code), (Initiator::Peer, 1001), "{seen}");
        }
    }
}

#[test]
fn nothing_yet_and_the_end_are_told_apart() {
    let (server, _endings) = endings();
    let mut client = Client::connect(&server.url("/")).unwrap();
    let short = Duration::from_millis(5);
    assert_eq!(client.receive_timeout(short), Err(NotReceived::Timeout));
    assert_eq!(client.receive_any(short), Err(NotReceived::Timeout));
    assert_eq!(client.ended(), None);
    client.text("one").unwrap();
    let message = client.receive_timeout(TIMEOUT);
    assert_eq!(message, Ok(MessageBuf::Text("one".into())));
    // A caller that only polls receives what has arrived, too.
    client.text("two").unwrap();
    let deadline = Instant::now() + TIMEOUT;
    let polled = loop {
        match client.receive_timeout(Duration::ZERO) {
            Err(NotReceived::Timeout) if Instant::now() < deadline => {}
            received => break received,
        }
    };
    assert_eq!(polled, Ok(MessageBuf::Text("two".into())));
    client.begin_close(CloseCode::NORMAL, "");
    assert_eq!(client.receive_timeout(TIMEOUT), Err(NotReceived::Ended));
    assert_eq!(client.receive_any(TIMEOUT), Err(NotReceived::Ended));
    assert_eq!(client.receive(), None);
    assert!(client.ended().unwrap().clean);
}

#[test]
fn a_client_is_iterated_until_its_connection_has_ended() {
    let (server, _endings) = endings();
    let mut client = Client::connect(&server.url("/")).unwrap();
    for text in ["a", "b", "c"] {
        client.text(text).unwrap();
    }
    let mut seen = Vec::new();
    for message in &mut client {
        seen.push(message);
        if seen.len() == 3 {
            break;
        }
    }
    let (sender, client) = client.split();
    sender.text("d").unwrap();
    sender.close(CloseFrame::new(CloseCode::NORMAL, ""));
    seen.extend(client);
    let texts = ["a", "b", "c", "d"].map(|text| MessageBuf::Text(text.into()));
    assert_eq!(seen, texts);
}

#[test]
fn settings_that_mean_nothing_are_refused_with_a_sentence() {
    type Change = fn(&mut ConnectOptions);
    let rows: [(Change, &str); 8] = [
        (|o| o.timeout = Duration::ZERO, "timeout "),
        (|o| o.timeout = Duration::MAX, "timeout "),
        (|o| o.timeouts.close = Duration::MAX, "close "),
        (|o| o.timeouts.write = Duration::ZERO, "write "),
        (|o| o.timeouts.write = Duration::MAX, "write "),
        (
            |o| o.timeouts.ping_timeout = Duration::ZERO,
            "ping_timeout ",
        ),
        (
            |o| o.timeouts.ping_interval = Some(Duration::MAX),
            "ping_interval ",
        ),
        (|o| o.queue.messages = 0, "queue"),
    ];
    let (server, _endings) = endings();
    for (change, setting) in rows {
        let mut options = ConnectOptions::default();
        change(&mut options);
        let error = options.connect(&server.url("/")).unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, ConnectError::Setting(_)), "{error:?}");
        assert!(words.contains(setting.trim_end()), "{words}");
        assert!(!error.is_transient());
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn errors_say_whether_trying_again_may_help() {
    let status = |status| ConnectError::HttpStatus {
        answer: BadUpgrade::Status {
            status,
            reason: String::new(),
            location: None,
        },
        body: String::new(),
        response: Box::default(),
    };
    let tcp = ConnectError::Tcp {
        address: "h:1".into(),
        error: io::ErrorKind::ConnectionRefused.into(),
    };
    let rows = [
        (ConnectError::Timeout, true),
        (tcp, true),
        (status(503), true),
        (status(429), true),
        (status(404), false),
        (status(401), false),
        (Client::connect("ftp://h/").unwrap_err(), false),
    ];
    for (error, transient) in rows {
        assert_eq!(error.is_transient(), transient, "{error}");
    }
}

#[test]
fn a_client_talks_over_any_stream_and_reads_the_servers_answer() {
    struct Cookie;
    impl Handler for Cookie {
        fn on_upgrade(
            &mut self,
            _info: &wshub::server::ClientInfo,
            response: &mut wshub::server::UpgradeResponse,
        ) {
            response.add_header("Set-Cookie", "session=7");
        }
        fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
            peer.send(message);
        }
    }
    let builder = wshub::Server::builder().listen([""; 0]);
    let server = builder.route(Route::new("/", |_| Cookie)).bind().unwrap();
    let (ours, mut theirs) = memory_pair(1 << 16, 10 * SECOND);
    let serving = std::thread::spawn(move || {
        let mut parser = RequestParser::new();
        let mut chunk = [0; 4096];
        loop {
            let Ok(ReadOutcome::Data(read)) = theirs.read.read(&mut chunk, TIMEOUT) else {
                panic!("no request came");
            };
            if let Fed::Done { head, consumed } = parser.feed(&chunk[..read]).unwrap() {
                return server.serve_stream(theirs, head, &chunk[consumed..read]);
            }
        }
    });
    let options = ConnectOptions::default();
    let mut client = options.connect_over(ours, "ws://in.memory/").unwrap();
    assert_eq!(client.response().status, 101);
    let cookie = client.response().headers.get("Set-Cookie");
    assert_eq!(cookie, Some("session=7"));
    client.text("hello").unwrap();
    let echoed = client.receive_timeout(TIMEOUT);
    assert_eq!(echoed, Ok(MessageBuf::Text("hello".into())));
    assert!(client.close(CloseCode::NORMAL, "").clean);
    serving.join().unwrap();
}

/// The size of the long messages below, past the limit of whole ones, and a bound on the pieces.
const LONG: usize = 24 << 20;
const PIECE: usize = 1 << 20;

/// Counts what comes in pieces, and answers with the counts.
#[derive(Default)]
struct Counter {
    bytes: usize,
    largest: usize,
}

impl Handler for Counter {
    fn wants_fragments(&self) -> bool {
        true
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, _message: Message<'_>) {
        peer.close(CloseCode::INTERNAL_ERROR, "a whole message");
    }

    fn on_fragment(&mut self, peer: &mut Peer<'_>, fragment: Fragment<'_>) {
        let bytes = fragment.payload.as_bytes();
        assert!(bytes.iter().all(|byte| *byte == 7));
        self.bytes += bytes.len();
        self.largest = self.largest.max(bytes.len());
        if fragment.last {
            peer.text(&format!("{} {}", self.bytes, self.largest));
        }
    }
}

#[test]
fn a_handler_gets_a_message_of_any_size_in_pieces_with_bounded_memory() {
    let counting = |limits| {
        let settings = Settings {
            limits,
            ..Settings::default()
        };
        let route = Route::new("/", |_| Counter::default());
        Running::of(settings.builder().route(route))
    };
    let server = counting(Limits::default());
    let mut client = Client::connect(&server.url("/")).unwrap();
    let mut message = client.sender().binary_fragments().unwrap();
    let copied = io::copy(
        &mut io::Read::take(io::repeat(7), LONG as u64),
        &mut message,
    );
    assert_eq!(copied.unwrap(), LONG as u64);
    message.finish().unwrap();
    // In one frame, too.
    let one_frame = vec![7; LONG];
    client.binary(&one_frame).unwrap();
    for _ in 0..2 {
        let Ok(MessageBuf::Text(counts)) = client.receive_timeout(TIMEOUT) else {
            panic!("no counts came: {:?}", client.ended());
        };
        let (_, largest) = counts.split_once(' ').unwrap();
        assert!(largest.parse::<usize>().unwrap() <= PIECE, "{counts}");
    }
    // The limit of streamed messages is one of its own.
    let limited = counting(Limits {
        max_streamed_message_bytes: 1000,
        ..Limits::default()
    });
    let client = Client::connect(&limited.url("/")).unwrap();
    client.binary(&[7; 1001]).unwrap();
    let cause = client.wait_for_end();
    assert_eq!((cause.by, cause.code), (Initiator::Peer, 1009), "{cause}");
}

#[test]
fn a_client_asks_for_pieces_and_text_is_cut_between_characters() {
    let (server, _endings) = endings();
    let options = ConnectOptions {
        fragments: true,
        ..ConnectOptions::default()
    };
    let mut client = options.connect(&server.url("/")).unwrap();
    let long = "h\u{e9}llo w\u{f6}rld \u{1F600} ".repeat(50_000);
    client.text(&long).unwrap();
    let mut seen = String::new();
    let mut pieces = 0;
    loop {
        match client.receive_any(TIMEOUT) {
            Ok(Received::Fragment {
                payload: MessageBuf::Text(text),
                first,
                last,
            }) => {
                assert_eq!(first, pieces == 0);
                pieces += 1;
                seen.push_str(&text);
                if last {
                    break;
                }
            }
            other => panic!("not a piece: {other:?}"),
        }
    }
    assert!(pieces > 1 && seen == long, "{pieces} pieces");
}

/// Sends in every way that its thread can.
struct Ways;

impl Handler for Ways {
    fn on_message(&mut self, peer: &mut Peer<'_>, _message: Message<'_>) {
        let sender = peer.sender();
        peer.text("1");
        sender.text("2").unwrap();
        assert_eq!(sender.offer(Message::Text("3")), Offer::Queued);
        sender.text("4").unwrap();
        peer.text("5");
    }
}

#[test]
fn what_a_handler_sends_by_any_way_arrives_in_the_order_of_its_calls() {
    let server = Running::of(
        Settings::default()
            .builder()
            .route(Route::new("/", |_| Ways)),
    );
    let mut client = Client::connect(&server.url("/")).unwrap();
    for _ in 0..200 {
        client.text("go").unwrap();
    }
    for i in 0..1000 {
        let expected = MessageBuf::Text((i % 5 + 1).to_string());
        assert_eq!(client.receive_timeout(TIMEOUT), Ok(expected), "message {i}");
    }
}

/// Keeps the sender of each connection for ever.
#[cfg(target_os = "linux")]
#[test]
fn kept_senders_hold_no_descriptor_once_their_connections_have_ended() {
    use std::sync::Arc;
    use support::loopback::wait_until;
    use wshub::connection::Sender;
    let kept: Arc<Mutex<Vec<Sender>>> = Arc::default();
    let keep = kept.clone();
    let route = Route::on_message("/", move |peer, message| {
        peer.send(message);
        keep.lock().unwrap().push(peer.sender());
    });
    let server = Running::of(Settings::default().builder().route(route));
    let sockets = || {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        let targets = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        let listed: Vec<_> = targets
            .filter(|target| target.to_string_lossy().starts_with("socket:"))
            .collect();
        listed.len()
    };
    let client_side: Vec<Sender> = (0..50)
        .map(|_| {
            let mut client = Client::connect(&server.url("/")).unwrap();
            client.text("hello").unwrap();
            assert!(client.receive_timeout(TIMEOUT).is_ok());
            let sender = client.sender();
            assert!(client.close(CloseCode::NORMAL, "").clean);
            sender
        })
        .collect();
    server.wait_for_connections(0);
    assert_eq!((kept.lock().unwrap().len(), client_side.len()), (50, 50));
    // Other tests of this file have sockets of their own, but far from fifty.
    wait_until("the descriptors are released", || sockets() < 50);
}
