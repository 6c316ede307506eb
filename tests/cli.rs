//! The program itself, in pipes: what it prints, on which stream, and its exit code.

#![cfg(feature = "cli")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use support::command::*;

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
        (
            &["connect", "URL"],
            server.url("/echo"),
            1,
            "line 1 is not UTF-8 and was not sent",
        ),
        (&["connect", "URL"], "ws://h:port/".into(), 2, "wshub: "),
        (
            &["send", "URL", "x", "--wait", "5s"],
            canned(upgraded("\u{7f}\u{7f}")),
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
            &["send", "URL", "x", "--file", "y"],
            "x".into(),
            2,
            "TEXT and --file cannot be combined",
        ),
        (
            &["send", "URL", "x", "--null"],
            "x".into(),
            2,
            "--null applies to messages of stdin only",
        ),
        (
            &["send", "URL", "x", "--expect", "4"],
            peer(|mut socket| {
                read_frame(&mut socket).unwrap();
                socket.write_all(b"\x88\x02\x03\xe8").unwrap();
                read_frame(&mut socket).unwrap();
            }),
            7,
            "0 of 4 expected replies came before the server closed",
        ),
        (
            &["subscribe", "URL", "--for", "300ms"],
            silent.clone(),
            7,
            "no connection within 300ms",
        ),
        (
            &["subscribe", "URL", "--for", "3s"],
            server.url("/echo"),
            0,
            "",
        ),
        (
            &["subscribe", "URL", "--count", "3", "--for", "3s"],
            says(b"\x81\x01x"),
            7,
            "1 of 3 messages came within 3.00s",
        ),
        (
            &["subscribe", "URL", "--count", "3"],
            says(b"\x81\x01x\x88\x02\x03\xe8"),
            7,
            "1 of 3 messages came before the server closed",
        ),
        (
            &["subscribe", "URL", "--count", "1", "--for", "20s"],
            says(b"\x81\x01x"),
            0,
            "",
        ),
        (
            &["subscribe", "URL", "--max-message", "3"],
            says(b"\x81\x04long"),
            1,
            "closed by us: 1009 message too big (message of 4 bytes, the limit is 3",
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
        (
            &["connect", "URL", "--auth", "ana"],
            "x".into(),
            2,
            "--auth ana:PASSWORD",
        ),
        (
            &["serve", "--lan", "--listen", "127.0.0.1:9"],
            String::new(),
            2,
            "leave --lan out, or write --listen localhost:9",
        ),
        (&["check"], String::new(), 2, "needs URL"),
        (&["check", "--client", "URL"], "x".into(), 2, "takes no URL"),
        (
            &["bench", "URL", "--assert", "p98<1s"],
            "x".into(),
            2,
            "--assert: \"p98\" is not a known figure",
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
fn connect_tells_that_the_peer_broke_the_protocol() {
    let url = canned(upgraded("\u{7f}"));
    let args = ["connect", &url];
    let child = start(&args); // stdin stays open: a Close of our own could come first
    let output = finish(child, &args);
    let stderr = text(&output.stderr);
    assert!(stderr.contains("broke the protocol"), "{stderr}");
    assert_eq!(output.status.code(), Some(3));
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
fn connect_waits_for_the_answers_to_a_pipe() {
    // A server that is slow, and drops its answer if a Close is there by then.
    let url = peer(|mut socket| {
        let (_, message) = read_frame(&mut socket).unwrap();
        let patience = Some(Duration::from_millis(150));
        socket.set_read_timeout(patience).unwrap();
        if read_frame(&mut socket).is_ok() {
            return;
        }
        let answer = [&[0x81, message.len() as u8], message.as_slice()].concat();
        socket.write_all(&answer).unwrap();
        socket.set_read_timeout(Some(BOUND)).unwrap();
        assert_eq!(read_frame(&mut socket).unwrap().0, 8);
        socket.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let output = run(&["connect", &url], b"hello\n");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(text(&output.stdout), "hello\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn connect_closes_at_once_where_no_answer_is_awaited() {
    for input in [&b""[..], b"x\n/close\n"] {
        // A server that never falls silent by itself.
        let url = peer(|mut socket| {
            let pause = Some(Duration::from_millis(50));
            socket.set_read_timeout(pause).unwrap();
            while !read_frame(&mut socket).is_ok_and(|(opcode, _)| opcode == 8) {
                socket.write_all(b"\x81\x01m").unwrap();
            }
            socket.write_all(b"\x88\x02\x03\xe8").unwrap();
        });
        let output = run(&["connect", &url], input);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let messages = output.stdout.len() / 2;
        assert!(
            messages < 100,
            "{input:?}: closed after {messages} messages"
        );
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
        // Its own text shows that it has joined.
        let args = [&["subscribe", &url, "--send", "one"], flags.as_slice()].concat();
        let mut child = start(&args);
        let joined = Instant::now();
        // A subscriber to a single message may connect and leave between two checks.
        while server.stopper.connections() == 0
            && child.try_wait().unwrap().is_none()
            && joined.elapsed() < BOUND
        {
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

#[cfg(target_os = "linux")]
#[test]
fn a_stderr_that_cannot_be_written_changes_nothing_and_a_stdout_is_an_error() {
    use std::fs::File;
    use std::process::{Command, Stdio};

    let full = || File::options().write(true).open("/dev/full").unwrap();
    let program = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wshub"));
        program.stdin(Stdio::null()).stdout(Stdio::null());
        program
    };
    let url = server().url("/echo"); // it has stopped
    for (args, exit) in [
        (&["--lisen"][..], 2),
        (&["send", &url, "x"], 14),
        (&["connect", &url], 14),
        (&["subscribe", &url], 14),
        (&["send", "--insecure", &url, "x", "--file", "y"], 2),
    ] {
        let status = program().args(args).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(exit), "{args:?}");
    }
    let server = server();
    let url = server.url("/echo");
    for args in [
        &["--help"][..],
        &["completions", "bash"],
        &["-V"],
        &["send", &url, "x", "--expect", "1"],
        &["subscribe", &url, "--send", "x"],
        &["connect", &url],
    ] {
        let mut child = program()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(full())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        drop(stdin.write_all(b"x\n")); // for connect
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = text(&output.stderr);
        assert!(told.starts_with("wshub: cannot write: "), "{args:?} {told}");
    }
}
