//! Which requests are accepted, over real sockets: hosts, origins, passwords and a user's own
//! rules, on the page, the endpoints and the operator's pages.

#![cfg(feature = "cli")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use support::loopback::{Running, Settings, Socket, upgrade, wait_until};
use support::program::Program;
use support::{Frame, PONG, Seen, close_with, saw_text, text};
use wshub::connection::Timeouts;
use wshub::protocol::Message;
use wshub::server::{Access, Accounts, Admit, Builder, Handler, Peer, Route};
use wshub::standard::StandardOptions;

/// `ana:secret`, and the same user with another password, as a browser sends them.
const RIGHT: &str = "Authorization: Basic YW5hOnNlY3JldA==\r\n";
const WRONG: &str = "Authorization: Basic YW5hOndyb25n\r\n";

fn start(config: Settings, more: impl FnOnce(Builder) -> Builder) -> Running {
    Running::of(more(config.standard().1))
}

fn with_passwords() -> Settings {
    Settings {
        access: Access {
            accounts: Accounts::parse("ana:secret").unwrap(),
            ..Access::default()
        },
        ..Settings::default()
    }
}

/// The whole answer to a plain request with these further header lines.
fn get(server: &Running, path: &str, headers: &str) -> String {
    let host = if headers.contains("Host:") {
        ""
    } else {
        "Host: localhost\r\n"
    };
    ask(
        server,
        &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{host}{headers}\r\n"),
    )
}

fn ask(server: &Running, request: &str) -> String {
    let mut socket = server.socket();
    socket.send_bytes(request.as_bytes());
    socket.everything()
}

/// The answer to an opening handshake with these further header lines, up to its head.
fn open(server: &Running, path: &str, headers: &str) -> String {
    let request = upgrade(path).replace("Upgrade: w", &format!("{headers}Upgrade: w"));
    let mut socket = server.socket();
    socket.send_bytes(request.as_bytes());
    socket.head()
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap()
}

/// The value of a sample, by its name and labels as they stand in the exposition.
fn sample(server: &Running, name: &str) -> f64 {
    let report = get(server, "/metrics", "");
    let line = report
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    line.map_or(0.0, |line| {
        line.rsplit(' ').next().unwrap().parse().unwrap()
    })
}

#[test]
fn with_passwords_everything_but_the_health_check_asks_for_one() {
    let server = start(with_passwords(), |builder| builder);
    let challenge = "\r\nWWW-Authenticate: Basic realm=\"wshub\", charset=\"UTF-8\"\r\n";
    for path in [
        "/",
        "/js/app.js",
        "/metrics",
        "/closed",
        "/echo",
        "/nowhere",
    ] {
        for headers in ["", WRONG] {
            let answer = get(&server, path, headers);
            assert_eq!(status(&answer), 401, "{path}");
            assert!(answer.contains(challenge), "{answer}");
        }
        server.wait_for_connections(0);
    }
    assert_eq!(status(&get(&server, "/healthz", "")), 200);
    // A right password at once removes the delay that the wrong ones caused.
    let rows = [
        ("/", 200),
        ("/metrics", 200),
        ("/closed", 200),
        ("/echo", 426),
        ("/nowhere", 404),
    ];
    for (path, expected) in rows {
        assert_eq!(status(&get(&server, path, RIGHT)), expected, "{path}");
    }
    for path in ["/echo", "/broadcast", "/nowhere"] {
        assert_eq!(status(&open(&server, path, "")), 401, "{path}");
    }
    assert_eq!(status(&open(&server, "/nowhere", RIGHT)), 404);
    assert_eq!(status(&open(&server, "/echo", RIGHT)), 101);
    let foreign = format!("{RIGHT}Origin: https://evil.example\r\n");
    assert_eq!(status(&open(&server, "/echo", &foreign)), 403);
    let own = format!("{RIGHT}Origin: http://localhost\r\n");
    assert_eq!(status(&open(&server, "/echo", &own)), 101);
}

#[test]
fn chat_calls_a_user_by_the_name_that_goes_with_the_password() {
    let server = start(with_passwords(), |builder| builder);
    for expected in ["ana", "ana-2"] {
        let mut socket = server.socket();
        let request =
            upgrade("/chat?name=bob").replace("Upgrade: w", &format!("{RIGHT}Upgrade: w"));
        socket.send_bytes(request.as_bytes());
        assert_eq!(status(&socket.head()), 101);
        let you = format!("* you are {expected} in #lobby");
        while socket.next().expect("a line") != saw_text(&you) {}
        std::mem::forget(socket); // it stays
    }
}

/// Sends its client the client's name.
struct WhoAmI;

