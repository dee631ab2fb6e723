// SPDX-License-Identifier: GPL-2.0
//! Listings as JSON. `Documentation/json.rst` and `ipvsadm-rs/schema.json` say what is in it.

use super::connections::{Connection, Endpoint};
use super::event::Utc;
use super::list::all_flag_names;
use super::method_is;
use super::text::Text;
use crate::client::event::Event;
use crate::command::policy;
use crate::model::{
    protocol, Daemon, Info, Method, Netmask, Role, Server, ServerEntry, Service, ServiceEntry,
    ServiceKey, Stats, Timeouts, TunnelKind, WHOLE,
};
use crate::tool::drain::{action_name, state_name};
use ipvs_core::policy::{Change, Kind};
use ipvs_core::uapi::event;
use ipvs_core::uapi::{svc_flag, tun_flag};
use std::fmt::{Display, Write};

/// Changes when something that was there is no longer, or means something else.
const VERSION: u32 = 1;

/// An object that is being written.
struct Object<'a> {
    out: &'a mut Text,
    empty: bool,
}

/// Appends an object.
fn object(out: &mut Text, fill: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    fill(&mut Object { out, empty: true });
    out.push('}');
}

impl Object<'_> {
    fn key(&mut self, name: &str) -> &mut Text {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        string(self.out, name);
        self.out.push(':');
        self.out
    }

    fn text(&mut self, name: &str, value: &str) {
        string(self.key(name), value);
    }

    /// A number, or `true` and `false`.
    fn plain(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.key(name), "{value}");
    }

    fn quoted(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.key(name), "\"{value}\"");
    }

    fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        object(self.key(name), fill);
    }
}

