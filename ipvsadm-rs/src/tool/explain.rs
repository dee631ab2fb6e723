// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs explain`: what would become of a packet.

use super::reasons::service_json;
use super::target::{endpoint, Json};
use super::Tool;
use crate::client::explain::{why, Candidate, Decision, Packet, Way};
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::protocol;
use crate::output::name::Speller;
use crate::output::text::Text;
use crate::resolve::Names;
use crate::run::connect;
use ipvs_core::conn::Method;
use ipvs_core::uapi::explain::Step;
use serde_json::{json, Value};
use std::fmt::Write;
use std::net::SocketAddr;

/// Tell what would become of a packet that opens a connection
///
/// The kernel looks the service up, the connection, the template of persistence, and asks the
/// scheduler, exactly as for a packet that comes in, but nothing is counted, made or moved on: the
/// next packet is treated as is told here. Where chance decides, it is said.
#[derive(clap::Parser, Debug)]
#[command(
    name = "explain",
    after_help = "Examples:\n  ipvsadm-rs explain 198.51.100.7:40000 192.0.2.1:80/tcp\n  \
                  ipvsadm-rs explain --json [2001:db8::7]:40000 [2001:db8::1]:53/udp"
)]
pub struct Explain {
    /// Where the packet comes from
    #[arg(value_name = "CLIENT:PORT")]
    client: String,
    /// Where it goes, with tcp, udp or sctp
    #[arg(value_name = "ADDRESS:PORT/PROTOCOL")]
    service: String,
    /// Its firewall mark
    #[arg(long, default_value_t = 0)]
    mark: u32,
    #[command(flatten)]
    json: Json,
}

impl Tool for Explain {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let packet = self.packet(context.names)?;
        let (decision, candidates) = connect(context)?.explain(&packet)?;
        match self.json.json {
            true => json(&mut out.text, &packet, &decision, &candidates),
            false => tell(
                &mut out.text,
                &packet,
                &decision,
                &candidates,
                &Speller::new(true, context.names),
            ),
        }
        Ok(())
    }
}

impl Explain {
    fn packet(&self, names: &dyn Names) -> Result<Packet, Error> {
        let (service, name) = self.service.rsplit_once('/').ok_or_else(|| {
            let text = &self.service;
            Error::refused(format!("`{text}' has no protocol; add /tcp, /udp or /sctp"))
        })?;
        let protocol = match name {
            "tcp" => protocol::TCP,
            "udp" => protocol::UDP,
            "sctp" => protocol::SCTP,
            _ => {
                return Err(Error::refused(format!(
                    "`{name}' is not balanced; tcp, udp or sctp is expected"
                )))
            }
        };
        let end = |text: &str| {
            let (addr, port) = endpoint(text, protocol, names)?;
            let port = port.ok_or_else(|| {
                Error::refused(format!("`{text}' has no port; ADDRESS:PORT is expected"))
            })?;
            Ok::<_, Error>(SocketAddr::new(addr, port))
        };
        let packet = Packet {
            protocol,
            client: end(&self.client)?,
            service: end(service)?,
            mark: self.mark,
        };
        match packet.client.is_ipv4() == packet.service.is_ipv4() {
            true => Ok(packet),
            false => Err(Error::refused(format!(
                "`{}' and `{service}' are addresses of two families",
                self.client
            ))),
        }
    }
}

fn protocol_name(number: u16) -> &'static str {
    match number {
        protocol::TCP => "tcp",
        protocol::UDP => "udp",
        _ => "sctp",
    }
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::Nothing => "nothing",
        Step::Connection => "connection",
        Step::Template => "template",
        Step::Scheduler => "scheduler",
        Step::Bypass => "bypass",
        Step::Reply => "reply",
    }
}

fn method_name(method: u32) -> &'static str {
    match Method::from_bits(method) {
        Some(Method::Masq) => "masquerading",
        Some(Method::Local) => "local",
        Some(Method::Tunnel) => "tunnel",
        Some(Method::Route) => "direct routing",
        Some(Method::Bypass) => "bypass",
        None => "none",
    }
}

fn by(decision: &Decision) -> String {
    let scheduler = decision.scheduler.as_deref().unwrap_or("none");
    match decision.step {
        Step::Nothing => "nobody".to_owned(),
        Step::Connection => "the connection that it belongs to".to_owned(),
        Step::Template => "persistence: a template of this client".to_owned(),
        Step::Scheduler if decision.random => {
            format!("the scheduler {scheduler}, by chance: the packet may get another one")
        }
        Step::Scheduler => format!("the scheduler {scheduler}"),
        Step::Bypass => "nobody is there: it goes on to where it was going".to_owned(),
        Step::Reply => "a connection that it is the answer of".to_owned(),
    }
}

