//! Imports go one way through the layers: this test reads the sources and fails otherwise.

use std::fs;
use std::path::{Path, PathBuf};

/// From the innermost layer outwards: (folder or file, what else of the crate it may import,
/// which packages it may name beside `std`).
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("protocol", &[], &[]),
    ("handshake", &[], &["sha1", "base64"]),
    ("transport", &["protocol"], &["native_tls"]),
    (
        "connection",
        &["protocol", "handshake", "transport"],
        &["crossbeam_channel", "log"],
    ),
    (
        "server",
        &["protocol", "handshake", "transport", "connection"],
        &["crossbeam_channel", "log", "base64"],
    ),
    (
        "client",
        &["protocol", "handshake", "transport", "connection"],
        &[],
    ),
    (
        "cli",
        &[
            "protocol",
            "handshake",
            "transport",
            "connection",
            "server",
            "client",
            "logging",
        ],
        &["crossbeam_channel", "ctrlc", "log", "base64", "sha1"],
    ),
    ("logging.rs", &["cli"], &["simplelog", "log"]),
];

/// What the pure layers may not even name: whatever waits, ticks, is random or writes.
const IMPURE: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::thread",
    "std::fs",
    "std::process",
    "Instant::now",
    "SystemTime",
    "println!",
    "std::io::std",
    "RandomState",
];

const PACKAGES: &[&str] = &[
    "sha1",
    "base64",
    "crossbeam_channel",
    "ctrlc",
    "simplelog",
    "native_tls",
    "log",
];

fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = fs::read_dir(place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"))
        .flat_map(|path| sources(&path))
        .collect()
}

/// The code of a file, its comments left out.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The names that follow `prefix` in `code`: `crate::server` gives `server`.
fn named(code: &str, prefix: &str) -> Vec<String> {
    code.match_indices(prefix)
        .map(|(at, _)| {
            let rest = code[at + prefix.len()..].chars();
            rest.take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

fn names_package(code: &str, package: &str) -> bool {
    code.match_indices(&format!("{package}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
        || code.contains(&format!("use {package} as"))
}

#[test]
fn every_import_goes_to_an_inner_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for (layer, inner, packages) in LAYERS {
        let own = layer.trim_end_matches(".rs");
        for path in sources(&src.join(layer)) {
            seen += 1;
            let code = code(&path);
            for name in named(&code, "crate::") {
                let fits = name == own || inner.contains(&name.as_str()) || name.is_empty();
                assert!(
                    fits,
                    "{}: {layer} may not import crate::{name}",
                    path.display()
                );
            }
            for package in PACKAGES {
                let fits = packages.contains(package) || !names_package(&code, package);
                assert!(fits, "{}: {layer} may not use {package}", path.display());
            }
        }
    }
    let all = sources(&src).len();
    assert_eq!(
        seen + 2,
        all,
        "every file but lib.rs and main.rs belongs to a layer"
    );
}

#[test]
fn the_pure_layers_know_no_socket_thread_clock_or_randomness() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for layer in ["protocol", "handshake"] {
        for path in sources(&src.join(layer)) {
            let code = code(&path);
            let code = code.split("#[cfg(test)]").next().unwrap();
            for word in IMPURE {
                assert!(!code.contains(word), "{} names {word}", path.display());
            }
        }
    }
}
