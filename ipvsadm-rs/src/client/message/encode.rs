// SPDX-License-Identifier: GPL-2.0
//! Requests, byte for byte those of stock ipvsadm.

use super::attrs::Writer;
use super::{Answer, Batch, Request};
use crate::model::{Daemon, Netmask, Server, Service, ServiceKey, Timeouts, Tunnel, Wanted};
use ipvs_core::policy::Change;
use ipvs_core::uapi::apply::{APPLY, COMMAND, EXPECT, GENERATION};
use ipvs_core::uapi::attr::{cmd as attr, daemon as daemon_attr, dest, svc};
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::drain::{attr as drain, DrainSpec, DRAIN};
use ipvs_core::uapi::feedback::{attr as feedback, DEST_FEEDBACK, FEEDBACK};
use ipvs_core::uapi::listing::{flag, LISTING};
use ipvs_core::uapi::policy::{number, POLICY};
use ipvs_core::uapi::service_name::SERVICE_NAME;
use ipvs_core::uapi::slow_start::SLOW_START;
use ipvs_core::uapi::totals::{attr as totals, TOTALS};
use std::net::{IpAddr, SocketAddr};

/// A request without attributes.
pub fn plain(cmd: Command, answer: Answer) -> Request {
    Request {
        cmd,
        answer,
        body: Vec::new(),
    }
}

/// Every service with its servers, if the kernel can tell them together; otherwise the services.
pub fn dump_all(wanted: Wanted) -> Request {
    let mut flags = flag::DESTS;
    if !wanted.traffic {
        flags |= flag::NO_STATS;
    }
    if wanted.answers {
        flags |= flag::ANSWERS;
    }
    Request {
        body: written(|body| body.put_u32(LISTING, flags)),
        ..plain(Command::GetService, Answer::Objects)
    }
}

/// Every service with its servers, and before them which events they have in them.
pub fn dump_state() -> Request {
    let flags = flag::DESTS | flag::NO_STATS | flag::STATE;
    Request {
        body: written(|body| body.put_u32(LISTING, flags)),
        ..plain(Command::GetService, Answer::Objects)
    }
}

/// All changes or none.
pub fn apply(batch: &Batch, generation: Option<u32>) -> Request {
    Request {
        body: written(|body| {
            if let Some(generation) = generation {
                body.put_u32(GENERATION, generation);
            }
            for (cmd, attributes) in batch.iter() {
                body.nest(APPLY, |change| {
                    change.put_u32(COMMAND, cmd as u32);
                    change.append(attributes);
                });
            }
        }),
        ..plain(Command::Apply, Answer::ObjectOrAck)
    }
}

/// A change of the weight of a server, which must have the `expected` one before, if that is said. Only
/// for [`apply`].
pub fn put_weight(
    body: &mut Writer,
    key: &ServiceKey,
    (addr, port): (IpAddr, u16),
    weight: i32,
    expected: Option<u32>,
) {
    put_service_key(body, key);
    body.nest(attr::DEST, |nest| {
        nest.put_u16(dest::ADDR_FAMILY, family(addr.is_ipv6()));
        nest.put(dest::ADDR, &octets(addr));
        nest.put(dest::PORT, &port.to_be_bytes());
        nest.put(dest::WEIGHT, &weight.to_ne_bytes());
        if let Some(expected) = expected {
            nest.put_u32(EXPECT, expected);
        }
    });
}

/// A server of the service of the change before; `whole` if what is not said stays as it is. Only for
/// [`apply`].
pub fn put_server_alone(body: &mut Writer, server: &Server, whole: bool) {
    body.nest(attr::DEST, |nest| {
        nest.put_u16(dest::ADDR_FAMILY, family(server.addr.is_ipv6()));
        match server.addr {
            // what is missing is zero
            IpAddr::V4(addr) => nest.put(dest::ADDR, &addr.octets()),
            IpAddr::V6(addr) => nest.put(dest::ADDR, &addr.octets()),
        }
        nest.put(dest::PORT, &server.port.to_be_bytes());
        nest.put_u32(dest::FWD_METHOD, server.method);
        nest.put(dest::WEIGHT, &server.weight.to_ne_bytes());
        nest.put_u32(dest::U_THRESH, server.u_threshold);
        nest.put_u32(dest::L_THRESH, server.l_threshold);
        if whole || server.tunnel != Tunnel::default() {
            nest.put(dest::TUN_TYPE, &[server.tunnel.kind]);
            nest.put(dest::TUN_PORT, &server.tunnel.port.to_be_bytes());
            nest.put_u16(dest::TUN_FLAGS, server.tunnel.flags);
        }
    });
}

/// Every server of a service.
pub fn dump_servers(service: &ServiceKey, wanted: Wanted) -> Request {
    Request {
        cmd: Command::GetDest,
        answer: Answer::Objects,
        body: written(|body| {
            body.nest(attr::SERVICE, |nest| put_key(nest, service));
            if wanted.answers {
                body.put_u32(LISTING, flag::ANSWERS);
            }
        }),
    }
}

