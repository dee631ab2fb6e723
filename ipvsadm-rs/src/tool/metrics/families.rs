// SPDX-License-Identifier: GPL-2.0
//! The tables of metrics: name, meaning, and where the number is. Documentation/metrics.rst has them,
//! too.

use super::snapshot::Snapshot;
use crate::model::totals::Sums;
use crate::model::ServerEntry;

/// Whether a number only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It does. Its name gets `_total` behind it.
    Counter,
    /// It does not.
    Gauge,
}

/// What a metric is of one thing; `None` if it has none.
pub type Value = u64;

/// A metric of each `T`.
pub struct Family<T> {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// How it changes.
    pub kind: Kind,
    /// What it is.
    pub value: fn(&T) -> Option<Value>,
}

const fn counter<T>(
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> Option<Value>,
) -> Family<T> {
    Family {
        name,
        help,
        kind: Kind::Counter,
        value,
    }
}

const fn gauge<T>(
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> Option<Value>,
) -> Family<T> {
    Family {
        name,
        help,
        kind: Kind::Gauge,
        value,
    }
}

/// Of a namespace. The first five are node_exporter's.
#[rustfmt::skip]
pub const NAMESPACE: &[Family<Snapshot>] = &[
    counter("node_ipvs_connections", "The total number of connections made", |s| Some(s.whole.stats.totals[0])),
    counter("node_ipvs_incoming_packets", "The total number of incoming packets", |s| Some(s.whole.stats.totals[1])),
    counter("node_ipvs_outgoing_packets", "The total number of outgoing packets", |s| Some(s.whole.stats.totals[2])),
    counter("node_ipvs_incoming_bytes", "The total amount of incoming data", |s| Some(s.whole.stats.totals[3])),
    counter("node_ipvs_outgoing_bytes", "The total amount of outgoing data", |s| Some(s.whole.stats.totals[4])),
    gauge("ipvs_services", "Virtual services", |s| Some(s.whole.services.into())),
    gauge("ipvs_destinations", "Real servers, those of several services as often", |s| Some(s.whole.dests.into())),
    gauge("ipvs_connection_table_buckets", "Buckets of the connection table", |s| Some(s.info.size.into())),
    gauge("ipvs_connection_table_entries", "Connections in the table, without persistence templates", |s| s.conns),
];

/// What the kernel says of itself; always 1.
pub const INFO: &[Family<Snapshot>] =
    &[gauge("ipvs_info", "Version of IPVS in the kernel", |_| {
        Some(1)
    })];

/// Of each of the timeouts that `ipvsadm --set` sets.
pub const TIMEOUTS: &[Family<u32>] = &[gauge(
    "ipvs_timeout_seconds",
    "Lifetime of idle connections",
    |seconds| Some((*seconds).into()),
)];

/// Of each reason why packets go no further.
pub const DROPPED: &[Family<u64>] = &[counter(
    "ipvs_dropped_packets",
    "Packets of no service that were dropped, or answered with an error",
    |packets| Some(*packets),
)];

/// Of each reason and service.
pub const SERVICE_DROPPED: &[Family<u64>] = &[counter(
    "ipvs_service_dropped_packets",
    "Packets of a service that were dropped, or answered with an error",
    |packets| Some(*packets),
)];

/// Of a service.
#[rustfmt::skip]
pub const SERVICE: &[Family<Sums>] = &[
    counter("ipvs_service_connections", "Connections made", |s| Some(s.stats.totals[0])),
    counter("ipvs_service_incoming_packets", "Packets from clients", |s| Some(s.stats.totals[1])),
    counter("ipvs_service_outgoing_packets", "Packets to clients", |s| Some(s.stats.totals[2])),
    counter("ipvs_service_incoming_bytes", "Bytes from clients", |s| Some(s.stats.totals[3])),
    counter("ipvs_service_outgoing_bytes", "Bytes to clients", |s| Some(s.stats.totals[4])),
    gauge("ipvs_service_connections_per_second", "Connections per second, as the kernel estimates", |s| Some(s.stats.rates[0])),
    gauge("ipvs_service_incoming_packets_per_second", "Packets from clients per second, as the kernel estimates", |s| Some(s.stats.rates[1])),
    gauge("ipvs_service_outgoing_packets_per_second", "Packets to clients per second, as the kernel estimates", |s| Some(s.stats.rates[2])),
    gauge("ipvs_service_incoming_bytes_per_second", "Bytes from clients per second, as the kernel estimates", |s| Some(s.stats.rates[3])),
    gauge("ipvs_service_outgoing_bytes_per_second", "Bytes to clients per second, as the kernel estimates", |s| Some(s.stats.rates[4])),
    gauge("ipvs_service_active_connections", "Active connections", |s| Some(s.active)),
    gauge("ipvs_service_inactive_connections", "Inactive connections", |s| Some(s.inactive)),
    gauge("ipvs_service_persistence_templates", "Clients that persistence remembers", |s| Some(s.persistent)),
    gauge("ipvs_service_destinations", "Servers", |s| Some(s.dests.into())),
    gauge("ipvs_service_destinations_idle", "Servers whose weight is 0", |s| Some(s.idle.into())),
    gauge("ipvs_service_destinations_overloaded", "Servers that get no connection because they have too many", |s| Some(s.overloaded.into())),
    gauge("ipvs_service_weight", "Sum of the weights of its servers", |s| Some(s.weight)),
];

