//! The server as a library user's program uses it: what the builder checks, what handlers, rules
//! and pages may do, and connections that somebody else accepted.

mod support;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use support::loopback::{Running, Socket, upgrade, wait_until};
use support::peer::TIMEOUT;
use support::{Seen, close_with, saw_close, saw_text, text, wire};
use wshub::Server;
use wshub::connection::{AbortCause, CloseCause, QueueLimits, Timeouts};
use wshub::handshake::{Fed, Refusal, RequestHead, RequestParser};
use wshub::protocol::{CloseCode, CloseFrame, Limits, Message, Role};
use wshub::server::{
    Access, Admit, BindError, Builder, ClientInfo, Handler, Observer, Page, PathError, Peer,
    Response, Route, SettingError, UpgradeResponse,
};
use wshub::transport::{ReadOutcome, Stream, memory_pair};

fn local() -> Builder {
    Server::builder().listen(["127.0.0.1:0"])
}

fn echo(path: &str) -> Route {
    Route::on_message(path, |peer, message| peer.send(message))
}

/// The whole answer to a request.
fn ask(server: &Running, request: &str) -> String {
    let mut socket = server.socket();
    socket.send_bytes(request.as_bytes());
    socket.everything()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// An opening handshake with these further header lines.
fn upgrade_with(path: &str, headers: &str) -> String {
    upgrade(path).replace("Upgrade: w", &format!("{headers}Upgrade: w"))
}

/// The head of the answer to an opening handshake.
fn head_of(server: &Running, request: &str) -> String {
    let mut socket = server.socket();
    socket.send_bytes(request.as_bytes());
    socket.head()
}

fn is_status(answer: &str, status: u16) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} "))
}

// The builder.

#[test]
fn bind_refuses_routes_and_pages_that_are_not_valid() {
    let rows = [
        ("nolead", PathError::NoLeadingSlash),
        ("", PathError::NoLeadingSlash),
        ("/a?b", PathError::Query),
        ("/a/*/b", PathError::Wildcard),
        ("/a b", PathError::Character),
        ("/taken", PathError::Duplicate),
    ];
    for (path, expected) in rows {
        let taken = local()
            .route(echo("/taken"))
            .page(Page::new("/taken", |_| "a page"));
        match taken.route(echo(path)).bind() {
            Err(BindError::Route { path: named, error }) => {
                assert_eq!((named.as_str(), error), (path, expected.clone()));
            }
            other => panic!("{path:?}: {other:?}"),
        }
        let taken = local()
            .route(echo("/taken"))
            .page(Page::new("/taken", |_| "a page"));
        match taken.page(Page::new(path, |_| "another")).bind() {
            Err(BindError::Page { path: named, error }) => {
                assert_eq!((named.as_str(), error), (path, expected));
            }
            other => panic!("{path:?}: {other:?}"),
        }
    }
    let bad = local()
        .route(echo("/").subprotocols(["v1", "not a token"]))
        .bind();
    let error = bad.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the route \"/\": the subprotocol \"not a token\" is not a token"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn bind_refuses_settings_that_are_out_of_range() {
    type Change = fn(Builder) -> Builder;
    let rows: [(&str, Change); 8] = [
        ("handshake_timeout", |b| b.handshake_timeout(Duration::MAX)),
        ("handshake_timeout", |b| b.handshake_timeout(Duration::ZERO)),
        ("stop_grace", |b| b.stop_grace(Duration::MAX)),
        ("max_clients", |b| b.max_clients(0)),
        ("timeouts.ping_interval", |b| {
            b.timeouts(Timeouts {
                ping_interval: Some(Duration::MAX),
                ..Timeouts::default()
            })
        }),
        ("timeouts.write", |b| {
            b.timeouts(Timeouts {
                write: Duration::ZERO,
                ..Timeouts::default()
            })
        }),
        ("limits.max_message_bytes", |b| {
            b.limits(Limits {
                max_message_bytes: 0,
                ..Limits::default()
            })
        }),
        ("queue.messages", |b| {
            b.queue(QueueLimits {
                messages: 0,
                ..QueueLimits::default()
            })
        }),
    ];
    for (setting, change) in rows {
        // The port is taken: what is wrong with a setting is found before anything is opened.
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let error = change(Server::builder().listen([address]))
            .bind()
            .unwrap_err();
        let BindError::Setting(error) = error else {
            panic!("{setting}: {error:?}");
        };
        assert_eq!(error.setting(), setting);
        assert!(matches!(
            error,
            SettingError::Zero { .. } | SettingError::TooLong { .. }
        ));
        assert!(error.to_string().starts_with(&format!("{setting} is ")));
    }
}

#[test]
fn an_address_that_cannot_be_listened_on_is_told_as_a_fact() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = Server::builder()
        .listen([address.as_str()])
        .bind()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {address}: another program uses that port")
    );
    let source = std::error::Error::source(&error).expect("the system's error");
    assert!(source.is::<std::io::Error>());
    let error = Server::builder().listen(["no-port"]).bind().unwrap_err();
    assert!(matches!(error, BindError::Listen(_)), "{error:?}");
}

