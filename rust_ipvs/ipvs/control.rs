// SPDX-License-Identifier: GPL-2.0

//! What can be asked for, one function per verb. These are the only writers of services and
//! destinations; requests of all kinds end up here.

mod conns;
mod drain;
mod estimation;
mod feedback;
pub(crate) mod genl;
pub(crate) mod proc;
mod refusal;
pub(crate) mod sockopt;
mod totals;

use super::{
    events::{
        Event,
        Events, //
    },
    netns::{
        Netns,
        Tables, //
    },
    reasons::ReasonPool,
    scheduler::{
        Plan,
        Tempo, //
    },
    service::{
        dest::Dest,
        Service, //
    },
    stats::{
        CounterPool,
        Estimation,
        PacketCounters,
        PerCpu, //
    },
};
use core::num::NonZeroU32;
use ipvs_core::{
    addr::{
        is_routable6,
        Addr,
        Family, //
    },
    sched::{
        mh,
        Kind, //
    },
    uapi::{
        config::ConfigSpec,
        daemon::{
            DaemonRole,
            DaemonSpec, //
        },
        dest::{
            DestKey,
            DestSpec, //
        },
        error::StateError,
        service::{
            ServiceKey,
            ServiceSpec, //
        },
    },
};
use kernel::sync::{
    atomic::{
        Atomic,
        Relaxed, //
    },
    rcu,
    Arc, //
};
use linux_ext::{
    module::ModuleRef,
    net::{
        has_ipv6,
        netfilter::Version,
        Net, //
    },
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::RcuArc,
        rcu_table::Position, //
    },
    task::cond_resched,
    time::HZ,
};
pub(crate) use refusal::Refusal;

type Result<T = ()> = core::result::Result<T, Refusal>;

/// What only those who change something look at; behind `Netns::control`.
pub(crate) struct Control {
    /// The number that was given away last, see [`Control::number`].
    last_number: usize,
    /// Memory for the counters of destinations.
    counters: CounterPool,
    /// The same for the reasons of services.
    reasons: ReasonPool,
    /// Held as long as there is a service.
    module: Option<ModuleRef>,
    /// The number of services of IPv4 and of IPv6.
    services: [usize; 2],
    /// The number of destinations that are not of the family of their service.
    mixed: usize,
    /// What destinations have counted that are gone, less what those that are here had counted
    /// before they came. On no CPU as long as there has been no service.
    retired: PerCpu,
    /// What the settings say.
    estimation: Estimation,
    drains: drain::Drains,
}

impl Control {
    pub(crate) fn new() -> Self {
        Self {
            last_number: 0,
            counters: CounterPool::default(),
            reasons: ReasonPool::default(),
            module: None,
            services: [0; 2],
            mixed: 0,
            retired: PerCpu::default(),
            estimation: Estimation::Running,
            drains: drain::Drains::default(),
        }
    }

    /// A number that nothing in this namespace has had before, and higher than all of them; not 0.
    fn number(&mut self) -> usize {
        self.last_number = self.last_number.wrapping_add(1).max(1);
        self.last_number
    }

    fn services(&mut self, family: Family) -> &mut usize {
        let [v4, v6] = &mut self.services;
        match family {
            Family::V4 => v4,
            Family::V6 => v6,
        }
    }

    /// Counts a destination that a service of `family` has got or lost.
    fn count_mixed(&mut self, family: Family, key: &DestKey, by: isize) {
        if key.addr.family() != family {
            self.mixed = self.mixed.saturating_add_signed(by);
        }
    }
}

/// The number of changes of services and destinations.
pub(crate) struct Changes(Atomic<u32>);

impl Changes {
    pub(crate) fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Counts one that has been made. The caller holds `Netns::control`.
    fn count(&self) {
        self.0.add(1, Relaxed);
    }

    /// The number of the last one; none is 0.
    pub(crate) fn last(&self) -> NonZeroU32 {
        NonZeroU32::new(self.0.read_once()).unwrap_or(NonZeroU32::MAX)
    }
}