fn tell(
    out: &mut Text,
    packet: &Packet,
    decision: &Decision,
    candidates: &[Candidate],
    speller: &Speller<'_>,
) {
    let _ = writeln!(
        out,
        "Packet    {} {} -> {}",
        protocol_name(packet.protocol),
        packet.client,
        packet.service
    );
    if let Some(key) = &decision.service {
        out.push_str("Service   ");
        out.append(&speller.service(key).text);
        out.push('\n');
    }
    if decision.drop_rate != 0 {
        let rate = decision.drop_rate;
        let _ = writeln!(out, "Defence   one of {rate} first packets is dropped");
    }
    let chosen = decision.server.filter(|_| decision.step == Step::Scheduler);
    table(out, candidates, chosen);
    if decision.step != Step::Nothing {
        let _ = writeln!(out, "Decided   by {}", by(decision));
    }
    if let Some(server) = decision.server {
        let _ = writeln!(out, "Server    {server}");
    }
    if let Some(method) = decision.method {
        let _ = write!(out, "Way       {}", method_name(method));
        if let Some(way) = &decision.way {
            write_way(out, way);
        }
        out.push('\n');
    }
    if let Some(number) = decision.reason {
        let (name, text) = why(number);
        let _ = writeln!(out, "Reason    {name}: {text}");
    }
}

fn write_way(out: &mut Text, way: &Way) {
    if way.local {
        out.push_str(" to this host");
    }
    let _ = write!(out, ", device {}", way.device);
    if let Some(gateway) = way.gateway {
        let _ = write!(out, ", gateway {gateway}");
    }
    match way.mtu {
        Some(mtu) if mtu == way.route_mtu => {
            let _ = write!(out, ", packets of up to {mtu} bytes");
        }
        Some(mtu) => {
            let route = way.route_mtu;
            let _ = write!(out, ", packets of up to {mtu} bytes, in the tunnel {route}");
        }
        None => {
            let route = way.route_mtu;
            let _ = write!(out, ", whose MTU of {route} is too small for the tunnel");
        }
    }
}

fn table(out: &mut Text, candidates: &[Candidate], chosen: Option<SocketAddr>) {
    if candidates.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "Servers   {:<24} {:>6} {:>6} {:>8} {:>8}  Score",
        "Address", "Weight", "Counts", "Active", "Inactive"
    );
    for one in candidates {
        // Of a service for all ports, servers have none of their own.
        let is_it = |chosen: SocketAddr| {
            chosen.ip() == one.server.ip() && [0, chosen.port()].contains(&one.server.port())
        };
        let mark = if chosen.is_some_and(is_it) { "->" } else { "" };
        let score = match one.score {
            _ if one.overloaded => "overloaded".to_owned(),
            Some((cost, share)) => format!("{cost}/{share}"),
            None if one.weight <= 0 => "no weight".to_owned(),
            None => "-".to_owned(),
        };
        let _ = writeln!(
            out,
            "{mark:>8}  {:<24} {:>6} {:>5}% {:>8} {:>8}  {score}",
            one.server.to_string(),
            one.weight,
            one.factor / 10,
            one.active,
            one.inactive
        );
    }
}

