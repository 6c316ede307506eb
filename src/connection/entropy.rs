//! Masking keys and handshake nonces (RFC 6455 sections 5.3 and 10.3) without a package for
//! random numbers.
//!
//! The standard library seeds [`RandomState`] from the operating system's randomness and
//! hashes with SipHash, a keyed pseudo-random function. A counter under an unknown key gives
//! outputs that nobody without the key can predict, which is what section 10.3 asks of
//! masking keys: that a page's script cannot choose the bytes on the wire.
//!
//! Limits: SipHash-1-3 is not a cipher, and the key is 128 bits drawn once for each thread (the
//! standard library adds one to it for each state). Nothing here guards a secret: use it for no
//! token and no password.

use std::hash::{BuildHasher, RandomState};

use crate::protocol::MaskingKey;

/// A stream of unpredictable numbers for one connection.
#[derive(Debug)]
pub struct Entropy {
    key: RandomState,
    counter: u64,
}

impl Entropy {
    /// A stream with a key of its own.
    pub fn new() -> Self {
        Self {
            key: RandomState::new(),
            counter: 0,
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.counter += 1;
        self.key.hash_one(self.counter)
    }

    /// The key of the next frame; a fresh one for each (5.3).
    pub fn masking_key(&mut self) -> MaskingKey {
        MaskingKey((self.next_u64() as u32).to_ne_bytes())
    }

    /// The 16 bytes of a `Sec-WebSocket-Key` (4.1).
    pub fn nonce(&mut self) -> [u8; 16] {
        let mut nonce = [0; 16];
        for half in nonce.as_chunks_mut::<8>().0 {
            *half = self.next_u64().to_ne_bytes();
        }
        nonce
    }
}

impl Default for Entropy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_and_nonces_do_not_repeat_within_or_across_streams() {
        let mut keys = HashSet::new();
        let mut nonces = HashSet::new();
        for _ in 0..20 {
            let mut entropy = Entropy::new();
            for _ in 0..50 {
                keys.insert(entropy.masking_key().0);
                nonces.insert(entropy.nonce());
            }
        }
        assert_eq!(nonces.len(), 1000);
        assert!(
            keys.len() > 990,
            "32 bits may collide by chance, not often: {}",
            keys.len()
        );
    }
}
