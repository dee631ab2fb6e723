// SPDX-License-Identifier: GPL-2.0

//! The connections of a namespace, found by a packet of either direction in one lookup.

use super::Conn;
use ipvs_core::{
    flow::{
        Direction,
        Flow4, //
    },
    hash,
};
use kernel::{
    prelude::*,
    sync::rcu, //
};
use linux_ext::{
    random,
    sync::{
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::{
            Position,
            Refused,
            Table, //
        },
    },
    task,
};

/// The connections of a namespace.
///
/// A connection is linked under the tuple of its requests and under that of its replies.
pub(crate) struct ConnTable {
    table: Table<Conn, 2>,
    key: hash::Key,
}

impl ConnTable {
    /// Makes an empty table of the size that the module parameter says.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new() -> Result<Self> {
        let bits = crate::module_parameters::conn_tab_bits.value().clamp(8, 24);
        Ok(Self {
            table: Table::new(bits.into())?,
            key: hash::Key {
                k0: random::u64(),
                k1: random::u64(),
            },
        })
    }

    /// Number of buckets.
    pub(crate) fn buckets(&self) -> usize {
        self.table.buckets()
    }

    /// Finds the connection of a packet, and which way the packet goes.
    #[inline]
    pub(crate) fn find<'rcu>(
        &self,
        flow: &Flow4,
        reader: Reader<'rcu>,
    ) -> Option<(RcuRef<'rcu, Conn>, Direction)> {
        let found = self.table.find(
            flow.hash(&self.key),
            reader,
            |conn, side| match Conn::direction(side) {
                Direction::Original => conn.flow() == flow,
                Direction::Reply => conn.reply_flow() == *flow,
            },
        );
        found.map(|(conn, side)| (conn, Conn::direction(side)))
    }

    /// Puts a connection in, starts its timer and calls `count`. If another CPU was faster with the
    /// same packets, its connection is returned and nothing else done; `None` if the namespace is
    /// going.
    pub(crate) fn insert<'rcu>(
        &self,
        conn: RcuArc<Conn>,
        reader: Reader<'rcu>,
        count: impl FnOnce(),
    ) -> Option<RcuRef<'rcu, Conn>> {
        let flow = *conn.flow();
        let hashes = [flow.hash(&self.key), conn.reply_flow().hash(&self.key)];
        let same = |other: &Conn| *other.flow() == flow;
        match self.table.insert(conn, hashes, reader, same) {
            Ok(conn) => {
                Conn::arm(conn);
                count();
                Some(conn)
            }
            Err(Refused::Exists(other)) => Some(other),
            Err(Refused::Closed) => None,
        }
    }

    /// Takes a connection out.
    #[cold]
    pub(crate) fn remove(&self, conn: &Conn) {
        if self.table.remove(conn) {
            conn.release();
        }
    }

    /// Takes those connections out that `keep` says no of.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn retain(&self, keep: impl Fn(&Conn) -> bool) {
        /// Connections between two chances for others to run.
        const BATCH: usize = 256;
        let mut position = Position::default();
        let mut batch = || {
            let guard = rcu::read_lock();
            let reader = Reader::from(&guard);
            for _ in 0..BATCH {
                let Some(conn) = self.next(&mut position, reader) else {
                    return false;
                };
                if !keep(&conn) {
                    self.remove(&conn);
                    // Those behind it in its bucket have moved up.
                    position.rewind_bucket();
                }
            }
            true
        };
        while batch() {
            task::cond_resched();
        }
    }

    /// The connections from `position` on, in no particular order.
    pub(crate) fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Conn>> {
        self.table.next(position, reader)
    }

    /// Takes all connections out and lets none in any more.
    pub(crate) fn close(&self) {
        self.table.close();
    }
}
