// SPDX-License-Identifier: GPL-2.0

//! What C does not have: statistics that the kernel has summed up (`GET_TOTALS`), so that who wants the
//! sums need not ask for every destination.

use core::mem;

use super::nla::{
    emit_addr,
    Attrs,
    Sink, //
};
use super::service::{
    emit_key,
    ServiceKey, //
};
use super::service_name::ServiceName;
use super::stats::{
    emit_stats64,
    Stats, //
};
use crate::addr::Addr;

/// Nest [`attr`], in requests and answers. Beside the nest of a service; far from the numbers that C
/// may come to need.
pub const TOTALS: u16 = 0x1008;

/// In the nest [`TOTALS`]. A request has [`attr::BY`] alone.
pub mod attr {
    /// u32: what sums are of, one of [`by`](super::by).
    pub const BY: u16 = 1;
    /// Nest of a service with its key alone.
    pub const SERVICE: u16 = 2;
    /// String: name of the service, if it has one.
    pub const NAME: u16 = 3;
    /// String: name of its scheduler.
    pub const SCHED_NAME: u16 = 4;
    /// u32: mark of packets.
    pub const FWMARK: u16 = 5;
    /// u16: address family.
    pub const AF: u16 = 6;
    /// 16 bytes: address of servers, in network order.
    pub const ADDR: u16 = 7;
    /// u32: services.
    pub const SERVICES: u16 = 8;
    /// u32: destinations.
    pub const DESTS: u16 = 9;
    /// u32: of these, those whose weight is 0.
    pub const IDLE: u16 = 10;
    /// u32: of these, those that have too many connections.
    pub const OVERLOADED: u16 = 11;
    /// u64: sum of the weights.
    pub const WEIGHT: u16 = 12;
    /// u64: active connections.
    pub const ACTIVE_CONNS: u16 = 13;
    /// u64: inactive connections.
    pub const INACT_CONNS: u16 = 14;
    /// u64: persistence templates.
    pub const PERSIST_CONNS: u16 = 15;
    /// Nest of statistics with numbers of 64 bits.
    pub const STATS64: u16 = 16;
    /// u64: entries of the connection table, without templates.
    pub const CONNS: u16 = 17;
    /// u32: buckets of the connection table.
    pub const CONN_TAB_SIZE: u16 = 18;
    /// One more than the highest.
    pub const COUNT: usize = 19;
}

/// What sums are of.
pub mod by {
    /// Everything.
    pub const NAMESPACE: u32 = 0;
    /// Each service.
    pub const SERVICE: u32 = 1;
    /// The destinations at each address, whatever their ports and services. They have no rates, and
    /// what destinations that are gone have counted is in no sum.
    pub const ADDRESS: u32 = 2;
    /// The services of each firewall mark, of either family. They have no rates.
    pub const FWMARK: u32 = 3;
}

/// What the sums are of that a request for a dump wants; nobody has checked it. `None` if it does not
/// say so.
pub fn by_of_dump(attrs: &[u8]) -> Option<u32> {
    let nest = Attrs::new(attrs)
        .filter(|attr| attr.kind == TOTALS)
        .last()?;
    let by = Attrs::new(nest.data)
        .filter(|attr| attr.kind == attr::BY)
        .last()?;

    by.data.first_chunk().copied().map(u32::from_ne_bytes)
}

/// Sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Services.
    pub services: u32,
    /// Destinations.
    pub dests: u32,
    /// Destinations whose weight is 0.
    pub idle: u32,
    /// Destinations that have too many connections.
    pub overloaded: u32,
    /// Weights.
    pub weight: u64,
    /// Active connections.
    pub active: u64,
    /// Inactive connections.
    pub inactive: u64,
    /// Persistence templates.
    pub persistent: u64,
    /// Counters and rates.
    pub stats: Stats,
}

