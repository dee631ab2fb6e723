// SPDX-License-Identifier: GPL-2.0

//! A list of slots that RCU readers walk without locks while it is filled and emptied.

use super::{
    access::AccessOnce,
    rcu::Reader,
    rcu_arc::{RcuArc, RcuRef},
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    alloc::{AllocError, Flags},
    prelude::*,
    sync::atomic::{Atomic, Full, Release},
};

/// Slots for objects, of which a fixed number can be taken, one after the other. A slot that was
/// emptied stays empty.
///
/// # Invariants
///
/// Each slot is null or from [`RcuArc::into_raw`], and then owns that count.
pub struct RcuVec<T: Send + Sync + 'static> {
    slots: KVVec<Atomic<*mut T>>,
    /// How many slots were taken.
    used: Atomic<usize>,
    _p: PhantomData<RcuArc<T>>,
}

// SAFETY: It is a container of `RcuArc<T>`, which is `Send`.
unsafe impl<T: Send + Sync + 'static> Send for RcuVec<T> {}
// SAFETY: Shared access hands out `RcuRef<T>`, and `RcuArc<T>` to one caller only.
unsafe impl<T: Send + Sync + 'static> Sync for RcuVec<T> {}

impl<T: Send + Sync + 'static> RcuVec<T> {
    /// Allocates a list of `capacity` slots.
    pub fn with_capacity(capacity: usize, flags: Flags) -> Result<Self, AllocError> {
        let mut slots = KVVec::with_capacity(capacity, flags)?;
        for _ in 0..capacity {
            // There is room for it.
            slots
                .push_within_capacity(Atomic::new(core::ptr::null_mut()))
                .map_err(|_| AllocError)?;
        }
        // INVARIANT: All are null.
        Ok(Self {
            slots,
            used: Atomic::new(0),
            _p: PhantomData,
        })
    }

    /// Number of slots that were taken, including those that were emptied. Never goes down.
    #[inline]
    pub fn used(&self) -> usize {
        self.used.read_once()
    }

    /// Whether [`RcuVec::push`] has a slot left.
    pub fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// How many slots [`RcuVec::push`] has left.
    pub fn room(&self) -> usize {
        self.slots.len().saturating_sub(self.used())
    }

    /// What is in a slot. A slot that has just been taken may still look empty.
    #[inline]
    pub fn get<'rcu>(&self, slot: usize, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, T>> {
        let ptr = NonNull::new(self.slots.get(slot)?.read_once())?;
        // SAFETY: By the type invariants, the slot owned a count when it was read, which was during
        // `'rcu`.
        Some(unsafe { RcuRef::from_raw(ptr, reader) })
    }

    /// All slots that are not empty, with their numbers.
    #[inline]
    pub fn iter<'a, 'rcu: 'a>(
        &'a self,
        reader: Reader<'rcu>,
    ) -> impl DoubleEndedIterator<Item = (usize, RcuRef<'rcu, T>)> + Clone + 'a {
        (0..self.used()).filter_map(move |slot| Some((slot, self.get(slot, reader)?)))
    }

    /// What is in the slots that are not empty.
    #[inline]
    pub fn values<'a, 'rcu: 'a>(
        &'a self,
        reader: Reader<'rcu>,
    ) -> impl DoubleEndedIterator<Item = RcuRef<'rcu, T>> + Clone + 'a {
        let used = self.slots.get(..self.used()).unwrap_or_default();
        used.iter().filter_map(move |slot| {
            let ptr = NonNull::new(slot.read_once())?;
            // SAFETY: As in `get()`.
            Some(unsafe { RcuRef::from_raw(ptr, reader) })
        })
    }

    /// Whether a slot is not empty.
    #[inline]
    pub fn is_occupied(&self, slot: usize) -> bool {
        self.slots
            .get(slot)
            .is_some_and(|slot| !slot.read_once().is_null())
    }

    /// Takes the next slot for `item` and returns which one it is. Gives `item` back if there is none
    /// left, or if somebody else does the same at this moment.
    pub fn push(&self, item: RcuArc<T>) -> Result<usize, RcuArc<T>> {
        let next = self.used();
        let Some(slot) = self.slots.get(next) else {
            return Err(item);
        };
        let ptr = RcuArc::into_raw(item);
        // INVARIANT: If it was null, it owns the count from now on.
        if slot
            .cmpxchg(core::ptr::null_mut(), ptr.as_ptr(), Full)
            .is_err()
        {
            // SAFETY: It came from `into_raw` above, and the slot has not taken it.
            return Err(unsafe { RcuArc::from_raw(ptr) });
        }
        self.used.store(next.wrapping_add(1), Release);
        Ok(next)
    }

    /// Empties a slot.
    pub fn take(&self, slot: usize) -> Option<RcuArc<T>> {
        // INVARIANT: Null owns nothing; the count goes to the returned value.
        let old = self.slots.get(slot)?.xchg(core::ptr::null_mut(), Full);
        // SAFETY: By the type invariants, and nobody else got it from the exchange.
        Some(unsafe { RcuArc::from_raw(NonNull::new(old)?) })
    }
}

impl<T: Send + Sync + 'static> Drop for RcuVec<T> {
    fn drop(&mut self) {
        for slot in &self.slots {
            let item = NonNull::new(slot.read_once());
            // SAFETY: By the type invariants, and nobody else takes anything out of a list that goes.
            drop(item.map(|ptr| unsafe { RcuArc::from_raw(ptr) }));
        }
    }
}