impl Netns {
    /// Adds a service.
    pub(crate) fn add_service(&self, net: &Net, key: ServiceKey, spec: &ServiceSpec) -> Result {
        let mut control = self.control.lock();
        let exists = |tables| find_service(tables, &key).is_ok();
        if self.tables().is_some_and(exists) {
            return Err(StateError::ServiceExists.into());
        }
        if control.retired.is_empty() {
            control.retired = PerCpu::new()?;
        }
        if control.module.is_none() {
            control.module = ModuleRef::new(kernel::module::this_module::<crate::RustIpvs>());
            if control.module.is_none() {
                return Err(Refusal::UNLOADING);
            }
        }
        let inserted = self.insert_service(net, &mut control, key, spec);
        if let Ok(service) = &inserted {
            let count = control.services(key.family);
            *count = count.saturating_add(1);
            self.changed(Event::ServiceAdded(service));
        }
        self.disable_if_idle(net, &mut control);
        inserted.map(drop)
    }

    /// Counts a change of services and destinations that has been made, and tells of it. The caller
    /// holds `control`.
    fn changed(&self, event: Event<'_>) {
        self.changes.count();
        self.events.tell(event, Some(self.changes.last()));
    }

    fn insert_service(
        &self,
        net: &Net,
        control: &mut Control,
        key: ServiceKey,
        spec: &ServiceSpec,
    ) -> Result<RcuArc<Service>> {
        let kind = check_service(&key, spec)?;
        let plan = Plan {
            kind,
            tempo: Tempo {
                slow_start: spec.slow_start.unwrap_or(0),
                feedback: false,
            },
        };
        if key.family == Family::V6 {
            net.enable_defrag6()?;
        }
        let tables = self.make_tables(control)?;
        if key.family == Family::V6 {
            self.make_table6(control, tables)?;
        }
        let number = control.number();
        let service = Service::new(
            number,
            key,
            spec,
            plan,
            &self.expirations,
            &mut control.reasons,
            control.estimation,
        )?;
        net.set_hooks::<Self>(version(key.family), true)?;
        with_reader(|reader| tables.services.insert(service.clone(), reader))?;
        Ok(service)
    }

