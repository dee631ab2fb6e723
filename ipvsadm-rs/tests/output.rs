// SPDX-License-Identifier: GPL-2.0
//! Tables of which the VM shows no example: names, traffic, connections.
#![allow(missing_docs)]

mod common;

use common::FewNames;
use ipvsadm::dialect::Dialect;
use ipvsadm::model::{
    Method, Netmask, Server, ServerEntry, Service, ServiceEntry, ServiceKey, Stats, Tunnel,
};
use ipvsadm::output::name::Speller;
use ipvsadm::output::text::Text;
use ipvsadm::output::{self, connections, save, Style, View};
use std::net::IpAddr;

fn key(addr: &str, port: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol: 6,
        addr: addr.parse().unwrap(),
        port,
    }
}

fn service(key: ServiceKey) -> ServiceEntry {
    let service = Service {
        key,
        scheduler: "rr".into(),
        engine: None,
        flags: 2,
        timeout: 0,
        netmask: Netmask::host(key.is_ipv6()),
        slow_start: None,
        policy: Default::default(),
        name: None,
    };
    let stats = Stats {
        totals: [1, 20, 300, 4_000_000_000, 5],
        rates: [6, 7, 8, 9, 123_456_789_012],
    };
    ServiceEntry { service, stats }
}

fn server(addr: &str) -> ServerEntry {
    let addr: IpAddr = addr.parse().unwrap();
    let server = Server {
        addr,
        port: 80,
        method: Method::Masquerade as u32,
        weight: 1,
        tunnel: Tunnel::default(),
        u_threshold: 30,
        l_threshold: 20,
    };
    let stats = Stats {
        totals: [9_999_999_999, 2, 3, 4, 5],
        rates: [100_000_000, 7, 8, 100_000_000, 9],
    };
    ServerEntry {
        server,
        active: 4,
        inactive: 5,
        persistent: 6,
        drain: None,
        feedback: 1000,
        answers: None,
        stats,
    }
}

