//! Masking (RFC 6455 section 5.3): the payload xor a four-byte key, over and over.

/// The masking key of one frame, in wire order. A client takes a fresh unpredictable key for each
/// frame (10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaskingKey(pub [u8; 4]);

impl MaskingKey {
    /// Masks or unmasks `bytes` in place; the two are the same operation (5.3).
    ///
    /// `offset` is the position of `bytes[0]` in the frame's payload, so that a payload
    /// may be handled as it arrives, cut anywhere.
    pub fn apply(self, offset: usize, bytes: &mut [u8]) {
        let mut key = self.0;
        key.rotate_left(offset % 4);
        let [a, b, c, d] = key;
        let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let (words, tail) = bytes.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(key.iter().cycle()) {
            *byte ^= key;
        }
    }
}

impl From<[u8; 4]> for MaskingKey {
    fn from(key: [u8; 4]) -> Self {
        Self(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_and_length_agrees_with_the_formula_of_the_rfc() {
        let key = MaskingKey([0x37, 0xFA, 0x21, 0x3D]);
        for offset in 0..9 {
            for length in 0..70 {
                let plain: Vec<u8> = (0..length).map(|i| (i * 7 + 3) as u8).collect();
                let expected: Vec<u8> = plain
                    .iter()
                    .enumerate()
                    .map(|(i, b)| b ^ key.0[(i + offset) % 4])
                    .collect();
                let mut bytes = plain.clone();
                key.apply(offset, &mut bytes);
                assert_eq!(bytes, expected, "offset {offset}, length {length}");
                key.apply(offset, &mut bytes);
                assert_eq!(
                    bytes, plain,
                    "twice is nothing: offset {offset}, length {length}"
                );
            }
        }
    }
}
