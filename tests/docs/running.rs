//! Runs the commands of the pages, each page against a server of its own at a free port.

mod likeness;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use self::likeness::likeness;
use super::markdown::{Shown, commands};
use super::support::program::Program;
use super::{pages, proven_by_reading};

/// How long one command may take on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

/// The beginnings of commands that are not run, and why.
const CANNOT_RUN: [(&str, &str); 7] = [
    (
        "tar -xzf wshub-",
        "tests/parcels/run unpacks it and uses the program",
    ),
    ("sudo install", "it writes to the system's folders"),
    (
        "podman",
        "tests/container/run builds the image and starts it",
    ),
    ("docker", "the same"),
    (
        "sudo apt install",
        "it installs packages; .ci/run installs the same ones",
    ),
    (
        "mkcert",
        "it changes what the browsers of this machine trust",
    ),
    (
        "source <(wshub completions",
        "tests/shells/run has each shell read its script",
    ),
];

/// What is changed in a command before it runs.
const CHANGES: [(&str, &str, &str); 6] = [
    (
        "-c 100 ",
        "-c 4 ",
        "a test of the documentation is not a load test",
    ),
    ("-c 50 ", "-c 4 ", "the same"),
    ("-d 10s", "-d 300ms --warmup off", "the same"),
    ("p99<200ms", "p99<20s", "debug builds are slow"),
    (" --open", "", "no browser is opened"),
    (
        "| man -l -",
        "| cat >/dev/null",
        "tests/shells/run has groff read the page",
    ),
];

/// A folder with the files that the pages name.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("users.txt"),
        "ana:correct horse battery staple\n",
    )
    .unwrap();
    fs::write(folder.join("password.txt"), "secret\n").unwrap();
    fs::write(folder.join("photo.jpg"), [0xff, 0xd8, 0xff, 0x00]).unwrap();
    folder
}

/// A certificate, made by the command that operating.md shows, also as a PKCS#12 file.
fn certificate(folder: &Path) {
    let operating = &pages()["www/docs/operating.md"];
    let shown = commands(operating).into_iter();
    let make = shown
        .map(|shown| shown.command)
        .find(|c| c.starts_with("openssl req"))
        .unwrap();
    let pack = "openssl pkcs12 -export -in cert.pem -inkey key.pem -out localhost.pfx -passout file:password.txt";
    let status = shell(folder, &format!("{{ {make} && {pack}; }} 2>openssl.log"))
        .status()
        .unwrap();
    assert!(status.success(), "openssl made no certificate");
}

/// A shell that finds this build's `wshub` first, and nothing of this user's in its environment.
fn shell(folder: &Path, command: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_wshub")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", folder)
        .stdin(Stdio::null());
    shell
}

/// What runs a page's commands.
struct Place {
    folder: PathBuf,
    server: Program,
    tls_port: u16,
    _tls: Program,
}

impl Place {
    fn new(page: &str) -> Self {
        let folder = scratch(&page.replace(['/', '.'], "-"));
        certificate(&folder);
        let file = |name: &str| folder.join(name).display().to_string();
        let deflate: &[&str] = if cfg!(feature = "deflate") {
            &["--deflate"]
        } else {
            &[]
        };
        // A server of its own, since the other one has no certificate. Only its port for TLS is used.
        let (cert, key) = (file("cert.pem"), file("key.pem"));
        let tls = Program::start(&[
            "--tls-listen",
            "127.0.0.1:0",
            "--tls-cert",
            &cert,
            "--tls-key",
            &key,
        ]);
        tls.wait_for_log("https://localhost:");
        let log = tls.log();
        let (_, url) = log.split_once("https://localhost:").unwrap();
        let tls_port = url.split('/').next().unwrap().parse().unwrap();
        Self {
            server: Program::start(deflate),
            folder,
            tls_port,
            _tls: tls,
        }
    }

