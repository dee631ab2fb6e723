// SPDX-License-Identifier: GPL-2.0
//! Replies of which the recordings have no example.

use super::attrs::{Malformed, Writer};
use super::decode;
use crate::model::{Netmask, Role, ServiceKey};
use ipvs_core::uapi::attr::{cmd, daemon, dest, stats, svc};

fn put_numbers(writer: &mut Writer, kind: u16, wide: bool) {
    writer.nest(kind, |nest| {
        for number in stats::CONNS..=stats::OUTBPS {
            let bytes = (u64::from(number) + 0x1_0000_0000).to_ne_bytes();
            let narrow = !wide && ![stats::INBYTES, stats::OUTBYTES].contains(&number);
            nest.put(number, if narrow { &bytes[..4] } else { &bytes });
        }
    });
}

/// A service as kernels send it, without the attribute `without`.
fn service(without: u16, wide: bool) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nest(cmd::SERVICE, |nest| {
        let mut put = |kind, bytes: &[u8]| {
            if kind != without {
                nest.put(kind, bytes);
            }
        };
        put(svc::AF, &2_u16.to_ne_bytes());
        put(svc::PROTOCOL, &6_u16.to_ne_bytes());
        put(
            svc::ADDR,
            &[10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        );
        put(svc::PORT, &80_u16.to_be_bytes());
        put(svc::SCHED_NAME, b"rr\0");
        put(svc::FLAGS, &[0x0f, 0, 0, 0, 0x05, 0, 0, 0]);
        put(svc::TIMEOUT, &360_u32.to_ne_bytes());
        put(svc::NETMASK, &[255, 255, 0, 0]);
        put_numbers(nest, svc::STATS, false);
        if wide {
            put_numbers(nest, svc::STATS64, true);
        }
    });
    writer.finish()
}

#[test]
fn a_service_and_its_traffic() {
    let entry = decode::service(&service(0, true)).unwrap();
    assert_eq!(entry.service.flags, 5, "only flags that count");
    assert_eq!(
        entry.service.netmask,
        Netmask::Mask([255, 255, 0, 0].into())
    );
    assert_eq!(
        entry.stats.totals,
        [1, 2, 3, 4, 5].map(|n| n + 0x1_0000_0000)
    );
    assert_eq!(
        entry.stats.rates,
        [6, 7, 8, 9, 10].map(|n| n + 0x1_0000_0000)
    );

    let old = decode::service(&service(0, false)).unwrap();
    assert_eq!(old.stats.totals, [1, 2, 3, 0x1_0000_0004, 0x1_0000_0005]);
    assert_eq!(old.stats.rates, [6, 7, 8, 9, 10]);
}

#[test]
fn a_service_that_lacks_something() {
    for kind in [
        svc::AF,
        svc::PROTOCOL,
        svc::ADDR,
        svc::PORT,
        svc::SCHED_NAME,
        svc::FLAGS,
        svc::TIMEOUT,
        svc::NETMASK,
    ] {
        assert_eq!(
            decode::service(&service(kind, true)),
            Err(Malformed),
            "{kind}"
        );
    }
    assert_eq!(decode::service(&[]), Err(Malformed));
}

#[test]
fn a_mark_needs_no_address() {
    let mut writer = Writer::default();
    writer.nest(cmd::SERVICE, |nest| {
        nest.put_u16(svc::AF, 10);
        nest.put_u32(svc::FWMARK, 7);
        nest.put_str(svc::SCHED_NAME, "rr");
        nest.put(svc::FLAGS, &[0xff; 8]);
        nest.put_u32(svc::TIMEOUT, 0);
        nest.put_u32(svc::NETMASK, 64);
    });
    let entry = decode::service(&writer.finish()).unwrap();
    assert_eq!(
        entry.service.key,
        ServiceKey::Mark {
            mark: 7,
            ipv6: true
        }
    );
    assert_eq!(entry.service.netmask, Netmask::Prefix(64));
    assert_eq!(entry.stats, Default::default());
}

/// A server as a kernel before 4.x sent it, without the attribute `without`.
fn server(without: u16) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nest(cmd::DEST, |nest| {
        for kind in dest::ADDR..=dest::PERSIST_CONNS {
            if kind != without {
                let len = if kind == dest::ADDR { 16 } else { 4 };
                nest.put(kind, &[1; 16][..len]);
            }
        }
    });
    writer.finish()
}

#[test]
fn a_server_of_an_old_kernel() {
    let entry = decode::server(&server(0), true, true).unwrap();
    assert_eq!(
        entry.server.addr.to_string(),
        "101:101:101:101:101:101:101:101"
    );
    assert_eq!(
        decode::server(&server(0), false, true)
            .unwrap()
            .server
            .addr
            .to_string(),
        "1.1.1.1"
    );
    assert_eq!(
        (entry.server.tunnel.kind, entry.persistent),
        (0, 0x0101_0101)
    );
    for kind in dest::ADDR..=dest::PERSIST_CONNS {
        assert_eq!(
            decode::server(&server(kind), true, true),
            Err(Malformed),
            "{kind}"
        );
    }
}

