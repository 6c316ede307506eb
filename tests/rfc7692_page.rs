//! The page rfc7692.md names tests; each of them is there, under that name.

#[path = "support/pages.rs"]
mod pages;

use pages::RulePage;

const PAGE: RulePage = RulePage {
    page: "rfc7692.md",
    stem: "rfc7692",
    files: &["faults", "sharing", "vectors"],
    least: 50,
};

#[test]
fn every_test_that_the_page_names_exists() {
    PAGE.check_names();
}

#[test]
fn every_row_test_is_on_the_page() {
    PAGE.check_tests();
}
