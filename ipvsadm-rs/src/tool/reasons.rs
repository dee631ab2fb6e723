// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs reasons`: why packets went no further.

use super::target::{Json, MaybeService};
use super::Tool;
use crate::client::reasons::{known, Reasons as Counted};
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::{protocol, ServiceKey};
use crate::output::name::Speller;
use crate::output::text::Text;
use crate::run::connect;
use serde_json::{json, Value};
use std::fmt::Write;

/// Show why packets were dropped, answered with an error, or let pass
///
/// Counts packets that came for a service, or looked as if they might, and went no further with
/// IPVS: by service and reason, since the service was added or its statistics were zeroed (-Z).
/// Without a service it is told of all that have any, and of packets that were for none.
#[derive(clap::Parser, Debug)]
#[command(
    name = "reasons",
    after_help = "Examples:\n  ipvsadm-rs reasons -t 192.0.2.1:80\n  ipvsadm-rs reasons --json"
)]
pub struct Reasons {
    #[command(flatten)]
    service: MaybeService,
    #[command(flatten)]
    json: Json,
    /// Addresses and ports as numbers, which they are without it
    #[arg(short, long = "numeric", hide = true)]
    _numeric: bool,
}

impl Tool for Reasons {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let key = self.service.0.map(|service| service.key(context.names));
        let key = key.transpose()?;
        let mut counted = connect(context)?.reasons(key.as_ref())?;
        counted.sort_by_key(|one| one.service.map(|key| format!("{key:?}")));
        match self.json.json {
            true => json(&mut out.text, &counted),
            // Names might have to be waited for.
            false => table(&mut out.text, &counted, &Speller::new(true, context.names)),
        }
        Ok(())
    }
}

/// What a reason is called, what becomes of its packets, and what it means.
pub(super) fn describe(number: u16) -> (String, &'static str, &'static str) {
    match known(number) {
        Some(reason) => (
            reason.name().to_string_lossy().into_owned(),
            reason.fate().name(),
            reason.text(),
        ),
        None => (
            format!("reason-{number}"),
            "unknown",
            "Newer than this program.",
        ),
    }
}

fn table(out: &mut Text, counted: &[Counted], speller: &Speller<'_>) {
    for one in counted {
        match &one.service {
            Some(key) => {
                out.append(&speller.service(key).text);
                out.push('\n');
            }
            None => out.push_str("No service\n"),
        }
        for (number, count) in &one.counts {
            let (name, fate, text) = describe(*number);
            let _ = writeln!(out, "  {count:>12}  {fate:<8}  {name:<16}  {text}");
        }
    }
}

/// A service by the names of the other listings.
pub(super) fn service_json(key: &ServiceKey) -> Value {
    let family = if key.is_ipv6() { "inet6" } else { "inet" };
    match key {
        ServiceKey::Mark { mark, .. } => json!({ "family": family, "fwmark": mark }),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => json!({
            "family": family,
            "protocol": match *protocol {
                protocol::TCP => "tcp".to_owned(),
                protocol::UDP => "udp".to_owned(),
                protocol::SCTP => "sctp".to_owned(),
                number => number.to_string(),
            },
            "address": addr.to_string(),
            "port": port,
        }),
    }
}

fn json(out: &mut Text, counted: &[Counted]) {
    let rows = counted.iter().map(|one| {
        let reasons = one.counts.iter().map(|(number, count)| {
            let (name, fate, _) = describe(*number);
            json!({ "reason": name, "number": number, "fate": fate, "packets": count })
        });
        json!({
            "service": one.service.as_ref().map(service_json),
            "reasons": reasons.collect::<Vec<_>>(),
        })
    });
    let document = json!({ "version": 1, "reasons": rows.collect::<Vec<_>>() });
    let _ = writeln!(out, "{document}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::System;
    use clap::Parser;

    fn counted() -> Vec<Counted> {
        vec![
            Counted {
                service: None,
                counts: vec![(36, 12)],
            },
            Counted {
                service: Some(ServiceKey::Address {
                    protocol: 6,
                    addr: "192.0.2.1".parse().unwrap(),
                    port: 80,
                }),
                counts: vec![(2, 3), (77, 1)],
            },
        ]
    }

    #[test]
    fn as_a_table() {
        let mut out = Text::default();
        table(
            &mut out,
            &counted(),
            &Speller::new(true, &System::default()),
        );
        let text = String::from_utf8(out.bytes().to_vec()).unwrap();
        assert_eq!(
            text,
            "No service\n\
             \x20           12  passed    no-service        There is no service for the packet.\n\
             TCP  192.0.2.1:80\n\
             \x20            3  answered  quiescent         All destinations have weight 0.\n\
             \x20            1  unknown   reason-77         Newer than this program.\n"
        );
    }

    #[test]
    fn as_json() {
        let mut out = Text::default();
        json(&mut out, &counted());
        let document: Value = serde_json::from_slice(out.bytes()).unwrap();
        assert_eq!(document["reasons"][0]["service"], Value::Null);
        assert_eq!(document["reasons"][1]["service"]["address"], "192.0.2.1");
        assert_eq!(document["reasons"][1]["reasons"][0]["reason"], "quiescent");
        assert_eq!(document["reasons"][1]["reasons"][0]["packets"], 3);
    }

    #[test]
    fn with_and_without_a_service() {
        assert!(Reasons::try_parse_from(["reasons"])
            .unwrap()
            .service
            .0
            .is_none());
        let one = Reasons::try_parse_from(["reasons", "-t", "192.0.2.1:80"]).unwrap();
        assert!(one.service.0.is_some());
    }
}
