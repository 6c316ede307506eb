//! `wshub serve` with the flags that real clients and pages need: which subprotocols it accepts,
//! which origins it allows, and how large a head may be.

#![cfg(all(feature = "cli", unix))]

mod support;

use support::loopback::{Socket, upgrade};
use support::program::Program;

/// An upgrade of an endpoint with one header more.
fn upgrade_with(path: &str, header: &str) -> String {
    upgrade(path).replace("\r\n\r\n", &format!("\r\n{header}\r\n\r\n"))
}

/// The head of the answer, or all of it where it is no 101.
fn answer(program: &Program, request: &str) -> String {
    let mut socket: Socket = program.socket();
    socket.send_bytes(request.as_bytes());
    let head = socket.head();
    match head.starts_with("HTTP/1.1 101 ") {
        true => head,
        false => head + &socket.everything(),
    }
}

#[test]
fn the_standard_endpoints_take_the_subprotocols_that_they_are_told() {
    // The flags, what is offered, and what is chosen.
    type Row<'a> = (&'a [&'a str], &'a str, Option<&'a str>);
    let named = &["--subprotocol", "chat.v1", "--subprotocol=mqtt"][..];
    let rows: &[Row<'_>] = &[
        (&[], "chat.v1, mqtt", None),
        (named, "chat.v1, mqtt", Some("chat.v1")),
        (named, "other, mqtt, chat.v1", Some("mqtt")),
        (named, "Chat.v1", None),
        (named, "other", None),
        (&["--subprotocol=any"], "other, chat.v1", Some("other")),
        (
            &["--subprotocol=chat.v1", "--subprotocol=any"],
            "other",
            Some("other"),
        ),
    ];
    for (flags, offered, chosen) in rows {
        let program = Program::start(flags);
        for path in ["/", "/echo", "/broadcast", "/chat", "/chat/lobby"] {
            let head = answer(
                &program,
                &upgrade_with(path, &format!("Sec-WebSocket-Protocol: {offered}")),
            );
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            let line = chosen.map(|name| format!("\r\nSec-WebSocket-Protocol: {name}\r\n"));
            match &line {
                Some(line) => assert!(head.contains(line.as_str()), "{flags:?} {path}: {head}"),
                None => {
                    assert!(
                        !head.contains("Sec-WebSocket-Protocol"),
                        "{flags:?} {path}: {head}"
                    );
                    program.wait_for_log(&format!(
                        " endpoint=\"{}\" offered={} why=\"the endpoint supports none of them; a \
                         browser closes such a connection\"",
                        path.replace("lobby", "*"),
                        offered.split(',').count()
                    ));
                }
            }
        }
        let silent = answer(&program, &upgrade("/echo"));
        assert!(
            !silent.contains("Sec-WebSocket-Protocol"),
            "nothing was offered"
        );
        let told = program.log().matches("subprotocol id=").count();
        assert_eq!(told, if chosen.is_some() { 0 } else { 5 }, "{flags:?}");
    }
}

#[test]
fn origins_without_a_host_are_let_in_as_they_are_named() {
    let origins = [
        "file://",
        "capacitor://localhost",
        "app://.",
        "chrome-extension://abcd",
        "vscode-webview://0a1B",
    ];
    let flags: Vec<String> = origins
        .iter()
        .map(|o| format!("--allow-origin={o}"))
        .collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let (open, closed) = (Program::start(&flags), Program::start(&[]));
    for origin in origins {
        let request = upgrade_with("/echo", &format!("Origin: {origin}"));
        assert!(
            answer(&open, &request).starts_with("HTTP/1.1 101 "),
            "{origin}"
        );
        let refused = answer(&closed, &request);
        assert!(refused.starts_with("HTTP/1.1 403 "), "{origin}: {refused}");
        let advice = format!("start the server with --allow-origin {origin} to allow it.\n");
        assert!(refused.ends_with(&advice), "{refused}");
    }
    for origin in [
        "file://host",
        "null",
        "app://..",
        "capacitor://evil",
        "https://localhost.evil",
    ] {
        let refused = answer(&open, &upgrade_with("/echo", &format!("Origin: {origin}")));
        assert!(refused.starts_with("HTTP/1.1 403 "), "{origin}: {refused}");
    }
    for nothing in ["", "https://", "a page", "https://a, https://b"] {
        let refused = answer(
            &closed,
            &upgrade_with("/echo", &format!("Origin: {nothing}")),
        );
        assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
        assert!(
            refused.ends_with("may not connect here.\n"),
            "no advice: {refused}"
        );
    }
}

#[test]
fn a_long_cookie_is_told_the_flag_that_lets_it_in() {
    let request = upgrade_with("/echo", &format!("Cookie: {}", "c".repeat(20 << 10)));
    let refused = answer(&Program::start(&[]), &request);
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    let advice = "A header line is longer than 8192 bytes; start the server with --max-head 64k to \
                  take longer ones.\n";
    assert!(refused.ends_with(advice), "{refused}");
    let taken = answer(&Program::start(&["--max-head", "64k"]), &request);
    assert!(taken.starts_with("HTTP/1.1 101 "), "{taken}");
}

#[test]
fn a_load_balancers_check_over_http_1_0_is_answered() {
    let program = Program::start(&[]);
    // HAProxy's `option httpchk GET /healthz`, nginx's default `proxy_pass`, `curl -0`.
    for request in [
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:8765\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n",
    ] {
        let answer = answer(&program, request);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.ends_with("\r\n\r\nok\n"), "{answer}");
    }
}
