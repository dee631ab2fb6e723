// SPDX-License-Identifier: GPL-2.0

//! Services that come, change and go: what can fail, and apart from it what cannot.
//!
//! Whoever has prepared all that is to be changed can make it so without having to look back.

use super::{
    super::{
        config::Config,
        netns::{
            Netns,
            Tables, //
        },
        policy::PolicySlot,
        scheduler::{
            Plan,
            Pool,
            Tempo, //
        },
        service::Service,
        stats::PerCpu, //
    },
    find_service, version, with_reader, Control, Refusal, Result,
};
use ipvs_core::{
    addr::Family,
    policy::Policy,
    sched::{
        mh,
        slots as list,
        Kind, //
    },
    uapi::{
        error::StateError,
        service::{
            ServiceKey,
            ServiceSpec, //
        },
    },
};
use linux_ext::{
    module::ModuleRef,
    net::Net,
    sync::rcu_arc::RcuArc, //
};

/// A service that is to be added.
pub(super) struct NewService<'a> {
    tables: &'a Tables,
    config: &'a Config,
    pub(super) service: RcuArc<Service>,
}

impl NewService<'_> {
    /// Adds it. Packets see it from now on.
    pub(super) fn enter(&self, control: &mut Control) {
        let count = control.services(self.service.key().family);
        *count = count.saturating_add(1);
        let services = &self.tables.services;
        with_reader(|reader| services.insert(self.service.clone(), reader));
        if self.service.policy.is_some() {
            self.config.count_policy(1);
        }
    }
}

/// The policy that a service is to have.
pub(super) struct PolicyEdit {
    is_change: bool,
    content: Option<RcuArc<Policy>>,
}

impl PolicyEdit {
    /// Makes what `spec` asks of the policy that `service` has.
    pub(super) fn prepare(service: &Service, spec: &ServiceSpec) -> Result<Self> {
        let had = with_reader(|reader| service.policy.read(reader));
        let has = spec.policy.applied(&had);
        Ok(Self {
            is_change: has != had,
            content: PolicySlot::content(&has)?,
        })
    }

    /// Gives it to the service.
    pub(super) fn make(&self, config: &Config, service: &Service) {
        if !self.is_change {
            return;
        }
        let (had, has) = (service.policy.is_some(), self.content.is_some());
        with_reader(|reader| service.set_policy(self.content.as_ref(), reader));
        config.count_policy(i32::from(has).saturating_sub(i32::from(had)));
    }
}

impl Netns {
    /// Makes a service that is not there yet. If nothing comes of it, what was needed for it goes with
    /// [`Netns::disable_if_idle`].
    pub(super) fn prepare_service(
        &self,
        net: &Net,
        control: &mut Control,
        key: ServiceKey,
        spec: &ServiceSpec,
    ) -> Result<NewService<'_>> {
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
        let kind = check_service(&key, spec)?;
        let plan = Plan {
            kind,
            tempo: Tempo {
                slow_start: spec.slow_start.unwrap_or(0),
                feedback: false,
            },
        };
        if key.family == Family::V6 {
            control.enable_defrag6(net)?;
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
        let policy = PolicySlot::content(&spec.policy.applied(&Policy::default()))?;
        with_reader(|reader| service.set_policy(policy.as_ref(), reader));
        net.set_hooks::<Self>(version(key.family), true)?;
        Ok(NewService {
            tables,
            config: &self.config,
            service,
        })
    }

    /// The pool that a service needs to go on with if it is to be scheduled by `plan`, and if so many
    /// destinations come and go; `None` if it can keep the one that it has.
    pub(super) fn prepare_pool(
        &self,
        control: &mut Control,
        service: &Service,
        plan: Plan,
        joining: usize,
        leaving: usize,
    ) -> Result<Option<RcuArc<Pool>>> {
        let pool = service.get_pool();
        let changes = joining.saturating_add(leaving);
        if pool.plan() == plan
            && pool.room() >= joining
            && !list::is_worth_copying(pool.len(), changes)
        {
            return Ok(None);
        }
        let dests = pool.len().saturating_add(joining).saturating_sub(leaving);
        if pool.scheduler() != plan.kind {
            check_number(plan.kind, dests)?;
        }
        let pool = pool.successor(control.number(), plan, dests, &self.expirations)?;
        Ok(Some(pool))
    }

    /// Takes a service and its destinations away.
    pub(super) fn unlink_service(&self, tables: &Tables, control: &mut Control, service: &Service) {
        if service.policy.is_some() {
            self.config.count_policy(-1);
        }
        unlink_service(tables, control, service);
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

/// Checks what `service` is to be like, and finds how it is to schedule.
pub(super) fn check_service_edit(service: &Service, spec: &ServiceSpec) -> Result<Plan> {
    let kind = check_service(&service.key(), spec)?;
    let old = service.get_pool().plan();
    Ok(Plan {
        kind,
        tempo: Tempo {
            slow_start: spec.slow_start.unwrap_or(old.tempo.slow_start),
            ..old.tempo
        },
    })
}

/// Checks that so many destinations are not too many for a scheduler that a service has not had yet.
pub(super) fn check_number(scheduler: Option<Kind>, dests: usize) -> Result {
    let has_table = matches!(scheduler, Some(Kind::Mh | Kind::Mhb));
    match has_table && dests > mh::SIZE {
        true => Err(StateError::SchedulerTooMany.into()),
        false => Ok(()),
    }
}

fn unlink_service(tables: &Tables, control: &mut Control, service: &Service) {
    let name = service.key();
    tables.services.remove(service);
    let count = control.services(name.family);
    *count = count.saturating_sub(1);
    with_reader(|reader| {
        for dest in service.pool(reader).into_ref().dests(reader) {
            tables.dests.remove(&dest);
            dest.forget_draining();
            control.count_mixed(name.family, &dest.key(), -1);
        }
        control.retired.add_all(|| service.counters(reader));
    });
}
