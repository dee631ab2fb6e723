// SPDX-License-Identifier: GPL-2.0

//! What `p2c` draws from: the destinations of a pool by weight.
//!
//! Written under `Netns::control`; packets draw without a lock.

use ipvs_core::sched::classes::{
    self,
    Classes,
    Draw,
    CLASSES, //
};
use kernel::{
    prelude::*,
    sync::atomic::Atomic, //
};
use linux_ext::sync::access::AccessOnce;

struct Word(Atomic<u32>);

impl classes::Word for Word {
    #[inline(always)]
    fn get(&self) -> u32 {
        self.0.read_once()
    }

    #[inline(always)]
    fn set(&self, value: u32) {
        self.0.write_once(value);
    }
}

/// The slots of a pool by weight.
pub(super) struct Lottery {
    ends: [Word; CLASSES],
    list: KVVec<Word>,
    places: KVVec<Word>,
}

impl Lottery {
    /// Of `capacity` slots without weights.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(capacity: usize) -> Result<KBox<Self>> {
        let zero = || Word(Atomic::new(0));
        let words = || -> Result<KVVec<Word>> {
            let mut words = KVVec::with_capacity(capacity, GFP_KERNEL)?;
            for _ in 0..capacity {
                // There is room for it.
                let _ = words.push_within_capacity(zero());
            }
            Ok(words)
        };
        let lottery = Self {
            ends: core::array::from_fn(|_| zero()),
            list: words()?,
            places: words()?,
        };
        lottery.classes().clear();
        Ok(KBox::new(lottery, GFP_KERNEL)?)
    }

    #[inline]
    fn classes(&self) -> Classes<'_, Word> {
        Classes {
            ends: &self.ends,
            list: &self.list,
            places: &self.places,
        }
    }

    /// Sets the weight of a slot.
    pub(super) fn set(&self, slot: usize, weight: i32) {
        self.classes().set(slot, weight);
    }

    /// Draws a slot by weight.
    #[inline]
    pub(super) fn draw(&self, random: u64) -> Option<Draw> {
        self.classes().draw(random)
    }
}