fn string(out: &mut Text, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A list that grows row by row; each row is a line.
pub struct Rows {
    empty: bool,
}

impl Rows {
    /// Begins a document whose list goes by `name`.
    pub fn begin(out: &mut Text, name: &str, info: Option<Info>) -> Self {
        let _ = write!(out, "{{\"version\":{VERSION},");
        if let Some(info) = info {
            let [_, major, minor, patch] = info.version.to_be_bytes();
            let _ = write!(
                out,
                "\"ipvs\":{{\"version\":\"{major}.{minor}.{patch}\",\
                 \"connection_table_size\":{}}},",
                info.size
            );
        }
        let _ = write!(out, "\"{name}\":[");
        Self { empty: true }
    }

    fn next(&mut self, out: &mut Text) {
        out.push_str(if self.empty { "\n" } else { ",\n" });
        self.empty = false;
    }

    /// Appends a service and its servers.
    pub fn service(&mut self, out: &mut Text, entry: &ServiceEntry, servers: &[ServerEntry]) {
        self.next(out);
        object(out, |row| {
            key(row, &entry.service.key);
            settings(row, &entry.service);
            traffic(row, &entry.stats);
            let list = row.key("servers");
            list.push('[');
            for (index, entry) in servers.iter().enumerate() {
                if index > 0 {
                    list.push(',');
                }
                object(list, |row| server(row, entry));
            }
            list.push(']');
        });
    }

    /// Appends a sync daemon.
    pub fn daemon(&mut self, out: &mut Text, daemon: &Daemon) {
        self.next(out);
        object(out, |row| {
            let role = match daemon.role() {
                Some(Role::Backup) => "backup",
                _ => "master",
            };
            row.text("role", role);
            row.text("interface", &daemon.interface);
            row.plain("sync_id", daemon.sync_id);
            if daemon.max_len != 0 {
                row.plain("max_length", daemon.max_len);
            }
            if let Some(group) = daemon.group {
                row.quoted("group", group);
            }
            if daemon.port != 0 {
                row.plain("port", daemon.port);
            }
            if daemon.ttl != 0 {
                row.plain("ttl", daemon.ttl);
            }
        });
    }

    /// Appends a connection.
    pub fn connection(&mut self, out: &mut Text, connection: &Connection<'_>) {
        self.next(out);
        object(out, |row| {
            row.text("protocol", &connection.name.to_lowercase());
            let ends = [
                ("client", connection.client),
                ("virtual", connection.service),
                ("server", connection.server),
            ];
            for (name, Endpoint { addr, port }) in ends {
                row.object(name, |row| {
                    row.quoted("address", addr);
                    row.plain("port", port);
                });
            }
            row.text("state", connection.state);
            row.plain("expires", connection.seconds);
            if let Some((engine, data)) = connection.engine {
                row.text("engine", engine);
                row.text("engine_data", data);
            }
        });
    }

    /// Ends the document.
    pub fn end(self, out: &mut Text) {
        out.push_str("\n]}\n");
    }
}

/// The timeouts of connections.
pub fn timeouts(out: &mut Text, timeouts: &Timeouts) {
    object(out, |document| {
        document.plain("version", VERSION);
        document.object("timeouts", |row| {
            row.plain("tcp", timeouts.tcp);
            row.plain("tcp_fin", timeouts.tcp_fin);
            row.plain("udp", timeouts.udp);
        });
    });
    out.push('\n');
}

/// An event: a line.
pub fn event(out: &mut Text, event: &Event) {
    object(out, |line| {
        line.text("event", event.kind.map_or("unknown", event::Kind::name));
        line.plain("seq", event.seq);
        line.quoted("time", Utc(event.time));
        line.plain("lost", event.lost);
        if let Some(change) = event.change {
            line.plain("change", change);
        }
        match (&event.service, &event.key) {
            (Some(service), _) => line.object("service", |row| {
                key(row, &service.key);
                settings(row, service);
            }),
            (None, Some(it)) => line.object("service", |row| key(row, it)),
            (None, None) => (),
        }
        if let Some(entry) = &event.server {
            line.object("server", |row| server_state(row, entry));
        }
        if let Some(table) = event.table {
            line.text("table", table.name());
        }
        if let Some((before, now)) = event.buckets {
            line.plain("buckets_before", before);
            line.plain("buckets", now);
        }
        if let Some(reason) = event.reason {
            line.text("reason", &reason.name().to_string_lossy());
        }
        if let Some(count) = event.count {
            line.plain("packets", count);
        }
    });
    out.push('\n');
}

/// A service of the list that events begin with: a line.
pub fn listed_service(out: &mut Text, service: &Service) {
    object(out, |line| {
        line.text("event", "service");
        line.object("service", |row| {
            key(row, &service.key);
            settings(row, service);
        });
    });
    out.push('\n');
}

/// A server of that list: a line.
pub fn listed_server(out: &mut Text, service: &ServiceKey, entry: &ServerEntry) {
    object(out, |line| {
        line.text("event", "dest");
        line.object("service", |row| key(row, service));
        line.object("server", |row| server_state(row, entry));
    });
    out.push('\n');
}

/// What a listener has to know of events that are missing: a line.
pub fn event_note(out: &mut Text, name: &str, count: Option<u64>) {
    object(out, |line| {
        line.text("event", name);
        if let Some(count) = count {
            line.plain("count", count);
        }
    });
    out.push('\n');
}

fn key(row: &mut Object<'_>, key: &ServiceKey) {
    row.text("family", if key.is_ipv6() { "inet6" } else { "inet" });
    match key {
        ServiceKey::Mark { mark, .. } => row.plain("fwmark", mark),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            match *protocol {
                protocol::TCP => row.text("protocol", "tcp"),
                protocol::UDP => row.text("protocol", "udp"),
                protocol::SCTP => row.text("protocol", "sctp"),
                number => row.quoted("protocol", number),
            }
            row.quoted("address", addr);
            row.plain("port", port);
        }
    }
}

fn settings(row: &mut Object<'_>, service: &Service) {
    row.text("scheduler", &service.scheduler);
    let list = row.key("scheduler_flags");
    list.push('[');
    for (index, name) in all_flag_names(service).into_iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        string(list, name);
    }
    list.push(']');
    row.plain("one_packet", service.flags & svc_flag::ONEPACKET != 0);
    if service.flags & svc_flag::PERSISTENT != 0 {
        row.object("persistence", |row| {
            row.plain("timeout", service.timeout);
            match service.netmask {
                Netmask::Mask(mask) => row.quoted("netmask", mask),
                Netmask::Prefix(prefix) => row.plain("prefix_length", prefix),
            }
        });
    }
    if let Some(engine) = &service.engine {
        row.text("engine", engine);
    }
    if let Some(name) = service.shown_name() {
        row.text("name", name);
    }
    if let Some(seconds @ 1..) = service.slow_start {
        row.plain("slow_start", seconds);
    }
    if service.policy.fields().any(|(_, value)| value.is_some()) {
        row.object("policy", |row| own_settings(row, &service.policy));
    }
}