    /// Changes a service. Its destinations, connections and statistics stay.
    pub(crate) fn edit_service(&self, key: &ServiceKey, spec: &ServiceSpec) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, key)?;
        let kind = check_service(key, spec)?;
        check_scheduler(&service, kind)?;
        let old = service.get_pool().plan();
        let plan = Plan {
            kind,
            tempo: Tempo {
                slow_start: spec.slow_start.unwrap_or(old.tempo.slow_start),
                ..old.tempo
            },
        };
        service.set_plan(plan, control.number(), &self.expirations)?;
        service.configure(spec);
        self.changed(Event::ServiceChanged(&service));
        Ok(())
    }

    /// Deletes a service. Its connections stay, but get no packets to the server any more.
    pub(crate) fn del_service(&self, net: &Net, key: &ServiceKey) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, key)?;
        tables.dests.purge();
        unlink_service(tables, &mut control, &service);
        tables.services.removed();
        self.changed(Event::ServiceRemoved(&service));
        self.disable_if_idle(net, &mut control);
        drop(control);
        // Those that were draining are not any more.
        self.chore.hurry();
        self.expire_nodest(tables);
        Ok(())
    }

    /// Deletes all services.
    pub(crate) fn flush(&self, net: &Net) -> Result {
        let Some(tables) = self.tables() else {
            return Ok(());
        };
        let mut control = self.control.lock();
        tables.dests.purge();
        let mut position = Position::default();
        while let Some(service) = next_service(tables, &mut position) {
            unlink_service(tables, &mut control, &service);
            cond_resched();
        }
        tables.services.removed();
        self.changed(Event::Flushed);
        self.disable_if_idle(net, &mut control);
        drop(control);
        // Those that were draining are not any more.
        self.chore.hurry();
        self.expire_nodest(tables);
        Ok(())
    }

    /// Adds a destination to a service. One that was removed before comes back with its
    /// connections.
    pub(crate) fn add_dest(
        &self,
        net: &Net,
        service: &ServiceKey,
        key: DestKey,
        spec: &DestSpec,
    ) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, service)?;
        check_dest(&service, &key, spec)?;
        tables.dests.purge();
        let known = tables.dests.find(&service.key(), &key);
        if known.as_ref().is_some_and(|dest| dest.is_available()) {
            return Err(StateError::DestExists.into());
        }
        service.make_room(control.number())?;
        let revived = known.and_then(|dest| tables.dests.revive(dest, service.id()));
        let dest = match revived {
            Some(dest) => {
                dest.revive(spec);
                dest
            }
            None => {
                let dest = new_dest(net, &service, key, spec, &mut control, &self.events)?;
                tables.dests.add(dest.clone())?;
                dest
            }
        };
        tables.dests.changed(&dest);
        control.retired.sub(&dest.counters);
        service.add_dest(dest.clone(), control.number());
        control.count_mixed(service.key().family, &key, 1);
        self.changed(Event::DestAdded(&dest));
        Ok(())
    }

    /// Changes a destination. Its connections stay as they are.
    pub(crate) fn edit_dest(&self, service: &ServiceKey, key: &DestKey, spec: &DestSpec) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let _control = self.control.lock();
        let service = find_service(tables, service)?;
        check_dest(&service, key, spec)?;
        let dest = find_dest(tables, &service, key)?;
        dest.configure(spec);
        tables.dests.changed(&dest);
        service.dest_changed(&dest);
        self.changed(Event::DestChanged(&dest));
        Ok(())
    }

    /// Removes a destination. Packets of its connections are dropped until it comes back.
    pub(crate) fn del_dest(&self, service: &ServiceKey, key: &DestKey) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, service)?;
        let dest = find_dest(tables, &service, key)?;
        let was_draining = dest.is_draining();
        self.remove_dest(tables, &mut control, &service, &dest);
        self.changed(Event::DestRemoved(&dest));
        drop(control);
        if was_draining {
            self.chore.hurry();
        }
        self.expire_nodest(tables);
        Ok(())
    }

    /// Takes a destination out of its service. [`Netns::changed`] comes next.
    fn remove_dest(
        &self,
        tables: &Tables,
        control: &mut Control,
        service: &Service,
        dest: &RcuArc<Dest>,
    ) {
        tables.dests.purge();
        tables.dests.remove(dest);
        service.remove_dest(dest, control.number());
        dest.stop_draining();
        control.retired.add(&dest.counters);
        control.count_mixed(service.key().family, &dest.key(), -1);
    }

    /// Sets the statistics of a service, or of all, to zero.
    pub(crate) fn zero(&self, key: Option<&ServiceKey>) -> Result {
        let control = self.control.lock();
        let Some(key) = key else {
            let Some(tables) = self.tables() else {
                return Ok(());
            };
            let mut position = Position::default();
            while let Some(service) = next_service(tables, &mut position) {
                with_reader(|reader| service.zero(reader));
            }
            self.zero_totals(&control);
            tables.reasons.zero();
            return Ok(());
        };
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let service = find_service(tables, key)?;
        with_reader(|reader| service.zero(reader));
        Ok(())
    }

    /// Sets lifetimes of connections.
    pub(crate) fn configure(&self, spec: &ConfigSpec) -> Result {
        spec.validate(HZ as u32)?;
        let _control = self.control.lock();
        self.config.set(spec);
        Ok(())
    }

    /// Starts a sync daemon, which knows nothing of tunnels to the other family.
    pub(crate) fn add_daemon(&self, net: &Net, spec: &DaemonSpec) -> Result {
        if self.control.lock().mixed > 0 {
            return Err(StateError::DaemonMixed.into());
        }
        self.start_daemon(net, spec)
    }

    /// Starts a sync daemon, whatever there is: there are none yet.
    pub(crate) fn start_daemon(&self, net: &Net, spec: &DaemonSpec) -> Result {
        if DaemonRole::from_state(spec.state) == Ok(DaemonRole::Backup) {
            // It needs a table for what it receives, and gets that before anything else.
            self.make_tables(&self.control.lock())?;
        }
        if !net.has_device(spec.interface.as_c_str()) {
            return Err(StateError::DaemonInterface.into());
        }
        DaemonRole::from_state(spec.state)?;
        Err(Refusal::NO_DAEMON)
    }

    /// Stops a sync daemon: none is running.
    pub(crate) fn del_daemon(&self, state: u32) -> Result {
        DaemonRole::from_state(state)?;
        Err(StateError::DaemonUnknown.into())
    }

    /// Ends the connections of removed destinations, if they are not to wait for packets.
    fn expire_nodest(&self, tables: &Tables) {
        if self.config.expires_nodest() {
            tables.conns.remove_nodest();
        }
    }

    /// Without a service of a family none of its packets is looked at; without any the module may
    /// go.
    fn disable_if_idle(&self, net: &Net, control: &mut Control) {
        for family in [Family::V4, Family::V6] {
            if *control.services(family) == 0 {
                // Taking hooks away does not fail.
                let _ = net.set_hooks::<Self>(version(family), false);
            }
        }
        if self
            .tables()
            .is_none_or(|tables| tables.services.len() == 0)
        {
            control.module = None;
        }
    }
}

