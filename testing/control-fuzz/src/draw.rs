// SPDX-License-Identifier: GPL-2.0

//! Chance, by a seed.

use ipvs_fuzz::input::Random;

/// Numbers at which things change.
const EDGES: [u64; 20] = [
    0,
    1,
    2,
    3,
    7,
    15,
    16,
    127,
    128,
    255,
    256,
    0x7fff,
    0x8000,
    0xffff,
    2_147_483,
    2_147_484,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX,
];

/// What decides.
#[derive(Clone, Debug)]
pub struct Draw(Random);

impl Draw {
    /// By a seed and the number of a stream.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Random::new(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        // The first numbers of seeds that are alike are alike.
        for _ in 0..8 {
            random.next_u64();
        }
        Self(random)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of some, all as likely.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One of some, by their weights.
    pub fn weighted<T: Copy>(&mut self, from: &[(usize, T)]) -> T {
        let total = from.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(total);
        for (weight, what) in from {
            if at < *weight {
                return *what;
            }
            at -= weight;
        }
        unreachable!("the weights have a sum")
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64() ^ (self.0.next_u64() >> 32)
    }

    /// A number at an edge or next to it.
    pub fn edge(&mut self) -> u64 {
        let edge = self.pick(&EDGES);
        match self.below(6) {
            0 => edge.wrapping_add(1),
            1 => edge.wrapping_sub(1),
            2 => self.number(),
            _ => edge,
        }
    }

    /// So many bytes, all alike or all by chance.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        if self.percent(30) {
            return vec![self.pick(&[0, 1, 0x41, 0x80, 0xff]); len];
        }
        (0..len).map(|_| (self.number() >> 24) as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_stream_say_it_all() {
        let numbers = |seed, stream| {
            let mut draw = Draw::new(seed, stream);
            [draw.number(), draw.edge(), draw.below(1000) as u64]
        };
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(2, 1));
        assert_ne!(numbers(1, 2), numbers(1, 3));
    }

    #[test]
    fn weights_are_kept() {
        let mut draw = Draw::new(1, 0);
        let ones = (0..10_000)
            .filter(|_| draw.weighted(&[(1, 1), (0, 2), (3, 3)]) == 1)
            .count();
        assert!((2200..2800).contains(&ones), "{ones}");
    }
}
