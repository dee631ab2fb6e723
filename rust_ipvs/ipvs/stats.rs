// SPDX-License-Identifier: GPL-2.0

//! Statistics: what is counted per packet, and what is made of it when somebody asks.
//!
//! Packets are counted per CPU at the destination and nowhere else. A service is the sum of its
//! destinations plus what those that are gone have left behind, and so is a namespace, CPU by CPU.
//! Rates are computed by the reader.

use core::iter;
use ipvs_core::{
    estimate::{
        Counters,
        Estimator, //
    },
    uapi::{
        answers::Answers,
        stats::Stats, //
    },
};
use kernel::{
    new_spinlock,
    prelude::*,
    sync::SpinLock,
    time::Jiffies, //
};
use linux_ext::{
    percpu,
    time, //
};

const CONNS: usize = 0;
const IN_PKTS: usize = 1;
const OUT_PKTS: usize = 2;
const IN_BYTES: usize = 3;
const OUT_BYTES: usize = 4;

/// What a destination has counted since it exists.
pub(crate) struct PacketCounters(percpu::Counters<5>);

const HANDSHAKES: usize = 0;
const HANDSHAKE_TICKS: usize = 1;
const RESETS: usize = 2;

/// How a destination has answered since it exists. Nothing is counted of packets of connections that are
/// there already, hence these are not among the others.
pub(crate) struct AnswerCounters(percpu::Counters<3>);

/// Where those of the destinations of a namespace come from.
#[derive(Default)]
pub(crate) struct CounterPool {
    packets: percpu::Pool<5>,
    answers: percpu::Pool<3>,
}

impl CounterPool {
    /// Takes some for a destination, which are zero.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn take(&mut self) -> Result<(PacketCounters, AnswerCounters)> {
        let packets = PacketCounters(self.packets.take()?);
        let answers = AnswerCounters(self.answers.take()?);
        Ok((packets, answers))
    }
}

impl PacketCounters {
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

    /// Those of a CPU.
    #[inline(always)]
    fn on(&self, cpu: percpu::Cpu) -> Counters {
        counters(self.0.on(cpu))
    }

    /// The sums.
    #[inline]
    pub(crate) fn sum(&self) -> Counters {
        counters(self.0.sum())
    }
}

impl AnswerCounters {
    /// Counts a connection that the server agrees to, after so many ticks.
    pub(crate) fn count_handshake(&self, ticks: Jiffies) {
        self.0.add::<HANDSHAKES>(1);
        self.0.add::<HANDSHAKE_TICKS>(ticks as u64);
    }

    /// Counts a connection that a RST of the server has ended.
    pub(crate) fn count_reset(&self) {
        self.0.add::<RESETS>(1);
    }

    /// The sums.
    pub(crate) fn sum(&self) -> Answers {
        let [handshakes, ticks, resets] = self.0.sum();
        Answers {
            handshakes,
            handshake_ms: time::to_millis(ticks as Jiffies),
            resets,
        }
    }
}

#[inline(always)]
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
pub(crate) struct PerCpu(KVVec<(percpu::Cpu, Counters)>);

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

    /// Adds what destinations have counted: those that `all` gives each time it is called.
    #[inline]
    pub(crate) fn add_all<'a, I: Iterator<Item = &'a PacketCounters>>(
        &mut self,
        all: impl Fn() -> I,
    ) {
        for (cpu, sum) in self.0.iter_mut() {
            *sum = all().fold(*sum, |sum, of| sum.plus(&of.on(*cpu)));
        }
    }

    /// Adds what a destination has counted.
    pub(crate) fn add(&mut self, of: &PacketCounters) {
        self.add_all(|| iter::once(of));
    }

    /// Takes off what a destination has counted.
    pub(crate) fn sub(&mut self, of: &PacketCounters) {
        for (cpu, sum) in self.0.iter_mut() {
            *sum = sum.since(&of.on(*cpu));
        }
    }

    /// The numbers of all CPUs, in their order, and what was counted there.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Counters)> {
        self.0
            .iter()
            .map(|(cpu, counters)| (cpu.number(), counters))
    }

    /// The sum over all CPUs.
    pub(crate) fn sum(&self) -> Counters {
        let start = Counters::default();
        self.iter()
            .fold(start, |sum, (_, counters)| sum.plus(counters))
    }
}

/// What destinations have counted together: those that `all` gives each time it is called.
#[inline]
pub(crate) fn sum_of<'a, I: Iterator<Item = &'a PacketCounters>>(all: impl Fn() -> I) -> Counters {
    // In this order a CPU is looked up once, not for each of them.
    percpu::possible_cpus().fold(Counters::default(), |sum, cpu| {
        all().fold(sum, |sum, of| sum.plus(&of.on(cpu)))
    })
}

/// What is behind the [`Meter`]'s lock.
struct Reading {
    /// Counts at the last zeroing.
    zero: Counters,
    estimator: Estimator,
}

/// Whether rates are estimated, and with them what is shown of counters goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Estimation {
    /// It does.
    Running,
    /// What was shown last is shown on.
    Stopped,
}

/// Turns counters that only grow into what is shown.
#[pin_data]
pub(crate) struct Meter {
    /// Readers come from user space: packets and callbacks never take it.
    #[pin]
    reading: SpinLock<Reading>,
}

impl Meter {
    pub(crate) fn new(estimation: Estimation) -> impl PinInit<Self> {
        let now = Counters::default();
        pin_init!(Self {
            reading <- new_spinlock!(
                Reading {
                    zero: now,
                    estimator: match estimation {
                        Estimation::Running => Estimator::new(time::millis(), &now),
                        Estimation::Stopped => Estimator::frozen(&now),
                    },
                },
                "Meter::reading"
            ),
        })
    }

    /// What to show at a time, in milliseconds since boot, of counters, which are summed up by `now`
    /// under the lock: sums that are taken one after the other do not go backwards.
    // What is shown is to be compiled with what writes it to a message.
    #[inline(always)]
    pub(crate) fn read(&self, now_ms: u64, now: impl FnOnce() -> Counters) -> Stats {
        let mut reading = self.reading.lock();
        let now = match reading.estimator.is_frozen() {
            true => reading.estimator.counted(),
            false => now(),
        };
        reading.estimator.update(now_ms, &now);
        Stats {
            counters: now.since(&reading.zero),
            rates: reading.estimator.rates(),
        }
    }

    /// Shows zero from now on.
    pub(crate) fn zero(&self, now: impl FnOnce() -> Counters) {
        let mut reading = self.reading.lock();
        reading.zero = match reading.estimator.is_frozen() {
            true => reading.estimator.counted(),
            false => now(),
        };
        reading.estimator.zero();
    }

    /// Stops, or goes on with what was counted meanwhile.
    pub(crate) fn follow(&self, estimation: Estimation, now: impl FnOnce() -> Counters) {
        let mut reading = self.reading.lock();
        match (estimation, reading.estimator.is_frozen()) {
            (Estimation::Stopped, false) => {
                let now = now();
                reading.estimator.update(time::millis(), &now);
                reading.estimator.freeze(&now);
            }
            (Estimation::Running, true) => reading.estimator.thaw(time::millis()),
            _ => (),
        }
    }
}
