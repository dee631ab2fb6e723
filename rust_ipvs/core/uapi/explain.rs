// SPDX-License-Identifier: GPL-2.0

//! What C does not have: what would become of a packet that opens a connection, and why.
//!
//! A request `EXPLAIN` has the packet in the nest [`EXPLAIN`]. Asked as one, the answer is the decision,
//! in the same nest, with the service beside it. As a dump it is the destinations that the scheduler
//! would choose from, a message for each. Neither changes anything.

use super::attr::cmd;
use super::error::SpecError;
use super::name::Name;
use super::nla::{
    emit_addr,
    Attrs,
    Policy,
    Rule,
    Sink,
    Table, //
};
use super::service::{
    emit_key,
    ServiceKey, //
};
use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::Be16;
use crate::reason::Reason;

/// Nest of [`attr`].
pub const EXPLAIN: u16 = 0x1003;

/// Of a packet, a decision and a candidate.
pub mod attr {
    /// u16: address family of the packet.
    pub const AF: u16 = 1;
    /// u16: its protocol.
    pub const PROTOCOL: u16 = 2;
    /// Up to 16 bytes: its source.
    pub const CLIENT: u16 = 3;
    /// u16 in network order: the port of that.
    pub const CLIENT_PORT: u16 = 4;
    /// Up to 16 bytes: its destination.
    pub const ADDR: u16 = 5;
    /// u16 in network order: the port of that.
    pub const PORT: u16 = 6;
    /// u32: its firewall mark; 0 if it is missing.
    pub const MARK: u16 = 7;
    /// One more than the highest of a request.
    pub const COUNT: usize = 8;

    /// u32: a [`Step`](super::Step), which has decided.
    pub const STEP: u16 = 8;
    /// u32: a [`Reason`](crate::reason::Reason), if it goes no further.
    pub const REASON: u16 = 9;
    /// u32: 1 if chance decides, so that a packet may be given to another destination.
    pub const RANDOM: u16 = 10;
    /// String: the scheduler.
    pub const SCHED_NAME: u16 = 11;
    /// u16: address family of the destination.
    pub const DEST_AF: u16 = 12;
    /// Up to 16 bytes: its address.
    pub const DEST_ADDR: u16 = 13;
    /// u16 in network order: the port that it is asked at.
    pub const DEST_PORT: u16 = 14;
    /// u32: forwarding method.
    pub const METHOD: u16 = 15;
    /// u32: 1 if the destination is this host.
    pub const LOCAL: u16 = 16;
    /// String: the device that the packet leaves by.
    pub const DEVICE: u16 = 17;
    /// Up to 16 bytes: the next hop, of the family [`GATEWAY_AF`]; missing if that is the destination.
    pub const GATEWAY: u16 = 18;
    /// u32: the longest packet that the route carries, in bytes.
    pub const ROUTE_MTU: u16 = 19;
    /// u32: the longest packet of a client, in bytes: what a tunnel adds is taken off.
    pub const MTU: u16 = 20;
    /// u32: one of so many first packets is dropped, as `drop_packet` says.
    pub const DROP_RATE: u16 = 21;
    /// u32: weight.
    pub const WEIGHT: u16 = 22;
    /// u32: how much of the weight counts, in parts of 1000.
    pub const FACTOR: u16 = 23;
    /// u32: 1 if it has too many connections.
    pub const OVERLOADED: u16 = 24;
    /// u32: active connections.
    pub const ACTIVE: u16 = 25;
    /// u32: inactive connections.
    pub const INACTIVE: u16 = 26;
    /// u64: what it costs, to be divided by [`SHARE`]; the least is chosen. Missing if the scheduler
    /// does not compare, or does not choose it.
    pub const COST: u16 = 27;
    /// u64: see [`COST`].
    pub const SHARE: u16 = 28;
    /// u16: address family of the gateway.
    pub const GATEWAY_AF: u16 = 29;
}

/// What decides about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Step {
    /// Nothing: it goes no further.
    Nothing = 0,
    /// The connection that it belongs to.
    Connection = 1,
    /// The template of an earlier connection.
    Template = 2,
    /// The scheduler.
    Scheduler = 3,
    /// Nobody is there, and it goes on to where it was going (`cache_bypass`).
    Bypass = 4,
    /// It is the answer of a server.
    Reply = 5,
}