fn json(out: &mut Text, packet: &Packet, decision: &Decision, candidates: &[Candidate]) {
    let end = |end: SocketAddr| json!({ "address": end.ip().to_string(), "port": end.port() });
    let candidates = candidates.iter().map(|one| {
        json!({
            "address": one.server.ip().to_string(),
            "port": one.server.port(),
            "weight": one.weight,
            "factor": f64::from(one.factor) / 1000.0,
            "overloaded": one.overloaded,
            "active": one.active,
            "inactive": one.inactive,
            "score": one.score.map(|(cost, share)| json!({ "cost": cost, "share": share })),
        })
    });
    let way = decision.way.as_ref().map(|way| {
        json!({
            "local": way.local,
            "device": way.device,
            "gateway": way.gateway.map(|addr| addr.to_string()),
            "route_mtu": way.route_mtu,
            "mtu": way.mtu,
        })
    });
    let document = json!({
        "version": 1,
        "packet": {
            "protocol": protocol_name(packet.protocol),
            "client": end(packet.client),
            "service": end(packet.service),
            "mark": packet.mark,
        },
        "service": decision.service.as_ref().map(service_json),
        "scheduler": decision.scheduler,
        "decided_by": step_name(decision.step),
        "random": decision.random,
        "server": decision.server.map(end),
        "method": decision.method.map(method_name),
        "way": way,
        "drop_rate": decision.drop_rate,
        "reason": decision.reason.map_or(Value::Null, |number| why(number).0.into()),
        "candidates": candidates.collect::<Vec<_>>(),
    });
    let _ = writeln!(out, "{document}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServiceKey;
    use crate::resolve::System;
    use clap::Parser;

    fn packet(client: &str, service: &str) -> Result<Packet, Error> {
        let explain = Explain::try_parse_from(["explain", client, service]).unwrap();
        explain.packet(&System::default())
    }

    #[test]
    fn packets() {
        let packet4 = packet("10.1.0.2:4000", "192.0.2.1:80/udp").unwrap();
        assert_eq!(packet4.protocol, 17);
        assert_eq!(packet4.service, "192.0.2.1:80".parse().unwrap());
        assert!(packet("[2001:db8::1]:4000", "[2001:db8::2]:80/tcp").is_ok());
        for (client, service, word) in [
            ("10.1.0.2:4000", "192.0.2.1:80", "no protocol"),
            ("10.1.0.2:4000", "192.0.2.1:80/gre", "not balanced"),
            ("10.1.0.2", "192.0.2.1:80/tcp", "no port"),
            ("10.1.0.2:4000", "[2001:db8::2]:80/tcp", "two families"),
        ] {
            let error = packet(client, service).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    fn decision() -> Decision {
        Decision {
            step: Step::Scheduler,
            reason: None,
            service: Some(ServiceKey::Address {
                protocol: 6,
                addr: "192.0.2.1".parse().unwrap(),
                port: 80,
            }),
            scheduler: Some("wlc".into()),
            random: false,
            server: Some("10.2.0.2:80".parse().unwrap()),
            method: Some(2),
            way: Some(Way {
                local: false,
                device: "s1".into(),
                gateway: None,
                route_mtu: 1500,
                mtu: Some(1480),
            }),
            drop_rate: 0,
        }
    }

    fn candidates() -> Vec<Candidate> {
        let one = |server: &str, weight, score| Candidate {
            server: server.parse().unwrap(),
            weight,
            factor: 1000,
            overloaded: false,
            active: 0,
            inactive: 0,
            score,
        };
        vec![
            one("10.3.0.2:80", 0, None),
            one("10.2.0.2:80", 2, Some((0, 2))),
        ]
    }

    #[test]
    fn told() {
        let packet = packet("10.1.0.2:4000", "192.0.2.1:80/tcp").unwrap();
        let mut out = Text::default();
        let names = System::default();
        let speller = Speller::new(true, &names);
        tell(&mut out, &packet, &decision(), &candidates(), &speller);
        let text = String::from_utf8(out.bytes().to_vec()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Packet    tcp 10.1.0.2:4000 -> 192.0.2.1:80");
        assert_eq!(lines[1], "Service   TCP  192.0.2.1:80");
        assert!(lines[3].starts_with("          10.3.0.2:80 ") && lines[3].ends_with("no weight"));
        assert!(lines[4].starts_with("      ->  10.2.0.2:80 ") && lines[4].ends_with("0/2"));
        assert_eq!(lines[5], "Decided   by the scheduler wlc");
        assert_eq!(lines[6], "Server    10.2.0.2:80");
        assert_eq!(
            lines[7],
            "Way       tunnel, device s1, packets of up to 1480 bytes, in the tunnel 1500"
        );
    }

    #[test]
    fn as_json() {
        let packet = packet("10.1.0.2:4000", "192.0.2.1:80/tcp").unwrap();
        let mut out = Text::default();
        let refused = Decision {
            reason: Some(2),
            server: None,
            ..decision()
        };
        json(&mut out, &packet, &refused, &candidates());
        let document: Value = serde_json::from_slice(out.bytes()).unwrap();
        assert_eq!(document["reason"], "quiescent");
        assert_eq!(document["candidates"][1]["score"]["share"], 2);
        assert_eq!(document["server"], Value::Null);
        assert_eq!(document["way"]["mtu"], 1480);
    }
}
