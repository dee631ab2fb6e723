// SPDX-License-Identifier: GPL-2.0

//! Destinations that come, change and go: what can fail, and apart from it what cannot.

use super::{
    super::{
        events::Events,
        netns::Tables,
        service::{
            dest::Dest,
            directory::Directory,
            Service, //
        },
    },
    with_reader, Control, Result,
};
use ipvs_core::{
    addr::{
        is_routable6,
        Addr,
        Family, //
    },
    uapi::{
        dest::{
            DestKey,
            DestSpec, //
        },
        error::StateError,
    },
};
use kernel::sync::Arc;
use linux_ext::{
    net::Net,
    sync::rcu_arc::RcuArc, //
};

/// A destination that is to join a service.
pub(super) struct Joining {
    pub(super) dest: RcuArc<Dest>,
    origin: Origin,
}

/// Where a destination comes from.
enum Origin {
    /// It is new; one of its name that was removed long ago is to be forgotten.
    New(Option<RcuArc<Dest>>),
    /// It was removed, and comes back as this.
    Back(DestSpec),
}

impl Joining {
    /// Finds or makes a destination that `service` does not have.
    pub(super) fn prepare(
        net: &Net,
        tables: &Tables,
        control: &mut Control,
        events: &Arc<Events>,
        service: &Service,
        key: DestKey,
        spec: &DestSpec,
    ) -> Result<Self> {
        check_dest(service, &key, spec)?;
        let known = tables.dests.find(&service.key(), &key);
        if known.as_ref().is_some_and(|dest| dest.is_available()) {
            return Err(StateError::DestExists.into());
        }
        match known {
            Some(dest) if !Directory::is_over(&dest) => Ok(Self {
                dest,
                origin: Origin::Back(*spec),
            }),
            old => Ok(Self {
                dest: new_dest(net, service, key, spec, control, events)?,
                origin: Origin::New(old),
            }),
        }
    }

    /// Enters it as one that `service` has; [`Service::turn_over`] comes next.
    pub(super) fn enter(&self, tables: &Tables, control: &mut Control, service: &Service) {
        let dest = &self.dest;
        match &self.origin {
            Origin::New(old) => {
                if let Some(old) = old {
                    tables.dests.forget(old);
                }
                tables.dests.add(dest.clone());
            }
            Origin::Back(spec) => {
                tables.dests.revive(dest, service.id());
                dest.revive(spec);
            }
        }
        tables.dests.changed(dest);
        control.retired.sub(&dest.counters);
        control.count_mixed(service.key().family, &dest.key(), 1);
        dest.set_serial(control.number());
        with_reader(|reader| service.policy.share(&dest.policy, reader));
    }
}

/// Says that a destination has left `service`.
pub(super) fn leave(tables: &Tables, control: &mut Control, service: &Service, dest: &Dest) {
    tables.dests.remove(dest);
    dest.forget_draining();
    control.retired.add(&dest.counters);
    control.count_mixed(service.key().family, &dest.key(), -1);
}

/// A destination that is to be changed.
pub(super) struct DestEdit {
    pub(super) dest: RcuArc<Dest>,
    pub(super) spec: DestSpec,
}

impl DestEdit {
    /// Changes it; [`Service::dests_changed`] comes next, or after many.
    pub(super) fn make(&self, tables: &Tables) {
        self.dest.configure(&self.spec);
        tables.dests.changed(&self.dest);
    }
}

/// Finds a destination that `service` has.
pub(super) fn find_dest(tables: &Tables, service: &Service, key: &DestKey) -> Result<RcuArc<Dest>> {
    let known = tables.dests.find(&service.key(), key);
    let present = known.filter(|dest| dest.is_available());
    present.ok_or(StateError::DestUnknown.into())
}

/// Checks what a destination of `service` is to be like.
pub(super) fn check_dest(service: &Service, key: &DestKey, spec: &DestSpec) -> Result {
    Ok(spec.validate(key.addr.family(), service.key().family)?)
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
        control.enable_defrag6(net)?;
    }
    let counters = control.counters.take()?;
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
