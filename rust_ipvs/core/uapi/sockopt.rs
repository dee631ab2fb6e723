// SPDX-License-Identifier: GPL-2.0

//! The old control interface: options of an IPv4 socket, structures in and out.
//!
//! It knows IPv4 only, and neither persistence engines nor tunnels other than IP in IP.

pub mod layout;

use core::net::Ipv4Addr;

use self::layout::*;
use super::config::ConfigSpec;
use super::daemon::DaemonSpec;
use super::dest::{
    DestKey,
    DestSpec,
    DestView, //
};
use super::name::Name;
use super::service::{
    ServiceId,
    ServiceKey,
    ServiceSpec,
    ServiceView, //
};
use super::stats::Stats;
use super::{
    tun_type,
    IFNAME_MAXLEN,
    SCHEDNAME_MAXLEN,
    VERSION_CODE, //
};
use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::Be16;
use crate::conn::flag;
use crate::policy;
use crate::wire::proto;

/// The first option, of either kind.
pub const BASE_CTL: i32 = 1152;
/// The last option that is set.
pub const SET_MAX: i32 = 1167;
/// The last option that is asked for.
pub const GET_MAX: i32 = 1159;
/// Room that [`Get::Version`] wants for its text.
pub const VERSION_SIZE: usize = 64;

/// Options that are set (`IP_VS_SO_SET_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Set {
    /// Adds a service.
    Add = 1154,
    /// Changes a service.
    Edit = 1155,
    /// Deletes a service.
    Del = 1156,
    /// Deletes all services.
    Flush = 1157,
    /// Adds a destination.
    Adddest = 1159,
    /// Removes a destination.
    Deldest = 1160,
    /// Changes a destination.
    Editdest = 1161,
    /// Sets lifetimes of connections.
    Timeout = 1162,
    /// Starts a sync daemon.
    Startdaemon = 1163,
    /// Stops a sync daemon.
    Stopdaemon = 1164,
    /// Zeroes statistics, of one service or of all.
    Zero = 1167,
}

impl Set {
    /// From its number; `None` for one that nobody answers.
    pub const fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            1154 => Self::Add,
            1155 => Self::Edit,
            1156 => Self::Del,
            1157 => Self::Flush,
            1159 => Self::Adddest,
            1160 => Self::Deldest,
            1161 => Self::Editdest,
            1162 => Self::Timeout,
            1163 => Self::Startdaemon,
            1164 => Self::Stopdaemon,
            1167 => Self::Zero,
            _ => return None,
        })
    }
}

/// Options that are asked for (`IP_VS_SO_GET_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Get {
    /// The version, as a text.
    Version = 1152,
    /// General information.
    Info = 1153,
    /// All services.
    Services = 1154,
    /// One service.
    Service = 1155,
    /// The destinations of a service.
    Dests = 1156,
    /// Lifetimes of connections.
    Timeout = 1158,
    /// The sync daemons.
    Daemon = 1159,
}

impl Get {
    /// From its number; `None` for one that nobody answers.
    pub const fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            1152 => Self::Version,
            1153 => Self::Info,
            1154 => Self::Services,
            1155 => Self::Service,
            1156 => Self::Dests,
            1158 => Self::Timeout,
            1159 => Self::Daemon,
            _ => return None,
        })
    }
}

/// `N` bytes of a structure from `at` on; zeroes outside of it.
fn bytes<const N: usize>(from: &[u8], at: usize) -> [u8; N] {
    let found = from.get(at..).and_then(|from| from.first_chunk());

    found.copied().unwrap_or([0; N])
}

fn word(from: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes(from, at))
}

/// Writes `N` bytes of a structure from `at` on; nothing outside of it.
fn put<const N: usize>(to: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = to.get_mut(at..).and_then(|to| to.first_chunk_mut()) {
        *place = value;
    }
}

fn put_word(to: &mut [u8], at: usize, value: u32) {
    put(to, at, value.to_ne_bytes());
}

/// A text up to its NUL; `None` if it has none.
fn text<const N: usize>(from: &[u8], at: usize) -> Option<Name> {
    let text = bytes::<N>(from, at);

    text.contains(&0).then(|| Name::new(&text)).flatten()
}

/// Which service a request is about. Protocol, address and port come even with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The protocol.
    pub proto: u16,
    /// The address.
    pub addr: Ipv4Addr,
    /// The port, in network order.
    pub port: Be16,
    /// The mark, or 0.
    pub fwmark: u32,
}

