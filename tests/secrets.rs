//! What the program must not reveal: passwords, tickets in queries, keys in headers. Not in the
//! log, not in the list of endings, not to programs that it starts, not to other users of the
//! machine.

#![cfg(all(feature = "cli", unix))]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::close_with;
use support::command::{finish, run, server, text};
use support::loopback::{upgrade, wait_until};
use support::program::Program;

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("wshub-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn queries_and_unknown_headers_are_not_logged() {
    let folder = folder("secrets");
    let headers = "X-Api-Key: key-secret\r\nX-Auth-Token: token-secret\r\n\
                   Cookie: cookie-secret\r\nAuthorization: Bearer bearer-secret\r\n\
                   Sec-WebSocket-Protocol: chat, protocol-secret\r\n\
                   Referer: http://localhost/?referer-secret\r\nUser-Agent: harmless\r\n";
    // (the flag, whether headers are logged, whether the query is)
    let rows = [("", false, false), ("-v", true, false), ("-vv", true, true)];
    for (verbosity, has_headers, has_query) in rows {
        let file = folder.join(format!("log{verbosity}"));
        let mut flags = vec!["--log-file", file.to_str().unwrap()];
        flags.extend((!verbosity.is_empty()).then_some(verbosity));
        let program = Program::start(&flags);
        let ask = |target: &str| {
            let request = upgrade(target).replace("Upgrade: w", &format!("{headers}Upgrade: w"));
            let mut socket = program.socket();
            socket.send_bytes(request.as_bytes());
            socket
        };
        ask("/nowhere?ticket=golden").everything();
        let mut echo = ask("/echo?ticket=golden");
        assert!(echo.head().starts_with("HTTP/1.1 101 "));
        echo.send(&[close_with(1000, "")]);
        echo.rest();
        let plain = |path: &str| {
            let mut socket = program.socket();
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            socket.send_bytes(request.as_bytes());
            socket.everything()
        };
        assert!(plain("/?ticket=golden").starts_with("HTTP/1.1 200 "));
        let log = || fs::read_to_string(&file).unwrap();
        wait_until("the line of the end", || log().contains("close id="));
        let endings = plain("/closed");
        assert!(endings.contains(" target=\"/echo\" by=peer"), "{endings}");
        let log = log();
        assert!(
            !endings.contains("golden") && !(endings + &log).contains("-secret"),
            "{log}"
        );
        assert_eq!(
            log.contains("User-Agent\": \"harmless\""),
            has_headers,
            "{log}"
        );
        assert_eq!(
            log.contains("X-Api-Key\": (10 characters)"),
            has_headers,
            "{log}"
        );
        assert_eq!(log.contains("golden"), has_query, "{log}");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "the log is the user's own");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_help_warns_of_what_the_full_log_shows() {
    let help = text(&run(&["help", "log"], b"").stdout);
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let warning = "-v, --verbose... log requests; -vv also frames, queries, secrets";
    assert!(flat.contains(warning), "{help}");
}

#[test]
fn a_file_of_messages_is_the_users_own() {
    let folder = folder("messages");
    let file = folder.join("out");
    let url = server().url("/echo");
    let args = [
        "subscribe",
        &url,
        "--for",
        "300ms",
        "--output",
        file.to_str().unwrap(),
    ];
    run(&args, b"");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_variable_that_is_set_but_empty_is_refused_at_the_start() {
    for name in [
        "WSHUB_BASIC_AUTH",
        "WSHUB_TLS_PASSWORD",
        "WSHUB_CLUSTER",
        "WSHUB_ANY_OTHER",
    ] {
        let args = ["serve", "--listen", "127.0.0.1:0"];
        let child = Command::new(env!("CARGO_BIN_EXE_wshub"))
            .args(args)
            .env(name, "")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = finish(child, &args);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let why = format!("wshub: {name} is set but empty; give it a value, or unset it\n");
        assert_eq!(text(&output.stderr), why);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_browser_does_not_get_the_passwords() {
    let folder = folder("browser");
    let (opener, told) = (folder.join("xdg-open"), folder.join("told"));
    let script = format!(
        "#!/bin/sh\nenv > {0}.new && mv {0}.new {0}\n",
        told.display()
    );
    fs::write(&opener, script).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let variables = [
        ("WSHUB_BASIC_AUTH", "ana:password-secret"),
        ("WSHUB_TLS_PASSWORD", "tls-secret"),
        ("DISPLAY", ":77"),
        ("PATH", &path),
    ];
    let _program = Program::start_with_environment(&variables, &["--open"]);
    wait_until("the browser is opened", || told.exists());
    let told = fs::read_to_string(told).unwrap();
    assert!(told.contains("DISPLAY=:77"), "{told}");
    assert!(
        !told.contains("WSHUB_") && !told.contains("-secret"),
        "{told}"
    );
    fs::remove_dir_all(folder).unwrap();
}
