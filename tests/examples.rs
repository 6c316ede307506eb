//! Every example works: each one is started with `--self-test`, which tests it in its own process.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// For one self test; the longest takes a second.
const LONGEST: Duration = Duration::from_secs(60);

/// The examples by their sources.
fn names() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Where cargo puts an example: it builds all of them before this test runs.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap(); // target/debug/deps/examples-...
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: is {name} an [[example]] of Cargo.toml? `cargo test` builds the examples, \
         `cargo test --test examples` does not: run `cargo build --examples` before it",
        program.display(),
    );
    program
}

/// Whether it ended by itself, and well.
fn has_succeeded(child: &mut Child) -> bool {
    let deadline = Instant::now() + LONGEST;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

fn all(mut pipe: impl Read) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).unwrap();
    text
}

#[test]
#[cfg_attr(
    windows,
    ignore = "the tests that are built for Windows come without the examples"
)]
fn every_example_passes_its_self_test() {
    let names = names();
    assert!(!names.is_empty());
    // They run at the same time, since they mostly wait. Their output fits into their pipes.
    let running: Vec<_> = names
        .iter()
        .map(|name| {
            let mut command = Command::new(program(name));
            command.arg("--self-test").stdin(Stdio::null());
            let child = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn();
            (name, child.unwrap())
        })
        .collect();
    let mut failures = String::new();
    for (name, mut child) in running {
        let succeeded = has_succeeded(&mut child);
        let (out, err) = (
            all(child.stdout.take().unwrap()),
            all(child.stderr.take().unwrap()),
        );
        if !succeeded || out.lines().last() != Some("self test passed") {
            failures.push_str(&format!("{name} failed\n{out}{err}\n"));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