impl Named {
    /// Takes what [`service_user`] and [`get_dests`] begin with.
    pub fn read(from: &[u8]) -> Self {
        Self {
            proto: u16::from_ne_bytes(bytes(from, service_user::PROTOCOL)),
            addr: bytes(from, service_user::ADDR).into(),
            port: Be16::from_bytes(bytes(from, service_user::PORT)),
            fwmark: word(from, service_user::FWMARK),
        }
    }

    /// The service.
    pub const fn key(&self) -> ServiceKey {
        let id = match self.fwmark {
            0 => ServiceId::Address {
                proto: self.proto,
                addr: Addr::V4(self.addr),
                port: self.port,
            },
            mark => ServiceId::Fwmark(mark),
        };
        ServiceKey {
            family: Family::V4,
            id,
        }
    }

    /// Whether it names none, which stands for all of them when statistics are zeroed.
    pub fn is_none(&self) -> bool {
        self.fwmark == 0 && self.addr.is_unspecified() && self.port == Be16::ZERO
    }

    /// Whether the protocol is one of those that are accepted in a change, even with a mark.
    pub fn has_known_proto(&self) -> bool {
        [proto::TCP, proto::UDP, proto::SCTP]
            .map(u16::from)
            .contains(&self.proto)
    }
}

/// What the service of a [`service_user`] is to be like; `None` if the name of its scheduler has no
/// end.
pub fn service_spec(from: &[u8; service_user::SIZE]) -> Option<ServiceSpec> {
    Some(ServiceSpec {
        sched: text::<SCHEDNAME_MAXLEN>(from, service_user::SCHED_NAME)?,
        flags: word(from, service_user::FLAGS),
        mask: u32::MAX,
        timeout: word(from, service_user::TIMEOUT),
        netmask: word(from, service_user::NETMASK),
        pe: None,
        slow_start: None,
        policy: policy::Change::default(),
        name: None,
    })
}

/// Which destination a [`dest_user`] is about.
pub fn dest_key(from: &[u8; dest_user::SIZE]) -> DestKey {
    let addr: Ipv4Addr = bytes(from, dest_user::ADDR).into();

    DestKey {
        addr: addr.into(),
        port: Be16::from_bytes(bytes(from, dest_user::PORT)),
    }
}

/// What it is to be like.
pub fn dest_spec(from: &[u8; dest_user::SIZE]) -> DestSpec {
    DestSpec {
        method: word(from, dest_user::CONN_FLAGS) & flag::DEST_MASK,
        weight: word(from, dest_user::WEIGHT) as i32,
        u_threshold: word(from, dest_user::U_THRESHOLD),
        l_threshold: word(from, dest_user::L_THRESHOLD),
        tun_type: tun_type::IPIP,
        tun_port: Be16::ZERO,
        tun_flags: 0,
    }
}

/// The lifetimes of a [`timeout_user`]. One that is negative is too long.
pub fn config_spec(from: &[u8; timeout_user::SIZE]) -> ConfigSpec {
    ConfigSpec {
        tcp: word(from, timeout_user::TCP_TIMEOUT),
        tcp_fin: word(from, timeout_user::TCP_FIN_TIMEOUT),
        udp: word(from, timeout_user::UDP_TIMEOUT),
    }
}

/// The sync daemon of a [`daemon_user`]; `None` if the name of its interface is empty or has no end.
pub fn daemon_spec(from: &[u8; daemon_user::SIZE]) -> Option<DaemonSpec> {
    let interface = text::<IFNAME_MAXLEN>(from, daemon_user::MCAST_IFN)?;

    (!interface.is_empty()).then_some(DaemonSpec {
        state: daemon_state(from),
        interface,
        sync_id: word(from, daemon_user::SYNCID),
        max_len: 0,
        group: None,
        port: 0,
        ttl: 0,
    })
}

/// Its state, as [`DaemonRole`](super::daemon::DaemonRole) takes it.
pub fn daemon_state(from: &[u8; daemon_user::SIZE]) -> u32 {
    word(from, daemon_user::STATE)
}