impl Handler for WhoAmI {
    fn on_message(&mut self, peer: &mut Peer<'_>, _: Message<'_>) {
        let info = peer.info();
        let answer = format!("{:?} {:?}", info.user, info.data::<Arc<str>>());
        peer.text(&answer);
    }
}

#[test]
fn a_handler_knows_what_the_rules_found_out() {
    let server = start(with_passwords(), |builder| {
        let builder = builder.route(Route::new("/me", |_| WhoAmI));
        builder.admit(|opening| match opening.request.query("as") {
            None => Admit::accept(),
            Some(name) if name == "root" => Admit::refuse(418, "Not you."),
            Some(name) => {
                let was = opening.user.as_deref().unwrap_or("nobody");
                let data: Arc<str> = format!("{} over TLS: {}", was, opening.secure).into();
                Admit::accept_as(name).with_data(data)
            }
        })
    });
    let rows = [
        ("/me", Ok("Some(\"ana\") None")),
        (
            "/me?as=bob",
            Ok("Some(\"bob\") Some(\"ana over TLS: false\")"),
        ),
        ("/me?as=root", Err(418)),
    ];
    for (path, expected) in rows {
        let mut socket = server.socket();
        let request = upgrade(path).replace("Upgrade: w", &format!("{RIGHT}Upgrade: w"));
        socket.send_bytes(request.as_bytes());
        let head = socket.head();
        match expected {
            Err(refused) => assert_eq!(status(&head), refused),
            Ok(answer) => {
                socket.send(&[text("who am I?")]);
                assert_eq!(socket.next(), Some(saw_text(answer)));
            }
        }
    }
    // The rule is asked about plain requests as well.
    let refused = get(&server, "/?as=root", RIGHT);
    assert_eq!(status(&refused), 418);
    assert!(refused.ends_with("\r\n\r\nNot you.\n"), "{refused}");
}

/// A request with a wrong password that nobody waits for.
fn guess(server: &Running, headers: &str) -> Socket {
    let mut socket = server.socket();
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{headers}{WRONG}\r\n");
    socket.send_bytes(request.as_bytes());
    socket
}

/// Sends guesses with these headers until the first ones are answered, the next ones wait, and
/// further ones are refused; then waits until all are answered.
fn keep_guessing(server: &Running, headers: &str) {
    let line: Vec<_> = (0..60).map(|_| guess(server, headers)).collect();
    let answers = line.into_iter().map(|mut socket| socket.everything());
    let (refused, wrong): (Vec<_>, Vec<_>) = answers.partition(|answer| status(answer) == 429);
    assert!(!refused.is_empty());
    assert!((refused.iter()).all(|answer| answer.contains("\r\nRetry-After: 4\r\n")));
    assert!(wrong.iter().all(|answer| status(answer) == 401));
}

#[test]
fn a_guesser_is_slowed_and_others_behind_the_same_proxy_are_not() {
    let mut settings = with_passwords();
    settings.access.trusted_proxies = vec![[127, 0, 0, 1].into()];
    let server = start(settings, |builder| builder);
    let guesser = "X-Forwarded-For: spoofed, 192.0.2.1\r\n";
    keep_guessing(&server, guesser);
    // From elsewhere the right password works, and so does a first mistake.
    let other = "X-Forwarded-For: 192.0.2.2\r\n";
    assert_eq!(status(&get(&server, "/", &format!("{other}{RIGHT}"))), 200);
    let third = "X-Forwarded-For: 192.0.2.3\r\n";
    assert_eq!(status(&get(&server, "/", &format!("{third}{WRONG}"))), 401);
}

#[test]
fn nobody_chooses_the_address_that_its_guesses_count_for() {
    let server = start(with_passwords(), |builder| builder);
    let began = Instant::now();
    for n in 0..7 {
        let headers = format!("X-Forwarded-For: 192.0.2.{n}\r\n");
        assert_eq!(status(&guess(&server, &headers).everything()), 401);
    }
    let least = Duration::from_millis(250 + 500 + 1000);
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}

#[test]
fn the_right_password_gets_in_while_others_at_its_address_fail() {
    let server = start(with_passwords(), |builder| builder);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    let answer = guess(&server, "").everything();
                    assert_eq!(status(&answer), 401);
                }
            });
        }
        thread::sleep(Duration::from_secs(2)); // they are at it, and wait by now
        let answers: Vec<_> = (0..3)
            .map(|_| {
                let began = Instant::now();
                (status(&get(&server, "/", RIGHT)), began.elapsed())
            })
            .collect();
        done.store(true, SeqCst);
        for (status, time) in answers {
            assert_eq!(status, 200);
            assert!(time < Duration::from_secs(4 + 6), "{time:?}");
        }
    });
}

