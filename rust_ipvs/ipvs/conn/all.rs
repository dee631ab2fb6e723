// SPDX-License-Identifier: GPL-2.0

//! All connections of a namespace: a table for IPv4, and one for IPv6 from its first service on.

use super::{
    super::{
        events::Events,
        resizing::Shape,
        service::dest::Dest, //
    },
    table::ConnTable,
    template::Template,
    Conn,
    Farewell, //
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_core::{
    addr::Endpoint,
    uapi::conn::{
        ConnView,
        Traffic, //
    },
};
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
    events: Arc<Events>,
}

/// A connection or template of either version of IP.
#[derive(Clone, Copy)]
pub(crate) enum AnyConn<'rcu> {
    V4(RcuRef<'rcu, Conn<Ipv4Addr>>),
    V6(RcuRef<'rcu, Conn<Ipv6Addr>>),
    Template4(RcuRef<'rcu, Template<Ipv4Addr>>),
    Template6(RcuRef<'rcu, Template<Ipv6Addr>>),
}

/// Where a walk over all connections stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct ConnPlace {
    part: Part,
    position: Position,
}

/// The tables, in the order of a walk.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Conns4,
    Templates4,
    Conns6,
    Templates6,
}

/// What a listing shows of a connection or template.
pub(crate) struct Summary {
    pub(crate) proto: u8,
    pub(crate) client: Endpoint,
    pub(crate) service: Endpoint,
    pub(crate) server: Endpoint,
    /// Name of the state.
    pub(crate) state: &'static str,
    /// Ticks until it expires.
    pub(crate) remaining: Jiffies,
}

impl AnyConn<'_> {
    /// What a listing shows.
    pub(crate) fn summary(&self) -> Summary {
        match self {
            Self::V4(conn) => conn.summary(),
            Self::V6(conn) => conn.summary(),
            Self::Template4(template) => template.summary(),
            Self::Template6(template) => template.summary(),
        }
    }
}

impl AnyConn<'_> {
    /// What is told of it by netlink.
    pub(crate) fn view(&self) -> ConnView {
        match self {
            Self::V4(conn) => conn.view(),
            Self::V6(conn) => conn.view(),
            Self::Template4(template) => template.view(),
            Self::Template6(template) => template.view(),
        }
    }

    /// What has been counted of it.
    pub(crate) fn traffic(&self) -> Traffic {
        match self {
            Self::V4(conn) => conn.traffic(),
            Self::V6(conn) => conn.traffic(),
            Self::Template4(_) | Self::Template6(_) => Traffic::default(),
        }
    }

    /// Takes it out of its table, as expiry does, but for a template that controls connections.
    /// Returns whether it was there and is no more; `ENOMEM` means that it stays.
    pub(crate) fn end(&self, farewell: Farewell) -> Result<bool> {
        match self {
            Self::V4(conn) => conn.end(farewell),
            Self::V6(conn) => conn.end(farewell),
            Self::Template4(template) => Ok(template.expire()),
            Self::Template6(template) => Ok(template.expire()),
        }
    }

    /// Whether its ends can be told that it is over.
    pub(crate) fn is_resettable(&self) -> bool {
        match self {
            Self::V4(conn) => conn.is_resettable(),
            Self::V6(conn) => conn.is_resettable(),
            Self::Template4(_) | Self::Template6(_) => false,
        }
    }
}

impl ConnPlace {
    /// The place as three numbers.
    pub(crate) fn into_raw(self) -> [usize; 3] {
        let [hash, addr] = self.position.into_raw();
        [self.part as usize, hash, addr]
    }

    /// The place that [`ConnPlace::into_raw`] gave; any other numbers are just another place.
    pub(crate) fn from_raw([part, hash, addr]: [usize; 3]) -> Self {
        Self {
            part: Part::from_raw(part),
            position: Position::from_raw([hash, addr]),
        }
    }

