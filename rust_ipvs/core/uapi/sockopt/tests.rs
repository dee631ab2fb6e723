// SPDX-License-Identifier: GPL-2.0

//! Structures as programs in C make them.

use super::super::service_name::ServiceName;
use super::*;
use crate::estimate::{
    Counters,
    Rates, //
};
use crate::sched::slow::ONE;

/// `{6, 192.0.2.1, 8080, 0, "wlc", 1, 300, 255.255.255.0}`
fn service_user() -> [u8; 44] {
    let mut bytes = [0xee; 44];
    bytes[0..2].copy_from_slice(&6u16.to_ne_bytes());
    bytes[4..8].copy_from_slice(&[192, 0, 2, 1]);
    bytes[8..10].copy_from_slice(&[0x1f, 0x90]);
    bytes[12..16].fill(0);
    bytes[16..20].copy_from_slice(b"wlc\0");
    bytes[32..36].copy_from_slice(&1u32.to_ne_bytes());
    bytes[36..40].copy_from_slice(&300u32.to_ne_bytes());
    bytes[40..44].copy_from_slice(&[255, 255, 255, 0]);
    bytes
}

fn stats() -> Stats {
    Stats {
        counters: Counters {
            conns: 0x1_0000_0001,
            in_pkts: 2,
            out_pkts: 3,
            in_bytes: 0x4_0000_0004,
            out_bytes: 5,
        },
        rates: Rates {
            cps: 6,
            in_pps: 7,
            out_pps: 8,
            in_bps: 9,
            out_bps: 10,
        },
    }
}

#[test]
fn options_have_their_numbers() {
    for number in 0..2000 {
        if let Some(option) = Set::from_number(number) {
            assert_eq!(option as i32, number);
            assert!((BASE_CTL..=SET_MAX).contains(&number));
        }
        if let Some(option) = Get::from_number(number) {
            assert_eq!(option as i32, number);
            assert!((BASE_CTL..=GET_MAX).contains(&number));
        }
    }
    for legacy in [1152, 1153, 1158, 1165, 1166] {
        assert_eq!(Set::from_number(legacy), None);
    }
    assert_eq!(Set::from_number(1167), Some(Set::Zero));
    assert_eq!(Get::from_number(1157), None);
    assert_eq!(Get::from_number(1159), Some(Get::Daemon));
}

#[test]
fn a_service() {
    let bytes = service_user();
    let named = Named::read(&bytes);
    let spec = service_spec(&bytes).unwrap();

    assert_eq!(
        named.key(),
        ServiceKey {
            family: Family::V4,
            id: ServiceId::Address {
                proto: 6,
                addr: Ipv4Addr::new(192, 0, 2, 1).into(),
                port: Be16::from_host(8080),
            },
        }
    );
    assert!(named.has_known_proto() && !named.is_none());
    assert_eq!(spec.sched.as_bytes(), b"wlc");
    assert_eq!((spec.flags, spec.mask), (1, u32::MAX));
    assert_eq!((spec.timeout, spec.pe), (300, None));
    assert_eq!(spec.netmask.to_ne_bytes(), [255, 255, 255, 0]);
}

#[test]
fn a_mark_goes_before_the_address() {
    let mut bytes = service_user();
    bytes[12..16].copy_from_slice(&7u32.to_ne_bytes());
    bytes[0..2].copy_from_slice(&99u16.to_ne_bytes());
    let named = Named::read(&bytes);

    assert_eq!(named.key().id, ServiceId::Fwmark(7));
    assert!(!named.has_known_proto());
}

#[test]
fn none_is_all() {
    let mut bytes = service_user();
    bytes[0..16].fill(0);
    assert!(Named::read(&bytes).is_none());
    for at in [4, 8, 12] {
        let mut bytes = bytes;
        bytes[at] = 1;
        assert!(!Named::read(&bytes).is_none());
    }
    // The protocol does not count.
    bytes[0] = 6;
    assert!(Named::read(&bytes).is_none());
}

#[test]
fn a_name_without_an_end() {
    let mut bytes = service_user();
    bytes[16..32].fill(b'x');
    assert_eq!(service_spec(&bytes), None);
    bytes[31] = 0;
    assert_eq!(service_spec(&bytes).unwrap().sched.as_bytes(), [b'x'; 15]);
}

#[test]
fn a_destination() {
    let mut bytes = [0; 24];
    bytes[0..4].copy_from_slice(&[10, 1, 1, 2]);
    bytes[4..8].copy_from_slice(&[0x00, 0x50, 0xee, 0xee]);
    bytes[8..12].copy_from_slice(&0xffff_ffffu32.to_ne_bytes());
    bytes[12..16].copy_from_slice(&(-1i32).to_ne_bytes());
    bytes[16..20].copy_from_slice(&20u32.to_ne_bytes());
    bytes[20..24].copy_from_slice(&10u32.to_ne_bytes());
    let (key, spec) = (dest_key(&bytes), dest_spec(&bytes));

    assert_eq!(key.addr, Addr::V4(Ipv4Addr::new(10, 1, 1, 2)));
    assert_eq!(key.port, Be16::from_host(80));
    assert_eq!(spec.method, 0x1_2007);
    assert_eq!(spec.weight, -1);
    assert_eq!((spec.u_threshold, spec.l_threshold), (20, 10));
    assert_eq!((spec.tun_type, spec.tun_flags), (0, 0));
}

