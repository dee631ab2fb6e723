// SPDX-License-Identifier: GPL-2.0

//! What C does not have: connections by netlink, listed and ended by a filter.
//!
//! A filter is the nest [`CONN`] of a request and, for the service, the nest `SERVICE` beside it.
//! What it does not mention does not matter. An answer has the nest, too: a connection in each message
//! of a dump (`GET_CONN`), or how far ending them (`DEL_CONN`) has come.

use super::attr::cmd::SERVICE;
use super::error::SpecError;
use super::name::Name;
use super::nla::{
    Attrs,
    Policy,
    Rule,
    Sink,
    Table, //
};
use super::service::{
    parse_service,
    ServiceKey, //
};
use crate::addr::{
    Addr,
    Endpoint,
    Family, //
};
use crate::byteorder::Be16;
use crate::ip::Ip;

/// Nest of [`attr`]s. Far from the numbers that C may come to need.
pub const CONN: u16 = 0x1004;

/// What is in the nest. Addresses are 4 or 16 bytes.
pub mod attr {
    /// u16: family of the client.
    pub const AF: u16 = 1;
    /// u16: protocol.
    pub const PROTOCOL: u16 = 2;
    /// Address of the client.
    pub const CLIENT: u16 = 3;
    /// u8, in requests: so many bits of the client's address count.
    pub const CLIENT_PREFIX: u16 = 4;
    /// u16 in network order: port of the client.
    pub const CLIENT_PORT: u16 = 5;
    /// Address that the client sends to.
    pub const VIRTUAL: u16 = 6;
    /// u16 in network order: port that the client sends to.
    pub const VIRTUAL_PORT: u16 = 7;
    /// Address of the server.
    pub const SERVER: u16 = 8;
    /// u16 in network order: port of the server.
    pub const SERVER_PORT: u16 = 9;
    /// String: the state, as `/proc/net/ip_vs_conn` has it.
    pub const STATE: u16 = 10;
    /// u64: milliseconds since the last packet; in requests at least so many.
    pub const IDLE: u16 = 11;
    /// u64: milliseconds since the connection was made, where that is known; in requests at least
    /// so many, which leaves out those of which it is not known.
    pub const AGE: u16 = 12;
    /// u32: [`flag`](super::flag)s.
    pub const FLAGS: u16 = 13;
    /// u64, in answers: milliseconds until it expires.
    pub const EXPIRES: u16 = 14;
    /// u32, in answers: forwarding method.
    pub const METHOD: u16 = 15;
    /// u64, in answers: bytes from the client, where they are counted.
    pub const IN_BYTES: u16 = 16;
    /// u64, in answers: packets from the client.
    pub const IN_PKTS: u16 = 17;
    /// u64, in answers: bytes from the server.
    pub const OUT_BYTES: u16 = 18;
    /// u64, in answers: packets from the server.
    pub const OUT_PKTS: u16 = 19;
    /// u64: where to go on. Of the answer before; an answer without it is the last one.
    pub const COOKIE: u16 = 20;
    /// u32, in answers: how many were looked at.
    pub const LOOKED: u16 = 21;
    /// u32, in answers: how many were ended.
    pub const ENDED: u16 = 22;
    /// u32, in answers: of these, how many have ends that are told by a RST.
    pub const RESET: u16 = 23;
}

/// Flags of a request and of an answer.
pub mod flag {
    /// Request: persistence templates, too. Answer: this is one.
    pub const TEMPLATE: u32 = 1;
    /// Request to end: both ends are told by a RST, where that can be done.
    pub const RESET: u32 = 2;
    /// Request to end: all are meant; without it there has to be something that selects.
    pub const ALL: u32 = 4;

    /// Those that there are.
    pub(super) const KNOWN: u32 = TEMPLATE | RESET | ALL;
}

/// Attributes of a request and those before them.
const COUNT: usize = attr::COOKIE as usize + 1;

const fn either_address(error: SpecError) -> Option<(Rule, SpecError)> {
    Some((Rule::Addr, error))
}

const fn at_least(len: usize, error: SpecError) -> Option<(Rule, SpecError)> {
    Some((Rule::Min(len), error))
}

pub(super) const POLICY: Policy<COUNT> = [
    None,
    at_least(2, SpecError::ConnAf),
    at_least(2, SpecError::ConnProtocol),
    either_address(SpecError::ConnClient),
    at_least(1, SpecError::ConnClientPrefix),
    at_least(2, SpecError::ConnClientPort),
    either_address(SpecError::ConnVirtual),
    at_least(2, SpecError::ConnVirtualPort),
    either_address(SpecError::ConnServer),
    at_least(2, SpecError::ConnServerPort),
    Some((Rule::Text(15), SpecError::ConnState)),
    at_least(8, SpecError::ConnIdle),
    at_least(8, SpecError::ConnAge),
    at_least(4, SpecError::ConnFlags),
    None,
    None,
    None,
    None,
    None,
    None,
    at_least(8, SpecError::ConnCookie),
];