/// A service, as the only attribute.
pub fn service_only(service: &ServiceKey) -> Vec<u8> {
    written(|body| body.nest(attr::SERVICE, |nest| put_key(nest, service)))
}

/// Sums of statistics, by one of `uapi::totals::by`.
pub fn dump_totals(by: u32) -> Request {
    Request {
        body: written(|body| body.nest(TOTALS, |nest| nest.put_u32(totals::BY, by))),
        ..plain(Command::GetTotals, Answer::Objects)
    }
}

fn written(put: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    put(&mut writer);
    writer.finish()
}

/// What a service is to be like.
pub fn put_service(body: &mut Writer, service: &Service) {
    let settings = Settings {
        scheduler: &service.scheduler,
        engine: service.engine.as_deref(),
        flags: service.flags,
        timeout: service.timeout,
        netmask: service.netmask,
        slow_start: service.slow_start,
        policy: service.policy,
        name: service.name.as_deref(),
    };
    settings.put(body, &service.key);
}

/// Which service; what else stock sends is there, too.
pub fn put_service_key(body: &mut Writer, key: &ServiceKey) {
    Settings::none(Netmask::host(key.is_ipv6())).put(body, key);
}

/// What a server is to be like.
pub fn put_server(body: &mut Writer, key: &ServiceKey, server: &Server) {
    put_service_key(body, key);
    body.nest(attr::DEST, |nest| {
        nest.put_cells::<92>(|cells| {
            cells.put_u16(dest::ADDR_FAMILY, family(server.addr.is_ipv6()));
            cells.put(dest::ADDR, octets(server.addr));
            cells.put(dest::PORT, server.port.to_be_bytes());
            cells.put_u32(dest::FWD_METHOD, server.method);
            cells.put(dest::WEIGHT, server.weight.to_ne_bytes());
            cells.put(dest::TUN_TYPE, [server.tunnel.kind]);
            cells.put(dest::TUN_PORT, server.tunnel.port.to_be_bytes());
            cells.put_u16(dest::TUN_FLAGS, server.tunnel.flags);
            cells.put_u32(dest::U_THRESH, server.u_threshold);
            cells.put_u32(dest::L_THRESH, server.l_threshold);
        });
    });
}

/// A server of a service that is to drain, or not any more.
pub fn put_drain(body: &mut Writer, key: &ServiceKey, server: SocketAddr, spec: &DrainSpec) {
    body.nest(attr::SERVICE, |nest| put_key(nest, key));
    body.nest(attr::DEST, |nest| {
        nest.put_u16(dest::ADDR_FAMILY, family(server.is_ipv6()));
        nest.put(dest::ADDR, &octets(server.ip()));
        nest.put(dest::PORT, &server.port().to_be_bytes());
    });
    body.nest(DRAIN, |nest| match spec {
        DrainSpec::Begin(terms) => {
            if let Some(ms) = terms.deadline_ms {
                nest.put_u32(drain::DEADLINE, ms);
            }
            nest.put_u32(drain::ACTION, terms.action as u32);
        }
        DrainSpec::Cancel => nest.put(drain::CANCEL, &[]),
    });
}

/// How much the weight of a server is to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its address.
    pub addr: IpAddr,
    /// Its port.
    pub port: u16,
    /// In thousandths.
    pub factor: u32,
}

/// Most reports in one request: their nest stays below 64 KiB.
pub const REPORTS: usize = 1000;

/// Reports about servers of a service, at most [`REPORTS`], that hold for so many milliseconds.
pub fn put_reports(body: &mut Writer, key: &ServiceKey, lifetime: u32, reports: &[Report]) {
    body.nest(attr::SERVICE, |nest| put_key(nest, key));
    body.nest(FEEDBACK, |nest| {
        nest.put_u32(feedback::LIFETIME, lifetime);
        for report in reports {
            nest.nest(feedback::REPORT, |nest| {
                nest.put_cells::<44>(|cells| {
                    cells.put_u16(dest::ADDR_FAMILY, family(report.addr.is_ipv6()));
                    cells.put(dest::ADDR, octets(report.addr));
                    cells.put(dest::PORT, report.port.to_be_bytes());
                    cells.put_u32(DEST_FEEDBACK, report.factor);
                });
            });
        }
    });
}

/// An end to all reports, about a service or about all.
pub fn put_no_reports(body: &mut Writer, key: Option<&ServiceKey>) {
    if let Some(key) = key {
        body.nest(attr::SERVICE, |nest| put_key(nest, key));
    }
    body.nest(FEEDBACK, |nest| nest.put(feedback::OFF, &[]));
}

/// New timeouts.
pub fn put_timeouts(body: &mut Writer, timeouts: &Timeouts) {
    body.put_u32(attr::TIMEOUT_TCP, timeouts.tcp);
    body.put_u32(attr::TIMEOUT_TCP_FIN, timeouts.tcp_fin);
    body.put_u32(attr::TIMEOUT_UDP, timeouts.udp);
}

