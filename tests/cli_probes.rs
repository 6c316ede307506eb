//! `wshub bench` and `wshub check`, in pipes: what they find, and their exit codes.

#![cfg(feature = "cli")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};

use support::command::*;
#[cfg(feature = "deflate")]
use support::loopback::{Running, Settings};
#[cfg(feature = "deflate")]
use wshub::connection::DeflateOptions;

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
            vec![&echo, "--mode", "fanout", "-c", "5", "-n", "20"],
            1,
            vec!["reach        20.00%: 20 of 100"],
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
        (vec![&all, "-c", "2", "-n", "20"], 1, vec![" x a"]),
        (
            vec![&all, "-c", "2", "-n", "20", "--assert", "errors>0"],
            0,
            vec![" x a"],
        ),
        (
            vec![
                &echo,
                "-c",
                "1",
                "-n",
                "5",
                "--assert",
                "min>1us,p50>900ns,max<30s",
            ],
            0,
            vec!["5 in"],
        ),
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
fn bench_does_not_wait_for_answers_that_never_come() {
    let output = run(&["bench", "--quiet", &says(b""), "-c", "1", "-n", "2"], b"");
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("messages     0 in"), "{stdout}");
    assert!(!stdout.contains("errors       none"), "{stdout}");
}

#[test]
fn bench_counts_a_wrong_answer_as_an_error_and_as_nothing_else() {
    let rows = [
        (
            &b"\x81\x02no"[..],
            "5 x an answer differs from what was sent",
        ),
        (
            b"\x82\x02no",
            "5 x an answer is binary, though text was sent",
        ),
    ];
    for (answer, told) in rows {
        let url = peer(move |mut socket| {
            while let Ok((opcode, payload)) = read_frame(&mut socket) {
                let close = [&[0x88, payload.len() as u8], payload.as_slice()].concat();
                socket
                    .write_all(if opcode == 8 { &close } else { answer })
                    .unwrap();
            }
        });
        let args = ["bench", &url, "-c", "1", "-n", "5", "--quiet"];
        let output = run(&args, b"");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{stdout} {stderr}");
        assert!(stdout.contains("messages     0 in"), "{stdout}");
        assert!(stdout.contains(told), "{stdout}");
        assert!(
            stderr.contains("errors=0 does not hold: there were 5"),
            "{stderr}"
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
    let stdout = checked_client(&[], |url| {
        if let Ok(mut client) = wshub::Client::connect(url) {
            while client.receive().is_some() {}
        }
    });
    assert!(
        stdout.ends_with("passed, 0 failed, 0 differ, 0 skipped\n"),
        "{stdout}"
    );
}

/// The table of `check --client` with these flags, to which a client connects until it has ended.
fn checked_client(flags: &[&str], connect: impl Fn(&str)) -> String {
    let args = ["check", "--client", "--listen", "127.0.0.1:0"];
    let mut child = start(&[&args[..], &["--timeout", "10s"], flags].concat());
    let mut told = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut told).unwrap();
    let url = told
        .split_whitespace()
        .find(|word| word.starts_with("ws://"))
        .unwrap();
    // Some of these connections are refused: the vectors test exactly that.
    while child.try_wait().unwrap().is_none() {
        connect(url);
    }
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    stdout
}

#[cfg(feature = "deflate")]
#[test]
fn check_passes_the_compression_of_our_own_server_and_says_where_there_is_none() {
    let (standard, builder) = Settings::default().standard();
    let compressing = Running {
        standard: Some(standard),
        ..Running::of(builder.deflate(DeflateOptions::default()))
    };
    let plain = server();
    for (server, judged) in [
        (&compressing, "\"failed\":0,\"differ\":0,\"skipped\":0"),
        (&plain, "\"failed\":0,\"differ\":0,\"skipped\":27"),
    ] {
        let url = server.url("/echo");
        let args = ["check", "--deflate", &url, "--json", "--timeout", "10s"];
        let output = run(&args, b"");
        let stdout = text(&output.stdout);
        assert!(stdout.contains(judged), "{stdout}");
        assert_eq!(output.status.code(), Some(0));
        let has_told = text(&output.stderr).contains("does not accept permessage-deflate");
        assert_eq!(has_told, judged.ends_with("27"));
    }
    let url = compressing.url("/chat");
    let args = ["check", "--deflate", &url, "--section", "7.1.2", "--all"];
    let stdout = text(&run(&args, b"").stdout);
    assert!(
        stdout.ends_with("11 passed, 0 failed, 0 differ, 0 skipped\n"),
        "{stdout}"
    );
}

#[cfg(feature = "deflate")]
#[test]
fn check_passes_the_compression_of_our_own_client() {
    for (offers, expected) in [
        (true, "passed, 0 failed, 0 differ, 0 skipped\n"),
        (false, "0 passed, 0 failed, 0 differ, 38 skipped\n"),
    ] {
        let stdout = checked_client(&["--deflate"], |url| {
            let options = wshub::client::ConnectOptions {
                deflate: offers.then(DeflateOptions::default),
                ..Default::default()
            };
            if let Ok(mut client) = options.connect(url) {
                while client.receive().is_some() {}
            }
        });
        assert!(stdout.ends_with(expected), "{stdout}");
    }
}

#[cfg(feature = "deflate")]
#[test]
fn bench_and_send_compress_what_they_are_told_to() {
    let (standard, builder) = Settings::default().standard();
    let server = Running {
        standard: Some(standard),
        ..Running::of(builder.deflate(DeflateOptions::default()))
    };
    let (echo, all) = (server.url("/echo"), server.url("/broadcast"));
    let long = "sent compressed; ".repeat(100);
    let rows: [(&[&str], u64); 4] = [
        (
            &[
                "bench", &echo, "--quiet", "-c", "2", "-n", "10", "--size", "2k",
            ],
            10,
        ),
        (
            &[
                "bench", &all, "--quiet", "--mode", "fanout", "-c", "2", "-n", "10", "--size", "2k",
            ],
            10,
        ),
        (&["send", &echo, &long, "--expect", "1"], 1),
        (&["send", &echo, "short", "--expect", "1"], 0),
    ];
    let mut before = 0;
    for (args, messages) in rows {
        let output = run(&[args, &["--deflate"]].concat(), b"");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?} {}",
            text(&output.stderr)
        );
        let compressed = || server.server.traffic().received.compressed.messages;
        support::loopback::wait_until("they are counted", || compressed() >= before + messages);
        assert_eq!(compressed(), before + messages, "{args:?}");
        before += messages;
    }
}

