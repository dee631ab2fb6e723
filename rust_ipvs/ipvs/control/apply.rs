// SPDX-License-Identifier: GPL-2.0

//! Many changes of services and destinations, all or none.
//!
//! All that can fail is done for all of them before anything is changed. What is prepared then is what
//! the verbs for single changes prepare, and is made so by the same functions.
//!
//! Packets meet the changes service by service, in an order in which nothing is missing meanwhile:
//! new services come first, complete; services that stay follow; those that go are last. In one that
//! stays weights that go up come first, then the list of destinations changes, as a whole if that is
//! worth it, and last are weights that go down.

use super::{
    super::{
        config::Config,
        events::Event,
        netns::{
            Netns,
            Tables, //
        },
        scheduler::Pool,
        service::{
            dest::Dest,
            Service,
            Turnover, //
        },
    },
    dests::{
        check_dest,
        find_dest,
        leave,
        DestEdit,
        Joining, //
    },
    find_service,
    services::{
        check_number,
        check_service_edit,
        NewService,
        PolicyEdit, //
    },
    Control, Refusal, Result,
};
use core::num::NonZeroU32;
use ipvs_core::{
    sort::sort,
    uapi::{
        apply::Change,
        cmd::Command,
        dest::DestKey,
        error::StateError,
        service::ServiceSpec, //
    },
};
use kernel::prelude::*;
use linux_ext::{
    net::Net,
    sync::rcu_arc::RcuArc,
    task::cond_resched, //
};

/// Why nothing was changed.
pub(crate) struct Unapplied {
    /// The change that was turned down; `None` if it was all of them.
    pub(crate) change: Option<u32>,
    pub(crate) refusal: Refusal,
}

impl<E: Into<Refusal>> From<E> for Unapplied {
    fn from(refusal: E) -> Self {
        Self {
            change: None,
            refusal: refusal.into(),
        }
    }
}

/// Turns down `change`.
pub(super) fn blame<E: Into<Refusal>>(index: u32) -> impl Fn(E) -> Unapplied {
    move |refusal| Unapplied {
        change: Some(index),
        refusal: refusal.into(),
    }
}

/// What becomes of a service itself.
enum Fate<'a> {
    Comes(NewService<'a>),
    /// With another configuration, perhaps.
    Stays(Option<ServiceEdit>),
    Goes,
}

/// What a service is to be like.
struct ServiceEdit {
    spec: KBox<ServiceSpec>,
    policy: PolicyEdit,
}

/// All that becomes of a service.
struct Group<'a> {
    service: RcuArc<Service>,
    fate: Fate<'a>,
    successor: Option<RcuArc<Pool>>,
    joining: KVVec<Joining>,
    leaving: KVVec<RcuArc<Dest>>,
    /// Destinations that change and whose weight goes up, and others.
    raised: KVVec<DestEdit>,
    others: KVVec<DestEdit>,
}

impl Netns {
    /// Makes all of `changes` or none, and none if the number of the last change of the table is not
    /// `generation`. Returns that number as it is now.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn apply(
        &self,
        net: &Net,
        changes: &mut [Change<'_>],
        generation: Option<u32>,
    ) -> core::result::Result<NonZeroU32, Unapplied> {
        let mut control = self.control.lock();
        if generation.is_some_and(|number| number != self.changes.last().get()) {
            return Err(StateError::OtherGeneration.into());
        }
        put_in_order(changes)?;
        if let Some(tables) = self.tables() {
            tables.dests.purge();
        }
        let prepared = self.prepare_groups(net, &mut control, changes);
        let applied = prepared.map(|groups| self.make(&mut control, &groups));
        self.disable_if_idle(net, &mut control);
        let now = self.changes.last();
        let drains = !control.drains.is_empty();
        drop(control);
        let expires = applied?;
        // Those that were draining may not be any more.
        if drains {
            self.chore.hurry();
        }
        if let Some(tables) = self.tables().filter(|_| expires) {
            self.expire_nodest(tables);
        }
        Ok(now)
    }