#[cfg(feature = "wss")]
#[test]
fn tls_without_a_certificate_is_refused() {
    let named = local().listen_tls(["127.0.0.1:0"]).bind();
    assert!(matches!(named, Err(BindError::NoCertificate)), "{named:?}");
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let given = local().tls_listener(socket).bind();
    assert!(matches!(given, Err(BindError::NoCertificate)), "{given:?}");
    assert!(local().listen_tls([""; 0]).bind().is_ok());
}

#[test]
fn the_order_of_the_builders_calls_does_not_matter() {
    let calls: [fn(Builder) -> Builder; 4] = [
        |b| b.listen(["127.0.0.1:0"]),
        |b| b.route(echo("/").subprotocols(["v1"])),
        |b| b.max_clients(7).handshake_timeout(Duration::from_secs(3)),
        |b| {
            b.access(Access {
                origins: vec!["null".into()],
                ..Access::default()
            })
        },
    ];
    let forwards = calls.iter().fold(Server::builder(), |b, call| call(b));
    let backwards = calls
        .iter()
        .rev()
        .fold(Server::builder(), |b, call| call(b));
    assert_eq!(format!("{forwards:?}"), format!("{backwards:?}"));
    for builder in [forwards, backwards] {
        let server = Running::of(builder);
        let headers = "Origin: null\r\nSec-WebSocket-Protocol: v1\r\n";
        let head = head_of(&server, &upgrade_with("/", headers));
        assert!(
            is_status(&head, 101) && head.contains("Protocol: v1\r\n"),
            "{head}"
        );
    }
}

#[test]
fn a_server_listens_on_the_sockets_that_it_is_given_and_nowhere_else() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap(); // the server's accepts wait all the same
    let address = socket.local_addr().unwrap();
    let server = Server::builder().listener(socket).route(echo("/"));
    let server = Running::of(server);
    assert_eq!(server.server.addresses(), [address]);
    let mut client = server.open("/");
    client.send(&[text("hello")]);
    assert_eq!(client.next(), Some(saw_text("hello")));

    let nowhere = Server::builder().listen([""; 0]).route(echo("/"));
    let nowhere = nowhere.bind().unwrap();
    assert_eq!(nowhere.addresses(), []);
    assert_eq!(nowhere.spawn().unwrap().stop().aborted, 0);
}

// Running and stopping.

#[test]
fn dropping_the_handle_stops_the_server() {
    let server = local().route(echo("/")).bind().unwrap().spawn().unwrap();
    let address = server.addresses()[0];
    let mut client = Socket::new(std::net::TcpStream::connect(address).unwrap());
    client.send_bytes(upgrade("/").as_bytes());
    client.head();
    assert_eq!((server.connections(), server.traffic().connections), (1, 1));
    drop(server);
    assert_eq!(client.next(), Some(saw_close(1001, "server shutting down")));
}

