//! The columns and the grapheme clusters of the program's line editor, compared with two
//! well-kept packages over every code point, over emoji sequences, over the test file of the
//! Unicode Consortium and over texts of chance. `UPDATE_UNICODE=1 cargo test --test unicode`
//! writes the tables anew, after those packages were updated.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "unicode/generator.rs"]
mod generator;
#[path = "../src/cli/editing/unicode/mod.rs"]
#[allow(dead_code)]
mod unicode;

use std::fs;
use std::path::Path;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use unicode::{Boundaries, char_width, cluster_width, first_cluster, last_cluster, text_width};

/// Our clusters, found from the front; those found from the end are the same.
fn clusters(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut front, mut rest) = (Vec::new(), chars.as_slice());
    while !rest.is_empty() {
        let (first, behind) = rest.split_at(first_cluster(rest.iter().copied()));
        front.push(first.iter().collect::<String>());
        rest = behind;
    }
    let (mut back, mut rest) = (Vec::new(), chars.as_slice());
    while !rest.is_empty() {
        let (before, last) = rest.split_at(last_cluster(rest));
        back.push(last.iter().collect::<String>());
        rest = before;
    }
    back.reverse();
    assert_eq!(front, back, "{text:?} from both ends");
    front
}

fn judged(text: &str) -> Vec<String> {
    text.graphemes(true).map(str::to_owned).collect()
}

fn every_char() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

#[test]
fn the_tables_are_those_that_the_generator_writes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/editing/unicode/tables.rs");
    let written = generator::tables();
    if std::env::var_os("UPDATE_UNICODE").is_some() {
        fs::write(&path, written).unwrap();
        return;
    }
    let same = fs::read_to_string(&path).unwrap() == written;
    assert!(
        same,
        "src/cli/editing/unicode/tables.rs is out of date; write it anew with \
         UPDATE_UNICODE=1 cargo test --test unicode"
    );
}

#[test]
fn every_code_point_has_the_columns_of_the_judge() {
    for c in every_char() {
        assert_eq!(char_width(c), c.width().unwrap_or(0), "{c:?}");
    }
}

#[test]
fn every_code_point_has_the_boundaries_of_the_judge_beside_every_class() {
    let neighbours = [
        "a",
        "\r",
        "\n",
        "\u{1}",
        "\u{300}",
        "\u{200c}",
        "\u{200d}",
        "\u{903}",
        "\u{600}",
        "\u{1f1e6}",
        "\u{1100}",
        "\u{1160}",
        "\u{11a8}",
        "\u{ac00}",
        "\u{ac01}",
        "\u{1f469}",
        "\u{1f469}\u{200d}",
        "\u{915}",
        "\u{915}\u{94d}",
        "\u{915}\u{200d}\u{94d}",
    ];
    let mut text = String::new();
    for c in every_char() {
        // Nothing is assigned in planes 4 to 13: one neighbour shows that we and the judge agree on that.
        let unassigned = ('\u{40000}'..='\u{dffff}').contains(&c);
        let beside = if unassigned {
            &neighbours[..1]
        } else {
            &neighbours[..]
        };
        for neighbour in beside {
            // Both orders, and the class of `c` between two.
            text.clear();
            text.push_str(neighbour);
            text.push(c);
            text.push_str(neighbour);
            let mut boundaries = Boundaries::default();
            let ours = text
                .char_indices()
                .filter(|(_, c)| boundaries.begins_with(*c));
            let judge = text.grapheme_indices(true).map(|(at, _)| at);
            assert!(ours.map(|(at, _)| at).eq(judge), "{text:?}");
        }
    }
}

#[test]
fn the_test_file_of_unicode_passes() {
    let file = include_str!("unicode/GraphemeBreakTest.txt");
    let mut cases = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let read = |cluster: &str| -> String {
            let points = cluster
                .split('\u{d7}')
                .map(|hex| u32::from_str_radix(hex.trim(), 16));
            points
                .map(|point| char::from_u32(point.unwrap()).unwrap())
                .collect()
        };
        let expected: Vec<String> = line
            .trim_matches(['\u{f7}', ' '])
            .split('\u{f7}')
            .map(read)
            .collect();
        assert_eq!(clusters(&expected.concat()), expected, "{line}");
        cases += 1;
    }
    assert!(cases > 700, "{cases}");
}

#[test]
fn texts_of_chance_have_the_boundaries_of_the_judge() {
    let interesting: Vec<char> = "a \u{301}\u{200d}\u{200c}\u{fe0f}\u{fe0e}\u{1f1e9}\u{1f1ea}\u{1f469}\
         \u{1f3fd}\u{2764}\u{915}\u{937}\u{94d}\u{93c}\u{903}\u{600}\u{1100}\u{1161}\u{11a8}\u{ac00}\
         \u{ac01}\u{e0067}\u{e007f}\u{4e2d}\u{20e3}1\u{d4d}\u{d15}\u{1039}\u{1000}\u{17d2}\u{1780}"
        .chars()
        .collect();
    let mut state = 20_u64;
    for _ in 0..100_000 {
        let text: String = (0..state % 12 + 1)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                interesting[(state >> 33) as usize % interesting.len()]
            })
            .collect();
        assert_eq!(clusters(&text), judged(&text), "{text:?}");
    }
}

/// What follows any character in an emoji sequence.
const TAILS: [&str; 9] = [
    "\u{fe0f}",
    "\u{fe0e}",
    "\u{1f3fb}",
    "\u{1f3ff}",
    "\u{20e3}",
    "\u{fe0f}\u{20e3}",
    "\u{301}",
    "\u{fe0f}\u{1f3fd}",
    "\u{fe00}",
];

#[test]
fn every_code_point_with_an_emoji_tail_has_the_columns_of_the_judge() {
    for c in every_char().filter(|c| !c.is_control()) {
        for tail in TAILS {
            let text = format!("{c}{tail}");
            let chars: Vec<char> = text.chars().collect();
            // Quotation marks with the selectors of East Asian typography are not emoji.
            let is_quotation = matches!(c, '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}');
            if first_cluster(chars.iter().copied()) == chars.len() && !is_quotation {
                assert_eq!(cluster_width(&chars), text.width(), "{text:?} {chars:x?}");
            }
        }
    }
}

#[test]
fn emoji_sequences_have_the_columns_of_the_judge() {
    let rows = [
        "\u{2705}\u{2705}\u{2705}abc",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
        "\u{1f469}\u{200d}\u{2764}\u{fe0f}\u{200d}\u{1f48b}\u{200d}\u{1f468}",
        "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "\u{1f468}\u{1f3fd}\u{200d}\u{1f4bb}",
        "\u{1f9d1}\u{1f3fb}\u{200d}\u{1f91d}\u{200d}\u{1f9d1}\u{1f3ff}",
        "\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}",
        "1\u{fe0f}\u{20e3}#\u{fe0f}\u{20e3}",
        "\u{261d}\u{1f3fd}\u{270c}\u{fe0f}\u{2764}\u{fe0f}\u{2764}",
        "\u{26d3}\u{fe0f}\u{200d}\u{1f4a5}",
        "e\u{301}\u{4e2d}\u{6587}\u{ff21}\u{ff71}\u{ff9e}",
        "\u{1100}\u{1161}\u{11a8}\u{d55c}",
        "\u{915}\u{94d}\u{937}\u{93f}",
        "\u{e01}\u{e33}\u{e2a}\u{e39}",
        "z\u{335}\u{322}\u{327}\u{301}",
    ];
    for text in rows {
        assert_eq!(text_width(text), text.width(), "{text}");
        assert_eq!(clusters(text), judged(text), "{text}");
    }
}
