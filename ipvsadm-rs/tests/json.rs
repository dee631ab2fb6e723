// SPDX-License-Identifier: GPL-2.0
//! Listings as JSON, from recorded answers of the kernel, against `tests/golden`.
//!
//! `GOLDEN=write cargo test --test json` writes those files anew.
#![allow(missing_docs)]

mod common;

use common::{context, parse, Replay};
use ipvs_core::uapi::answers::Answers;
use ipvs_core::uapi::drain::{Action, DrainView, State};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::model::{
    Daemon, Method, Netmask, Server, ServerEntry, Service, ServiceEntry, ServiceKey, Stats, Tunnel,
    TunnelKind,
};
use ipvsadm::output::connections;
use ipvsadm::output::json::Rows;
use ipvsadm::output::text::Text;
use ipvsadm::Sink;
use std::path::{Path, PathBuf};

/// What a line shows of a recording.
fn listed(line: &str, name: &str) -> String {
    let file = path("../testing/fixtures/netlink").join(name);
    let recording = std::fs::read_to_string(file.with_extension("hex")).unwrap();
    let mut replay = Replay::new(&recording);
    let mut client = Client::new(&mut replay, || panic!("modprobe")).unwrap();
    let mut out = Sink::default();
    let command = parse(line).unwrap();
    ipvsadm::execute(&command, context(Dialect::Own), &mut client, &mut out).unwrap();
    out.text.to_string()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn check(name: &str, text: &str) {
    let golden = path("tests/golden").join(name).with_extension("json");
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&golden, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(golden).unwrap(), "{name}");
}

#[test]
fn recorded_listings() {
    for name in [
        "list-all",
        "list-one",
        "list-one-fwmark",
        "list-empty",
        "list-timeout",
        "daemons",
        "daemons-none",
    ] {
        let file = path("../testing/fixtures/netlink").join(name);
        let recording = std::fs::read_to_string(file.with_extension("hex")).unwrap();
        let line = recording.lines().next().unwrap();
        let line = line.strip_prefix("# ipvsadm ").unwrap();
        check(name, &listed(&format!("{line} --json"), name));
    }
}

#[test]
fn columns_change_nothing() {
    let json = listed("-L --json", "list-all");
    for columns in [
        "--stats",
        "--rate",
        "--thresholds",
        "--persistent-conn",
        "--tun-info",
        "--exact",
        "--numeric",
    ] {
        let line = format!("-L --json {columns}");
        assert_eq!(listed(&line, "list-all"), json, "{columns}");
    }
}

fn server(addr: &str, method: u32, tunnel: Tunnel) -> ServerEntry {
    ServerEntry {
        server: Server {
            addr: addr.parse().unwrap(),
            port: 8080,
            method,
            weight: 7,
            tunnel,
            u_threshold: 1000,
            l_threshold: 500,
        },
        active: 1,
        inactive: u32::MAX,
        persistent: 3,
        drain: None,
        feedback: 1000,
        answers: None,
        stats: Stats {
            totals: [1, 2, 3, u64::MAX, 5_000_000_000],
            rates: [6, 7, 8, 9, 10],
        },
    }
}

const EVERY_POLICY: &str = "tcp=2h,fin=30,udp=10,synrecv=5,closewait=20,reuse=3,nodest=on,\
                            quiescent=off,sloppy-tcp=on,sloppy-sctp=off";

/// What the recordings have no example of: traffic, thresholds, templates, slow start, a policy, numbers
/// that this program does not know.
#[test]
fn every_member() {
    let mut entry = ServiceEntry {
        service: Service {
            key: ServiceKey::Address {
                protocol: 50,
                addr: "10.0.0.1".parse().unwrap(),
                port: 80,
            },
            scheduler: "mh".into(),
            engine: Some("sip".into()),
            flags: 0x3f,
            timeout: 360,
            netmask: Netmask::Mask([255, 255, 0, 0].into()),
            slow_start: Some(30),
            policy: ipvsadm::command::policy::parse(EVERY_POLICY).unwrap(),
            name: Some("shop/web:443".into()),
        },
        stats: server("10.1.0.1", 0, Tunnel::default()).stats,
    };
    let tunnel = |kind, flags| Tunnel {
        kind,
        port: 6080,
        flags,
    };
    let method = Method::Tunnel as u32;
    let drain = |state, action, remaining_ms| DrainView {
        state,
        action,
        remaining_ms,
    };
    let drains = [
        drain(State::Draining, Action::Keep, None),
        drain(State::Draining, Action::Reset, Some(1500)),
        drain(State::Overdue, Action::Forget, Some(0)),
    ];
    let mut servers = [
        server("10.1.0.1", Method::Masquerade as u32, Tunnel::default()),
        server("127.0.0.1", Method::Local as u32, Tunnel::default()),
        ServerEntry {
            feedback: 500,
            answers: Some(Answers {
                handshakes: 12,
                handshake_ms: u64::MAX,
                resets: 3,
            }),
            ..server("10.1.0.3", Method::Route as u32, Tunnel::default())
        },
        server("10.1.0.4", method, tunnel(TunnelKind::Gue as u8, 0)),
        server("2001:db8::4", method, tunnel(TunnelKind::Gre as u8, 1)),
        server("10.1.0.5", method, tunnel(77, 2)),
        server("10.1.0.6", 6, Tunnel::default()),
    ];
    for (entry, drain) in servers.iter_mut().zip(drains) {
        entry.drain = Some(drain);
    }
    let mut out = Text::default();
    let mut rows = Rows::begin(&mut out, "services", None);
    rows.service(&mut out, &entry, &servers);
    entry.service.key = ServiceKey::Mark {
        mark: u32::MAX,
        ipv6: true,
    };
    entry.service.netmask = Netmask::Prefix(64);
    rows.service(&mut out, &entry, &[]);
    rows.end(&mut out);
    check("every-member", &out.to_string());
}

#[test]
fn daemons_of_an_ipv6_group_and_of_an_old_kernel() {
    let old = Daemon {
        state: 1,
        interface: "eth\"0".into(),
        ..Daemon::default()
    };
    let new = Daemon {
        state: 2,
        sync_id: 255,
        max_len: 1400,
        group: Some("ff02::5".parse().unwrap()),
        port: 8848,
        ttl: 255,
        ..old.clone()
    };
    let mut out = Text::default();
    let mut rows = Rows::begin(&mut out, "daemons", None);
    rows.daemon(&mut out, &old);
    rows.daemon(&mut out, &new);
    rows.end(&mut out);
    check("daemons-ipv6", &out.to_string());
}

#[test]
fn connections_with_and_without_engine() {
    let mut out = Text::default();
    let text = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A80001 D431 0A000001 0050 0A010001 1F90 ESTABLISHED     899
UDP 2001:0db8:0000:0000:0000:0000:0000:0002 13C4 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 \
2001:0db8:0000:0000:0000:0000:0000:0003 13C4 UDP             120
UDP C0A80001 13C4 0A000001 13C4 0A010001 13C4 UDP              59 sip call-1
";
    connections::json(&mut out, text);
    check("connections", &out.to_string());
}
