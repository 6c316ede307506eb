//! Extended grapheme clusters (UAX #29, section 3.1.1): what a person takes for one character.

use super::class::Class;
use super::lookup::class;

/// The most characters of one cluster that are looked at from its end, as a bound on work.
const LONGEST: usize = 1024;

/// What the classes of two neighbours say about a boundary between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Break,
    Join,
    /// It depends on what stands before both.
    Depends,
}

fn pair(before: Class, behind: Class) -> Pair {
    use Class::*;
    match (before, behind) {
        (Cr, Lf) => Pair::Join,                                               // GB3
        (Cr | Lf | Control, _) | (_, Cr | Lf | Control) => Pair::Break,       // GB4, GB5
        (L, L | V | Lv | Lvt) | (Lv | V, V | T) | (Lvt | T, T) => Pair::Join, // GB6 to GB8
        (_, Extend | Mark | Linker | Zwj | SpacingMark) => Pair::Join,        // GB9, GB9a
        (Prepend, _) => Pair::Join,                                           // GB9b
        (Mark | Linker | Zwj, Consonant) => Pair::Depends,                    // GB9c
        (Zwj, Pictograph) => Pair::Depends,                                   // GB11
        (Regional, Regional) => Pair::Depends,                                // GB12, GB13
        _ => Pair::Break,                                                     // GB999
    }
}

/// Finds the boundaries of a text that is fed one character after the other.
#[derive(Debug, Default)]
pub struct Boundaries {
    before: Option<Class>,
    /// An odd number of regional indicators stands here.
    half_flag: bool,
    /// A pictograph stands here, with nothing but extending marks behind it, then maybe a ZWJ.
    pictograph: bool,
    /// A consonant stands here with marks behind it; and whether one of them is a linker.
    conjunct: Option<bool>,
}

impl Boundaries {
    /// Whether a cluster begins with `c`, which stands after all that was fed before.
    pub fn begins_with(&mut self, c: char) -> bool {
        let behind = class(c);
        let begins = match self.before.map(|before| (before, pair(before, behind))) {
            None | Some((_, Pair::Break)) => true,
            Some((_, Pair::Join)) => false,
            Some((_, Pair::Depends)) => match behind {
                Class::Regional => !self.half_flag,
                Class::Pictograph => !self.pictograph,
                _ => self.conjunct != Some(true),
            },
        };
        self.half_flag = behind == Class::Regional && !self.half_flag;
        self.pictograph = match behind {
            Class::Pictograph => true,
            Class::Extend | Class::Mark | Class::Linker => {
                self.pictograph && self.before != Some(Class::Zwj)
            }
            Class::Zwj => self.pictograph && self.before != Some(Class::Zwj),
            _ => false,
        };
        self.conjunct = match behind {
            Class::Consonant => Some(false),
            Class::Linker => self.conjunct.map(|_| true),
            Class::Mark | Class::Zwj => self.conjunct,
            _ => None,
        };
        self.before = Some(behind);
        begins
    }
}

/// How many characters the first cluster has; 0 for an empty text.
pub fn first_cluster(text: impl IntoIterator<Item = char>) -> usize {
    let mut boundaries = Boundaries::default();
    let mut length = 0;
    for c in text {
        if boundaries.begins_with(c) && length > 0 {
            break;
        }
        length += 1;
    }
    length
}

/// Where the last cluster of `text` begins; 0 for an empty text.
pub fn last_cluster(text: &[char]) -> usize {
    let Some(mut start) = text.len().checked_sub(1) else {
        return 0;
    };
    // Back to a boundary that does not depend on anything, and forward from there.
    while start > 0
        && text.len() - start < LONGEST
        && pair(class(text[start - 1]), class(text[start])) != Pair::Break
    {
        start -= 1;
    }
    let mut boundaries = Boundaries::default();
    let begins = |at: &usize| boundaries.begins_with(text[*at]);
    (start..text.len()).filter(begins).last().unwrap_or(start)
}
