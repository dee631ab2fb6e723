// SPDX-License-Identifier: GPL-2.0

//! Weighted least connections: the lowest overhead per weight.

use super::{
    least::Cost,
    Server, //
};

/// What it costs to choose `server`.
#[inline]
pub fn cost(server: &impl Server) -> Option<Cost> {
    if server.is_overloaded() {
        return None;
    }
    Cost::new(server.overhead(), server.weight())
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32, active: u32, inactive: u32) -> Load {
        Load::new(weight, active, inactive)
    }

    fn pick(pool: &[Load]) -> Option<usize> {
        least::pick(pool.iter().copied().enumerate(), cost)
    }

    #[test]
    fn least_per_weight() {
        let pool = [load(1, 2, 0), load(3, 5, 0), load(2, 4, 0)];

        assert_eq!(pick(&pool), Some(1));
    }

    #[test]
    fn one_active_outweighs_256_inactive() {
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 256)]), Some(1));
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 257)]), Some(0));
        assert_eq!(pick(&[load(1, 1, 0), load(1, 0, 258)]), Some(0));
    }

    #[test]
    fn earlier_wins_a_tie() {
        assert_eq!(pick(&[load(1, 0, 0), load(1, 0, 0)]), Some(0));
        // Idle ones are equal whatever their weight.
        assert_eq!(pick(&[load(1, 0, 0), load(100, 0, 0)]), Some(0));
        assert_eq!(
            pick(&[load(2, 2, 2), load(1, 1, 1), load(4, 4, 4)]),
            Some(0)
        );
    }

    #[test]
    fn only_usable_ones() {
        let mut pool = [load(0, 0, 0), load(5, 0, 0), load(1, 9, 9), load(-1, 0, 0)];
        pool[1].overloaded = true;
        assert_eq!(pick(&pool), Some(2));

        pool[2].weight = 0;
        assert_eq!(pick(&pool), None);
        assert_eq!(pick(&[]), None);
    }

    #[test]
    fn largest_weights_do_not_overflow() {
        let pool = [load(i32::MAX, 1 << 24, 0), load(i32::MAX, (1 << 24) - 1, 0)];

        assert_eq!(pick(&pool), Some(1));
    }
}
