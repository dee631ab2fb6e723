// SPDX-License-Identifier: GPL-2.0
//! The table as command lines.

use super::list::{all_flag_names, flag_names};
use super::method_is;
use super::name::Speller;
use super::text::Text;
use crate::command::policy;
use crate::dialect::Dialect;
use crate::model::{
    protocol, Method, Netmask, Server, ServerEntry, Service, ServiceKey, TunnelKind,
};
use ipvs_core::uapi::{svc_flag, tun_flag};
use std::fmt::Write;
use std::net::IpAddr;

/// The lines of a service and of its servers.
pub fn service(
    out: &mut Text,
    dialect: Dialect,
    speller: &Speller<'_>,
    service: &Service,
    servers: &[ServerEntry],
) {
    let key = key_options(dialect, speller, &service.key);
    let _ = write!(out, "-A {key} -s {}", service.scheduler);
    settings(out, dialect, service);
    out.push('\n');
    for entry in servers {
        let _ = write!(out, "-a {key} -r ");
        server(out, dialect, speller, &service.key, &entry.server);
        out.push('\n');
    }
}

/// A service, its settings: what follows a word for it.
pub fn service_words(out: &mut Text, speller: &Speller<'_>, service: &Service) {
    key_words(out, speller, &service.key);
    let _ = write!(out, " -s {}", service.scheduler);
    settings(out, Dialect::Own, service);
}

/// A service.
pub fn key_words(out: &mut Text, speller: &Speller<'_>, key: &ServiceKey) {
    let _ = write!(out, " {}", key_options(Dialect::Own, speller, key));
}

/// A server of a service and its settings.
pub fn server_words(out: &mut Text, speller: &Speller<'_>, key: &ServiceKey, it: &Server) {
    key_words(out, speller, key);
    out.push_str(" -r ");
    server(out, Dialect::Own, speller, key, it);
}

fn key_options(dialect: Dialect, speller: &Speller<'_>, key: &ServiceKey) -> String {
    match *key {
        ServiceKey::Mark { mark, ipv6 } => {
            let family = if ipv6 { " -6" } else { "" };
            match dialect {
                Dialect::Own => format!("-f {mark}{family}"),
                Dialect::Stock => format!("-f {}{family}", mark as i32),
            }
        }
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            let option = match protocol {
                protocol::TCP => "-t",
                protocol::UDP => "-u",
                protocol::SCTP => "--sctp-service",
                _ => "--xxx-service",
            };
            let mut text = Text::default();
            endpoint(&mut text, dialect, speller, addr, port, protocol);
            format!("{option} {text}")
        }
    }
}

/// A name is cut by stock, and none of an IPv6 host can be restored.
fn endpoint(
    text: &mut Text,
    dialect: Dialect,
    speller: &Speller<'_>,
    addr: IpAddr,
    port: u16,
    protocol: u16,
) {
    match dialect {
        Dialect::Own if addr.is_ipv6() => speller.numeric_host(text, addr, port, protocol),
        Dialect::Own => speller.whole(text, addr, port, protocol),
        Dialect::Stock => text.append(&speller.endpoint(addr, port, protocol)),
    }
}

fn settings(out: &mut Text, dialect: Dialect, service: &Service) {
    if service.flags & svc_flag::PERSISTENT != 0 {
        let _ = write!(out, " -p {}", service.timeout);
        if service.netmask != Netmask::host(service.key.is_ipv6()) {
            let _ = match service.netmask {
                Netmask::Mask(mask) => write!(out, " -M {mask}"),
                Netmask::Prefix(prefix) => write!(out, " -M {}", prefix as i32),
            };
        }
    }
    if let Some(engine) = &service.engine {
        let _ = write!(out, " --pe {engine}");
    }
    if service.flags & svc_flag::ONEPACKET != 0 {
        out.push_str(" -o");
    }
    let flags = service.flags & (svc_flag::SCHED1 | svc_flag::SCHED2 | svc_flag::SCHED3);
    if flags != 0 {
        let names = match dialect {
            Dialect::Own => all_flag_names(service),
            Dialect::Stock => flag_names(service),
        };
        let _ = write!(out, " -b {}", names.join(","));
    }
    if let (Dialect::Own, Some(name)) = (dialect, service.shown_name()) {
        let _ = write!(out, " --name {name}");
    }
    if let (Dialect::Own, Some(seconds @ 1..)) = (dialect, service.slow_start) {
        let _ = write!(out, " --slow-start {seconds}");
    }
    let policy = policy::shown(&service.policy);
    if dialect == Dialect::Own && !policy.is_empty() {
        let _ = write!(out, " --policy {policy}");
    }
}

fn server(
    out: &mut Text,
    dialect: Dialect,
    speller: &Speller<'_>,
    key: &ServiceKey,
    server: &Server,
) {
    let (protocol, service_port) = match *key {
        ServiceKey::Address { protocol, port, .. } => (protocol, Some(port)),
        ServiceKey::Mark { .. } => (0, None),
    };
    endpoint(out, dialect, speller, server.addr, server.port, protocol);
    let method = if method_is(server.method, Method::Masquerade) {
        "-m"
    } else if method_is(server.method, Method::Tunnel) {
        "-i"
    } else if dialect == Dialect::Own
        && method_is(server.method, Method::Local)
        && service_port.is_some_and(|port| port != server.port)
    {
        // -g would lose the port
        "-m"
    } else {
        "-g"
    };
    let _ = write!(out, " {method} -w {}", server.weight);
    if method == "-i" {
        tunnel(out, server);
    }
    if dialect == Dialect::Own {
        for (option, threshold) in [("-x", server.u_threshold), ("-y", server.l_threshold)] {
            if threshold != 0 {
                let _ = write!(out, " {option} {threshold}");
            }
        }
    }
}

fn tunnel(out: &mut Text, server: &Server) {
    let tunnel = &server.tunnel;
    let is = |kind: TunnelKind| tunnel.kind == kind as u8;
    if is(TunnelKind::Ipip) {
        out.push_str(" --tun-type ipip");
        return;
    }
    if is(TunnelKind::Gue) {
        let _ = write!(out, " --tun-type gue --tun-port {}", tunnel.port);
    } else if is(TunnelKind::Gre) {
        out.push_str(" --tun-type gre");
    } else {
        return;
    }
    out.push_str(match tunnel.flags {
        0 => " --tun-nocsum",
        tun_flag::CSUM => " --tun-csum",
        _ => " --tun-remcsum",
    });
}
