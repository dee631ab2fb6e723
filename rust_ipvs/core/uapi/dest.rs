// SPDX-License-Identifier: GPL-2.0

//! Destinations in requests and answers.

use super::answers::{
    emit_answers,
    Answers, //
};
use super::apply::read_expect;
use super::attr::cmd;
use super::attr::dest::*;
use super::drain::{
    emit_drain,
    DrainView, //
};
use super::error::SpecError;
use super::feedback::DEST_FEEDBACK;
use super::nla::{
    emit_addr,
    Policy,
    Rule,
    Sink,
    Table, //
};
use super::stats::{
    emit_stats,
    Stats, //
};
use super::tun_type;
use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::Be16;
use crate::conn::{
    flag::FWD_MASK,
    Method, //
};
use crate::sched::slow::ONE;

/// Which destination of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestKey {
    /// Its address.
    pub addr: Addr,
    /// Its port, in network order; 0 for that of the packet.
    pub port: Be16,
}

/// What a destination is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestSpec {
    /// Forwarding method: the low three bits of the flags. 5 to 7 are accepted and forward nothing.
    pub method: u32,
    /// Weight, not negative once [`Self::validate`] passed.
    pub weight: i32,
    /// Upper threshold, in connections; 0 for none.
    pub u_threshold: u32,
    /// Lower threshold, in connections; 0 for three quarters of the upper one.
    pub l_threshold: u32,
    /// Type of tunnel, of [`tun_type`] or not.
    pub tun_type: u8,
    /// Port of a GUE tunnel, in network order.
    pub tun_port: Be16,
    /// Flags of the tunnel, of [`tun_flag`](super::tun_flag).
    pub tun_flags: u16,
}

impl DestSpec {
    /// The forwarding method; `None` for one that forwards nothing.
    #[inline]
    pub const fn method(&self) -> Option<Method> {
        Method::from_bits(self.method)
    }

    /// Checks what does not depend on state, in the order in which IPVS always did.
    ///
    /// `family` is that of the destination, `service` that of its service.
    pub fn validate(&self, family: Family, service: Family) -> Result<(), SpecError> {
        if family != service && self.method() != Some(Method::Tunnel) {
            return Err(SpecError::DestMixedFamily);
        }
        if self.weight < 0 {
            return Err(SpecError::DestWeightRange);
        }
        if self.l_threshold > self.u_threshold {
            return Err(SpecError::DestThresholds);
        }
        if self.u_threshold > i32::MAX as u32 {
            return Err(SpecError::DestUThreshRange);
        }
        // Whether or not the method is tunneling.
        if self.tun_type == tun_type::GUE && self.tun_port == Be16::ZERO {
            return Err(SpecError::DestGuePort);
        }

        Ok(())
    }
}

/// What is to be changed of a destination; `None` stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestPatch {
    method: Option<u32>,
    weight: Option<i32>,
    u_threshold: Option<u32>,
    l_threshold: Option<u32>,
    tun_type: Option<u8>,
    tun_port: Option<Be16>,
    tun_flags: Option<u16>,
    /// The weight that it must have before.
    pub expect: Option<u32>,
}

impl DestPatch {
    /// What a destination that was like `old` is to be like.
    pub fn over(&self, old: &DestSpec) -> DestSpec {
        DestSpec {
            method: self.method.unwrap_or(old.method),
            weight: self.weight.unwrap_or(old.weight),
            u_threshold: self.u_threshold.unwrap_or(old.u_threshold),
            l_threshold: self.l_threshold.unwrap_or(old.l_threshold),
            tun_type: self.tun_type.unwrap_or(old.tun_type),
            tun_port: self.tun_port.unwrap_or(old.tun_port),
            tun_flags: self.tun_flags.unwrap_or(old.tun_flags),
        }
    }
}

pub(super) const POLICY: Policy<COUNT> = [
    None,
    Some((Rule::Max(16), SpecError::DestAddr)),
    Some((Rule::Min(2), SpecError::DestPort)),
    Some((Rule::Min(4), SpecError::DestFwdMethod)),
    Some((Rule::Min(4), SpecError::DestWeight)),
    Some((Rule::Min(4), SpecError::DestUThresh)),
    Some((Rule::Min(4), SpecError::DestLThresh)),
    Some((Rule::Min(4), SpecError::DestActiveConns)),
    Some((Rule::Min(4), SpecError::DestInactConns)),
    Some((Rule::Min(4), SpecError::DestPersistConns)),
    Some((Rule::Nest, SpecError::DestStats)),
    Some((Rule::Min(2), SpecError::DestAddrFamily)),
    None,
    Some((Rule::Min(1), SpecError::DestTunType)),
    Some((Rule::Min(2), SpecError::DestTunPort)),
    Some((Rule::Min(2), SpecError::DestTunFlags)),
];

/// Reads the nest `DEST`: which destination and, if `full`, what it is to be like.
///
/// `service` is the family of the service, which the destination has unless it says otherwise.
pub fn parse_dest(
    nest: &[u8],
    service: Family,
    full: bool,
) -> Result<(DestKey, Option<DestSpec>), SpecError> {
    let attrs = Table::read(nest, &POLICY)?;
    let octets = attrs.padded(ADDR).ok_or(SpecError::DestId)?;
    let port = attrs.be16(PORT).ok_or(SpecError::DestId)?;
    let spec = match full {
        true => Some(read_spec(&attrs).ok_or(SpecError::DestIncomplete)?),
        false => None,
    };
    let family = match attrs.u16(ADDR_FAMILY) {
        None | Some(0) => service,
        Some(af) => Family::from_af(af).ok_or(SpecError::DestFamily)?,
    };
    let addr = Addr::from_octets16(family, &octets);

    Ok((DestKey { addr, port }, spec))
}

