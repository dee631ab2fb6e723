// SPDX-License-Identifier: GPL-2.0

use super::super::snapshot::ServiceSums;
use super::*;
use crate::model::{Info, Server, Stats, Timeouts};

fn stats() -> Stats {
    Stats {
        totals: [1, 2, 3, u64::MAX, 5],
        rates: [6, 7, 8, 9, 10],
    }
}

fn identity(key: ServiceKey, name: Option<&str>) -> Identity {
    Identity {
        key,
        name: name.map(str::to_owned),
    }
}

fn snapshot() -> Snapshot {
    let web = ServiceKey::Address {
        protocol: protocol::TCP,
        addr: "2001:db8::1".parse().unwrap(),
        port: 443,
    };
    let mark = ServiceKey::Mark {
        mark: 0xab,
        ipv6: false,
    };
    let sums = Sums {
        services: 1,
        dests: 2,
        idle: 1,
        active: 4,
        stats: stats(),
        ..Sums::default()
    };
    let entry = ServerEntry {
        server: Server {
            addr: "10.0.0.9".parse().unwrap(),
            port: 8080,
            weight: 7,
            ..Server::default()
        },
        active: 3,
        inactive: 4,
        persistent: 0,
        drain: None,
        feedback: 1000,
        answers: None,
        stats: stats(),
    };
    let service = |identity: &Identity| ServiceSums {
        identity: identity.clone(),
        scheduler: "wlc".into(),
        sums,
        reasons: vec![(2, 9), (18, 4)],
    };
    let (web, mark) = (identity(web, Some("shop")), identity(mark, None));
    Snapshot {
        info: Info {
            version: 0x01_02_01,
            size: 4096,
        },
        timeouts: Timeouts {
            tcp: 900,
            tcp_fin: 120,
            udp: 300,
        },
        whole: sums,
        conns: Some(12),
        reasons: vec![(32, 0), (36, 8), (41, 3), (999, 1)],
        services: vec![service(&web), service(&mark)],
        addresses: vec![("10.0.0.9".parse().unwrap(), sums)],
        listing: Some(vec![(web, vec![entry]), (mark, vec![entry])]),
    }
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|other| other == line), "{line}\n{text}");
}

#[test]
fn open_metrics() {
    let text = encode(snapshot(), Format::OpenMetrics).unwrap();
    let local = "local_address=\"2001:db8::1\",local_port=\"443\",proto=\"TCP\",local_mark=\"\"";
    let remote = "remote_address=\"10.0.0.9\",remote_port=\"8080\"";
    let marked = "local_address=\"\",local_port=\"0\",proto=\"FWM\",local_mark=\"000000AB\"";
    for line in [
        "# TYPE node_ipvs_connections counter",
        "node_ipvs_connections_total 1",
        "node_ipvs_incoming_bytes_total 18446744073709551615",
        "ipvs_connection_table_buckets 4096",
        "ipvs_connection_table_entries 12",
        "ipvs_info{version=\"1.2.1\"} 1",
        "ipvs_timeout_seconds{state=\"tcp_fin\"} 120",
        "ipvs_dropped_packets_total{reason=\"truncated\",fate=\"dropped\"} 0",
        "ipvs_dropped_packets_total{reason=\"ended\",fate=\"answered\"} 3",
        "ipvs_dropped_packets_total{reason=\"reason-999\",fate=\"unknown\"} 1",
        &format!(
            "ipvs_service_dropped_packets_total{{service=\"shop\",family=\"inet6\",{local},\
             reason=\"quiescent\",fate=\"answered\"}} 9"
        ),
        &format!("ipvs_service_active_connections{{service=\"shop\",family=\"inet6\",{local}}} 4"),
        &format!(
            "ipvs_service_connections_total{{service=\"fwmark/171\",family=\"inet\",{marked}}} 1"
        ),
        &format!("node_ipvs_backend_weight{{{local},{remote}}} 7"),
        &format!("node_ipvs_backend_connections_inactive{{{marked},{remote}}} 4"),
        "ipvs_address_destinations_idle{remote_address=\"10.0.0.9\"} 1",
    ] {
        has(&text, line);
    }
    // Who was let pass was not dropped.
    assert!(!text.contains("no-service") && !text.contains("no-method"));
    // No limit, no line.
    assert!(!text.contains("ipvs_server_upper_threshold"));
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_older_format_names_counters_in_full() {
    let text = encode(snapshot(), Format::Text).unwrap();
    has(&text, "# TYPE node_ipvs_connections_total counter");
    has(&text, "node_ipvs_connections_total 1");
    assert!(!text.contains("# EOF"));
}

#[test]
fn nothing_is_said_of_nothing() {
    let text = encode(Snapshot::default(), Format::OpenMetrics).unwrap();
    has(&text, "ipvs_services 0");
    assert!(!text.contains("ipvs_service_"));
    assert!(!text.contains("backend"));
}

#[test]
fn services_without_a_name_are_called_by_their_address() {
    let address = |protocol, addr: &str| ServiceKey::Address {
        protocol,
        addr: addr.parse().unwrap(),
        port: 53,
    };
    for (key, expected) in [
        (address(17, "10.0.0.1"), "udp/10.0.0.1:53"),
        (address(6, "2001:db8::1"), "tcp/[2001:db8::1]:53"),
        (address(50, "10.0.0.1"), "50/10.0.0.1:53"),
    ] {
        assert_eq!(called(&identity(key, Some(""))), expected);
    }
}

/// The names of all metrics, as they are in the older format.
fn names() -> Vec<String> {
    fn of<T>(table: &[Family<T>]) -> Vec<String> {
        let name = |family: &Family<T>| match family.kind {
            Kind::Counter => format!("{}_total", family.name),
            Kind::Gauge => family.name.to_owned(),
        };
        table.iter().map(name).collect()
    }
    [
        of(families::NAMESPACE),
        of(families::INFO),
        of(families::TIMEOUTS),
        of(families::DROPPED),
        of(families::SERVICE),
        of(families::SERVICE_DROPPED),
        of(families::SERVICE_INFO),
        of(families::ADDRESS),
        of(families::BACKEND),
        of(families::SERVER),
    ]
    .concat()
}

/// The words of a text that look like names of metrics.
fn metrics_in(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with("ipvs_") || word.starts_with("node_ipvs_"))
        .filter(|word| !word.ends_with('_'))
        .collect()
}

#[test]
fn a_name_is_used_once() {
    let mut names = names();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_documentation_has_all_metrics_and_no_other() {
    let text = include_str!("../../../../../Documentation/metrics.rst");
    let (names, told) = (names(), metrics_in(text));
    for name in &names {
        assert!(told.contains(&name.as_str()), "{name} is missing");
    }
    for name in told {
        assert!(
            names.iter().any(|other| other == name),
            "{name} does not exist"
        );
    }
}

#[test]
fn the_dashboard_shows_what_exists() {
    let text = include_str!("../../../../../tools/grafana/ipvs.json");
    let (names, shown) = (names(), metrics_in(text));
    assert!(shown.len() > 20);
    for name in shown {
        assert!(
            names.iter().any(|other| other == name),
            "{name} does not exist"
        );
    }
}
