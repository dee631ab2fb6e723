// SPDX-License-Identifier: GPL-2.0

//! Maglev hashing: a table of destinations, by the address of the client, that changes little when
//! destinations come and go.
//!
//! Each destination prefers the slots in an order of its own. One after the other they take the next
//! one that they prefer and that is free, until none is (Eisenbud and others, "Maglev: A Fast and
//! Reliable Software Network Load Balancer", 2016). All directors have the same keys and therefore
//! make the same table.

use super::{
    gcd::gcd,
    probe, //
};
use crate::hash::Key;

/// How many slots the table has, a prime number; and so many destinations at most.
pub const SIZE: usize = 4093;

const SLOTS: u32 = SIZE as u32;

/// How far it may be from one slot to the next.
const SKIPS: u32 = SLOTS - 1;

/// Shares are made smaller until the largest has so many binary digits.
const SHARE_BITS: u32 = 6;

const FIRST_KEY: Key = Key::new(2_654_435_761, 2_654_435_761);
const SECOND_KEY: Key = Key::new(2_654_446_892, 2_654_446_892);

/// A destination while the table is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seat {
    /// Whatever the caller calls it by.
    pub id: u32,
    /// Its last weight that was not zero, then its share.
    share: u32,
    /// The slot that it prefers next.
    next: u16,
    /// How far it is from one to the next.
    skip: u16,
}

impl Seat {
    /// A destination with this address, as [`fold`](super::fold::fold) sees it, and port.
    /// `last_weight` is the last weight that was not zero, or the first one.
    pub fn new(id: u32, addr: u32, port: u16, last_weight: i32) -> Self {
        let word = addr.wrapping_add(u32::from(port));
        let skip = (SECOND_KEY.hash_word(word) % SKIPS).wrapping_add(1);
        Self {
            id,
            share: last_weight.max(0) as u32,
            next: (FIRST_KEY.hash_word(word) % SLOTS) as u16,
            skip: skip as u16,
        }
    }

    /// Takes the next slot that is free. There must be one.
    fn take(&mut self, taken: &mut Taken) -> usize {
        while taken.has(self.next) {
            let next = self.next.wrapping_add(self.skip);
            self.next = match next.checked_sub(SIZE as u16) {
                Some(wrapped) => wrapped,
                None => next,
            };
        }
        taken.add(self.next);
        usize::from(self.next)
    }
}

/// Which slots are taken.
struct Taken([u64; SIZE.div_ceil(64)]);

impl Taken {
    fn has(&self, slot: u16) -> bool {
        let word = self.0.get(usize::from(slot / 64)).copied();
        word.unwrap_or(0).wrapping_shr(u32::from(slot % 64)) & 1 != 0
    }

    fn add(&mut self, slot: u16) {
        if let Some(word) = self.0.get_mut(usize::from(slot / 64)) {
            *word |= 1_u64.wrapping_shl(u32::from(slot % 64));
        }
    }
}

/// Makes the table: calls `set` with each slot and the id of its destination, once.
///
/// Returns whether there is anything to fill it with; if not, all slots are to be empty.
#[must_use]
pub fn fill(seats: &mut [Seat], mut set: impl FnMut(usize, u32)) -> bool {
    if !make_shares(seats) {
        return false;
    }
    let mut taken = Taken([0; SIZE.div_ceil(64)]);
    let mut left = SIZE;
    loop {
        for seat in &mut *seats {
            for _ in 0..seat.share {
                let slot = seat.take(&mut taken);
                set(slot, seat.id);
                left = left.wrapping_sub(1);
                if left == 0 {
                    return true;
                }
            }
        }
    }
}

/// Makes shares of weights. Returns whether there are any.
fn make_shares(seats: &mut [Seat]) -> bool {
    let divisor = seats.iter().fold(0, |sum, seat| gcd(sum, seat.share));
    let divide = |share: u32| share.checked_div(divisor).unwrap_or(0);
    let highest = seats.iter().map(|seat| seat.share).max().map_or(0, divide);
    let bits = u32::BITS.wrapping_sub(highest.leading_zeros());
    let shift = bits.saturating_sub(SHARE_BITS);
    for seat in &mut *seats {
        let least = u32::from(seat.share != 0);
        seat.share = divide(seat.share).wrapping_shr(shift).max(least);
    }
    divisor != 0
}