/// Reads what is to be changed of a destination.
pub fn parse_dest_patch(nest: &[u8]) -> Result<DestPatch, SpecError> {
    let mut patch = read_patch(&Table::read(nest, &POLICY)?);
    patch.expect = read_expect(nest)?;

    Ok(patch)
}

fn read_spec(attrs: &Table<'_, COUNT>) -> Option<DestSpec> {
    let patch = read_patch(attrs);

    Some(DestSpec {
        method: patch.method?,
        weight: patch.weight?,
        u_threshold: patch.u_threshold?,
        l_threshold: patch.l_threshold?,
        tun_type: patch.tun_type.unwrap_or(0),
        tun_port: patch.tun_port.unwrap_or(Be16::ZERO),
        tun_flags: patch.tun_flags.unwrap_or(0),
    })
}

fn read_patch(attrs: &Table<'_, COUNT>) -> DestPatch {
    DestPatch {
        method: attrs.u32(FWD_METHOD).map(|method| method & FWD_MASK),
        weight: attrs.i32(WEIGHT),
        u_threshold: attrs.u32(U_THRESH),
        l_threshold: attrs.u32(L_THRESH),
        tun_type: attrs.u8(TUN_TYPE),
        tun_port: attrs.be16(TUN_PORT),
        tun_flags: attrs.u16(TUN_FLAGS),
        expect: None,
    }
}

/// A destination to be shown.
#[derive(Clone, Copy, Debug)]
pub struct DestView {
    /// Which one.
    pub key: DestKey,
    /// What it is like.
    pub spec: DestSpec,
    /// Active connections.
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
    /// Persistence templates.
    pub persist: u32,
    /// Its draining, if it does.
    pub drain: Option<DrainView>,
    /// What its weight counts, in parts of [`ONE`], which is not shown.
    pub feedback: u32,
    /// How it answers, if that was asked for.
    pub answers: Option<Answers>,
    /// Statistics.
    pub stats: Stats,
}

/// Writes the nest `DEST`.
#[inline(always)]
pub fn emit_dest<S: Sink>(sink: &mut S, dest: &DestView) -> Result<(), S::Error> {
    let nest = sink.begin_nest(cmd::DEST)?;
    emit_state(sink, dest)?;
    emit_stats(sink, STATS, STATS64, &dest.stats)?;
    emit_own(sink, dest)?;
    sink.end_nest(nest)
}

/// The same without statistics, for [listings](super::listing).
#[inline(always)]
pub fn emit_dest_brief<S: Sink>(sink: &mut S, dest: &DestView) -> Result<(), S::Error> {
    let nest = sink.begin_nest(cmd::DEST)?;
    emit_state(sink, dest)?;
    emit_own(sink, dest)?;
    sink.end_nest(nest)
}

/// What C does not have, behind all that it has, and only where there is something to tell.
#[inline(always)]
fn emit_own<S: Sink>(sink: &mut S, dest: &DestView) -> Result<(), S::Error> {
    if let Some(drain) = &dest.drain {
        emit_drain(sink, drain)?;
    }
    match &dest.answers {
        None => Ok(()),
        Some(answers) => emit_answers(sink, answers),
    }
}

#[inline(always)]
fn emit_state<S: Sink>(sink: &mut S, dest: &DestView) -> Result<(), S::Error> {
    let spec = &dest.spec;

    emit_key(sink, &dest.key)?;
    sink.put(FWD_METHOD, &(spec.method & FWD_MASK).to_ne_bytes())?;
    sink.put(WEIGHT, &spec.weight.to_ne_bytes())?;
    sink.put(TUN_TYPE, &spec.tun_type.to_ne_bytes())?;
    sink.put(TUN_PORT, &spec.tun_port.to_bytes())?;
    sink.put(TUN_FLAGS, &spec.tun_flags.to_ne_bytes())?;
    sink.put(U_THRESH, &spec.u_threshold.to_ne_bytes())?;
    sink.put(L_THRESH, &spec.l_threshold.to_ne_bytes())?;
    sink.put(ACTIVE_CONNS, &dest.active.to_ne_bytes())?;
    sink.put(INACT_CONNS, &dest.inactive.to_ne_bytes())?;
    sink.put(PERSIST_CONNS, &dest.persist.to_ne_bytes())?;
    sink.put(ADDR_FAMILY, &dest.key.addr.family().af().to_ne_bytes())?;
    match dest.feedback {
        ONE => Ok(()),
        factor => sink.put(DEST_FEEDBACK, &factor.to_ne_bytes()),
    }
}

/// Writes what identifies a destination, without a nest.
#[inline(always)]
pub fn emit_key<S: Sink>(sink: &mut S, key: &DestKey) -> Result<(), S::Error> {
    emit_addr(sink, ADDR, &key.addr)?;
    sink.put(PORT, &key.port.to_bytes())
}

#[cfg(test)]
mod tests;