#[test]
fn entries_come_back_as_they_were_asked_for() {
    let bytes = service_user();
    let name = Name::new(b"wlc").unwrap();
    let view = ServiceView {
        key: Named::read(&bytes).key(),
        sched: Some(&name),
        pe: None,
        flags: 1,
        timeout: 300,
        netmask: u32::from_ne_bytes([255, 255, 255, 0]),
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: stats(),
    };
    let mut entry = [0xee; 104];
    put_service(&mut entry, &view, 11);

    assert_eq!(entry[..20], bytes[..20]);
    assert_eq!(entry[20..32], [0; 12]);
    assert_eq!(entry[32..44], bytes[32..]);
    assert_eq!(entry[44..48], 11u32.to_ne_bytes());
    let word = |at: usize| u32::from_ne_bytes(entry[48 + at..][..4].try_into().unwrap());
    let long = |at: usize| u64::from_ne_bytes(entry[48 + at..][..8].try_into().unwrap());
    assert_eq!([0, 4, 8].map(word), [1, 2, 3]);
    assert_eq!([16, 24].map(long), [0x4_0000_0004, 5]);
    assert_eq!([32, 36, 40, 44, 48].map(word), [6, 7, 8, 9, 10]);
    // What the fields leave free is whoever's it was.
    assert_eq!(entry[60..64], [0xee; 4]);

    put_service(
        &mut entry,
        &ServiceView {
            sched: None,
            ..view
        },
        0,
    );
    assert_eq!(entry[16..32], *b"none\0\0\0\0\0\0\0\0\0\0\0\0");
    let key = ServiceKey {
        id: ServiceId::Fwmark(7),
        ..view.key
    };
    put_service(&mut entry, &ServiceView { key, ..view }, 0);
    assert_eq!(Named::read(&entry).key(), key);
    assert_eq!(Named::read(&entry).proto, 6);
}

#[test]
fn a_destination_as_an_entry() {
    let mut view = DestView {
        key: DestKey {
            addr: Ipv4Addr::new(10, 1, 1, 2).into(),
            port: Be16::from_host(80),
        },
        spec: dest_spec(&[0; 24]),
        active: 1,
        inactive: 2,
        persist: 3,
        drain: None,
        feedback: ONE,
        answers: None,
        stats: stats(),
    };
    view.spec.weight = 5;
    let entry = dest_entry(&view);
    let word = |entry: &[u8], at: usize| u32::from_ne_bytes(entry[at..][..4].try_into().unwrap());

    assert_eq!(entry[..6], [10, 1, 1, 2, 0, 80]);
    assert_eq!(
        [8, 12, 16, 20, 24, 28, 32, 36, 40].map(|at| word(&entry, at)),
        [0x100, 5, 0, 0, 1, 2, 3, 0, 1]
    );
    for (method, flags) in [(1, 0x181), (2, 0x182), (3, 0x183), (0x1_2003, 0x1_2183)] {
        view.spec.method = method;
        assert_eq!(word(&dest_entry(&view), 8), flags);
    }
}

#[test]
fn a_daemon() {
    let mut bytes = [0; 24];
    bytes[0] = 1;
    bytes[4..9].copy_from_slice(b"eth0\0");
    bytes[20] = 9;
    let daemon = daemon_spec(&bytes).unwrap();
    assert_eq!((daemon.state, daemon.sync_id), (1, 9));
    assert_eq!(daemon.interface.as_bytes(), b"eth0");

    bytes[4..20].fill(b'x');
    assert_eq!(daemon_spec(&bytes), None);
    assert_eq!(daemon_state(&bytes), 1);
    bytes[4] = 0;
    assert_eq!(daemon_spec(&bytes), None);
}

#[test]
fn the_rest() {
    assert_eq!(info(256, 3)[..4], 0x01_02_01u32.to_ne_bytes());
    assert_eq!(info(256, 3)[4..8], 256u32.to_ne_bytes());
    assert_eq!(info(256, 3)[8..], 3u32.to_ne_bytes());
    assert_eq!(config_spec(&timeouts((1, 2, 3))).tcp_fin, 2);
    assert!(config_spec(&timeouts((0, u32::MAX, 0)))
        .validate(1)
        .is_err());
    assert_eq!(services_wanted(&[2, 0, 0, 0, 9, 9, 9, 9]), 2);
    assert_eq!(entry_at(8, 104, 3), 320);
    assert_eq!(entry_at(24, 96, 0), 24);
}
