//! Clients that go through an HTTP proxy: the library and the program, to ws and wss.

#![cfg(feature = "cli")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use support::command::{closed_port, run_in, server, text};
use support::proxy::{ESTABLISHED, Proxy, echoes, read_head, splice, through};
use wshub::client::{ConnectError, ConnectOptions, ProxyExceptions};

#[test]
fn the_proxy_is_asked_for_a_tunnel_and_finds_the_host_itself() {
    let server = server();
    let proxy = Proxy::start(ESTABLISHED, Some(server.address.port()));
    let options = ConnectOptions {
        proxy: through(&format!("http://ana:p%40ss@127.0.0.1:{}", proxy.port)),
        headers: vec![("Host".into(), "localhost".into())],
        ..ConnectOptions::default()
    };
    echoes(&options, "ws://nowhere.invalid:1234/echo");
    echoes(&options, "ws://[::1]/echo");
    let head = |target: &str| {
        format!(
            "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: wshub/{}\r\n\
             Proxy-Authorization: Basic YW5hOnBAc3M=\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )
    };
    assert_eq!(
        proxy.heads(),
        [head("nowhere.invalid:1234"), head("[::1]:80")]
    );
}

#[test]
fn answers_that_open_a_tunnel_are_taken_in_every_form() {
    let server = server();
    for answer in [
        "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let proxy = Proxy::start(answer, Some(server.address.port()));
        let options = ConnectOptions {
            proxy: through(&proxy.url()),
            ..ConnectOptions::default()
        };
        echoes(&options, &server.url("/echo"));
    }
}

#[test]
fn hosts_that_are_excepted_are_reached_directly() {
    let server = server();
    let options = ConnectOptions {
        proxy: through(&closed_port().replace("ws://", "http://"))
            .except(ProxyExceptions::parse("127.0.0.0/8")),
        ..ConnectOptions::default()
    };
    echoes(&options, &server.url("/echo"));
}

#[test]
fn a_proxy_that_does_not_lead_there_is_told_with_its_words() {
    // (the proxy's answer, transient, words)
    let rows: [(&'static str, bool, &str); 8] = [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nwho?\n",
            false,
            "does not connect to the server: it answered 407 Proxy Authentication Required: who?",
        ),
        (
            "HTTP/1.1 403 Filtered\r\nContent-Type: text/html\r\n\r\n<title>Not\nhere</title>",
            false,
            "it answered 403 Filtered: Not here",
        ),
        (
            "HTTP/1.0 502 Bad Gateway\r\n\r\n",
            true,
            "it answered 502 Bad Gateway",
        ),
        ("HTTP/1.1 301 Moved\r\n\r\n", false, "it answered 301 Moved"),
        (
            "HTTP/1.1 101 Switching\r\n\r\n",
            false,
            "it answered 101 Switching",
        ),
        (
            "SSH-2.0-x\r\n",
            true,
            "the connection through the proxy 127.0.0.1:",
        ),
        ("", true, "TCP ended before the end of the head"),
        (
            "HTTP/1.1 200 OK\r\n\r\nearly",
            false,
            "sent data before the opening handshake began",
        ),
    ];
    for (answer, transient, words) in rows {
        let proxy = Proxy::start(answer, None);
        let options = ConnectOptions {
            proxy: through(&proxy.url()),
            ..ConnectOptions::default()
        };
        let error = options.connect("ws://server.invalid/").unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.is_transient(), transient, "{error}");
    }
}

