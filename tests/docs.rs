//! README.md and the chapters in www/docs: each command in them runs, and each link leads
//! somewhere. A command that cannot run here is listed in `CANNOT_RUN` with the reason.

#[path = "support/markdown.rs"]
mod markdown;
#[cfg(all(unix, feature = "cli"))]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use markdown::{anchors, code_spans, commands, links};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages by their path from the root, with the line ends of a Unix checkout.
fn pages() -> BTreeMap<String, String> {
    let chapters = fs::read_dir(root().join("www/docs")).unwrap();
    let names = chapters.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let chapters = names
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("www/docs/{name}"));
    let paths = [
        "README.md",
        ".github/CONTRIBUTING.md",
        ".github/SECURITY.md",
    ]
    .map(str::to_owned);
    let pages: BTreeMap<_, _> = paths
        .into_iter()
        .chain(chapters)
        .filter_map(|path| Some((path.clone(), fs::read_to_string(root().join(path)).ok()?)))
        .map(|(path, text)| (path, text.replace('\r', "")))
        .collect();
    assert!(pages.len() > 10, "{:?}", pages.keys());
    pages
}

/// A package that cargo made holds a part of the repository only.
fn is_a_package() -> bool {
    root().join("Cargo.toml.orig").exists()
}

/// Where a relative link of a page leads, as a path from the root.
fn target(page: &str, link: &str) -> String {
    let mut path: Vec<&str> = page.split('/').collect();
    path.pop();
    for step in link.split('/') {
        match step {
            ".." => assert!(path.pop().is_some(), "{page}: {link} leaves the repository"),
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}

#[test]
fn every_relative_link_leads_to_a_file_and_to_a_heading_of_it() {
    if is_a_package() {
        return;
    }
    let pages = pages();
    let mut broken = Vec::new();
    for (page, text) in &pages {
        for (line, link) in links(text) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = match file {
                "" => page.clone(),
                file => target(page, file),
            };
            let is_there = root().join(&file).is_file();
            let heading = anchor.is_empty()
                || pages
                    .get(&file)
                    .is_some_and(|text| anchors(text).iter().any(|name| name == anchor));
            if !is_there || !heading {
                broken.push(format!("{page}:{line}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "these lead nowhere: {broken:#?}");
}

#[test]
fn every_path_between_backticks_is_in_the_repository() {
    if is_a_package() {
        return;
    }
    let mut missing = Vec::new();
    for (page, text) in &pages() {
        for (line, code) in code_spans(text) {
            let path = code.split(' ').next().unwrap_or_default();
            let is_ours = ["tests/", "src/", "www/", ".ci/", ".github/"]
                .iter()
                .any(|folder| path.starts_with(folder));
            if is_ours && !path.contains('*') && !root().join(path).exists() {
                missing.push(format!("{page}:{line}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "these do not exist: {missing:#?}");
}

#[test]
fn the_readme_is_short_and_links_every_chapter() {
    let pages = pages();
    let readme = &pages["README.md"];
    assert!(readme.lines().count() < 300);
    for page in pages.keys().filter(|page| page.starts_with("www/docs/")) {
        assert!(
            readme.contains(&format!("({page})")),
            "{page} is not linked"
        );
    }
}

#[test]
fn the_operating_chapter_shows_the_systemd_unit_that_is_shipped() {
    if is_a_package() {
        return;
    }
    let unit = fs::read_to_string(root().join("tests/parcels/wshub.service")).unwrap();
    let shown = format!("```systemd\n{}```\n", unit.replace('\r', ""));
    assert!(pages()["www/docs/operating.md"].contains(&shown));
}

#[test]
fn the_pages_name_the_repository_and_the_version_of_cargo_toml() {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    let (owner, _) = repository.split_once('/').unwrap();
    let parcel = format!("wshub-{}-", env!("CARGO_PKG_VERSION"));
    for (page, text) in &pages() {
        for (at, _) in text.match_indices(&format!("{owner}/wshub")) {
            assert!(text[at..].starts_with(repository), "{page}: {repository}");
        }
        for (at, _) in text.match_indices("wshub-0.") {
            assert!(text[at..].starts_with(&parcel), "{page}: {parcel}");
        }
    }
}

#[test]
fn the_commands_of_a_page_are_the_lines_behind_a_dollar_sign() {
    let text = "```console\n$ one \\\n    two\nout\n\n$ three\n```\n```text\n$ none\n```\n";
    let found = commands(text);
    let rows: Vec<_> = found
        .iter()
        .map(|shown| (shown.line, shown.command.as_str(), shown.output.join("|")))
        .collect();
    assert_eq!(
        rows,
        [
            (2, "one two", "out|".to_owned()),
            (6, "three", String::new())
        ]
    );
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# One, two: `three`\n```\n# no\n```\n## A-b_c\n";
    assert_eq!(anchors(text), ["one-two-three", "a-b_c"]);
}

/// Whether a command of cargo or a script of the repository exists, with its flags. `None` for any
/// other command.
fn proven_by_reading(command: &str) -> Option<Result<(), String>> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    if *first == "cargo" {
        return Some(cargo_knows(rest));
    }
    let is_script = first.starts_with("tests/") || first.starts_with(".ci/");
    let script = is_script.then(|| root().join(first))?;
    let Ok(text) = fs::read_to_string(&script) else {
        return Some(Err(format!("{first} does not exist")));
    };
    let unknown = rest
        .iter()
        .find(|word| word.starts_with("--") && !text.contains(**word));
    Some(unknown.map_or(Ok(()), |flag| Err(format!("{first} does not know {flag}"))))
}

fn cargo_knows(words: &[&str]) -> Result<(), String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let known = [
        "build", "check", "doc", "fmt", "install", "publish", "run", "test",
    ];
    if !words.first().is_some_and(|word| known.contains(word)) {
        return Err("cargo has no such command here".to_owned());
    }
    for pair in words.windows(2) {
        let (names, wanted): (_, fn(&str) -> String) = match pair {
            ["--features", features] => (features, |name| format!("\n{name} = [")),
            ["--example", example] => (example, |name| format!("name = \"{name}\"")),
            _ => continue,
        };
        if let Some(name) = (names.split(',')).find(|name| !manifest.contains(&wanted(name))) {
            return Err(format!("Cargo.toml has no {name:?}"));
        }
    }
    Ok(())
}

#[test]
fn scripts_and_cargo_commands_in_the_pages_exist_with_their_flags() {
    if is_a_package() {
        return;
    }
    let mut faults = Vec::new();
    for (page, text) in &pages() {
        let spans = code_spans(text)
            .into_iter()
            .map(|(line, code)| (line, code.to_owned()));
        let shown = commands(text)
            .into_iter()
            .map(|shown| (shown.line, shown.command));
        for (line, command) in shown.chain(spans) {
            let is_folder = root().join(&command).is_dir();
            if is_folder || command.contains('*') {
                continue;
            }
            if let Some(Err(fault)) = proven_by_reading(&command) {
                faults.push(format!("{page}:{line}: {fault}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[cfg(all(unix, feature = "cli"))]
#[path = "docs/running.rs"]
mod running;
