// SPDX-License-Identifier: GPL-2.0

//! Choosing slots at random by weight, in a time that does not depend on how many there are.
//!
//! Slots are sorted into classes: those of class `c` have weights above 2^(c-1), up to 2^c. All slots
//! are in one list, class after class. First a class is drawn, by 2^c for each slot in it, then one of
//! its slots, which is taken with the probability `weight / 2^c`; otherwise all is drawn anew. To move
//! a slot into another class takes one swap for each class between them.
//!
//! One at a time may change the list while others draw from it. Every place always holds some slot, so
//! those see a mixture of old and new at worst.

/// Number of classes.
pub const CLASSES: usize = 32;

/// The place of a slot that is in no class.
const NOWHERE: u32 = u32::MAX;

/// A number that others read while it is written.
pub trait Word {
    /// Its value.
    fn get(&self) -> u32;

    /// Sets its value.
    fn set(&self, value: u32);
}

/// The list. What memory it is in is up to who has it.
pub struct Classes<'a, W> {
    /// Where each class ends.
    pub ends: &'a [W; CLASSES],
    /// The slots, class after class.
    pub list: &'a [W],
    /// Where each slot is in the list.
    pub places: &'a [W],
}

/// The class of a weight, if it is positive.
#[inline]
fn class(weight: i32) -> Option<usize> {
    let above = u32::try_from(weight).ok()?.checked_sub(1)?;
    Some(u32::BITS.wrapping_sub(above.leading_zeros()) as usize)
}

impl<W: Word> Classes<'_, W> {
    /// An empty list. [`set`](Self::set) is to be called for each slot that has a weight.
    pub fn clear(&self) {
        for end in self.ends {
            end.set(0);
        }
        for place in self.places {
            place.set(NOWHERE);
        }
    }

    #[inline]
    fn end(&self, class: usize) -> u32 {
        self.ends.get(class).map_or(0, W::get)
    }

    #[inline]
    fn start(&self, class: usize) -> u32 {
        class.checked_sub(1).map_or(0, |before| self.end(before))
    }

    fn move_end(&self, class: usize, by: i32) {
        if let Some(end) = self.ends.get(class) {
            end.set(end.get().wrapping_add_signed(by));
        }
    }

    /// Puts `slot` where it is to be from now on.
    fn put(&self, place: u32, slot: u32) {
        if let (Some(there), Some(of_slot)) = (
            self.list.get(place as usize),
            self.places.get(slot as usize),
        ) {
            there.set(slot);
            of_slot.set(place);
        }
    }

    /// Moves what is in one place to another.
    fn shift(&self, from: u32, to: u32) {
        if let Some(slot) = self.list.get(from as usize) {
            if from != to {
                self.put(to, slot.get());
            }
        }
    }

    /// Sets the weight of a slot; one without a positive weight is never drawn.
    pub fn set(&self, slot: usize, weight: i32) {
        let Some(place) = self.places.get(slot).map(W::get) else {
            return;
        };
        let old = match place {
            NOWHERE => None,
            place => (0..CLASSES).find(|&class| place < self.end(class)),
        };
        let new = class(weight);
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.take_out(slot, place, old);
        }
        if let Some(new) = new {
            self.put_in(slot, new);
        }
    }

    /// The last one of each class takes the place that has become free before it.
    fn take_out(&self, slot: usize, place: u32, class: usize) {
        let mut free = place;
        for class in class..CLASSES {
            let last = self.end(class).wrapping_sub(1);
            if last >= self.start(class) && last != u32::MAX {
                self.shift(last, free);
                free = last;
            }
            self.move_end(class, -1);
        }
        if let Some(place) = self.places.get(slot) {
            place.set(NOWHERE);
        }
    }

    /// The first one of each class behind it goes to its end.
    fn put_in(&self, slot: usize, class: usize) {
        for behind in (class..CLASSES).rev() {
            let end = self.end(behind);
            if behind == class {
                self.put(end, slot as u32);
            } else {
                self.shift(self.start(behind), end);
            }
            self.move_end(behind, 1);
        }
    }

    /// Draws a slot. `accepts` is asked whether the slot has the weight to take a number below 2^c,
    /// given with more random bits; that is so if the number is below its weight.
    #[inline]
    pub fn draw(&self, random: u64) -> Option<Draw> {
        let mut start = 0_u32;
        let mut total = 0_u64;
        for (class, end) in self.ends.iter().enumerate() {
            let end = end.get();
            let count = u64::from(end.saturating_sub(start));
            total = total.saturating_add(count.wrapping_shl(class as u32));
            start = start.max(end);
        }
        let mut left = below(total, random);
        start = 0;
        for (class, end) in self.ends.iter().enumerate() {
            let end = end.get();
            let size = u64::from(end.saturating_sub(start)).wrapping_shl(class as u32);
            if left < size {
                let index = start.wrapping_add(left.wrapping_shr(class as u32) as u32);
                let slot = self.list.get(index as usize)?.get();
                let mask = 1_u64.wrapping_shl(class as u32).wrapping_sub(1);
                return Some(Draw {
                    slot: slot as usize,
                    number: (left & mask) as u32,
                });
            }
            left = left.wrapping_sub(size);
            start = start.max(end);
        }
        None
    }
}

