//! Which spellings of a name are one name: those that differ in case, and those that Unicode holds
//! for the same text (canonical equivalence, UAX #15), such as `é` in one character or in two.
//! Letters that only look alike, such as a Latin and a Cyrillic `a`, remain two.

use super::decompositions::DECOMPOSITIONS;
use super::marks::is_mark;

/// What the spellings of one name have in common.
pub(super) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // Lower case, upper case, lower case: a few letters have two lower-case forms of one capital,
    // and the other way round.
    let small = decomposed(name).to_lowercase();
    decomposed(&small.to_uppercase().to_lowercase())
}

/// The text with each letter and its marks as separate characters, and the marks of each letter
/// sorted by number: a difference that only the order of marks makes is given up.
fn decomposed(text: &str) -> String {
    let mut chars = Vec::new();
    for c in text.chars() {
        push_decomposed(c, &mut chars);
    }
    for marks in chars.chunk_by_mut(|one, other| is_mark(*one) && is_mark(*other)) {
        marks.sort_unstable();
    }
    chars.into_iter().collect()
}

fn push_decomposed(c: char, chars: &mut Vec<char>) {
    if let Some(syllable) = hangul(c) {
        chars.extend(syllable);
        return;
    }
    let code = u32::from(c);
    match DECOMPOSITIONS.binary_search_by_key(&code, |(whole, _, _)| *whole) {
        Ok(found) => {
            let (_, first, second) = DECOMPOSITIONS[found];
            if let Some(first) = char::from_u32(first) {
                push_decomposed(first, chars);
            }
            if second != 0 {
                chars.extend(char::from_u32(second));
            }
        }
        Err(_) => chars.push(c),
    }
}

/// The two or three letters of a syllable of Hangul, which are computed (Unicode section 3.12).
fn hangul(c: char) -> Option<impl Iterator<Item = char>> {
    let place = u32::from(c)
        .checked_sub(0xac00)
        .filter(|place| *place < 11_172)?;
    let (lead, vowel, tail) = (place / 588, place % 588 / 28, place % 28);
    let tail = (tail > 0).then_some(0x11a7 + tail);
    let letters = [Some(0x1100 + lead), Some(0x1161 + vowel), tail];
    Some(letters.into_iter().flatten().filter_map(char::from_u32))
}
