// SPDX-License-Identifier: GPL-2.0

//! Weighted least connections: the lowest overhead per weight.

use super::{
    Load,
    Pool, //
};

/// Picks the usable destination with the lowest overhead per weight; of equals the earlier one.
#[inline]
pub fn pick<P: Pool + ?Sized>(pool: &P) -> Option<usize> {
    let mut least: Option<(usize, Cost)> = None;
    for index in 0..pool.len() {
        let Some(load) = pool.get(index).filter(Load::is_usable) else {
            continue;
        };
        let cost = Cost::of(&load);
        if least.is_none_or(|(_, best)| cost.is_less(best)) {
            least = Some((index, cost));
        }
    }

    least.map(|(index, _)| index)
}

/// Overhead and the weight it is shared by, which is positive.
#[derive(Clone, Copy)]
struct Cost {
    overhead: u64,
    weight: u64,
}

impl Cost {
    #[inline]
    const fn of(load: &Load) -> Self {
        Self {
            overhead: load.overhead(),
            weight: load.weight.unsigned_abs() as u64,
        }
    }

    /// Compares fractions by cross-multiplication; both products fit, see [`Load::overhead`].
    #[inline]
    const fn is_less(self, other: Self) -> bool {
        self.overhead.wrapping_mul(other.weight) < other.overhead.wrapping_mul(self.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(weight: i32, active: u32, inactive: u32) -> Load {
        Load {
            weight,
            active,
            inactive,
            overloaded: false,
        }
    }

    #[test]
    fn least_per_weight() {
        let pool = [load(1, 2, 0), load(3, 5, 0), load(2, 4, 0)];

        assert_eq!(pick(&pool[..]), Some(1));
    }

    #[test]
    fn one_active_outweighs_256_inactive() {
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 256)][..]), Some(1));
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 257)][..]), Some(0));
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 258)][..]), Some(0));
    }

    #[test]
    fn earlier_wins_a_tie() {
        assert_eq!(pick(&[load(1, 0, 0), load(1, 0, 0)][..]), Some(0));
        // Idle ones are equal whatever their weight.
        assert_eq!(pick(&[load(1, 0, 0), load(100, 0, 0)][..]), Some(0));
        assert_eq!(
            pick(&[load(2, 2, 2), load(1, 1, 1), load(4, 4, 4)][..]),
            Some(0)
        );
    }

    #[test]
    fn only_usable_ones() {
        let mut pool = [load(0, 0, 0), load(5, 0, 0), load(1, 9, 9), load(-1, 0, 0)];
        pool[1].overloaded = true;
        assert_eq!(pick(&pool[..]), Some(2));

        pool[2].weight = 0;
        assert_eq!(pick(&pool[..]), None);
        assert_eq!(pick(&pool[..0]), None);
    }

    #[test]
    fn largest_weights_do_not_overflow() {
        let pool = [load(i32::MAX, 1 << 24, 0), load(i32::MAX, (1 << 24) - 1, 0)];

        assert_eq!(pick(&pool[..]), Some(1));
    }
}