/// Of a service, with its scheduler; always 1.
pub const SERVICE_INFO: &[Family<Sums>] = &[gauge(
    "ipvs_service_info",
    "The scheduler of a service",
    |_| Some(1),
)];

/// Of all servers at an address.
#[rustfmt::skip]
pub const ADDRESS: &[Family<Sums>] = &[
    counter("ipvs_address_connections", "Connections made, of servers that are there", |s| Some(s.stats.totals[0])),
    counter("ipvs_address_incoming_packets", "Packets from clients, of servers that are there", |s| Some(s.stats.totals[1])),
    counter("ipvs_address_outgoing_packets", "Packets to clients, of servers that are there", |s| Some(s.stats.totals[2])),
    counter("ipvs_address_incoming_bytes", "Bytes from clients, of servers that are there", |s| Some(s.stats.totals[3])),
    counter("ipvs_address_outgoing_bytes", "Bytes to clients, of servers that are there", |s| Some(s.stats.totals[4])),
    gauge("ipvs_address_active_connections", "Active connections", |s| Some(s.active)),
    gauge("ipvs_address_inactive_connections", "Inactive connections", |s| Some(s.inactive)),
    gauge("ipvs_address_persistence_templates", "Clients that persistence remembers", |s| Some(s.persistent)),
    gauge("ipvs_address_destinations", "In how many services the address is, as often as in each", |s| Some(s.dests.into())),
    gauge("ipvs_address_destinations_idle", "In how many of them its weight is 0", |s| Some(s.idle.into())),
    gauge("ipvs_address_destinations_overloaded", "In how many of them it has too many connections", |s| Some(s.overloaded.into())),
    gauge("ipvs_address_weight", "Sum of its weights", |s| Some(s.weight)),
];

/// Of a server, as node_exporter has it.
#[rustfmt::skip]
pub const BACKEND: &[Family<ServerEntry>] = &[
    gauge("node_ipvs_backend_connections_active", "The current active connections by local and remote address", |e| Some(e.active.into())),
    gauge("node_ipvs_backend_connections_inactive", "The current inactive connections by local and remote address", |e| Some(e.inactive.into())),
    gauge("node_ipvs_backend_weight", "The current backend weight by local and remote address", |e| u64::try_from(e.server.weight).ok()),
];

/// Of a server, what node_exporter does not have.
#[rustfmt::skip]
pub const SERVER: &[Family<ServerEntry>] = &[
    counter("ipvs_server_connections", "Connections made", |e| Some(e.stats.totals[0])),
    counter("ipvs_server_incoming_packets", "Packets from clients", |e| Some(e.stats.totals[1])),
    counter("ipvs_server_outgoing_packets", "Packets to clients", |e| Some(e.stats.totals[2])),
    counter("ipvs_server_incoming_bytes", "Bytes from clients", |e| Some(e.stats.totals[3])),
    counter("ipvs_server_outgoing_bytes", "Bytes to clients", |e| Some(e.stats.totals[4])),
    gauge("ipvs_server_persistence_templates", "Clients that persistence remembers", |e| Some(e.persistent.into())),
    gauge("ipvs_server_draining", "1 if it drains, or else 0", |e| Some(e.drain.is_some().into())),
    gauge("ipvs_server_feedback_thousandths", "What its weight counts by feedback, in thousandths", |e| Some(e.feedback.into())),
    gauge("ipvs_server_upper_threshold", "Connections at which it gets no more; left out if there is no such limit", |e| Some(e.server.u_threshold.into()).filter(|limit| *limit != 0)),
];