    /// The place as one number that says nothing of memory. What has the same hash is met again.
    pub(crate) fn into_cookie(self) -> u64 {
        let [part, hash, _] = self.into_raw();
        (part as u64).wrapping_shl(32) | hash as u64
    }

    /// The place that [`ConnPlace::into_cookie`] gave; 0 is the beginning.
    pub(crate) fn from_cookie(cookie: u64) -> Self {
        Self::from_raw([cookie.wrapping_shr(32) as usize, cookie as u32 as usize, 0])
    }
}

impl Part {
    fn from_raw(part: usize) -> Self {
        match part {
            0 => Self::Conns4,
            1 => Self::Templates4,
            2 => Self::Conns6,
            _ => Self::Templates6,
        }
    }
}

impl Conns {
    /// Makes the table of IPv4, empty and of the smallest size.
    ///
    /// `load_factor` is the binary logarithm of how many connections there may be for each bucket
    /// before it grows, `max` the largest number of connections; `tracker` has the conntrack entries
    /// of their packets, and `events` are told when the size changes.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        load_factor: i32,
        max: i32,
        tracker: &Arc<Tracker>,
        events: &Arc<Events>,
    ) -> Result<Self> {
        let quota = Arc::new(Quota::new(), GFP_KERNEL)?;
        quota.set_limit(max);
        let v4 = ConnTable::new(load_factor, quota.clone(), tracker.clone(), events)?;
        Ok(Self {
            v4: Arc::new(v4, GFP_KERNEL)?,
            v6: OnceBox::new(),
            quota,
            tracker: tracker.clone(),
            events: events.clone(),
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
        let (quota, tracker) = (self.quota.clone(), self.tracker.clone());
        let table = ConnTable::new(load_factor, quota, tracker, &self.events)?;
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

    /// Number of connections, without templates.
    pub(crate) fn len(&self) -> usize {
        let v6 = self.v6().map_or(0, |table| table.len());
        self.v4.len().saturating_add(v6)
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

    /// The connection or template after `place`, in no particular order.
    pub(crate) fn next<'rcu>(
        &self,
        place: &mut ConnPlace,
        reader: Reader<'rcu>,
    ) -> Option<AnyConn<'rcu>> {
        loop {
            let position = &mut place.position;
            let v4 = &self.v4;
            let (found, next) = match place.part {
                Part::Conns4 => (
                    v4.next(position, reader).map(AnyConn::V4),
                    Some(Part::Templates4),
                ),
                Part::Templates4 => (
                    v4.templates()
                        .next(position, reader)
                        .map(AnyConn::Template4),
                    Some(Part::Conns6),
                ),
                Part::Conns6 => (
                    self.v6()?.next(position, reader).map(AnyConn::V6),
                    Some(Part::Templates6),
                ),
                Part::Templates6 => (
                    self.v6()?
                        .templates()
                        .next(position, reader)
                        .map(AnyConn::Template6),
                    None,
                ),
            };
            if found.is_some() {
                return found;
            }
            *place = ConnPlace {
                part: next?,
                position: Position::default(),
            };
        }
    }

    /// Takes those connections and templates out of whose destination `keep` says no.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn retain(&self, keep: impl Fn(&Dest) -> bool) {
        self.v4.retain(&keep);
        if let Some(table) = self.v6() {
            table.retain(&keep);
        }
    }

    /// Takes those connections out that have to end because their destination drains, and its time is
    /// up.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn end_given_up(&self) {
        self.v4.end_given_up();
        if let Some(table) = self.v6() {
            table.end_given_up();
        }
    }

    /// Takes the templates out that lead to `dest`, which has no connections.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn forget_templates_of(&self, dest: &Dest) {
        self.v4
            .templates()
            .retain(|template| !template.leads_to(dest));
        if let Some(table) = self.v6() {
            table
                .templates()
                .retain(|template| !template.leads_to(dest));
        }
    }

    /// Takes all connections and templates out, lets none in any more, and leaves the sizes as they are.
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
