// SPDX-License-Identifier: GPL-2.0

//! Destinations: the real servers of a service.

use super::{
    super::{
        events::Events,
        policy::PolicySlot,
        scheduler::ranking::Ranking,
        stats::{
            AnswerCounters,
            CounterPool,
            Estimation,
            Meter,
            PacketCounters, //
        },
    },
    draining::Draining,
    feedback::Feedback, //
};
use ipvs_core::{
    addr::{
        Addr,
        Family, //
    },
    byteorder::Be16,
    conn::{
        flag,
        Method, //
    },
    sched::{
        least::Watched,
        slow,
        Load,
        Server, //
    },
    tunnel::Tunnel,
    uapi::{
        dest::{
            DestKey,
            DestSpec,
            DestView, //
        },
        drain::{
            Action,
            DrainView, //
        },
        feedback::Report,
        service::{
            ServiceId,
            ServiceKey, //
        },
        stats::Stats,
        totals::Sums,
    },
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Full,
            Relaxed, //
        },
        barrier::smp_mb,
        rcu::read_lock,
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    impl_hashed,
    net::{
        path::Path,
        route::RouteCache4,
        route6::RouteCache6, //
    },
    new_spinlock_bh,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuSlot, //
        },
        rcu_table::Nodes,
        spinlock_bh::SpinLockBh, //
    },
    time::{
        ahead,
        jiffies, //
    },
};

/// A destination.
///
/// It outlives its place in the service: connections hold it, and so does the directory, from which it
/// comes back when it is added again.
#[pin_data]
pub(crate) struct Dest {
    /// In the directory.
    nodes: Nodes<1>,
    key: DestKey,
    /// The service that has or had it.
    service: ServiceKey,
    /// The same by its [id](super::Service::id): one that is made anew under the same key is another
    /// one. Changed under `Netns::control`.
    owner: Atomic<usize>,
    /// [`GONE`], [`PRESENT`] or [`LEAVING`]; changed under `Netns::control`.
    available: Atomic<i32>,
    /// Whether [`Servers`](super::servers::Servers) have it; changed under `Netns::control`.
    listed: Atomic<i32>,
    /// Where it is in the list of its service, and how late it came there: later ones have higher
    /// numbers. Both are changed under `Netns::control`.
    slot: Atomic<usize>,
    serial: Atomic<usize>,
    /// What has to know if one of the numbers below changes; `None` if nothing has. Written under
    /// `Netns::control`, after `slot`.
    ranking: RcuSlot<Ranking>,
    /// That of its service, or of the one that had it last.
    pub(crate) policy: PolicySlot,
    /// As configured.
    weight: Atomic<i32>,
    /// What schedulers see of it: nothing while it drains. Written under `Netns::control`.
    share: Atomic<i32>,
    /// Its draining, if it does; changed under `Netns::control`.
    draining: RcuSlot<Draining>,
    /// The last weight that was not zero, or the one that it came with.
    last_weight: Atomic<i32>,
    method: Atomic<u32>,
    u_threshold: Atomic<u32>,
    l_threshold: Atomic<u32>,
    /// Type and port of a tunnel.
    tunnel: Atomic<u32>,
    tunnel_flags: Atomic<u32>,
    /// Whether it has too many connections; written under `overload`.
    overloaded: Atomic<i32>,
    #[pin]
    overload: SpinLockBh<()>,
    events: Arc<Events>,
    /// Whether the last event said that it has too many connections.
    told: Atomic<i32>,
    /// Whether it waits for an event to say whether it has.
    to_be_told: Atomic<i32>,
    /// Connections in an active state.
    active: Atomic<i32>,
    /// All connections.
    total: Atomic<i32>,
    /// Templates.
    persistent: Atomic<i32>,
    /// When it lost its last connection or template, or its service, in ticks.
    idle_since: Atomic<usize>,
    /// Since when it has a weight, in ticks.
    started: Atomic<usize>,
    /// What is left of turns that it did not take.
    left: Atomic<u32>,
    feedback: Feedback,
    pub(crate) counters: PacketCounters,
    pub(crate) answers: AnswerCounters,
    /// The route there; of the family that its address has.
    pub(crate) route4: RouteCache4,
    pub(crate) route6: RouteCache6,
    /// The way through a tunnel.
    pub(crate) path: RcuSlot<Path>,
    #[pin]
    meter: Meter,
}