impl Sums {
    /// Both together; the rates are those of this one.
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            services: self.services.saturating_add(other.services),
            dests: self.dests.saturating_add(other.dests),
            idle: self.idle.saturating_add(other.idle),
            overloaded: self.overloaded.saturating_add(other.overloaded),
            weight: self.weight.saturating_add(other.weight),
            active: self.active.saturating_add(other.active),
            inactive: self.inactive.saturating_add(other.inactive),
            persistent: self.persistent.saturating_add(other.persistent),
            stats: Stats {
                counters: self.stats.counters.plus(&other.stats.counters),
                rates: self.stats.rates,
            },
        }
    }
}

/// What [`Sums`] are of.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// A namespace.
    Namespace {
        /// Entries of the connection table.
        conns: u64,
        /// Its buckets.
        buckets: u32,
    },
    /// A service.
    Service {
        /// Which one.
        key: &'a ServiceKey,
        /// Its name.
        name: &'a ServiceName,
        /// Name of its scheduler, with its NUL.
        sched: &'a [u8],
    },
    /// The destinations at an address.
    Address(Addr),
    /// The services of a mark.
    Fwmark(u32),
}

/// Writes the nest [`TOTALS`].
pub fn emit_totals<S: Sink>(sink: &mut S, of: &Of<'_>, sums: &Sums) -> Result<(), S::Error> {
    let nest = sink.begin_nest(TOTALS)?;
    emit_of(sink, of)?;
    for (kind, number) in [
        (attr::SERVICES, sums.services),
        (attr::DESTS, sums.dests),
        (attr::IDLE, sums.idle),
        (attr::OVERLOADED, sums.overloaded),
    ] {
        sink.put(kind, &number.to_ne_bytes())?;
    }
    for (kind, number) in [
        (attr::WEIGHT, sums.weight),
        (attr::ACTIVE_CONNS, sums.active),
        (attr::INACT_CONNS, sums.inactive),
        (attr::PERSIST_CONNS, sums.persistent),
    ] {
        sink.put(kind, &number.to_ne_bytes())?;
    }
    emit_stats64(sink, attr::STATS64, &sums.stats)?;
    sink.end_nest(nest)
}

fn emit_of<S: Sink>(sink: &mut S, of: &Of<'_>) -> Result<(), S::Error> {
    let mut by = |by: u32| sink.put(attr::BY, &by.to_ne_bytes());
    match of {
        Of::Namespace { conns, buckets } => {
            by(by::NAMESPACE)?;
            sink.put(attr::CONNS, &conns.to_ne_bytes())?;
            sink.put(attr::CONN_TAB_SIZE, &buckets.to_ne_bytes())
        }
        Of::Service { key, name, sched } => {
            by(by::SERVICE)?;
            let nest = sink.begin_nest(attr::SERVICE)?;
            emit_key(sink, key)?;
            sink.end_nest(nest)?;
            if !name.is_empty() {
                sink.put(attr::NAME, name.with_nul())?;
            }
            sink.put(attr::SCHED_NAME, sched)
        }
        Of::Address(addr) => {
            by(by::ADDRESS)?;
            sink.put(attr::AF, &addr.family().af().to_ne_bytes())?;
            emit_addr(sink, attr::ADDR, addr)
        }
        Of::Fwmark(mark) => {
            by(by::FWMARK)?;
            sink.put(attr::FWMARK, &mark.to_ne_bytes())
        }
    }
}

/// Sums of many things by what they have in common, where there is room for a part of them only: for
/// those whose keys come next behind one. So all are found in some rounds, in the order of their keys.
pub struct Next<'a, K> {
    /// The first `len` are taken, and in order.
    entries: &'a mut [(K, Sums)],
    len: usize,
    behind: Option<K>,
}

impl<'a, K: Copy + Ord> Next<'a, K> {
    /// Looks for keys above `behind`, or from the lowest on. What is in `entries` does not matter.
    pub fn new(entries: &'a mut [(K, Sums)], behind: Option<K>) -> Self {
        Self {
            entries,
            len: 0,
            behind,
        }
    }

