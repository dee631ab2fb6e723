// SPDX-License-Identifier: GPL-2.0

//! Virtual services.

pub(crate) mod dest;
pub(crate) mod directory;
pub(crate) mod draining;
pub(crate) mod feedback;
pub(crate) mod servers;
pub(crate) mod table;

use super::{
    policy::PolicySlot,
    reasons::{
        self,
        ReasonPool, //
    },
    scheduler::{
        Change,
        Expirations,
        Plan,
        Pool, //
    },
    stats::{
        sum_of,
        Estimation,
        Meter,
        PacketCounters, //
    },
};
use core::iter;
use dest::Dest;
use ipvs_core::{
    byteorder::Be16,
    estimate::Counters,
    persist::Persistence,
    policy::Policy,
    sched::Kind,
    uapi::{
        name::Name,
        service::{
            ServiceId,
            ServiceKey,
            ServiceSpec,
            ServiceView, //
        },
        service_name::ServiceName,
        stats::Stats,
        svc_flag,
        totals::Sums,
    },
};
use kernel::{
    new_spinlock,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        SpinLock, //
    },
};
use linux_ext::{
    impl_hashed,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuCell,
            RcuRef, //
        },
        rcu_table::Nodes, //
    },
    time::HZ,
};

/// A virtual service.
#[pin_data]
pub(crate) struct Service {
    nodes: Nodes<1>,
    key: ServiceKey,
    /// No other service of the namespace has or had it.
    id: usize,
    flags: Atomic<u32>,
    /// In ticks, which wrap as those of C do.
    timeout: Atomic<u32>,
    netmask: Atomic<u32>,
    pub(crate) policy: PolicySlot,
    /// What it is called; written under `Netns::control`. Packets and callbacks never take the lock.
    #[pin]
    name: SpinLock<ServiceName>,
    /// The destinations and the scheduler; changed and replaced under `Netns::control`.
    pool: RcuCell<Pool>,
    /// What destinations have counted that are gone, less what those that are here had counted
    /// before they came. The lock is also held while destinations come and go, so that the sum of both
    /// is right; packets and callbacks never take it.
    #[pin]
    retired: SpinLock<Counters>,
    /// Of packets that went no further.
    pub(crate) reasons: reasons::OfService,
    #[pin]
    meter: Meter,
}

impl_hashed!(Service { self.nodes }, 1);