#[test]
fn a_stopper_ends_a_spawned_server_that_somebody_waits_for() {
    let server = local().route(echo("/")).bind().unwrap().spawn().unwrap();
    let stopper = server.stopper();
    let waiting = thread::spawn(move || server.wait());
    stopper.stop();
    assert_eq!(waiting.join().unwrap().aborted, 0);
}

#[test]
fn hooks_run_once_before_clients_are_told_of_the_stop_and_may_panic() {
    let runs = Arc::new(AtomicUsize::new(0));
    let (counted, (told, tell)) = (runs.clone(), mpsc::channel());
    let told = Mutex::new(told);
    let builder = local().route(Route::new("/", move |_| Tell(told.lock().unwrap().clone())));
    let server = Running::of(builder.on_stop(|| panic!("a hook's own")).on_stop(move || {
        counted.fetch_add(1, SeqCst);
    }));
    let mut client = server.open("/");
    server.stopper.stop();
    server.stopper.stop();
    assert_eq!(client.next(), Some(saw_close(1001, "server shutting down")));
    assert_eq!(runs.load(SeqCst), 1);
    client.send(&[close_with(1001, "")]);
    assert_eq!(server.stop().aborted, 0);
    assert_eq!(tell.recv_timeout(TIMEOUT).unwrap(), "on_close 1001");
}

/// Reports its end.
struct Tell(mpsc::Sender<String>);

impl Handler for Tell {
    fn on_message(&mut self, _: &mut Peer<'_>, _: Message<'_>) {}

    fn on_close(&mut self, _: &mut Peer<'_>, cause: &CloseCause) {
        self.0.send(format!("on_close {}", cause.code)).unwrap();
    }
}

// Handlers.

/// Tells which of its methods is called, and panics in those that the request names.
struct Panicking {
    told: mpsc::Sender<&'static str>,
    place: String,
}

impl Panicking {
    fn reached(&self, place: &'static str) {
        self.told.send(place).unwrap();
        assert_ne!(self.place, place, "as asked");
    }
}

impl Handler for Panicking {
    fn on_upgrade(&mut self, _: &ClientInfo, _: &mut UpgradeResponse) {
        self.reached("on_upgrade");
    }

    fn on_open(&mut self, _: &mut Peer<'_>) {
        self.reached("on_open");
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        self.reached("on_message");
        peer.send(message);
    }

    fn on_close(&mut self, _: &mut Peer<'_>, _: &CloseCause) {
        self.reached("on_close");
    }
}

/// Counts, and records in words what it is told.
#[derive(Default)]
struct Record {
    panics: AtomicUsize,
    events: Mutex<Vec<String>>,
}

impl Record {
    fn keep(&self, event: String) {
        self.events.lock().unwrap().push(event);
    }
}

impl Observer for Record {
    fn handshake(&self, status: u16) {
        self.keep(format!("handshake {status}"));
    }

    fn handshake_without_answer(&self) {
        self.keep("no answer".into());
    }

    fn response(&self, status: u16) {
        self.keep(format!("response {status}"));
    }

    fn opened(&self, _: &ClientInfo, endpoint: &str) {
        self.keep(format!("opened {endpoint}"));
    }

    fn closed(&self, _: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        self.keep(format!("closed {endpoint} {}", cause.code));
    }

    fn panicked(&self) {
        self.panics.fetch_add(1, SeqCst);
    }
}

/// A server of [`Panicking`] at `/panics?in=PLACE`.
fn panicking() -> (Running, Arc<Record>, mpsc::Receiver<&'static str>) {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let record = Arc::new(Record::default());
    let route = Route::new("/panics", move |info| {
        let place = info.request.query("in").unwrap_or_default();
        assert_ne!(place, "factory", "as asked");
        let told = tell.lock().unwrap().clone();
        Panicking { told, place }
    });
    let server = Running::of(local().observe(record.clone()).route(route));
    (server, record, told)
}

