// SPDX-License-Identifier: GPL-2.0

//! Least connections: the lowest overhead, whatever the weight.

use super::{
    least::Cost,
    Server, //
};

/// What it costs to choose `server`.
#[inline]
pub fn cost(server: &impl Server) -> Option<Cost> {
    if server.is_overloaded() || server.weight() == 0 {
        return None;
    }
    Cost::new(server.overhead(), 1)
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32, active: u32, total: u32) -> Load {
        Load::new(weight, active, total - active)
    }

    fn pick(pool: &[Load]) -> Option<usize> {
        least::pick(pool.iter().copied().enumerate(), cost)
    }

    #[test]
    fn weight_is_only_whether() {
        assert_eq!(pick(&[load(100, 1, 1), load(1, 0, 1)]), Some(1));
        assert_eq!(pick(&[load(0, 0, 0), load(1, 9, 9)]), Some(1));
        assert_eq!(pick(&[load(0, 0, 0)]), None);
    }

    #[test]
    fn first_wins_a_tie() {
        assert_eq!(pick(&[load(1, 1, 2), load(9, 1, 2)]), Some(0));
        assert_eq!(pick(&[load(1, 1, 1), load(1, 0, 257)]), Some(0));
        assert_eq!(pick(&[load(1, 1, 1), load(1, 0, 256)]), Some(1));
    }

    #[test]
    fn not_the_overloaded() {
        let mut pool = [load(1, 0, 0), load(1, 5, 5)];
        pool[0].overloaded = true;

        assert_eq!(pick(&pool), Some(1));
    }
}