    /// The command as it is run, or why it is not.
    fn changed(&self, command: &str) -> Result<String, &'static str> {
        if let Some((_, why)) = CANNOT_RUN
            .iter()
            .find(|(start, _)| command.starts_with(start))
        {
            return Err(why);
        }
        if command.contains("--deflate") && !cfg!(feature = "deflate") {
            return Err("it needs the feature deflate, with which .ci/run runs this test too");
        }
        if command.contains("--tls-pkcs12") && cfg!(feature = "rustls") {
            return Err("rustls reads PEM only, and .ci/run runs this test without it too");
        }
        if command.starts_with("openssl req") {
            return Err("it has run already, in `certificate`");
        }
        let mut command = command.to_owned();
        for (from, to, _) in CHANGES {
            command = command.replace(from, to);
        }
        if serves(&command) {
            for port in ["8765", "9000"] {
                command = command.replace(&format!(" --listen localhost:{port}"), "");
            }
            command = command.replacen("wshub", "exec wshub", 1);
            if !command.contains(" serve") {
                command.push_str(" serve");
            }
            command.push_str(" --listen localhost:0");
            if command.contains("--tls-") {
                command.push_str(" --tls-listen localhost:0");
            }
        } else if command.starts_with("wshub subscribe") {
            command.push_str(" --for 300ms");
        } else if command.contains("check --client") {
            command = command
                .replacen("wshub", "exec wshub", 1)
                .replace("localhost:9001", "localhost:0");
        }
        let port = self.server.port.to_string();
        Ok(command
            .replace("localhost:8765", &format!("localhost:{port}"))
            .replace("localhost:8766", &format!("localhost:{}", self.tls_port)))
    }

    fn run(&self, shown: &Shown) -> Result<(), String> {
        let Ok(command) = self.changed(&shown.command) else {
            return Ok(());
        };
        let ready = if serves(&command) {
            Some("Ctrl-C stops it")
        } else if command.contains("check --client") {
            Some("let the client connect")
        } else {
            None
        };
        let mut child = shell(&self.folder, &format!("exec 2>&1\n{command}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = said(&mut child, ready);
        let printed = printed.inspect_err(|_| drop(child.kill()))?;
        let status = child.wait().unwrap();
        if !status.success() {
            return Err(format!("{status}: {printed}"));
        }
        let seen: Vec<_> = printed.lines().map(|line| likeness(line, true)).collect();
        let mut rest = seen.iter();
        for line in shown
            .output
            .iter()
            .filter(|line| !line.is_empty() && *line != "...")
        {
            let wanted = likeness(line, false);
            if !rest.any(|line| *line == wanted) {
                return Err(format!(
                    "{line:?} is missing, or not in this order: {printed}"
                ));
            }
        }
        Ok(())
    }
}

/// Whether it is a server, which runs until it is stopped.
fn serves(command: &str) -> bool {
    let wanted = command.split_once("wshub").map(|(_, flags)| flags.trim());
    let is_first = command.starts_with("wshub")
        || command.starts_with("WSHUB_")
        || command.starts_with("exec ");
    let flags = wanted.unwrap_or("other");
    is_first && (flags.is_empty() || flags.starts_with("serve")) && !flags.contains("--help")
}

/// Everything that it prints. Once that contains `ready`, it is stopped as by Ctrl-C.
fn said(child: &mut Child, ready: Option<&str>) -> Result<String, String> {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (sender, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut line = Vec::new();
        while lines.by_ref().read_until(b'\n', &mut line).unwrap_or(0) > 0 {
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            line.clear();
        }
    });
    let deadline = Instant::now() + BOUND;
    let (mut all, mut is_stopped) = (String::new(), false);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match printed.recv_timeout(left) {
            Ok(line) => all.push_str(&line),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(all),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(format!("it did not end in time: {all}"));
            }
        }
        if !is_stopped && ready.is_some_and(|words| all.contains(words)) {
            let stop = Command::new("kill")
                .args(["-INT", &child.id().to_string()])
                .status();
            is_stopped = stop.is_ok_and(|status| status.success());
        }
    }
}

#[test]
fn every_command_in_the_pages_does_what_the_page_shows() {
    let pages = pages();
    let faults: Vec<String> = thread::scope(|scope| {
        let runs = pages.iter().map(|(page, text)| {
            scope.spawn(move || {
                let shown: Vec<_> = commands(text)
                    .into_iter()
                    .filter(|shown| proven_by_reading(&shown.command).is_none())
                    .collect();
                if shown.is_empty() {
                    return Vec::new();
                }
                let place = Place::new(page);
                let faults = shown.iter().filter_map(|shown| {
                    let fault = place.run(shown).err()?;
                    Some(format!("{page}:{}: {}\n{fault}", shown.line, shown.command))
                });
                faults.collect()
            })
        });
        let runs: Vec<_> = runs.collect();
        runs.into_iter()
            .flat_map(|run| run.join().unwrap())
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn each_reason_and_each_change_is_still_needed() {
    let all: Vec<_> = pages().values().flat_map(|text| commands(text)).collect();
    let is_used = |words: &str| all.iter().any(|shown| shown.command.contains(words));
    for (words, _) in CANNOT_RUN {
        assert!(is_used(words), "{words} is in no page");
    }
    for (words, _, _) in CHANGES {
        assert!(is_used(words.trim_end()), "{words} is in no page");
    }
}