#[test]
fn on_close_runs_once_for_each_on_open_after_a_panic_as_well() {
    let rows = [
        (
            "nowhere",
            0,
            &["on_upgrade", "on_open", "on_message", "on_close"][..],
        ),
        ("on_open", 1, &["on_upgrade", "on_open", "on_close"]),
        (
            "on_message",
            1,
            &["on_upgrade", "on_open", "on_message", "on_close"],
        ),
        (
            "on_close",
            1,
            &["on_upgrade", "on_open", "on_message", "on_close"],
        ),
    ];
    for (place, panics, calls) in rows {
        let (server, record, told) = panicking();
        let mut client = server.open(&format!("/panics?in={place}"));
        client.try_send(&wire(Role::Server, &[text("hello"), close_with(1000, "")]));
        let seen = client.rest();
        if matches!(place, "on_open" | "on_message") {
            assert_eq!(
                seen.last(),
                Some(&saw_close(1011, "internal error")),
                "{place}"
            );
        }
        drop(client);
        server.wait_for_connections(0);
        assert_eq!(told.try_iter().collect::<Vec<_>>(), calls, "{place}");
        assert_eq!(record.panics.load(SeqCst), panics, "{place}");
    }
}

#[test]
fn a_panic_before_the_101_is_answered_with_500() {
    for (place, calls) in [("factory", &[][..]), ("on_upgrade", &["on_upgrade"])] {
        let (server, record, told) = panicking();
        let answer = ask(&server, &upgrade(&format!("/panics?in={place}")));
        assert!(is_status(&answer, 500), "{answer}");
        server.wait_for_connections(0);
        assert_eq!(told.try_iter().collect::<Vec<_>>(), calls, "{place}");
        assert_eq!(record.panics.load(SeqCst), 1);
        assert_eq!(*record.events.lock().unwrap(), ["handshake 500"]);
    }
}

#[test]
fn a_rule_or_page_that_panics_is_answered_with_500_and_counted() {
    let record = Arc::new(Record::default());
    let server = Running::of(
        local()
            .observe(record.clone())
            .admit(|opening| {
                assert_eq!(opening.request.query("rule"), None, "as asked");
                Admit::accept()
            })
            .route(echo("/"))
            .page(Page::new("/page", |request| {
                assert_eq!(request.head().query("page"), None, "as asked");
                "a page\n"
            })),
    );
    assert!(is_status(&ask(&server, &upgrade("/?rule")), 500));
    assert!(is_status(&ask(&server, &get("/page?rule")), 500));
    assert!(is_status(&ask(&server, &get("/page?page")), 500));
    assert!(is_status(&ask(&server, &get("/page")), 200));
    assert_eq!(record.panics.load(SeqCst), 3);
    let mut client = server.open("/");
    client.send(&[text("still here")]);
    assert_eq!(client.next(), Some(saw_text("still here")));
}

/// Greets with a cookie, and chooses the subprotocol that the target names.
struct Greeter;

impl Handler for Greeter {
    fn on_upgrade(&mut self, info: &ClientInfo, response: &mut UpgradeResponse) {
        response.add_header("Set-Cookie", "seen=yes\r\nX-Evil: 1");
        response.add_header("Sec-WebSocket-Accept", "mine");
        if let Some(dialect) = info.request.query("speak") {
            let offered = response.offered_subprotocols().contains(&dialect);
            assert_eq!(response.choose_subprotocol(&dialect), offered);
        }
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, _: Message<'_>) {
        let info = peer.info();
        peer.text(info.subprotocol.as_deref().unwrap_or("none"));
    }
}

