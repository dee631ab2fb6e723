// SPDX-License-Identifier: GPL-2.0

//! Services in requests and answers.

use super::attr::cmd;
use super::attr::svc::*;
use super::error::SpecError;
use super::name::Name;
use super::nla::{
    emit_addr,
    Attr,
    Attrs,
    Policy,
    Rule,
    Sink,
    Table, //
};
use super::policy::{
    emit_policy,
    read_policy, //
};
use super::service_name::{
    emit_service_name,
    read_service_name,
    ServiceName, //
};
use super::slow_start::{
    read_slow_start,
    SLOW_START, //
};
use super::stats::{
    emit_stats,
    Stats, //
};
use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::Be16;
use crate::policy;
use crate::wire::proto;

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// Its family.
    pub family: Family,
    /// What tells it from others of the family.
    pub id: ServiceId,
}

/// What tells a service from others of its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceId {
    /// The mark of its packets, in host order; not 0.
    Fwmark(u32),
    /// The destination of its packets.
    Address {
        /// Protocol. No value is refused, so that this is as wide as in the request.
        proto: u16,
        /// Address, of the family of the key.
        addr: Addr,
        /// Port, in network order; 0 for every port.
        port: Be16,
    },
}

/// What a service is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceSpec {
    /// Name of its scheduler, or `none`.
    pub sched: Name,
    /// Flags, as far as `mask` has them.
    pub flags: u32,
    /// Which flags count.
    pub mask: u32,
    /// Persistence, in seconds.
    pub timeout: u32,
    /// Granularity of persistence, as sent: a mask whose memory is in network order, or for IPv6 the
    /// length of a prefix in host order.
    pub netmask: u32,
    /// Name of its persistence engine.
    pub pe: Option<Name>,
    /// Seconds of slow start, 0 for none; `None` leaves it as it is.
    pub slow_start: Option<u32>,
    /// What becomes of its policy.
    pub policy: policy::Change,
    /// What it is called; `None` leaves it as it is.
    pub name: Option<ServiceName>,
}

impl ServiceSpec {
    /// The name of the scheduler, unless it is to have none.
    pub fn scheduler(&self) -> Option<&[u8]> {
        match self.sched.as_bytes() {
            b"none" => None,
            name => Some(name),
        }
    }

    /// Flags of a service that had `old` ones, or 0 for a new service.
    #[inline]
    pub const fn merged_flags(&self, old: u32) -> u32 {
        (old & !self.mask) | (self.flags & self.mask)
    }

    /// Checks what does not depend on state; to be done after scheduler and engine were found, whose
    /// absence is reported first.
    pub fn validate(&self, family: Family) -> Result<(), SpecError> {
        match (family, self.netmask) {
            (Family::V4, _) | (Family::V6, 1..=128) => Ok(()),
            (Family::V6, _) => Err(SpecError::ServicePrefix),
        }
    }
}

pub(super) const POLICY: Policy<COUNT> = [
    None,
    Some((Rule::Min(2), SpecError::ServiceAf)),
    Some((Rule::Min(2), SpecError::ServiceProtocol)),
    Some((Rule::Max(16), SpecError::ServiceAddr)),
    Some((Rule::Min(2), SpecError::ServicePort)),
    Some((Rule::Min(4), SpecError::ServiceFwmark)),
    Some((Rule::Text(15), SpecError::ServiceSchedName)),
    Some((Rule::Max(8), SpecError::ServiceFlags)),
    Some((Rule::Min(4), SpecError::ServiceTimeout)),
    Some((Rule::Min(4), SpecError::ServiceNetmask)),
    Some((Rule::Nest, SpecError::ServiceStats)),
    Some((Rule::Text(16), SpecError::ServicePeName)),
    None,
];

/// Finds the nest `SERVICE` in the attributes of a dump request, which nobody has checked. `None` if
/// there is none, or if any attribute of the message is not what it should be.
pub fn service_of_dump(attrs: &[u8]) -> Option<&[u8]> {
    let mut nest = None;
    for Attr { kind, data } in Attrs::new(attrs) {
        let rule = match kind {
            cmd::SERVICE | cmd::DEST | cmd::DAEMON => Rule::Nest,
            cmd::TIMEOUT_TCP | cmd::TIMEOUT_TCP_FIN | cmd::TIMEOUT_UDP => Rule::Min(4),
            _ => continue,
        };
        if !rule.allows(data) {
            return None;
        }
        if kind == cmd::SERVICE {
            nest = Some(data);
        }
    }

    nest
}

/// Reads the nest `SERVICE`: which service and, if `full`, what it is to be like.
pub fn parse_service(
    nest: &[u8],
    full: bool,
) -> Result<(ServiceKey, Option<ServiceSpec>), SpecError> {
    let attrs = Table::read(nest, &POLICY)?;
    let key = read_key(&attrs)?;
    if !full {
        return Ok((key, None));
    }
    let mut spec = read_spec(&attrs).ok_or(SpecError::ServiceIncomplete)?;
    spec.slow_start = read_slow_start(nest)?;
    spec.policy = read_policy(nest)?;
    spec.name = read_service_name(nest)?;

    Ok((key, Some(spec)))
}

