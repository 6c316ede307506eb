//! Real servers for tests: `redis-server` in a directory of its own, on a free port. It is also a
//! part of the library's own tests, so it uses nothing but the standard library.

#![allow(dead_code)] // each test uses a part of this

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to start, a Sentinel to fail over.
const LONGEST: Duration = Duration::from_secs(20);

/// A server that is killed, and its directory removed, when this is dropped.
pub struct RedisServer {
    pub port: u16,
    pub directory: PathBuf,
    arguments: Vec<String>,
    child: Option<Child>,
}

/// A port that nobody has at present.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub fn new_directory() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "wshub-redis-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Relaxed)
    );
    let directory = std::env::temp_dir().join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// A file's name as an argument.
pub fn path(directory: &Path, name: &str) -> String {
    directory.join(name).to_str().unwrap().to_owned()
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < LONGEST, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

impl RedisServer {
    /// Without persistence, but for what the arguments say.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(new_directory(), arguments)
    }

    pub fn start_in(directory: PathBuf, arguments: &[&str]) -> Self {
        let port = free_port();
        let number = port.to_string();
        let place = directory.to_str().unwrap().to_owned();
        let own = [
            "--port",
            &number,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            &place,
        ];
        let server = Self::run_in(directory, &[&own, arguments].concat(), port);
        server.until_ready();
        server
    }

    /// A Sentinel that watches the server at `port` under the name `mymaster`, and fails over after
    /// half a second.
    pub fn start_sentinel(port: u16) -> Self {
        let directory = new_directory();
        let own = free_port();
        let configuration = format!(
            "port {own}\nbind 127.0.0.1\ndir {}\n\
             sentinel monitor mymaster 127.0.0.1 {port} 1\n\
             sentinel down-after-milliseconds mymaster 500\n\
             sentinel failover-timeout mymaster 3000\n",
            directory.display()
        );
        let file = path(&directory, "sentinel.conf");
        fs::write(&file, configuration).unwrap();
        let sentinel = Self::run_in(directory, &[&file, "--sentinel"], own);
        sentinel.until_ready();
        sentinel
    }

    fn run_in(directory: PathBuf, arguments: &[&str], port: u16) -> Self {
        let mut server = Self {
            port,
            directory,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            child: None,
        };
        server.run();
        server
    }

    fn run(&mut self) {
        let log = fs::File::create(self.directory.join("log")).unwrap();
        let child = Command::new("redis-server")
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap_or_else(|error| {
            panic!("redis-server cannot be started ({error}); Debian has it in redis-server")
        }));
    }

    /// Any answer, even a refusal, shows that it is running.
    fn until_ready(&self) {
        until("the server answers", || {
            let answer = self.tell(&["PING"]);
            let is_there = !answer.contains("Could not connect") && !answer.contains("LOADING");
            is_there.then_some(())
        });
    }

    /// Starts it again, in the same directory and on the same port.
    pub fn restart(&mut self) {
        self.run();
        self.until_ready();
    }

    /// Starts it again with more arguments, and does not wait until it has loaded its data.
    pub fn restart_unasked(&mut self, more: &[&str]) {
        self.arguments.extend(more.iter().map(ToString::to_string));
        self.run();
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends `-STOP` or `-CONT`.
    pub fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success());
    }

    /// Sends a command as an operator would type it, and returns the output of redis-cli.
    pub fn tell(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("redis-cli cannot be started; Debian has it in redis-tools");
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&text).trim().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory); // a test may have removed it
    }
}
