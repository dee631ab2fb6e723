// SPDX-License-Identifier: GPL-2.0

//! Statistics: what is counted per packet, and what is made of it when somebody asks.
//!
//! Packets are counted per CPU at the destination and nowhere else. A service is the sum of its
//! destinations plus what those that are gone have left behind, and so is a namespace, CPU by CPU.
//! Rates are computed by the reader.

use ipvs_core::{
    estimate::{
        Counters,
        Estimator, //
    },
    uapi::stats::Stats, //
};
use kernel::prelude::*;
use linux_ext::{
    new_spinlock_bh,
    percpu,
    sync::spinlock_bh::SpinLockBh,
    time, //
};

const CONNS: usize = 0;
const IN_PKTS: usize = 1;
const OUT_PKTS: usize = 2;
const IN_BYTES: usize = 3;
const OUT_BYTES: usize = 4;

/// What a destination has counted since it exists.
pub(crate) struct PacketCounters(percpu::Counters<5>);

/// Where those of the destinations of a namespace come from.
#[derive(Default)]
pub(crate) struct CounterPool(percpu::Pool<5>);

impl PacketCounters {
    /// Takes some that are zero.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(pool: &mut CounterPool) -> Result<Self> {
        Ok(Self(pool.0.take()?))
    }

    /// Counts a packet of `len` bytes from a client.
    #[inline]
    pub(crate) fn count_in(&self, len: usize) {
        self.0.add::<IN_PKTS>(1);
        self.0.add::<IN_BYTES>(len as u64);
    }

    /// Counts a packet of `len` bytes from the server.
    #[inline]
    pub(crate) fn count_out(&self, len: usize) {
        self.0.add::<OUT_PKTS>(1);
        self.0.add::<OUT_BYTES>(len as u64);
    }

    /// Counts a new connection.
    #[inline]
    pub(crate) fn count_conn(&self) {
        self.0.add::<CONNS>(1);
    }

    /// The sums.
    pub(crate) fn sum(&self) -> Counters {
        counters(self.0.sum())
    }
}

fn counters(numbers: [u64; 5]) -> Counters {
    let [conns, in_pkts, out_pkts, in_bytes, out_bytes] = numbers;
    Counters {
        conns,
        in_pkts,
        out_pkts,
        in_bytes,
        out_bytes,
    }
}

/// What many destinations have counted together, CPU by CPU.
#[derive(Default)]
pub(crate) struct PerCpu(KVVec<(u32, Counters)>);

impl PerCpu {
    /// Nothing on any CPU.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new() -> Result<Self> {
        let mut cpus = KVVec::new();
        for cpu in percpu::possible_cpus() {
            cpus.push((cpu, Counters::default()), GFP_KERNEL)?;
        }
        Ok(Self(cpus))
    }

    /// Whether there is not even a CPU.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same once more.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn copy(&self) -> Result<Self> {
        let mut copy = Self::new()?;
        for ((_, to), (_, from)) in copy.0.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        Ok(copy)
    }

    /// Adds what a destination has counted.
    pub(crate) fn add(&mut self, of: &PacketCounters) {
        self.change(of, Counters::plus);
    }

    /// Takes off what a destination has counted.
    pub(crate) fn sub(&mut self, of: &PacketCounters) {
        self.change(of, Counters::since);
    }

    fn change(&mut self, of: &PacketCounters, f: impl Fn(&Counters, &Counters) -> Counters) {
        let mut cpus = self.0.iter_mut();
        // Both are in the order of the CPUs.
        of.0.for_each(|_, numbers| {
            if let Some((_, sum)) = cpus.next() {
                *sum = f(sum, &counters(numbers));
            }
        });
    }

    /// All CPUs, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(u32, Counters)> {
        self.0.iter()
    }

    /// The sum over all CPUs.
    pub(crate) fn sum(&self) -> Counters {
        let start = Counters::default();
        self.iter()
            .fold(start, |sum, (_, counters)| sum.plus(counters))
    }
}

/// What is behind the [`Meter`]'s lock.
struct Reading {
    /// Counts at the last zeroing.
    zero: Counters,
    estimator: Estimator,
}

/// Turns counters that only grow into what is shown.
#[pin_data]
pub(crate) struct Meter {
    #[pin]
    reading: SpinLockBh<Reading>,
}

impl Meter {
    pub(crate) fn new(now: Counters) -> impl PinInit<Self> {
        pin_init!(Self {
            reading <- new_spinlock_bh!(
                Reading {
                    zero: now,
                    estimator: Estimator::new(time::millis(), &now),
                },
                c"Meter::reading"
            ),
        })
    }

    /// What to show of counters, which are summed up by `now` under the lock: sums that are taken one
    /// after the other do not go backwards.
    pub(crate) fn read(&self, now: impl FnOnce() -> Counters) -> Stats {
        let mut reading = self.reading.lock();
        let now = now();
        reading.estimator.update(time::millis(), &now);
        Stats {
            counters: now.since(&reading.zero),
            rates: reading.estimator.rates(),
        }
    }

    /// Shows zero from now on.
    pub(crate) fn zero(&self, now: impl FnOnce() -> Counters) {
        let mut reading = self.reading.lock();
        reading.zero = now();
        reading.estimator.zero();
    }
}
