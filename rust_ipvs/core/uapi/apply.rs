// SPDX-License-Identifier: GPL-2.0

//! What C does not have: many changes of services and destinations in one request, all or none.
//!
//! A request `APPLY` has an attribute [`APPLY`] for each change: what else would be a request of its
//! own, with its [`COMMAND`]. The changes are a set, their order does not matter but for the order in
//! which destinations are added. A change of a destination that names no service is about that of
//! the change before.

use super::attr::cmd::{
    DEST,
    SERVICE, //
};
use super::cmd::Command;
use super::dest::{
    parse_dest,
    parse_dest_patch,
    DestKey,
    DestPatch,
    DestSpec, //
};
use super::error::{
    Place,
    SpecError, //
};
use super::nla::{
    Attrs,
    Policy,
    Rule,
    Table, //
};
use super::service::{
    parse_service,
    ServiceKey,
    ServiceSpec, //
};
use core::cmp::Ordering;

/// Nest: a change; there may be many. Of a message; far from the numbers that C may come to need.
pub const APPLY: u16 = 0x1005;
/// u32: the number of the state that the table is in. Of a message: of a request if it is to be turned
/// down in any other state.
pub const GENERATION: u16 = 0x1009;
/// u32: the weight that a destination must have before it is changed. Of a destination.
pub const EXPECT: u16 = 0x1003;
/// u32: the number of the command that a change would be by itself. Of a change, beside its
/// [`SERVICE`] and [`DEST`].
pub const COMMAND: u16 = 3;

const POLICY: Policy<4> = [
    None,
    Some((Rule::Nest, SpecError::ApplyService)),
    Some((Rule::Nest, SpecError::ApplyDest)),
    Some((Rule::Min(4), SpecError::ApplyCommand)),
];

/// A change: what is needed to put changes in order has been read, the rest has not.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Which one of the request it is.
    pub index: u32,
    /// What is to be done.
    pub command: Command,
    /// The service that it is about.
    pub service: ServiceKey,
    /// The destination, if it is about one.
    pub dest: Option<DestKey>,
    service_nest: &'a [u8],
    dest_nest: &'a [u8],
}

impl<'a> Change<'a> {
    /// Reads a change. `before` is the service of the one before.
    pub fn parse(
        index: u32,
        nest: &'a [u8],
        before: Option<ServiceKey>,
    ) -> Result<Self, SpecError> {
        let attrs = Table::read(nest, &POLICY)?;
        let command = attrs.u32(COMMAND).ok_or(SpecError::ApplyNoCommand)?;
        let command = u8::try_from(command).ok().and_then(Command::from_u8);
        let command = command.ok_or(SpecError::ApplyUnknown)?;
        let is_about_dest = match command {
            Command::NewService | Command::SetService | Command::DelService => false,
            Command::NewDest | Command::SetDest | Command::DelDest => true,
            _ => return Err(SpecError::ApplyUnknown),
        };
        let service_nest = attrs.get(SERVICE);
        let service = match service_nest {
            Some(nest) => parse_service(nest, false)?.0,
            None => before
                .filter(|_| is_about_dest)
                .ok_or(SpecError::ServiceMissing)?,
        };
        let mut change = Self {
            index,
            command,
            service,
            dest: None,
            service_nest: service_nest.unwrap_or_default(),
            dest_nest: &[],
        };
        if is_about_dest {
            change.dest_nest = attrs.get(DEST).ok_or(SpecError::DestMissing)?;
            let (dest, _) = parse_dest(change.dest_nest, service.family, false)?;
            change.dest = Some(dest);
        }

        Ok(change)
    }

    /// What the service is to be like.
    pub fn service_spec(&self) -> Result<ServiceSpec, SpecError> {
        let (_, spec) = parse_service(self.service_nest, true)?;

        spec.ok_or(SpecError::ServiceIncomplete)
    }

    /// What a new destination is to be like.
    pub fn dest_spec(&self) -> Result<DestSpec, SpecError> {
        let (_, spec) = parse_dest(self.dest_nest, self.service.family, true)?;

        spec.ok_or(SpecError::DestIncomplete)
    }

    /// What is to become of a destination; what is not said of it stays.
    pub fn dest_patch(&self) -> Result<DestPatch, SpecError> {
        parse_dest_patch(self.dest_nest)
    }

    /// By service: first what becomes of it, then destinations by name. Equal are two changes of the
    /// same thing, of which the first one comes first.
    pub fn by_object(&self, other: &Self) -> Ordering {
        let key = |change: &Self| (change.service, change.dest);

        key(self)
            .cmp(&key(other))
            .then(self.index.cmp(&other.index))
    }

    /// Of those of one service: first what becomes of it, then destinations as the request has them.
    pub fn by_index(&self, other: &Self) -> Ordering {
        let key = |change: &Self| (change.dest.is_some(), change.index);

        key(self).cmp(&key(other))
    }

    /// Whether both are about the same thing.
    pub fn is_of_same(&self, other: &Self) -> bool {
        (self.service, self.dest) == (other.service, other.dest)
    }
}

/// The changes in the attributes of a request, which nobody has checked.
pub fn changes(attrs: &[u8]) -> impl Iterator<Item = &[u8]> {
    Attrs::new(attrs)
        .filter(|attr| attr.kind == APPLY)
        .map(|attr| attr.data)
}

/// Reads [`GENERATION`] in the attributes of a request; of several the last.
pub fn read_generation(attrs: &[u8]) -> Result<Option<u32>, SpecError> {
    last_u32(attrs, GENERATION).map_err(|()| SpecError::ApplyGeneration)
}

/// Reads [`EXPECT`] in the nest of a destination; of several the last.
pub fn read_expect(nest: &[u8]) -> Result<Option<u32>, SpecError> {
    last_u32(nest, EXPECT).map_err(|()| SpecError::DestExpect)
}

fn last_u32(attrs: &[u8], kind: u16) -> Result<Option<u32>, ()> {
    match Attrs::new(attrs).filter(|attr| attr.kind == kind).last() {
        None => Ok(None),
        Some(attr) => match attr.data.first_chunk() {
            Some(bytes) => Ok(Some(u32::from_ne_bytes(*bytes))),
            None => Err(()),
        },
    }
}

/// Where in the attributes of a request the one begins that an error about change number `index` is
/// about: it, or if that is not there, the change.
pub fn blamed(attrs: &[u8], index: u32, place: Place) -> Option<usize> {
    let mut all = Attrs::new(attrs).with_places();
    let mut applies = all.by_ref().filter(|(_, attr)| attr.kind == APPLY);
    let (start, change) = applies.nth(index as usize)?;
    let inside = Attrs::new(change.data).with_places();
    let find = |kind| {
        let found = inside.clone().filter(|(_, attr)| attr.kind == kind).last();
        found.map(|(place, attr)| (start.wrapping_add(place).wrapping_add(4), attr))
    };
    let found = match place {
        Place::Missing(_) | Place::Of(APPLY) => None,
        Place::Of(kind) | Place::In(APPLY, kind) => find(kind).map(|(place, _)| place),
        Place::In(top, kind) => find(top).map(|(place, attr)| {
            let inner = super::blamed(top, attr.data, kind);
            inner.map_or(place, |inner| place.wrapping_add(inner).wrapping_add(4))
        }),
    };

    Some(found.unwrap_or(start))
}

#[cfg(test)]
mod tests;
