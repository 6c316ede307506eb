//! The program itself, in pipes: what it prints, on which stream, and how it leaves.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::loopback::Running;
use wshub::server::ServerConfig;

const BOUND: Duration = Duration::from_secs(30);

fn server() -> Running {
    Running::standard(ServerConfig::default())
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wshub"))
        .args(args)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs to the end, with `input` on stdin and then its end.
fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = start(args);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that leaves early does not read it all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = finish(child, args);
    writer.join().unwrap();
    output
}

fn finish(mut child: Child, args: &[&str]) -> Output {
    let mut streams: Vec<Box<dyn Read + Send>> = vec![
        Box::new(child.stdout.take().unwrap()),
        Box::new(child.stderr.take().unwrap()),
    ];
    let readers: Vec<_> = streams
        .drain(..)
        .map(|mut stream| {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                bytes
            })
        })
        .collect();
    let deadline = Instant::now() + BOUND;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{args:?} does not end");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut bytes = readers.into_iter().map(|reader| reader.join().unwrap());
    Output {
        status,
        stdout: bytes.next().unwrap(),
        stderr: bytes.next().unwrap(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn payloads_alone_are_on_stdout() {
    let server = server();
    let echo = server.url("/echo");
    let long = "x".repeat(1 << 20);
    let rows: Vec<(&[&str], &[u8], Vec<u8>)> = vec![
        (&["send", "URL", "--wait", "1s"], b"hi\n", b"hi\n".to_vec()),
        (
            &["send", "URL", "a", "b c", "--expect", "2"],
            b"",
            b"a\nb c\n".to_vec(),
        ),
        (&["send", "URL", "a"], b"", b"".to_vec()),
        (
            &["send", "URL", "--expect", "3"],
            b"a\r\n\nlast",
            b"a\n\nlast\n".to_vec(),
        ),
        (
            &["send", "URL", "--null", "--expect", "2"],
            b"a\nb\0c\0",
            b"a\nb\nc\n".to_vec(),
        ),
        (
            &["send", "URL", "--binary", "--expect", "2"],
            b"\xff\n\0\n",
            b"\xff\0".to_vec(),
        ),
        (
            &["send", "URL", "x", "--repeat", "3", "--expect", "3"],
            b"",
            b"x\nx\nx\n".to_vec(),
        ),
        (
            &["send", "URL", "a", "b", "c", "--until", "b"],
            b"",
            b"a\nb\n".to_vec(),
        ),
        (
            &[
                "send",
                "URL",
                "\u{1f600}cut",
                "--fragment",
                "3",
                "--expect",
                "1",
            ],
            b"",
            "\u{1f600}cut\n".into(),
        ),
        (
            &["send", "URL", "--file", "-", "--expect", "1"],
            b"a\nb\n",
            b"a\nb\n\n".to_vec(),
        ),
        (
            &["send", "URL", "--expect", "1"],
            long.as_bytes(),
            format!("{long}\n").into(),
        ),
        (
            &["connect", "URL"],
            b"one\n//two\n/quit\nnever\n",
            b"one\n/two\n".to_vec(),
        ),
        (
            &["connect", "URL", "--raw-input"],
            b"/quit\n",
            b"/quit\n".to_vec(),
        ),
        (
            &["connect", "URL", "--pretty"],
            b"[1]\n[1\n",
            b"[\n  1\n]\n[1\n".to_vec(),
        ),
        (
            &["connect", "URL"],
            b"/bin 00 ff\n/frag 2 ab\n",
            b"\0\xffab\n".to_vec(),
        ),
        (
            &["connect", "URL", "--timestamps", "clock"],
            b"\x1b[2J\n",
            b"\x1b[2J\n".to_vec(),
        ),
    ];
    for (args, input, expected) in rows {
        let args: Vec<&str> = args
            .iter()
            .map(|arg| if *arg == "URL" { &echo } else { *arg })
            .collect();
        let output = run(&args, input);
        assert_eq!(text(&output.stdout), text(&expected), "{args:?}");
        assert_eq!(text(&output.stderr), "", "{args:?}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

/// A server that says `answer` to whatever is asked, then these frames, and closes TCP.
fn canned(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let key = read_key(&mut socket);
        let accept = wshub::handshake::accept_value(&key);
        let answer = text(answer).replace("ACCEPT", &accept);
        drop(socket.write_all(answer.as_bytes()));
        drop(socket.read(&mut [0; 1024]));
    });
    url
}

fn read_key(socket: &mut TcpStream) -> String {
    let mut key = String::new();
    for line in BufReader::new(socket).lines() {
        let line = line.unwrap();
        if let Some(value) = line.strip_prefix("Sec-WebSocket-Key: ") {
            key = value.to_owned();
        }
        if line.is_empty() {
            break;
        }
    }
    key
}

/// A port on which nothing listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ws://{}/", listener.local_addr().unwrap())
}

const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                        Connection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n";

fn upgraded(frames: &str) -> &'static [u8] {
    format!("{UPGRADED}{frames}").leak().as_bytes()
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let server = server();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("ws://{}/", silent.local_addr().unwrap());
    let rows: Vec<(&[&str], String, i32, &str)> = vec![
        (&["send", "URL", "x"], server.url("/echo"), 0, ""),
        (
            &["send", "URL", "--file", "/no/such/file"],
            server.url("/echo"),
            1,
            "cannot read /no/such/file",
        ),
        (
            &["send", "URL"],
            server.url("/echo"),
            1,
            "line 1 of stdin is not UTF-8",
        ),
        (
            &["send", "URL", "x", "--repeat", "0"],
            server.url("/echo"),
            2,
            "--repeat: 0 is too small",
        ),
        (&["connect", "URL"], "ws://h:port/".into(), 2, "wshub: "),
        (
            &["send", "URL", "x", "--wait", "5s"],
            canned(upgraded("\u{7f}\u{7f}")),
            3,
            "broke the protocol",
        ),
        (
            &["connect", "URL"],
            canned(upgraded("\u{7f}")),
            3,
            "broke the protocol",
        ),
        (
            &["send", "URL", "x", "--expect", "1"],
            server.url("/echo"),
            0,
            "",
        ),
        (
            &["send", "URL", "x", "--expect", "9", "--wait", "200ms"],
            server.url("/echo"),
            7,
            "1 of 9 expected replies",
        ),
        (
            &["send", "URL", "x", "--until", "y", "--wait", "200ms"],
            server.url("/echo"),
            7,
            "no reply with \"y\" in it",
        ),
        (
            &["connect", "URL"],
            server.url("/nothing"),
            5,
            "404 Not Found",
        ),
        (
            &["subscribe", "URL"],
            canned(b"HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\nlater\n"),
            5,
            "503 Busy instead of 101: later",
        ),
        (
            &["subscribe", "URL"],
            canned(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n"),
            6,
            "not a WebSocket server's answer",
        ),
        (
            &["send", "URL", "x", "--connect-timeout", "200ms"],
            silent,
            7,
            "no connection within",
        ),
        (
            &["connect", "URL"],
            closed_port(),
            14,
            "is the server running?",
        ),
        (
            &["subscribe", "URL"],
            closed_port(),
            14,
            "is the server running?",
        ),
        (
            &["bench", "URL", "-c", "1"],
            closed_port(),
            14,
            "is the server running?",
        ),
        (
            &["check", "URL"],
            closed_port(),
            14,
            "is the server running?",
        ),
        (
            &["connect", "URL"],
            "ws://name.invalid/".into(),
            21,
            "name.invalid",
        ),
        (&["check"], String::new(), 2, "needs URL"),
        (&["check", "--client", "URL"], "x".into(), 2, "takes no URL"),
        (
            &["bench", "URL", "--assert", "p98<1s"],
            "x".into(),
            2,
            "--assert: \"p98\" is no figure",
        ),
        (
            &["completions", "tcsh"],
            String::new(),
            2,
            "bash, zsh, fish, powershell",
        ),
        (
            &["subscribe", "URL", "--output", "/no/such/dir/x"],
            server.url("/echo"),
            1,
            "cannot write /no/such/dir/x",
        ),
    ];
    for (args, url, code, told) in rows {
        let args: Vec<&str> = args
            .iter()
            .map(|arg| if *arg == "URL" { &url } else { *arg })
            .collect();
        let output = run(&args, b"\xff\n");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?} {stderr}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
        assert_eq!(stderr.is_empty(), told.is_empty(), "{args:?}: {stderr}");
    }
}

#[test]
fn a_close_with_an_error_code_is_told() {
    // Close 1008 "no"
    for args in [
        &["connect", "URL"][..],
        &["subscribe", "URL"],
        &["send", "URL", "x", "--wait", "9s"],
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let peer = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let key = read_key(&mut socket);
            let head = UPGRADED.replace("ACCEPT", &wshub::handshake::accept_value(&key));
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(b"\x88\x04\x03\xf0no").unwrap();
            drop(socket.read_to_end(&mut Vec::new()));
        });
        let args: Vec<&str> = args
            .iter()
            .map(|arg| if *arg == "URL" { &url } else { *arg })
            .collect();
        let child = start(&args); // stdin stays open: the Close ends it
        let output = finish(child, &args);
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        let told = "closed by the server: 1008 policy violation, \"no\"";
        assert!(
            text(&output.stderr).contains(told),
            "{}",
            text(&output.stderr)
        );
        peer.join().unwrap();
    }
}

