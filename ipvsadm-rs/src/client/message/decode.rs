// SPDX-License-Identifier: GPL-2.0
//! Replies.

pub(super) mod shape;
pub mod totals;

use super::attrs::{Malformed, Table};
use crate::model::{
    Daemon, Info, Netmask, Server, ServerEntry, Service, ServiceEntry, ServiceKey, Stats, Timeouts,
    Tunnel, WHOLE,
};
use ipvs_core::uapi::answers::{read_answers, Answers, ANSWERS};
use ipvs_core::uapi::apply::read_generation;
use ipvs_core::uapi::attr::{
    cmd as attr, daemon as daemon_attr, dest, info as info_attr, stats as stats_attr, svc,
};
use ipvs_core::uapi::drain::{read_drain, DrainView, DRAIN};
use ipvs_core::uapi::feedback::DEST_FEEDBACK;
use ipvs_core::uapi::listing::{flag, listing_of_dump};
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::policy::read_policy;
use ipvs_core::uapi::service_name::SERVICE_NAME;
use ipvs_core::uapi::slow_start::SLOW_START;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

type Result<T> = std::result::Result<T, Malformed>;

/// Version and size.
pub fn info(body: &[u8]) -> Result<Info> {
    let table = Table::<3>::new(body);
    Ok(Info {
        version: table.u32(info_attr::VERSION)?,
        size: table.u32(info_attr::CONN_TAB_SIZE)?,
    })
}

/// The generation of the table.
pub fn generation(body: &[u8]) -> Result<u32> {
    let generation = read_generation(body).map_err(|_| Malformed)?;
    generation.ok_or(Malformed)
}

/// Timeouts; one that is missing is 0.
pub fn timeouts(body: &[u8]) -> Result<Timeouts> {
    let table = Table::<7>::new(body);
    let seconds = |kind| table.array_or_zero(kind).map(u32::from_ne_bytes);
    Ok(Timeouts {
        tcp: seconds(attr::TIMEOUT_TCP)?,
        tcp_fin: seconds(attr::TIMEOUT_TCP_FIN)?,
        udp: seconds(attr::TIMEOUT_UDP)?,
    })
}

/// A message of [`dump_all`](super::encode::dump_all).
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made; a box for each would cost more"
)]
pub enum Listed<'a> {
    /// A service, and whether its servers follow.
    Service(ServiceEntry, bool),
    /// A server of the service before, for [`server_in`].
    Server(&'a [u8]),
}

/// A service or a server.
pub fn listed(body: &[u8]) -> Result<Listed<'_>> {
    let nest = shape::only(body, attr::DEST);
    match nest.or_else(|| Table::<4>::new(body).get(attr::DEST)) {
        Some(nest) => Ok(Listed::Server(nest)),
        None => {
            let together = listing_of_dump(body) & flag::DESTS != 0;
            Ok(Listed::Service(service(body)?, together))
        }
    }
}

/// A service.
pub fn service(body: &[u8]) -> Result<ServiceEntry> {
    let nest = Table::<4>::new(body).need(attr::SERVICE)?;
    let table = Table::<{ svc::COUNT }>::new(nest);
    let ipv6 = is_ipv6(table.u16(svc::AF)?);
    let flags: [u8; 8] = table.array(svc::FLAGS)?;
    let word = |half: usize| {
        let bytes = flags[half..].first_chunk().copied();
        bytes.map(u32::from_ne_bytes).ok_or(Malformed)
    };
    let service = Service {
        key: key(&table, ipv6)?,
        scheduler: table.text(svc::SCHED_NAME)?,
        engine: table
            .text(svc::PE_NAME)
            .ok()
            .filter(|name| !name.is_empty()),
        flags: word(0)? & word(4)?,
        timeout: table.u32(svc::TIMEOUT)?,
        netmask: netmask(&table, ipv6)?,
        slow_start: number(nest, SLOW_START),
        policy: read_policy(nest).map_err(|_| Malformed)?,
        name: name(nest),
    };
    Ok(ServiceEntry {
        service,
        stats: stats(table.get(svc::STATS64).or(table.get(svc::STATS)))?,
    })
}

/// Which service a nest is about.
pub fn service_key(nest: &[u8]) -> Result<ServiceKey> {
    let table = Table::<{ svc::COUNT }>::new(nest);
    key(&table, is_ipv6(table.u16(svc::AF)?))
}

/// What C does not have.
fn number(nest: &[u8], kind: u16) -> Option<u32> {
    let attr = Attrs::new(nest).find(|attr| attr.kind == kind)?;
    attr.data.first_chunk().copied().map(u32::from_ne_bytes)
}