/// Picks for a client, whose [`key`](probe::key) this is. `at` says what is in a slot, `usable` whether it takes connections.
///
/// With `fallback` (the flag `mh-fallback`) other slots are tried for one that does, in an order that
/// the key alone gives.
#[inline]
pub fn pick<T>(
    key: u32,
    fallback: bool,
    at: impl Fn(usize) -> Option<T>,
    usable: impl Fn(&T) -> bool,
) -> Option<T> {
    let slot = |offset: usize| {
        let word = key.wrapping_add(offset as u32);
        FIRST_KEY.hash_word(word) as usize % SIZE
    };
    probe::pick::<T, SIZE>(slot, fallback, at, usable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn table(weights: &[(u32, i32)]) -> Vec<Option<u32>> {
        let seat = |&(id, weight): &(u32, i32)| Seat::new(id, 0x0a01_0000 + id, 80, weight);
        let mut seats: Vec<_> = weights.iter().map(seat).collect();
        let mut table = vec![None; SIZE];
        let filled = fill(&mut seats, |slot, id| {
            assert_eq!(table[slot].replace(id), None);
        });
        assert_eq!(filled, table.iter().all(Option::is_some));
        assert!(filled || table.iter().all(Option::is_none));
        table
    }

    fn share(table: &[Option<u32>], id: u32) -> usize {
        table.iter().filter(|&&slot| slot == Some(id)).count()
    }

    #[test]
    fn equal_weights_have_equal_shares() {
        let list: Vec<_> = (0..7).map(|id| (id, 5)).collect();
        let table = table(&list);
        for id in 0..7 {
            assert!(share(&table, id).abs_diff(SIZE / 7) <= 1);
        }
    }

    #[test]
    fn shares_by_weight() {
        let table = table(&[(0, 100), (1, 200), (2, 0), (3, 100)]);

        assert!(share(&table, 1).abs_diff(SIZE / 2) <= 2);
        assert!(share(&table, 0).abs_diff(SIZE / 4) <= 2);
        assert_eq!(share(&table, 2), 0);
    }

    #[test]
    fn huge_weights_are_cut_to_six_digits() {
        // 2^30 - 1 is 63 then, and 1 stays 1.
        let table = table(&[(0, (1 << 30) - 1), (1, 1)]);

        assert!(share(&table, 1).abs_diff(SIZE / 64) <= 1);
    }

    #[test]
    fn nothing_to_fill_it_with() {
        table(&[]);
        table(&[(0, 0), (1, 0)]);
    }

    #[test]
    fn as_many_destinations_as_slots() {
        let list: Vec<_> = (0..SIZE as u32).map(|id| (id, 1)).collect();
        let table = table(&list);

        assert!(list.iter().all(|&(id, _)| share(&table, id) == 1));
    }

    /// What is removed gives its slots away; of those of the others few change.
    #[test]
    fn a_removal_moves_little() {
        let list: Vec<_> = (0..20).map(|id| (id, 1)).collect();
        let before = table(&list);
        for gone in 0..20 {
            let rest: Vec<_> = list.iter().copied().filter(|&(id, _)| id != gone).collect();
            let after = table(&rest);
            let moved = before
                .iter()
                .zip(&after)
                .filter(|(old, new)| **old != Some(gone) && old != new)
                .count();

            assert_eq!(share(&after, gone), 0);
            assert!(moved < SIZE / 10, "{moved} of {SIZE} moved");
        }
    }

    #[test]
    fn fallback() {
        let slots = table(&[(7, 1), (8, 1), (9, 1)]);
        let at = |slot: usize| slots.get(slot).copied().flatten();
        for client in 0..500 {
            let first = pick(client, false, at, |_| true).unwrap();
            let others = |item: &u32| *item != first;

            assert_eq!(pick(client, false, at, others), None);
            assert!(pick(client, true, at, others).is_some_and(|second| second != first));
        }
        assert_eq!(pick(1, true, at, |_| false), None);
        assert_eq!(pick(1, true, |_| None::<u32>, |_| true), None);
    }
}
