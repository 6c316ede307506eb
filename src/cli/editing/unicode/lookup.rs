//! The properties of one character, from the generated tables.

use super::class::Class;
use super::tables::{CLASSES, EMOJI, WIDTHS};

/// The class of `c` for grapheme clusters.
pub(super) fn class(c: char) -> Class {
    match u32::from(c) {
        0x20..=0x7e => Class::Other,
        syllable @ 0xac00..=0xd7a3 if (syllable - 0xac00).is_multiple_of(28) => Class::Lv,
        0xac00..=0xd7a3 => Class::Lvt,
        point => find(CLASSES, point).unwrap_or(Class::Other),
    }
}

/// The columns of `c` alone; none for control characters.
pub(super) fn width(c: char) -> u8 {
    match u32::from(c) {
        0x20..=0x7e => 1,
        point => find(WIDTHS, point).unwrap_or(1),
    }
}

/// What follows a character and changes its look, if it is an emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji(u8);

impl Emoji {
    /// U+FE0F behind it asks for the picture, which is wide.
    pub const WIDENS: u8 = 1;
    /// U+FE0E behind it asks for the narrow sign.
    pub const NARROWS: u8 = 2;
    /// A skin tone behind it makes one wide picture of both.
    pub const HAS_SKIN: u8 = 4;

    /// Whether it has this property.
    pub(super) fn has(self, property: u8) -> bool {
        self.0 & property != 0
    }
}

/// The properties of `c` as an emoji.
pub(super) fn emoji(c: char) -> Emoji {
    Emoji(find(EMOJI, u32::from(c)).unwrap_or(0))
}

/// The value of the range that `point` is in. The ranges are in order and do not overlap.
fn find<T: Copy>(ranges: &[(u32, u32, T)], point: u32) -> Option<T> {
    let at = ranges.partition_point(|(_, last, _)| *last < point);
    let (first, _, value) = ranges.get(at)?;
    (*first <= point).then_some(*value)
}
