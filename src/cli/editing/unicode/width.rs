//! The columns that a text takes on a terminal, by the convention that most of them share:
//! East Asian wide characters and pictures take two, marks none. Characters of ambiguous width
//! are narrow.

use super::class::Class;
use super::clusters::first_cluster;
use super::lookup::{Emoji, class, emoji, width};

const TEXT_STYLE: char = '\u{fe0e}';
const PICTURE_STYLE: char = '\u{fe0f}';

/// The columns of one character alone. A control character has none.
pub fn char_width(c: char) -> usize {
    width(c).into()
}

/// The columns of one grapheme cluster: of the picture if it is an emoji sequence, or of all its
/// characters together.
pub fn cluster_width(cluster: &[char]) -> usize {
    if let [single] = cluster {
        return char_width(*single);
    }
    let mut columns = 0_usize;
    let mut joined = false;
    for (at, c) in cluster.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| cluster[before]);
        let has = |property| before.is_some_and(|before| emoji(before).has(property));
        let alone = char_width(*c);
        columns = match *c {
            PICTURE_STYLE if has(Emoji::WIDENS) => columns.max(2),
            TEXT_STYLE if has(Emoji::NARROWS) => columns.min(1),
            '\u{1f3fb}'..='\u{1f3ff}' if has(Emoji::HAS_SKIN) => 2,
            _ => columns + alone,
        };
        joined |= before == Some('\u{200d}') && class(*c) == Class::Pictograph;
    }
    match joined {
        true => 2, // a cluster joins pictographs alone with a ZWJ
        false => columns,
    }
}

/// The columns of a text without control characters.
pub fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut rest = chars.as_slice();
    let mut columns = 0;
    while !rest.is_empty() {
        let (cluster, behind) = rest.split_at(first_cluster(rest.iter().copied()));
        columns += cluster_width(cluster);
        rest = behind;
    }
    columns
}
