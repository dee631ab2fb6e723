// SPDX-License-Identifier: GPL-2.0

//! Shortest expected delay: the fewest active connections per weight, the new one among them.

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
    Cost::new(u64::from(server.active()).wrapping_add(1), server.weight())
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32, active: u32) -> Load {
        Load::new(weight, active, 1000)
    }

    fn pick(pool: &[Load]) -> Option<usize> {
        least::pick(pool.iter().copied().enumerate(), cost)
    }

    #[test]
    fn the_new_one_counts() {
        // An idle one of low weight is slower than a busy one of high weight.
        assert_eq!(pick(&[load(1, 0), load(4, 2)]), Some(1));
        assert_eq!(pick(&[load(1, 0), load(4, 3)]), Some(0));
        assert_eq!(pick(&[load(4, 3), load(1, 0)]), Some(0));
    }

    #[test]
    fn only_usable_ones() {
        let mut pool = [load(9, 0), load(0, 0), load(1, 7)];
        pool[0].overloaded = true;

        assert_eq!(pick(&pool), Some(2));
        assert_eq!(pick(&pool[..2]), None);
    }
}
