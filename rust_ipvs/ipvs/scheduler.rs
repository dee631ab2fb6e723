// SPDX-License-Identifier: GPL-2.0

//! What a service schedules with: its destinations and the state of its scheduler.

use super::service::dest::Dest;
use ipvs_core::sched::{
    self,
    rr,
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
use linux_ext::sync::rcu_arc::RcuArc;

/// The destinations of a service and its scheduler at one time.
///
/// A change of either makes a new pool, so that a reader sees all of it or nothing.
pub(crate) struct Pool {
    kind: Option<Kind>,
    /// The newest last: schedulers see the list from its end, as the newest comes first for them.
    dests: KVVec<RcuArc<Dest>>,
    /// Of `rr`: one more than the index in `dests` of the last choice, or 0.
    cursor: Atomic<usize>,
}

impl Pool {
    /// A pool without destinations.
    pub(crate) fn new(kind: Option<Kind>) -> Self {
        Self {
            kind,
            dests: KVVec::new(),
            cursor: Atomic::new(0),
        }
    }

    pub(crate) fn scheduler(&self) -> Option<Kind> {
        self.kind
    }

    /// The destinations, the newest first.
    pub(crate) fn dests(&self) -> impl Iterator<Item = &RcuArc<Dest>> {
        self.dests.iter().rev()
    }

    pub(crate) fn len(&self) -> usize {
        self.dests.len()
    }

    /// Destination number `index`, of which 0 is the newest.
    #[inline]
    fn get(&self, index: usize) -> Option<&RcuArc<Dest>> {
        let last = self.dests.len().checked_sub(1)?;
        self.dests.get(last.checked_sub(index)?)
    }

    fn copy(&self, kind: Option<Kind>, spare: usize) -> Result<Self> {
        let len = self.dests.len().checked_add(spare).ok_or(ENOMEM)?;
        let mut dests = KVVec::with_capacity(len, GFP_KERNEL)?;
        for dest in self.dests.iter() {
            dests.push(dest.clone(), GFP_KERNEL)?;
        }
        Ok(Self {
            kind,
            dests,
            cursor: Atomic::new(self.cursor.load(Relaxed)),
        })
    }

    /// The same destinations with another scheduler.
    pub(crate) fn with_scheduler(&self, kind: Option<Kind>) -> Result<RcuArc<Self>> {
        let pool = self.copy(kind, 0)?;
        pool.cursor.store(0, Relaxed);
        Ok(RcuArc::new(pool, GFP_KERNEL)?)
    }

    /// This pool with `dest` as the newest.
    pub(crate) fn with(&self, dest: RcuArc<Dest>) -> Result<RcuArc<Self>> {
        let mut pool = self.copy(self.kind, 1)?;
        pool.dests.push(dest, GFP_KERNEL)?;
        Ok(RcuArc::new(pool, GFP_KERNEL)?)
    }

    /// This pool without `dest`.
    pub(crate) fn without(&self, dest: &RcuArc<Dest>) -> Result<RcuArc<Self>> {
        let mut pool = self.copy(self.kind, 0)?;
        if let Some(index) = pool.dests.iter().position(|d| RcuArc::ptr_eq(d, dest)) {
            let _ = pool.dests.remove(index);
            let cursor = pool.cursor.load(Relaxed);
            pool.cursor
                .store(cursor_without(cursor, index, pool.dests.len()), Relaxed);
        }
        Ok(RcuArc::new(pool, GFP_KERNEL)?)
    }

    /// Chooses the destination of a new connection.
    pub(crate) fn schedule(&self) -> Option<&RcuArc<Dest>> {
        match self.kind? {
            Kind::Rr => self.round_robin(),
            Kind::Wlc => self.get(wlc::pick(self)?),
        }
    }

    fn round_robin(&self) -> Option<&RcuArc<Dest>> {
        loop {
            let cursor = self.cursor.load(Relaxed);
            let last = cursor
                .checked_sub(1)
                .and_then(|index| self.dests.len().checked_sub(1)?.checked_sub(index));
            let index = rr::pick(self, last)?;
            let next = self.dests.len().wrapping_sub(index);
            // Another CPU may have moved it: then this choice is taken.
            if self.cursor.cmpxchg(cursor, next, Relaxed).is_ok() {
                return self.get(index);
            }
        }
    }
}

impl sched::Pool for Pool {
    #[inline]
    fn len(&self) -> usize {
        self.dests.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Option<Load> {
        Pool::get(self, index).map(|dest| dest.load())
    }
}

/// Where the cursor of `rr` is when the destination at `index` has gone and `left` are left: at the
/// same one, or at the one that comes before it in the schedulers' order, which is the next newer.
fn cursor_without(cursor: usize, index: usize, left: usize) -> usize {
    let gone = index.wrapping_add(1);
    if cursor > gone {
        cursor.wrapping_sub(1)
    } else if cursor == gone && index >= left {
        // It was the newest: before it there is only the beginning.
        0
    } else {
        cursor
    }
}
