// SPDX-License-Identifier: GPL-2.0

//! The services of a namespace, by what their packets look like.

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
    },
    Service,
};
use ipvs_core::{
    addr::Addr,
    byteorder::Be16,
    flow::Flow,
    hash, sizing,
    uapi::{
        event::TableKind,
        service::{
            ServiceId,
            ServiceKey, //
        },
    },
    wire::proto,
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    },
};
use linux_ext::{
    net::Net,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::Position, //
    },
};

/// So many locks guard the buckets; there are at least as many buckets.
const LOCKS: usize = 16;

/// The port that FTP is controlled at.
pub(crate) const FTP_PORT: Be16 = Be16::from_host(21);
/// The port that active FTP opens data connections from.
pub(crate) const FTP_DATA_PORT: Be16 = Be16::from_host(20);

/// The services of a namespace.
pub(crate) struct ServiceTable {
    resizing: Arc<Resizing<Service, 1, LOCKS>>,
    key: hash::Key,
    /// How many there are of those that make a lookup try more than the tuple of the packet. Written
    /// under `Netns::control`.
    marked: Atomic<i32>,
    ftp: Atomic<i32>,
    any_port: Atomic<i32>,
}

impl ServiceTable {
    /// Makes an empty table of the smallest size.
    ///
    /// `load_factor` is the binary logarithm of how many services there may be for each bucket
    /// before it grows; `events` are told when it does.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(load_factor: i32, events: &Arc<Events>) -> Result<Self> {
        let notice = Notice::new(events, TableKind::Services);
        // C frees the table with the last service.
        let when_empty = WhenEmpty::StartAnew;
        Ok(Self {
            resizing: Resizing::new(sizing::SERVICES, load_factor, when_empty, notice)?,
            key: random_key(),
            marked: Atomic::new(0),
            ftp: Atomic::new(0),
            any_port: Atomic::new(0),
        })
    }

    /// The number of services.
    pub(crate) fn len(&self) -> usize {
        self.resizing.table.len()
    }

    /// Describes the table. `pause` is called now and then; it may sleep if the caller may.
    pub(crate) fn shape(&self, pause: impl Fn()) -> Shape {
        self.resizing.shape(pause)
    }

    /// Sets the binary logarithm of how many services there may be for each bucket. The table is
    /// fitted to it soon.
    pub(crate) fn set_load_factor(&self, load_factor: i32) {
        self.resizing.set_load_factor(load_factor);
    }

    /// Leaves the size as it is from now on.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(&self) {
        self.resizing.stop();
    }

    /// Finds the service of a new connection.
    pub(crate) fn find_for<'rcu, A: Family>(
        &self,
        net: &Net,
        mark: u32,
        flow: &Flow<A>,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Service>> {
        if mark != 0 && self.marked.read_once() != 0 {
            let key = ServiceKey {
                family: A::FAMILY,
                id: ServiceId::Fwmark(mark),
            };
            if let Some(service) = self.find(&key, reader) {
                return Some(service);
            }
        }
        let at = |port| self.find_at(flow.proto, flow.dst.into(), port, reader);
        if let Some(service) = at(flow.dport) {
            return Some(service);
        }
        if flow.proto == proto::TCP && self.ftp.read_once() != 0 && is_ftp_data(net, flow.dport) {
            if let Some(service) = at(FTP_PORT) {
                return Some(service);
            }
        }
        if self.any_port.read_once() != 0 {
            return at(Be16::ZERO);
        }
        None
    }

    #[inline]
    fn find_at<'rcu>(
        &self,
        proto: u8,
        addr: Addr,
        port: Be16,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Service>> {
        let id = ServiceId::Address {
            proto: proto.into(),
            addr,
            port,
        };
        self.find(
            &ServiceKey {
                family: addr.family(),
                id,
            },
            reader,
        )
    }

    /// Finds the service `key`.
    pub(crate) fn find<'rcu>(
        &self,
        key: &ServiceKey,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Service>> {
        self.resizing
            .table
            .find(self.hash(key), reader, |service, _| service.key() == *key)
            .map(|(service, _)| service)
    }

    /// Adds a service. There must be none with its key.
    pub(crate) fn insert(&self, service: RcuArc<Service>, reader: Reader<'_>) {
        let key = service.key();
        let hash = self.hash(&key);
        // It takes as many as there can be, and is never closed.
        let _ = self
            .resizing
            .table
            .insert(service, [hash], reader, |_| false);
        self.count(&key, 1);
        self.resizing.inserted();
    }

    /// Removes a service. [`ServiceTable::removed`] comes next, or after many.
    pub(crate) fn remove(&self, service: &Service) {
        if self.resizing.table.remove(service) {
            self.count(&service.key(), -1);
        }
    }

    /// Sees to it that the table shrinks, if services that were removed leave it too large.
    pub(crate) fn removed(&self) {
        self.resizing.removed();
    }

    /// The service after `position`, in no particular order.
    pub(crate) fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Service>> {
        self.resizing.table.next(position, reader)
    }

    fn count(&self, key: &ServiceKey, by: i32) {
        let add = |counter: &Atomic<i32>| counter.add(by, Relaxed);
        match key.id {
            ServiceId::Fwmark(_) => add(&self.marked),
            ServiceId::Address { port, .. } if port == FTP_PORT => add(&self.ftp),
            ServiceId::Address { port, .. } if port == Be16::ZERO => add(&self.any_port),
            ServiceId::Address { .. } => (),
        }
    }

    #[inline]
    fn hash(&self, key: &ServiceKey) -> u32 {
        if let ServiceId::Address {
            proto,
            addr: Addr::V4(addr),
            port,
        } = key.id
        {
            let addr = u64::from(u32::from_ne_bytes(addr.octets()));
            // Two that differ in the upper half of the protocol have the same hash; no packet has
            // such a one.
            let tail = u64::from(port.raw()) | u64::from(proto & 0xff) << 16;
            return self.key.hash_7_bytes(addr | tail << 32) as u32;
        }
        let (w0, w1) = words(key);
        self.key.hash2(w0, w1) as u32
    }
}

/// A service as two words, for a hash.
pub(super) fn words(key: &ServiceKey) -> (u64, u64) {
    match key.id {
        ServiceId::Fwmark(mark) => (u64::from(mark), u64::from(key.family.af())),
        ServiceId::Address { proto, addr, port } => {
            let [a, b] = addr.to_words();
            let tail = u64::from(port.raw()) << 32 | u64::from(proto);
            (a, b ^ tail << 16)
        }
    }
}

/// Whether a connection to this port may be a data connection of FTP.
fn is_ftp_data(net: &Net, port: Be16) -> bool {
    port == FTP_DATA_PORT || port.to_host() >= net.first_unprivileged_port()
}
