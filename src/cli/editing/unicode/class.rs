//! The classes of characters that the rules of grapheme clusters speak of.

/// The properties `Grapheme_Cluster_Break`, `Extended_Pictographic` and `Indic_Conjunct_Break`
/// as one (UAX #29, tables 1b and 1c; no character has two of them that matter).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// None of those below.
    Other,
    Cr,
    Lf,
    Control,
    /// Extends the cluster, but takes no part in a conjunct: U+200C.
    Extend,
    /// Extends the cluster and may stand within a conjunct.
    Mark,
    /// Extends the cluster and makes a conjunct of two consonants.
    Linker,
    Zwj,
    SpacingMark,
    Prepend,
    Regional,
    /// Hangul: a leading consonant, a vowel, a trailing consonant, syllables.
    L,
    V,
    T,
    Lv,
    Lvt,
    Pictograph,
    /// A consonant of a script that has conjuncts.
    Consonant,
}
