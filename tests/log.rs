//! The log of `wshub serve`: the form of its lines, and that neither a slow reader of the log nor
//! one that does not read delays the server.

#![cfg(feature = "cli")]
#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use support::loopback::{upgrade, wait_until};
use support::program::Program;

const BOUND: Duration = Duration::from_secs(20);

/// A `wshub serve` whose stderr is read as far as its port, and then only when a test does.
struct Unread {
    child: Child,
    port: u16,
    stderr: Option<BufReader<ChildStderr>>,
}

impl Unread {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut port = None;
        while port.is_none() {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended");
            let (_, url) = line.split_once("ws://localhost:").unwrap_or_default();
            port = url.split('/').next().and_then(|port| port.parse().ok());
        }
        let port = port.unwrap();
        Self {
            child,
            port,
            stderr: Some(stderr),
        }
    }

    fn serve(flags: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_wshub");
        let mut command = Command::new(program);
        Self::start(
            command
                .args(["serve", "--listen", "127.0.0.1:0"])
                .args(flags),
        )
    }

    /// The answer to a plain request.
    fn ask(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(BOUND)).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The rest of what it sends is not waited for.
        let read = (&socket).take(12).read_to_end(&mut answer);
        assert!(read.is_ok(), "{read:?} after {answer:?}");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Reads its stderr from here on.
    fn read_on(&mut self) -> Arc<Mutex<String>> {
        let read = Arc::new(Mutex::new(String::new()));
        let (kept, stderr) = (read.clone(), self.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        read
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([name, &id]).status();
        assert!(kill.unwrap().success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        let mut code = None;
        wait_until("the server to end", || {
            let ended = self.child.try_wait().unwrap();
            code = ended.and_then(|status| status.code());
            ended.is_some()
        });
        code
    }

    /// A line of `/proc/PID/status`: the signals of a mask.
    fn mask(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let mask = lines.find_map(|line| line.strip_prefix(&format!("{name}:\t")));
        u64::from_str_radix(mask.unwrap(), 16).unwrap()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request of nearly 8 KiB of headers whose values are logged, each byte of which is as long in
/// a log as one can be.
fn long_request(path: &str) -> String {
    let headers: String = [
        "Accept",
        "User-Agent",
        "Pragma",
        "Via",
        "Range",
        "TE",
        "Age",
    ]
    .map(|name| format!("{name}: {}\r\n", "\u{e9}\u{ad}".repeat(250)))
    .concat();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

#[test]
fn a_stderr_that_nobody_reads_holds_up_no_client_and_no_stop() {
    let mut server = Unread::serve(&["-vv"]);
    // A pipe takes 64 KiB, and the server keeps 1 MiB at most.
    let request = long_request(&format!("/{}", "x".repeat(4000)));
    for _ in 0..800 {
        assert_eq!(server.ask(&request), "HTTP/1.1 404");
    }
    assert_eq!(
        server.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        "HTTP/1.1 200"
    );
    assert_eq!(server.ask(&upgrade("/echo")), "HTTP/1.1 101");
    server.signal("-TERM");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn lines_that_were_dropped_are_counted_once_the_log_is_read_again() {
    let mut server = Unread::serve(&["-vv"]);
    let request = long_request(&format!("/{}", "x".repeat(4000)));
    for _ in 0..1200 {
        server.ask(&request);
    }
    let log = server.read_on();
    let told = |text: &str| text.contains("[WARN] ") && text.contains(" log lines dropped: ");
    wait_until("the count", || told(&log.lock().unwrap()));
    server.ask("GET /after HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_until("the next line", || log.lock().unwrap().contains("/after"));
}

#[test]
fn one_request_writes_at_most_4_kib_of_log_whatever_it_carries() {
    let long = "%\"".repeat(1500);
    let rows = [
        long_request("/"),
        long_request("/nothing"),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("{} / HTTP/1.1\r\nHost: localhost\r\n\r\n", "M".repeat(8000)),
        upgrade(&format!("/echo?{long}")),
        upgrade("/echo").replace("\r\n\r\n", &format!("\r\nOrigin: {long}\r\n\r\n")),
        upgrade("/echo").replace(
            "\r\n\r\n",
            &format!(
                "\r\nSec-WebSocket-Protocol: {}x\r\n\r\n",
                "abc, ".repeat(1500)
            ),
        ),
        format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "h".repeat(8000)),
    ];
    for request in rows {
        let server = Program::start(&["-v"]);
        let before = server.log().len();
        let mut socket = server.socket();
        socket.send_bytes(request.as_bytes());
        assert!(socket.head().starts_with("HTTP/1.1 "));
        // An open client closes with a reason that is as long in a log as one can be.
        let reason = [&[0x88, 0xfd, 0, 0, 0, 0, 3, 232][..], &[0x7f; 123]].concat();
        socket.send_bytes(&reason);
        drop(socket);
        // The lines of the next request come after all lines of the first one.
        let mut next = server.socket();
        next.send_bytes(b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n");
        next.head();
        server.wait_for_log("target=\"/next\"");
        wait_until("the first client to leave", || {
            let log = server.log();
            !log.contains("open id=1 ") || log.contains("close id=1 ")
        });
        let log = server.log();
        let lines = log[before..].lines().filter(|line| line.contains(" id=1 "));
        let bytes: usize = lines.map(|line| line.len() + 1).sum();
        let shown = &request[..40];
        assert!(
            bytes > 50 && bytes <= 4096,
            "{shown}: {bytes} bytes:\n{log}"
        );
    }
}

#[test]
fn every_line_has_a_time_of_one_width() {
    let server = Program::start(&["-v"]);
    for _ in 0..20 {
        server.open("/echo").send_bytes(b"\x88\x80\0\0\0\0");
    }
    wait_until("20 endings", || {
        server.log().matches(" close id=").count() == 20
    });
    for line in server.log().lines().filter(|line| line.contains(" id=")) {
        let shape: String = line
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert!(shape.starts_with("0000-00-00T00:00:00.000Z ["), "{line}");
        assert!(!line.contains('\x1b'), "a pipe gets no colour: {line}");
    }
}

#[test]
fn a_log_for_programs_has_one_json_object_on_each_line() {
    let path = std::env::temp_dir().join(format!("wshub-log-{}", std::process::id()));
    let name = path.to_str().unwrap();
    let server = Program::start(&["-v", "--log-format", "json", "--log-file", name]);
    let mut socket = server.open("/echo?a=%22");
    socket.send_bytes(b"\x88\x86\0\0\0\0\x03\xe8\"\n\x7f\\");
    let read = || std::fs::read_to_string(&path).unwrap();
    wait_until("the ending", || read().contains("\"close\""));
    assert_eq!(server.interrupt(), Some(0));
    let log = read();
    std::fs::remove_file(&path).unwrap();
    for line in log.lines() {
        let start = "{\"time\":\"20";
        assert!(line.starts_with(start) && line.ends_with('}'), "{line}");
    }
    for part in [
        "\"level\":\"debug\",\"message\":\"request\",\"id\":1,\"peer\":\"127.0.0.1:",
        "\"message\":\"open\",\"id\":1,\"peer\":\"127.0.0.1:",
        "\"target\":\"/echo",
        "\"by\":\"peer\",\"code\":1000,\"reason\":\"\\\"\\n\\u007f\\\\\",\"why\":\"",
        "\"clean\":true,",
        "\"message\":\"stopped: every client has left\"}",
    ] {
        assert!(log.contains(part), "{part} in {log}");
    }
}

#[test]
fn a_hangup_that_is_ignored_at_the_start_stays_ignored_and_stops_the_server_otherwise() {
    let program = env!("CARGO_BIN_EXE_wshub");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    // Where stdin is no terminal, and stderr neither, `nohup` only has SIGHUP ignored.
    let mut command = Command::new("nohup");
    let command = command.arg(program).args(serve);
    let mut server = Unread::start(command.stdin(Stdio::null()).stdout(Stdio::null()));
    server.signal("-HUP");
    server.signal("-HUP");
    assert_eq!(server.ask(&upgrade("/echo")), "HTTP/1.1 101");
    assert_eq!(server.mask("SigBlk") & 1, 1);
    server.signal("-TERM");
    assert_eq!(server.exit_code(), Some(0));
    let mut server = Unread::serve(&[]);
    server.signal("-HUP");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn a_stderr_that_is_full_or_closed_keeps_no_server_from_starting() {
    for redirected in ["2>/dev/full", "2>&-"] {
        let path = std::env::temp_dir().join(format!("wshub-log-full-{}", std::process::id()));
        let name = path.to_str().unwrap();
        let script = format!("exec \"$0\" \"$@\" {redirected}");
        let mut child = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_wshub"), "serve", "-v"])
            .args(["--listen", "127.0.0.1:0", "--log-file", name])
            .spawn()
            .unwrap();
        // It has no stderr to tell its port on: that it runs shows in its answer to SIGTERM.
        let mut listens = || {
            let status = format!("/proc/{}/status", child.id());
            let caught = std::fs::read_to_string(status).unwrap_or_default();
            let caught = caught
                .lines()
                .find_map(|line| line.strip_prefix("SigCgt:\t"));
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            let mask = caught.and_then(|mask| u64::from_str_radix(mask, 16).ok());
            mask.is_some_and(|mask| mask & (1 << 14) != 0)
        };
        wait_until("the server to run", &mut listens);
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(child.wait().unwrap().code(), Some(0), "{redirected}");
        let log = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(log.contains("stopped: every client has left"), "{log}");
    }
}
