//! Ctrl-C: what it ends, what is printed, and the exit code.

#![cfg(feature = "cli")]
#![cfg(unix)]

mod support;

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command};

use support::command::*;

fn press_ctrl_c(child: &Child) {
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.unwrap().success());
}

#[test]
fn ctrl_c_while_connecting_ends_it_at_once() {
    let rows = [
        ("connect", 0, ""),
        ("subscribe", 0, ""),
        ("send", 1, "wshub: stopped by Ctrl-C before it was done\n"),
        (
            "bench",
            0,
            "wshub: stopped by Ctrl-C before there was a connection\n",
        ),
        (
            "check",
            0,
            "wshub: stopped by Ctrl-C after 0 of 91 vectors\n",
        ),
    ];
    for (command, code, told) in rows {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", silent.local_addr().unwrap());
        let args = [command, &url];
        let child = start(&args);
        let _waiting = silent.accept().unwrap(); // and nobody answers there
        press_ctrl_c(&child);
        let output = finish(child, &args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{command} {stderr}");
        assert!(stderr.ends_with(told), "{command} {stderr}");
    }
}

#[test]
fn ctrl_c_before_all_was_sent_is_told() {
    let (told, came) = std::sync::mpsc::channel();
    let url = peer(move |mut socket| {
        read_frame(&mut socket).unwrap();
        told.send(()).unwrap();
        read_frame(&mut socket).unwrap();
        socket.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let args = ["send", &url, "a", "b", "--interval", "1h"];
    let child = start(&args);
    came.recv_timeout(BOUND).unwrap();
    press_ctrl_c(&child);
    let output = finish(child, &args);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "wshub: Ctrl-C came before all was sent; sent so far: 1 message\n"
    );
}
