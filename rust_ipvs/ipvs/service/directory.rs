// SPDX-License-Identifier: GPL-2.0

//! All destinations of a namespace by name: those that services have, and those that were removed
//! and may come back.
//!
//! A connection holds its destination. When the destination is added again, it must be the same
//! one, so that these connections go on and its counters do, too.

use super::{
    super::{
        events::Events,
        resizing::{
            random_key,
            Notice,
            Resizing,
            WhenEmpty, //
        },
        stats::Estimation, //
    },
    dest::Dest,
    servers::Servers,
    table::words, //
};
use ipvs_core::{
    addr::Addr,
    byteorder::Be16,
    hash, sizing,
    uapi::{
        dest::DestKey,
        event::TableKind,
        service::ServiceKey, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        atomic::Atomic,
        rcu,
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    sync::{
        access::AccessOnce,
        once_box::OnceBox,
        rcu::Reader,
        rcu_arc::RcuArc,
        rcu_table::Position, //
    },
    task::cond_resched,
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

/// So many locks guard the buckets. Nobody competes for them: there is one writer at a time, besides
/// the work that resizes the table.
const LOCKS: usize = 16;

/// As many destinations as buckets.
const LOAD_FACTOR: i32 = 0;

/// The destinations of a namespace, used under `Netns::control`.
///
/// What a service has and what it had are in the same table; [`Dest::is_available`] tells them
/// apart. So removing one is a store, which cannot fail.
pub(crate) struct Directory {
    resizing: Arc<Resizing<Dest, 1, LOCKS>>,
    key: hash::Key,
    /// How many there are that no service has.
    removed: Atomic<usize>,
    /// Who is a server, from when somebody wants to know.
    servers: OnceBox<Servers>,
    events: Arc<Events>,
    /// When it was last looked for those that can be forgotten, in ticks.
    purged: Atomic<Jiffies>,
}

impl Directory {
    /// An empty directory. `events` are told when its size changes.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(events: &Arc<Events>) -> Result<Self> {
        let notice = Notice::new(events, TableKind::Dests);
        let when_empty = WhenEmpty::StartAnew;
        Ok(Self {
            resizing: Resizing::new(sizing::DESTS, LOAD_FACTOR, when_empty, notice)?,
            key: random_key(),
            removed: Atomic::new(0),
            servers: OnceBox::new(),
            events: events.clone(),
            purged: Atomic::new(jiffies()),
        })
    }

    /// Leaves the size of the table as it is from now on.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(&self) {
        self.resizing.stop();
        if let Some(servers) = self.servers.get() {
            servers.stop();
        }
    }

    /// Notes from now on at which addresses and ports there are servers.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn list_servers(&self) -> Result {
        if self.servers.get().is_none() {
            let servers = KBox::new(Servers::new(&self.events)?, GFP_KERNEL)?;
            // Nobody else does.
            let servers = self.servers.set(servers).map_err(|_| ENOMEM)?;
            let mut position = Position::default();
            while let Some(dest) = self.next(&mut position) {
                servers.update(&dest);
                cond_resched();
            }
        }
        Ok(())
    }

    /// Whether there is a server at `addr` and `port`, as far as it is known who they are.
    pub(crate) fn has_server(&self, addr: Addr, port: Be16, proto: u8, reader: Reader<'_>) -> bool {
        let servers = self.servers.get();
        servers.is_some_and(|servers| servers.has(addr, port, proto, reader))
    }

    /// Notes that a destination has come or has another configuration.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn changed(&self, dest: &RcuArc<Dest>) {
        Dest::tell_overload(dest);
        self.update_server(dest);
    }

    /// Says that a destination is not what it was to those who ask for servers.
    fn update_server(&self, dest: &Dest) {
        if let Some(servers) = self.servers.get() {
            servers.update(dest);
        }
    }

    /// Has destinations behind `position` forget their ways over devices that are down. Returns whether
    /// there are more.
    pub(crate) fn device_down(&self, position: &mut Position, reader: Reader<'_>) -> bool {
        for _ in 0..64 {
            let Some(dest) = self.resizing.table.next(position, reader) else {
                return false;
            };
            dest.device_down(reader);
        }
        true
    }

    /// Has all destinations give up their ways for good.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn close(&self) {
        let mut position = Position::default();
        while let Some(dest) = self.next(&mut position) {
            dest.set_available(false);
            cond_resched();
        }
    }

    /// The first destination behind `position`.
    fn next(&self, position: &mut Position) -> Option<RcuArc<Dest>> {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        loop {
            // One that is being freed is in no service.
            if let Some(dest) = self.resizing.table.next(position, reader)?.get() {
                return Some(dest);
            }
        }
    }

    /// Finds a destination that `service` has or had.
    pub(crate) fn find(&self, service: &ServiceKey, dest: &DestKey) -> Option<RcuArc<Dest>> {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        let same = |found: &Dest, _| found.key() == *dest && found.service() == *service;
        let hash = self.hash(service, dest);
        let (dest, _) = self.resizing.table.find(hash, reader, same)?;
        dest.get()
    }

    /// Enters a new destination, which a service has from now on. There must be none of its name.
    pub(crate) fn add(&self, dest: RcuArc<Dest>) {
        let hash = self.hash(&dest.service(), &dest.key());
        dest.set_available(true);
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        // It takes as many as there can be, and is never closed.
        let _ = self.resizing.table.insert(dest, [hash], reader, |_| false);
        self.resizing.inserted();
    }

    /// Whether a destination that no service has has been so for so long that it is not the same any
    /// more when it is added again.
    pub(crate) fn is_over(dest: &Dest) -> bool {
        dest.idle_time() >= PERIOD
    }

    /// Brings a removed destination back, as one of the service `owner`.
    pub(crate) fn revive(&self, dest: &Dest, owner: usize) {
        self.count_removed(-1);
        if dest.owner() != owner {
            // To this service it is new.
            dest.zero();
            dest.set_owner(owner);
        }
        dest.set_available(true);
    }

    /// Says that its service has lost a destination, which may come back.
    pub(crate) fn remove(&self, dest: &Dest) {
        dest.set_available(false);
        self.update_server(dest);
        self.count_removed(1);
    }

    /// Forgets now and then the destinations that have had no connection for a while.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn purge(&self) {
        let now = jiffies();
        if self.removed.read_once() == 0 || ahead(now, self.purged.read_once()) < PURGE_INTERVAL {
            return;
        }
        self.purged.write_once(now);
        self.for_each(|dest| {
            if !dest.is_available() && Self::is_over(dest) {
                self.forget(dest);
            }
        });
    }

    /// Takes out a destination that no service has.
    pub(crate) fn forget(&self, dest: &Dest) {
        if self.resizing.table.remove(dest) {
            self.count_removed(-1);
            self.resizing.removed();
        }
    }

    /// Stops the statistics of all destinations, or goes on with them.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn follow(&self, estimation: Estimation) {
        self.for_each(|dest| dest.follow(estimation));
    }

    /// Calls `f` with each destination that is or was there.
    ///
    /// # Context
    ///
    /// May sleep; `f` must not.
    fn for_each(&self, f: impl Fn(&Dest)) {
        let mut position = Position::default();
        while self.for_some(&mut position, &f) {
            cond_resched();
        }
    }

    /// Goes some way behind `position`. Returns whether there is more.
    fn for_some(&self, position: &mut Position, f: impl Fn(&Dest)) -> bool {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        for _ in 0..64 {
            match self.resizing.table.next(position, reader) {
                Some(dest) => f(&dest),
                None => return false,
            }
        }
        true
    }

    fn count_removed(&self, by: isize) {
        let removed = self.removed.read_once().saturating_add_signed(by);
        self.removed.write_once(removed);
    }

    fn hash(&self, service: &ServiceKey, dest: &DestKey) -> u32 {
        let (w0, w1) = words(service);
        let [w2, w3] = dest.addr.to_words();
        // A service is at one port: this is for the few that have destinations at several.
        self.key
            .hash4([w0, w1, w2, w3 ^ u64::from(dest.port.raw())]) as u32
    }
}
