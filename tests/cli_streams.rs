//! The streams of the program: full ones, closed ones, and pipes whose reader has gone.

#![cfg(feature = "cli")]
#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::command::*;

/// The program, started by a shell that redirects its streams.
fn redirected(redirections: &str, args: &[&str]) -> std::process::Child {
    let script = format!("exec \"$0\" \"$@\" {redirections}");
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_wshub")])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs it with this stdin; its exit code, stdout and stderr.
fn end(redirections: &str, args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut child = redirected(redirections, args);
    // It may end before it has read all.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = finish(child, args);
    let told = text(&output.stderr);
    assert!(
        !told.contains("panicked"),
        "{args:?} {redirections}: {told}"
    );
    (output.status.code(), text(&output.stdout), told)
}

fn with_url<'a>(args: &[&'a str], url: &'a str) -> Vec<&'a str> {
    args.iter()
        .map(|arg| if *arg == "URL" { url } else { *arg })
        .collect()
}

#[test]
fn a_stdout_that_is_full_is_an_error_in_every_command() {
    let server = server();
    let url = server.url("/echo");
    let rows: &[(&[&str], &[u8])] = &[
        (&["connect", "URL"], b"hi\n"),
        (&["connect", "URL", "--pretty"], b"[1]\n"),
        (&["connect", "URL"], b"/bin 00 ff\n"),
        (&["send", "URL", "--wait", "300ms"], b"hi\n"),
        (&["send", "URL", "--expect", "1"], b"hi\n"),
        (&["send", "URL", "--until", "i"], b"hi\n"),
        (&["send", "URL", "--binary", "--expect", "1"], b"hi\n"),
        (&["subscribe", "URL", "--send", "x", "--count", "1"], b""),
        (&["subscribe", "URL", "--send", "x", "--json"], b""),
        (&["subscribe", "URL", "--send", "x", "-o", "/dev/full"], b""),
        (
            &["bench", "URL", "-d", "200ms", "--warmup", "off", "--quiet"],
            b"",
        ),
        (&["bench", "URL", "-n", "1", "--json", "--quiet"], b""),
        (&["check", "URL", "--section", "5.4"], b""),
        (&["check", "--list"], b""),
        (&["completions", "zsh"], b""),
        (&["help"], b""),
        (&["help", "--man"], b""),
        (&["serve", "--help"], b""),
        (&["--version"], b""),
    ];
    for (args, input) in rows {
        let args = with_url(args, &url);
        let (code, _, told) = end(">/dev/full", &args, input);
        assert_eq!(code, Some(1), "{args:?}: {told}");
        assert!(
            told.starts_with("wshub: cannot write: "),
            "{args:?}: {told}"
        );
    }
}

#[test]
fn a_stderr_that_cannot_be_written_changes_no_exit_code_and_no_output() {
    let server = server();
    let rows: Vec<(&[&str], String, i32, &str)> = vec![
        (
            &["send", "URL", "x", "--expect", "1"],
            server.url("/echo"),
            0,
            "x\n",
        ),
        (
            &["send", "URL", "x", "--expect", "2", "--wait", "200ms"],
            server.url("/echo"),
            7,
            "x\n",
        ),
        (&["connect", "URL"], server.url("/nothing"), 5, ""),
        (&["connect", "URL"], closed_port(), 14, ""),
        (&["connect", "URL"], server.url("/echo"), 0, ""),
        (
            &["subscribe", "URL", "--send", "x", "--count", "1", "--stats"],
            server.url("/echo"),
            0,
            "x\n",
        ),
        (
            &["bench", "URL", "-n", "10"],
            server.url("/echo"),
            0,
            "url ",
        ),
        (
            &["bench", "URL", "-n", "10", "--assert", "p99<1us"],
            server.url("/echo"),
            1,
            "url ",
        ),
        (
            &["check", "URL", "--section", "5.4"],
            server.url("/echo"),
            0,
            "",
        ),
        (&["nonsense"], String::new(), 2, ""),
        (
            &["serve", "--listen", "127.0.0.1:99999"],
            String::new(),
            2,
            "",
        ),
        (
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--tls-cert",
                "/no",
                "--tls-key",
                "/no",
            ],
            String::new(),
            8,
            "",
        ),
    ];
    for (args, url, code, output) in rows {
        let args = with_url(args, &url);
        for redirections in ["2>/dev/full", "2>&-", "2>&- <&-"] {
            let (ended, stdout, _) = end(redirections, &args, b"");
            assert_eq!(ended, Some(code), "{args:?} {redirections}");
            assert!(
                stdout.starts_with(output),
                "{args:?} {redirections}: {stdout}"
            );
        }
        let (ended, ..) = end(">&- 2>&- <&-", &args, b"");
        assert_eq!(ended, Some(code), "{args:?} with all closed");
    }
}

/// Runs it with a stdout whose reader exits after the first line; returns its exit code and stderr.
fn end_after_one_line(args: &[&str], input: &[u8]) -> (Option<i32>, String) {
    let mut child = redirected("", args);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    assert_ne!(reader.read_line(&mut String::new()).unwrap(), 0, "{args:?}");
    drop(reader);
    child.stdout = Some(nothing());
    let output = finish(child, args);
    writer.join().unwrap();
    (output.status.code(), text(&output.stderr))
}

/// The stdout of another program, which is at its end.
fn nothing() -> std::process::ChildStdout {
    let mut other = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    other.wait().unwrap();
    other.stdout.take().unwrap()
}

