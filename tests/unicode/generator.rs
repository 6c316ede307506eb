//! Writes the tables of `src/cli/editing/unicode` by asking the packages that judge them: the
//! class of a character for grapheme clusters shows in where clusters end beside it.

use std::fmt::{Display, Write as _};

use unicode_segmentation::{UNICODE_VERSION, UnicodeSegmentation};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The file `tables.rs`.
pub fn tables() -> String {
    let (major, minor, patch) = UNICODE_VERSION;
    let mut file = format!(
        "//! Properties of characters, of Unicode {major}.{minor}.{patch}. Written by\n\
         //! `UPDATE_UNICODE=1 cargo test --test unicode`; not to be edited.\n\n\
         use super::class::Class::{{self, *}};\n"
    );
    let hangul = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}');
    table(
        &mut file,
        "Classes for grapheme clusters. Not here: `Other`, and Hangul syllables.",
        "CLASSES",
        "Class",
        |c| {
            let class = class(c);
            (class != "Other" && !hangul(c)).then_some(class)
        },
    );
    table(
        &mut file,
        "Columns where they are not 1; control characters have none.",
        "WIDTHS",
        "u8",
        |c| {
            let width = c.width().unwrap_or(0);
            (width != 1).then_some(width)
        },
    );
    table(
        &mut file,
        "The sum of the constants of `lookup::Emoji`; characters without any are not here.",
        "EMOJI",
        "u8",
        |c| {
            let properties = emoji(c);
            (properties != 0).then_some(properties)
        },
    );
    file
}

/// Ranges of neighbours with one value, six in a row.
fn table<T: PartialEq + Display>(
    file: &mut String,
    about: &str,
    name: &str,
    of: &str,
    value: impl Fn(char) -> Option<T>,
) {
    let mut ranges: Vec<(u32, u32, T)> = Vec::new();
    for c in '\0'..=char::MAX {
        let (point, Some(value)) = (u32::from(c), value(c)) else {
            continue;
        };
        match ranges.last_mut() {
            // The surrogates between two ranges are no characters.
            Some((_, last, known)) if *known == value && *last + 1 == point => *last = point,
            _ => ranges.push((point, point, value)),
        }
    }
    let _ = write!(
        file,
        "\n/// {about}\n#[rustfmt::skip]\npub(super) static {name}: &[(u32, u32, {of})] = &["
    );
    for row in ranges.chunks(5) {
        file.push_str("\n   ");
        for (first, last, value) in row {
            let _ = write!(file, " (0x{first:x}, 0x{last:x}, {value}),");
        }
    }
    file.push_str("\n];\n");
}

/// Whether a text is one cluster.
fn is_one(text: &[&str]) -> bool {
    text.concat().graphemes(true).count() == 1
}

/// The name of a character's class.
fn class(c: char) -> &'static str {
    let c = &*c.to_string();
    let (l, v, t, lv) = ("\u{1100}", "\u{1160}", "\u{11a8}", "\u{ac00}");
    let extends = is_one(&["a", c]);
    match c {
        "\r" => "Cr",
        "\n" => "Lf",
        "\u{200d}" => "Zwj",
        _ if !is_one(&[c, "\u{300}"]) => "Control",
        _ if extends && is_one(&["\u{915}", c, "\u{915}"]) => "Linker",
        _ if extends && is_one(&["\u{915}", c, "\u{94d}", "\u{915}"]) => "Mark",
        _ if extends && is_one(&["\u{1f469}", c, "\u{200d}", "\u{1f469}"]) => "Extend",
        _ if extends => "SpacingMark",
        _ if is_one(&[c, "a"]) => "Prepend",
        _ if is_one(&[c, "\u{1f1e6}"]) => "Regional",
        _ if is_one(&[c, l]) => "L",
        _ if is_one(&[l, c]) && is_one(&[c, v]) && is_one(&[lv, c]) => "V",
        _ if is_one(&[t, c]) => "T",
        _ if is_one(&[l, c]) && is_one(&[c, v]) => "Lv",
        _ if is_one(&[l, c]) && is_one(&[c, t]) => "Lvt",
        _ if is_one(&[c, "\u{200d}", "\u{1f469}"]) => "Pictograph",
        _ if is_one(&[c, "\u{94d}", "\u{915}"]) => "Consonant",
        _ => "Other",
    }
}

/// The sum of what of `lookup::Emoji` a character has.
fn emoji(c: char) -> u8 {
    let with = |tail: &str| format!("{c}{tail}").width();
    let alone = c.width().unwrap_or(0);
    let is_quotation = matches!(c, '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}');
    if c.is_control() || is_quotation {
        return 0;
    }
    let widens = alone == 1 && with("\u{fe0f}") == 2;
    let narrows = alone == 2 && with("\u{fe0e}") == 1;
    let has_skin = with("\u{1f3fb}") != alone + 2;
    u8::from(widens) | u8::from(narrows) << 1 | u8::from(has_skin) << 2
}
