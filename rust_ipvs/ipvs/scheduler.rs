// SPDX-License-Identifier: GPL-2.0

//! What a service schedules with: its destinations and the state of its scheduler.

use super::service::dest::Dest;
use ipvs_core::sched::{
    self,
    rr,
    slots,
    wlc,
    Kind,
    Load, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
};
use linux_ext::sync::{
    access::AccessOnce,
    rcu::Reader,
    rcu_arc::{
        RcuArc,
        RcuRef, //
    },
    rcu_vec::RcuVec,
};

/// The destinations of a service and its scheduler.
///
/// Destinations come and go in place, as `ipvs_core::sched::slots` says; another scheduler, or a
/// copy of the list, makes a new pool. Written under `Netns::control`.
pub(crate) struct Pool {
    /// No other pool of the namespace has or had it; not 0.
    id: usize,
    kind: Option<Kind>,
    /// The newest last: schedulers see the list from its end, as the newest comes first for them.
    dests: RcuVec<Dest>,
    /// How many slots are not empty.
    live: Atomic<usize>,
    /// Of `rr`: one more than the slot of the last choice, or 0.
    cursor: Atomic<usize>,
}

/// Where a walk through the destinations of a service stands; at first at the newest.
///
/// What stays in the service the whole time is met exactly once.
#[derive(Clone, Copy, Default)]
pub(crate) struct DestPlace {
    /// The pool, or 0 at the beginning.
    pool: usize,
    /// The slot in it of the destination that was met last, and its serial number.
    slot: usize,
    serial: usize,
}

impl DestPlace {
    /// The place as three numbers.
    pub(crate) fn into_raw(self) -> [usize; 3] {
        [self.pool, self.slot, self.serial]
    }

    /// The place that [`DestPlace::into_raw`] gave; any other numbers are just another place.
    pub(crate) fn from_raw([pool, slot, serial]: [usize; 3]) -> Self {
        Self { pool, slot, serial }
    }
}

impl Pool {
    /// A pool without destinations.
    pub(crate) fn new(id: usize, kind: Option<Kind>) -> Result<RcuArc<Self>> {
        Self::with_capacity(id, kind, 0)
    }

    fn with_capacity(id: usize, kind: Option<Kind>, capacity: usize) -> Result<RcuArc<Self>> {
        let pool = Self {
            id,
            kind,
            dests: RcuVec::with_capacity(capacity, GFP_KERNEL)?,
            live: Atomic::new(0),
            cursor: Atomic::new(0),
        };
        Ok(RcuArc::new(pool, GFP_KERNEL)?)
    }

    pub(crate) fn scheduler(&self) -> Option<Kind> {
        self.kind
    }

    /// The number of destinations.
    pub(crate) fn len(&self) -> usize {
        self.live.read_once()
    }

