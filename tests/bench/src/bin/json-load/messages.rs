//! The messages that are sent in turn: JSON, all different, all of one length, plain or compressed.

use flate2::{Compress, Compression, FlushCompress};

/// How many different messages are sent in turn: a compression context that is kept from earlier
/// messages then helps as much as it does with real messages, which resemble each other.
pub const ROUND: usize = 64;

/// The masking key of every frame; the server's cost of unmasking does not depend on it.
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

pub struct Message {
    pub text: Vec<u8>,
    /// The frame as a client sends it.
    pub frame: Vec<u8>,
}

/// Pseudo-random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

/// The messages, each of `size` bytes.
pub fn round(size: usize, compressed: bool) -> Vec<Message> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut number = 0;
    let texts = (0..ROUND).map(|_| text(size, &mut number, &mut random));
    texts
        .map(|text| {
            let frame = match compressed {
                false => frame(0x81, &text),
                true => frame(0xC1, &squeezed(&text)),
            };
            Message { text, frame }
        })
        .collect()
}

/// Trades, as an exchange publishes them.
fn text(size: usize, number: &mut u64, random: &mut Random) -> Vec<u8> {
    let mut text = String::from("{\"type\":\"trades\",\"items\":[");
    loop {
        *number += 1;
        let symbol = random.of(&[
            "BTC-EUR", "ETH-EUR", "SOL-EUR", "BTC-USD", "ETH-USD", "XMR-USD",
        ]);
        let item = format!(
            "{{\"id\":{},\"symbol\":\"{symbol}\",\"side\":\"{}\",\"price\":\"{}.{:02}\",\"size\":\"0.{:06}\",\
             \"time\":\"2026-11-27T06:{:02}:{:02}.{:03}Z\",\"maker\":{}}},",
            9_000_000 + *number,
            random.of(&["buy", "sell"]),
            random.below(90_000) + 1000,
            random.below(100),
            random.below(1_000_000),
            random.below(60),
            random.below(60),
            random.below(1000),
            random.below(2) == 0,
        );
        if text.len() + item.len() + 12 > size {
            break;
        }
        text.push_str(&item);
    }
    text.push_str("{}],\"end\":\"");
    while text.len() + 2 < size {
        text.push(char::from(b'a' + random.below(26) as u8));
    }
    text.push_str("\"}");
    text.truncate(size);
    text.into_bytes()
}

/// Compresses a message by itself, so that it can be sent with and without context takeover.
fn squeezed(text: &[u8]) -> Vec<u8> {
    let mut tool = Compress::new(Compression::new(6), false);
    let mut out = Vec::with_capacity(2 * text.len() + 64);
    tool.compress_vec(text, &mut out, FlushCompress::Sync)
        .expect("it has room");
    assert_eq!(out.split_off(out.len() - 4), [0, 0, 0xFF, 0xFF]);
    out
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    frame
}