#[test]
fn a_silent_proxy_is_given_up_after_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ConnectOptions {
        proxy: through(&listener.local_addr().unwrap().to_string()),
        timeout: Duration::from_millis(200),
        ..ConnectOptions::default()
    };
    match options.connect("ws://server.invalid/") {
        Err(ConnectError::ThroughProxy { error, .. }) => {
            assert!(matches!(*error, ConnectError::Timeout), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_program_takes_the_proxy_of_a_flag_or_of_the_environment() {
    let server = server();
    let url = server.url("/echo");
    let proxy = Proxy::start(ESTABLISHED, Some(server.address.port()));
    let refusing = Proxy::start("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", None);
    let (good, bad) = (proxy.url(), refusing.url());
    let nobody = closed_port().replace("ws://", "http://");
    // (environment, flags, exit code, through the proxy, words)
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], i32, bool, &'a str);
    let rows: [Row<'_>; 12] = [
        (&[], &[], 0, false, ""),
        (&[], &["--proxy", &good], 0, true, ""),
        (&[("http_proxy", &good)], &[], 0, true, ""),
        (&[("all_proxy", &good)], &[], 0, true, ""),
        (&[("https_proxy", &good)], &[], 0, false, ""),
        (
            &[("http_proxy", &good), ("no_proxy", "127.0.0.1")],
            &[],
            0,
            false,
            "",
        ),
        (&[("http_proxy", &bad)], &["--proxy", "none"], 0, false, ""),
        (&[("http_proxy", &bad)], &["--proxy", &good], 0, true, ""),
        (
            &[("http_proxy", &bad)],
            &[],
            5,
            false,
            "it answered 407 Who; give user and password in the proxy's URL: --proxy http://",
        ),
        (
            &[],
            &["--proxy", &nobody],
            14,
            false,
            "; --proxy none uses no proxy",
        ),
        (
            &[("ALL_PROXY", "socks5://127.0.0.1:1080")],
            &[],
            2,
            false,
            "ALL_PROXY: a SOCKS proxy cannot be used; name a proxy that speaks HTTP, as in \
             http://proxy.example:3128; --proxy takes another one",
        ),
        (
            &[],
            &["--proxy", "socks5h://ana:secret@p"],
            2,
            false,
            "--proxy: a SOCKS proxy cannot be used",
        ),
    ];
    for (variables, flags, code, through, words) in rows {
        let before = proxy.heads().len();
        let args = [&["send", url.as_str(), "hi", "--expect", "1"], flags].concat();
        let output = run_in(variables, &args, b"");
        let stderr = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{variables:?} {flags:?} {stderr}"
        );
        // To Windows, variables that differ in case alone are one.
        let found = stderr.to_lowercase().contains(&words.to_lowercase());
        assert!(found && !stderr.contains("secret"), "{stderr}");
        let expected = if code == 0 { "hi\n" } else { "" };
        assert_eq!(text(&output.stdout), expected, "{variables:?} {flags:?}");
        let used = proxy.heads().len() - before;
        assert_eq!(used, usize::from(through), "{variables:?} {flags:?}");
    }
}

#[test]
fn check_and_bench_go_through_the_proxy_too() {
    let server = server();
    let url = server.url("/echo");
    let proxy = Proxy::start(ESTABLISHED, Some(server.address.port()));
    let good = proxy.url();
    for args in [
        &["check", &url, "--section", "5.6", "--proxy", &good][..],
        &[
            "bench", &url, "-c", "2", "-n", "4", "--warmup", "off", "--quiet", "--proxy", &good,
        ],
    ] {
        let before = proxy.heads().len();
        let output = run_in(&[], args, b"");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(proxy.heads().len() >= before + 2, "{args:?}");
    }
}

#[test]
fn verbose_shows_the_tunnel_without_its_password() {
    let server = server();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://ana:secret@{}", listener.local_addr().unwrap());
    let target = server.address;
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        read_head(&mut client).unwrap();
        use std::io::Write;
        client.write_all(ESTABLISHED.as_bytes()).unwrap();
        splice(client, TcpStream::connect(target).unwrap()).unwrap();
    });
    let url = server.url("/echo");
    let output = run_in(&[], &["send", "-v", &url, "x", "--proxy", &proxy], b"");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    for line in [
        format!("> CONNECT {target} HTTP/1.1\n"),
        "> Proxy-Authorization: (not shown)\n".to_owned(),
        "< 200 Connection established\n".to_owned(),
        "> GET /echo HTTP/1.1\n".to_owned(),
        "< 101 Switching Protocols\n".to_owned(),
    ] {
        assert!(stderr.contains(&line), "{line:?} is not in {stderr}");
    }
    assert!(
        !stderr.contains("YW5h") && !stderr.contains("secret"),
        "{stderr}"
    );
}
