// SPDX-License-Identifier: GPL-2.0

//! Seeded round robin: as `rr`, but the first one is not the same on all directors.
//!
//! With many directors that have few connections each, `rr` gives most of them to the server that is
//! first in everybody's list.

/// The cursor of [`slots`](super::slots) before the first choice.
pub const UNSEEDED: usize = usize::MAX;

/// The cursor with which the first choice is that of a random one of `used` slots, or what comes
/// behind it in the list. `None` if there is nothing to choose from: it is not the first choice then.
#[inline]
pub const fn start(seed: u32, used: usize) -> Option<usize> {
    if used == 0 {
        return None;
    }
    let slot = (seed as u64).wrapping_mul(used as u64).wrapping_shr(32);
    // The cursor is one more than the last slot, and that is one more than the next. Behind the last
    // slot it means the head.
    Some((slot as usize).wrapping_add(2))
}

#[cfg(test)]
mod tests {
    use super::super::{rr, Load};
    use super::*;
    use std::vec;

    /// As the module does it with the number of slots `len`.
    fn first(seed: u32, pool: &[Load]) -> Option<usize> {
        let len = pool.len();
        rr::pick(pool, len.checked_sub(start(seed, len)?)).map(|index| len - 1 - index)
    }

    #[test]
    fn each_is_first_as_often() {
        let load = Load {
            weight: 1,
            active: 0,
            total: 0,
            overloaded: false,
        };
        for len in 1_usize..9 {
            let pool = vec![load; len];
            for slot in 0..len {
                let seed = ((slot as u64) << 32).div_ceil(len as u64) as u32;
                assert_eq!(first(seed, &pool), Some(slot));
            }
            assert_eq!(first(u32::MAX, &pool), Some(len - 1));
        }
        assert_eq!(start(7, 0), None);
    }
}
