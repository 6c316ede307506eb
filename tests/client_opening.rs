//! What clients request, and how they handle the answers of real servers.

#![cfg(feature = "cli")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use support::command::*;
use support::proxy::read_head;
use support::tls::Folder;
use wshub::Client;
use wshub::client::{ConnectError, ConnectOptions};

/// A server that gives each request the next of these answers, and closes; the last one again and
/// again. The heads come out of the channel.
fn answers(answers: Vec<String>) -> (String, Receiver<(Instant, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        let last = answers.last().cloned();
        let mut answers = answers.into_iter();
        for mut socket in listener.incoming().flatten() {
            let head = read_head(&mut socket).unwrap();
            let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap();
            let accept = wshub::handshake::accept_value(&key[..24]);
            let answer = answers.next().or_else(|| last.clone()).unwrap();
            let answer = answer.replace("ACCEPT", &accept);
            drop(socket.write_all(answer.as_bytes()));
            drop(socket.shutdown(std::net::Shutdown::Write));
            drop(socket.read_to_end(&mut Vec::new()));
            if tell.send((Instant::now(), head)).is_err() {
                return;
            }
        }
    });
    (url, told)
}

fn one(answer: &str) -> (String, Receiver<(Instant, String)>) {
    answers(vec![answer.to_owned()])
}

