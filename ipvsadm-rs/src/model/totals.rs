// SPDX-License-Identifier: GPL-2.0
//! Sums of statistics.

use super::{ServerEntry, ServiceKey, Stats};
use std::net::IpAddr;

/// What [`Sums`] are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everything.
    Namespace {
        /// Entries of the connection table, without templates.
        conns: u64,
        /// Its buckets.
        buckets: u32,
    },
    /// A service.
    Service {
        /// Which one.
        key: ServiceKey,
        /// What it is called.
        name: Option<String>,
        /// Name of its scheduler.
        scheduler: String,
    },
    /// The servers at an address.
    Address(IpAddr),
    /// The services of a firewall mark.
    Mark(u32),
}

/// Sums over servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Services.
    pub services: u32,
    /// Servers.
    pub dests: u32,
    /// Servers whose weight is 0.
    pub idle: u32,
    /// Servers that have too many connections.
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

/// Sums, and what they are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// What they are of.
    pub of: Of,
    /// The sums.
    pub sums: Sums,
}

impl Sums {
    /// Counts a server, without its traffic.
    pub fn add(&mut self, entry: &ServerEntry) {
        let server = &entry.server;
        self.dests += 1;
        self.idle += u32::from(server.weight == 0);
        self.overloaded += u32::from(entry.is_full());
        self.weight += u64::from(server.weight.unsigned_abs());
        self.active += u64::from(entry.active);
        self.inactive += u64::from(entry.inactive);
        self.persistent += u64::from(entry.persistent);
    }

    /// Counts the traffic of something, but not its rates.
    pub fn add_counters(&mut self, stats: &Stats) {
        for (sum, part) in self.stats.totals.iter_mut().zip(stats.totals) {
            *sum = sum.wrapping_add(part);
        }
    }
}
