//! Imports go one way: through the layers of `src`, through the folders of a layer, and between
//! files. This test reads the sources and fails otherwise.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "support/imports/mod.rs"]
mod imports;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use imports::circles::circles_in;
use imports::{File, Sources, shown};

/// From the innermost layer outwards: (folder or file, which others it may import, which packages
/// it may name beside `std`). `server` imports neither `client` nor `hub`. The program, `main.rs`
/// and `cli`, is a crate of its own: it has the library's public interface, as `wshub::`. `build.rs`
/// is the build script.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("lock", &[], &[]),
    ("system", &[], &[]),
    ("protocol", &[], &[]),
    ("deflate", &["lock", "protocol"], &["flate2"]),
    ("handshake", &[], &["sha1", "base64"]),
    (
        "transport",
        &["lock"],
        &["native_tls", "rustls", "rustls_native_certs", "base64"],
    ),
    (
        "connection",
        &[
            "lock",
            "system",
            "protocol",
            "deflate",
            "handshake",
            "transport",
        ],
        &["crossbeam_channel", "log"],
    ),
    (
        "client",
        &["lock", "protocol", "handshake", "transport", "connection"],
        &[],
    ),
    (
        "hub",
        &["lock", "protocol", "connection"],
        &["crossbeam_channel", "log"],
    ),
    (
        "cluster",
        &["handshake", "transport", "connection", "client"],
        &["crossbeam_channel", "log", "redis", "sha1"],
    ),
    (
        "server",
        &[
            "lock",
            "system",
            "protocol",
            "handshake",
            "transport",
            "connection",
        ],
        &["crossbeam_channel", "log", "base64"],
    ),
    (
        "standard",
        &[
            "protocol",
            "handshake",
            "transport",
            "connection",
            "client",
            "hub",
            "cluster",
            "server",
        ],
        &["log"],
    ),
    (
        "cli",
        &[],
        &[
            "wshub",
            "crossbeam_channel",
            "ctrlc",
            "simplelog",
            "log",
            "base64",
            "sha1",
        ],
    ),
    ("main.rs", &["cli"], &["wshub"]),
    ("lib.rs", &[], &[]),
    ("build.rs", &[], &["miniz_oxide"]),
];

/// The packages that [`LAYERS`] mentions.
const PACKAGES: &[&str] = &[
    "sha1",
    "base64",
    "crossbeam_channel",
    "ctrlc",
    "simplelog",
    "native_tls",
    "rustls",
    "rustls_native_certs",
    "log",
    "flate2",
    "miniz_oxide",
    "redis",
    "wshub",
];

/// What the pure layers may not even name: anything that waits, reads a clock, is random or does
/// output.
const IMPURE: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "thread",
    "fs",
    "process",
    "SystemTime",
    "println",
    "eprintln",
    "stdin",
    "stdout",
    "stderr",
    "RandomState",
];

fn sources() -> &'static Sources {
    static SOURCES: OnceLock<Sources> = OnceLock::new();
    SOURCES.get_or_init(|| Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")))
}

/// The files of a layer.
fn layer<'a>(sources: &'a Sources, name: &'a str) -> impl Iterator<Item = &'a File> {
    sources
        .files
        .values()
        .filter(move |file| file.module[0] == name)
}

fn names_package(code: &[String], package: &str) -> bool {
    code.iter().enumerate().any(|(at, token)| {
        let before = at.checked_sub(1).map_or("", |before| &code[before]);
        let behind = code.get(at + 1).map_or("", String::as_str);
        let is_path = behind == "::" || before == "use" && matches!(behind, ";" | "as");
        token == package && is_path && before != "::"
    })
}

#[test]
fn every_file_belongs_to_a_layer_and_every_layer_is_there() {
    let sources = sources();
    for (name, _, _) in LAYERS {
        let is_there = layer(sources, name).next().is_some();
        assert!(is_there, "no layer {name}");
    }
    for file in sources.files.values() {
        let known = LAYERS.iter().any(|(name, _, _)| *name == file.module[0]);
        assert!(known, "{} belongs to no layer", file.path.display());
    }
}