    fn prepare_groups(
        &self,
        net: &Net,
        control: &mut Control,
        changes: &[Change<'_>],
    ) -> core::result::Result<KVVec<Group<'_>>, Unapplied> {
        let mut groups = KVVec::new();
        for changes in changes.chunk_by(|a, b| a.service == b.service) {
            let Some(first) = changes.first() else {
                continue;
            };
            let mut group = self
                .prepare_service_of(net, control, first)
                .map_err(blame(first.index))?;
            for change in changes.iter().filter(|change| change.dest.is_some()) {
                self.prepare_change(net, control, &mut group, change)
                    .map_err(blame(change.index))?;
                cond_resched();
            }
            self.finish(control, &mut group)
                .map_err(blame(first.index))?;
            groups
                .push(group, GFP_KERNEL)
                .map_err(|error| blame(first.index)(Error::from(error)))?;
        }
        Ok(groups)
    }

    /// Prepares what becomes of the service that `first` is about, the first of its changes.
    fn prepare_service_of(
        &self,
        net: &Net,
        control: &mut Control,
        first: &Change<'_>,
    ) -> Result<Group<'_>> {
        if first.command == Command::NewService {
            let spec = first.service_spec()?;
            let new = self.prepare_service(net, control, first.service, &spec)?;
            return Ok(Group::new(new.service.clone(), Fate::Comes(new)));
        }
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let service = find_service(tables, &first.service)?;
        let fate = match first.command {
            Command::DelService => Fate::Goes,
            Command::SetService => {
                let spec = KBox::new(first.service_spec()?, GFP_KERNEL).map_err(Error::from)?;
                let policy = PolicyEdit::prepare(&service, &spec)?;
                Fate::Stays(Some(ServiceEdit { spec, policy }))
            }
            _ => Fate::Stays(None),
        };
        Ok(Group::new(service, fate))
    }

    /// Prepares a change of a destination.
    fn prepare_change(
        &self,
        net: &Net,
        control: &mut Control,
        group: &mut Group<'_>,
        change: &Change<'_>,
    ) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let key = change.dest.ok_or(StateError::DestUnknown)?;
        if matches!(group.fate, Fate::Goes) {
            return Err(StateError::ServiceGoes.into());
        }
        match change.command {
            Command::NewDest => {
                let spec = change.dest_spec()?;
                let joining = Joining::prepare(
                    net,
                    tables,
                    control,
                    &self.events,
                    &group.service,
                    key,
                    &spec,
                )?;
                Ok(push(&mut group.joining, joining)?)
            }
            Command::DelDest => {
                let dest = find_dest(tables, &group.service, &key)?;
                Ok(push(&mut group.leaving, dest)?)
            }
            _ => group.prepare_edit(tables, &key, change),
        }
    }

    /// Prepares the list of destinations that there will be.
    fn finish(&self, control: &mut Control, group: &mut Group<'_>) -> Result {
        let service = &group.service;
        let plan = match &group.fate {
            Fate::Goes => return Ok(()),
            Fate::Stays(Some(edit)) => check_service_edit(service, &edit.spec)?,
            Fate::Stays(None) => service.get_pool().plan(),
            Fate::Comes(_) => {
                let plan = service.get_pool().plan();
                check_number(plan.kind, group.joining.len())?;
                plan
            }
        };
        let (joining, leaving) = (group.joining.len(), group.leaving.len());
        group.successor = self.prepare_pool(control, service, plan, joining, leaving)?;
        Ok(())
    }

    /// Makes it all so. Returns whether a service has lost a destination whose connections are to end.
    fn make(&self, control: &mut Control, groups: &[Group<'_>]) -> bool {
        let Some(tables) = self.tables().filter(|_| !groups.is_empty()) else {
            return false;
        };
        let is_new = |group: &&Group<'_>| matches!(group.fate, Fate::Comes(_));
        let goes = |group: &&Group<'_>| matches!(group.fate, Fate::Goes);
        for group in groups.iter().filter(is_new) {
            group.make(tables, control, &self.config);
        }
        for group in groups.iter().filter(|group| !is_new(group)) {
            group.make(tables, control, &self.config);
        }
        for group in groups.iter().filter(goes) {
            self.unlink_service(tables, control, &group.service);
            cond_resched();
        }
        tables.services.removed();
        self.changes.count();
        for group in groups {
            group.tell(|event| self.tell(event));
        }
        groups
            .iter()
            .filter(|group| goes(group) || !group.leaving.is_empty())
            .any(|group| group.service.policy.expires_nodest(&self.config))
    }
}

