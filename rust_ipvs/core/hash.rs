// SPDX-License-Identifier: GPL-2.0

//! SipHash-1-3 of two, four or five words, the hash of the tables, and of half a word, that of
//! `mh`.
//!
//! Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with one round per word and
//! three at the end, which is what hash tables use: a remote sender who does not know the key
//! cannot aim packets at one bucket. The input has a fixed length, so the words need no loop.

/// The 128-bit secret of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// First word of the key.
    pub k0: u64,
    /// Second word of the key.
    pub k1: u64,
}

/// The last block of an input of so many words: its length in bytes, in the top byte.
const fn length(words: u64) -> u64 {
    words << 59
}

impl Key {
    /// Hashes two words, taken as 16 bytes in little-endian order.
    #[inline]
    pub const fn hash2(&self, w0: u64, w1: u64) -> u64 {
        State::new(self)
            .absorb(w0)
            .absorb(w1)
            .absorb(length(2))
            .finish()
    }

    /// Hashes four words, taken as 32 bytes in little-endian order.
    #[inline]
    pub const fn hash4(&self, [w0, w1, w2, w3]: [u64; 4]) -> u64 {
        State::new(self)
            .absorb(w0)
            .absorb(w1)
            .absorb(w2)
            .absorb(w3)
            .absorb(length(4))
            .finish()
    }

    /// Hashes five words, taken as 40 bytes in little-endian order.
    #[inline]
    pub const fn hash5(&self, [w0, w1, w2, w3, w4]: [u64; 5]) -> u64 {
        State::new(self)
            .absorb(w0)
            .absorb(w1)
            .absorb(w2)
            .absorb(w3)
            .absorb(w4)
            .absorb(length(5))
            .finish()
    }

    /// Hashes four bytes, a number in little-endian order. Half of the hash is left out, as
    /// `hsiphash()` does in a kernel of 64 bits.
    #[inline]
    pub const fn hash_word(&self, word: u32) -> u32 {
        State::new(self).absorb(word as u64 | (4 << 56)).finish() as u32
    }
}

/// The four words of SipHash between two rounds.
#[derive(Clone, Copy)]
struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    #[inline]
    const fn new(key: &Key) -> Self {
        // "somepseudorandomlygeneratedbytes"
        Self {
            v0: key.k0 ^ 0x736f_6d65_7073_6575,
            v1: key.k1 ^ 0x646f_7261_6e64_6f6d,
            v2: key.k0 ^ 0x6c79_6765_6e65_7261,
            v3: key.k1 ^ 0x7465_6462_7974_6573,
        }
    }

    #[inline]
    const fn round(mut self) -> Self {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.rotate_left(32);
        self
    }

    #[inline]
    const fn absorb(mut self, word: u64) -> Self {
        self.v3 ^= word;
        self = self.round();
        self.v0 ^= word;
        self
    }

    #[inline]
    const fn finish(mut self) -> u64 {
        self.v2 ^= 0xff;
        self = self.round().round().round();
        self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::hash_map::DefaultHasher;
    use std::hash::Hasher;

    const KEY: Key = Key {
        k0: 0x0706_0504_0302_0100,
        k1: 0x0f0e_0d0c_0b0a_0908,
    };

    /// SipHash-1-3 with the key 00..0f of the bytes 00..0f: entry 16 of `test_siphash_1_3` in the
    /// Rust library's `library/core/tests/hash/sip.rs`.
    #[test]
    fn published_vector() {
        let hash = KEY.hash2(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);

        assert_eq!(
            hash.to_le_bytes(),
            [0x66, 0x8b, 0x90, 0x7d, 0x1a, 0xdd, 0x4f, 0xcc]
        );
    }

    #[test]
    fn zero_key_is_the_hasher_of_std() {
        let key = Key { k0: 0, k1: 0 };
        let mut word = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..1000 {
            let (w0, w1) = (word, word.rotate_left(17) ^ 0x1234_5678);
            let mut std = DefaultHasher::new();
            std.write(&w0.to_le_bytes());
            std.write(&w1.to_le_bytes());

            assert_eq!(key.hash2(w0, w1), std.finish());
            let (w2, w3) = (!w0, w1.rotate_left(5));
            std.write(&w2.to_le_bytes());
            std.write(&w3.to_le_bytes());

            assert_eq!(key.hash4([w0, w1, w2, w3]), std.finish());
            std.write(&w0.to_le_bytes());
            assert_eq!(key.hash5([w0, w1, w2, w3, w0]), std.finish());
            word = word.wrapping_mul(6364136223846793005).wrapping_add(1);
        }
    }

    #[test]
    fn half_a_word_is_as_in_std() {
        let key = Key { k0: 0, k1: 0 };
        for word in [0_u32, 1, 0xc000_0201, u32::MAX] {
            let mut std = DefaultHasher::new();
            std.write(&word.to_le_bytes());

            assert_eq!(key.hash_word(word), std.finish() as u32);
        }
    }

    #[test]
    fn key_matters() {
        let other = Key {
            k0: KEY.k0 ^ 1,
            ..KEY
        };

        assert_ne!(KEY.hash2(1, 2), other.hash2(1, 2));
        assert_ne!(KEY.hash2(1, 2), KEY.hash2(2, 1));
    }
}
