// SPDX-License-Identifier: GPL-2.0

//! The connections of one version of IP in a namespace, found by a packet of either direction in one lookup.

use super::{
    super::{
        events::Events,
        family::Family,
        resizing::{
            random_key,
            Notice,
            Resizing,
            Shape,
            WhenEmpty, //
        },
        service::dest::Dest,
    },
    ended::EndedConns,
    sweep::sweep,
    template::{
        Template,
        Templates, //
    },
    tracking::{
        self,
        Tracking, //
    },
    Conn,
    Farewell, //
};
use ipvs_core::{
    flow::{
        Direction,
        Flow, //
    },
    hash,
    sizing::Bounds,
    uapi::{
        drain::Action,
        event::TableKind, //
    },
};
use kernel::{
    prelude::*,
    sync::Arc, //
};
use linux_ext::{
    memory,
    net::conntrack::Tracker,
    random,
    sync::{
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::{
            Position,
            Quota,
            Refused, //
        },
    },
};

/// The connections of one version of IP in a namespace.
///
/// A connection is linked under the tuple of its requests and under that of its replies.
pub(crate) struct ConnTable<A: Family> {
    resizing: Arc<Resizing<Conn<A>, 2, LOCKS>>,
    key: hash::Key,
    tracker: Arc<Tracker>,
    templates: Arc<Templates<A>>,
    ended: EndedConns<A>,
}

/// Parts of the table for [`ConnTable::retain_some`].
const PARTS: u32 = 32;

/// So many locks guard the buckets; there are at least as many buckets.
const LOCKS: usize = 256;

/// The parameter if nobody has set it.
pub(crate) const UNSET: i32 = i32::MIN;

/// Within which bounds the size of a table is, and has the parameter show it.
///
/// To be called when the module is loaded, and not before.
pub(crate) fn settle_bounds() -> Bounds {
    let parameter = &crate::CONN_TAB_BITS;
    let memory = memory::total()
        .checked_next_power_of_two()
        .map_or(usize::BITS, usize::trailing_zeros);
    let configured = Some(parameter.get()).filter(|bits| *bits != UNSET);
    let bounds = Bounds::of_conns(configured, memory);
    parameter.set(bounds.max() as i32);
    bounds
}