#[test]
fn handlers_and_rules_add_headers_to_the_101_and_choose_the_subprotocol() {
    let server = Running::of(
        local()
            .route(Route::new("/", |_| Greeter).subprotocols(["b"]))
            .admit(|opening| {
                let admit = Admit::accept().with_header("X-Rule", "one");
                match opening.request.query("rule") {
                    Some(name) => admit.with_subprotocol(name),
                    None => admit,
                }
            })
            .admit(|_| Admit::accept().with_header("Set-Cookie", "rule=two")),
    );
    let rows = [
        ("/", "a, b, c", Some("b")),
        ("/", "a", None),
        ("/?speak=c", "a, b, c", Some("c")),
        ("/?rule=a", "a, b, c", Some("a")),
        ("/?rule=a&speak=c", "a, b, c", Some("c")),
        // What was not offered is not sent, and changes nothing.
        ("/?speak=d", "a, b", Some("b")),
        ("/?rule=d", "a, b", Some("b")),
        ("/?speak=d", "a", None),
    ];
    for (target, offered, chosen) in rows {
        let mut client = server.socket();
        let offer = format!("Sec-WebSocket-Protocol: {offered}\r\n");
        client.send_bytes(upgrade_with(target, &offer).as_bytes());
        let head = client.head();
        assert!(is_status(&head, 101), "{head}");
        let values = |name: &str| -> Vec<String> {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(field, _)| *field == name)
                .map(|(_, value)| value.to_owned())
                .collect()
        };
        assert_eq!(values("Set-Cookie"), ["rule=two", "seen=yes  X-Evil: 1"]);
        assert_eq!(values("X-Rule"), ["one"]);
        assert_eq!(values("X-Evil"), [""; 0]);
        assert_eq!(
            values("Sec-WebSocket-Accept"),
            ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
        );
        assert_eq!(
            values("Sec-WebSocket-Protocol"),
            Vec::from_iter(chosen),
            "{target}"
        );
        client.send(&[text("?")]);
        let seen = chosen.unwrap_or("none");
        assert_eq!(client.next(), Some(saw_text(seen)), "{target}");
    }
}

#[test]
fn a_closure_serves_all_connections_and_can_send_what_it_knows_of_the_client() {
    let calls = AtomicUsize::new(0);
    let server = Running::of(local().route(Route::on_message("/target", move |peer, _| {
        calls.fetch_add(1, SeqCst);
        peer.text(&peer.info().request.target);
        peer.text(&calls.load(SeqCst).to_string());
    })));
    for (target, call) in [("/target?a", "1"), ("/target?b", "2")] {
        let mut client = server.open(target);
        client.send(&[text("?")]);
        assert_eq!(client.next(), Some(saw_text(target)));
        assert_eq!(client.next(), Some(saw_text(call)));
    }
}

// Admission.

#[test]
fn a_status_that_is_no_refusal_becomes_500() {
    let server = Running::of(
        local()
            .route(echo("/"))
            .page(Page::new("/page", |request| {
                match request.head().query("as") {
                    Some(_) => Response::from(Refusal::new(204, "A secret.")),
                    None => Response::text(101, "switching"),
                }
            }))
            .admit(|opening| match opening.request.query("status") {
                Some(status) => Admit::refuse(status.parse().unwrap(), "A secret."),
                None => Admit::accept(),
            }),
    );
    for (status, sent) in [
        (200, 500),
        (101, 500),
        (302, 500),
        (0, 500),
        (600, 500),
        (400, 400),
        (599, 599),
    ] {
        for request in [
            upgrade(&format!("/?status={status}")),
            get(&format!("/?status={status}")),
        ] {
            let answer = ask(&server, &request);
            assert!(is_status(&answer, sent), "{status}: {answer}");
            assert_eq!(answer.contains("A secret."), sent == status, "{answer}");
        }
    }
    for target in ["/page?as=refusal", "/page"] {
        assert!(is_status(&ask(&server, &get(target)), 500), "{target}");
    }
}