/// The addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prefix {
    addr: Addr,
    len: u32,
}

impl Prefix {
    fn new(addr: Addr, len: Option<u8>) -> Result<Self, SpecError> {
        let max = match addr {
            Addr::V4(_) => 32,
            Addr::V6(_) => 128,
        };
        match len.unwrap_or(max) {
            len if len <= max => Ok(Self {
                addr,
                len: len.into(),
            }),
            _ => Err(SpecError::ConnClientPrefixRange),
        }
    }

    fn has(&self, addr: Addr) -> bool {
        match (self.addr, addr) {
            (Addr::V4(a), Addr::V4(b)) => {
                let mask = u32::MAX
                    .checked_shl(u32::BITS.saturating_sub(self.len))
                    .unwrap_or(0);
                a.to_bits() & mask == b.to_bits() & mask
            }
            (Addr::V6(a), Addr::V6(b)) => a.network(self.len) == b.network(self.len),
            _ => false,
        }
    }
}

/// Which connections are meant. Of whatever is `None` any value is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnFilter {
    family: Option<u16>,
    protocol: Option<u16>,
    service: Option<ServiceKey>,
    client: Option<Prefix>,
    client_port: Option<Be16>,
    addr: Option<Addr>,
    port: Option<Be16>,
    server: Option<Addr>,
    server_port: Option<Be16>,
    state: Option<Name>,
    idle: Option<u64>,
    age: Option<u64>,
    flags: u32,
}

/// A connection, or a template of persistence.
#[derive(Clone, Copy, Debug)]
pub struct ConnView {
    /// Protocol.
    pub proto: u8,
    /// Where it comes from.
    pub client: Endpoint,
    /// Where it was addressed to.
    pub addressed: Endpoint,
    /// Where it goes.
    pub server: Endpoint,
    /// The service that its server was one of.
    pub service: ServiceKey,
    /// Its forwarding method, as bits.
    pub method: u32,
    /// Name of its state.
    pub state: &'static str,
    /// Milliseconds since its last packet.
    pub idle: u64,
    /// Milliseconds until it expires.
    pub expires: u64,
    /// Whether it is a template.
    pub is_template: bool,
}

/// What somebody has counted of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets and bytes of the client, if they are counted.
    pub from_client: Option<(u64, u64)>,
    /// The same of the server.
    pub from_server: Option<(u64, u64)>,
    /// Milliseconds since it was made, if that is known.
    pub age: Option<u64>,
}

impl ConnFilter {
    /// Reads the attributes of a request, which nobody has checked.
    pub fn read(attrs: &[u8]) -> Result<(Self, u64), SpecError> {
        let of = |kind| {
            let mut all = Attrs::new(attrs).filter(move |attr| attr.kind == kind);
            all.by_ref().last().map(|attr| attr.data)
        };
        let service = match of(SERVICE) {
            Some(nest) => Some(parse_service(nest, false)?.0),
            None => None,
        };
        let (filter, cookie) = Self::parse(of(CONN).unwrap_or_default())?;

        Ok((Self { service, ..filter }, cookie))
    }

    /// Reads the nest: a filter, and where to go on.
    fn parse(nest: &[u8]) -> Result<(Self, u64), SpecError> {
        let table = Table::read(nest, &POLICY)?;
        let family = table.u16(attr::AF);
        if family.is_some_and(|family| Family::from_af(family).is_none()) {
            return Err(SpecError::ConnFamily);
        }
        let flags = table.u32(attr::FLAGS).unwrap_or(0);
        if flags & !flag::KNOWN != 0 {
            return Err(SpecError::ConnFlagsUnknown);
        }
        let len = table.u8(attr::CLIENT_PREFIX);
        let client = match (table.addr(attr::CLIENT), len) {
            (Some(addr), len) => Some(Prefix::new(addr, len)?),
            (None, None) => None,
            (None, Some(_)) => return Err(SpecError::ConnPrefixAlone),
        };
        let filter = Self {
            family,
            protocol: table.u16(attr::PROTOCOL),
            service: None,
            client,
            client_port: table.be16(attr::CLIENT_PORT),
            addr: table.addr(attr::VIRTUAL),
            port: table.be16(attr::VIRTUAL_PORT),
            server: table.addr(attr::SERVER),
            server_port: table.be16(attr::SERVER_PORT),
            state: table.name(attr::STATE),
            idle: table.u64(attr::IDLE),
            age: table.u64(attr::AGE),
            flags,
        };

        Ok((filter, table.u64(attr::COOKIE).unwrap_or(0)))
    }

    /// Refuses to select everything, unless that was asked for.
    pub fn must_select(&self) -> Result<(), SpecError> {
        let everything = Self {
            flags: self.flags,
            ..Self::default()
        };
        match *self == everything && self.flags & flag::ALL == 0 {
            true => Err(SpecError::ConnSelectsAll),
            false => Ok(()),
        }
    }

