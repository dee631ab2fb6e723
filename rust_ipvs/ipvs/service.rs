// SPDX-License-Identifier: GPL-2.0

//! Virtual services.

pub(crate) mod dest;
pub(crate) mod directory;
pub(crate) mod draining;
pub(crate) mod feedback;
pub(crate) mod servers;
pub(crate) mod table;

use super::{
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
use dest::Dest;
use ipvs_core::{
    byteorder::Be16,
    estimate::Counters,
    persist::Persistence,
    sched::Kind,
    uapi::{
        name::Name,
        service::{
            ServiceId,
            ServiceKey,
            ServiceSpec,
            ServiceView, //
        },
        stats::Stats,
        svc_flag,
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
        let (flags, timeout, netmask) = (spec.merged_flags(0), ticks(spec), spec.netmask);
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                key,
                id,
                flags: Atomic::new(flags | svc_flag::HASHED),
                timeout: Atomic::new(timeout),
                netmask: Atomic::new(netmask),
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
    }

    /// Replaces the scheduler, unless it has it already: then its state stays; and how long slow start
    /// takes. `id` is one that nothing else has.
    pub(crate) fn set_plan(&self, plan: Plan, id: usize, expirations: &Arc<Expirations>) -> Result {
        let pool = self.get_pool();
        if pool.plan() != plan {
            drop(self.pool.replace(pool.with_plan(id, plan, expirations)?));
        }
        Ok(())
    }

    /// Makes sure that there is room for another destination. `id` is one that nothing else has.
    pub(crate) fn make_room(&self, id: usize) -> Result {
        if let Some(pool) = self.get_pool().with_room(id)? {
            drop(self.pool.replace(pool));
        }
        Ok(())
    }

    /// Adds a destination, for which there must be room. `serial` is higher than that of all others.
    pub(crate) fn add_dest(&self, dest: RcuArc<Dest>, serial: usize) {
        dest.set_serial(serial);
        let pool = self.get_pool();
        {
            let mut retired = self.retired.lock();
            *retired = retired.since(&dest.counters.sum());
            pool.push(dest);
        }
        pool.changed(Change::List);
    }

    /// Says that one of its destinations was changed.
    pub(crate) fn dest_changed(&self, dest: &Dest) {
        self.get_pool().dest_changed(dest);
    }

    /// Removes a destination. `id` is one that nothing else has.
    pub(crate) fn remove_dest(&self, dest: &RcuArc<Dest>, id: usize) {
        let pool = self.get_pool();
        {
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
            stats,
        })
    }
}

fn ticks(spec: &ServiceSpec) -> u32 {
    spec.timeout.wrapping_mul(HZ as u32)
}
