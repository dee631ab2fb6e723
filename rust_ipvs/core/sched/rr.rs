// SPDX-License-Identifier: GPL-2.0

//! Round robin: each in turn.

use super::{
    Pool,
    Server, //
};

/// Picks the next usable destination behind `last`, the one picked before.
///
/// Goes around once at most and ends with `last` itself. Starts at the head if nothing was picked
/// yet. When the destination at `last` is removed, its predecessor takes its place as `last` (none, if
/// it was the head); when one is added at the head, `last` moves on by one with its destination.
#[inline]
pub fn pick<P: Pool + ?Sized>(pool: &P, last: Option<usize>) -> Option<usize> {
    let len = pool.len();
    let start = match last {
        Some(last) => last.saturating_add(1).min(len),
        None => 0,
    };
    let usable = |&index: &usize| pool.get(index).is_some_and(|load| load.is_usable());

    (start..len).chain(0..start).find(usable)
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;
    use std::vec::Vec;

    fn pool(weights: &[i32]) -> Vec<Load> {
        let load = |&weight| Load {
            weight,
            active: 0,
            total: 0,
            overloaded: false,
        };
        weights.iter().map(load).collect()
    }

    fn picks(pool: &[Load], count: usize) -> Vec<Option<usize>> {
        let mut last = None;
        (0..count)
            .map(|_| {
                let pick = pick(pool, last);
                last = pick.or(last);
                pick
            })
            .collect()
    }

    #[test]
    fn each_in_turn_from_the_head() {
        let pool = pool(&[1, 5, 1]);

        assert_eq!(
            picks(&pool, 5),
            [Some(0), Some(1), Some(2), Some(0), Some(1)]
        );
    }

    #[test]
    fn passes_what_is_not_usable() {
        let mut pool = pool(&[0, 1, 1, 1, -1]);
        pool[2].overloaded = true;

        assert_eq!(picks(&pool, 4), [Some(1), Some(3), Some(1), Some(3)]);
    }

    #[test]
    fn the_lap_ends_with_the_one_picked_last() {
        let pool = pool(&[0, 1, 0]);

        assert_eq!(pick(&pool[..], Some(1)), Some(1));
    }

    #[test]
    fn nothing_to_pick() {
        assert_eq!(pick(&pool(&[])[..], None), None);
        assert_eq!(pick(&pool(&[0, 0])[..], None), None);
        assert_eq!(pick(&pool(&[0, 0])[..], Some(1)), None);
    }

    #[test]
    fn a_cursor_behind_the_end_starts_at_the_head() {
        assert_eq!(pick(&pool(&[1, 1])[..], Some(2)), Some(0));
        assert_eq!(pick(&pool(&[1, 1])[..], Some(usize::MAX)), Some(0));
    }
}
