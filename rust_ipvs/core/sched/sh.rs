// SPDX-License-Identifier: GPL-2.0

//! Source hashing: a table of destinations, by the address of the client.

use super::{
    dh,
    fold::hash32,
    probe, //
};

/// How many slots the table has.
pub const SIZE: usize = dh::SIZE;

const BITS: u32 = SIZE.trailing_zeros();

/// Fills the slots with the list, again and again, each for as many slots as its weight says, and for
/// one if that is zero: calls `set` with each slot and what is in it. Returns how many slots were
/// filled: all, or none if the list is empty.
pub fn fill<T: Copy>(
    list: impl Iterator<Item = (T, i32)> + Clone,
    mut set: impl FnMut(usize, T),
) -> usize {
    let mut filled = 0_usize;
    for (item, weight) in list.cycle() {
        for _ in 0..weight.max(1) {
            set(filled, item);
            filled = filled.wrapping_add(1);
            if filled == SIZE {
                return filled;
            }
        }
    }
    filled
}

/// Picks for a client, whose [`key`](probe::key) this is. `at` says what is in a slot, `usable` whether it takes connections.
///
/// With `fallback` (the flag `sh-fallback`) other slots are tried for one that does, in an order that
/// the key alone gives.
#[inline]
pub fn pick<T>(
    key: u32,
    fallback: bool,
    at: impl Fn(usize) -> Option<T>,
    usable: impl Fn(&T) -> bool,
) -> Option<T> {
    let hash = hash32(key, BITS) as usize;
    let slot = |offset: usize| offset.wrapping_add(hash) % SIZE;
    probe::pick::<T, SIZE>(slot, fallback, at, usable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn table(list: &[(u8, i32)]) -> Vec<u8> {
        let mut table = Vec::new();
        let filled = fill(list.iter().copied(), |slot, item| {
            assert_eq!(slot, table.len());
            table.push(item);
        });
        assert_eq!(filled, table.len());
        table
    }

    #[test]
    fn slots_by_weight() {
        let slots = table(&[(7, 2), (8, 0), (9, 3)]);

        assert_eq!(slots.len(), SIZE);
        assert_eq!(slots[..8], [7, 7, 8, 9, 9, 9, 7, 7]);
        assert_eq!(table(&[(7, i32::MAX), (8, 1)]), [7; SIZE]);
        assert_eq!(table(&[]), []);
    }

    #[test]
    fn fallback() {
        let slots = table(&[(7, 1), (8, 1), (9, 1)]);
        let at = |slot: usize| slots.get(slot).copied();
        for client in 0..1000 {
            let first = pick(client, false, at, |_| true).unwrap();
            let others = |item: &u8| *item != first;

            assert_eq!(pick(client, false, at, others), None);
            let second = pick(client, true, at, others).unwrap();
            assert_ne!(second, first);
            // From twice the hash on.
            let hash = hash32(client, 8) as usize;
            let expected = (0..SIZE).map(|i| slots[(2 * hash + i) % SIZE]);
            assert_eq!(expected.into_iter().find(others), Some(second));
            assert_eq!(pick(client, true, at, |_| false), None);
        }
        assert_eq!(pick(5, true, |_| None::<u8>, |_| true), None);
    }
}