impl<A: Family> ConnTable<A> {
    /// Makes an empty table of the smallest size.
    ///
    /// `load_factor` is the binary logarithm of how many connections there may be for each bucket
    /// before it grows; `tracker` has the conntrack entries of their packets, and
    /// `events` are told when the size changes.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        load_factor: i32,
        quota: Arc<Quota>,
        tracker: Arc<Tracker>,
        events: &Arc<Events>,
    ) -> Result<Self> {
        // What it was settled to when the module was loaded is what it is settled to now.
        let templates = Templates::new(load_factor, quota.clone(), events)?;
        let notice = Notice::new(events, TableKind::conns(A::FAMILY));
        let shrink = WhenEmpty::Shrink;
        let resizing = Resizing::with_quota(settle_bounds(), load_factor, shrink, quota, notice)?;
        Ok(Self {
            resizing,
            key: random_key(),
            tracker,
            templates: Arc::new(templates, GFP_KERNEL)?,
            ended: EndedConns::new(load_factor, events)?,
        })
    }

    /// Number of buckets.
    pub(crate) fn buckets(&self) -> u32 {
        1u32.wrapping_shl(self.resizing.table.bits())
    }

    /// Number of connections, without templates.
    pub(crate) fn len(&self) -> usize {
        self.resizing.table.len()
    }

    /// Describes the table, with that of templates as if they were one. `pause` is called now and then; it may sleep if the caller may.
    pub(crate) fn shape(&self, pause: impl Fn()) -> Shape {
        let conns = self.resizing.shape(&pause);
        conns.and(self.templates.shape(pause))
    }

    /// Connections that have been ended by a reset.
    #[inline]
    pub(crate) fn ended(&self) -> &EndedConns<A> {
        &self.ended
    }

    /// The conntrack entries of the packets, and the namespace that they are in.
    pub(super) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// The templates.
    pub(crate) fn templates(&self) -> &Arc<Templates<A>> {
        &self.templates
    }

    /// Sets the binary logarithm of how many connections there may be for each bucket. The table is
    /// fitted to it soon.
    pub(crate) fn set_load_factor(&self, load_factor: i32) {
        self.resizing.set_load_factor(load_factor);
        self.templates.set_load_factor(load_factor);
    }

    /// Finds the connection of a packet, and which way the packet goes.
    pub(crate) fn find<'rcu>(
        &self,
        flow: &Flow<A>,
        reader: Reader<'rcu>,
    ) -> Option<(RcuRef<'rcu, Conn<A>>, Direction)> {
        self.find_hashed(flow, self.hash(flow), reader)
    }

    /// What a packet is found by.
    #[inline(always)]
    pub(crate) fn hash(&self, flow: &Flow<A>) -> u32 {
        flow.hash(&self.key)
    }

    /// As [`Self::find`], with the [`Self::hash`] of the packet.
    #[inline(always)]
    pub(crate) fn find_hashed<'rcu>(
        &self,
        flow: &Flow<A>,
        hash: u32,
        reader: Reader<'rcu>,
    ) -> Option<(RcuRef<'rcu, Conn<A>>, Direction)> {
        let found =
            self.resizing.table.find(hash, reader, |conn, side| {
                match Conn::<A>::direction(side) {
                    Direction::Original => conn.flow() == flow,
                    Direction::Reply => conn.reply_flow() == *flow,
                }
            });
        found.map(|(conn, side)| (conn, Conn::<A>::direction(side)))
    }

    /// Puts a connection in, starts its timer and calls `count`. `hash` is the [`Self::hash`] of its
    /// packets. If another CPU was faster with the same packets, its connection is returned and
    /// nothing else done; `None` if there are as many as may be, or the namespace is going.
    pub(crate) fn insert<'rcu>(
        &self,
        conn: RcuArc<Conn<A>>,
        hash: u32,
        reader: Reader<'rcu>,
        count: impl FnOnce(),
    ) -> Option<RcuRef<'rcu, Conn<A>>> {
        let flow = *conn.flow();
        let hashes = [hash, self.hash(&conn.reply_flow())];
        let same = |other: &Conn<A>| *other.flow() == flow;
        match self.resizing.table.insert(conn, hashes, reader, same) {
            Ok(conn) => {
                Conn::arm(conn);
                count();
                self.resizing.inserted();
                Some(conn)
            }
            Err(Refused::Exists(other)) => Some(other),
            Err(Refused::Full | Refused::Closed) => None,
        }
    }

    /// Takes a connection out. Returns whether that had not been done yet.
    #[cold]
    pub(crate) fn remove(&self, conn: &Conn<A>) -> bool {
        if !self.resizing.table.remove(conn) {
            return false;
        }
        conn.release();
        if conn.tracking() == Tracking::Full {
            tracking::kill(&self.tracker, conn.flow());
        }
        self.resizing.removed();
        true
    }

    /// Takes a connection out that is not to go on, and the template that controls it, if that is
    /// good for nothing then.
    fn kill(&self, conn: &Conn<A>) {
        self.remove(conn);
        Self::expire_controller(conn);
    }

    /// Takes the template out that controls a connection which has ended, if that is good for nothing.
    fn expire_controller(conn: &Conn<A>) {
        if let Some(template) = conn.controller() {
            template.expire_unassured();
        }
    }

    /// Takes those connections out of one of [`PARTS`] parts of the table, chosen by chance, that
    /// `keep` says no of, and those templates that `keep_template` says no of.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn retain_some(
        &self,
        keep: impl Fn(&Conn<A>) -> bool,
        keep_template: impl Fn(&Template<A>) -> bool,
    ) {
        const WIDTH: u32 = u32::MAX / PARTS + 1;
        let part = random::u64() as u32 % PARTS;
        let start = part.wrapping_mul(WIDTH) as usize;
        let end = start.saturating_add(WIDTH as usize);
        let start = Position::from_raw([start, 0]);
        self.retain_from(start, end, keep);
        self.templates.retain_from(start, end, keep_template);
    }

    /// Takes those connections and templates out of whose destination `keep` says no.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn retain(&self, keep: impl Fn(&Dest) -> bool) {
        self.retain_from(Position::default(), usize::MAX, |conn| keep(conn.dest()));
        self.templates.retain(|template| keep(template.server()));
    }

    /// Ends the connections whose destination drains, and its time is up. One whose ends are to be told
    /// stays if there is no memory for that.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn end_given_up(&self) {
        let start = Position::default();
        sweep(&self.resizing.table, start, usize::MAX, |conn| {
            Self::end_if_given_up(conn);
        });
    }

    fn end_if_given_up(conn: &Conn<A>) {
        let farewell = match conn.dest().ends_conns() {
            None => return,
            Some(Action::Reset) => Farewell::Reset,
            Some(Action::Keep | Action::Forget) => Farewell::Silent,
        };
        if conn.end(farewell).is_ok() {
            Self::expire_controller(conn);
        }
    }

    /// Takes those connections out that `keep` says no of, from a position on up to a hash.
    fn retain_from(&self, position: Position, end: usize, keep: impl Fn(&Conn<A>) -> bool) {
        sweep(&self.resizing.table, position, end, |conn| {
            if !keep(conn) {
                self.kill(conn);
            }
        });
    }

    /// The connection after `position`, in no particular order.
    pub(crate) fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Conn<A>>> {
        self.resizing.table.next(position, reader)
    }

    /// Takes all connections and templates out, lets none in any more, and leaves the size as it is.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn close(&self) {
        self.resizing.stop();
        self.resizing.table.close();
        self.templates.close();
        self.ended.close();
    }
}