fn refusal(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn every_request_names_the_program_unless_a_header_does() {
    let version = format!("User-Agent: wshub/{}\r\n", env!("CARGO_PKG_VERSION"));
    let asked = |args: &[&str]| {
        let (url, heads) = one(&refusal("403 No", ""));
        let args: Vec<_> = args.iter().map(|arg| arg.replace("URL", &url)).collect();
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        assert_ne!(run(&args, b"").status.code(), Some(0));
        heads.recv_timeout(BOUND).unwrap().1
    };
    let rows: [(&[&str], &str); 6] = [
        (&["send", "URL", "x"], &version),
        (&["subscribe", "URL"], &version),
        (&["check", "URL", "--section", "5.6"], &version),
        (&["bench", "URL", "-c", "1", "-n", "1", "--quiet"], &version),
        (
            &["send", "URL", "x", "-H", "user-agent: Mozilla/5.0"],
            "user-agent: Mozilla/5.0\r\n",
        ),
        (&["send", "URL", "x", "-H", "User-Agent:"], ""),
    ];
    for (args, line) in rows {
        let head = asked(args);
        assert!(head.contains(line), "{args:?}: {head}");
        let agents = head.to_ascii_lowercase().matches("user-agent:").count();
        assert_eq!(agents, usize::from(!line.is_empty()), "{head}");
    }
    let (url, heads) = one(&refusal("403 No", ""));
    assert!(Client::connect(&url).is_err());
    assert!(heads.recv_timeout(BOUND).unwrap().1.contains(&version));
}

#[test]
fn every_probe_of_the_handshake_names_the_program_and_the_user_too() {
    let (url, heads) = one(&refusal("400 No", ""));
    let url = url.replace("ws://", "ws://ana:secret@");
    run(&["check", &url, "--section", "4.2.2"], b"");
    // The server's thread may hand over the last heads when the program has ended already.
    let first = heads.recv_timeout(BOUND).unwrap();
    for (_, head) in std::iter::once(first).chain(heads.try_iter()) {
        assert!(head.contains("User-Agent: wshub/"), "{head}");
        assert!(
            head.contains("Authorization: Basic YW5hOnNlY3JldA==\r\n"),
            "{head}"
        );
    }
}

#[test]
fn a_refusal_is_one_line_of_200_characters_without_markup() {
    let long = "x".repeat(6000);
    let page = format!(
        "<!DOCTYPE html><html><head><style>{long}</style><title>Just a\n moment...</title></head>\
         <body>{long}</body></html>"
    );
    let rows = [
        (
            refusal("403 Forbidden", &long),
            format!(": {}...\n", "x".repeat(197)),
        ),
        (
            refusal("403 Forbidden", &page),
            ": Just a moment...\n".to_owned(),
        ),
        (
            refusal("403 Forbidden", "No entry.\nReally."),
            ": No entry.\n".to_owned(),
        ),
        (
            "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nNot today\r\n0\r\n\r\n"
                .to_owned(),
            "503 Busy instead of 101: Not today\n".to_owned(),
        ),
        (
            refusal("403 Forbidden", "\u{928}\u{94d}\u{926} \x1b[2J \u{202e}x"),
            ": \u{928}\u{94d}\u{926} [2J x\n".to_owned(),
        ),
        (
            refusal("403 Forbidden", ""),
            "403 Forbidden instead of 101\n".to_owned(),
        ),
    ];
    for (answer, end) in rows {
        let (url, _heads) = one(&answer);
        let output = run(&["send", &url, "x"], b"");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{stderr}");
        assert!(
            stderr.ends_with(&end) && stderr.lines().count() == 1,
            "{stderr}"
        );
    }
}

#[test]
fn heads_of_256_kib_and_1000_headers_are_taken_and_no_larger_ones() {
    let head = |status: &str, extra: &str| {
        UPGRADED
            .replace("101 Switching Protocols", status)
            .replace("\r\n\r\n", &format!("\r\n{extra}\r\n"))
    };
    // An answer has its accept value in it: 22 bytes more than the word for it.
    let room = (256 << 10) - head("101 OK", "").len() - 22;
    let line = |bytes: usize| format!("X-Long: {}\r\n", "x".repeat(bytes - 10));
    let headers = |count: usize| "X: y\r\n".repeat(count);
    let own = head("101 OK", "").matches(": ").count();
    // (the answer, exit code, words)
    let rows = [
        (head("101 OK", &line(room)), 1, ""),
        (
            head("101 OK", &line(room + 1)),
            6,
            "The head is longer than 262144 bytes.",
        ),
        (head("101 OK", &headers(1000 - own)), 1, ""),
        (
            head("101 OK", &headers(1001 - own)),
            6,
            "more than 1000 header lines",
        ),
        (head("403 No", &line(100 << 10)), 5, "403 No"),
        (head("403 No", &headers(900)), 5, "403 No"),
    ];
    for (answer, code, words) in rows {
        let (url, _heads) = one(&answer);
        let output = run(&["subscribe", "--no-reconnect", &url], b"");
        let stderr = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{} bytes: {stderr}",
            answer.len()
        );
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn a_url_says_what_is_wrong_with_it_and_blanks_around_it_do_not_matter() {
    let server = server();
    let padded = format!("  {}\t", server.url("/echo"));
    let output = run(&["send", &padded, "hi", "--expect", "1"], b"");
    assert_eq!(
        (output.status.code(), text(&output.stdout).as_str()),
        (Some(0), "hi\n")
    );
    for url in ["ws:host:1", "ws:/host", "wss//host"] {
        let output = run(&["send", url, "hi"], b"");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains("has no :// behind it; write a URL like ws"),
            "{stderr}"
        );
    }
}

#[test]
fn a_subprotocol_that_is_not_chosen_is_told_once_or_is_an_error() {
    let server = server();
    let url = server.url("/echo");
    let output = run(
        &["send", &url, "hi", "--subprotocol", "nope", "--expect", "1"],
        b"",
    );
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let notice = "wshub: the server chose none of the offered subprotocols (nope); with --strict \
                  that is an error\n";
    assert_eq!(stderr, notice);
    let bench = [
        "bench", &url, "-c", "5", "-n", "5", "--warmup", "off", "--quiet",
    ];
    let output = run(&[&bench[..], &["--subprotocol", "nope"]].concat(), b"");
    assert_eq!(text(&output.stderr).matches(notice).count(), 1);
    for command in [
        &["send", &url, "hi"][..],
        &["subscribe", &url],
        &["connect", &url],
    ] {
        let output = run(
            &[command, &["--subprotocol", "nope", "--strict"]].concat(),
            b"",
        );
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{stderr}");
        assert!(
            stderr.contains("chose none of the offered subprotocols (nope)"),
            "{stderr}"
        );
    }
    let options = ConnectOptions {
        subprotocols: vec!["nope".into()],
        require_subprotocol: true,
        ..ConnectOptions::default()
    };
    let error = options.connect(&url).unwrap_err();
    assert!(
        matches!(error, ConnectError::NoSubprotocol { .. }),
        "{error:?}"
    );
    // Without an offer no subprotocol can be missing.
    let output = run(&["send", &url, "hi", "--strict", "--expect", "1"], b"");
    assert_eq!(output.status.code(), Some(0));
    let output = run(
        &["send", &url, "hi", "-H", "Sec-WebSocket-Protocol: chat.v1"],
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("write --subprotocol chat.v1"));
}

#[test]
fn verbose_shows_the_heads_and_twice_the_frames() {
    let server = server();
    let url = server.url("/echo").replace("ws://", "ws://ana:secret@");
    let shown = |flag: &str| {
        let output = run(
            &[
                "send",
                flag,
                &url,
                "hi",
                "--expect",
                "1",
                "-H",
                "Cookie: a=b",
            ],
            b"",
        );
        assert_eq!(
            (output.status.code(), text(&output.stdout).as_str()),
            (Some(0), "hi\n")
        );
        let stderr = text(&output.stderr);
        assert!(
            !stderr.contains("YW5h") && !stderr.contains("a=b"),
            "{stderr}"
        );
        stderr
    };
    let heads = shown("-v");
    for line in [
        "> GET /echo HTTP/1.1\n",
        "> Authorization: (not shown)\n",
        "> Cookie: (not shown)\n",
        "< 101 Switching Protocols\n",
        "< Upgrade: websocket\n",
    ] {
        assert!(heads.contains(line), "{line:?} is not in {heads}");
    }
    assert!(!heads.contains("frame "), "{heads}");
    let frames = shown("-vv");
    assert!(frames.contains("> GET /echo HTTP/1.1\n"), "{frames}");
    assert!(
        frames.contains("frame dir=out fin=1 rsv=000 opcode=1/text"),
        "{frames}"
    );
    assert!(
        frames.contains("frame dir=in fin=1 rsv=000 opcode=1/text mask=none len=2"),
        "{frames}"
    );
}

/// OpenSSL passes over what it cannot read.
#[cfg(all(feature = "rustls", target_os = "linux"))]
#[test]
fn where_no_certificate_of_the_system_can_be_read_the_client_says_which_and_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://{}/", listener.local_addr().unwrap());
    let missing = |name| (name, "/no/such/place");
    let variables = [missing("SSL_CERT_FILE"), missing("SSL_CERT_DIR")];
    let output = run_in(&variables, &["connect", &url], b"");
    let said = text(&output.stderr);
    for words in ["TLS cannot be set up", "No such file", "/no/such/place"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(output.status.code(), Some(8), "{said}");
}

#[test]
fn the_password_may_stand_in_a_file_or_in_the_environment() {
    let (url, heads) = one(&refusal("401 No", ""));
    let folder = Folder::new();
    let file = folder.file("auth", "\u{feff}ana:open sesame\r\nmore\n");
    let file = file.to_str().unwrap();
    let empty = folder.file("empty", "\n");
    let with_user = url.replace("ws://", "ws://bob:b@");
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], Option<&'a str>);
    let env = [("WSHUB_AUTH", "eve:e")];
    let rows: [Row<'_>; 7] = [
        (&[], &[&url], None),
        (
            &[],
            &[&url, "--auth-file", file],
            Some("YW5hOm9wZW4gc2VzYW1l"),
        ),
        (&env, &[&url], Some("ZXZlOmU=")),
        (
            &env,
            &[&url, "--auth", "ana:open sesame"],
            Some("YW5hOm9wZW4gc2VzYW1l"),
        ),
        (
            &env,
            &[&url, "--auth-file", file],
            Some("YW5hOm9wZW4gc2VzYW1l"),
        ),
        (&env, &[&with_user], Some("Ym9iOmI=")),
        (&env, &[&url, "-H", "Authorization: Basic x"], Some("x")),
    ];
    for (variables, args, expected) in rows {
        let args = [&["send"], args, &["x"]].concat();
        let output = run_in(variables, &args, b"");
        assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
        let head = heads.recv_timeout(BOUND).unwrap().1;
        let found: Vec<_> = head
            .lines()
            .filter_map(|line| line.strip_prefix("Authorization: Basic "))
            .collect();
        assert_eq!(found, expected.as_slice(), "{args:?}");
    }
    let output = run(
        &["send", &url, "x", "--auth-file", empty.to_str().unwrap()],
        b"",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("has no colon in it; write user:password"));
    let output = run(
        &["send", &url, "x", "--auth-file", file, "--auth", "a:b"],
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_server_that_accepts_and_closes_is_called_less_and_less_often() {
    for command in [&["subscribe"][..], &["connect", "--reconnect"]] {
        let (url, heads) = one(UPGRADED); // then TCP ends
        let mut child = start(&[command, &[&url]].concat());
        let times: Vec<_> = (0..4)
            .map(|_| heads.recv_timeout(BOUND).unwrap().0)
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        // The third wait is of 2 s, shortened by at most half.
        assert!(
            times[3] - times[2] >= Duration::from_millis(900),
            "{times:?}"
        );
    }
}

#[test]
fn a_server_that_asks_to_be_left_alone_is() {
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
    let (url, heads) = answers(vec![busy.to_owned(), UPGRADED.to_owned()]);
    let mut child = start(&["subscribe", "--retry", &url]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(
        line.contains("503 Busy") && line.contains("attempt 1 to connect in 2"),
        "{line}"
    );
    let first = heads.recv_timeout(BOUND).unwrap().0;
    let second = heads.recv_timeout(BOUND).unwrap().0;
    assert!(
        second - first >= Duration::from_millis(1900),
        "{:?}",
        second - first
    );
    child.kill().unwrap();
    child.wait().unwrap();
    // Without --retry the first failure is the end.
    let (url, _heads) = one(busy);
    assert_eq!(run(&["subscribe", &url], b"").status.code(), Some(5));
}

/// The program with a terminal of its own, by `script` of util-linux; none where that is missing.
#[cfg(target_os = "linux")]
#[test]
fn the_password_is_asked_for_on_the_terminal_and_not_shown() {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: there is no `script`");
        return;
    }
    let (url, heads) = one(&refusal("401 No", ""));
    let program = env!("CARGO_BIN_EXE_wshub");
    let command = format!("{program} send --auth ana {url} x; stty -a");
    let mut child = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env_remove("WSHUB_AUTH")
        .env("no_proxy", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    let mut stdout = child.stdout.take().unwrap();
    while !shown.ends_with(b"Password for ana: ") {
        let mut byte = [0];
        assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{}", text(&shown));
        shown.push(byte[0]);
    }
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"open sesame\n").unwrap();
    stdout.read_to_end(&mut shown).unwrap();
    child.wait().unwrap();
    let shown = text(&shown);
    let head = heads.recv_timeout(BOUND).unwrap().1;
    assert!(
        head.contains("Authorization: Basic YW5hOm9wZW4gc2VzYW1l\r\n"),
        "{head}"
    );
    assert!(!shown.contains("sesame"), "{shown}");
    assert!(
        shown.contains(" echo "),
        "the terminal shows what is typed again: {shown}"
    );
}