fn shown(style: Style, service: &ServiceEntry, servers: &[ServerEntry]) -> Vec<String> {
    let mut out = Text::default();
    output::service(&mut out, style, &FewNames, service, servers);
    out.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn names_are_cut_for_ipv4_only() {
    let lines = shown(
        Style::default(),
        &service(key("10.0.0.2", 80)),
        &[server("10.0.0.2")],
    );
    assert_eq!(lines[0], "TCP  a-name-of-more-than-28-chara rr");
    assert_eq!(
        lines[1],
        "  -> a-name-of-more-than-28-chara Masq    1      4          5         "
    );

    let lines = shown(
        Style::default(),
        &service(key("2001:db8::1", 80)),
        &[server("2001:db8::1")],
    );
    let name = "[a-rather-long-name-of-an-ipv6-service.example.net]:http";
    assert_eq!(lines[0], format!("TCP  {name} rr"));
    assert_eq!(
        lines[1],
        format!("  -> {name} Masq    1      4          5         ")
    );

    let numeric = Style {
        numeric: true,
        ..Style::default()
    };
    assert_eq!(
        shown(numeric, &service(key("10.0.0.2", 80)), &[])[0],
        "TCP  10.0.0.2:80 rr"
    );
    assert_eq!(
        shown(numeric, &service(key("::1.2.3.4", 80)), &[])[0],
        "TCP  [::1.2.3.4]:80 rr"
    );
    assert_eq!(
        shown(numeric, &service(key("::5", 80)), &[])[0],
        "TCP  [::5]:80 rr"
    );
}

#[test]
fn traffic() {
    let style = Style {
        view: View::Stats,
        numeric: true,
        ..Style::default()
    };
    let (entry, servers) = (service(key("10.0.0.1", 80)), [server("10.1.0.1")]);
    assert_eq!(
        shown(style, &entry, &servers),
        [
            "TCP  10.0.0.1:80                         1       20      300    4000M        5",
            "  -> 10.1.0.1:80                     9999M        2        3        4        5",
        ]
    );
    let exact = Style {
        exact: true,
        ..style
    };
    assert_eq!(
        shown(exact, &entry, &servers),
        [
            "TCP  10.0.0.1:80                         1       20      300 4000000000        5",
            "  -> 10.1.0.1:80                  9999999999        2        3        4        5",
        ]
    );
}

#[test]
fn rates() {
    let style = Style {
        view: View::Rate,
        numeric: true,
        ..Style::default()
    };
    assert_eq!(
        shown(style, &service(key("10.0.0.1", 80)), &[server("10.1.0.1")]),
        [
            "TCP  10.0.0.1:80                         6        7        8        9     123G",
            "  -> 10.1.0.1:80                  100000000        7        8  100000K        9",
        ]
    );
}

#[test]
fn thresholds_and_templates() {
    let style = Style {
        view: View::Thresholds,
        numeric: true,
        ..Style::default()
    };
    let (entry, servers) = (service(key("10.0.0.1", 80)), [server("10.1.0.1")]);
    assert_eq!(
        shown(style, &entry, &servers)[1],
        "  -> 10.1.0.1:80                  30         20         4          5         "
    );
    let style = Style {
        view: View::Persistent,
        ..style
    };
    assert_eq!(
        shown(style, &entry, &servers)[1],
        "  -> 10.1.0.1:80                  1         6           4          5         "
    );
}

const CONNECTIONS: &str = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A80001 D431 0A000001 0050 0A010001 1F90 ESTABLISHED     899
UDP [2001:0db8::1] 13C4 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 ::2 13C4 UDP             120
UDP C0A80001 13C4 0A000001 13C4 0A010001 13C4 UDP              59 sip call-1
a line of something else
";

fn table(style: Style) -> Vec<String> {
    let mut out = Text::default();
    connections::table(&mut out, CONNECTIONS, style, &FewNames);
    out.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn connections_by_number_and_by_name() {
    let numeric = Style {
        numeric: true,
        ..Style::default()
    };
    let lines = table(numeric);
    assert_eq!(
        lines[..3],
        [
            "IPVS connection entries",
            "pro expire state       source             virtual            destination",
            "TCP 14:59  ESTABLISHED 192.168.0.1:54321  10.0.0.1:80        10.1.0.1:8080",
        ]
    );
    assert_eq!(
        lines.last().unwrap(),
        "UDP 00:59  UDP         192.168.0.1:5060   10.0.0.1:5060      10.1.0.1:5060"
    );
    assert_eq!(
        table(Style::default())[2],
        "TCP 14:59  ESTABLISHED 192.168.0.1:54321  vip.example:http   10.1.0.1:8080"
    );
}

#[test]
fn connections_with_engines() {
    let lines = table(Style {
        numeric: true,
        engines: true,
        ..Style::default()
    });
    assert_eq!(
        lines[1],
        "pro expire state       source             virtual            destination        pe name          pe_data"
    );
    assert_eq!(
        lines.last().unwrap(),
        "UDP 00:59  UDP         192.168.0.1:5060   10.0.0.1:5060      10.1.0.1:5060    sip                call-1"
    );
}

fn saved(dialect: Dialect, numeric: bool, entry: &ServiceEntry, servers: &[ServerEntry]) -> String {
    let mut out = Text::default();
    let speller = Speller::new(numeric, &FewNames);
    save::service(&mut out, dialect, &speller, &entry.service, servers);
    out.to_string()
}

#[test]
fn what_stock_does_not_save() {
    let mut entry = service(key("10.0.0.1", 80));
    entry.service.scheduler = "sh".into();
    entry.service.flags = 2 | 0x28;
    let mut local = server("127.0.0.1");
    local.server.method = Method::Local as u32;
    local.server.port = 8080;
    let servers = [server("10.1.0.1"), local];
    assert_eq!(
        saved(Dialect::Own, true, &entry, &servers),
        "-A -t 10.0.0.1:80 -s sh -b sh-fallback,flag-3\n\
         -a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1 -x 30 -y 20\n\
         -a -t 10.0.0.1:80 -r 127.0.0.1:8080 -m -w 1 -x 30 -y 20\n"
    );
    assert_eq!(
        saved(Dialect::Stock, true, &entry, &servers),
        "-A -t 10.0.0.1:80 -s sh -b sh-fallback\n\
         -a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n\
         -a -t 10.0.0.1:80 -r 127.0.0.1:8080 -g -w 1\n"
    );

    let entry = service(ServiceKey::Mark {
        mark: 4_294_967_295,
        ipv6: true,
    });
    assert_eq!(
        saved(Dialect::Own, true, &entry, &[]),
        "-A -f 4294967295 -6 -s rr\n"
    );
    assert_eq!(
        saved(Dialect::Stock, true, &entry, &[]),
        "-A -f -1 -6 -s rr\n"
    );
}

#[test]
fn names_that_are_saved() {
    let entry = service(key("2001:db8::1", 80));
    assert_eq!(
        saved(Dialect::Own, false, &entry, &[]),
        "-A -t [2001:db8::1]:http -s rr\n"
    );
    assert_eq!(
        saved(Dialect::Stock, false, &entry, &[]),
        "-A -t [a-rather-long-name-of-an-ipv6-service.example.net]:http -s rr\n"
    );
    let entry = service(key("10.0.0.1", 80));
    assert_eq!(
        saved(Dialect::Own, false, &entry, &[]),
        "-A -t vip.example:http -s rr\n"
    );
}
