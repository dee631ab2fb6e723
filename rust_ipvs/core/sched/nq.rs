// SPDX-License-Identifier: GPL-2.0

//! Never queue: the first that is idle; if none is, as `sed`.

use super::{
    least::Cost,
    sed,
    Server, //
};

/// What it costs to choose `server`.
#[inline]
pub fn cost(server: &impl Server) -> Option<Cost> {
    if server.active() != 0 {
        return sed::cost(server);
    }
    // Nothing costs less, and the first is chosen.
    match server.is_usable() {
        true => Cost::new(0, 1),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{least, Load};
    use super::*;

    fn load(weight: i32, active: u32) -> Load {
        Load::new(weight, active, 0)
    }

    fn pick(pool: &[Load]) -> Option<usize> {
        least::pick(pool.iter().copied().enumerate(), cost)
    }

    #[test]
    fn the_first_idle_one() {
        assert_eq!(pick(&[load(100, 1), load(1, 0), load(5, 0)]), Some(1));
    }

    #[test]
    fn otherwise_the_shortest_delay() {
        assert_eq!(pick(&[load(1, 1), load(4, 2), load(4, 2)]), Some(1));
    }

    #[test]
    fn only_usable_ones() {
        let mut pool = [load(9, 0), load(0, 0), load(1, 7)];
        pool[0].overloaded = true;

        assert_eq!(pick(&pool), Some(2));
        assert_eq!(pick(&pool[..2]), None);
    }
}