impl Step {
    /// From its number.
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Nothing,
            1 => Self::Connection,
            2 => Self::Template,
            3 => Self::Scheduler,
            4 => Self::Bypass,
            5 => Self::Reply,
            _ => return None,
        })
    }
}

/// A packet that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Its protocol.
    pub proto: u8,
    /// Its source.
    pub client: Addr,
    /// The port of that.
    pub client_port: Be16,
    /// Its destination, of the same family.
    pub addr: Addr,
    /// The port of that.
    pub port: Be16,
    /// Its mark.
    pub mark: u32,
}

pub(super) const POLICY: Policy<{ attr::COUNT }> = [
    None,
    Some((Rule::Min(2), SpecError::ExplainAf)),
    Some((Rule::Min(2), SpecError::ExplainProtocol)),
    Some((Rule::Max(16), SpecError::ExplainClient)),
    Some((Rule::Min(2), SpecError::ExplainClientPort)),
    Some((Rule::Max(16), SpecError::ExplainAddr)),
    Some((Rule::Min(2), SpecError::ExplainPort)),
    Some((Rule::Min(4), SpecError::ExplainMark)),
];

/// Reads the nest [`EXPLAIN`] of a request.
pub fn parse_query(nest: &[u8]) -> Result<Query, SpecError> {
    let table = Table::read(nest, &POLICY)?;
    let missing = SpecError::ExplainIncomplete;
    let af = table.u16(attr::AF).ok_or(missing)?;
    let family = Family::from_af(af).ok_or(SpecError::ExplainFamily)?;
    let addr = |kind| {
        let octets = table.padded(kind).ok_or(missing)?;
        Ok(Addr::from_octets16(family, &octets))
    };
    let proto = table.u16(attr::PROTOCOL).ok_or(missing)?;

    Ok(Query {
        proto: u8::try_from(proto).map_err(|_| SpecError::ExplainProtocol)?,
        client: addr(attr::CLIENT)?,
        client_port: table.be16(attr::CLIENT_PORT).ok_or(missing)?,
        addr: addr(attr::ADDR)?,
        port: table.be16(attr::PORT).ok_or(missing)?,
        mark: table.u32(attr::MARK).unwrap_or(0),
    })
}

/// Finds the nest in the attributes of a request for a dump, which nobody has checked; of several the
/// last.
pub fn query_of_dump(attrs: &[u8]) -> Result<Query, SpecError> {
    let nest = Attrs::new(attrs).filter(|attr| attr.kind == EXPLAIN).last();
    parse_query(nest.ok_or(SpecError::ExplainMissing)?.data)
}

/// How a packet leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Whether it does not: the destination is this host.
    pub is_local: bool,
    /// Name of the device.
    pub device: Name,
    /// The next hop, if it is not the destination itself.
    pub gateway: Option<Addr>,
    /// The longest packet that the route carries.
    pub route_mtu: u32,
    /// The longest packet of the client; `None` if the route carries less than the tunnel needs.
    pub mtu: Option<u32>,
}

/// A destination that is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its address.
    pub addr: Addr,
    /// The port that it is asked at.
    pub port: Be16,
    /// How packets get there, by number.
    pub method: Option<u32>,
    /// The way, if there is one.
    pub way: Option<Way>,
}

/// What would become of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What has decided.
    pub step: Step,
    /// The service that was found.
    pub service: Option<ServiceKey>,
    /// Name of its scheduler.
    pub sched: Option<Name>,
    /// Whether chance decides.
    pub is_random: bool,
    /// Who gets it.
    pub dest: Option<Chosen>,
    /// Why it goes no further.
    pub reason: Option<Reason>,
    /// One of so many first packets is dropped; 0 for none.
    pub drop_rate: u32,
}