/// What a service has of its own.
fn own_settings(row: &mut Object<'_>, policy: &Change) {
    for (field, value) in policy.fields() {
        let name = policy::key(field);
        match (field.kind(), value) {
            (_, None) => {}
            (Kind::Switch, Some(value)) => row.plain(&name, value != 0),
            (_, Some(value)) => row.plain(&name, value),
        }
    }
}

fn server(row: &mut Object<'_>, entry: &ServerEntry) {
    server_state(row, entry);
    traffic(row, &entry.stats);
}

fn server_state(row: &mut Object<'_>, entry: &ServerEntry) {
    let server = &entry.server;
    row.quoted("address", server.addr);
    row.plain("port", server.port);
    let methods = [
        (Method::Masquerade, "masquerading"),
        (Method::Local, "local"),
        (Method::Tunnel, "tunnel"),
        (Method::Route, "route"),
    ];
    let method = methods
        .into_iter()
        .find(|(method, _)| method_is(server.method, *method));
    row.text("method", method.map_or("unknown", |(_, name)| name));
    if method_is(server.method, Method::Tunnel) {
        row.object("tunnel", |row| tunnel(row, server));
    }
    row.plain("weight", server.weight);
    if entry.feedback != WHOLE {
        row.plain("feedback", f64::from(entry.feedback) / f64::from(WHOLE));
    }
    row.plain("upper_threshold", server.u_threshold);
    row.plain("lower_threshold", server.l_threshold);
    row.plain("active_connections", entry.active);
    row.plain("inactive_connections", entry.inactive);
    row.plain("persistent_connections", entry.persistent);
    if let Some(answers) = &entry.answers {
        row.object("answers", |row| {
            row.plain("handshakes", answers.handshakes);
            row.plain("handshake_ms", answers.handshake_ms);
            row.plain("resets", answers.resets);
        });
    }
    if let Some(drain) = &entry.drain {
        row.object("draining", |row| {
            row.text("state", state_name(drain.state));
            row.text("then", action_name(drain.action));
            if let Some(ms) = drain.remaining_ms {
                row.plain("remaining_ms", ms);
            }
        });
    }
}

fn tunnel(row: &mut Object<'_>, server: &Server) {
    let kinds = [
        (TunnelKind::Ipip, "ipip"),
        (TunnelKind::Gue, "gue"),
        (TunnelKind::Gre, "gre"),
    ];
    let kind = kinds
        .into_iter()
        .find(|(kind, _)| server.tunnel.kind == *kind as u8);
    row.text("type", kind.map_or("unknown", |(_, name)| name));
    if server.tunnel.kind == TunnelKind::Gue as u8 {
        row.plain("port", server.tunnel.port);
    }
    if server.tunnel.kind != TunnelKind::Ipip as u8 {
        let checksum = match server.tunnel.flags {
            0 => "none",
            tun_flag::CSUM => "full",
            _ => "remote",
        };
        row.text("checksum", checksum);
    }
}

fn traffic(row: &mut Object<'_>, stats: &Stats) {
    for (name, numbers) in [("totals", &stats.totals), ("rates", &stats.rates)] {
        row.object(name, |row| {
            let [connections, packets_in, packets_out, bytes_in, bytes_out] = numbers;
            row.plain("connections", connections);
            row.plain("packets_in", packets_in);
            row.plain("packets_out", packets_out);
            row.plain("bytes_in", bytes_in);
            row.plain("bytes_out", bytes_out);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut out = Text::default();
        string(&mut out, "a\"b\\c\n\u{e9}");
        assert_eq!(out.to_string(), "\"a\\\"b\\\\c\\u000a\u{e9}\"");
    }
}