#[test]
fn subscribe_prints_what_is_asked_for() {
    let server = server();
    let url = server.url("/broadcast");
    let directory = std::env::temp_dir().join(format!("wshub-cli-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("out");
    let path = file.to_str().unwrap();
    let rows: Vec<(Vec<&str>, &str)> = vec![
        (vec!["--count", "2"], "one\ntwo\n"),
        (vec!["--filter", "t", "--count", "2"], "two\nthree\n"),
        (
            vec!["--json", "--count", "1"],
            "\"direction\":\"received\",\"opcode\":\"text\",\"length\":3,\"text\":\"one\"}\n",
        ),
        (vec!["-o", path, "--count", "3"], ""),
    ];
    for (flags, expected) in rows {
        // Its own text says that it has joined.
        let args = [&["subscribe", &url, "--send", "one"], flags.as_slice()].concat();
        let child = start(&args);
        let joined = Instant::now();
        while server.stopper.connections() == 0 && joined.elapsed() < BOUND {
            thread::sleep(Duration::from_millis(5));
        }
        let sent = run(&["send", &url, "two", "three"], b"");
        assert_eq!(sent.status.code(), Some(0));
        let output = finish(child, &args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?} {}",
            text(&output.stderr)
        );
        assert!(
            text(&output.stdout).ends_with(expected),
            "{args:?} {}",
            text(&output.stdout)
        );
        while server.stopper.connections() > 0 && joined.elapsed() < BOUND {
            thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "one\ntwo\nthree\n");
    std::fs::remove_dir_all(&directory).unwrap();
    let timed = run(&["subscribe", &url, "--for", "100ms"], b"");
    assert_eq!((timed.status.code(), timed.stdout), (Some(0), Vec::new()));
}

#[test]
fn subscribe_comes_back_when_the_connection_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let peer = thread::spawn(move || {
        for message in [&b"\x81\x03one"[..], b"\x81\x03two"] {
            let (mut socket, _) = listener.accept().unwrap();
            let key = read_key(&mut socket);
            let head = UPGRADED.replace("ACCEPT", &wshub::handshake::accept_value(&key));
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(message).unwrap();
            // and away, without a Close
        }
    });
    let output = run(&["subscribe", &url, "--count", "2"], b"");
    assert_eq!(text(&output.stdout), "one\ntwo\n");
    assert!(
        text(&output.stderr).contains("attempt 1 to reconnect in"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0));
    peer.join().unwrap();
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let server = server();
    let url = server.url("/echo");
    let lines = "line\n".repeat(20_000);
    for args in [&["connect", &url][..], &["send", &url, "--wait", "5s"]] {
        let mut child = start(args);
        let mut stdin = child.stdin.take().unwrap();
        let input = lines.clone();
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        assert_eq!(first, "line\n"); // and the reader is gone
        let mut stderr = Vec::new();
        let mut errors = child.stderr.take().unwrap();
        errors.read_to_end(&mut stderr).unwrap();
        assert_eq!(
            child.wait().unwrap().code(),
            Some(0),
            "{args:?} {}",
            text(&stderr)
        );
    }
}

#[test]
fn bench_reports_and_judges() {
    let server = server();
    let (echo, all) = (server.url("/echo"), server.url("/broadcast"));
    let rows: Vec<(Vec<&str>, i32, Vec<&str>)> = vec![
        (
            vec![
                &echo,
                "-c",
                "3",
                "-n",
                "300",
                "--assert",
                "errors=0,failed=0,max<30s",
            ],
            0,
            vec!["3 made, 0 failed", "300 in", "errors       none"],
        ),
        (
            vec![
                &echo, "-c", "2", "-n", "40", "--rate", "400", "--size", "0-4k",
            ],
            0,
            vec!["400 a second", "40 in"],
        ),
        (
            vec![
                &echo, "-c", "2", "-n", "50", "--depth", "8", "--binary", "--json",
            ],
            0,
            vec![
                "\"messages\":50",
                "\"errors\":{}",
                "\"close_codes\":{\"1000\":2}",
            ],
        ),
        (
            vec![
                &all,
                "--mode",
                "fanout",
                "-c",
                "5",
                "-n",
                "20",
                "--assert",
                "reach=100%,errors=0",
            ],
            0,
            vec!["reach        100.00%: 100 of 100"],
        ),
        (
            vec![&echo, "--mode", "connect", "-c", "2", "-n", "10"],
            0,
            vec!["10 made, 0 failed"],
        ),
        (
            vec![&echo, "--mode", "idle", "-c", "5", "-d", "100ms"],
            0,
            vec!["5 made, 0 failed", "errors       none"],
        ),
        (
            vec![
                &echo,
                "-c",
                "1",
                "-n",
                "5",
                "--assert",
                "max<1ms,rate>9000000",
            ],
            1,
            vec!["5 in"],
        ),
        (vec![&all, "-c", "2", "-n", "20"], 0, vec!["errors"]),
    ];
    for (flags, code, parts) in rows {
        let args = [&["bench", "--quiet"], flags.as_slice()].concat();
        let output = run(&args, b"");
        let stdout = text(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?} {stdout} {}",
            text(&output.stderr)
        );
        assert!(
            parts.iter().all(|part| stdout.contains(part)),
            "{args:?} {stdout}"
        );
    }
}

