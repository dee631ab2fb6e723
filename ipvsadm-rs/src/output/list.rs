// SPDX-License-Identifier: GPL-2.0
//! The default columns, and those about tunnels.

use super::text::Text;
use super::{line, method_is};
use crate::model::{Method, Netmask, ServerEntry, Service, TunnelKind};
use ipvs_core::uapi::{svc_flag, tun_flag};
use std::fmt::Write;

/// Titles; `tunnel` is put before the weight.
pub fn title(out: &mut Text, tunnel: &str) {
    out.push_str("Prot LocalAddress:Port Scheduler Flags\n");
    line(
        out,
        format_args!(
            "  -> RemoteAddress:Port           Forward{tunnel} Weight ActiveConn InActConn"
        ),
    );
}

/// A service with its settings.
pub fn service(out: &mut Text, title: &super::name::Title, service: &Service) {
    let _ = write!(out, "{} {}", title.text, service.scheduler);
    scheduler_flags(out, service);
    if service.flags & svc_flag::PERSISTENT != 0 {
        let _ = write!(out, " persistent {}", service.timeout);
        if service.netmask != Netmask::host(service.key.is_ipv6()) {
            let _ = match service.netmask {
                Netmask::Mask(mask) => write!(out, " mask {mask}"),
                Netmask::Prefix(prefix) => write!(out, " mask {}", prefix as i32),
            };
        }
        if let Some(engine) = &service.engine {
            let _ = write!(out, " pe {engine}");
        }
    }
    if service.flags & svc_flag::ONEPACKET != 0 {
        out.push_str(" ops");
    }
    out.push('\n');
}

/// In brackets.
fn scheduler_flags(out: &mut Text, service: &Service) {
    use svc_flag::{SCHED1, SCHED2, SCHED3};
    if service.flags & (SCHED1 | SCHED2 | SCHED3) != 0 {
        let _ = write!(out, " ({})", flag_names(service).join(","));
    }
}

/// The names depend on the scheduler, and two of them have no third one.
pub fn flag_names(service: &Service) -> Vec<&'static str> {
    use svc_flag::{SCHED1, SCHED2, SCHED3};
    let names: &[&str] = match service.scheduler.as_str() {
        "sh" => &["sh-fallback", "sh-port"],
        "mh" => &["mh-fallback", "mh-port"],
        _ => &["flag-1", "flag-2", "flag-3"],
    };
    let bits = [SCHED1, SCHED2, SCHED3].into_iter().zip(names);
    bits.filter(|(bit, _)| service.flags & bit != 0)
        .map(|(_, name)| *name)
        .collect()
}

/// The same, with the third one, which any scheduler may have.
pub fn all_flag_names(service: &Service) -> Vec<&'static str> {
    let mut names = flag_names(service);
    if service.flags & svc_flag::SCHED3 != 0 && !names.contains(&"flag-3") {
        names.push("flag-3");
    }
    names
}

/// A server, after its name.
pub fn server(out: &mut Text, entry: &ServerEntry) {
    out.push(' ');
    out.left(method_name(entry.server.method), 7);
    out.column(entry.server.weight, 6);
    out.column(entry.active, 10);
    out.column(entry.inactive, 10);
}

/// A server with its tunnel, after its name.
pub fn server_tunnel(out: &mut Text, entry: &ServerEntry) {
    let method = method_name(entry.server.method);
    let _ = write!(
        out,
        " {method:<7} {:<13} {:<6} {:<10} {:<10}",
        tunnel(entry),
        entry.server.weight,
        entry.active,
        entry.inactive
    );
}

fn method_name(method: u32) -> &'static str {
    let names = [
        (Method::Masquerade, "Masq"),
        (Method::Local, "Local"),
        (Method::Tunnel, "Tunnel"),
        (Method::Route, "Route"),
    ];
    let found = names
        .into_iter()
        .find(|(known, _)| method_is(method, *known));
    // what the C library prints for no string
    found.map_or("(null)", |(_, name)| name)
}

fn tunnel(entry: &ServerEntry) -> String {
    let tunnel = &entry.server.tunnel;
    let checksum = match tunnel.flags {
        0 => "-c",
        tun_flag::CSUM => "+c",
        _ => "r+c",
    };
    let is = |kind: TunnelKind| tunnel.kind == kind as u8;
    if !method_is(entry.server.method, Method::Tunnel) {
        "n/a".into()
    } else if is(TunnelKind::Ipip) {
        "ipip".into()
    } else if is(TunnelKind::Gue) {
        format!("gue:{}:{checksum}", tunnel.port)
    } else if is(TunnelKind::Gre) {
        format!("gre:{checksum}")
    } else {
        "n/a".into()
    }
}
