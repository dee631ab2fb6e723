// SPDX-License-Identifier: GPL-2.0
//! A table as a file. What is the default is left out.

use super::{endpoint, Table};
use crate::command::policy;
use crate::model::{protocol, Method, Netmask, Server, Service, ServiceKey, TunnelKind};
use crate::output::list::all_flag_names;
use ipvs_core::policy::{Change, Kind};
use ipvs_core::uapi::{svc_flag, tun_flag};

/// The table as a file that [`read`](super::read) makes the same table of.
pub fn write(table: &Table) -> String {
    let mut file = String::new();
    for entry in table.values() {
        if !file.is_empty() {
            file.push('\n');
        }
        file.push_str("[[service]]\n");
        service(&entry.service).iter().for_each(|line| {
            file.push_str(line);
            file.push('\n');
        });
        for server in entry.servers.values() {
            file.push_str("\n  [[service.server]]\n");
            self::server(server).iter().for_each(|line| {
                file.push_str("  ");
                file.push_str(line);
                file.push('\n');
            });
        }
    }
    file
}

/// The lines of a service, of which the first says which it is.
pub fn service(service: &Service) -> Vec<String> {
    let mut lines = vec![key(&service.key)];
    if let ServiceKey::Mark { ipv6: true, .. } = service.key {
        lines.push("ipv6 = true".into());
    }
    lines.push(format!("scheduler = {}", quoted(&service.scheduler)));
    let flags = all_flag_names(service);
    if !flags.is_empty() {
        let flags: Vec<String> = flags.into_iter().map(quoted).collect();
        lines.push(format!("scheduler_flags = [{}]", flags.join(", ")));
    }
    if service.flags & svc_flag::ONEPACKET != 0 {
        lines.push("one_packet = true".into());
    }
    if service.flags & svc_flag::PERSISTENT != 0 {
        let mask = match service.netmask {
            mask if mask == Netmask::host(service.key.is_ipv6()) => String::new(),
            Netmask::Mask(mask) => format!(", netmask = \"{mask}\""),
            Netmask::Prefix(prefix) => format!(", prefix_length = {prefix}"),
        };
        let timeout = service.timeout;
        lines.push(format!("persistence = {{ timeout = {timeout}{mask} }}"));
    }
    if let Some(engine) = &service.engine {
        lines.push(format!("engine = {}", quoted(engine)));
    }
    if let Some(seconds @ 1..) = service.slow_start {
        lines.push(format!("slow_start = {seconds}"));
    }
    if let Some(name) = service.shown_name() {
        lines.push(format!("name = {}", quoted(name)));
    }
    lines.extend(policy(&service.policy));
    lines
}

fn policy(policy: &Change) -> Option<String> {
    let own = policy.fields().filter_map(|(field, value)| {
        let (key, value) = (policy::key(field), value?);
        Some(match field.kind() {
            Kind::Switch => format!("{key} = {}", value != 0),
            Kind::Seconds | Kind::Mode => format!("{key} = {value}"),
        })
    });
    let own: Vec<_> = own.collect();
    (!own.is_empty()).then(|| format!("policy = {{ {} }}", own.join(", ")))
}

/// The lines of a server, of which the first says which it is.
pub fn server(server: &Server) -> Vec<String> {
    let mut lines = vec![format!(
        "address = \"{}\"",
        endpoint(server.addr, server.port)
    )];
    let methods = [
        (Method::Masquerade, "masquerading"),
        (Method::Local, "local"),
        (Method::Tunnel, "tunnel"),
    ];
    let method = methods
        .into_iter()
        .find(|(method, _)| server.method == *method as u32);
    if let Some((_, name)) = method {
        lines.push(format!("method = \"{name}\""));
    }
    if server.method == Method::Tunnel as u32 {
        lines.extend(tunnel(server));
    }
    lines.push(format!("weight = {}", server.weight));
    for (name, threshold) in [
        ("upper_threshold", server.u_threshold),
        ("lower_threshold", server.l_threshold),
    ] {
        if threshold != 0 {
            lines.push(format!("{name} = {threshold}"));
        }
    }
    lines
}

fn tunnel(server: &Server) -> Option<String> {
    let tunnel = &server.tunnel;
    let is = |kind: TunnelKind| tunnel.kind == kind as u8;
    let kind = if is(TunnelKind::Gue) {
        format!("type = \"gue\", port = {}", tunnel.port)
    } else if is(TunnelKind::Gre) {
        "type = \"gre\"".into()
    } else {
        "type = \"ipip\"".into()
    };
    let checksum = match tunnel.flags {
        0 if is(TunnelKind::Ipip) => return None,
        0 => "",
        tun_flag::CSUM => ", checksum = \"full\"",
        _ => ", checksum = \"remote\"",
    };
    Some(format!("tunnel = {{ {kind}{checksum} }}"))
}

fn key(key: &ServiceKey) -> String {
    match *key {
        ServiceKey::Mark { mark, .. } => format!("fwmark = {mark}"),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            let name = match protocol {
                protocol::UDP => "udp",
                protocol::SCTP => "sctp",
                _ => "tcp",
            };
            format!("{name} = \"{}\"", endpoint(addr, port))
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
