// SPDX-License-Identifier: GPL-2.0

//! Going through all items of a table.
//!
//! The order is that of the hash of the first node and, where it is the same, of the address. It
//! does not depend on the size of the table. So a walk that goes on after a pause misses nothing
//! that was there all the time, and gives nothing twice, whatever happened to the table meanwhile.

use super::{
    buckets::{end, follow, RawBuckets, Slot},
    *,
};

/// Where a walk of a table stands: behind all items up to this one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    hash: u32,
    addr: usize,
}

impl Position {
    const END: Self = Self {
        hash: u32::MAX,
        addr: usize::MAX,
    };

    /// The position as two numbers.
    pub fn into_raw(self) -> [usize; 2] {
        [self.hash as usize, self.addr]
    }

    /// The position that [`Position::into_raw`] gave; any other numbers are just another place.
    pub fn from_raw(raw: [usize; 2]) -> Self {
        Self {
            hash: raw[0] as u32,
            addr: raw[1],
        }
    }
}

/// How long chains are: how many are empty, have one node, and so on; the last number is of all
/// that have seven or more.
pub type Lengths = [u32; 8];

/// So many chains are looked at in one section.
const STRIDE: usize = 1024;

/// So often the lengths are counted again, if the array changes under it.
const ATTEMPTS: usize = 5;

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Table<T, N, LOCKS> {
    /// Returns the first item after `position`, and moves `position` there.
    pub fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, T>> {
        loop {
            let current = self.current.get();
            // SAFETY: By the type invariants: the array was found during the section.
            let occupied = unsafe { current.first_occupied(position.hash) };
            // As in `find()`. Without a newer array, there was nothing in the chains before that one.
            read_barrier();
            if self.newest.get() == current {
                let Some(hash) = occupied else {
                    *position = Position::END;
                    return None;
                };
                if hash != position.hash {
                    *position = Position { hash, addr: 0 };
                }
            }
            let mut last = current.last(position.hash);
            let mut best = None;
            // SAFETY: By the type invariants: the array was found during the section.
            let slot = unsafe { current.slot(position.hash) };
            Self::first_after(slot, *position, &mut best);
            // As in `find()`.
            read_barrier();
            let newest = self.newest.get();
            if newest != current {
                last = last.min(newest.last(position.hash));
                // SAFETY: As above.
                let slot = unsafe { newest.slot(position.hash) };
                Self::first_after(slot, *position, &mut best);
            }
            // Beyond `last` there may be an earlier one in the chain after the shorter of the two.
            if let Some((found, item)) = best.filter(|(found, _)| found.hash <= last) {
                *position = found;
                // SAFETY: It was linked during the read-side section.
                return Some(unsafe { RcuRef::from_raw(item, reader) });
            }
            let Some(hash) = last.checked_add(1) else {
                *position = Position::END;
                return None;
            };
            *position = Position { hash, addr: 0 };
        }
    }

    /// Looks for the first item after `position` in a chain, if it comes before `best`.
    fn first_after(slot: &Slot, position: Position, best: &mut Option<(Position, NonNull<T>)>) {
        loop {
            let mut link = slot.read_once();
            // SAFETY: Read from a slot or a node.
            while let Some(ptr) = unsafe { follow(link) } {
                // SAFETY: By the type invariants and because the caller is in a read-side section.
                let node = unsafe { ptr.as_ref() };
                if node.side == 0 {
                    // SAFETY: It is node zero of an item.
                    let item = unsafe { Self::item(ptr, 0) };
                    let here = Position {
                        hash: node.hash.read_once(),
                        addr: item.addr().get(),
                    };
                    if here > position && best.is_none_or(|(found, _)| here < found) {
                        *best = Some((here, item));
                    }
                }
                link = node.next.read_once();
            }
            if link == end(slot) {
                return;
            }
        }
    }

    /// Counts the chains of each length, with all nodes; both arrays, if the size changes.
    ///
    /// Nothing if it changes all the time. `pause` is called now and then, outside of the read-side
    /// sections of this function; it may sleep if the caller may.
    pub fn lengths(&self, pause: impl Fn()) -> Option<Lengths> {
        (0..ATTEMPTS).find_map(|_| {
            let arrays = (self.current.get(), self.newest.get());
            let mut lengths = Lengths::default();
            self.add_lengths(arrays, arrays.0, &mut lengths, &pause)?;
            if arrays.1 != arrays.0 {
                self.add_lengths(arrays, arrays.1, &mut lengths, &pause)?;
            }
            Some(lengths)
        })
    }

    /// Counts the chains of one of the two arrays, as long as these are what the table has.
    fn add_lengths(
        &self,
        arrays: (RawBuckets, RawBuckets),
        buckets: RawBuckets,
        lengths: &mut Lengths,
        pause: &impl Fn(),
    ) -> Option<()> {
        let mut hash = Some(0);
        while hash.is_some() {
            pause();
            let _guard = rcu::read_lock();
            if (self.current.get(), self.newest.get()) != arrays {
                return None;
            }
            for _ in 0..STRIDE {
                let Some(first) = hash else {
                    break;
                };
                // SAFETY: By the type invariants: the array was found during the section.
                let slot = unsafe { buckets.slot(first) };
                if let Some(count) = lengths.get_mut(Self::length(slot)) {
                    *count = count.wrapping_add(1);
                }
                hash = buckets.last(first).checked_add(1);
            }
        }
        Some(())
    }

    /// The length of a chain, up to seven.
    fn length(slot: &Slot) -> usize {
        let mut link = slot.read_once();
        let mut length = 0usize;
        // SAFETY: Read from a slot or a node.
        while let Some(ptr) = unsafe { follow(link) } {
            length = length.wrapping_add(1);
            if length == 7 {
                break;
            }
            // SAFETY: By the type invariants and because the caller is in a read-side section.
            link = unsafe { ptr.as_ref() }.next.read_once();
        }
        length
    }
}
