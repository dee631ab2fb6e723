// SPDX-License-Identifier: GPL-2.0
use super::super::{read, write as file, Place};
use super::*;
use crate::command::policy;
use std::net::Ipv4Addr;

const FILE: &str = r#"[[service]]
tcp = "192.0.2.1:80"
scheduler = "mh"
scheduler_flags = ["mh-fallback", "mh-port"]
persistence = { timeout = 300, netmask = "255.255.255.0" }
slow_start = 30
name = "shop/web"
policy = { tcp = 7200, reuse = 3, nodest = true, sloppy_tcp = false }

  [[service.server]]
  address = "10.0.0.1:8080"
  method = "masquerading"
  weight = 0
  upper_threshold = 100
  lower_threshold = 80

  [[service.server]]
  address = "10.0.0.2:80"
  method = "tunnel"
  tunnel = { type = "gue", port = 6080, checksum = "remote" }
  weight = 5

[[service]]
udp = "[2001:db8::1]:53"
scheduler = "rr"
one_packet = true
persistence = { timeout = 360, prefix_length = 64 }

[[service]]
fwmark = 7
ipv6 = true
scheduler = "wlc"
"#;

#[test]
fn a_file_is_written_as_it_was_read() {
    let table = read("f", FILE).unwrap();
    assert_eq!(file(&table), FILE);
    assert_eq!(difference(&table, &table), []);
}

#[test]
fn defaults() {
    let table = read(
        "f",
        "[[service]]\ntcp = '192.0.2.1:80'\n[[service.server]]\naddress = '10.0.0.1'\n",
    )
    .unwrap();
    let entry = table.values().next().unwrap();
    assert_eq!(entry.service.scheduler, "wlc");
    let server = entry.servers.values().next().unwrap();
    let expected = Server {
        addr: Ipv4Addr::new(10, 0, 0, 1).into(),
        port: 80,
        ..Server::default()
    };
    assert_eq!(*server, expected);
}