/// A number below `limit` made of a random one.
#[inline]
const fn below(limit: u64, random: u64) -> u64 {
    (limit as u128)
        .wrapping_mul(random as u128)
        .wrapping_shr(64) as u64
}

/// A slot that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Which one.
    pub slot: usize,
    /// It is to be taken if its weight is above this.
    pub number: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use std::vec;
    use std::vec::Vec;

    impl Word for Cell<u32> {
        fn get(&self) -> u32 {
            Cell::get(self)
        }

        fn set(&self, value: u32) {
            Cell::set(self, value);
        }
    }

    struct Memory {
        ends: [Cell<u32>; CLASSES],
        list: Vec<Cell<u32>>,
        places: Vec<Cell<u32>>,
        weights: Vec<i32>,
    }

    impl Memory {
        fn new(len: usize) -> Self {
            let memory = Self {
                ends: core::array::from_fn(|_| Cell::new(7)),
                list: vec![Cell::new(0); len],
                places: vec![Cell::new(0); len],
                weights: vec![0; len],
            };
            memory.classes().clear();
            memory
        }

        fn classes(&self) -> Classes<'_, Cell<u32>> {
            Classes {
                ends: &self.ends,
                list: &self.list,
                places: &self.places,
            }
        }

        fn set(&mut self, slot: usize, weight: i32) {
            self.weights[slot] = weight;
            self.classes().set(slot, weight);
        }

        fn check(&self) {
            let mut start = 0;
            let mut seen = 0;
            for (number, end) in self.ends.iter().enumerate() {
                for place in start..end.get() {
                    let slot = self.list[place as usize].get() as usize;
                    assert_eq!(self.places[slot].get(), place);
                    assert_eq!(class(self.weights[slot]), Some(number));
                    seen += 1;
                }
                start = end.get();
            }
            let positive = self.weights.iter().filter(|&&weight| weight > 0).count();
            assert_eq!(seen, positive);
        }
    }

    fn random(state: &mut u64) -> u64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state ^ (*state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd)
    }

    #[test]
    fn classes_of_weights() {
        assert_eq!(class(0), None);
        assert_eq!(class(-5), None);
        for (weight, expected) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (i32::MAX, 31)] {
            assert_eq!(class(weight), Some(expected));
        }
    }

    #[test]
    fn each_slot_is_where_it_belongs() {
        let mut state = 5;
        for len in [1, 2, 7, 40] {
            let mut memory = Memory::new(len);
            for _ in 0..3000 {
                let slot = (random(&mut state) >> 32) as usize % len;
                let weight = (random(&mut state) >> 33) as i32 >> (random(&mut state) >> 59);
                memory.set(slot, weight);
                memory.check();
            }
            memory.classes().set(len, 5);
            memory.check();
        }
    }

    #[test]
    fn by_weight() {
        let weights = [1, 2, 3, 0, 100, 7, 64];
        let mut memory = Memory::new(weights.len());
        for (slot, &weight) in weights.iter().enumerate() {
            memory.set(slot, weight);
        }
        let mut state = 1;
        let mut taken = [0_u32; 7];
        let mut tries = 0;
        while taken.iter().sum::<u32>() < 177_000 {
            let draw = memory.classes().draw(random(&mut state)).unwrap();
            tries += 1;
            if (draw.number as i32) < weights[draw.slot] {
                taken[draw.slot] += 1;
            }
        }
        // Half of them are taken at least.
        assert!(tries < 2 * 177_000);
        for (count, weight) in taken.into_iter().zip(weights) {
            let expected = 1000 * weight as u32;
            // Five standard deviations.
            assert!(
                count.abs_diff(expected) <= 5 * expected.isqrt(),
                "{taken:?}"
            );
        }
    }

    #[test]
    fn nothing_to_draw() {
        let mut memory = Memory::new(2);
        assert_eq!(memory.classes().draw(0), None);
        memory.set(1, 1);
        for random in [0, 1 << 63, u64::MAX] {
            let draw = memory.classes().draw(random);
            assert_eq!(draw, Some(Draw { slot: 1, number: 0 }));
        }
        memory.set(1, 0);
        assert_eq!(memory.classes().draw(u64::MAX), None);
        assert_eq!(Memory::new(0).classes().draw(1), None);
    }

    #[test]
    fn the_largest_weights() {
        let mut memory = Memory::new(64);
        for slot in 0..64 {
            memory.set(slot, i32::MAX);
        }
        let draw = memory.classes().draw(u64::MAX).unwrap();
        assert_eq!((draw.slot, draw.number), (63, (1 << 31) - 1));
    }
}