impl_hashed!(Dest { self.nodes }, 1);

/// No service has it.
const GONE: i32 = 0;
/// A service has it.
const PRESENT: i32 = 1;
/// A service has it, and is about to get a pool without it.
const LEAVING: i32 = 2;

impl Dest {
    /// Makes a destination for `service`, of which `owner` is the id. `events` are told when it has
    /// too many connections.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        service: ServiceKey,
        owner: usize,
        key: DestKey,
        spec: &DestSpec,
        (counters, answers): (PacketCounters, AnswerCounters),
        estimation: Estimation,
        events: &Arc<Events>,
    ) -> Result<RcuArc<Self>> {
        let spec = *spec;
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                key,
                service,
                owner: Atomic::new(owner),
                available: Atomic::new(GONE),
                listed: Atomic::new(0),
                slot: Atomic::new(0),
                serial: Atomic::new(0),
                ranking: RcuSlot::new(),
                policy: PolicySlot::new(),
                weight: Atomic::new(spec.weight),
                share: Atomic::new(spec.weight),
                draining: RcuSlot::new(),
                last_weight: Atomic::new(spec.weight),
                method: Atomic::new(spec.method),
                u_threshold: Atomic::new(spec.u_threshold),
                l_threshold: Atomic::new(spec.l_threshold),
                tunnel: Atomic::new(pack_tunnel(&spec)),
                tunnel_flags: Atomic::new(spec.tun_flags.into()),
                overloaded: Atomic::new(0),
                overload <- new_spinlock_bh!((), c"Dest::overload"),
                events: events.clone(),
                told: Atomic::new(0),
                to_be_told: Atomic::new(0),
                active: Atomic::new(0),
                total: Atomic::new(0),
                persistent: Atomic::new(0),
                idle_since: Atomic::new(jiffies()),
                started: Atomic::new(jiffies()),
                left: Atomic::new(0),
                feedback: Feedback::new(),
                counters,
                answers,
                route4: RouteCache4::new(),
                route6: RouteCache6::new(),
                path: RcuSlot::new(),
                meter <- Meter::new(estimation),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// Makes what connections without a server have in place of a destination. No service has it, and
    /// nobody sees what it counts.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn elsewhere(family: Family, events: &Arc<Events>) -> Result<RcuArc<Self>> {
        let service = ServiceKey {
            family,
            id: ServiceId::Fwmark(0),
        };
        let key = DestKey {
            addr: Addr::unspecified(family),
            port: Be16::ZERO,
        };
        let spec = DestSpec {
            method: Method::Bypass.bits(),
            weight: 1,
            u_threshold: 0,
            l_threshold: 0,
            tun_type: 0,
            tun_port: Be16::ZERO,
            tun_flags: 0,
        };
        let counters = CounterPool::default().take()?;
        let (owner, estimation) = (0, Estimation::Running);
        let dest = Self::new(service, owner, key, &spec, counters, estimation, events)?;
        dest.set_available(true);
        Ok(dest)
    }

    pub(crate) fn key(&self) -> DestKey {
        self.key
    }

    /// The service that has or had it.
    pub(crate) fn service(&self) -> ServiceKey {
        self.service
    }

    /// The id of the service that has or had it.
    pub(crate) fn owner(&self) -> usize {
        self.owner.read_once()
    }

    /// Sets the id of the service that has it.
    pub(crate) fn set_owner(&self, owner: usize) {
        self.owner.write_once(owner);
    }

    #[inline]
    pub(crate) fn port(&self) -> Be16 {
        self.key.port
    }

    /// Whether a service has it.
    #[inline]
    pub(crate) fn is_available(&self) -> bool {
        self.available.read_once() != GONE
    }

    /// Whether its service has it for the last moment.
    pub(crate) fn is_leaving(&self) -> bool {
        self.available.read_once() == LEAVING
    }

    /// Says that the pool that the service goes on with will not have it.
    pub(crate) fn set_leaving(&self) {
        self.available.write_once(LEAVING);
    }

    /// Says whether a service has it.
    pub(crate) fn set_available(&self, available: bool) {
        let state = if available { PRESENT } else { GONE };
        self.available.store(state, Relaxed);
        if !available {
            self.idle_since.write_once(jiffies());
            // A packet that remembers a way looks afterwards whether that was in vain: either it sees
            // this, or the way is seen here.
            smp_mb(Full);
            self.forget_routes();
        }
    }

    /// Whether it is counted among the servers.
    pub(super) fn is_listed(&self) -> bool {
        self.listed.read_once() != 0
    }

    /// Says whether it is counted among the servers.
    pub(super) fn set_listed(&self, listed: bool) {
        self.listed.write_once(listed.into());
    }

    /// Its slot in the list of its service.
    pub(crate) fn slot(&self) -> usize {
        self.slot.read_once()
    }

    /// Says which slot it has in the list of its service, and what has to know if its load changes.
    pub(crate) fn enter(&self, slot: usize, ranking: Option<&RcuArc<Ranking>>, reader: Reader<'_>) {
        self.slot.write_once(slot);
        // Either is fully ordered.
        match ranking {
            Some(ranking) => {
                self.ranking.set(ranking.clone(), reader);
            }
            None => self.ranking.clear(),
        }
    }

    /// Says that it is in no list.
    pub(crate) fn leave(&self) {
        self.ranking.clear();
    }

    /// How late it came to its service.
    pub(crate) fn serial(&self) -> usize {
        self.serial.read_once()
    }

    /// Sets how late it came to its service.
    pub(crate) fn set_serial(&self, serial: usize) {
        self.serial.write_once(serial);
    }

    /// How packets of new connections get there; `None` if they do not.
    pub(crate) fn method(&self) -> Option<Method> {
        Method::from_bits(self.method.read_once())
    }

    /// Whether its connections over UDP live for one packet, whatever the service says.
    pub(crate) fn is_one_packet(&self) -> bool {
        self.method.read_once() & flag::ONE_PACKET != 0
    }

    /// Whether connection tracking sees packets of its connections in any case.
    pub(crate) fn is_tracked(&self) -> bool {
        self.method.read_once() & flag::NFCT != 0
    }

    /// Its share of new connections: its weight as configured, or 0 while it drains.
    #[inline]
    pub(crate) fn weight(&self) -> i32 {
        self.share.read_once()
    }

    /// Its last share that was not zero, or the first.
    pub(crate) fn last_weight(&self) -> i32 {
        self.last_weight.read_once()
    }

    /// Since when it has a weight, in ticks.
    #[inline]
    pub(crate) fn started(&self) -> usize {
        self.started.read_once()
    }

    /// What was reported of its load.
    #[inline]
    pub(crate) fn feedback(&self) -> &Feedback {
        &self.feedback
    }

    /// Takes a report. The caller holds `Netns::control`.
    pub(crate) fn report(&self, report: &Report) {
        self.feedback.set(report);
        self.note_state();
    }

    /// Forgets what was reported. The caller holds `Netns::control`.
    pub(crate) fn forget_report(&self) {
        self.feedback.clear();
        self.note_state();
    }

    /// Whether it takes a turn, if so much of its weight counts, in parts of [`slow::ONE`].
    pub(crate) fn takes_turn(&self, factor: u32) -> bool {
        let (takes, left) = slow::take_turn(self.left.read_once(), factor);
        // If another CPU does the same, one of the two is not counted.
        self.left.write_once(left);
        takes
    }

    /// What is left of turns that it did not take.
    pub(crate) fn turns_left(&self) -> u32 {
        self.left.read_once()
    }

    /// What a scheduler wants to know.
    #[inline]
    pub(crate) fn load(&self) -> Load {
        Load {
            weight: Server::weight(self),
            active: self.active(),
            total: Server::total(self),
            overloaded: self.is_overloaded(),
        }
    }

    /// Active and other connections.
    #[inline]
    pub(crate) fn conns(&self) -> (u32, u32) {
        let active = self.active.read_once();
        let total = self.total.read_once();
        let inactive = total.saturating_sub(active).max(0);
        (active.max(0) as u32, inactive as u32)
    }

    /// Itself as a sum of one, without statistics.
    pub(crate) fn sums(&self) -> Sums {
        let (active, inactive) = self.conns();
        let weight = self.weight.read_once().max(0);
        Sums {
            dests: 1,
            idle: (weight == 0).into(),
            overloaded: self.is_overloaded().into(),
            weight: weight as u64,
            active: active.into(),
            inactive: inactive.into(),
            persistent: self.persistent().into(),
            ..Sums::default()
        }
    }

    /// Replaces what `spec` says, of one that comes back to its service. Existing connections keep
    /// their method.
    pub(crate) fn revive(&self, spec: &DestSpec) {
        self.last_weight.store(spec.weight, Relaxed);
        self.started.write_once(jiffies());
        self.feedback.clear();
        self.configure(spec);
    }

    /// As [`Dest::revive`], of one that its service has.
    pub(crate) fn configure(&self, spec: &DestSpec) {
        if spec.weight != 0 {
            self.last_weight.store(spec.weight, Relaxed);
        }
        self.weight.store(spec.weight, Relaxed);
        self.update_share();
        self.method.store(spec.method, Relaxed);
        self.tunnel.store(pack_tunnel(spec), Relaxed);
        self.tunnel_flags.store(spec.tun_flags.into(), Relaxed);
        {
            let _lock = self.overload.lock();
            self.u_threshold.store(spec.u_threshold, Relaxed);
            self.l_threshold.store(spec.l_threshold, Relaxed);
        }
        self.update_overload();
        self.note_state();
        self.forget_routes();
    }

    /// Brings in line what schedulers see with what is configured. The caller sees to it that they do.
    fn update_share(&self) {
        let share = match self.is_draining() {
            true => 0,
            false => self.weight.read_once(),
        };
        if self.weight() <= 0 && share > 0 {
            self.started.write_once(jiffies());
        }
        self.share.write_once(share);
    }

    /// Begins to drain, or does so by other terms.
    pub(crate) fn drain(&self, draining: RcuArc<Draining>) {
        let guard = read_lock();
        // Fully ordered: who takes the last connection away sees it, or is seen to have done so.
        self.draining.set(draining, Reader::from(&guard));
        self.update_share();
        self.note_state();
    }

    /// Ends to drain.
    pub(crate) fn stop_draining(&self) {
        if self.is_draining() {
            self.draining.clear();
            self.update_share();
            self.note_state();
        }
    }

    /// Ends to drain, as its service has lost it. It has its share again when it comes back: who still
    /// finds it in the list is not to choose it at the last moment.
    pub(crate) fn forget_draining(&self) {
        if self.is_draining() {
            self.draining.clear();
        }
    }

    /// Whether it takes no new connections, of whomever, and goes when it has none.
    #[inline]
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_some()
    }

    #[cold]
    #[inline(never)]
    fn with_draining<R>(&self, f: impl FnOnce(&Draining) -> Option<R>) -> Option<R> {
        let guard = read_lock();
        let draining = self.draining.load(Reader::from(&guard))?;
        f(&draining)
    }

    /// Notes if the deadline of its draining has passed. Returns the ticks until then; `None` if there
    /// is nothing to wait for.
    pub(crate) fn watch_deadline(&self) -> Option<Jiffies> {
        self.with_draining(Draining::watch_deadline)
    }

    /// Whether it drains since no later than what has the number `begun`, and is empty.
    pub(crate) fn is_drained(&self, begun: usize) -> bool {
        let began = |draining: &Draining| draining.began_by(begun).then_some(());
        self.with_draining(began).is_some() && self.total() == 0
    }

    /// What is to be done with its connections; `None` if they go on.
    #[inline]
    pub(crate) fn ends_conns(&self) -> Option<Action> {
        match self.is_draining() {
            false => None,
            true => self.with_draining(Draining::ends_conns),
        }
    }

    /// Whether there are connections that are to be ended.
    pub(crate) fn has_conns_to_end(&self) -> bool {
        self.total() != 0 && self.ends_conns().is_some()
    }

    /// Whether there are templates that lead to it.
    pub(crate) fn has_templates(&self) -> bool {
        self.persistent() != 0
    }

    /// Has the ways to it looked up again.
    fn forget_routes(&self) {
        self.route4.clear();
        self.route6.clear();
        if self.path.is_some() {
            self.path.clear();
        }
    }

    /// A device has gone down: forgets ways that lead over it.
    pub(super) fn device_down(&self, reader: Reader<'_>) {
        self.route4.clear_dead(reader);
        self.route6.clear_dead(reader);
        if self.path.load(reader).is_some_and(|path| !path.is_up()) {
            self.path.clear();
        }
    }

    /// The tunnel to it, for those that go through one.
    #[inline]
    pub(crate) fn tunnel(&self) -> Tunnel {
        let [ty, _, port @ ..] = self.tunnel.read_once().to_ne_bytes();
        let flags = self.tunnel_flags.read_once() as u16;
        Tunnel::new(ty, Be16::from_bytes(port), flags)
    }

    /// The configuration.
    #[inline]
    pub(crate) fn spec(&self) -> DestSpec {
        let [tun_type, _, port @ ..] = self.tunnel.read_once().to_ne_bytes();
        DestSpec {
            method: self.method.read_once(),
            weight: self.weight.read_once(),
            u_threshold: self.u_threshold.read_once(),
            l_threshold: self.l_threshold.read_once(),
            tun_type,
            tun_port: Be16::from_bytes(port),
            tun_flags: self.tunnel_flags.read_once() as u16,
        }
    }

    /// All that can be shown at a time, in milliseconds since boot.
    // What writes it to a message is to be compiled with what reads it.
    #[inline(always)]
    pub(crate) fn view(&self, now_ms: u64) -> DestView {
        DestView {
            stats: self.meter.read(now_ms, || self.counters.sum()),
            ..self.brief_view()
        }
    }

    /// The same without statistics.
    #[inline(always)]
    pub(crate) fn brief_view(&self) -> DestView {
        let (active, inactive) = self.conns();
        DestView {
            key: self.key,
            spec: self.spec(),
            active,
            inactive,
            persist: self.persistent(),
            drain: self.drain_view(),
            feedback: self.feedback.factor(),
            answers: None,
            stats: Stats::default(),
        }
    }

    #[inline(always)]
    fn drain_view(&self) -> Option<DrainView> {
        match self.is_draining() {
            false => None,
            true => self.with_draining(|draining| Some(draining.view())),
        }
    }

    /// Stops its statistics, or goes on with them.
    pub(crate) fn follow(&self, estimation: Estimation) {
        self.meter.follow(estimation, || self.counters.sum());
    }

    /// Shows zero in the statistics from now on.
    pub(crate) fn zero(&self) {
        self.meter.zero(|| self.counters.sum());
    }

    /// The thresholds: where it becomes overloaded, and below which it no longer is. `None` if it
    /// cannot become overloaded.
    fn thresholds(&self) -> Option<(u32, u32)> {
        let upper = self.u_threshold.read_once();
        let lower = match self.l_threshold.read_once() {
            0 => upper.saturating_sub(upper / 4),
            lower => lower,
        };
        (upper != 0).then_some((upper, lower))
    }

    /// Ticks for which a destination that no service has has been without connections or templates.
    pub(crate) fn idle_time(&self) -> Jiffies {
        match (self.total(), self.persistent()) {
            (0, 0) => ahead(jiffies(), self.idle_since.read_once()),
            _ => 0,
        }
    }

    fn total(&self) -> u32 {
        self.total.read_once().max(0) as u32
    }

    fn persistent(&self) -> u32 {
        self.persistent.read_once().max(0) as u32
    }

    /// Compares the number of connections with new thresholds; between them nothing changes.
    fn update_overload(&self) {
        let _lock = self.overload.lock();
        match self.thresholds() {
            Some((upper, _)) if self.total() >= upper => self.overloaded.write_once(1),
            Some((_, lower)) if self.total() >= lower => (),
            _ => self.overloaded.write_once(0),
        }
    }

    fn add_conn(this: &RcuArc<Self>) {
        this.count_conn();
        Self::tell_overload(this);
    }

    /// Sees to it that who listens is told whether it has too many connections, if it is not what was
    /// told last.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    #[inline]
    pub(super) fn tell_overload(this: &RcuArc<Self>) {
        if this.overloaded.read_once() != this.told.read_once() {
            Events::ask(this);
        }
    }

    /// The events of its namespace.
    pub(crate) fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// Says that an event is to tell whether it has too many connections. Returns whether none was to
    /// before.
    pub(crate) fn is_first_to_ask(&self) -> bool {
        self.to_be_told.read_once() == 0 && self.to_be_told.xchg(1, Full) == 0
    }

    /// Says that none is to, after all.
    pub(crate) fn forget_to_ask(&self) {
        self.to_be_told.write_once(0);
    }

    /// Whether it has too many connections, if the last event said otherwise. Now one says so, or
    /// nobody hears it. Who asks from now on has seen something else.
    pub(crate) fn take_news(&self) -> Option<bool> {
        self.to_be_told.xchg(0, Full);
        let now = self.overloaded.read_once();
        (self.told.xchg(now, Full) != now).then_some(now != 0)
    }

    fn count_conn(&self) {
        let total = self.total.fetch_add(1, Full).wrapping_add(1).max(0) as u32;
        self.note(|watched| watched.total);
        if self.thresholds().is_none_or(|(upper, _)| total != upper) {
            return;
        }
        // The number may have gone down again since; whoever comes last here sees the last one.
        {
            let _lock = self.overload.lock();
            if self
                .thresholds()
                .is_some_and(|(_, lower)| self.total() >= lower)
            {
                self.overloaded.write_once(1);
            }
        }
        self.note_state();
    }

    fn add_active(&self, by: i32) {
        self.active.fetch_add(by, Full);
        self.note(|watched| watched.active);
    }

    /// Lets the ranking know that the load has changed, if `matters` says that it depends on that.
    /// What has changed it was fully ordered.
    #[inline]
    fn note(&self, matters: impl Fn(Watched) -> bool) {
        if self.ranking.is_some() {
            self.note_in_ranking(matters);
        }
    }

    /// Lets the ranking know that weight or overload have changed.
    fn note_state(&self) {
        // The change comes before whatever is read of the ranking.
        smp_mb(Full);
        self.note(|_| true);
    }

    #[inline(never)]
    fn note_in_ranking(&self, matters: impl Fn(Watched) -> bool) {
        let guard = read_lock();
        if let Some(ranking) = self.ranking.load(Reader::from(&guard)) {
            // The slot was written before the ranking; should there be a newer one by now, it is
            // the slot in that, and who made it has seen the change.
            if matters(ranking.watched()) {
                ranking.note(self.slot());
            }
        }
    }

    fn sub_conn(this: &RcuArc<Self>) {
        this.discount_conn();
        Self::tell_overload(this);
    }

    fn discount_conn(&self) {
        let total = self.total.fetch_sub(1, Full).wrapping_sub(1).max(0) as u32;
        self.note(|watched| watched.total);
        if total == 0 {
            self.idle_since.write_once(jiffies());
            if self.is_draining() {
                self.with_draining(|draining| {
                    draining.emptied();
                    Some(())
                });
            }
        }
        let crosses = |(_, lower)| total.wrapping_add(1) == lower;
        if !self.thresholds().is_some_and(crosses) {
            return;
        }
        {
            let _lock = self.overload.lock();
            if self
                .thresholds()
                .is_none_or(|(upper, _)| self.total() < upper)
            {
                self.overloaded.write_once(0);
            }
        }
        self.note_state();
    }
}