impl<'a> Group<'a> {
    fn new(service: RcuArc<Service>, fate: Fate<'a>) -> Self {
        Self {
            service,
            fate,
            successor: None,
            joining: KVVec::new(),
            leaving: KVVec::new(),
            raised: KVVec::new(),
            others: KVVec::new(),
        }
    }

    fn prepare_edit(&mut self, tables: &Tables, key: &DestKey, change: &Change<'_>) -> Result {
        let patch = change.dest_patch()?;
        let dest = find_dest(tables, &self.service, key)?;
        let old = dest.spec();
        let spec = patch.over(&old);
        check_dest(&self.service, key, &spec)?;
        check_expected(patch.expect, old.weight)?;
        let edits = match spec.weight > old.weight {
            true => &mut self.raised,
            false => &mut self.others,
        };
        Ok(push(edits, DestEdit { dest, spec })?)
    }

    /// Makes of the service, if it does not go, what was prepared.
    fn make(&self, tables: &Tables, control: &mut Control, config: &Config) {
        if let Fate::Stays(Some(edit)) = &self.fate {
            self.service.configure(&edit.spec);
            edit.policy.make(config, &self.service);
        }
        self.edit(tables, &self.raised);
        for joining in &self.joining {
            joining.enter(tables, control, &self.service);
            cond_resched();
        }
        let turnover = Turnover {
            successor: self.successor.clone(),
            joining: self.joining.iter().map(|joining| &joining.dest),
            leaving: self.leaving.iter(),
        };
        self.service.turn_over(turnover, control.number());
        for dest in &self.leaving {
            leave(tables, control, &self.service, dest);
            cond_resched();
        }
        self.edit(tables, &self.others);
        if let Fate::Comes(new) = &self.fate {
            new.enter(control);
        }
    }

    /// Tells what has been done, by `tell`.
    fn tell(&self, tell: impl Fn(Event<'_>)) {
        match &self.fate {
            Fate::Comes(_) => tell(Event::ServiceAdded(&self.service)),
            Fate::Stays(Some(_)) => tell(Event::ServiceChanged(&self.service)),
            Fate::Stays(None) => (),
            Fate::Goes => tell(Event::ServiceRemoved(&self.service)),
        }
        for joining in &self.joining {
            tell(Event::DestAdded(&joining.dest));
        }
        for edits in [&self.raised, &self.others] {
            edits
                .iter()
                .for_each(|edit| tell(Event::DestChanged(&edit.dest)));
        }
        for dest in &self.leaving {
            tell(Event::DestRemoved(dest));
        }
    }

    fn edit(&self, tables: &Tables, edits: &[DestEdit]) {
        if edits.is_empty() {
            return;
        }
        for edit in edits {
            edit.make(tables);
            cond_resched();
        }
        self.service
            .dests_changed(edits.iter().map(|edit| &*edit.dest));
    }
}

/// Checks that a destination has the weight that the sender believes it to have, if he says which.
pub(super) fn check_expected(expected: Option<u32>, weight: i32) -> Result {
    match expected.is_none_or(|expected| i64::from(expected) == i64::from(weight)) {
        true => Ok(()),
        false => Err(StateError::DestNotExpected.into()),
    }
}

/// Puts changes of one service together, its own first, and those of destinations as they came.
/// Fails if two are of the same thing.
fn put_in_order(changes: &mut [Change<'_>]) -> core::result::Result<(), Unapplied> {
    sort(changes, Change::by_object);
    let mut pairs = changes.iter().zip(changes.iter().skip(1));
    if let Some((_, second)) = pairs.find(|(first, second)| first.is_of_same(second)) {
        return Err(blame(second.index)(StateError::ChangedTwice));
    }
    for group in changes.chunk_by_mut(|a, b| a.service == b.service) {
        sort(group, Change::by_index);
    }
    Ok(())
}

fn push<T>(list: &mut KVVec<T>, item: T) -> core::result::Result<(), Error> {
    Ok(list.push(item, GFP_KERNEL)?)
}
