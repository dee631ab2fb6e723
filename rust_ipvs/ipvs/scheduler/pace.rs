// SPDX-License-Identifier: GPL-2.0

//! Slow start of the destinations of a pool: how much of their weights counts at the moment.

use super::{
    super::service::dest::Dest,
    ranking::Ranking, //
};
use ipvs_core::sched::slow::{
    self,
    Starting, //
};
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use linux_ext::{
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_vec::RcuVec, //
    },
    time::{
        ahead,
        jiffies,
        secs_to_jiffies,
        HZ, //
    },
};

/// So many ticks a [`Ranking`] may be behind.
const STEP: usize = HZ / 10;

/// How much of the weight of `dest` counts, with slow start of `window` seconds, in parts of
/// [`slow::ONE`].
#[inline]
pub(super) fn factor(dest: &Dest, window: u32) -> u32 {
    if window == 0 {
        return slow::ONE;
    }
    let elapsed = ahead(jiffies(), dest.started()) as u64;
    slow::factor(elapsed.saturating_mul(1000) / HZ as u64, window)
}

/// As schedulers have to see `dest`.
#[inline]
pub(super) fn starting(dest: &Dest, window: u32) -> Starting<&Dest> {
    Starting::new(dest, factor(dest, window))
}

/// The slow start of a pool.
pub(super) struct Pace {
    /// In seconds; 0 if there is none.
    window: u32,
    /// When a destination came or changed, in ticks.
    stirred: Atomic<usize>,
    /// When the ranking was told last, in ticks.
    noted: Atomic<usize>,
}

impl Pace {
    /// Of `window` seconds, or none with 0.
    pub(super) fn new(window: u32) -> Self {
        let now = jiffies();
        Self {
            window,
            stirred: Atomic::new(now),
            noted: Atomic::new(now),
        }
    }

    /// A destination has come or changed.
    pub(super) fn stir(&self) {
        if self.window != 0 {
            self.stirred.write_once(jiffies());
        }
    }

    /// How much of the weight of `dest` counts.
    #[inline]
    pub(super) fn factor(&self, dest: &Dest) -> u32 {
        factor(dest, self.window)
    }

    /// As schedulers have to see `dest`.
    #[inline]
    pub(super) fn of<'a>(&self, dest: &'a Dest) -> Starting<&'a Dest> {
        starting(dest, self.window)
    }

    /// Tells the ranking of all destinations that are starting, if it is time to.
    pub(super) fn note_all(&self, ranking: &Ranking, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        let now = jiffies();
        let noted = self.noted.read_once();
        let since = ahead(now, noted);
        if since < STEP || self.noted.cmpxchg(noted, now, Relaxed).is_err() {
            return;
        }
        // Those that were starting when it was told last have changed since.
        let window = secs_to_jiffies(self.window).saturating_add(since);
        if ahead(now, self.stirred.read_once()) > window {
            return;
        }
        for (slot, dest) in dests.iter(reader) {
            if ahead(now, dest.started()) <= window {
                ranking.note(slot);
            }
        }
    }
}