#[test]
fn check_passes_our_own_server() {
    let server = server();
    let args = ["check", &server.url("/echo"), "--json", "--timeout", "10s"];
    let output = run(&args, b"");
    let stdout = text(&output.stdout);
    assert!(
        stdout.contains("\"failed\":0,\"differ\":0,\"skipped\":0"),
        "{stdout}"
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
    let silent = run(
        &[
            "check",
            &server.url("/chat"),
            "--section",
            "5.5",
            "--timeout",
            "10s",
        ],
        b"",
    );
    assert_eq!(silent.status.code(), Some(0), "{}", text(&silent.stdout));
    assert!(text(&silent.stderr).contains("does not echo"));
}

#[test]
fn check_passes_our_own_client() {
    let mut child = start(&[
        "check",
        "--client",
        "--listen",
        "127.0.0.1:0",
        "--timeout",
        "10s",
    ]);
    let mut told = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut told).unwrap();
    let url = told
        .split_whitespace()
        .find(|word| word.starts_with("ws://"))
        .unwrap();
    // Some of these connections are refused: that is what is looked at.
    while child.try_wait().unwrap().is_none() {
        if let Ok(mut client) = wshub::Client::connect(url) {
            while client.receive().is_some() {}
        }
    }
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    assert!(
        stdout.ends_with("passed, 0 failed, 0 differ, 0 skipped\n"),
        "{stdout}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn help_and_completions_are_there_for_all() {
    let commands = [
        "serve",
        "connect",
        "send",
        "subscribe",
        "bench",
        "check",
        "completions",
        "help",
    ];
    for command in commands {
        let (one, other) = (run(&[command, "--help"], b""), run(&["help", command], b""));
        assert_eq!(one.status.code(), Some(0));
        assert_eq!(text(&one.stdout), text(&other.stdout));
        assert!(text(&one.stdout).contains("Examples:"));
    }
    assert!(text(&run(&["help", "exit-codes"], b"").stdout).contains("21  the host's name"));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell], b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(
            commands
                .iter()
                .all(|command| text(&output.stdout).contains(command)),
            "{shell}"
        );
    }
}
