// SPDX-License-Identifier: GPL-2.0

//! What can be asked for, one function per verb. These are the only writers of services and
//! destinations; requests of all kinds end up here.

mod apply;
mod conns;
mod dests;
mod drain;
mod estimation;
mod feedback;
pub(crate) mod genl;
pub(crate) mod proc;
mod refusal;
mod services;
pub(crate) mod sockopt;
mod totals;

use super::{
    events::Event,
    netns::{
        Netns,
        Tables, //
    },
    reasons::ReasonPool,
    service::{
        dest::Dest,
        Service,
        Turnover, //
    },
    stats::{
        CounterPool,
        Estimation,
        PerCpu, //
    },
};
use apply::check_expected;
use core::{
    iter,
    num::NonZeroU32, //
};
use dests::{
    check_dest,
    find_dest,
    leave,
    DestEdit,
    Joining, //
};
use ipvs_core::{
    addr::Family,
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
};
use linux_ext::{
    module::ModuleRef,
    net::{
        has_ipv6,
        namespace::Defrag6,
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
use services::{
    check_service_edit,
    PolicyEdit, //
};

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
    /// Held as soon as IPv6 is balanced.
    defrag6: Option<Defrag6>,
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
            defrag6: None,
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

    /// Has fragments of IPv6 put together from now on.
    fn enable_defrag6(&mut self, net: &Net) -> Result {
        if self.defrag6.is_none() {
            self.defrag6 = Some(net.enable_defrag6()?);
        }
        Ok(())
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
        let prepared = self.prepare_service(net, &mut control, key, spec);
        let added = prepared.map(|new| {
            new.enter(&mut control);
            self.changed(Event::ServiceAdded(&new.service));
        });
        self.disable_if_idle(net, &mut control);
        added
    }

    /// Counts a change of services and destinations that has been made, and tells of it. The caller
    /// holds `control`.
    fn changed(&self, event: Event<'_>) {
        self.changes.count();
        self.tell(event);
    }

    /// Tells of a change that has been counted. The caller holds `control`.
    fn tell(&self, event: Event<'_>) {
        self.events.tell(event, Some(self.changes.last()));
    }

    /// Changes a service. Its destinations, connections and statistics stay.
    pub(crate) fn edit_service(&self, key: &ServiceKey, spec: &ServiceSpec) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, key)?;
        let plan = check_service_edit(&service, spec)?;
        let policy = PolicyEdit::prepare(&service, spec)?;
        let successor = self.prepare_pool(&mut control, &service, plan, 0, 0)?;
        service.turn_over(Turnover::to(successor), control.number());
        service.configure(spec);
        policy.make(&self.config, &service);
        self.changed(Event::ServiceChanged(&service));
        Ok(())
    }

    /// Deletes a service. Its connections stay, but get no packets to the server any more.
    pub(crate) fn del_service(&self, net: &Net, key: &ServiceKey) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, key)?;
        tables.dests.purge();
        self.unlink_service(tables, &mut control, &service);
        tables.services.removed();
        self.changed(Event::ServiceRemoved(&service));
        self.disable_if_idle(net, &mut control);
        drop(control);
        // Those that were draining are not any more.
        self.chore.hurry();
        if service.policy.expires_nodest(&self.config) {
            self.expire_nodest(tables);
        }
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
        let mut expires = false;
        while let Some(service) = next_service(tables, &mut position) {
            self.unlink_service(tables, &mut control, &service);
            expires |= service.policy.expires_nodest(&self.config);
            cond_resched();
        }
        tables.services.removed();
        self.changed(Event::Flushed);
        self.disable_if_idle(net, &mut control);
        drop(control);
        // Those that were draining are not any more.
        self.chore.hurry();
        if expires {
            self.expire_nodest(tables);
        }
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
        tables.dests.purge();
        let joining =
            Joining::prepare(net, tables, &mut control, &self.events, &service, key, spec)?;
        let plan = service.get_pool().plan();
        let successor = self.prepare_pool(&mut control, &service, plan, 1, 0)?;
        joining.enter(tables, &mut control, &service);
        let turnover = Turnover {
            successor,
            joining: iter::once(&joining.dest),
            leaving: iter::empty(),
        };
        service.turn_over(turnover, control.number());
        self.changed(Event::DestAdded(&joining.dest));
        Ok(())
    }

    /// Changes a destination, if it has the `expected` weight. Its connections stay as they are.
    pub(crate) fn edit_dest(
        &self,
        service: &ServiceKey,
        key: &DestKey,
        spec: &DestSpec,
        expected: Option<u32>,
    ) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let _control = self.control.lock();
        let service = find_service(tables, service)?;
        check_dest(&service, key, spec)?;
        let dest = find_dest(tables, &service, key)?;
        check_expected(expected, dest.spec().weight)?;
        let edit = DestEdit { dest, spec: *spec };
        edit.make(tables);
        service.dests_changed(iter::once(&*edit.dest));
        self.changed(Event::DestChanged(&edit.dest));
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
        if dest.policy.expires_nodest(&self.config) {
            self.expire_nodest(tables);
        }
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
        let turnover = Turnover {
            successor: None,
            joining: iter::empty(),
            leaving: iter::once(dest),
        };
        service.turn_over(turnover, control.number());
        leave(tables, control, service, dest);
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
                cond_resched();
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

    /// Ends the connections of removed destinations that are not to wait for packets.
    fn expire_nodest(&self, tables: &Tables) {
        tables
            .conns
            .retain(|dest| dest.is_available() || !dest.policy.expires_nodest(&self.config));
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

fn next_service(tables: &Tables, position: &mut Position) -> Option<RcuArc<Service>> {
    loop {
        // One that is being deleted is passed over, not taken for the end.
        let found = with_reader(|reader| Some(tables.services.next(position, reader)?.get()))?;
        if let Some(service) = found {
            return Some(service);
        }
    }
}

/// Checks that this kernel does the family of a service.
fn check_family(family: Family) -> Result {
    match family {
        Family::V6 if !has_ipv6() => Err(StateError::FamilyUnavailable.into()),
        Family::V4 | Family::V6 => Ok(()),
    }
}
