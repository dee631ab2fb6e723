// SPDX-License-Identifier: GPL-2.0
//! What would become of a packet.

use super::message::attrs::{Malformed, Table, Writer};
use super::message::{decode, Answer, Request};
use super::transport::Transport;
use super::Client;
use crate::error::Error;
use crate::model::ServiceKey;
use ipvs_core::reason::Reason;
use ipvs_core::uapi::attr::cmd;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::explain::{attr, Step, EXPLAIN};
use ipvs_core::uapi::nla::Attrs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A packet; both ends are of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its protocol.
    pub protocol: u16,
    /// Where it comes from.
    pub client: SocketAddr,
    /// Where it goes.
    pub service: SocketAddr,
    /// Its firewall mark.
    pub mark: u32,
}

/// How it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Whether the server is the director.
    pub local: bool,
    /// The device.
    pub device: String,
    /// The next hop, if it is not the server.
    pub gateway: Option<IpAddr>,
    /// The longest packet that the route carries.
    pub route_mtu: u32,
    /// The longest packet of the client.
    pub mtu: Option<u32>,
}

/// What would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What decides.
    pub step: Step,
    /// Number of the reason for which it goes no further.
    pub reason: Option<u16>,
    /// The service.
    pub service: Option<ServiceKey>,
    /// Its scheduler.
    pub scheduler: Option<String>,
    /// Whether chance decides.
    pub random: bool,
    /// The server, and the port that it is asked at.
    pub server: Option<SocketAddr>,
    /// How packets get there.
    pub method: Option<u32>,
    /// Which way.
    pub way: Option<Way>,
    /// One of so many first packets is dropped.
    pub drop_rate: u32,
}

/// A server that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The server.
    pub server: SocketAddr,
    /// Its weight.
    pub weight: i32,
    /// How much of that counts, in parts of 1000.
    pub factor: u32,
    /// Whether it has too many connections.
    pub overloaded: bool,
    /// Active connections.
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
    /// What it costs, and what that is divided by.
    pub score: Option<(u64, u64)>,
}

impl<T: Transport> Client<T> {
    /// What would become of a packet, and among whom the scheduler chooses.
    pub fn explain(&mut self, packet: &Packet) -> Result<(Decision, Vec<Candidate>), Error> {
        let ask = |answer| Request {
            cmd: Command::Explain,
            answer,
            body: query(packet),
        };
        let mut decisions = self.list(&ask(Answer::Object), decision)?;
        let candidates = self.list(&ask(Answer::Objects), candidate)?;
        Ok((decisions.pop().ok_or(Error::Silent)?, candidates))
    }
}

fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}

fn query(packet: &Packet) -> Vec<u8> {
    let af = match packet.client {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    let mut body = Writer::default();
    body.nest(EXPLAIN, |nest| {
        nest.put_u16(attr::AF, af as u16);
        nest.put_u16(attr::PROTOCOL, packet.protocol);
        nest.put(attr::CLIENT, &octets(packet.client.ip()));
        nest.put(attr::CLIENT_PORT, &packet.client.port().to_be_bytes());
        nest.put(attr::ADDR, &octets(packet.service.ip()));
        nest.put(attr::PORT, &packet.service.port().to_be_bytes());
        if packet.mark != 0 {
            nest.put_u32(attr::MARK, packet.mark);
        }
    });
    body.finish()
}

type Attributes<'a> = Table<'a, 30>;

fn nest(body: &[u8]) -> Result<Attributes<'_>, Malformed> {
    let nest = Attrs::new(body).find(|attr| attr.kind == EXPLAIN);
    Ok(Table::new(nest.ok_or(Malformed)?.data))
}

fn addr(table: &Attributes<'_>, af: u16, kind: u16) -> Result<Option<IpAddr>, Malformed> {
    if table.get(kind).is_none() {
        return Ok(None);
    }
    let bytes: [u8; 16] = table.array(kind)?;
    let [a, b, c, d, ..] = bytes;
    Ok(Some(match i32::from(table.u16(af)?) {
        libc::AF_INET6 => Ipv6Addr::from(bytes).into(),
        _ => Ipv4Addr::new(a, b, c, d).into(),
    }))
}

fn server(table: &Attributes<'_>) -> Result<Option<SocketAddr>, Malformed> {
    let Some(ip) = addr(table, attr::DEST_AF, attr::DEST_ADDR)? else {
        return Ok(None);
    };
    let port = u16::from_be_bytes(table.array(attr::DEST_PORT)?);
    Ok(Some(SocketAddr::new(ip, port)))
}

