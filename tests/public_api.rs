//! The public interface of the library is listed in `public_api.txt`, so that a change of it is
//! seen. The listing is read from the sources, as rustfmt lays them out: what a module of
//! `lib.rs` declares public or re-exports, with public fields, variants and methods.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LISTING: &str = "tests/public_api.txt";

#[test]
fn the_listing_of_public_items_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = listing(&root.join("src"));
    let file = root.join(LISTING);
    if std::env::var_os("UPDATE_PUBLIC_API").is_some() {
        fs::write(&file, found.join("\n") + "\n").unwrap();
    }
    let listed = fs::read_to_string(&file).unwrap_or_default();
    let listed: BTreeSet<&str> = listed.lines().collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "the public interface has changed.\nno longer there: {gone:#?}\nnew: {new:#?}\nif that is \
         meant: UPDATE_PUBLIC_API=1 cargo test --test public_api"
    );
}

#[test]
fn items_are_read_as_rustfmt_lays_them_out() {
    let source = "/// A.\npub struct A {\n    /// B.\n    pub b: u8,\n    c: u8,\n}\n\nimpl A {\n    \
                  pub fn d(\n        &self,\n        e: u8,\n    ) -> u8 {\n        e\n    }\n\n    fn f() {}\n}\n\n\
                  pub enum G {\n    /// H.\n    H,\n    I(u8),\n}\n\npub(crate) fn j() {}\npub fn k() {}\n\n\
                  #[cfg(test)]\nmod tests {\n    pub fn l() {}\n}\n";
    let mut items = Items::new();
    read(source, &mut items);
    let lines: Vec<_> = items.into_values().flatten().collect();
    assert_eq!(
        lines,
        [
            "struct A",
            "A: pub b: u8",
            "A: pub fn d(&self, e: u8) -> u8",
            "enum G",
            "G: H",
            "G: I(u8)",
            "pub fn k()"
        ]
    );
}

/// By the name of the item, its line and those of what belongs to it.
type Items = BTreeMap<String, Vec<String>>;

/// Each public item of each public module, a line each.
fn listing(src: &Path) -> Vec<String> {
    let mut lines = BTreeSet::new();
    let modules = [
        "client",
        "connection",
        "handshake",
        "hub",
        "protocol",
        "server",
        "standard",
        "standard/chat",
        "system",
        "transport",
    ];
    for module in modules {
        let front = fs::read_to_string(src.join(module).join("mod.rs")).unwrap();
        let mut items = Items::new();
        for file in sources(&src.join(module)) {
            read(&fs::read_to_string(file).unwrap(), &mut items);
        }
        let mut shown = exported(&front);
        let mut own = Items::new();
        read(&front, &mut own);
        shown.extend(own.into_keys());
        items.retain(|name, _| shown.contains(name));
        let path = module.replace('/', "::");
        let rows = items.into_values().flatten();
        lines.extend(rows.map(|row| format!("{path}: {row}")));
        lines.extend(re_exported(&front).map(|name| format!("{path}: pub use {name}")));
    }
    let front = fs::read_to_string(src.join("lib.rs")).unwrap();
    lines.extend(re_exported(&front).map(|name| format!("wshub: pub use {name}")));
    lines.into_iter().collect()
}

/// What a module shows of others: the paths of its `pub use` lines that lead out of it.
fn re_exported(front: &str) -> impl Iterator<Item = String> {
    let own: Vec<_> = (front.lines())
        .filter_map(|line| line.strip_prefix("mod "))
        .map(|rest| rest.trim_end_matches(';'))
        .collect();
    let uses = (front.lines()).filter_map(|line| line.strip_prefix("pub use "));
    let mut found = Vec::new();
    for path in uses.map(|path| path.trim_end_matches(';')) {
        let (module, names) = path.rsplit_once("::").unwrap_or(("", path));
        if own.contains(&module.trim_start_matches("self::")) || path.ends_with('{') {
            continue; // its own, or a long list of its own
        }
        let names = names.trim_matches(['{', '}']).split(", ");
        let module = module.trim_start_matches("crate::");
        found.extend(names.map(|name| format!("{module}::{name}")));
    }
    found.into_iter()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs")
            && !path.to_string_lossy().ends_with("_tests.rs")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The names that `pub use` lines of a `mod.rs` show.
fn exported(front: &str) -> BTreeSet<String> {
    let uses = front.split("pub use ").skip(1);
    let listed = uses.flat_map(|rest| {
        let list = rest.split(';').next().unwrap_or_default();
        let inner = list.rsplit("::{").next().unwrap_or(list);
        let names = inner.trim_end_matches(['}', '\n']).split(',');
        let last = |name: &str| {
            name.rsplit("::")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        names.map(last).collect::<Vec<_>>()
    });
    listed.filter(|name| !name.is_empty()).collect()
}

/// Reads the public items of a file.
fn read(source: &str, items: &mut Items) {
    let mut lines = source.lines();
    // The item whose block the next lines are in, and whether all of it is public (an enum's
    // variants, a trait's methods).
    let mut block: Option<(String, bool)> = None;
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            return; // tests come last
        }
        if line == "}" {
            block = None;
            continue;
        }
        if let Some((owner, open)) = &block {
            let inside = line.strip_prefix("    ").unwrap_or_default();
            let starts = inside.starts_with("pub ")
                || *open && inside.starts_with(|c: char| c.is_ascii_uppercase())
                || *open && (inside.starts_with("fn ") || inside.starts_with("type "));
            if starts {
                let text = whole(inside, &mut lines);
                let rows = items.entry(owner.clone()).or_default();
                rows.push(format!("{owner}: {text}"));
            }
            continue;
        }
        if let Some(rest) = line.strip_prefix("impl") {
            let target = rest.split(" for ").last().unwrap_or(rest);
            let named = target.trim_start_matches(['<', ' ']);
            let named = match target.starts_with('<') {
                true => target.split_once("> ").map_or(named, |(_, name)| name),
                false => named,
            };
            let is_trait = rest.contains(" for ");
            block = Some((name_of(named), false)).filter(|_| line.ends_with('{') && !is_trait);
            continue;
        }
        let Some(rest) = line.strip_prefix("pub ") else {
            continue;
        };
        let kind = rest.split(' ').next().unwrap_or_default();
        match kind {
            "struct" | "enum" | "trait" | "type" | "union" => {
                let name = name_of(&rest[kind.len() + 1..]);
                let rows = items.entry(name.clone()).or_default();
                rows.insert(0, format!("{kind} {name}"));
                let opens = line.ends_with('{');
                block = opens.then_some((name, kind != "struct"));
            }
            "fn" | "const" | "static" => {
                let after = rest[kind.len() + 1..].trim_start_matches("fn ");
                let text = whole(line, &mut lines);
                items.entry(name_of(after)).or_default().push(text);
            }
            _ => {}
        }
    }
}

fn name_of(text: &str) -> String {
    let name = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_');
    name.collect()
}

/// A declaration that may go on over several lines, on one, without its body.
fn whole<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut text = first.trim().to_owned();
    while text.matches('(').count() > text.matches(')').count()
        || !text.ends_with(['{', ';', ',', '}', ')', '('])
    {
        let Some(next) = lines.next() else { break };
        text = format!("{text} {}", next.trim());
    }
    let text = text.split(" {").next().unwrap_or(&text);
    let text = text.trim_end_matches([',', ';']);
    text.replace("( ", "(").replace(", )", ")")
}