/// Writes a [`service_entry`]; what no field is in stays as it is.
pub fn put_service(to: &mut [u8; service_entry::SIZE], service: &ServiceView<'_>, dests: u32) {
    let (proto, addr, port, mark) = match service.key.id {
        ServiceId::Fwmark(mark) => (u16::from(proto::TCP), [0; 4], Be16::ZERO, mark),
        ServiceId::Address { proto, addr, port } => {
            let [a, b, c, d, ..] = addr.to_octets16();
            (proto, [a, b, c, d], port, 0)
        }
    };
    let mut sched = [0; SCHEDNAME_MAXLEN];
    let name = service.sched.map_or(b"none".as_slice(), Name::as_bytes);
    for (to, from) in sched.iter_mut().zip(name) {
        *to = *from;
    }
    put(to, service_user::PROTOCOL, proto.to_ne_bytes());
    put(to, service_user::ADDR, addr);
    put(to, service_user::PORT, port.to_bytes());
    put_word(to, service_user::FWMARK, mark);
    put(to, service_user::SCHED_NAME, sched);
    put_word(to, service_user::FLAGS, service.flags);
    put_word(to, service_user::TIMEOUT, service.timeout);
    put_word(to, service_user::NETMASK, service.netmask);
    put_word(to, service_entry::NUM_DESTS, dests);
    put_stats(to, service_entry::STATS, &service.stats);
}

/// A [`dest_entry`].
pub fn dest_entry(dest: &DestView) -> [u8; dest_entry::SIZE] {
    let mut entry = [0; dest_entry::SIZE];
    let to = &mut entry;
    let [a, b, c, d, ..] = dest.key.addr.to_octets16();
    let spec = &dest.spec;
    put(to, dest_user::ADDR, [a, b, c, d]);
    put(to, dest_user::PORT, dest.key.port.to_bytes());
    put_word(to, dest_user::CONN_FLAGS, conn_flags(spec.method));
    put_word(to, dest_user::WEIGHT, spec.weight as u32);
    put_word(to, dest_user::U_THRESHOLD, spec.u_threshold);
    put_word(to, dest_user::L_THRESHOLD, spec.l_threshold);
    put_word(to, dest_entry::ACTIVECONNS, dest.active);
    put_word(to, dest_entry::INACTCONNS, dest.inactive);
    put_word(to, dest_entry::PERSISTCONNS, dest.persist);
    put_stats(to, dest_entry::STATS, &dest.stats);

    entry
}

/// The flags that a connection to a destination begins with.
const fn conn_flags(method: u32) -> u32 {
    let output = match method & flag::FWD_MASK {
        0 => 0,
        _ => flag::NOOUTPUT,
    };

    method & flag::DEST_MASK | output | flag::INACTIVE
}

/// Writes a [`stats_user`]; numbers wrap to their 32 bits.
fn put_stats(to: &mut [u8], at: usize, stats: &Stats) {
    let Stats { counters, rates } = stats;
    for (field, value) in [
        (stats_user::CONNS, counters.conns),
        (stats_user::INPKTS, counters.in_pkts),
        (stats_user::OUTPKTS, counters.out_pkts),
        (stats_user::CPS, rates.cps),
        (stats_user::INPPS, rates.in_pps),
        (stats_user::OUTPPS, rates.out_pps),
        (stats_user::INBPS, rates.in_bps),
        (stats_user::OUTBPS, rates.out_bps),
    ] {
        put_word(to, at.wrapping_add(field), value as u32);
    }
    for (field, value) in [
        (stats_user::INBYTES, counters.in_bytes),
        (stats_user::OUTBYTES, counters.out_bytes),
    ] {
        put(to, at.wrapping_add(field), value.to_ne_bytes());
    }
}

/// A [`getinfo`].
pub fn info(conn_tab_size: u32, services: u32) -> [u8; 12] {
    let mut info = [0; 12];
    put_word(&mut info, getinfo::VERSION, VERSION_CODE);
    put_word(&mut info, getinfo::SIZE, conn_tab_size);
    put_word(&mut info, getinfo::NUM_SERVICES, services);

    info
}

/// For how many services a [`get_services`] has room.
pub fn services_wanted(from: &[u8; get_services::ENTRYTABLE]) -> u32 {
    word(from, get_services::NUM_SERVICES)
}

/// For how many destinations a [`get_dests`] has room.
pub fn dests_wanted(from: &[u8; get_dests::ENTRYTABLE]) -> u32 {
    word(from, get_dests::NUM_DESTS)
}

/// Where entry number `index` of `size` bytes is behind a header.
pub const fn entry_at(header: usize, size: usize, index: u32) -> usize {
    header.saturating_add(size.saturating_mul(index as usize))
}

/// A [`timeout_user`].
pub fn timeouts((tcp, tcp_fin, udp): (u32, u32, u32)) -> [u8; timeout_user::SIZE] {
    let mut to = [0; timeout_user::SIZE];
    put_word(&mut to, timeout_user::TCP_TIMEOUT, tcp);
    put_word(&mut to, timeout_user::TCP_FIN_TIMEOUT, tcp_fin);
    put_word(&mut to, timeout_user::UDP_TIMEOUT, udp);

    to
}

#[cfg(test)]
mod tests;