/// A daemon that is to start: what is not set is not sent.
pub fn put_daemon(body: &mut Writer, daemon: &Daemon) {
    body.nest(attr::DAEMON, |nest| {
        daemon_key(nest, daemon);
        if daemon.max_len != 0 {
            nest.put_u16(daemon_attr::SYNC_MAXLEN, daemon.max_len);
        }
        if daemon.port != 0 {
            nest.put_u16(daemon_attr::MCAST_PORT, daemon.port);
        }
        if daemon.ttl != 0 {
            nest.put(daemon_attr::MCAST_TTL, &[daemon.ttl]);
        }
        match daemon.group {
            Some(IpAddr::V4(group)) => nest.put(daemon_attr::MCAST_GROUP, &group.octets()),
            Some(IpAddr::V6(group)) => nest.put(daemon_attr::MCAST_GROUP6, &group.octets()),
            None => {}
        }
    });
}

/// A daemon that is to stop.
pub fn put_daemon_key(body: &mut Writer, daemon: &Daemon) {
    body.nest(attr::DAEMON, |nest| daemon_key(nest, daemon));
}

fn daemon_key(nest: &mut Writer, daemon: &Daemon) {
    nest.put_u32(daemon_attr::STATE, daemon.state);
    nest.put_str(daemon_attr::MCAST_IFN, &daemon.interface);
    nest.put_u32(daemon_attr::SYNC_ID, daemon.sync_id);
}

/// One service is asked for: there stock leaves the mask out of its key.
pub fn get_service(key: &ServiceKey) -> Request {
    Request {
        cmd: Command::GetService,
        answer: Answer::Object,
        body: written(|body| Settings::none(Netmask::Prefix(0)).put(body, key)),
    }
}

/// A service without its key.
struct Settings<'a> {
    scheduler: &'a str,
    engine: Option<&'a str>,
    flags: u32,
    timeout: u32,
    netmask: Netmask,
    slow_start: Option<u32>,
    policy: Change,
    name: Option<&'a str>,
}

impl Settings<'_> {
    fn none(netmask: Netmask) -> Self {
        Self {
            scheduler: "",
            engine: None,
            flags: 0,
            timeout: 0,
            netmask,
            slow_start: None,
            policy: Change::default(),
            name: None,
        }
    }

    fn put(&self, body: &mut Writer, key: &ServiceKey) {
        body.nest(attr::SERVICE, |nest| {
            put_key(nest, key);
            nest.put_str(svc::SCHED_NAME, self.scheduler);
            if let Some(engine) = self.engine {
                nest.put_str(svc::PE_NAME, engine);
            }
            let [a, b, c, d] = self.flags.to_ne_bytes();
            let netmask = match self.netmask {
                Netmask::Mask(mask) => mask.octets(),
                Netmask::Prefix(prefix) => prefix.to_ne_bytes(),
            };
            nest.put_cells::<28>(|cells| {
                cells.put(svc::FLAGS, [a, b, c, d, 0xff, 0xff, 0xff, 0xff]);
                cells.put_u32(svc::TIMEOUT, self.timeout);
                cells.put(svc::NETMASK, netmask);
            });
            if let Some(seconds) = self.slow_start {
                nest.put_u32(SLOW_START, seconds);
            }
            if !self.policy.is_empty() {
                nest.nest(POLICY, |nest| put_policy(nest, &self.policy));
            }
            if let Some(name) = self.name {
                nest.put_str(SERVICE_NAME, name);
            }
        });
    }
}

/// A field without a value is to be the namespace's again.
fn put_policy(nest: &mut Writer, policy: &Change) {
    for (field, value) in policy.fields() {
        match value {
            Some(value) => nest.put_u32(number(field), value),
            None => nest.put(number(field), &[]),
        }
    }
}

fn put_key(nest: &mut Writer, key: &ServiceKey) {
    let family = family(key.is_ipv6());
    match *key {
        ServiceKey::Mark { mark, .. } => nest.put_cells::<16>(|cells| {
            cells.put_u16(svc::AF, family);
            cells.put_u32(svc::FWMARK, mark);
        }),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => nest.put_cells::<44>(|cells| {
            cells.put_u16(svc::AF, family);
            cells.put_u16(svc::PROTOCOL, protocol);
            cells.put(svc::ADDR, octets(addr));
            cells.put(svc::PORT, port.to_be_bytes());
        }),
    }
}

fn family(ipv6: bool) -> u16 {
    let number = if ipv6 { libc::AF_INET6 } else { libc::AF_INET };
    number as u16
}

/// IPv4 in the first four bytes.
fn octets(addr: IpAddr) -> [u8; 16] {
    match addr {
        IpAddr::V6(addr) => addr.octets(),
        IpAddr::V4(addr) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&addr.octets());
            octets
        }
    }
}
