// SPDX-License-Identifier: GPL-2.0

//! Weighted overflow: the one with the highest weight, as long as it has not more active
//! connections than that.

use super::{
    least::Cost,
    Server, //
};

/// What it costs to choose `server`.
#[inline]
pub fn cost(server: &impl Server) -> Option<Cost> {
    if server.is_overloaded() || i64::from(server.active()) > i64::from(server.capacity()) {
        return None;
    }
    Cost::new(1, server.weight())
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32, active: u32) -> Load {
        Load::new(weight, active, 0)
    }

    #[test]
    fn highest_weight_that_is_not_full() {
        let pick = |pool: &[Load]| least::pick(pool.iter().copied().enumerate(), cost);

        assert_eq!(pick(&[load(2, 0), load(3, 3), load(3, 0)]), Some(1));
        assert_eq!(pick(&[load(2, 0), load(3, 4), load(3, 0)]), Some(2));
        assert_eq!(pick(&[load(2, 0), load(3, 4)]), Some(0));
        assert_eq!(pick(&[load(2, 3), load(3, 4)]), None);
        // Full of nothing, but not to be used.
        assert_eq!(pick(&[load(0, 0)]), None);
        let mut pool = [load(5, 0)];
        pool[0].overloaded = true;
        assert_eq!(pick(&pool), None);
    }
}
