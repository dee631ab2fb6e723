// SPDX-License-Identifier: GPL-2.0
//! Requests, byte for byte those of stock ipvsadm.

use super::attrs::Writer;
use super::{Answer, Request};
use crate::model::{Daemon, Netmask, Server, Service, ServiceKey, Timeouts};
use ipvs_core::uapi::attr::{cmd as attr, daemon as daemon_attr, dest, svc};
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::listing::{flag, LISTING};
use std::net::IpAddr;

/// A request without attributes.
pub fn plain(cmd: Command, answer: Answer) -> Request {
    Request {
        cmd,
        answer,
        body: Vec::new(),
    }
}

/// Every service.
pub fn dump_services() -> Request {
    plain(Command::GetService, Answer::Objects)
}

/// Every service with its servers, if the kernel can tell them together; otherwise the services.
pub fn dump_all(traffic: bool) -> Request {
    let mut writer = Writer::default();
    let flags = if traffic {
        flag::DESTS
    } else {
        flag::DESTS | flag::NO_STATS
    };
    writer.put_u32(LISTING, flags);
    Request {
        body: writer.finish(),
        ..dump_services()
    }
}

/// Every server of a service.
pub fn dump_servers(service: &ServiceKey) -> Request {
    let mut writer = Writer::default();
    writer.nest(attr::SERVICE, |nest| put_key(nest, service));
    Request {
        cmd: Command::GetDest,
        answer: Answer::Objects,
        body: writer.finish(),
    }
}

/// A command on a service with all its settings.
pub fn service(cmd: Command, service: &Service) -> Request {
    let mut writer = Writer::default();
    put_service(&mut writer, service);
    Request {
        cmd,
        answer: Answer::Ack,
        body: writer.finish(),
    }
}

/// A command on a service of which only the key counts; what else stock sends is there, too.
pub fn service_key(cmd: Command, key: &ServiceKey) -> Request {
    service(cmd, &bare(key))
}

/// A command on a server.
pub fn server(cmd: Command, key: &ServiceKey, server: &Server) -> Request {
    let mut writer = Writer::default();
    put_service(&mut writer, &bare(key));
    writer.nest(attr::DEST, |nest| put_server(nest, server));
    Request {
        cmd,
        answer: Answer::Ack,
        body: writer.finish(),
    }
}

/// New timeouts.
pub fn set_timeouts(timeouts: &Timeouts) -> Request {
    let mut writer = Writer::default();
    writer.put_u32(attr::TIMEOUT_TCP, timeouts.tcp);
    writer.put_u32(attr::TIMEOUT_TCP_FIN, timeouts.tcp_fin);
    writer.put_u32(attr::TIMEOUT_UDP, timeouts.udp);
    Request {
        cmd: Command::SetConfig,
        answer: Answer::Ack,
        body: writer.finish(),
    }
}

/// Starts a daemon: what is not set is not sent.
pub fn start_daemon(daemon: &Daemon) -> Request {
    let mut writer = Writer::default();
    writer.nest(attr::DAEMON, |nest| {
        put_daemon(nest, daemon);
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
    Request {
        cmd: Command::NewDaemon,
        answer: Answer::Ack,
        body: writer.finish(),
    }
}

/// Stops a daemon.
pub fn stop_daemon(daemon: &Daemon) -> Request {
    let mut writer = Writer::default();
    writer.nest(attr::DAEMON, |nest| put_daemon(nest, daemon));
    Request {
        cmd: Command::DelDaemon,
        answer: Answer::Ack,
        body: writer.finish(),
    }
}

fn put_daemon(nest: &mut Writer, daemon: &Daemon) {
    nest.put_u32(daemon_attr::STATE, daemon.state);
    nest.put_str(daemon_attr::MCAST_IFN, &daemon.interface);
    nest.put_u32(daemon_attr::SYNC_ID, daemon.sync_id);
}

/// One service is asked for: there stock leaves the mask out of its key.
pub fn get_service(key: &ServiceKey) -> Request {
    let unmasked = Service {
        netmask: Netmask::Prefix(0),
        ..bare(key)
    };
    Request {
        answer: Answer::Object,
        ..service(Command::GetService, &unmasked)
    }
}

fn bare(key: &ServiceKey) -> Service {
    Service {
        key: *key,
        scheduler: String::new(),
        engine: None,
        flags: 0,
        timeout: 0,
        netmask: Netmask::host(key.is_ipv6()),
    }
}

fn put_service(writer: &mut Writer, service: &Service) {
    writer.nest(attr::SERVICE, |nest| {
        put_key(nest, &service.key);
        nest.put_str(svc::SCHED_NAME, &service.scheduler);
        if let Some(engine) = &service.engine {
            nest.put_str(svc::PE_NAME, engine);
        }
        let mut flags = [0xff; 8];
        flags[..4].copy_from_slice(&service.flags.to_ne_bytes());
        nest.put(svc::FLAGS, &flags);
        nest.put_u32(svc::TIMEOUT, service.timeout);
        match service.netmask {
            Netmask::Mask(mask) => nest.put(svc::NETMASK, &mask.octets()),
            Netmask::Prefix(prefix) => nest.put_u32(svc::NETMASK, prefix),
        }
    });
}

fn put_key(nest: &mut Writer, key: &ServiceKey) {
    nest.put_u16(svc::AF, family(key.is_ipv6()));
    match key {
        ServiceKey::Mark { mark, .. } => nest.put_u32(svc::FWMARK, *mark),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            nest.put_u16(svc::PROTOCOL, *protocol);
            nest.put(svc::ADDR, &octets(*addr));
            nest.put(svc::PORT, &port.to_be_bytes());
        }
    }
}

fn put_server(nest: &mut Writer, server: &Server) {
    nest.put_u16(dest::ADDR_FAMILY, family(server.addr.is_ipv6()));
    nest.put(dest::ADDR, &octets(server.addr));
    nest.put(dest::PORT, &server.port.to_be_bytes());
    nest.put_u32(dest::FWD_METHOD, server.method);
    nest.put(dest::WEIGHT, &server.weight.to_ne_bytes());
    nest.put(dest::TUN_TYPE, &[server.tunnel.kind]);
    nest.put(dest::TUN_PORT, &server.tunnel.port.to_be_bytes());
    nest.put_u16(dest::TUN_FLAGS, server.tunnel.flags);
    nest.put_u32(dest::U_THRESH, server.u_threshold);
    nest.put_u32(dest::L_THRESH, server.l_threshold);
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
