//! The page rfc6455.md names tests; each of them is there, under that name.

#[path = "support/pages.rs"]
mod pages;

use pages::RulePage;

const PAGE: RulePage = RulePage {
    page: "rfc6455.md",
    stem: "rfc6455",
    files: &["framing", "fragmentation", "streaming", "utf8", "close"],
    least: 100,
};

#[test]
fn every_test_that_the_page_names_exists() {
    PAGE.check_names();
}

#[test]
fn every_row_test_is_on_the_page() {
    PAGE.check_tests();
}