#[test]
fn access_rules_state_facts() {
    let server = Running::of(local().route(echo("/")));
    let rows = [
        (
            upgrade_with("/", "Origin: https://evil.example\r\n"),
            "A page from the origin \"https://evil.example\" may not connect here.\n",
        ),
        (
            upgrade("/").replace("localhost", "evil.example"),
            "The host \"evil.example\" is not this server's.\n",
        ),
    ];
    for (request, fact) in rows {
        let answer = ask(&server, &request);
        assert!(is_status(&answer, 403), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{fact}")), "{answer}");
    }
}

// Plain HTTP and observers.

#[test]
fn a_server_has_the_pages_that_it_is_given_and_no_others() {
    let record = Arc::new(Record::default());
    let server = Running::of(
        local()
            .observe(record.clone())
            .route(echo("/"))
            .page(Page::new("/open", |_| "for all\n").open_to_all())
            .page(Page::new("/below/*", |request| {
                Response::text(200, format!("{}\n", request.head().path()))
                    .with_header("X-Stopping", request.is_stopping().to_string())
            }))
            .page(Page::new("/gone", |_| -> Result<Response, Refusal> {
                Err(Refusal::new(410, "It was here."))
            }))
            .admit(|opening| match opening.request.path() {
                "/below/secret" | "/open" => Admit::refuse(401, "Not you."),
                _ => Admit::accept(),
            }),
    );
    let rows = [
        ("/", 426, "WebSocket"),
        ("/metrics", 404, "Nothing"),
        ("/closed", 404, "Nothing"),
        ("/healthz", 404, "Nothing"),
        ("/js/app.js", 404, "Nothing"),
        ("/open", 200, "\r\n\r\nfor all\n"),
        ("/below/a/b?c", 200, "X-Stopping: false\r\n"),
        ("/below/secret", 401, "Not you."),
        ("/gone", 410, "It was here."),
    ];
    for (path, status, words) in rows {
        let answer = ask(&server, &get(path));
        assert!(is_status(&answer, status), "{path}: {answer}");
        assert!(answer.contains(words), "{path}: {answer}");
        let head = ask(&server, &get(path).replace("GET", "HEAD"));
        assert!(
            is_status(&head, status) && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
    assert!(is_status(&ask(&server, &upgrade("/open")), 401));
    let statuses = [426, 404, 404, 404, 404, 200, 200, 401, 410];
    let expected = statuses.map(|status| vec![format!("response {status}"); 2]);
    let events = record.events.lock().unwrap();
    assert_eq!(events[..18], expected.concat());
    assert_eq!(events[18], "handshake 401");
}

#[test]
fn observers_see_a_connection_from_its_handshake_to_its_end() {
    /// Panics in each of its methods.
    struct Broken;

    impl Observer for Broken {
        fn handshake(&self, _: u16) {
            panic!("an observer's own");
        }

        fn opened(&self, _: &ClientInfo, _: &str) {
            panic!("an observer's own");
        }
    }

    let record = Arc::new(Record::default());
    let server = Running::of(
        local()
            .observe(Broken)
            .observe(record.clone())
            .route(echo("/*")),
    );
    let mut client = server.open("/a");
    client.send(&[close_with(4000, "")]);
    client.rest();
    drop(client);
    server.wait_for_connections(0);
    drop(server.socket());
    wait_until("both are gone", || record.events.lock().unwrap().len() == 4);
    let events = record.events.lock().unwrap();
    assert_eq!(
        events[..3],
        ["handshake 101", "opened /*", "closed /* 4000"]
    );
    assert_eq!(events[3], "no answer");
    assert_eq!(
        record.panics.load(SeqCst),
        0,
        "observers are not the server's users"
    );
}

// Connections that somebody else accepted.

/// A request as somebody else has read it.
fn request(text: &str) -> RequestHead {
    match RequestParser::new().feed(text.as_bytes()).unwrap() {
        Fed::Done { head, .. } => head,
        Fed::NeedMore => panic!("half a head: {text}"),
    }
}

/// What comes until the peer ends the stream.
/// What comes up to the end of the stream.
fn read_all(stream: &mut Stream) -> Vec<u8> {
    read_while(stream, |_| true)
}

/// What comes up to and with `last`.
fn read_until(stream: &mut Stream, last: &[u8]) -> Vec<u8> {
    read_while(stream, |all| !all.ends_with(last))
}

fn read_while(stream: &mut Stream, more: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut all, mut chunk) = (Vec::new(), [0; 1024]);
    while more(&all) {
        match stream.read.read(&mut chunk, TIMEOUT).unwrap() {
            ReadOutcome::Data(bytes) => all.extend_from_slice(&chunk[..bytes]),
            ReadOutcome::TimedOut => panic!("nothing behind {all:?}"),
            ReadOutcome::Eof => break,
        }
    }
    all
}

#[test]
fn a_stream_that_somebody_else_accepted_is_served_as_any_other() {
    let record = Arc::new(Record::default());
    let server = Server::builder()
        .listen([""; 0])
        .observe(record.clone())
        .max_clients(1)
        .admit(
            |opening| match (opening.peer, opening.request.query("who")) {
                (None, Some(_)) => Admit::accept_as("nobody"),
                (None, None) => Admit::accept(),
                (Some(peer), _) => Admit::accept_as(peer.to_string()),
            },
        )
        .route(Route::on_message("/who", |peer, _| {
            let user = peer.info().user.as_deref().unwrap_or("?");
            peer.text(&format!("{user} at {:?}", peer.info().peer));
        }))
        .page(Page::new("/page", |_| "a page\n"))
        .bind()
        .unwrap();
    let serve = |text: &str, leftover: &[u8], peer: Option<SocketAddr>| {
        let (ours, mut theirs) = memory_pair(1 << 16, TIMEOUT);
        let head = request(text);
        thread::scope(|scope| {
            scope.spawn(|| match peer {
                None => server.serve_stream(ours, head, leftover),
                Some(_) => {
                    let mut arrival = wshub::server::Arrival::default();
                    arrival.peer = peer;
                    server.serve_stream_from(arrival, ours, head, leftover);
                }
            });
            String::from_utf8_lossy(&read_all(&mut theirs)).into_owned()
        })
    };
    // The frames that were read after the request are not lost.
    let frames = wire(Role::Server, &[text("?"), close_with(1000, "")]);
    let answer = serve(&upgrade("/who?who"), &frames, None);
    assert!(is_status(&answer, 101), "{answer}");
    assert!(answer.contains("nobody at None"), "{answer}");
    let peer: SocketAddr = "192.0.2.1:9".parse().unwrap();
    let answer = serve(&upgrade("/who"), &frames, Some(peer));
    assert!(
        answer.contains("192.0.2.1:9 at Some(192.0.2.1:9)"),
        "{answer}"
    );
    assert!(serve(&get("/page"), b"", None).ends_with("\r\n\r\na page\n"));
    assert!(is_status(&serve(&upgrade("/nowhere"), b"", None), 404));
    assert!(is_status(
        &serve(&get("/page").replace("GET", "POST"), b"", None),
        405
    ));
    let foreign = upgrade_with("/who", "Origin: https://evil.example\r\n");
    assert!(is_status(&serve(&foreign, b"", None), 403));
    assert_eq!(server.connections(), 0);
    let events = record.events.lock().unwrap().len();
    assert_eq!(events, 3 + 3 + 1 + 1 + 1 + 1);
    server.stopper().stop();
    assert!(is_status(&serve(&upgrade("/who"), b"", None), 503));
}

#[test]
fn a_served_stream_counts_as_a_client_and_is_told_of_the_stop() {
    let server = Server::builder()
        .listen([""; 0])
        .max_clients(1)
        .route(echo("/"));
    let server = Arc::new(server.bind().unwrap().spawn().unwrap());
    let open = || {
        let (ours, theirs) = memory_pair(1 << 16, TIMEOUT);
        let server = server.clone();
        let head = request(&upgrade("/"));
        (
            theirs,
            thread::spawn(move || server.serve_stream(ours, head, b"")),
        )
    };
    let (mut first, serving) = open();
    wait_until("it is open", || server.traffic().connections == 1);
    let (mut second, refusing) = open();
    let answer = String::from_utf8_lossy(&read_all(&mut second)).into_owned();
    assert!(is_status(&answer, 503), "{answer}");
    refusing.join().unwrap();
    server.stopper().stop();
    let reason = "server shutting down";
    let told = read_until(&mut first, reason.as_bytes());
    assert!(is_status(&String::from_utf8_lossy(&told), 101));
    let close = wire(Role::Server, &[close_with(1001, "")]);
    let mut slices = [std::io::IoSlice::new(&close)];
    first.write.write_all(&mut slices).unwrap();
    assert_eq!(read_all(&mut first), b"", "{reason} is the last word");
    serving.join().unwrap();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_close_by_another_thread_needs_no_thread_and_its_answer_has_its_time() {
    struct Waits(
        mpsc::Sender<wshub::connection::Sender>,
        mpsc::Sender<CloseCause>,
    );

    impl Handler for Waits {
        fn on_open(&mut self, peer: &mut Peer<'_>) {
            self.0.send(peer.sender()).unwrap();
        }

        fn on_close(&mut self, _: &mut Peer<'_>, cause: &CloseCause) {
            self.1.send(cause.clone()).unwrap();
        }
    }

    let (tell, opened) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let timeouts = Timeouts {
        ping_interval: None, // nothing else wakes the connection's own thread
        close: Duration::from_millis(50),
        ..Timeouts::default()
    };
    let route = Route::new("/", move |_| Waits(tell.clone(), end.clone()));
    let server = Running::of(local().timeouts(timeouts).route(route));
    // The connection's own thread may still be at the end of its last write: then a
    // writer is due. So this is tried until it was seen without one some times.
    let mut without_a_writer = 0;
    let mut tries = 0;
    while without_a_writer < 5 && tries < 200 {
        tries += 1;
        let mut client = server.open("/");
        let sender = opened.recv_timeout(TIMEOUT).unwrap();
        sender.close(CloseFrame::new(CloseCode::POLICY, "enough"));
        without_a_writer += usize::from(sender.has_sent_close() && !sender.has_writer());
        assert_eq!(client.next(), Some(saw_close(1008, "enough")));
        let cause = ended.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(cause.aborted, Some(AbortCause::CloseTimeout));
    }
    assert!(
        cfg!(windows) || without_a_writer == 5,
        "{without_a_writer} of {tries}"
    );
}

#[test]
fn the_clients_keepalive_is_measured_for_observers() {
    struct Trips(mpsc::Sender<Duration>);

    impl Observer for Trips {
        fn round_trip(&self, info: &ClientInfo, time: Duration) {
            assert_eq!(info.request.path(), "/");
            let _ = self.0.send(time);
        }
    }

    let (tell, told) = mpsc::channel();
    let timeouts = Timeouts {
        ping_interval: Some(Duration::from_millis(10)),
        ..Timeouts::default()
    };
    let server = local()
        .timeouts(timeouts)
        .observe(Trips(tell))
        .route(echo("/"));
    let server = Running::of(server);
    let mut client = server.open("/");
    match client.next() {
        Some(Seen::Ping(number)) => {
            client.send(&[support::Frame::new(true, support::PONG, number)]);
        }
        other => panic!("{other:?}"),
    }
    assert!(told.recv_timeout(TIMEOUT).unwrap() < TIMEOUT);
}
