// SPDX-License-Identifier: GPL-2.0

//! All connections of a namespace: a table for IPv4, and one for IPv6 from its first service on.

use super::{
    super::resizing::Shape,
    table::ConnTable,
    Conn, //
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_core::addr::Endpoint;
use kernel::{
    prelude::*,
    sync::Arc,
    time::Jiffies, //
};
use linux_ext::net::conntrack::Tracker;
use linux_ext::sync::{
    once_box::OnceBox,
    rcu::Reader,
    rcu_arc::RcuRef,
    rcu_table::{
        Position,
        Quota, //
    },
};

/// The connections of a namespace.
pub(crate) struct Conns {
    v4: Arc<ConnTable<Ipv4Addr>>,
    v6: OnceBox<Arc<ConnTable<Ipv6Addr>>>,
    /// Of both tables.
    quota: Arc<Quota>,
    tracker: Arc<Tracker>,
}

/// A connection of either version of IP.
#[derive(Clone, Copy)]
pub(crate) enum AnyConn<'rcu> {
    V4(RcuRef<'rcu, Conn<Ipv4Addr>>),
    V6(RcuRef<'rcu, Conn<Ipv6Addr>>),
}

/// Where a walk over all connections stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct ConnPlace {
    /// Whether those of IPv4 have been passed.
    is_v6: bool,
    position: Position,
}

/// What a listing shows of a connection.
pub(crate) struct Summary {
    pub(crate) proto: u8,
    pub(crate) client: Endpoint,
    pub(crate) service: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) state: u8,
    /// Ticks until it expires.
    pub(crate) remaining: Jiffies,
}

impl AnyConn<'_> {
    /// What a listing shows.
    pub(crate) fn summary(&self) -> Summary {
        match self {
            Self::V4(conn) => conn.summary(),
            Self::V6(conn) => conn.summary(),
        }
    }
}

impl Conns {
    /// Makes the table of IPv4, empty and of the smallest size.
    ///
    /// `load_factor` is the binary logarithm of how many connections there may be for each bucket
    /// before it grows, `max` the largest number of connections; `tracker` has the conntrack entries
    /// of their packets.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(load_factor: i32, max: i32, tracker: &Arc<Tracker>) -> Result<Self> {
        let quota = Arc::new(Quota::new(), GFP_KERNEL)?;
        quota.set_limit(max);
        let v4 = ConnTable::new(load_factor, quota.clone(), tracker.clone())?;
        Ok(Self {
            v4: Arc::new(v4, GFP_KERNEL)?,
            v6: OnceBox::new(),
            quota,
            tracker: tracker.clone(),
        })
    }

    /// Makes the table of IPv6, if there is none yet. One at a time does so.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn make_v6(&self, load_factor: i32) -> Result {
        if self.v6.get().is_some() {
            return Ok(());
        }
        let table = ConnTable::new(load_factor, self.quota.clone(), self.tracker.clone())?;
        let table = KBox::new(Arc::new(table, GFP_KERNEL)?, GFP_KERNEL)?;
        // Nobody else makes any.
        self.v6.set(table).map(|_| ()).map_err(|_| ENOMEM)
    }

    #[inline]
    pub(crate) fn v4(&self) -> &Arc<ConnTable<Ipv4Addr>> {
        &self.v4
    }

    #[inline]
    pub(crate) fn v6(&self) -> Option<&Arc<ConnTable<Ipv6Addr>>> {
        self.v6.get()
    }

    /// Number of buckets of the larger table.
    pub(crate) fn buckets(&self) -> u32 {
        let v6 = self.v6().map_or(0, |table| table.buckets());
        self.v4.buckets().max(v6)
    }

    /// Describes the tables as if they were one of the size of the larger one. `pause` is called now
    /// and then; it may sleep if the caller may.
    pub(crate) fn shape(&self, pause: impl Fn()) -> Shape {
        let v4 = self.v4.shape(&pause);
        match self.v6() {
            Some(table) => v4.and(table.shape(pause)),
            None => v4,
        }
    }

    /// Sets the binary logarithm of how many connections there may be for each bucket. The tables
    /// are fitted to it soon.
    pub(crate) fn set_load_factor(&self, load_factor: i32) {
        self.v4.set_load_factor(load_factor);
        if let Some(table) = self.v6() {
            table.set_load_factor(load_factor);
        }
    }

    /// Sets the number of connections from which on no more are made.
    pub(crate) fn set_max(&self, max: i32) {
        self.quota.set_limit(max);
    }

    /// Whether no more connections may be made at the moment.
    pub(crate) fn is_full(&self) -> bool {
        self.quota.is_full()
    }

    /// The connection after `place`, in no particular order.
    pub(crate) fn next<'rcu>(
        &self,
        place: &mut ConnPlace,
        reader: Reader<'rcu>,
    ) -> Option<AnyConn<'rcu>> {
        if !place.is_v6 {
            if let Some(conn) = self.v4.next(&mut place.position, reader) {
                return Some(AnyConn::V4(conn));
            }
            *place = ConnPlace {
                is_v6: true,
                position: Position::default(),
            };
        }
        let conn = self.v6()?.next(&mut place.position, reader)?;
        Some(AnyConn::V6(conn))
    }

    /// Takes those connections out whose destination has been removed.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn remove_nodest(&self) {
        self.v4.retain(|conn| conn.dest().is_available());
        if let Some(table) = self.v6() {
            table.retain(|conn| conn.dest().is_available());
        }
    }

    /// Takes all connections out, lets none in any more, and leaves the sizes as they are.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn close(&self) {
        self.v4.close();
        if let Some(table) = self.v6() {
            table.close();
        }
    }
}