#[test]
fn a_closed_stdout_ends_send_with_the_true_count() {
    let server = server();
    let url = server.url("/echo");
    let many: String = (0..200_000).map(|i| format!("{i}\n")).collect();
    let (code, told) = end_after_one_line(&["send", &url, "--expect", "200000"], many.as_bytes());
    let begins = "wshub: the reader of stdout went away before all was sent; sent so far: ";
    assert!(
        told.starts_with(begins) && told.ends_with(" messages\n"),
        "{told}"
    );
    assert!(
        !told[begins.len()..]
            .trim_end_matches(" messages\n")
            .contains([' ', ','])
    );
    assert_eq!(code, Some(0)); // whoever has gone has read enough
    let quiet: &[(&[&str], &[u8])] = &[
        (&["connect", &url], many.as_bytes()),
        (&["check", &url, "--all"], b""),
        (&["completions", "bash"], b""),
    ];
    for (args, input) in quiet {
        let ended = end_after_one_line(args, input);
        assert_eq!(ended, (Some(0), String::new()), "{args:?}");
    }
    let broadcast = server.url("/broadcast");
    let publish = [
        "send",
        &broadcast,
        "a",
        "b",
        "c",
        "--repeat",
        "100",
        "--interval",
        "10ms",
    ];
    let publisher = start(&publish);
    let ended = end_after_one_line(&["subscribe", &broadcast], b"");
    assert_eq!(ended, (Some(0), String::new()));
    finish(publisher, &publish);
}

#[test]
fn a_url_alone_connects() {
    let server = server();
    let output = run(&[&server.url("/echo")], b"hi\n");
    assert_eq!(text(&output.stdout), "hi\n");
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
    let port = server.url("");
    let output = run(&[port.rsplit(':').next().unwrap()], b"");
    assert!(text(&output.stderr).contains("wshub serve --listen localhost:"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_bench_of_echoes_says_at_once_that_an_endpoint_does_not_echo() {
    let server = server();
    let greets = peer(|mut socket| {
        socket.write_all(b"\x81\x05hello").unwrap();
        while read_frame(&mut socket).is_ok_and(|(opcode, _)| opcode != 8) {
            socket.write_all(b"\x81\x03bye").unwrap();
        }
        socket.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let rows: &[(&str, &[&str], &str)] = &[
        (
            &server.url("/broadcast"),
            &[],
            "wshub: /broadcast sends every message to all connections; use --mode fanout, ",
        ),
        (
            &server.url("/broadcast?x"),
            &["-c", "2", "--rate", "20"],
            "wshub: /broadcast sends every message to all connections; use --mode fanout, ",
        ),
        (
            &server.url("/chat/lobby"),
            &[],
            "wshub: /chat/lobby does not send back what it is sent: an answer was \"",
        ),
        (
            &greets,
            &["-c", "1"],
            "wshub: / does not send back what it is sent: an answer was \"hello\"",
        ),
    ];
    for (url, flags, told) in rows {
        let args = [&["bench", url, "--quiet", "-d", "60s"], *flags].concat();
        let began = Instant::now();
        let output = run(&args, b"");
        let stderr = text(&output.stderr);
        assert!(
            stderr.starts_with(told) && stderr.lines().count() == 1,
            "{args:?}: {stderr}"
        );
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(1), String::new())
        );
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "{:?}",
            began.elapsed()
        );
    }
    let silent = peer(|mut socket| {
        while read_frame(&mut socket).is_ok_and(|(opcode, _)| opcode != 8) {}
        socket.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let output = run(&["bench", &silent, "-c", "1", "-d", "1s", "--quiet"], b"");
    let stderr = text(&output.stderr);
    assert!(
        stderr.starts_with("wshub: no answer has arrived so far: "),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_bench_of_n_messages_measures_n_after_its_warm_up() {
    let server = server();
    let rows: &[(&str, &[&str], u64)] = &[
        ("/echo", &["-c", "3", "-n", "500", "--warmup", "300ms"], 500),
        (
            "/echo",
            &["-c", "3", "-n", "500", "--depth", "16", "--warmup", "300ms"],
            500,
        ),
        (
            "/echo",
            &["-c", "3", "-n", "50", "--rate", "200", "--warmup", "300ms"],
            50,
        ),
        ("/echo", &["-c", "3", "-n", "500"], 500),
        (
            "/broadcast",
            &[
                "-c", "3", "-n", "100", "--mode", "fanout", "--warmup", "300ms",
            ],
            300,
        ),
        (
            "/echo",
            &[
                "-c", "2", "-n", "20", "--mode", "connect", "--warmup", "100ms",
            ],
            20,
        ),
    ];
    for (path, flags, messages) in rows {
        let url = server.url(path);
        let args = [&["bench", &url, "--json", "--quiet"], *flags].concat();
        let output = run(&args, b"");
        let report = text(&output.stdout);
        let expected = format!("\"messages\":{messages},");
        assert!(report.contains(&expected), "{args:?}: {report}");
        let latency = format!("\"latency_us\":{{\"count\":{messages},");
        assert!(report.contains(&latency), "{args:?}: {report}");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?} {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn figures_in_a_report_have_no_separators() {
    let server = server();
    let url = server.url("/echo");
    let output = run(
        &["bench", &url, "-n", "20000", "--depth", "64", "--quiet"],
        b"",
    );
    let report = text(&output.stdout);
    assert!(report.contains("\nmessages     20000 in "), "{report}");
}
