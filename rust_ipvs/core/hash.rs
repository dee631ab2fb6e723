// SPDX-License-Identifier: GPL-2.0

//! SipHash-1-3 of inputs of fixed length: the hash of the tables, and that of `mh`.
//!
//! Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with one round per word and
//! three at the end, which is what hash tables use: a remote sender who does not know the key
//! cannot aim packets at one bucket. The input has a fixed length, so the words need no loop.

/// The 128-bit secret of a table, as what SipHash makes of it before it sees any input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(State);

/// The last block of an input of so many bytes: what is left behind the last whole word, which is
/// fewer than eight bytes, and the length in the top byte.
#[inline(always)]
const fn last(rest: u64, len: u64) -> u64 {
    rest | (len << 56)
}

impl Key {
    /// A key of two words.
    #[inline]
    pub const fn new(k0: u64, k1: u64) -> Self {
        // "somepseudorandomlygeneratedbytes"
        Self(State {
            v0: k0 ^ 0x736f_6d65_7073_6575,
            v1: k1 ^ 0x646f_7261_6e64_6f6d,
            v2: k0 ^ 0x6c79_6765_6e65_7261,
            v3: k1 ^ 0x7465_6462_7974_6573,
        })
    }

    /// Hashes two words, taken as 16 bytes in little-endian order.
    #[inline]
    pub const fn hash2(&self, w0: u64, w1: u64) -> u64 {
        self.0.absorb(w0).absorb(w1).absorb(last(0, 16)).finish()
    }

    /// Hashes four words, taken as 32 bytes in little-endian order.
    #[inline]
    pub const fn hash4(&self, [w0, w1, w2, w3]: [u64; 4]) -> u64 {
        self.0
            .absorb(w0)
            .absorb(w1)
            .absorb(w2)
            .absorb(w3)
            .absorb(last(0, 32))
            .finish()
    }

    /// Hashes seven bytes, in little-endian order; the eighth is zero.
    #[inline]
    pub const fn hash_7_bytes(&self, rest: u64) -> u64 {
        self.0.absorb(last(rest, 7)).finish()
    }

    /// Hashes a word and five bytes, in little-endian order; the other three are zero.
    #[inline(always)]
    pub const fn hash_13_bytes(&self, w0: u64, rest: u64) -> u64 {
        self.0.absorb(w0).absorb(last(rest, 13)).finish()
    }

    /// Hashes four words and five bytes, in little-endian order; the other three are zero.
    #[inline]
    pub const fn hash_37_bytes(&self, [w0, w1, w2, w3, rest]: [u64; 5]) -> u64 {
        self.0
            .absorb(w0)
            .absorb(w1)
            .absorb(w2)
            .absorb(w3)
            .absorb(last(rest, 37))
            .finish()
    }

    /// Hashes four bytes, a number in little-endian order. Half of the hash is left out, as
    /// `hsiphash()` does in a kernel of 64 bits.
    #[inline]
    pub const fn hash_word(&self, word: u32) -> u32 {
        self.0.absorb(last(word as u64, 4)).finish() as u32
    }
}

/// The four words of SipHash between two rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    #[inline(always)]
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

    #[inline(always)]
    const fn absorb(mut self, word: u64) -> Self {
        self.v3 ^= word;
        self = self.round();
        self.v0 ^= word;
        self
    }

    #[inline(always)]
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

    const KEY: Key = Key::new(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);

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
        let key = Key::new(0, 0);
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
            let rest = w0.to_le_bytes();
            std.write(&rest[..5]);
            assert_eq!(
                key.hash_37_bytes([w0, w1, w2, w3, low_bytes(w0, 5)]),
                std.finish()
            );
            word = word.wrapping_mul(6364136223846793005).wrapping_add(1);
        }
    }

    fn low_bytes(word: u64, n: u32) -> u64 {
        word & ((1 << (8 * n)) - 1)
    }

    #[test]
    fn parts_of_words_are_as_in_std() {
        let key = Key::new(0, 0);
        for word in [0, 0x0123_4567_89ab_cdef, u64::MAX] {
            let mut std = DefaultHasher::new();
            std.write(&word.to_le_bytes()[..7]);
            assert_eq!(key.hash_7_bytes(low_bytes(word, 7)), std.finish());

            let mut std = DefaultHasher::new();
            std.write(&word.to_le_bytes());
            std.write(&word.to_le_bytes()[..5]);
            assert_eq!(key.hash_13_bytes(word, low_bytes(word, 5)), std.finish());
        }
    }

    #[test]
    fn half_a_word_is_as_in_std() {
        let key = Key::new(0, 0);
        for word in [0_u32, 1, 0xc000_0201, u32::MAX] {
            let mut std = DefaultHasher::new();
            std.write(&word.to_le_bytes());

            assert_eq!(key.hash_word(word), std.finish() as u32);
        }
    }

    #[test]
    fn key_matters() {
        let other = Key::new(0x0706_0504_0302_0101, 0x0f0e_0d0c_0b0a_0908);

        assert_ne!(KEY.hash2(1, 2), other.hash2(1, 2));
        assert_ne!(KEY.hash2(1, 2), KEY.hash2(2, 1));
    }
}
