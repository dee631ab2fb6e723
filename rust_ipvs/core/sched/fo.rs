// SPDX-License-Identifier: GPL-2.0

//! Weighted failover: the one with the highest weight, as long as it takes connections.

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
    Cost::new(1, server.weight())
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32) -> Load {
        Load::new(weight, 7, 2)
    }

    #[test]
    fn highest_weight() {
        let pick = |pool: &[Load]| least::pick(pool.iter().copied().enumerate(), cost);
        let mut pool = [load(3), load(5), load(5), load(0)];

        assert_eq!(pick(&pool), Some(1));
        pool[1].overloaded = true;
        assert_eq!(pick(&pool), Some(2));
        pool[2].weight = 0;
        assert_eq!(pick(&pool), Some(0));
        pool[0].overloaded = true;
        assert_eq!(pick(&pool), None);
        assert_eq!(pick(&[load(i32::MAX - 1), load(i32::MAX)]), Some(1));
    }
}
