// SPDX-License-Identifier: GPL-2.0

//! How many packets went no further, by reason: counted per CPU, at the service that it is about or, if
//! it is about none, at the namespace.

use super::{
    netns::{
        Netns,
        Tables, //
    },
    service::Service,
};
use ipvs_core::reason::{
    Fate,
    Reason, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
};
use linux_ext::percpu;

/// Counters by [`Reason::index`].
pub(crate) struct Reasons<const N: usize> {
    counters: percpu::Counters<N>,
    /// What they were at the last zeroing. Written under `Netns::control`.
    zero: [Atomic<u64>; N],
}

/// Those of a service.
pub(crate) type OfService = Reasons<{ Reason::OF_SERVICE }>;
/// Those of a namespace.
pub(crate) type OfNetns = Reasons<{ Reason::COUNT }>;

/// Where those of the services of a namespace come from.
#[derive(Default)]
pub(crate) struct ReasonPool(percpu::Pool<{ Reason::OF_SERVICE }>);

impl OfService {
    /// Takes some that are zero.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(pool: &mut ReasonPool) -> Result<Self> {
        Ok(Self::of(pool.0.take()?))
    }
}

impl OfNetns {
    /// Makes some that are zero.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn alone() -> Result<Self> {
        Ok(Self::of(percpu::Counters::new()?))
    }
}

impl<const N: usize> Reasons<N> {
    fn of(counters: percpu::Counters<N>) -> Self {
        Self {
            counters,
            zero: core::array::from_fn(|_| Atomic::new(0)),
        }
    }

    /// Counts a packet.
    #[inline]
    pub(crate) fn count(&self, reason: Reason) {
        self.counters.add_at(reason.index(), 1);
    }

    /// What was counted since the last zeroing.
    pub(crate) fn read(&self) -> Read<N> {
        let mut counts = self.counters.sum();
        for (count, zero) in counts.iter_mut().zip(&self.zero) {
            *count = count.wrapping_sub(zero.load(Relaxed));
        }
        Read(counts)
    }

    /// Shows zero from now on. The caller holds `Netns::control`.
    pub(crate) fn zero(&self) {
        for (zero, count) in self.zero.iter().zip(self.counters.sum()) {
            zero.store(count, Relaxed);
        }
    }
}

/// What was counted.
pub(crate) struct Read<const N: usize>([u64; N]);

impl<const N: usize> Read<N> {
    /// Of a reason; 0 if it is none that is counted here.
    pub(crate) fn of(&self, reason: Reason) -> u64 {
        self.0.get(reason.index()).copied().unwrap_or(0)
    }

    /// Whether there is nothing.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

/// Notes that a packet went no further: the one place that all that are dropped or answered come by,
/// and those that are let pass for a reason that is about a service. Who listens to events hears of bursts
/// of the former.
///
/// # Context
///
/// Softirq or process context, inside of an RCU section.
pub(crate) fn note(ns: &Netns, tables: &Tables, service: Option<&Service>, reason: Reason) {
    match service {
        Some(service) if reason.is_of_service() => service.reasons.count(reason),
        _ => tables.reasons.count(reason),
    }
    if reason.fate() != Fate::Passed {
        ns.bursts.count(reason);
    }
}
