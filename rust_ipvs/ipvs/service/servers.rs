// SPDX-License-Identifier: GPL-2.0

//! At which addresses and ports there are real servers by address translation.
//!
//! One entry for all destinations that are the same server: many services may have it.

use super::{
    super::{
        events::Events,
        resizing::{
            random_key,
            Notice,
            Resizing,
            WhenEmpty, //
        },
    },
    dest::Dest, //
};
use ipvs_core::{
    addr::Addr,
    byteorder::Be16,
    conn::Method,
    hash, sizing,
    uapi::{
        event::TableKind,
        service::ServiceId, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        atomic::Atomic,
        rcu,
        Arc, //
    },
};
use linux_ext::{
    impl_hashed,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::Nodes, //
    },
};

/// So many locks guard the buckets. There is one writer at a time, besides the work that resizes the
/// table.
const LOCKS: usize = 16;

/// As many servers as buckets.
const LOAD_FACTOR: i32 = 0;

/// What tells a server from others.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    addr: Addr,
    port: Be16,
    /// `None` for those of the service of a mark, which may be asked by any protocol.
    proto: Option<u16>,
}

impl Key {
    fn of(dest: &Dest) -> Self {
        let key = dest.key();
        Self {
            addr: key.addr,
            port: key.port,
            proto: match dest.service().id {
                ServiceId::Fwmark(_) => None,
                ServiceId::Address { proto, .. } => Some(proto),
            },
        }
    }
}

/// A server.
struct Server {
    nodes: Nodes<1>,
    key: Key,
    /// How many destinations it is. Changed under `Netns::control`.
    dests: Atomic<usize>,
}

impl_hashed!(Server { self.nodes }, 1);

/// The servers of a namespace. Changed under `Netns::control`.
pub(crate) struct Servers {
    resizing: Arc<Resizing<Server, 1, LOCKS>>,
    key: hash::Key,
}

impl Servers {
    /// None yet. `events` are told when the size of the table changes.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(events: &Arc<Events>) -> Result<Self> {
        let notice = Notice::new(events, TableKind::Servers);
        let when_empty = WhenEmpty::StartAnew;
        Ok(Self {
            resizing: Resizing::new(sizing::DESTS, LOAD_FACTOR, when_empty, notice)?,
            key: random_key(),
        })
    }

    /// Leaves the size of the table as it is from now on.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(&self) {
        self.resizing.stop();
    }

    /// Whether there is a server.
    pub(crate) fn has(&self, addr: Addr, port: Be16, proto: u8, reader: Reader<'_>) -> bool {
        let same = |server: &Server, _| {
            let Key {
                addr: a,
                port: p,
                proto: of,
            } = server.key;
            a == addr && p == port && of.is_none_or(|of| of == u16::from(proto))
        };
        let hash = self.hash(&addr, port);
        self.resizing.table.find(hash, reader, same).is_some()
    }

    /// Brings what is known of a destination in line with what it is. Without memory for it nothing is
    /// known of it.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn update(&self, dest: &Dest) {
        let is_server = dest.is_available() && dest.method() == Some(Method::Masq);
        match (dest.is_listed(), is_server) {
            (false, true) => dest.set_listed(self.add(Key::of(dest)).is_ok()),
            (true, false) => {
                self.remove(Key::of(dest));
                dest.set_listed(false);
            }
            _ => (),
        }
    }

    fn add(&self, key: Key) -> Result {
        let new = Server {
            nodes: Nodes::new(),
            key,
            dests: Atomic::new(1),
        };
        let hash = self.hash(&key.addr, key.port);
        let new = match self.count(key, 1) {
            true => return Ok(()),
            false => RcuArc::new(new, GFP_KERNEL)?,
        };
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        // That there is none was looked at before.
        let inserted = self.resizing.table.insert(new, [hash], reader, |_| false);
        inserted.map_err(|_| ENOMEM)?;
        self.resizing.inserted();
        Ok(())
    }

    fn remove(&self, key: Key) {
        self.count(key, -1);
    }

    /// Counts a destination of a server, if there is that server. Without any there is none.
    fn count(&self, key: Key, by: isize) -> bool {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        let Some(server) = self.find(key, reader) else {
            return false;
        };
        let dests = server.dests.read_once().saturating_add_signed(by);
        server.dests.write_once(dests);
        if dests == 0 && self.resizing.table.remove(&server) {
            self.resizing.removed();
        }
        true
    }

    fn find<'rcu>(&self, key: Key, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Server>> {
        let same = |server: &Server, _| server.key == key;
        let hash = self.hash(&key.addr, key.port);
        let (server, _) = self.resizing.table.find(hash, reader, same)?;
        Some(server)
    }

    fn hash(&self, addr: &Addr, port: Be16) -> u32 {
        let [w0, w1] = addr.to_words();
        self.key.hash4([w0, w1, u64::from(port.raw()), 0]) as u32
    }
}