/// Writes a decision.
pub fn emit_decision<S: Sink>(sink: &mut S, decision: &Decision) -> Result<(), S::Error> {
    if let Some(key) = &decision.service {
        let nest = sink.begin_nest(cmd::SERVICE)?;
        emit_key(sink, key)?;
        sink.end_nest(nest)?;
    }
    let nest = sink.begin_nest(EXPLAIN)?;
    put_u32(sink, attr::STEP, decision.step as u32)?;
    if let Some(reason) = decision.reason {
        put_u32(sink, attr::REASON, reason.number().into())?;
    }
    if decision.is_random {
        put_u32(sink, attr::RANDOM, 1)?;
    }
    if let Some(sched) = &decision.sched {
        sink.put(attr::SCHED_NAME, sched.with_nul())?;
    }
    if decision.drop_rate != 0 {
        put_u32(sink, attr::DROP_RATE, decision.drop_rate)?;
    }
    if let Some(dest) = &decision.dest {
        emit_chosen(sink, dest)?;
    }
    sink.end_nest(nest)
}

fn put_u32<S: Sink>(sink: &mut S, kind: u16, value: u32) -> Result<(), S::Error> {
    sink.put(kind, &value.to_ne_bytes())
}

fn emit_dest<S: Sink>(sink: &mut S, addr: &Addr, port: Be16) -> Result<(), S::Error> {
    sink.put(attr::DEST_AF, &addr.family().af().to_ne_bytes())?;
    emit_addr(sink, attr::DEST_ADDR, addr)?;
    sink.put(attr::DEST_PORT, &port.to_bytes())
}

fn emit_chosen<S: Sink>(sink: &mut S, dest: &Chosen) -> Result<(), S::Error> {
    emit_dest(sink, &dest.addr, dest.port)?;
    if let Some(method) = dest.method {
        put_u32(sink, attr::METHOD, method)?;
    }
    let Some(way) = &dest.way else {
        return Ok(());
    };
    if way.is_local {
        put_u32(sink, attr::LOCAL, 1)?;
    }
    sink.put(attr::DEVICE, way.device.with_nul())?;
    if let Some(gateway) = &way.gateway {
        sink.put(attr::GATEWAY_AF, &gateway.family().af().to_ne_bytes())?;
        emit_addr(sink, attr::GATEWAY, gateway)?;
    }
    put_u32(sink, attr::ROUTE_MTU, way.route_mtu)?;
    match way.mtu {
        Some(mtu) => put_u32(sink, attr::MTU, mtu),
        None => Ok(()),
    }
}

/// A destination that the scheduler chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its address.
    pub addr: Addr,
    /// Its port.
    pub port: Be16,
    /// Its weight.
    pub weight: i32,
    /// How much of that counts, in parts of 1000.
    pub factor: u32,
    /// Whether it has too many connections.
    pub is_overloaded: bool,
    /// Active connections.
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
    /// What it costs, and what that is divided by.
    pub score: Option<(u64, u64)>,
}