impl Server for Dest {
    #[inline]
    fn weight(&self) -> i32 {
        self.share.read_once()
    }

    #[inline]
    fn active(&self) -> u32 {
        self.active.read_once().max(0) as u32
    }

    #[inline]
    fn total(&self) -> u32 {
        self.total.read_once().max(0) as u32
    }

    #[inline]
    fn is_overloaded(&self) -> bool {
        self.overloaded.read_once() != 0
    }
}

/// Type and port of a tunnel in one word, so that they change together.
fn pack_tunnel(spec: &DestSpec) -> u32 {
    let [p0, p1] = spec.tun_port.to_bytes();
    u32::from_ne_bytes([spec.tun_type, 0, p0, p1])
}

/// The tie between a connection and its destination, which keeps the numbers of connections right:
/// until it is released it counts as one, and as an active one while its state says so.
pub(crate) struct Binding {
    dest: RcuArc<Dest>,
    /// [`INACTIVE`], [`ACTIVE`] or [`RELEASED`].
    counted: Atomic<i32>,
}

const INACTIVE: i32 = 0;
const ACTIVE: i32 = 1;
const RELEASED: i32 = 2;

impl Binding {
    /// Counts a new connection, which is not active.
    pub(crate) fn new(dest: RcuArc<Dest>) -> Self {
        Dest::add_conn(&dest);
        Self {
            dest,
            counted: Atomic::new(INACTIVE),
        }
    }