fn read_key(attrs: &Table<'_, COUNT>) -> Result<ServiceKey, SpecError> {
    let address = || Some((attrs.u16(PROTOCOL)?, attrs.padded(ADDR)?, attrs.be16(PORT)?));
    let fwmark = attrs.u32(FWMARK);
    // Whether the identity is complete is asked before whether the family is known.
    let (proto, octets, port) = match (fwmark, address()) {
        // A mark makes everything else be ignored, even a mark of 0 that then identifies nothing.
        (Some(_), _) => (u16::from(proto::TCP), [0; 16], Be16::ZERO),
        (None, Some(address)) => address,
        (None, None) => return Err(SpecError::ServiceId),
    };
    let af = attrs.u16(AF).ok_or(SpecError::ServiceId)?;
    let family = Family::from_af(af).ok_or(SpecError::ServiceFamily)?;
    let id = match fwmark {
        Some(mark) if mark != 0 => ServiceId::Fwmark(mark),
        _ => ServiceId::Address {
            proto,
            addr: Addr::from_octets16(family, &octets),
            port,
        },
    };

    Ok(ServiceKey { family, id })
}

fn read_spec(attrs: &Table<'_, COUNT>) -> Option<ServiceSpec> {
    let [f0, f1, f2, f3, m0, m1, m2, m3] = attrs.padded(FLAGS)?;

    Some(ServiceSpec {
        sched: attrs.name(SCHED_NAME)?,
        flags: u32::from_ne_bytes([f0, f1, f2, f3]),
        mask: u32::from_ne_bytes([m0, m1, m2, m3]),
        timeout: attrs.u32(TIMEOUT)?,
        netmask: attrs.u32(NETMASK)?,
        pe: attrs.name(PE_NAME).filter(|name| !name.is_empty()),
        slow_start: None,
        policy: policy::Change::default(),
        name: None,
    })
}

/// A service to be shown.
#[derive(Clone, Copy, Debug)]
pub struct ServiceView<'a> {
    /// Which one.
    pub key: ServiceKey,
    /// Name of its scheduler; `None` is shown as `none`.
    pub sched: Option<&'a Name>,
    /// Name of its persistence engine.
    pub pe: Option<&'a Name>,
    /// Flags, all of which count.
    pub flags: u32,
    /// Persistence, in seconds.
    pub timeout: u32,
    /// Granularity of persistence, as in [`ServiceSpec::netmask`].
    pub netmask: u32,
    /// Seconds of slow start; 0 is not shown.
    pub slow_start: u32,
    /// What it has of its own; nothing is not shown.
    pub policy: policy::Policy,
    /// What it is called; the empty name is not shown.
    pub name: &'a ServiceName,
    /// Statistics.
    pub stats: Stats,
}

/// Writes the nest `SERVICE`.
#[inline(always)]
pub fn emit_service<S: Sink>(sink: &mut S, service: &ServiceView<'_>) -> Result<(), S::Error> {
    let nest = sink.begin_nest(cmd::SERVICE)?;
    emit_state(sink, service)?;
    emit_stats(sink, STATS, STATS64, &service.stats)?;
    emit_own(sink, service)?;
    sink.end_nest(nest)
}

/// The same without statistics, for [listings](super::listing).
#[inline(always)]
pub fn emit_service_brief<S: Sink>(
    sink: &mut S,
    service: &ServiceView<'_>,
) -> Result<(), S::Error> {
    let nest = sink.begin_nest(cmd::SERVICE)?;
    emit_state(sink, service)?;
    emit_own(sink, service)?;
    sink.end_nest(nest)
}

#[inline(always)]
fn emit_state<S: Sink>(sink: &mut S, service: &ServiceView<'_>) -> Result<(), S::Error> {
    emit_key(sink, &service.key)?;
    sink.put(SCHED_NAME, service.sched.map_or(b"none\0", Name::with_nul))?;
    if let Some(pe) = service.pe {
        sink.put(PE_NAME, pe.with_nul())?;
    }
    sink.put(FLAGS, &flags_and_mask(service.flags))?;
    sink.put(TIMEOUT, &service.timeout.to_ne_bytes())?;
    sink.put(NETMASK, &service.netmask.to_ne_bytes())
}

/// What C does not have comes last, so that all others are where they always are.
#[inline(always)]
fn emit_own<S: Sink>(sink: &mut S, service: &ServiceView<'_>) -> Result<(), S::Error> {
    emit_slow_start(sink, service)?;
    emit_policy(sink, &service.policy)?;
    emit_service_name(sink, service.name)
}

#[inline(always)]
fn emit_slow_start<S: Sink>(sink: &mut S, service: &ServiceView<'_>) -> Result<(), S::Error> {
    match service.slow_start {
        0 => Ok(()),
        seconds => sink.put(SLOW_START, &seconds.to_ne_bytes()),
    }
}

/// Writes the nest `SERVICE` with nothing in it but which service it is.
#[inline(always)]
pub fn emit_service_key<S: Sink>(sink: &mut S, key: &ServiceKey) -> Result<(), S::Error> {
    let nest = sink.begin_nest(cmd::SERVICE)?;
    emit_key(sink, key)?;
    sink.end_nest(nest)
}

/// Writes what identifies a service, without a nest.
#[inline(always)]
pub fn emit_key<S: Sink>(sink: &mut S, key: &ServiceKey) -> Result<(), S::Error> {
    sink.put(AF, &key.family.af().to_ne_bytes())?;
    match key.id {
        ServiceId::Fwmark(mark) => sink.put(FWMARK, &mark.to_ne_bytes()),
        ServiceId::Address { proto, addr, port } => {
            sink.put(PROTOCOL, &proto.to_ne_bytes())?;
            emit_addr(sink, ADDR, &addr)?;
            sink.put(PORT, &port.to_bytes())
        }
    }
}

/// Flags with all of them counting.
fn flags_and_mask(flags: u32) -> [u8; 8] {
    let [a, b, c, d] = flags.to_ne_bytes();

    [a, b, c, d, 0xff, 0xff, 0xff, 0xff]
}

#[cfg(test)]
mod tests;
