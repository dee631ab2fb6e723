// SPDX-License-Identifier: GPL-2.0

//! Destinations that were removed and may come back.
//!
//! A connection holds its destination. When the destination is added again, it must be the same
//! one, so that these connections go on and its counters do, too.

use super::dest::Dest;
use ipvs_core::uapi::{
    dest::DestKey,
    service::ServiceKey, //
};
use kernel::{
    prelude::*,
    time::Jiffies, //
};
use linux_ext::{sync::rcu_arc::RcuArc, time::secs_to_jiffies};

/// How long a destination without connections is remembered.
const PERIOD: Jiffies = secs_to_jiffies(120);

struct Entry {
    dest: RcuArc<Dest>,
    service: ServiceKey,
    /// Whether the service went, too. One that is made anew has counted nothing yet.
    orphaned: bool,
}

/// The removed destinations of a namespace.
#[derive(Default)]
pub(crate) struct Trash(KVVec<Entry>);

impl Trash {
    /// Makes room for `n` more, so that [`Trash::put`] cannot fail so many times.
    pub(crate) fn reserve(&mut self, n: usize) -> Result {
        Ok(self.0.reserve(n, GFP_KERNEL)?)
    }

    /// Puts a destination of `service` in, for which there must be room.
    pub(crate) fn put(&mut self, dest: RcuArc<Dest>, service: ServiceKey) {
        let entry = Entry {
            dest,
            service,
            orphaned: false,
        };
        // Without room it is only forgotten: its connections go on to the end.
        let _ = self.0.push_within_capacity(entry);
    }

    /// `service` is gone, and whatever has its key later is another one.
    pub(crate) fn orphan(&mut self, service: &ServiceKey) {
        for entry in self.0.iter_mut().filter(|entry| entry.service == *service) {
            entry.orphaned = true;
        }
    }

    /// Takes the destination `key` of `service` out, as it is to be shown from now on.
    pub(crate) fn take(&mut self, key: &DestKey, service: &ServiceKey) -> Option<RcuArc<Dest>> {
        let found = self
            .0
            .iter()
            .position(|entry| entry.dest.key() == *key && entry.service == *service)?;
        let entry = self.0.remove(found).ok()?;
        if entry.orphaned {
            entry.dest.zero();
        }
        Some(entry.dest)
    }

    /// Forgets destinations that have had no connection for a while.
    pub(crate) fn purge(&mut self) {
        self.0.retain(|entry| entry.dest.idle_time() < PERIOD);
    }
}