    #[inline]
    pub(crate) fn dest(&self) -> &Dest {
        &self.dest
    }

    /// Counts the connection as active or not, unless it no longer counts at all.
    pub(crate) fn set_active(&self, active: bool) {
        let (from, to, by) = match active {
            true => (INACTIVE, ACTIVE, 1),
            false => (ACTIVE, INACTIVE, -1),
        };
        if self.counted.cmpxchg(from, to, Full).is_ok() {
            self.dest.add_active(by);
        }
    }

    /// Counts the connection no longer: it has left the table. RCU readers may still hold it.
    /// Returns whether it has counted until now.
    pub(crate) fn release(&self) -> bool {
        let old = self.counted.xchg(RELEASED, Full);
        if old == ACTIVE {
            self.dest.add_active(-1);
        }
        let counted = old != RELEASED;
        if counted {
            Dest::sub_conn(&self.dest);
        }
        counted
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        self.release();
    }
}

/// The tie between a template and its destination, which counts templates until it is released.
pub(crate) struct Lease {
    dest: RcuArc<Dest>,
    counted: Atomic<bool>,
}

impl Lease {
    /// Counts a new template.
    pub(crate) fn new(dest: RcuArc<Dest>) -> Self {
        dest.persistent.add(1, Relaxed);
        Self {
            dest,
            counted: Atomic::new(true),
        }
    }

    pub(crate) fn dest(&self) -> &RcuArc<Dest> {
        &self.dest
    }

    /// Counts the template no longer: it has left the table.
    pub(crate) fn release(&self) {
        if self.counted.xchg(false, Full) && self.dest.persistent.fetch_sub(1, Full) == 1 {
            self.dest.idle_since.write_once(jiffies());
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}