    /// The destinations, the newest first.
    pub(crate) fn dests<'rcu>(
        &'rcu self,
        reader: Reader<'rcu>,
    ) -> impl Iterator<Item = RcuRef<'rcu, Dest>> {
        let slots = (0..self.dests.used()).rev();
        slots.filter_map(move |slot| self.dests.get(slot, reader))
    }

    /// The destination behind `place`, which moves there. The pool may be another one of the same
    /// service by now.
    pub(crate) fn next<'rcu>(
        &self,
        place: &mut DestPlace,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let used = self.dests.used();
        let end = match place.pool {
            0 => used,
            id if id == self.id => place.slot.min(used),
            _ => self.slots_before(place.serial, used, reader),
        };
        let found = (0..end)
            .rev()
            .find_map(|slot| Some((slot, self.dests.get(slot, reader)?)));
        *place = DestPlace {
            pool: self.id,
            slot: found.map_or(0, |(slot, _)| slot),
            serial: found.map_or(0, |(_, dest)| dest.serial()),
        };
        found.map(|(_, dest)| dest)
    }

    /// As [`Pool::next`], to be kept.
    pub(crate) fn get_next(&self, place: &mut DestPlace) -> Option<RcuArc<Dest>> {
        loop {
            let guard = kernel::sync::rcu::read_lock();
            // One that is just going is passed over, not taken for the end.
            if let Some(dest) = self.next(place, Reader::from(&guard))?.get() {
                return Some(dest);
            }
        }
    }

    /// How many of `used` slots have destinations that came before the one with this serial number.
    fn slots_before(&self, serial: usize, used: usize, reader: Reader<'_>) -> usize {
        let came_before = |&slot: &usize| {
            let dest = self.dests.get(slot, reader);
            dest.is_some_and(|dest| dest.serial() < serial)
        };
        let last = (0..used).rev().find(came_before);
        last.map_or(0, |slot| slot.wrapping_add(1))
    }

    /// The same destinations in a new pool, with room for another one. Readers that are in the old
    /// one stay there.
    ///
    /// # Context
    ///
    /// May sleep.
    fn copy(&self, id: usize, kind: Option<Kind>) -> Result<RcuArc<Self>> {
        let capacity = slots::capacity(self.len().saturating_add(1));
        let pool = Self::with_capacity(id, kind, capacity)?;
        let guard = kernel::sync::rcu::read_lock();
        let reader = Reader::from(&guard);
        for slot in 0..self.dests.used() {
            // Nobody else takes them out: this pool holds them.
            let dest = self.dests.get(slot, reader).and_then(RcuRef::get);
            if let Some(dest) = dest {
                pool.push(dest);
            }
        }
        Ok(pool)
    }

    /// The same destinations with another scheduler.
    pub(crate) fn with_scheduler(&self, id: usize, kind: Option<Kind>) -> Result<RcuArc<Self>> {
        self.copy(id, kind)
    }

    /// A pool to go on with if this one has no room for another destination.
    pub(crate) fn with_room(&self, id: usize) -> Result<Option<RcuArc<Self>>> {
        match self.dests.has_room() {
            true => Ok(None),
            false => Ok(Some(self.copy_with_state(id)?)),
        }
    }

    /// A pool to go on with if this one has too many empty slots. Without memory it has to do.
    pub(crate) fn without_gaps(&self, id: usize) -> Option<RcuArc<Self>> {
        if !slots::is_sparse(self.dests.used(), self.len()) {
            return None;
        }
        self.copy_with_state(id).ok()
    }

    fn copy_with_state(&self, id: usize) -> Result<RcuArc<Self>> {
        let pool = self.copy(id, self.kind)?;
        let cursor = slots::copied(self.cursor.load(Relaxed), self.dests.used(), |slot| {
            self.dests.is_occupied(slot)
        });
        pool.cursor.store(cursor, Relaxed);
        Ok(pool)
    }

    /// Adds `dest` as the newest; there must be room.
    pub(crate) fn push(&self, dest: RcuArc<Dest>) {
        let Ok(slot) = self.dests.push(dest) else {
            return;
        };
        self.live.add(1, Relaxed);
        let guard = kernel::sync::rcu::read_lock();
        if let Some(dest) = self.dests.get(slot, Reader::from(&guard)) {
            dest.set_slot(slot);
        }
    }

    /// Removes `dest`.
    pub(crate) fn remove(&self, dest: &RcuArc<Dest>) {
        let slot = dest.slot();
        let Some(gone) = self.dests.take(slot) else {
            return;
        };
        self.live.add(usize::MAX, Relaxed);
        drop(gone);
        let cursor = self.cursor.load(Relaxed);
        let new = slots::without(cursor, slot, self.dests.used(), |slot| {
            self.dests.is_occupied(slot)
        });
        // If a packet has moved it in between, it is where it belongs.
        let _ = self.cursor.cmpxchg(cursor, new, Relaxed);
    }

    /// Chooses the destination of a new connection.
    pub(crate) fn schedule<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let kind = self.kind?;
        let view = View {
            pool: self,
            len: self.dests.used(),
            reader,
        };
        match kind {
            Kind::Rr => self.round_robin(&view),
            Kind::Wlc => view.dest(wlc::pick(&view)?),
        }
    }

    fn round_robin<'rcu>(&self, view: &View<'_, 'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        loop {
            let cursor = self.cursor.load(Relaxed);
            let last = match cursor {
                0 => None,
                cursor => view.len.checked_sub(cursor),
            };
            let index = rr::pick(view, last)?;
            let next = view.len.wrapping_sub(index);
            // Another CPU may have moved it: then this choice is taken.
            if self.cursor.cmpxchg(cursor, next, Relaxed).is_ok() {
                return view.dest(index);
            }
        }
    }
}

/// The destinations at one moment, as schedulers want them. What is added later is not among them.
struct View<'a, 'rcu> {
    pool: &'a Pool,
    len: usize,
    reader: Reader<'rcu>,
}

impl<'rcu> View<'_, 'rcu> {
    /// What is at place `index`, of which 0 is the newest.
    #[inline]
    fn dest(&self, index: usize) -> Option<RcuRef<'rcu, Dest>> {
        let last = self.len.checked_sub(1)?;
        self.pool.dests.get(last.checked_sub(index)?, self.reader)
    }
}

impl sched::Pool for View<'_, '_> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn get(&self, index: usize) -> Option<Load> {
        self.dest(index).map(|dest| dest.load())
    }
}
