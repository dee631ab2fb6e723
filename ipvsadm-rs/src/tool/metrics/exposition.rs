// SPDX-License-Identifier: GPL-2.0
//! A snapshot as text: each metric with the labels of what it is of.

use super::families::{self, Family, Kind, Value};
use super::snapshot::{Identity, Snapshot};
use crate::error::Error;
use crate::model::totals::Sums;
use crate::model::{protocol, ServerEntry, ServiceKey};
use crate::tool::reasons::describe;
use ipvs_core::reason::Fate;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{prometheus_text, text, DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::net::IpAddr;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Text format 0.0.4 of Prometheus.
    Text,
}

impl Format {
    /// The one that a request takes, by its header `Accept`.
    pub fn accepted(accept: &str) -> Self {
        match accept.contains("application/openmetrics-text") {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }

    /// What it is called in answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// The text.
pub fn encode(snapshot: Snapshot, format: Format) -> Result<String, Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    let mut out = String::new();
    match format {
        Format::OpenMetrics => text::encode(&mut out, &registry),
        Format::Text => prometheus_text::encode(&mut out, &registry),
    }
    .map_err(|fmt::Error| Error::refused("cannot write metrics"))?;
    Ok(out)
}

type Labels = [(&'static str, String)];

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let out = &mut encoder;
        put(out, families::NAMESPACE, &[(Vec::new(), self)])?;
        let version = vec![("version", version(self.info.version))];
        put(out, families::INFO, &[(version, self)])?;
        put(out, families::TIMEOUTS, &timeouts(self))?;
        put(out, families::DROPPED, &dropped(&[], &self.reasons))?;
        let services: Vec<(Vec<_>, &Sums)> = self
            .services
            .iter()
            .map(|service| (of_service(&service.identity), &service.sums))
            .collect();
        put(out, families::SERVICE, &services)?;
        let dropped: Vec<(Vec<_>, &u64)> = self
            .services
            .iter()
            .flat_map(|service| dropped(&of_service(&service.identity), &service.reasons))
            .collect();
        put(out, families::SERVICE_DROPPED, &dropped)?;
        let schedulers: Vec<(Vec<_>, &Sums)> = self
            .services
            .iter()
            .map(|service| {
                let mut labels = of_service(&service.identity);
                labels.push(("scheduler", service.scheduler.clone()));
                (labels, &service.sums)
            })
            .collect();
        put(out, families::SERVICE_INFO, &schedulers)?;
        let addresses: Vec<(Vec<_>, &Sums)> = self
            .addresses
            .iter()
            .map(|(address, sums)| (vec![("remote_address", shown(*address))], sums))
            .collect();
        put(out, families::ADDRESS, &addresses)?;
        self.servers(out)
    }
}

impl Snapshot {
    fn servers(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (mut known, mut own) = (Vec::new(), Vec::new());
        for (identity, servers) in self.listing.iter().flatten() {
            for entry in servers {
                let labels = of_backend(&identity.key, entry);
                let mut more = vec![("service", called(identity)), family(&identity.key)];
                more.extend(labels.clone());
                known.push((labels, entry));
                own.push((more, entry));
            }
        }
        put(out, families::BACKEND, &known)?;
        put(out, families::SERVER, &own)
    }
}

/// Writes families of which each has a number for each of `all`; nothing of none.
fn put<T>(
    out: &mut DescriptorEncoder<'_>,
    families: &[Family<T>],
    all: &[(Vec<(&'static str, String)>, &T)],
) -> fmt::Result {
    for family in families {
        let values = all
            .iter()
            .filter_map(|(labels, of)| Some((labels, (family.value)(of)?)));
        let mut values = values.peekable();
        if values.peek().is_none() {
            continue;
        }
        let kind = match family.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
        };
        let mut metric = out.encode_descriptor(family.name, family.help, None, kind)?;
        for (labels, value) in values {
            let labels: &Labels = labels;
            if labels.is_empty() {
                number(&mut metric, family.kind, value)?;
            } else {
                number(&mut metric.encode_family(&labels)?, family.kind, value)?;
            }
        }
    }
    Ok(())
}

fn number(
    metric: &mut prometheus_client::encoding::MetricEncoder<'_>,
    kind: Kind,
    value: Value,
) -> fmt::Result {
    match kind {
        Kind::Counter => metric.encode_counter::<NoLabelSet, _, u64>(&value, None),
        Kind::Gauge => metric.encode_gauge(&value),
    }
}

fn timeouts(snapshot: &Snapshot) -> Vec<(Vec<(&'static str, String)>, &u32)> {
    let timeouts = &snapshot.timeouts;
    [
        ("tcp", &timeouts.tcp),
        ("tcp_fin", &timeouts.tcp_fin),
        ("udp", &timeouts.udp),
    ]
    .into_iter()
    .map(|(state, seconds)| (vec![("state", state.to_owned())], seconds))
    .collect()
}

/// How many packets were lost for each reason, beside the labels of what they were for. Those that went
/// on as if there were no services were not.
fn dropped<'a>(
    labels: &Labels,
    reasons: &'a [(u16, u64)],
) -> Vec<(Vec<(&'static str, String)>, &'a u64)> {
    let mut all = Vec::new();
    for (number, packets) in reasons {
        let (name, fate, _) = describe(*number);
        if fate != Fate::Passed.name() {
            let mut labels = labels.to_vec();
            labels.extend([("reason", name), ("fate", fate.to_owned())]);
            all.push((labels, packets));
        }
    }
    all
}

/// The labels by which node_exporter knows a server.
fn of_backend(key: &ServiceKey, entry: &ServerEntry) -> Vec<(&'static str, String)> {
    let mut labels = local(key);
    labels.push(("remote_address", shown(entry.server.addr)));
    labels.push(("remote_port", entry.server.port.to_string()));
    labels
}

/// The labels of a service: those by which node_exporter knows it, and what it is called.
fn of_service(identity: &Identity) -> Vec<(&'static str, String)> {
    let mut labels = vec![("service", called(identity)), family(&identity.key)];
    labels.extend(local(&identity.key));
    labels
}

/// What node_exporter calls a service: the mark is written as in `/proc/net/ip_vs`.
fn local(key: &ServiceKey) -> Vec<(&'static str, String)> {
    let (address, port, proto, mark) = match *key {
        ServiceKey::Mark { mark, .. } => (String::new(), 0, "FWM".into(), format!("{mark:08X}")),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => (shown(addr), port, proto(protocol), String::new()),
    };
    vec![
        ("local_address", address),
        ("local_port", port.to_string()),
        ("proto", proto),
        ("local_mark", mark),
    ]
}

/// Services of a mark may differ in this alone.
fn family(key: &ServiceKey) -> (&'static str, String) {
    let family = if key.is_ipv6() { "inet6" } else { "inet" };
    ("family", family.to_owned())
}

/// The name of a service; one that has none is called as it is written.
fn called(Identity { key, name }: &Identity) -> String {
    match (name, *key) {
        (Some(name), _) if !name.is_empty() => name.clone(),
        (_, ServiceKey::Mark { mark, ipv6: false }) => format!("fwmark/{mark}"),
        (_, ServiceKey::Mark { mark, ipv6: true }) => format!("fwmark6/{mark}"),
        (
            _,
            ServiceKey::Address {
                protocol,
                addr,
                port,
            },
        ) => {
            let endpoint = std::net::SocketAddr::new(addr, port);
            format!("{}/{endpoint}", proto(protocol).to_lowercase())
        }
    }
}

fn proto(number: u16) -> String {
    match number {
        protocol::TCP => "TCP".into(),
        protocol::UDP => "UDP".into(),
        protocol::SCTP => "SCTP".into(),
        other => other.to_string(),
    }
}

/// As Go shows it: an IPv4 address that is written as one of IPv6 is one of IPv4.
fn shown(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

fn version(number: u32) -> String {
    let [_, major, minor, patch] = number.to_be_bytes();
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests;
