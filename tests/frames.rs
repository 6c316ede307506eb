//! The frame laboratory on a real server: what a watching client is shown, what it is not shown,
//! and the bounds of both halves.

#![cfg(feature = "standard")]

mod support;

use support::loopback::{Running, Settings, Socket};
use support::*;
use wshub::server::{Access, Accounts};

const TOKEN: &str = "00112233445566778899aabbccddeeff";
const OTHER: &str = "ffeeddccbbaa99887766554433221100";

fn say(socket: &mut Socket, command: &str) {
    socket.send(&[text(command)]);
}

fn answer(socket: &mut Socket) -> String {
    match socket.next() {
        Some(Seen::Text(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

/// The next answer of this kind; those before it are passed over.
fn next_of(socket: &mut Socket, kind: &str) -> String {
    let beginning = format!("{{\"kind\":\"{kind}\",");
    loop {
        let answer = answer(socket);
        if answer.starts_with(&beginning) {
            return answer;
        }
    }
}

/// A client that watches with this token.
fn viewer(server: &Running, token: &str) -> Socket {
    let mut socket = server.open("/frames");
    say(&mut socket, &format!("watch {token}"));
    assert_eq!(answer(&mut socket), "{\"kind\":\"watching\"}");
    socket
}

fn watched_path(token: &str) -> String {
    format!("/echo?frames={token}")
}

/// Waits for an echo of `said`, which shows that everything before it has been processed.
fn echoes(socket: &mut Socket, said: &str) {
    say(socket, said);
    assert_eq!(socket.next(), Some(saw_text(said)));
}

/// Asserts that the viewer was shown nothing: the answer to its next command is the next thing.
fn sees_nothing(viewer: &mut Socket) {
    say(viewer, "what?");
    assert!(
        answer(viewer).starts_with("{\"kind\":\"problem\",\"problem\":\"This is not a command")
    );
}

#[test]
fn a_watching_client_is_shown_heads_frames_and_the_end_of_its_own_connection() {
    let server = Running::standard(Settings::default());
    let mut viewer = viewer(&server, TOKEN);
    let mut own = server.open(&watched_path(TOKEN));
    echoes(&mut own, "Hello");
    own.send(&[close_with(1000, "bye")]);
    own.rest();
    let id = answer(&mut viewer);
    assert!(id.contains("\"endpoint\":\"/echo\",\"request\":\"GET /echo?frames=(token) HTTP/1.1\\u000d\\u000aHost: localhost"), "{id}");
    let rows: [&[&str]; 6] = [
        &[
            "\"kind\":\"response\"",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ],
        &[
            "\"dir\":\"in\"",
            "\"opcode\":1,\"masked\":true,\"key\":\"",
            "\"length\":\"5\",\"payload\":\"48656c6c6f\"",
        ],
        &[
            "\"dir\":\"out\"",
            "\"opcode\":1,\"masked\":false,\"length\":\"5\",\"payload\":\"48656c6c6f\"",
        ],
        &[
            "\"dir\":\"in\"",
            "\"opcode\":8",
            "\"payload\":\"03e8627965\"",
        ],
        &[
            "\"dir\":\"out\"",
            "\"opcode\":8",
            "\"payload\":\"03e8627965\"",
        ],
        &[
            "\"kind\":\"ended\"",
            "\"by\":\"client\",\"code\":1000,\"reason\":\"bye\"",
            "\"clean\":true",
        ],
    ];
    for row in rows {
        let shown = answer(&mut viewer);
        for part in row {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    sees_nothing(&mut viewer);
}

#[test]
fn fragments_pings_and_broken_rules_are_shown() {
    let server = Running::standard(Settings::default());
    let mut viewer = viewer(&server, TOKEN);
    let mut own = server.open(&watched_path(TOKEN));
    own.send(&[text_start("a"), ping("p"), end("b"), end("c")]);
    own.rest();
    let mut shown = Vec::new();
    while shown
        .last()
        .is_none_or(|last: &String| !last.contains("\"ended\""))
    {
        shown.push(answer(&mut viewer));
    }
    let shown = shown.join("\n");
    for part in [
        "\"fin\":false,\"rsv\":0,\"opcode\":1,",
        "\"fin\":true,\"rsv\":0,\"opcode\":9,",
        "\"fin\":true,\"rsv\":0,\"opcode\":10,",
        "\"fin\":true,\"rsv\":0,\"opcode\":0,",
        "\"rule\":\"unexpected_continuation\",\"says\":\"continuation without a message to continue\",\
         \"rfc\":6455,\"section\":\"5.4\",\"close\":1002",
        "\"by\":\"rule\",\"code\":1002",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn nobody_is_shown_another_visitors_frames() {
    let server = Running::standard(Settings::default());
    let mut mine = viewer(&server, TOKEN);
    let mut theirs = viewer(&server, OTHER);
    // Connections without a token, with one that nobody watches, and with what is not quite mine.
    let unknown = "0".repeat(32);
    let targets = [
        "/echo".to_owned(),
        watched_path(&unknown),
        watched_path(&TOKEN[..31]),
        watched_path(&format!("{TOKEN}0")),
        watched_path(&TOKEN.to_uppercase()),
        watched_path(""),
        watched_path("*"),
        format!("/echo?frames={unknown}&frames={TOKEN}"),
        format!("/echo?frame={TOKEN}"),
        // What a viewer is sent is not shown to another viewer: two of them would never stop.
        format!("/frames?frames={TOKEN}"),
    ];
    for target in targets {
        let mut socket = server.open(&target);
        if target.starts_with("/echo") {
            echoes(&mut socket, "secret");
        } else {
            say(&mut socket, "decode server 8100");
            answer(&mut socket);
        }
        drop(socket);
    }
    let mut own = server.open(&watched_path(OTHER));
    echoes(&mut own, "theirs");
    drop(own);
    server.wait_for_connections(2);
    sees_nothing(&mut mine);
    assert!(next_of(&mut theirs, "frame").contains("\"payload\":\"746865697273\""));
    // Another client's token can be neither taken over while it is in use, nor seen by anyone.
    let mut thief = server.open("/frames");
    let taken = "{\"kind\":\"problem\",\"problem\":\"This token is in use; choose a new one.\"}";
    for token in [TOKEN, OTHER] {
        say(&mut thief, &format!("watch {token}"));
        assert_eq!(answer(&mut thief), taken);
    }
    let mut own = server.open(&watched_path(TOKEN));
    echoes(&mut own, "mine");
    sees_nothing(&mut thief);
    assert!(next_of(&mut mine, "frame").contains("\"payload\":\"6d696e65\""));
}

#[test]
fn a_token_ends_with_its_client_and_a_connection_is_never_shown_to_the_next_one() {
    let server = Running::standard(Settings::default());
    let first = viewer(&server, TOKEN);
    let mut own = server.open(&watched_path(TOKEN));
    echoes(&mut own, "one");
    drop(first);
    server.wait_for_connections(1);
    let mut second = viewer(&server, TOKEN); // the token is free again
    echoes(&mut own, "two"); // but this connection was opened for another client
    sees_nothing(&mut second);
    // A client that draws a new token gives the one before it up.
    say(&mut second, &format!("watch {OTHER}"));
    assert_eq!(answer(&mut second), "{\"kind\":\"watching\"}");
    let mut third = viewer(&server, TOKEN);
    sees_nothing(&mut third);
}

#[test]
fn both_connections_have_to_be_of_the_same_user() {
    let server = Running::standard(Settings {
        access: Access {
            accounts: Accounts::parse("ana:secret\nbob:hidden").unwrap(),
            ..Access::default()
        },
        ..Settings::default()
    });
    let open = |path: &str, credentials: &str| {
        let mut socket = server.socket();
        let header = format!("Authorization: Basic {credentials}\r\nUpgrade: w");
        socket.send_bytes(
            loopback::upgrade(path)
                .replace("Upgrade: w", &header)
                .as_bytes(),
        );
        assert!(socket.head().starts_with("HTTP/1.1 101 "));
        socket
    };
    let (ana, bob) = ("YW5hOnNlY3JldA==", "Ym9iOmhpZGRlbg==");
    let mut viewer = open("/frames", ana);
    say(&mut viewer, &format!("watch {TOKEN}"));
    assert_eq!(answer(&mut viewer), "{\"kind\":\"watching\"}");
    let mut other = open(&watched_path(TOKEN), bob);
    echoes(&mut other, "bob's");
    sees_nothing(&mut viewer);
    let mut own = open(&watched_path(TOKEN), ana);
    echoes(&mut own, "ana's");
    assert!(answer(&mut viewer).contains("Authorization: (not shown)"));
}

#[test]
fn a_watched_connection_never_waits_for_its_viewer_and_what_is_left_out_is_counted() {
    let server = Running::standard(Settings::default());
    let mut viewer = viewer(&server, TOKEN); // it reads nothing meanwhile
    let mut own = server.open(&watched_path(TOKEN));
    const MESSAGES: usize = 5000;
    for _ in 0..MESSAGES {
        echoes(&mut own, "x");
    }
    own.send(&[close_with(1000, "")]);
    own.rest();
    let (mut shown, mut skipped) = (0, 0);
    loop {
        let answer = answer(&mut viewer);
        if answer.starts_with("{\"kind\":\"frame\"") {
            shown += 1;
        } else if let Some(rest) = answer.strip_prefix("{\"kind\":\"skipped\",\"frames\":") {
            skipped += rest.trim_end_matches('}').parse::<usize>().unwrap();
        } else if answer.contains("\"kind\":\"ended\"") {
            break;
        }
    }
    assert_eq!(shown + skipped, 2 * MESSAGES + 2);
    assert!(shown > 0 && skipped > 0, "{shown} shown, {skipped} skipped");
}

#[test]
fn bytes_are_decoded_for_either_end() {
    let server = Running::standard(Settings::default());
    let mut lab = server.open("/frames");
    let rows = [
        (
            "decode server 81 85 37fa213d 7f9f4d5158",
            "\"event\":{\"kind\":\"text\",\"bytes\":5,\"cut\":false,\"text\":\"Hello\"}",
        ),
        (
            "decode client 81 05 48656c6c6f",
            "\"event\":{\"kind\":\"text\",\"bytes\":5,\"cut\":false,\"text\":\"Hello\"}",
        ),
        (
            "decode server 81 05 48656c6c6f",
            "\"broken\":{\"rule\":\"unmasked\",\"says\":\"frame from a client without a mask\",\"rfc\":6455,\"section\":\"5.1\",\"close\":1002}",
        ),
        (
            "decode client 8",
            "\"problem\":\"The last byte has one hex digit only; a byte has two.\"",
        ),
        ("hello", "\"kind\":\"problem\""),
    ];
    for (command, part) in rows {
        say(&mut lab, command);
        let answer = answer(&mut lab);
        assert!(answer.contains(part), "{command}: {answer}");
    }
    lab.send(&[binary("81")]);
    let why = "the frame laboratory takes text, not binary";
    assert_eq!(lab.next(), Some(saw_close(1003, why)));
}

#[test]
fn the_input_is_bounded_at_64_kib() {
    let server = Running::standard(Settings::default());
    let mut lab = server.open("/frames");
    let most = format!("decode client 827efffc{}", "00".repeat(65_532));
    say(&mut lab, &most);
    assert!(answer(&mut lab).contains("\"kind\":\"binary\",\"bytes\":65532"));
    say(&mut lab, &format!("{most}00"));
    assert_eq!(
        answer(&mut lab),
        "{\"kind\":\"problem\",\"problem\":\"At most 65536 bytes are decoded at once.\"}"
    );
}
