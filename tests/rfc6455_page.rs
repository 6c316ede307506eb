//! The page rfc6455.md names tests; each of them is there, under that name.

use std::fs;
use std::path::Path;

/// A file's text, with the line ends of a Unix checkout; empty where there is none.
fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .replace('\r', "")
}

/// The `file::test` names in the page, those still to be written left out.
fn names(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split('`');
    let mut names = Vec::new();
    while let (Some(before), Some(code)) = (parts.next(), parts.next()) {
        let wanted = before.trim_end();
        let to_be_written = wanted.ends_with("TODO(session)") || wanted.ends_with("TODO(tls)");
        if let Some((file, test)) = code.split_once("::")
            && !to_be_written
            && file
                .chars()
                .all(|c| c.is_ascii_lowercase() || "/._".contains(c) || c.is_ascii_digit())
            && test
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        {
            names.push((file, test));
        }
    }
    names
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = read(&root.join("tests/rfc6455.md"));
    let names = names(&page);
    assert!(names.len() > 100, "only {} names found", names.len());
    let missing: Vec<String> = names
        .iter()
        .filter(|(file, test)| {
            let path = if file.contains('/') {
                (*file).to_owned()
            } else {
                format!("tests/rfc6455_{file}.rs")
            };
            let source = read(&root.join(path));
            !source.contains(&format!("#[test]\nfn {test}()"))
                && !source.contains(&format!("#[test]\n    fn {test}()"))
        })
        .map(|(file, test)| format!("{file}::{test}"))
        .collect();
    assert!(missing.is_empty(), "not there: {missing:#?}");
}

#[test]
fn every_row_test_is_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = read(&root.join("tests/rfc6455.md"));
    let named = names(&page);
    for file in ["framing", "fragmentation", "utf8", "close"] {
        let source = read(&root.join(format!("tests/rfc6455_{file}.rs")));
        let tests = source.split("#[test]\nfn ").skip(1);
        for test in tests.filter_map(|rest| rest.split("()").next()) {
            let listed = named.contains(&(file, test)) || !test.starts_with("section");
            assert!(listed, "{file}::{test} is not on the page");
        }
    }
}