/// Writes a candidate.
pub fn emit_candidate<S: Sink>(sink: &mut S, candidate: &Candidate) -> Result<(), S::Error> {
    let nest = sink.begin_nest(EXPLAIN)?;
    emit_dest(sink, &candidate.addr, candidate.port)?;
    put_u32(sink, attr::WEIGHT, candidate.weight as u32)?;
    put_u32(sink, attr::FACTOR, candidate.factor)?;
    if candidate.is_overloaded {
        put_u32(sink, attr::OVERLOADED, 1)?;
    }
    put_u32(sink, attr::ACTIVE, candidate.active)?;
    put_u32(sink, attr::INACTIVE, candidate.inactive)?;
    if let Some((cost, share)) = candidate.score {
        sink.put(attr::COST, &cost.to_ne_bytes())?;
        sink.put(attr::SHARE, &share.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        attr as bytes,
        Buffer, //
    };
    use super::*;
    use core::net::Ipv4Addr;
    use std::vec::Vec;

    fn request() -> [Vec<u8>; 6] {
        [
            bytes(attr::AF, &[2, 0]),
            bytes(attr::PROTOCOL, &[6, 0]),
            bytes(attr::CLIENT, &[10, 1, 0, 2]),
            bytes(attr::CLIENT_PORT, &[0x0f, 0xa0]),
            bytes(attr::ADDR, &[192, 0, 2, 1]),
            bytes(attr::PORT, &[0, 80]),
        ]
    }

    fn query() -> Query {
        Query {
            proto: 6,
            client: Addr::V4(Ipv4Addr::new(10, 1, 0, 2)),
            client_port: Be16::from_host(4000),
            addr: Addr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            port: Be16::from_host(80),
            mark: 0,
        }
    }

    #[test]
    fn queries() {
        let whole = request().concat();
        assert_eq!(parse_query(&whole), Ok(query()));
        let marked = [whole.clone(), bytes(attr::MARK, &[5, 0, 0, 0])].concat();
        assert_eq!(parse_query(&marked).unwrap().mark, 5);
        assert_eq!(query_of_dump(&bytes(EXPLAIN, &whole)), Ok(query()));
        assert_eq!(query_of_dump(&whole), Err(SpecError::ExplainMissing));
        for left_out in 0..6 {
            let mut parts = request();
            parts[left_out].clear();
            let parsed = parse_query(&parts.concat());
            assert_eq!(parsed, Err(SpecError::ExplainIncomplete));
        }
        let wrong = |kind, data: &[u8]| {
            parse_query(&[whole.clone(), bytes(kind, data)].concat()).unwrap_err()
        };
        assert_eq!(wrong(attr::AF, &[2]), SpecError::ExplainAf);
        assert_eq!(wrong(attr::AF, &[3, 0]), SpecError::ExplainFamily);
        assert_eq!(wrong(attr::PROTOCOL, &[0, 1]), SpecError::ExplainProtocol);
        assert_eq!(wrong(attr::CLIENT, &[0; 17]), SpecError::ExplainClient);
        assert_eq!(wrong(attr::PORT, &[0]), SpecError::ExplainPort);
        assert_eq!(wrong(attr::MARK, &[0; 3]), SpecError::ExplainMark);
    }

    #[test]
    fn the_longest_decision_fits() {
        let six = Addr::unspecified(Family::V6);
        let name = Name::new(b"fifteen-letters\0").unwrap();
        let decision = Decision {
            step: Step::Scheduler,
            service: Some(ServiceKey {
                family: Family::V6,
                id: super::super::service::ServiceId::Address {
                    proto: 6,
                    addr: six,
                    port: Be16::from_host(80),
                },
            }),
            sched: Some(name),
            is_random: true,
            dest: Some(Chosen {
                addr: six,
                port: Be16::from_host(80),
                method: Some(2),
                way: Some(Way {
                    is_local: true,
                    device: name,
                    gateway: Some(six),
                    route_mtu: 1500,
                    mtu: Some(1480),
                }),
            }),
            reason: Some(Reason::NoRoute),
            drop_rate: 10,
        };
        let mut out = Buffer::default();
        emit_decision(&mut out, &decision).unwrap();
        assert!(out.0.len() <= 512, "{}", out.0.len());
        let nest = Attrs::new(&out.0).find(|attr| attr.kind == EXPLAIN);
        let step = Attrs::new(nest.unwrap().data).next().unwrap();
        assert_eq!((step.kind, step.data), (attr::STEP, &[3, 0, 0, 0][..]));
    }

    #[test]
    fn candidates() {
        let candidate = Candidate {
            addr: Addr::V4(Ipv4Addr::new(10, 2, 0, 2)),
            port: Be16::from_host(80),
            weight: 3,
            factor: 1000,
            is_overloaded: false,
            active: 1,
            inactive: 2,
            score: Some((259, 3)),
        };
        let mut out = Buffer::default();
        emit_candidate(&mut out, &candidate).unwrap();
        let nest = Attrs::new(&out.0).next().unwrap();
        let found = |kind| Attrs::new(nest.data).find(|attr| attr.kind == kind);
        assert_eq!(found(attr::WEIGHT).unwrap().data, [3, 0, 0, 0]);
        assert_eq!(found(attr::COST).unwrap().data, 259_u64.to_ne_bytes());
        assert_eq!(found(attr::OVERLOADED), None);
    }

    #[test]
    fn steps() {
        for number in 0..6 {
            assert_eq!(Step::from_number(number).unwrap() as u32, number);
        }
        assert_eq!(Step::from_number(6), None);
    }
}
