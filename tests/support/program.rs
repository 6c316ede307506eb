//! The program itself as a server in a process of its own, so that its descriptors, threads
//! and memory can be counted, and limited.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::loopback::{Socket, upgrade, wait_until};

/// A running `wshub serve`.
pub struct Program {
    child: Child,
    pub port: u16,
    log: Arc<Mutex<String>>,
}

impl Program {
    pub fn start(flags: &[&str]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_wshub")).args(Self::serve(flags)))
    }

    /// With these variables in its environment.
    pub fn start_with_environment(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wshub"));
        let variables = variables.iter().copied();
        Self::run(command.args(Self::serve(flags)).envs(variables))
    }

    /// With at most so many descriptors.
    pub fn start_with_descriptors(count: usize, flags: &[&str]) -> Self {
        let limit = format!("ulimit -n {count}; exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_wshub");
        Self::run(
            Command::new("sh")
                .args(["-c", &limit, program])
                .args(Self::serve(flags)),
        )
    }

    /// Started by another command, these words in front of its own. It listens on all addresses.
    pub fn start_by(words: &[String], flags: &[&str]) -> Self {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(env!("CARGO_BIN_EXE_wshub"));
        Self::run(command.args(["serve", "--listen", "0.0.0.0:0"]).args(flags))
    }

    fn serve<'a>(flags: &[&'a str]) -> Vec<&'a str> {
        [&["serve", "--listen", "127.0.0.1:0"], flags].concat()
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut port = None;
        let mut said = String::new();
        while port.is_none() {
            let mut line = String::new();
            assert_ne!(
                lines.read_line(&mut line).unwrap(),
                0,
                "it ended, saying {said:?}"
            );
            let (_, url) = line.split_once("http://localhost:").unwrap_or_default();
            port = url.split('/').next().and_then(|port| port.parse().ok());
            said.push_str(&line);
        }
        let log = Arc::new(Mutex::new(String::new()));
        let kept = log.clone();
        thread::spawn(move || keep(lines, &kept));
        Self {
            child,
            port: port.unwrap(),
            log,
        }
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn wait_for_log(&self, words: &str) {
        wait_until(words, || self.log().contains(words));
    }

    pub fn socket(&self) -> Socket {
        Socket::new(TcpStream::connect(("127.0.0.1", self.port)).unwrap())
    }

    pub fn open(&self, path: &str) -> Socket {
        let mut socket = self.socket();
        socket.send_bytes(upgrade(path).as_bytes());
        let head = socket.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        socket
    }

    /// A line of `/proc/PID/status`, its first number. Linux only.
    pub fn status(&self, name: &str) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}:")));
        line.unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Open descriptors. Linux only.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))
            .unwrap()
            .count()
    }

    /// Resident memory in KiB. Linux only.
    pub fn resident_kib(&self) -> usize {
        self.status("VmRSS")
    }

    /// Sends a signal, such as `-STOP`. Unix only.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status();
        assert!(status.unwrap().success());
    }

    /// Ends it as Ctrl-C does; its exit code. Unix only.
    pub fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut code = None;
        wait_until("the server to end", || {
            match self.child.try_wait().unwrap() {
                Some(status) => {
                    code = status.code();
                    true
                }
                None => false,
            }
        });
        code
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(mut lines: BufReader<ChildStderr>, log: &Mutex<String>) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = lines.read(&mut chunk) {
        log.lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(&chunk[..read]));
    }
}