#[test]
fn a_foreign_page_cannot_use_up_the_tries_of_the_person_in_whose_browser_it_runs() {
    let server = start(with_passwords(), |builder| builder);
    let foreign = format!("{WRONG}Origin: https://evil.example\r\n");
    for _ in 0..50 {
        assert_eq!(status(&open(&server, "/echo", &foreign)), 403);
    }
    // Requests that have no Origin, such as those for images, count apart.
    let image = "Sec-Fetch-Site: cross-site\r\n";
    keep_guessing(&server, image);
    let began = Instant::now();
    for headers in [WRONG, WRONG, WRONG, RIGHT] {
        let expected = if headers == RIGHT { 101 } else { 401 };
        assert_eq!(status(&open(&server, "/echo", headers)), expected);
    }
    // Had one of them been refused before, it would be 429; had the others counted, 16 s.
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn an_account_keeps_its_name_in_the_programs_chat() {
    let accounts = [("WSHUB_BASIC_AUTH", "ana:secret\nbob:secret")];
    let program = Program::start_with_environment(&accounts, &[]);
    let enter = |credentials: &str, told: &str| {
        let mut socket = program.socket();
        let headers = format!("Authorization: Basic {credentials}\r\nUpgrade: w");
        let request = upgrade("/chat?name=Ana").replace("Upgrade: w", &headers);
        socket.send_bytes(request.as_bytes());
        assert_eq!(status(&socket.head()), 101);
        while socket.next().expect("a line") != saw_text(told) {}
        socket
    };
    let mut bob = enter("Ym9iOnNlY3JldA==", "* you are bob in #lobby");
    bob.send(&[text("/nick ANA")]);
    let refused = "! the name ANA belongs to an account; /nick NAME takes another";
    while bob.next().expect("a line") != saw_text(refused) {}
    let _ana = enter("YW5hOnNlY3JldA==", "* you are ana in #lobby");
    let _again = enter("YW5hOnNlY3JldA==", "* you are ana-2 in #lobby");
}

#[test]
fn the_operators_pages_are_for_this_machine() {
    let server = start(Settings::default(), |builder| builder);
    let rows = [
        ("", 200),
        ("Host: 127.0.0.1:1\r\n", 200),
        ("Host: [::1]\r\n", 200),
        ("Host: evil.example\r\n", 403),
        ("X-Forwarded-For: 127.0.0.1\r\n", 403),
        ("X-Forwarded-Proto: https\r\n", 403),
        ("CF-Connecting-IP: 192.0.2.1\r\n", 403),
        ("x-client-ip: 192.0.2.1\r\n", 403),
        ("X-Real-Port: 9\r\n", 403),
        ("Sec-Fetch-Site: none\r\n", 200),
        ("x-forwarded-for: \r\n", 403),
        ("Forwarded: for=192.0.2.1\r\n", 403),
        ("X-Real-IP: 192.0.2.1\r\n", 403),
        ("Via: 1.1 proxy\r\n", 403),
    ];
    for path in ["/metrics", "/closed"] {
        for (headers, expected) in rows {
            let answer = get(&server, path, headers);
            assert_eq!(status(&answer), expected, "{path} {headers}");
            let named = ["--public-metrics", "--allow-host"];
            assert_eq!(
                named.iter().any(|flag| answer.contains(flag)),
                expected == 403
            );
        }
        assert_eq!(status(&open(&server, path, "")), 404);
        let head = ask(
            &server,
            &format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        );
        assert!(
            head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
    let public = Settings {
        standard: StandardOptions {
            public_metrics: true,
            ..StandardOptions::default()
        },
        ..Settings::default()
    };
    let server = start(public, |builder| builder);
    assert_eq!(
        status(&get(&server, "/metrics", "X-Forwarded-For: 192.0.2.1\r\n")),
        200
    );
    assert_eq!(
        status(&get(&server, "/metrics", "Host: evil.example\r\n")),
        403,
        "rebinding"
    );
}

#[test]
fn the_page_is_sent_once() {
    let server = start(Settings::default(), |builder| builder);
    let first = get(&server, "/", "");
    let tag = first
        .lines()
        .find_map(|line| line.strip_prefix("ETag: "))
        .unwrap();
    let again = get(&server, "/", &format!("If-None-Match: {tag}\r\n"));
    assert!(
        again.starts_with("HTTP/1.1 304 Not Modified\r\n"),
        "{again}"
    );
    assert!(again.ends_with("\r\n\r\n"), "no body");
    assert!(again.contains("\r\nConnection: close\r\n"), "{again}");
    let other = get(&server, "/page.js", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(status(&other), 200);
}

#[test]
fn the_counts_add_up() {
    let ping = Timeouts {
        ping_interval: Some(Duration::from_millis(20)),
        ..Timeouts::default()
    };
    let config = Settings {
        timeouts: ping,
        ..Settings::default()
    };
    let server = start(config, |builder| builder);
    let mut echo = server.open("/echo");
    echo.send(&[text("hello"), support::binary([0; 300]), support::ping("?")]);
    for expected in 0..3 {
        match echo.next() {
            Some(Seen::Ping(number)) => echo.send(&[Frame::new(true, PONG, number)]),
            Some(Seen::Text(_) | Seen::Binary(_) | Seen::Pong(_)) => {}
            other => panic!("{expected}: {other:?}"),
        }
    }
    let ping = loop {
        if let Some(Seen::Ping(number)) = echo.next() {
            break number;
        }
    };
    echo.send(&[
        Frame::new(true, PONG, "no such ping"),
        Frame::new(true, PONG, ping),
    ]);
    let count = |name: &str| sample(&server, name);
    wait_until("the round trip", || {
        count("wshub_ping_round_trip_seconds_count") >= 1.0
    });
    let mut rude = server.open("/broadcast");
    rude.send(&[text("").rsv(1)]);
    rude.rest();
    assert_eq!(status(&open(&server, "/echo", "Origin: null\r\n")), 403);
    wait_until("the rude one is gone", || {
        count("wshub_clients{endpoint=\"/broadcast\"}") == 0.0
    });
    echo.send(&[close_with(4321, "bye")]);
    wait_until("all are gone", || {
        count("wshub_clients{endpoint=\"/echo\"}") == 0.0
    });
    let rows = [
        ("wshub_clients_opened_total{endpoint=\"/echo\"}", 1.0),
        ("wshub_clients_opened_total{endpoint=\"/broadcast\"}", 1.0),
        ("wshub_clients_opened_total{endpoint=\"/\"}", 0.0),
        (
            "wshub_messages_total{direction=\"received\",kind=\"text\"}",
            1.0,
        ),
        (
            "wshub_message_bytes_total{direction=\"received\",kind=\"text\"}",
            5.0,
        ),
        (
            "wshub_message_bytes_total{direction=\"received\",kind=\"binary\"}",
            300.0,
        ),
        (
            "wshub_message_bytes_total{direction=\"sent\",kind=\"binary\"}",
            300.0,
        ),
        (
            "wshub_messages_total{direction=\"sent\",kind=\"text\"}",
            1.0,
        ),
        (
            "wshub_messages_total{direction=\"received\",kind=\"ping\"}",
            1.0,
        ),
        (
            "wshub_messages_total{direction=\"sent\",kind=\"pong\"}",
            1.0,
        ),
        ("wshub_handshakes_total{status=\"101\"}", 2.0),
        ("wshub_handshakes_total{status=\"403\"}", 1.0),
        ("wshub_closes_total{by=\"peer\",code=\"4xxx\"}", 1.0),
        ("wshub_closes_total{by=\"fault\",code=\"1002\"}", 1.0),
        (
            "wshub_protocol_faults_total{rule=\"reserved_bits\",section=\"5.2\"}",
            1.0,
        ),
        ("wshub_threads{kind=\"accept\"}", 1.0),
        ("wshub_threads{kind=\"hub\"}", 1.0),
    ];
    wait_until("only the one that asks is left", || {
        count("wshub_connections") == 1.0 && count("wshub_threads{kind=\"reader\"}") == 1.0
    });
    for (name, expected) in rows {
        assert_eq!(count(name), expected, "{name}");
    }
    let trips = count("wshub_ping_round_trip_seconds_count");
    assert!(trips <= count("wshub_messages_total{direction=\"sent\",kind=\"ping\"}"));
    assert!(trips < count("wshub_messages_total{direction=\"received\",kind=\"pong\"}"));
    assert_eq!(
        count("wshub_ping_round_trip_seconds_bucket{le=\"+Inf\"}"),
        trips
    );
}

#[test]
fn the_program_names_the_flag_in_its_refusals() {
    let program = Program::start(&[]);
    let rows = [
        (
            upgrade("/echo").replace("Upgrade: w", "Origin: https://evil.example\r\nUpgrade: w"),
            "A page from the origin \"https://evil.example\" may not connect here; start the server \
             with --allow-origin https://evil.example to allow it.\n",
        ),
        (
            upgrade("/echo").replace("localhost", "Evil.example:80"),
            "The host \"Evil.example:80\" is not this server's; start the server with \
             --allow-host evil.example to answer to that name.\n",
        ),
        (
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nVia: 1.1 proxy\r\n\r\n".into(),
            "/metrics is available from this machine only; start the server with \
             --public-metrics to show it \
             to everybody, or with --basic-auth-file to show it to those with a password.\n",
        ),
    ];
    for (request, body) in rows {
        let mut socket = program.socket();
        socket.send_bytes(request.as_bytes());
        let answer = socket.everything();
        assert_eq!(status(&answer), 403, "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
    }
}
