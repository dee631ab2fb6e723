// SPDX-License-Identifier: GPL-2.0

//! The tables of `dh`, `sh`, `mh` and `mhb`: which destination an address is for.
//!
//! An entry is the number of a slot of the pool. Tables are filled in place when destinations come, go
//! or change, which needs no memory; packets may see the old and the new entries mixed meanwhile.

use super::super::service::dest::Dest;
use ipvs_core::{
    addr::Family,
    sched::{
        dh,
        fold::fold,
        mh,
        sh,
        Kind, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::Atomic,
        Mutex, //
    },
};
use linux_ext::sync::{
    access::AccessOnce,
    rcu::Reader,
    rcu_arc::RcuRef,
    rcu_vec::RcuVec, //
};

/// An entry that leads nowhere.
const NOWHERE: u32 = u32::MAX;

/// A table.
#[pin_data]
pub(super) struct Slots {
    kind: Kind,
    entries: KVVec<Atomic<u32>>,
    /// Where the table of `mh` is made; room for as many destinations as the pool or the table may
    /// have.
    #[pin]
    seats: Mutex<KVVec<mh::Seat>>,
}

impl Slots {
    /// An empty table for a pool of `capacity` slots; `None` for a scheduler that has none.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(kind: Kind, capacity: usize) -> Result<Option<Pin<KBox<Self>>>> {
        let (size, seats) = match kind {
            Kind::Dh => (dh::SIZE, 0),
            Kind::Sh => (sh::SIZE, 0),
            Kind::Mh | Kind::Mhb => (mh::SIZE, capacity.min(mh::SIZE)),
            _ => return Ok(None),
        };
        let mut entries = KVVec::with_capacity(size, GFP_KERNEL)?;
        for _ in 0..size {
            // There is room for it.
            let _ = entries.push_within_capacity(Atomic::new(NOWHERE));
        }
        let seats = KVVec::with_capacity(seats, GFP_KERNEL)?;
        let table = KBox::try_pin_init(
            try_pin_init!(Self {
                kind: kind,
                entries: entries,
                seats <- new_mutex!(seats, "Slots::seats"),
            }? Error),
            GFP_KERNEL,
        )?;
        Ok(Some(table))
    }

    /// Which slot of the pool is in an entry, whether or not there is anything in that.
    #[inline]
    pub(super) fn slot(&self, entry: usize) -> Option<usize> {
        Some(self.entries.get(entry)?.read_once() as usize)
    }

    /// What is in an entry.
    #[inline]
    pub(super) fn get<'rcu>(
        &self,
        entry: usize,
        dests: &RcuVec<Dest>,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        dests.get(self.slot(entry)?, reader)
    }

    fn set(&self, entry: usize, slot: u32) {
        if let Some(entry) = self.entries.get(entry) {
            entry.write_once(slot);
        }
    }

    /// Fills the table with the destinations that there are.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn fill(&self, dests: &RcuVec<Dest>, live: usize, family: Family) {
        // What may sleep comes before the section.
        let mut seats = self.seats.lock();
        let guard = kernel::sync::rcu::read_lock();
        let list = dests.iter(Reader::from(&guard)).rev();
        let set = |entry, slot| self.set(entry, slot);
        let filled = match self.kind {
            Kind::Dh => dh::fill(list.map(|(slot, _)| slot as u32), set),
            Kind::Sh => sh::fill(list.map(|(slot, dest)| (slot as u32, dest.weight())), set),
            // What there is stays if there are too many.
            _ if live > self.entries.len() => return,
            _ => {
                seats.clear();
                for (slot, dest) in list {
                    let key = dest.key();
                    let addr = fold(family, key.addr);
                    let seat =
                        mh::Seat::new(slot as u32, addr, key.port.to_host(), dest.last_weight());
                    // There is room for all of them.
                    let _ = seats.push_within_capacity(seat);
                }
                match mh::fill(&mut seats, set) {
                    true => self.entries.len(),
                    false => 0,
                }
            }
        };
        if filled == 0 {
            for entry in &self.entries {
                entry.write_once(NOWHERE);
            }
        }
    }

    /// Takes over the entries of another table, of a pool whose destinations are in other slots:
    /// `moved` says in which.
    pub(super) fn take_over(&self, other: &Self, moved: impl Fn(usize) -> Option<usize>) {
        for (new, old) in self.entries.iter().zip(&other.entries) {
            let slot = moved(old.read_once() as usize);
            new.write_once(slot.map_or(NOWHERE, |slot| slot as u32));
        }
    }
}
