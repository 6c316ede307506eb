//! Repeats an input and cuts it into pieces, for targets whose result must not depend on the cuts.

#![allow(dead_code)] // each target is a crate of its own and uses only a part of this module

/// The ways in which every input is cut.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    Whole,
    /// Byte by byte.
    Bytes,
    /// Pieces of 1 to 64 bytes, or of 1 to 4096, with sizes derived from a seed.
    Seeded(u8),
}

/// The approximate length up to which an input is repeated.
const MOST_REPEATED_BYTES: usize = 16 << 10;

/// The input, repeated as often as two bits of a target's choice say.
pub fn repeated(wire: &[u8], choice: u8) -> Vec<u8> {
    let times = match choice >> 3 & 3 {
        0 | 1 => 1,
        2 => 30,
        _ => 300,
    };
    wire.repeat(times.min(1 + MOST_REPEATED_BYTES / wire.len().max(1)))
}

pub fn pieces(input: &[u8], cut: Cut) -> Vec<&[u8]> {
    let mut state = 0;
    let mut size = || match cut {
        Cut::Whole => usize::MAX,
        Cut::Bytes => 1,
        Cut::Seeded(seed) => {
            state = (state ^ u64::from(seed) ^ 0x9E37_79B9).wrapping_mul(0x5851_F42D_4C95_7F2D) + 1;
            let most = if seed % 2 == 0 { 64 } else { 4096 };
            1 + (state >> 40) as usize % most
        }
    };
    let mut rest = input;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size().min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}