fn number(table: &Attributes<'_>, kind: u16) -> Result<Option<u32>, Malformed> {
    table.get(kind).map(|_| table.u32(kind)).transpose()
}

fn decision(body: &[u8]) -> Result<Decision, Malformed> {
    let table = nest(body)?;
    let service = Table::<4>::new(body).get(cmd::SERVICE);
    let way = match table.get(attr::DEVICE) {
        Some(_) => Some(Way {
            local: number(&table, attr::LOCAL)?.is_some(),
            device: table.text(attr::DEVICE)?,
            gateway: addr(&table, attr::GATEWAY_AF, attr::GATEWAY)?,
            route_mtu: table.u32(attr::ROUTE_MTU)?,
            mtu: number(&table, attr::MTU)?,
        }),
        None => None,
    };
    Ok(Decision {
        step: Step::from_number(table.u32(attr::STEP)?).ok_or(Malformed)?,
        reason: number(&table, attr::REASON)?.map(|number| number as u16),
        service: service.map(decode::service_key).transpose()?,
        scheduler: table
            .get(attr::SCHED_NAME)
            .map(|_| table.text(attr::SCHED_NAME))
            .transpose()?,
        random: number(&table, attr::RANDOM)?.is_some(),
        server: server(&table)?,
        method: number(&table, attr::METHOD)?,
        way,
        drop_rate: number(&table, attr::DROP_RATE)?.unwrap_or(0),
    })
}

fn candidate(body: &[u8]) -> Result<Candidate, Malformed> {
    let table = nest(body)?;
    let long = |kind| table.array(kind).map(u64::from_ne_bytes);
    let score = match table.get(attr::COST) {
        Some(_) => Some((long(attr::COST)?, long(attr::SHARE)?)),
        None => None,
    };
    Ok(Candidate {
        server: server(&table)?.ok_or(Malformed)?,
        weight: table.u32(attr::WEIGHT)? as i32,
        factor: table.u32(attr::FACTOR)?,
        overloaded: number(&table, attr::OVERLOADED)?.is_some(),
        active: table.u32(attr::ACTIVE)?,
        inactive: table.u32(attr::INACTIVE)?,
        score,
    })
}

/// The sentence for a reason, and its name.
pub fn why(number: u16) -> (String, &'static str) {
    match Reason::from_number(number) {
        Some(reason) => (reason.name().to_string_lossy().into_owned(), reason.text()),
        None => (format!("reason-{number}"), "Newer than this program."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipvs_core::uapi::explain::{parse_query, Query};

    #[test]
    fn what_is_asked_is_what_the_kernel_reads() {
        let packet = Packet {
            protocol: 17,
            client: "[2001:db8::1]:4000".parse().unwrap(),
            service: "[2001:db8::2]:53".parse().unwrap(),
            mark: 7,
        };
        let body = query(&packet);
        let nest = Attrs::new(&body).next().unwrap();
        let Query {
            proto,
            client_port,
            mark,
            ..
        } = parse_query(nest.data).unwrap();
        assert_eq!((proto, client_port.to_host(), mark), (17, 4000, 7));
    }

    #[test]
    fn answers() {
        let mut body = Writer::default();
        body.nest(EXPLAIN, |nest| {
            nest.put_u32(attr::STEP, 3);
            nest.put_u16(attr::DEST_AF, 2);
            let mut addr = [0; 16];
            addr[..4].copy_from_slice(&[10, 2, 0, 2]);
            nest.put(attr::DEST_ADDR, &addr);
            nest.put(attr::DEST_PORT, &[0, 80]);
            nest.put_str(attr::DEVICE, "s1");
            nest.put_u32(attr::ROUTE_MTU, 1500);
            nest.put_u32(attr::MTU, 1480);
        });
        let decision = decision(&body.finish()).unwrap();
        assert_eq!(decision.step, Step::Scheduler);
        assert_eq!(decision.server, Some("10.2.0.2:80".parse().unwrap()));
        let way = decision.way.unwrap();
        assert_eq!((way.device.as_str(), way.mtu), ("s1", Some(1480)));
        assert_eq!(way.gateway, None);
        assert_eq!(candidate(&[]), Err(Malformed));
    }
}
