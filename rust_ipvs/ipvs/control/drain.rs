// SPDX-License-Identifier: GPL-2.0

//! Draining: a destination takes no new connection, and goes when it has none left.
//!
//! What is to be done later is a chore of the namespace: it is hurried when a destination begins to
//! drain or has lost its last connection, and put off until the next deadline.

use super::{
    super::{
        events::Event,
        netns::{
            Netns,
            Tables, //
        },
        service::{
            dest::Dest,
            draining::Draining, //
        },
    },
    find_dest,
    find_service,
    Result, //
};
use ipvs_core::uapi::{dest::DestKey, drain::DrainSpec, error::StateError, service::ServiceKey};
use kernel::{
    prelude::*,
    sync::rcu,
    time::Jiffies, //
};
use linux_ext::{
    sync::rcu_arc::RcuArc,
    time::secs_to_jiffies, //
};

/// After so many ticks connections are ended anew for which there was no memory.
const RETRY: Jiffies = secs_to_jiffies(1);

/// The destinations that drain, and some that have ended to since anybody looked; behind
/// `Netns::control`.
#[derive(Default)]
pub(super) struct Drains(KVec<RcuArc<Dest>>);

impl Drains {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes room for another one.
    fn reserve(&mut self) -> Result {
        Ok(self.0.reserve(1, GFP_KERNEL).map_err(Error::from)?)
    }

    /// Takes one in, unless it is there. There must be room.
    fn insert(&mut self, dest: RcuArc<Dest>) {
        if !self.0.iter().any(|known| RcuArc::ptr_eq(known, &dest)) {
            let _ = self.0.push_within_capacity(dest);
        }
    }

    /// Takes one out that `wanted` says yes of.
    fn take(&mut self, wanted: impl Fn(&Dest) -> bool) -> Option<RcuArc<Dest>> {
        let at = self.0.iter().position(|dest| wanted(dest))?;
        self.0.remove(at).ok()
    }

    /// Forgets those that drain no longer, and looks at the deadlines of the others.
    fn watch_deadlines(&mut self) -> Outlook {
        self.0.retain(|dest| dest.is_draining());
        let left = self.0.iter().filter_map(|dest| dest.watch_deadline());
        Outlook {
            next: left.min(),
            ends_conns: self.0.iter().any(|dest| dest.has_conns_to_end()),
        }
    }
}

/// What there is to do.
struct Outlook {
    /// Ticks until the next deadline, if there is one.
    next: Option<Jiffies>,
    /// Whether there are connections to be ended.
    ends_conns: bool,
}

impl Netns {
    /// Begins or ends draining of a destination.
    pub(crate) fn drain(&self, service: &ServiceKey, key: &DestKey, spec: &DrainSpec) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, service)?;
        let dest = find_dest(tables, &service, key)?;
        match spec {
            DrainSpec::Begin(terms) => {
                control.drains.reserve()?;
                let draining = Draining::new(control.number(), terms, &self.chore)?;
                dest.drain(draining);
                control.drains.insert(dest.clone());
            }
            DrainSpec::Cancel if !dest.is_draining() => {
                return Err(StateError::DestNotDraining.into());
            }
            DrainSpec::Cancel => dest.stop_draining(),
        }
        service.dests_changed(core::iter::once(&*dest));
        self.changed(Event::DestChanged(&dest));
        drop(control);
        self.chore.hurry();
        Ok(())
    }

    /// Ends connections whose time is up, and removes destinations that are empty. Returns when there
    /// will be more to do, in ticks.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn tend_drains(&self) -> Option<Jiffies> {
        let tables = self.tables()?;
        let begun = {
            let control = self.control.lock();
            match control.drains.is_empty() {
                true => return None,
                false => control.last_number,
            }
        };
        // Packets that have chosen one of them before it began to drain count their connections.
        rcu::synchronize_rcu();
        if self.control.lock().drains.watch_deadlines().ends_conns {
            tables.conns.end_given_up();
        }
        while self.remove_drained(tables, begun) {}
        let outlook = self.control.lock().drains.watch_deadlines();
        match outlook.ends_conns {
            true => Some(RETRY),
            false => outlook.next,
        }
    }

    /// Removes a destination that is empty and began to drain no later than what has the number `begun`.
    /// Returns whether there was one.
    fn remove_drained(&self, tables: &Tables, begun: usize) -> bool {
        let mut control = self.control.lock();
        let Some(dest) = control.drains.take(|dest| dest.is_drained(begun)) else {
            return false;
        };
        if let Ok(service) = find_service(tables, &dest.service()) {
            self.events.tell(Event::DestDrained(&dest), None);
            self.remove_dest(tables, &mut control, &service, &dest);
            self.changed(Event::DestRemoved(&dest));
        }
        drop(control);
        // When it comes back, it is not who its clients are sent to.
        if dest.has_templates() {
            tables.conns.forget_templates_of(&dest);
        }
        true
    }
}
