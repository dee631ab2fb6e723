// SPDX-License-Identifier: GPL-2.0

//! Destination hashing: a table of destinations, by the address that the packet was sent to.

use super::fold::hash32;

/// How many slots the table has.
pub const SIZE: usize = 256;

const BITS: u32 = SIZE.trailing_zeros();

/// Fills the slots with the list, again and again, whatever the weights: calls `set` with each slot
/// and what is in it. Returns how many slots were filled: all, or none if the list is empty.
pub fn fill<T>(list: impl Iterator<Item = T> + Clone, mut set: impl FnMut(usize, T)) -> usize {
    let mut filled = 0;
    for (slot, item) in (0..SIZE).zip(list.cycle()) {
        set(slot, item);
        filled = SIZE;
    }
    filled
}

/// The slot for packets to an address, as [`fold`](super::fold::fold) sees it.
#[inline]
pub const fn slot(addr: u32) -> usize {
    hash32(addr, BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn slots_go_around() {
        let mut table: Vec<u8> = Vec::new();
        let filled = fill([7, 8, 9].into_iter(), |slot, item| {
            assert_eq!(slot, table.len());
            table.push(item);
        });

        assert_eq!((filled, table.len()), (SIZE, SIZE));
        assert_eq!(table[..5], [7, 8, 9, 7, 8]);
        assert_eq!(table[255], 7);
        assert_eq!(fill([0u8; 0].into_iter(), |_, _| ()), 0);
    }

    #[test]
    fn every_address_has_a_slot() {
        for addr in [0, 1, 0xc000_0201, u32::MAX] {
            assert!(slot(addr) < SIZE);
        }
        assert_ne!(slot(0xc000_0201), slot(0xc000_0202));
    }
}
