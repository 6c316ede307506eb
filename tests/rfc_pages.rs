//! The pages rfc6455.md, rfc7692.md and rfc9112.md map the rules of an RFC to tests by their names.
//! Each named test exists, and each rule has a test, the code that makes it so, or a reason.

use std::fs;
use std::path::Path;

/// A page, and where its tests are.
struct RulePage {
    /// The file under tests/: `rfc6455.md`.
    page: &'static str,
    /// What a name without a folder stands for: `rfc6455` makes `close::…` a test in
    /// tests/rfc6455_close.rs.
    stem: &'static str,
    /// The files whose tests that begin with `section` have to be on the page.
    files: &'static [&'static str],
    /// The page has at least so many names.
    least: usize,
}

const PAGES: [RulePage; 3] = [
    RulePage {
        page: "rfc6455.md",
        stem: "rfc6455",
        files: &["framing", "fragmentation", "streaming", "utf8", "close"],
        least: 100,
    },
    RulePage {
        page: "rfc7692.md",
        stem: "rfc7692",
        files: &["faults", "sharing", "vectors"],
        least: 50,
    },
    RulePage {
        page: "rfc9112.md",
        stem: "rfc9112",
        files: &["server", "client"],
        least: 80,
    },
];

/// A file's text, with the line ends of a Unix checkout; empty where there is none.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(path))
        .unwrap_or_default()
        .replace('\r', "")
}

/// The `file::test` names in the page.
fn names(page: &str) -> Vec<(&str, &str)> {
    let is_file = |char: char| char.is_ascii_lowercase() || "/._".contains(char);
    let is_test = |char: char| char.is_ascii_lowercase() || char == '_';
    let code = page.split('`').skip(1).step_by(2);
    code.filter_map(|code| code.split_once("::"))
        .filter(|(file, test)| {
            let good = |text: &str, is: fn(char) -> bool| {
                text.chars().all(|char| is(char) || char.is_ascii_digit())
            };
            good(file, is_file) && good(test, is_test)
        })
        .collect()
}

#[test]
fn every_test_that_a_page_names_exists() {
    PAGES.iter().for_each(RulePage::check_names);
}

#[test]
fn every_row_test_is_on_its_page() {
    PAGES.iter().for_each(RulePage::check_tests);
}

#[test]
fn every_rule_has_a_test_or_code_or_a_reason() {
    PAGES.iter().for_each(RulePage::check_rules);
}

/// How the reason begins where no test and no code shows a rule.
const REASONS: [&str; 4] = [
    "does not apply: ",
    "**not enforced**: ",
    "**departs from it**: ",
    "every test of this page: ",
];

impl RulePage {
    fn path(&self, file: &str) -> String {
        match file.contains('/') {
            true => file.to_owned(),
            false => format!("tests/{}_{file}.rs", self.stem),
        }
    }

    /// Every test that the page names exists.
    fn check_names(&self) {
        let page = read(&format!("tests/{}", self.page));
        let names = names(&page);
        let count = names.len();
        assert!(count >= self.least, "only {count} names found");
        let missing: Vec<String> = names
            .iter()
            .filter(|(file, test)| {
                let source = read(&self.path(file));
                !source.contains(&format!("#[test]\nfn {test}()"))
                    && !source.contains(&format!("#[test]\n    fn {test}()"))
            })
            .map(|(file, test)| format!("{file}::{test}"))
            .collect();
        assert!(missing.is_empty(), "not there: {missing:#?}");
    }

    /// Every test of a section is on the page.
    fn check_tests(&self) {
        let page = read(&format!("tests/{}", self.page));
        let named = names(&page);
        for file in self.files {
            let source = read(&self.path(file));
            let tests = source.split("#[test]\nfn ").skip(1);
            for test in tests.filter_map(|rest| rest.split("()").next()) {
                let listed = named.contains(&(*file, test)) || !test.starts_with("section");
                assert!(listed, "{file}::{test} is not on the page");
            }
        }
    }

    /// Every row of a table has a test, a file of the repository, or a reason in its last cell.
    fn check_rules(&self) {
        let page = read(&format!("tests/{}", self.page));
        let is_rule = |line: &&str| line.starts_with("| ") && !line.starts_with("| rule |");
        let rules: Vec<&str> = page.lines().filter(is_rule).collect();
        assert!(rules.len() >= self.least / 2, "only {} rules", rules.len());
        let bare: Vec<&&str> = rules.iter().filter(|row| !is_shown(row)).collect();
        assert!(bare.is_empty(), "{}: nothing shows {bare:#?}", self.page);
    }
}

/// Whether the last cell of a row says why its rule is kept.
fn is_shown(row: &str) -> bool {
    let row = row.trim_end_matches([' ', '|']);
    let cell = row.rsplit(" | ").next().unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_file = |code: &str| code.contains('/') && root.join(code).exists();
    !names(cell).is_empty()
        || cell.split('`').skip(1).step_by(2).any(is_file)
        || REASONS.iter().any(|reason| cell.starts_with(reason))
}