    /// The sums of a key, to be added to. `None` if it is not among those that come next.
    pub fn of(&mut self, key: K) -> Option<&mut Sums> {
        if self.behind.is_some_and(|behind| key <= behind) {
            return None;
        }
        let taken = self.entries.get(..self.len)?;
        let at = match taken.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => at,
            Err(at) => {
                self.insert(at, key)?;
                at
            }
        };
        self.entries.get_mut(at).map(|(_, sums)| sums)
    }

    /// Makes room at a place, for which the highest may have to go.
    fn insert(&mut self, at: usize, key: K) -> Option<()> {
        let grown = self.len.wrapping_add(1).min(self.entries.len());
        let moved = self
            .entries
            .get_mut(at..grown)
            .filter(|moved| !moved.is_empty())?;
        let mut carried = (key, Sums::default());
        for entry in moved {
            mem::swap(entry, &mut carried);
        }
        self.len = grown;
        Some(())
    }

    /// What was found, in the order of the keys.
    pub fn found(&self) -> &[(K, Sums)] {
        self.entries.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        attr,
        Buffer, //
    };
    use super::*;
    use crate::estimate::Counters;
    use core::net::Ipv4Addr;
    use std::vec::Vec;

    #[test]
    fn what_is_wanted() {
        assert_eq!(by_of_dump(&[]), None);
        assert_eq!(by_of_dump(&attr(TOTALS, &[])), None);
        let request = attr(TOTALS, &attr(attr::BY, &[2, 0, 0, 0]));
        assert_eq!(by_of_dump(&request), Some(by::ADDRESS));
        let short = attr(TOTALS, &attr(attr::BY, &[2, 0, 0]));
        assert_eq!(by_of_dump(&short), None);
    }

    #[test]
    fn sums_add_up() {
        let one = Sums {
            services: 1,
            dests: 2,
            idle: 3,
            overloaded: 4,
            weight: 5,
            active: 6,
            inactive: 7,
            persistent: 8,
            stats: Stats {
                counters: Counters {
                    conns: 9,
                    ..Counters::default()
                },
                ..Stats::default()
            },
        };
        let two = one.plus(&one);
        assert_eq!(
            (two.services, two.dests, two.idle, two.overloaded),
            (2, 4, 6, 8)
        );
        assert_eq!(
            (two.weight, two.active, two.inactive, two.persistent),
            (10, 12, 14, 16)
        );
        assert_eq!(two.stats.counters.conns, 18);
        assert_eq!(one.plus(&Sums::default()), one);
    }

    #[test]
    fn emission_by_address() {
        let mut buffer = Buffer::default();
        let sums = Sums {
            dests: 3,
            ..Sums::default()
        };
        let addr = Addr::V4(Ipv4Addr::new(10, 0, 0, 1));
        emit_totals(&mut buffer, &Of::Address(addr), &sums).unwrap();
        let start = [
            attr(attr::BY, &[2, 0, 0, 0]),
            attr(attr::AF, &[2, 0]),
            attr(
                attr::ADDR,
                &[10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ),
            attr(attr::SERVICES, &[0; 4]),
            attr(attr::DESTS, &[3, 0, 0, 0]),
        ]
        .concat();
        assert_eq!(buffer.0[4..][..start.len()], start);
    }

    /// All keys with how often they came, found in rounds of `room`.
    fn in_rounds(keys: &[u32], room: usize) -> Vec<(u32, u32)> {
        let mut entries: Vec<_> = (0..room).map(|_| (0, Sums::default())).collect();
        let mut all = Vec::new();
        let mut behind = None;
        loop {
            let mut next = Next::new(&mut entries, behind);
            for key in keys {
                if let Some(sums) = next.of(*key) {
                    sums.dests += 1;
                }
            }
            let Some((last, _)) = next.found().last() else {
                return all;
            };
            behind = Some(*last);
            all.extend(next.found().iter().map(|(key, sums)| (*key, sums.dests)));
        }
    }

    #[test]
    fn all_are_found_in_order() {
        let keys = [7, 3, 0, 9, 3, u32::MAX, 7, 7, 1, 0];
        let expected = [(0, 2), (1, 1), (3, 2), (7, 3), (9, 1), (u32::MAX, 1)];
        for room in 1..9 {
            assert_eq!(in_rounds(&keys, room), expected, "{room}");
        }
        assert_eq!(in_rounds(&[], 3), []);
        assert_eq!(in_rounds(&keys, 0), []);
    }
}
