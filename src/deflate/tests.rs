//! Compressing and inflating against each other, and against what RFC 7692 section 7.2.3 shows.

use super::*;
use crate::protocol::{Inflate, NotInflated};

const LEVEL: CompressionLevel = CompressionLevel::of(1);

/// Inflates a message whose bytes come in pieces of `cut` bytes, into pieces of `room` bytes.
fn inflate(
    inflater: &mut MessageInflater,
    message: &[u8],
    (cut, room): (usize, usize),
) -> Result<Vec<u8>, NotInflated> {
    let mut whole = Vec::new();
    let mut chunks = message.chunks(cut).peekable();
    if message.is_empty() {
        while !inflater.inflate(&[], true, &mut whole, room)?.done {}
    }
    while let Some(mut input) = chunks.next() {
        let end = chunks.peek().is_none();
        loop {
            let before = whole.len();
            let step = inflater.inflate(input, end, &mut whole, room)?;
            assert!(whole.len() - before <= room);
            input = &input[step.consumed..];
            if step.done {
                assert!(input.is_empty());
                break;
            }
        }
    }
    Ok(whole)
}

const CUTS: [(usize, usize); 4] = [(usize::MAX, 1 << 20), (1, 1), (3, 7), (1000, 5)];

#[test]
fn the_examples_of_rfc_7692_section_7_2_3_inflate() {
    let rows: &[(&[u8], &[u8])] = &[
        (&[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], b"Hello"), // 7.2.3.1
        (
            &[
                0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00,
            ],
            b"Hello",
        ), // 7.2.3.3
        (&[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], b"Hello"), // 7.2.3.4
        (
            &[
                0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00,
            ],
            b"Hello",
        ), // 7.2.3.5
        (&[0x00], b""),                                          // 7.2.3.6
        (&[], b""),
        (&[0x02, 0x00], b""),
    ];
    for (message, expected) in rows {
        for cuts in CUTS {
            let mut inflater = MessageInflater::without_context();
            for _ in 0..3 {
                let inflated = inflate(&mut inflater, message, cuts);
                assert_eq!(inflated.as_deref(), Ok(*expected), "{message:x?} {cuts:?}");
            }
            let mut inflater = MessageInflater::keeping_context();
            let inflated = inflate(&mut inflater, message, cuts);
            assert_eq!(inflated.as_deref(), Ok(*expected), "{message:x?} {cuts:?}");
        }
    }
}

#[test]
fn a_context_is_kept_only_where_it_was_agreed() {
    let first = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    let second = [0xF2, 0x00, 0x11, 0x00, 0x00]; // 7.2.3.2: refers to the message before
    for cuts in CUTS {
        let mut keeping = MessageInflater::keeping_context();
        for message in [&first[..], &second, &second] {
            let inflated = inflate(&mut keeping, message, cuts);
            assert_eq!(inflated.as_deref(), Ok(&b"Hello"[..]));
        }
        let mut plain = MessageInflater::without_context();
        assert!(inflate(&mut plain, &first, cuts).is_ok());
        assert_eq!(
            inflate(&mut plain, &second, cuts),
            Err(NotInflated::Invalid)
        );
    }
}

#[test]
fn what_is_no_whole_message_does_not_inflate() {
    let mut whole = Vec::new();
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(40);
    assert!(compress(text.as_bytes(), LEVEL, &mut whole));
    let mut rows: Vec<Vec<u8>> = (1..whole.len())
        .map(|end| whole[..end].to_vec())
        .filter(|part| part.last() != Some(&0))
        .collect();
    rows.push([&whole[..], b"trailing garbage"].concat());
    rows.push(vec![0xFF; 20]);
    rows.push(vec![0x78, 0xBB, 1, 2, 3, 4]); // zlib's header, with a preset dictionary
    rows.push(b"Hello".to_vec());
    for message in rows {
        for cuts in CUTS {
            let mut inflater = MessageInflater::without_context();
            let inflated = inflate(&mut inflater, &message, cuts);
            assert_eq!(inflated, Err(NotInflated::Invalid), "{message:x?} {cuts:?}");
        }
    }
}

#[test]
fn messages_come_back_and_those_that_do_not_shrink_stay_plain() {
    let json = r#"{"event":"order","items":[1,2,3],"name":"wshub"},"#;
    for size in [1, 2, 10, 100, 1000, 10_000, 1_000_000] {
        let text: Vec<u8> = json.bytes().cycle().take(size).collect();
        let mut out = b"before".to_vec();
        let shrinks = compress(&text, LEVEL, &mut out);
        assert_eq!(shrinks, size >= 100, "{size}");
        let compressed = out.strip_prefix(b"before").unwrap();
        assert!(compressed.len() < size);
        if shrinks {
            let inflated = inflate(&mut MessageInflater::without_context(), compressed, CUTS[0]);
            assert!(inflated == Ok(text), "{size}");
        } else {
            assert!(compressed.is_empty());
        }
    }
    let mut noise = vec![0_u8; 10_000];
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    for byte in &mut noise {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        *byte = seed as u8;
    }
    let mut out = Vec::new();
    assert!(!compress(&noise, LEVEL, &mut out));
    assert!(out.is_empty());
}

#[test]
fn every_kind_of_data_is_compressed_or_left_alone() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    // From noise, of which each literal takes nine bits, to one letter.
    for range in [256, 200, 128, 64, 20, 5, 2, 1] {
        for size in [1, 3, 64, 500, 4096, 40_000, 131_072, 300_000] {
            let data: Vec<u8> = (0..size).map(|_| 255 - (next() % range) as u8).collect();
            for level in 1..=9 {
                let mut out = Vec::new();
                if compress(&data, CompressionLevel::of(level), &mut out) {
                    assert!(out.len() < data.len());
                    let inflated = inflate(&mut MessageInflater::without_context(), &out, CUTS[0]);
                    assert!(inflated.as_ref() == Ok(&data), "{range} {size} {level}");
                } else {
                    assert!(out.is_empty());
                }
            }
        }
    }
}