impl Service {
    /// Makes a service without destinations. `id` is one that nothing else has.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        id: usize,
        key: ServiceKey,
        spec: &ServiceSpec,
        plan: Plan,
        expirations: &Arc<Expirations>,
        reasons: &mut ReasonPool,
        estimation: Estimation,
    ) -> Result<RcuArc<Self>> {
        let pool = Pool::new(id, plan, key.family, expirations)?;
        let name = spec.name.unwrap_or(ServiceName::EMPTY);
        let (flags, timeout, netmask) = (spec.merged_flags(0), ticks(spec), spec.netmask);
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                key,
                id,
                flags: Atomic::new(flags | svc_flag::HASHED),
                timeout: Atomic::new(timeout),
                netmask: Atomic::new(netmask),
                policy: PolicySlot::new(),
                name <- new_spinlock!(name, "Service::name"),
                pool: RcuCell::new(pool),
                retired <- new_spinlock!(Counters::default(), "Service::retired"),
                reasons: reasons::OfService::new(reasons)?,
                meter <- Meter::new(estimation),
            }? Error),
            GFP_KERNEL,
        )
    }

    #[inline]
    pub(crate) fn key(&self) -> ServiceKey {
        self.key
    }

    /// What tells it from all others that the namespace has had, whatever their keys.
    pub(crate) fn id(&self) -> usize {
        self.id
    }

    /// The port of its packets; `None` if a mark says which they are.
    #[inline]
    pub(crate) fn port(&self) -> Option<Be16> {
        match self.key.id {
            ServiceId::Fwmark(_) => None,
            ServiceId::Address { port, .. } => Some(port),
        }
    }

    /// The destinations and the scheduler.
    #[inline]
    pub(crate) fn pool<'rcu>(&self, reader: Reader<'rcu>) -> RcuRef<'rcu, Pool> {
        self.pool.load(reader)
    }

    /// As [`Service::pool`], to be kept.
    pub(crate) fn get_pool(&self) -> RcuArc<Pool> {
        self.pool.get()
    }

    /// Whether connections over UDP live for one packet.
    pub(crate) fn is_one_packet(&self) -> bool {
        self.flags() & svc_flag::ONEPACKET != 0
    }

    /// Which connections go to one server together; `None` if each is scheduled by itself.
    pub(crate) fn persistence(&self) -> Option<Persistence> {
        let is_persistent = self.flags() & svc_flag::PERSISTENT != 0;
        is_persistent.then(|| Persistence::new(&self.key.id, self.netmask.read_once()))
    }

    /// Ticks for which clients are remembered after their last new connection.
    pub(crate) fn timeout(&self) -> u32 {
        self.timeout.read_once()
    }

    /// The flags, with the kernel's own.
    pub(crate) fn flags(&self) -> u32 {
        self.flags.read_once()
    }

    /// Replaces what `spec` says but for the scheduler.
    pub(crate) fn configure(&self, spec: &ServiceSpec) {
        let flags = spec.merged_flags(self.flags()) | svc_flag::HASHED;
        self.flags.store(flags, Relaxed);
        self.timeout.store(ticks(spec), Relaxed);
        self.netmask.store(spec.netmask, Relaxed);
        if let Some(name) = spec.name {
            *self.name.lock() = name;
        }
    }

    /// Replaces the policy, that of its destinations, too. `None` is one that says nothing.
    pub(crate) fn set_policy(&self, policy: Option<&RcuArc<Policy>>, reader: Reader<'_>) {
        self.policy.set(policy, reader);
        for dest in self.pool(reader).into_ref().dests(reader) {
            dest.policy.set(policy, reader);
        }
    }

    /// Says that some of its destinations have been changed: those that `all` gives each time it is
    /// called.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn dests_changed<'a>(&self, all: impl Iterator<Item = &'a Dest>) {
        let pool = self.get_pool();
        all.for_each(|dest| pool.weigh(dest));
        pool.changed(Change::Dest);
    }

    /// Gives it other destinations, another pool, or both. `id` is one that nothing else has.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn turn_over<'a, J, L>(&self, turnover: Turnover<J, L>, id: usize)
    where
        J: Iterator<Item = &'a RcuArc<Dest>> + Clone,
        L: Iterator<Item = &'a RcuArc<Dest>> + Clone,
    {
        let Turnover {
            successor,
            joining,
            leaving,
        } = turnover;
        let is_change = joining.clone().chain(leaving.clone()).next().is_some();
        match successor {
            Some(pool) => self.go_over_to(pool, joining, leaving, is_change),
            None if is_change => self.turn_over_in_place(joining, leaving, id),
            None => (),
        }
    }

    /// Goes over to another pool: whoever looks sees all of the change or nothing.
    fn go_over_to<'a>(
        &self,
        new: RcuArc<Pool>,
        joining: impl Iterator<Item = &'a RcuArc<Dest>> + Clone,
        leaving: impl Iterator<Item = &'a RcuArc<Dest>> + Clone,
        is_change: bool,
    ) {
        leaving.clone().for_each(|dest| dest.set_leaving());
        new.take_over(&self.get_pool(), joining.clone());
        if is_change {
            new.changed(Change::List);
        }
        let old = {
            let mut retired = self.retired.lock();
            let counters = joining.map(|dest| dest.counters.sum());
            let less = counters.fold(*retired, |sum, of| sum.since(&of));
            let counters = leaving.clone().map(|dest| dest.counters.sum());
            *retired = counters.fold(less, |sum, of| sum.plus(&of));
            self.pool.replace(new)
        };
        drop(old);
        leaving.for_each(|dest| dest.leave());
    }

    /// Destinations come and go one after the other, those that go last.
    fn turn_over_in_place<'a>(
        &self,
        joining: impl Iterator<Item = &'a RcuArc<Dest>>,
        leaving: impl Iterator<Item = &'a RcuArc<Dest>>,
        id: usize,
    ) {
        let pool = self.get_pool();
        for dest in joining {
            let mut retired = self.retired.lock();
            *retired = retired.since(&dest.counters.sum());
            pool.push(dest.clone());
        }
        for dest in leaving {
            let mut retired = self.retired.lock();
            *retired = retired.plus(&dest.counters.sum());
            pool.remove(dest);
        }
        pool.changed(Change::List);
        if let Some(pool) = pool.without_gaps(id) {
            drop(self.pool.replace(pool));
        }
    }

    /// What its destinations have counted while they were here.
    fn count(&self, reader: Reader<'_>) -> Counters {
        let retired = self.retired.lock();
        retired.plus(&sum_of(|| self.counters(reader)))
    }

    /// The counters of each of its destinations.
    #[inline]
    pub(crate) fn counters<'rcu>(
        &self,
        reader: Reader<'rcu>,
    ) -> impl Iterator<Item = &'rcu PacketCounters> {
        let dests = self.pool(reader).into_ref().dests(reader);
        dests.map(|dest| &dest.into_ref().counters)
    }

    fn stats(&self, now_ms: u64, reader: Reader<'_>) -> Stats {
        self.meter.read(now_ms, || self.count(reader))
    }

    /// Stops its statistics, or goes on with them; not those of its destinations.
    pub(crate) fn follow(&self, estimation: Estimation, reader: Reader<'_>) {
        self.meter.follow(estimation, || self.count(reader));
    }

    /// Shows zero in the statistics of the service and its destinations from now on.
    pub(crate) fn zero(&self, reader: Reader<'_>) {
        for dest in self.pool(reader).into_ref().dests(reader) {
            dest.zero();
        }
        self.meter.zero(|| self.count(reader));
        self.reasons.zero();
    }

    /// What it is called.
    pub(crate) fn name(&self) -> ServiceName {
        *self.name.lock()
    }

    /// Name of its scheduler.
    pub(crate) fn sched_name(&self, reader: Reader<'_>) -> Option<Name> {
        let kind = self.pool(reader).scheduler()?;
        Name::new(kind.name().as_bytes())
    }

    /// The sums over its destinations, with its statistics at a time, in milliseconds since boot.
    pub(crate) fn sums(&self, now_ms: u64, reader: Reader<'_>) -> Sums {
        let pool = self.pool(reader).into_ref();
        let dests = pool.dests(reader);
        let sums = dests.fold(Sums::default(), |sums, dest| sums.plus(&dest.sums()));
        Sums {
            services: 1,
            stats: self.stats(now_ms, reader),
            ..sums
        }
    }

    /// Name of the scheduler, flags, timeout in ticks and netmask.
    pub(crate) fn summary(&self, reader: Reader<'_>) -> (&'static str, u32, u32, u32) {
        let sched = self.pool(reader).scheduler().map_or("none", Kind::name);
        (
            sched,
            self.flags(),
            self.timeout.read_once(),
            self.netmask.read_once(),
        )
    }

    /// Calls `f` with all that can be shown at a time, in milliseconds since boot.
    // What writes it to a message is to be compiled with what reads it.
    #[inline(always)]
    pub(crate) fn view<R>(
        &self,
        now_ms: u64,
        reader: Reader<'_>,
        f: impl FnOnce(&ServiceView<'_>) -> R,
    ) -> R {
        self.view_with(reader, self.stats(now_ms, reader), f)
    }

    /// The same without statistics.
    #[inline(always)]
    pub(crate) fn brief_view<R>(
        &self,
        reader: Reader<'_>,
        f: impl FnOnce(&ServiceView<'_>) -> R,
    ) -> R {
        self.view_with(reader, Stats::default(), f)
    }

    #[inline(always)]
    fn view_with<R>(
        &self,
        reader: Reader<'_>,
        stats: Stats,
        f: impl FnOnce(&ServiceView<'_>) -> R,
    ) -> R {
        let plan = self.pool(reader).plan();
        let sched = plan.kind.and_then(|kind| Name::new(kind.name().as_bytes()));
        f(&ServiceView {
            key: self.key,
            sched: sched.as_ref(),
            pe: None,
            flags: self.flags(),
            timeout: self.timeout.read_once() / HZ as u32,
            netmask: self.netmask.read_once(),
            slow_start: plan.tempo.slow_start,
            policy: self.policy.read(reader),
            name: &self.name(),
            stats,
        })
    }
}

/// What is to become of the destinations of a service. The pool has room for it.
pub(crate) struct Turnover<J, L> {
    /// The pool to go on with, in which there is nothing yet; `None` if the service keeps the one that
    /// it has.
    pub(crate) successor: Option<RcuArc<Pool>>,
    /// Those that are new, in the order in which they come. They have serial numbers, each a higher
    /// one than whatever came before.
    pub(crate) joining: J,
    /// Those that it loses.
    pub(crate) leaving: L,
}

impl<'a> Turnover<iter::Empty<&'a RcuArc<Dest>>, iter::Empty<&'a RcuArc<Dest>>> {
    /// Another pool with the same destinations.
    pub(crate) fn to(successor: Option<RcuArc<Pool>>) -> Self {
        Self {
            successor,
            joining: iter::empty(),
            leaving: iter::empty(),
        }
    }
}

fn ticks(spec: &ServiceSpec) -> u32 {
    spec.timeout.wrapping_mul(HZ as u32)
}