#[test]
fn every_import_goes_to_an_inner_layer() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (name, inner, packages) in LAYERS {
        for file in layer(sources, name) {
            let place = shown(&file.module);
            for path in sources.named(file) {
                let Some(first) = path.first() else { continue };
                let is_root = matches!(*name, "lib.rs"); // declares and re-exports them all
                if !is_root && first != name && !inner.contains(&first.as_str()) {
                    wrong.push(format!("{place} may not import crate::{}", path.join("::")));
                }
            }
            for package in PACKAGES {
                if !packages.contains(package) && names_package(&file.all_code, package) {
                    wrong.push(format!("{place} may not use {package}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_file_names_the_package_redis() {
    let sources = sources();
    let named = sources
        .files
        .values()
        .filter(|file| names_package(&file.all_code, "redis"));
    let named: Vec<String> = named.map(|file| shown(&file.module)).collect();
    assert_eq!(named, ["cluster/redis_log/resp"]);
}

#[test]
fn there_is_no_circle_between_files_or_folders() {
    let (circles, imports) = circles_in(sources());
    assert!(imports > 200, "only {imports} imports found");
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn circles_are_found_however_an_import_is_written() {
    // (what it is about, files as (path, text), the imports that are a circle)
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        (
            "one way",
            &[
                ("a.rs", "use super::b::{C, d as e};"),
                ("b.rs", "use std::fmt;"),
            ],
            &[],
        ),
        (
            "both ways, and one in a test",
            &[
                ("a.rs", "use crate::l::b; // use super::c;"),
                ("b.rs", "fn f() { super::a::g(\"super::c::x\", '\"') }"),
                ("c.rs", "#[cfg(test)] mod tests { use crate::l::a::X; }"),
                (
                    "d.rs",
                    "pub(in crate::l) fn f() {} #[cfg(not(test))] use super::c::{self};",
                ),
            ],
            &["l/a imports l/b", "l/b imports l/a"],
        ),
        (
            "through a re-export, which is no import of the mod.rs",
            &[
                ("mod.rs", "mod a; mod b; pub use a::A; pub use b::{B as C};"),
                ("a.rs", "use super::C;"),
                ("b.rs", "use super::{A}; pub struct B;"),
            ],
            &["l/a imports l/b", "l/b imports l/a"],
        ),
        (
            "with what the mod.rs defines",
            &[
                ("mod.rs", "mod a; pub struct S; fn f() { a::g() }"),
                ("a.rs", "use super::S;"),
            ],
            &["l imports l/a", "l/a imports l"],
        ),
        (
            "with a mod.rs that uses what it re-exports",
            &[
                ("mod.rs", "mod a; pub use a::A; pub struct S(A);"),
                ("a.rs", "use super::*;"),
            ],
            &["l imports l/a", "l/a imports l"],
        ),
        (
            "between folders, although no two files import each other",
            &[
                ("a/mod.rs", "mod x; mod y;"),
                ("a/x.rs", "use crate::l::b::z::Z;"),
                ("a/y.rs", "pub struct Y;"),
                ("b/mod.rs", "pub mod z; mod w;"),
                ("b/z.rs", "pub struct Z;"),
                ("b/w.rs", "use super::super::a::y::Y;"),
            ],
            &["l/a/x imports l/b/z", "l/b/w imports l/a/y"],
        ),
    ];
    for (name, files, expected) in rows {
        let mut all: BTreeMap<String, String> = [
            ("lib.rs".to_owned(), "mod l;".to_owned()),
            (
                "l/mod.rs".to_owned(),
                "mod a; mod b; mod c; mod d;".to_owned(),
            ),
        ]
        .into();
        all.extend(
            files
                .iter()
                .map(|(path, text)| (format!("l/{path}"), (*text).to_owned())),
        );
        let sources = Sources::new(all.into_iter().map(|(path, text)| (path.into(), text)));
        let (found, _) = circles_in(&sources);
        let found: Vec<&str> = found
            .iter()
            .filter_map(|line| line.strip_prefix("    "))
            .collect();
        assert_eq!(found, *expected, "{name}");
    }
}

/// `standard` is compiled into the library, so the compiler shows it what is `pub(crate)`. It may
/// name nothing of that: no word of its code is the name of an item that an inner layer
/// declares `pub(crate)`. In the `mod.rs` of a layer, `pub(super)` is the same.
#[test]
fn the_standard_endpoints_use_public_items_alone() {
    let sources = sources();
    let mut hidden = BTreeMap::new();
    for file in sources.files.values() {
        let outer = ["lock", "standard", "cli", "main.rs"];
        if outer.contains(&file.module[0].as_str()) {
            continue; // `lock` cannot be imported at all; the others are not below `standard`
        }
        for (at, words) in file.code.windows(4).enumerate() {
            let [public, open, who, close] = words else {
                continue;
            };
            let crate_wide = who == "crate" || who == "super" && file.module.len() == 1;
            if public != "pub" || open != "(" || close != ")" || !crate_wide {
                continue;
            }
            const KEYWORDS: &[&str] = &[
                "const", "async", "fn", "struct", "enum", "trait", "type", "static", "mod", "mut",
                "use",
            ];
            let mut declared = file.code[at + 4..].iter();
            let name = declared.find(|word| !KEYWORDS.contains(&word.as_str()));
            hidden.insert(name.unwrap().clone(), shown(&file.module));
        }
    }
    for file in layer(sources, "standard") {
        for word in &file.code {
            let place = hidden.get(word);
            assert!(
                place.is_none(),
                "{} names {word}, which {} keeps to the crate",
                shown(&file.module),
                place.unwrap()
            );
        }
    }
}

#[test]
fn the_pure_layers_know_no_socket_thread_clock_or_randomness() {
    let sources = sources();
    for name in ["protocol", "handshake"] {
        for file in layer(sources, name) {
            if !sources.is_product(&file.module) {
                continue;
            }
            let place = shown(&file.module);
            for word in IMPURE {
                assert!(
                    !file.code.iter().any(|token| token == word),
                    "{place} names {word}"
                );
            }
            let asks = file.code.windows(3).any(|w| *w == ["Instant", "::", "now"]);
            assert!(!asks, "{place} asks the clock");
        }
    }
}