/// How netfilter calls a family.
fn version(family: Family) -> Version {
    match family {
        Family::V4 => Version::V4,
        Family::V6 => Version::V6,
    }
}

/// Calls `f` in a read-side critical section.
fn with_reader<R>(f: impl FnOnce(Reader<'_>) -> R) -> R {
    let guard = rcu::read_lock();
    f(Reader::from(&guard))
}

fn find_service(tables: &Tables, key: &ServiceKey) -> Result<RcuArc<Service>> {
    with_reader(|reader| {
        tables
            .services
            .find(key, reader)
            .and_then(|found| found.get())
    })
    .ok_or(StateError::ServiceUnknown.into())
}

/// Finds a destination that `service` has.
fn find_dest(tables: &Tables, service: &Service, key: &DestKey) -> Result<RcuArc<Dest>> {
    let known = tables.dests.find(&service.key(), key);
    let present = known.filter(|dest| dest.is_available());
    present.ok_or(StateError::DestUnknown.into())
}

fn next_service(tables: &Tables, position: &mut Position) -> Option<RcuArc<Service>> {
    loop {
        // One that is being deleted is passed over, not taken for the end.
        let found = with_reader(|reader| Some(tables.services.next(position, reader)?.get()))?;
        if let Some(service) = found {
            return Some(service);
        }
    }
}

/// Takes a service and its destinations away.
fn unlink_service(tables: &Tables, control: &mut Control, service: &Service) {
    let name = service.key();
    tables.services.remove(service);
    let count = control.services(name.family);
    *count = count.saturating_sub(1);
    with_reader(|reader| {
        for dest in service.pool(reader).into_ref().dests(reader) {
            tables.dests.remove(&dest);
            dest.stop_draining();
            control.count_mixed(name.family, &dest.key(), -1);
        }
        control.retired.add_all(|| service.counters(reader));
    });
}

fn new_dest(
    net: &Net,
    service: &Service,
    key: DestKey,
    spec: &DestSpec,
    control: &mut Control,
    events: &Arc<Events>,
) -> Result<RcuArc<Dest>> {
    let is_possible = match key.addr {
        Addr::V4(addr) => net.is_local_addr4(addr) || net.is_unicast_addr4(addr),
        Addr::V6(addr) => is_routable6(addr) || net.is_local_addr6(addr),
    };
    if !is_possible {
        return Err(StateError::DestAddress.into());
    }
    if key.addr.family() == Family::V6 {
        net.enable_defrag6()?;
    }
    let counters = PacketCounters::new(&mut control.counters)?;
    let (owner, estimation) = (service.id(), control.estimation);
    let dest = Dest::new(
        service.key(),
        owner,
        key,
        spec,
        counters,
        estimation,
        events,
    )?;
    Ok(dest)
}

/// Checks that this kernel does the family of a service.
fn check_family(family: Family) -> Result {
    match family {
        Family::V6 if !has_ipv6() => Err(StateError::FamilyUnavailable.into()),
        Family::V4 | Family::V6 => Ok(()),
    }
}

/// Checks what a service is to be like and finds its scheduler.
fn check_service(key: &ServiceKey, spec: &ServiceSpec) -> Result<Option<Kind>> {
    let scheduler = match spec.scheduler() {
        None => None,
        Some(name) => Some(Kind::from_name(name).ok_or(StateError::SchedulerUnknown)?),
    };
    if spec.pe.is_some() {
        return Err(StateError::EngineUnknown.into());
    }
    spec.validate(key.family)?;
    Ok(scheduler)
}

/// Checks that the destinations that a service has are not too many for its new scheduler.
fn check_scheduler(service: &Service, scheduler: Option<Kind>) -> Result {
    let pool = service.get_pool();
    let is_new = pool.scheduler() != scheduler;
    let has_table = matches!(scheduler, Some(Kind::Mh | Kind::Mhb));
    if is_new && has_table && pool.len() > mh::SIZE {
        return Err(StateError::SchedulerTooMany.into());
    }
    Ok(())
}

/// Checks what a destination of `service` is to be like.
fn check_dest(service: &Service, key: &DestKey, spec: &DestSpec) -> Result {
    Ok(spec.validate(key.addr.family(), service.key().family)?)
}
