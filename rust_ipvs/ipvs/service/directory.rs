// SPDX-License-Identifier: GPL-2.0

//! All destinations of a namespace by name: those that services have, and those that were removed
//! and may come back.
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
    rbtree::{
        RBTree,
        RBTreeNodeReservation, //
    },
    time::Jiffies, //
};
use linux_ext::{
    sync::rcu_arc::RcuArc,
    time::{
        ahead,
        jiffies,
        secs_to_jiffies, //
    },
};

/// How long a destination without connections is remembered.
const PERIOD: Jiffies = secs_to_jiffies(120);

/// How often it is looked for destinations that need not be remembered any longer.
const PURGE_INTERVAL: Jiffies = secs_to_jiffies(60);

/// A destination of a service.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    service: ServiceKey,
    dest: DestKey,
}

struct Entry {
    dest: RcuArc<Dest>,
    /// The service that has or had it. One that is made anew under the same key is another one.
    owner: usize,
}

/// Memory for one more destination.
pub(crate) struct Room(RBTreeNodeReservation<Name, Entry>);

impl Room {
    /// Allocates it.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(RBTreeNodeReservation::new(GFP_KERNEL)?))
    }
}

/// The destinations of a namespace.
///
/// Each search takes a logarithm of their number; what is removed needs no memory, so that it cannot
/// fail.
pub(crate) struct Directory {
    present: RBTree<Name, Entry>,
    removed: RBTree<Name, Entry>,
    /// When it was last looked for those that can be forgotten, in ticks.
    purged: Jiffies,
}

impl Directory {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        Self {
            present: RBTree::new(),
            removed: RBTree::new(),
            purged: jiffies(),
        }
    }

    /// Finds a destination that `service` has.
    pub(crate) fn find(&self, service: ServiceKey, dest: DestKey) -> Option<&RcuArc<Dest>> {
        let entry = self.present.get(&Name { service, dest })?;
        Some(&entry.dest)
    }

    /// Enters a new destination of the service `owner`.
    pub(crate) fn add(
        &mut self,
        room: Room,
        service: ServiceKey,
        owner: usize,
        dest: RcuArc<Dest>,
    ) {
        let name = Name {
            service,
            dest: dest.key(),
        };
        let node = room.0.into_node(name, Entry { dest, owner });
        drop(self.present.insert(node));
    }

    /// Brings a removed destination back, as one of the service `owner` from now on.
    pub(crate) fn revive(
        &mut self,
        service: ServiceKey,
        owner: usize,
        dest: DestKey,
    ) -> Option<RcuArc<Dest>> {
        let name = Name { service, dest };
        if self.removed.get(&name)?.dest.idle_time() >= PERIOD {
            // As if somebody had looked a moment ago.
            self.removed.remove(&name);
            return None;
        }
        let node = self.removed.remove_node(&name)?;
        drop(self.present.insert(node));
        let entry = self.present.get_mut(&name)?;
        if entry.owner != owner {
            // To this service it is new.
            entry.dest.zero();
            entry.owner = owner;
        }
        Some(entry.dest.clone())
    }

    /// Says that `service` has lost a destination, which may come back.
    pub(crate) fn remove(&mut self, service: ServiceKey, dest: DestKey) {
        if let Some(node) = self.present.remove_node(&Name { service, dest }) {
            drop(self.removed.insert(node));
        }
    }

    /// Forgets now and then the destinations that have had no connection for a while.
    pub(crate) fn purge(&mut self) {
        let now = jiffies();
        if ahead(now, self.purged) < PURGE_INTERVAL {
            return;
        }
        self.purged = now;
        let mut cursor = self.removed.cursor_front_mut();
        while let Some(current) = cursor {
            let (_, entry) = current.current();
            cursor = match entry.dest.idle_time() < PERIOD {
                true => current.move_next(),
                false => current.remove_current().0,
            };
        }
    }
}