    /// Whether templates are meant, too.
    pub fn has_templates(&self) -> bool {
        self.flags & flag::TEMPLATE != 0
    }

    /// Whether both ends are to be told.
    pub fn resets(&self) -> bool {
        self.flags & flag::RESET != 0
    }

    /// Whether a connection is meant. `traffic` is asked for the age, if that matters.
    #[inline]
    pub fn selects(&self, conn: &ConnView, traffic: impl FnOnce() -> Traffic) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, value: T) -> bool {
            wanted.is_none_or(|wanted| wanted == value)
        }

        (self.has_templates() || !conn.is_template)
            && is(self.family, conn.client.addr.family().af())
            && is(self.protocol, conn.proto.into())
            && is(self.client_port, conn.client.port)
            && self.client.is_none_or(|net| net.has(conn.client.addr))
            && is(self.addr, conn.addressed.addr)
            && is(self.port, conn.addressed.port)
            && is(self.server, conn.server.addr)
            && is(self.server_port, conn.server.port)
            && is(self.service, conn.service)
            && self.idle.is_none_or(|least| conn.idle >= least)
            && self
                .state
                .is_none_or(|name| name.as_bytes() == conn.state.as_bytes())
            && self
                .age
                .is_none_or(|least| traffic().age.is_some_and(|age| age >= least))
    }
}

/// Writes a connection.
pub fn emit_conn<S: Sink>(
    sink: &mut S,
    conn: &ConnView,
    traffic: &Traffic,
) -> Result<(), S::Error> {
    let flags = match conn.is_template {
        true => flag::TEMPLATE,
        false => 0,
    };
    let nest = sink.begin_nest(CONN)?;
    let family = conn.client.addr.family().af();
    sink.put(attr::AF, &family.to_ne_bytes())?;
    sink.put(attr::PROTOCOL, &u16::from(conn.proto).to_ne_bytes())?;
    put_endpoint(sink, attr::CLIENT, attr::CLIENT_PORT, &conn.client)?;
    put_endpoint(sink, attr::VIRTUAL, attr::VIRTUAL_PORT, &conn.addressed)?;
    put_endpoint(sink, attr::SERVER, attr::SERVER_PORT, &conn.server)?;
    if let Some(name) = Name::new(conn.state.as_bytes()) {
        sink.put(attr::STATE, name.with_nul())?;
    }
    sink.put(attr::FLAGS, &flags.to_ne_bytes())?;
    sink.put(attr::METHOD, &conn.method.to_ne_bytes())?;
    sink.put(attr::IDLE, &conn.idle.to_ne_bytes())?;
    sink.put(attr::EXPIRES, &conn.expires.to_ne_bytes())?;
    put_counts(sink, attr::IN_PKTS, attr::IN_BYTES, traffic.from_client)?;
    put_counts(sink, attr::OUT_PKTS, attr::OUT_BYTES, traffic.from_server)?;
    if let Some(age) = traffic.age {
        sink.put(attr::AGE, &age.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}

fn put_endpoint<S: Sink>(
    sink: &mut S,
    addr: u16,
    port: u16,
    end: &Endpoint,
) -> Result<(), S::Error> {
    match end.addr {
        Addr::V4(a) => sink.put(addr, &a.octets())?,
        Addr::V6(a) => sink.put(addr, &a.octets())?,
    }
    sink.put(port, &end.port.to_bytes())
}

fn put_counts<S: Sink>(
    sink: &mut S,
    packets: u16,
    bytes: u16,
    counts: Option<(u64, u64)>,
) -> Result<(), S::Error> {
    let Some(counts) = counts else {
        return Ok(());
    };
    sink.put(packets, &counts.0.to_ne_bytes())?;
    sink.put(bytes, &counts.1.to_ne_bytes())
}

/// How far a request has come that ends connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many were looked at.
    pub looked: u32,
    /// How many were ended.
    pub ended: u32,
    /// Of these, how many have ends that are told.
    pub reset: u32,
    /// Where to go on; `None` at the end.
    pub cookie: Option<u64>,
}

/// Writes how far it has come.
pub fn emit_progress<S: Sink>(sink: &mut S, progress: &Progress) -> Result<(), S::Error> {
    let nest = sink.begin_nest(CONN)?;
    sink.put(attr::LOOKED, &progress.looked.to_ne_bytes())?;
    sink.put(attr::ENDED, &progress.ended.to_ne_bytes())?;
    sink.put(attr::RESET, &progress.reset.to_ne_bytes())?;
    if let Some(cookie) = progress.cookie {
        sink.put(attr::COOKIE, &cookie.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}

/// The bytes of an address, 4 or 16 of them.
pub fn addr_of(bytes: &[u8]) -> Option<Addr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(Addr::V4(octets.into()));
    }
    let octets = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Addr::V6(octets.into()))
}

#[cfg(test)]
mod tests;