#[test]
fn info_and_timeouts() {
    let mut writer = Writer::default();
    writer.put_u32(1, 0x010201);
    assert_eq!(decode::info(&writer.finish()), Err(Malformed));
    let mut writer = Writer::default();
    writer.put_u32(cmd::TIMEOUT_UDP, 300);
    let timeouts = decode::timeouts(&writer.finish()).unwrap();
    assert_eq!((timeouts.tcp, timeouts.tcp_fin, timeouts.udp), (0, 0, 300));
}

#[test]
fn a_daemon_of_an_ipv6_group_and_of_an_old_kernel() {
    let basic = |nest: &mut Writer| {
        nest.put_u32(daemon::STATE, 2);
        nest.put_str(daemon::MCAST_IFN, "eth0");
        nest.put_u32(daemon::SYNC_ID, 7);
    };
    let mut writer = Writer::default();
    writer.nest(cmd::DAEMON, |nest| {
        basic(nest);
        nest.put(daemon::MCAST_GROUP6, &[0xff; 16]);
    });
    let found = decode::daemon(&writer.finish()).unwrap();
    assert_eq!(
        found.group,
        Some(std::net::Ipv6Addr::from([0xff; 16]).into())
    );

    let mut writer = Writer::default();
    writer.nest(cmd::DAEMON, basic);
    let found = decode::daemon(&writer.finish()).unwrap();
    assert_eq!(found.role(), Some(Role::Backup));
    assert_eq!((found.group, found.port, found.ttl), (None, 0, 0));
    assert_eq!((found.interface.as_str(), found.sync_id), ("eth0", 7));
    assert_eq!(decode::daemon(&[]), Err(Malformed));
}

/// A server as kernels send it today, with or without counters.
fn server_of_today(traffic: bool) -> Vec<u8> {
    let mut writer = Writer::default();
    let lengths = [
        (dest::ADDR, 16),
        (dest::PORT, 2),
        (dest::FWD_METHOD, 4),
        (dest::WEIGHT, 4),
        (dest::TUN_TYPE, 1),
        (dest::TUN_PORT, 2),
        (dest::TUN_FLAGS, 2),
        (dest::U_THRESH, 4),
        (dest::L_THRESH, 4),
        (dest::ACTIVE_CONNS, 4),
        (dest::INACT_CONNS, 4),
        (dest::PERSIST_CONNS, 4),
    ];
    for (kind, len) in lengths {
        let first = kind as u8 * 16;
        let data: Vec<u8> = (first..first + len).collect();
        writer.put(kind, &data);
    }
    writer.put_u16(dest::ADDR_FAMILY, 10);
    if traffic {
        for (kind, wide) in [(dest::STATS, false), (dest::STATS64, true)] {
            let mut nest = Writer::default();
            put_numbers(&mut nest, 0, wide);
            writer.put(kind, &nest.finish()[4..]);
        }
    }
    writer.finish()
}

#[test]
fn a_server_read_by_shape_is_the_one_read_by_attributes() {
    let same = |nest: &[u8]| {
        for (ipv6, traffic) in [(false, false), (false, true), (true, true)] {
            assert_eq!(
                decode::server_in(nest, ipv6, traffic),
                decode::server_of_any_shape(nest, ipv6, traffic),
                "{nest:?}"
            );
        }
    };
    for (traffic, len) in [(false, 116), (true, 116 + 92 + 124)] {
        let nest = server_of_today(traffic);
        assert_eq!(nest.len(), len);
        assert!(decode::shape::server(&nest).is_some(), "no general reader");
        same(&nest);
        // cut short, with something behind, and with each byte another
        for end in 0..nest.len() {
            same(&nest[..end]);
        }
        for more in [dest::ADDR, dest::STATS64, dest::WEIGHT, 0x1000] {
            same(
                &[
                    &nest[..],
                    &[8, 0, more as u8, (more >> 8) as u8, 9, 9, 9, 9],
                ]
                .concat(),
            );
        }
        for at in 0..nest.len() {
            for value in [0, 1, 2, 4, 5, 6, 8, 12, 20, 0x40, 0x80, 0xff] {
                let mut other = nest.clone();
                other[at] = value;
                same(&other);
            }
        }
        // another order: the first attribute last
        same(&[&nest[20..], &nest[..20]].concat());
    }
}

#[test]
fn counters_read_by_shape_are_those_read_by_attributes() {
    let mut writer = Writer::default();
    put_numbers(&mut writer, 0, true);
    let nest = &writer.finish()[4..];
    assert!(decode::shape::stats(nest).is_some());
    let same = |nest: &[u8]| {
        if let Some(stats) = decode::shape::stats(nest) {
            assert_eq!(Ok(stats), decode::stats_of_any_shape(nest), "{nest:?}");
        }
    };
    same(nest);
    for at in 0..nest.len() {
        same(&nest[..at]);
        for value in [0, 1, 4, 8, 11, 12, 0x80, 0xff] {
            let mut other = nest.to_vec();
            other[at] = value;
            same(&other);
        }
    }
}