/// What C does not have, either.
fn name(nest: &[u8]) -> Option<String> {
    let attr = Attrs::new(nest).find(|attr| attr.kind == SERVICE_NAME)?;
    let text = attr.data.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

fn key(table: &Table<'_, { svc::COUNT }>, ipv6: bool) -> Result<ServiceKey> {
    if table.get(svc::FWMARK).is_some() {
        return Ok(ServiceKey::Mark {
            mark: table.u32(svc::FWMARK)?,
            ipv6,
        });
    }
    Ok(ServiceKey::Address {
        protocol: table.u16(svc::PROTOCOL)?,
        addr: addr(table.array(svc::ADDR)?, ipv6),
        port: u16::from_be_bytes(table.array(svc::PORT)?),
    })
}

fn netmask(table: &Table<'_, { svc::COUNT }>, ipv6: bool) -> Result<Netmask> {
    let bytes: [u8; 4] = table.array(svc::NETMASK)?;
    Ok(if ipv6 {
        Netmask::Prefix(u32::from_ne_bytes(bytes))
    } else {
        Netmask::Mask(Ipv4Addr::from(bytes))
    })
}

/// A server; `ipv6` tells the family of its service, for kernels that do not tell its own.
/// Its traffic is left out unless `traffic`.
pub fn server(body: &[u8], ipv6: bool, traffic: bool) -> Result<ServerEntry> {
    server_in(Table::<4>::new(body).need(attr::DEST)?, ipv6, traffic)
}

/// The same, from its nest.
pub fn server_in(nest: &[u8], ipv6: bool, traffic: bool) -> Result<ServerEntry> {
    match shape::server(nest) {
        Some((entry, None)) => Ok(entry),
        Some((entry, counters)) => Ok(ServerEntry {
            stats: stats(counters.filter(|_| traffic))?,
            ..entry
        }),
        None => server_of_any_shape(nest, ipv6, traffic),
    }
}

/// The same, whatever the order of its attributes.
pub(super) fn server_of_any_shape(nest: &[u8], ipv6: bool, traffic: bool) -> Result<ServerEntry> {
    let table = Table::<{ dest::COUNT }>::new(nest);
    let ipv6 = match table.get(dest::ADDR_FAMILY) {
        Some(_) => is_ipv6(table.u16(dest::ADDR_FAMILY)?),
        None => ipv6,
    };
    let [kind] = table.array_or_zero(dest::TUN_TYPE)?;
    let server = Server {
        addr: addr(table.array(dest::ADDR)?, ipv6),
        port: u16::from_be_bytes(table.array(dest::PORT)?),
        method: table.u32(dest::FWD_METHOD)?,
        weight: i32::from_ne_bytes(table.array(dest::WEIGHT)?),
        tunnel: Tunnel {
            kind,
            port: u16::from_be_bytes(table.array_or_zero(dest::TUN_PORT)?),
            flags: u16::from_ne_bytes(table.array_or_zero(dest::TUN_FLAGS)?),
        },
        u_threshold: table.u32(dest::U_THRESH)?,
        l_threshold: table.u32(dest::L_THRESH)?,
    };
    Ok(ServerEntry {
        server,
        active: table.u32(dest::ACTIVE_CONNS)?,
        inactive: table.u32(dest::INACT_CONNS)?,
        persistent: table.u32(dest::PERSIST_CONNS)?,
        drain: drain(nest),
        feedback: number(nest, DEST_FEEDBACK).unwrap_or(WHOLE),
        answers: answers(nest),
        stats: stats(
            table
                .get(dest::STATS64)
                .or(table.get(dest::STATS))
                .filter(|_| traffic),
        )?,
    })
}

/// What C does not have.
fn drain(nest: &[u8]) -> Option<DrainView> {
    let attr = Attrs::new(nest).find(|attr| attr.kind == DRAIN)?;
    read_drain(attr.data)
}

/// What C does not have.
fn answers(nest: &[u8]) -> Option<Answers> {
    let attr = Attrs::new(nest).find(|attr| attr.kind == ANSWERS)?;
    read_answers(attr.data)
}

/// A sync daemon. Kernels before 4.3 tell state, interface and identity only.
pub fn daemon(body: &[u8]) -> Result<Daemon> {
    let table = Table::<9>::new(Table::<4>::new(body).need(attr::DAEMON)?);
    let group4 = table.get(daemon_attr::MCAST_GROUP);
    let group = match table.get(daemon_attr::MCAST_GROUP6) {
        Some(_) => Some(Ipv6Addr::from(table.array::<16>(daemon_attr::MCAST_GROUP6)?).into()),
        None if group4.is_some() => {
            Some(Ipv4Addr::from(table.array::<4>(daemon_attr::MCAST_GROUP)?).into())
        }
        None => None,
    };
    let [ttl] = table.array_or_zero(daemon_attr::MCAST_TTL)?;
    Ok(Daemon {
        state: table.u32(daemon_attr::STATE)?,
        interface: table.text(daemon_attr::MCAST_IFN)?,
        sync_id: table.u32(daemon_attr::SYNC_ID)?,
        max_len: u16::from_ne_bytes(table.array_or_zero(daemon_attr::SYNC_MAXLEN)?),
        group,
        port: u16::from_ne_bytes(table.array_or_zero(daemon_attr::MCAST_PORT)?),
        ttl,
    })
}

/// Ten numbers, of 64 or of 32 bits.
fn stats(nest: Option<&[u8]>) -> Result<Stats> {
    let Some(bytes) = nest else {
        return Ok(Stats::default());
    };
    match shape::stats(bytes) {
        Some(stats) => Ok(stats),
        None => stats_of_any_shape(bytes),
    }
}

/// The same, whatever the order of its attributes.
pub(super) fn stats_of_any_shape(bytes: &[u8]) -> Result<Stats> {
    let table = Table::<11>::new(bytes);
    let mut stats = Stats::default();
    let cells = stats.totals.iter_mut().chain(&mut stats.rates);
    for (kind, cell) in (stats_attr::CONNS..).zip(cells) {
        let bytes = table.need(kind)?;
        *cell = match (bytes.first_chunk(), bytes.first_chunk()) {
            (Some(long), _) => u64::from_ne_bytes(*long),
            (None, Some(short)) => u32::from_ne_bytes(*short).into(),
            (None, None) => return Err(Malformed),
        };
    }
    Ok(stats)
}

fn is_ipv6(family: u16) -> bool {
    i32::from(family) == libc::AF_INET6
}

fn addr(bytes: [u8; 16], ipv6: bool) -> IpAddr {
    if ipv6 {
        return Ipv6Addr::from(bytes).into();
    }
    let [a, b, c, d, ..] = bytes;
    Ipv4Addr::new(a, b, c, d).into()
}
