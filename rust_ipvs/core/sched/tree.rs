// SPDX-License-Identifier: GPL-2.0

//! A tree over the slots of a list, each node of which sums up the slots below it.
//!
//! It is kept in an array: the root is at 1, the children of `i` at `2 * i` and `2 * i + 1`, and the
//! leaves, of which there is a power of two, in the second half, in the order of the slots. To change
//! one slot takes as many steps as the number of slots has binary digits, or fewer.

/// What a node says of the slots below it.
pub trait Summary: Copy + PartialEq {
    /// Of a slot in which there is nothing.
    const EMPTY: Self;

    /// Of two neighbouring groups of slots, of which the second has the higher numbers and therefore
    /// comes first in the list of the service.
    fn join(older: Self, newer: Self) -> Self;
}

/// How many nodes the array of a tree of `slots` slots has. Those that are not set are to be
/// [`Summary::EMPTY`].
pub const fn nodes(slots: usize) -> usize {
    match slots.checked_next_power_of_two() {
        Some(leaves) => leaves.saturating_mul(2),
        None => 0,
    }
}

/// Sets what is in a slot.
#[inline]
pub fn set<S: Summary>(nodes: &mut [S], slot: usize, value: S) {
    let leaves = nodes.len() / 2;
    if slot >= leaves {
        return;
    }
    let mut at = leaves.wrapping_add(slot);
    let mut value = value;
    loop {
        match nodes.get_mut(at) {
            Some(node) if *node != value => *node = value,
            // Nothing changes above it.
            _ => return,
        }
        if at <= 1 {
            return;
        }
        let Some(&other) = nodes.get(at ^ 1) else {
            return;
        };
        value = match at & 1 {
            0 => S::join(value, other),
            _ => S::join(other, value),
        };
        at /= 2;
    }
}

/// What is in a slot.
#[inline]
pub fn leaf<S: Summary>(nodes: &[S], slot: usize) -> S {
    let leaves = nodes.len() / 2;
    match slot < leaves {
        true => nodes.get(leaves.wrapping_add(slot)).copied(),
        false => None,
    }
    .unwrap_or(S::EMPTY)
}

/// Sets what is in a slot, for [`build`] to follow.
pub fn place<S: Summary>(nodes: &mut [S], slot: usize, value: S) {
    let leaves = nodes.len() / 2;
    if slot < leaves {
        if let Some(node) = nodes.get_mut(leaves.wrapping_add(slot)) {
            *node = value;
        }
    }
}

/// Sums up all slots.
pub fn build<S: Summary>(nodes: &mut [S]) {
    for at in (1..nodes.len() / 2).rev() {
        let left = at.wrapping_mul(2);
        let (Some(&older), Some(&newer)) = (nodes.get(left), nodes.get(left | 1)) else {
            return;
        };
        if let Some(node) = nodes.get_mut(at) {
            *node = S::join(older, newer);
        }
    }
}

/// The summary of all slots.
#[inline]
pub fn root<S: Summary>(nodes: &[S]) -> S {
    nodes.get(1).copied().unwrap_or(S::EMPTY)
}

/// The highest slot below `end` that `wanted` accepts. What it accepts of a group of slots it must
/// accept of one of them at least.
#[inline]
pub fn last_before<S: Summary>(
    nodes: &[S],
    end: usize,
    wanted: impl Fn(&S) -> bool,
) -> Option<usize> {
    let leaves = nodes.len() / 2;
    let accepts = |at: usize| nodes.get(at).is_some_and(&wanted);
    let mut at = match end < leaves {
        true => leaves.wrapping_add(end),
        false => 0,
    };
    if at == 0 {
        at = 1;
        if !accepts(at) {
            return None;
        }
    } else {
        // Up, until there is something in the subtree to the left.
        while at & 1 == 0 || !accepts(at ^ 1) {
            at /= 2;
            // To the left of the root there is nothing.
            if at <= 1 {
                return None;
            }
        }
        at ^= 1;
    }
    // Down, to the right as long as there is something.
    while at < leaves {
        at = at.wrapping_mul(2) | 1;
        if !accepts(at) {
            at ^= 1;
        }
    }
    at.checked_sub(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    impl Summary for u32 {
        const EMPTY: Self = 0;

        fn join(older: Self, newer: Self) -> Self {
            older.max(newer)
        }
    }

    fn random(state: &mut u32, below: u32) -> u32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) % below
    }

    #[test]
    fn is_always_what_building_it_anew_gives() {
        let mut state = 7;
        for slots in [0_usize, 1, 2, 3, 5, 8, 33, 100] {
            let mut tree = vec![0u32; nodes(slots)];
            let mut plain = vec![0u32; slots];
            for _ in 0..500 {
                if slots > 0 {
                    let slot = random(&mut state, slots as u32) as usize;
                    plain[slot] = random(&mut state, 50);
                    set(&mut tree, slot, plain[slot]);
                }
                assert_eq!(root(&tree), plain.iter().copied().max().unwrap_or(0));
                let mut anew = vec![0u32; nodes(slots)];
                for (slot, &value) in plain.iter().enumerate() {
                    place(&mut anew, slot, value);
                }
                build(&mut anew);
                assert_eq!(anew[1..], tree[1..]);

                for (slot, &value) in plain.iter().enumerate() {
                    assert_eq!(leaf(&tree, slot), value);
                }

                let end = random(&mut state, slots as u32 + 2) as usize;
                let least = 1 + random(&mut state, 50);
                let expected = plain.iter().take(end).rposition(|&value| value >= least);
                assert_eq!(last_before(&tree, end, |&node| node >= least), expected);
            }
        }
    }

    #[test]
    fn an_empty_array_is_an_empty_tree() {
        let mut none: Vec<u32> = Vec::new();
        set(&mut none, 0, 5);
        build(&mut none);

        assert_eq!(root(&none), 0);
        assert_eq!(last_before(&none, 3, |_| true), None);
    }

    #[test]
    fn beyond_the_end() {
        let mut tree = vec![0u32; nodes(4)];
        set(&mut tree, 4, 5);
        set(&mut tree, usize::MAX, 5);

        assert_eq!(root(&tree), 0);
        assert_eq!(leaf(&tree, 4), 0);
        assert_eq!(leaf(&tree, usize::MAX), 0);
    }
}