#[test]
fn errors_tell_line_and_value() {
    let service = "\n[[service]]\ntcp = '192.0.2.1:80'\n";
    let server = "[[service.server]]\naddress = '10.0.0.1'\n";
    for (text, words) in [
        ("[[service]]\ntcp = '1.2.3'\n".to_owned(), "line 2"),
        ("[[service]]\ntcp = '1.2.3'\n".to_owned(), "`1.2.3'"),
        ("[[service]]\nschedule = 'rr'\n".to_owned(), "schedule"),
        ("[[service]]\n".to_owned(), "line 1: a service needs one of"),
        (
            format!("{service}name = 'a b'"),
            "line 2: invalid name `a b'",
        ),
        (
            format!("{service}policy = {{ fnord = 1 }}"),
            "line 2: policy has fnord, which is none of tcp, fin",
        ),
        (
            format!("{service}policy = {{ tcp = 0 }}"),
            "line 2: tcp of policy has to be seconds",
        ),
        (
            format!("{service}policy = {{ sloppy_tcp = 1 }}"),
            "line 2: sloppy_tcp of policy has to be true or false",
        ),
        (service.repeat(2), "line 5: tcp 192.0.2.1:80 is there twice"),
        (
            format!("{service}{server}{server}"),
            "line 6: tcp 192.0.2.1:80 has server 10.0.0.1:80 twice",
        ),
        (
            format!("{service}{server}weight = 2147483648"),
            "line 4: weight = 2147483648 is above",
        ),
        (format!("{service}{server}weight = -1"), "line 6"),
        (format!("{service}{server}method = 'nat'"), "`nat`"),
        (
            format!("{service}{server}tunnel = {{ type = 'gre' }}"),
            "line 4: tunnel is for",
        ),
        (
            format!("{service}persistence = {{ prefix_length = 3 }}"),
            "line 2: persistence over IPv4 takes netmask",
        ),
        (
            format!("{service}scheduler_flags = ['sh-port']"),
            "line 2: incompatible scheduler flag `sh-port'",
        ),
    ] {
        let error = read("f", &text).unwrap_err().to_string();
        assert!(error.starts_with("f: "), "{error}");
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn what_people_see() {
    let old = read("f", FILE).unwrap();
    let text = FILE
        .replace("slow_start = 30\n", "")
        .replace("weight = 5", "weight = 6")
        .replace("10.0.0.1:8080", "10.0.0.3:8080")
        .replace("fwmark = 7", "fwmark = 8");
    let new = read("f", &text).unwrap();
    let expected = r#"~ tcp = "192.0.2.1:80"
-     slow_start = 30
~   address = "10.0.0.2:80"
-       weight = 5
+       weight = 6
+   address = "10.0.0.3:8080"
+       method = "masquerading"
+       weight = 0
+       upper_threshold = 100
+       lower_threshold = 80
-   address = "10.0.0.1:8080"
-       method = "masquerading"
-       weight = 0
-       upper_threshold = 100
-       lower_threshold = 80
+ fwmark = 8
+     ipv6 = true
+     scheduler = "wlc"
- fwmark = 7
-     ipv6 = true
-     scheduler = "wlc"
"#;
    assert_eq!(show(&difference(&old, &new), false), expected);
    assert_eq!(show(&[], true), "");
}

/// As the kernel does.
fn applied(mut table: Table, changes: &[Change]) -> Table {
    for change in changes {
        let place = Place::of(change.key());
        match change {
            Change::AddService(service) => {
                let old = table.insert(place, Entry::new(service.clone(), []));
                assert!(old.is_none());
            }
            Change::EditService(_, service) => {
                table.get_mut(&place).unwrap().service = service.clone();
            }
            Change::DeleteService(..) => {
                table.remove(&place).unwrap();
            }
            Change::AddServer(_, server) => {
                let servers = &mut table.get_mut(&place).unwrap().servers;
                assert!(servers
                    .insert((server.addr, server.port), *server)
                    .is_none());
            }
            Change::EditServer(_, _, server) => {
                let servers = &mut table.get_mut(&place).unwrap().servers;
                assert!(servers
                    .insert((server.addr, server.port), *server)
                    .is_some());
            }
            Change::DeleteServer(_, server) => {
                let servers = &mut table.get_mut(&place).unwrap().servers;
                servers.remove(&(server.addr, server.port)).unwrap();
            }
        }
    }
    table
}

#[test]
fn of_random_tables_one_becomes_the_other() {
    let mut seed = 7_u32;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    let mut table = || {
        let mut table = Table::new();
        for number in 1..=random(6) {
            let scheduler = ["rr", "wlc", "sh"][random(3) as usize];
            let service = Service {
                key: ServiceKey::Mark {
                    mark: number + random(3),
                    ipv6: random(2) == 0,
                },
                scheduler: scheduler.into(),
                engine: None,
                flags: random(2) << 3,
                timeout: 0,
                netmask: crate::model::Netmask::host(false),
                slow_start: Some(random(2)),
                name: Some(["", "shop"][random(2) as usize].to_owned()),
                policy: policy::parse(["default", "udp=10s"][random(2) as usize]).unwrap(),
            };
            let servers = (0..random(8)).map(|_| Server {
                addr: Ipv4Addr::new(10, 0, 0, random(6) as u8).into(),
                port: 80,
                weight: random(3) as i32,
                ..Server::default()
            });
            let entry = Entry::new(service, servers.collect::<Vec<_>>());
            table.insert(Place::of(&entry.service.key), entry);
        }
        table
    };
    for _ in 0..2000 {
        let (from, to) = (table(), table());
        let changes = difference(&from, &to);
        assert_eq!(changes.is_empty(), from == to);
        assert_eq!(batch(&changes).len(), changes.len());
        assert_eq!(applied(from, &changes), to);
    }
}