#[cfg(not(feature = "deflate"))]
#[test]
fn without_compression_in_the_build_its_flag_says_how_to_get_it() {
    for args in [
        &["serve", "--deflate"][..],
        &["check", "--deflate", "ws://localhost:1/"],
        &["check", "--deflate", "--client"],
        &["bench", "--deflate", "ws://localhost:1/"],
        &["send", "--deflate", "ws://localhost:1/", "x"],
    ] {
        let output = run(args, b"");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?} {stderr}");
        let told = "cargo build --release --features deflate";
        assert!(stderr.contains(told), "{args:?} {stderr}");
    }
}

/// Unix, since it is a signal that says Ctrl-C there.
#[cfg(unix)]
#[test]
fn check_ends_at_ctrl_c_with_the_table_so_far() {
    let args = ["check", "--client", "--listen", "127.0.0.1:0", "--json"];
    let mut child = start(&args);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("let the client connect"), "{line}");
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(
        rest.starts_with("wshub: stopped by Ctrl-C after 0 of "),
        "{rest}"
    );
    let mut table = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut table).unwrap();
    assert!(
        table.starts_with("{\"peer\":\"the client\",\"passed\":0,"),
        "{table}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_table_that_nobody_reads_ends_quietly_with_its_true_exit_code() {
    let server = server();
    let rows = [(server.url("/echo"), 0), (says(b""), 1)]; // the latter takes one connection
    for (url, exit) in rows {
        let args = ["check", &url, "--section", "5.5", "--timeout", "2s"];
        let mut child = start(&args);
        drop(child.stdout.take());
        let mut stderr = String::new();
        let mut stream = child.stderr.take().unwrap();
        stream.read_to_string(&mut stderr).unwrap();
        assert!(!stderr.contains("cannot write"), "{stderr}");
        assert_eq!(child.wait().unwrap().code(), Some(exit), "{stderr}");
    }
}

#[test]
fn assertions_are_judged_when_nobody_reads_the_report() {
    let server = server();
    let url = server.url("/echo");
    for (assertion, exit) in [("rate>0", 0), ("rate<0.1", 1)] {
        let args = ["bench", &url, "-n", "20", "--assert", assertion];
        let mut child = start(&args);
        drop(child.stdout.take());
        let mut stderr = String::new();
        let mut stream = child.stderr.take().unwrap();
        stream.read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr.contains("does not hold"), exit == 1, "{stderr}");
        assert_eq!(child.wait().unwrap().code(), Some(exit), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn probes_without_a_stderr_go_on_and_without_a_stdout_fail() {
    use std::fs::File;
    use std::process::{Command, Stdio};

    let server = server();
    let url = server.url("/echo");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let bench = ["bench", &url, "-d", "1s", "--warmup", "off", "--assert"];
    let rows = [
        ([&bench[..], &["rate>0"]].concat(), 0),
        ([&bench[..], &["rate<0.1"]].concat(), 1),
        (vec!["bench", &url, "--depth", "0"], 2),
        (vec!["check", &url, "--section", "5.5.2"], 0),
        (vec!["check", &url, "--section", "77"], 2),
    ];
    for (args, exit) in rows {
        let exit_without = |unwritable_stdout: bool| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_wshub"));
            program.args(&args).stdin(Stdio::null());
            let null = Stdio::null();
            match unwritable_stdout {
                true => program.stdout(full()).stderr(null),
                false => program.stdout(null).stderr(full()),
            };
            program.status().unwrap().code()
        };
        assert_eq!(exit_without(false), Some(exit), "{args:?}");
        assert_eq!(exit_without(true), Some(exit.max(1)), "{args:?}");
    }
}
