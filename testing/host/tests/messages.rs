// SPDX-License-Identifier: GPL-2.0

//! Control messages: any bytes, and what is emitted read back.

use ipvs_core::addr::{
    Addr,
    Family, //
};
use ipvs_core::byteorder::Be16;
use ipvs_core::uapi::dest::{
    emit_dest,
    parse_dest,
    DestKey,
    DestSpec,
    DestView, //
};
use ipvs_core::uapi::name::Name;
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::service::{
    emit_service,
    parse_service,
    ServiceId,
    ServiceKey,
    ServiceView, //
};
use ipvs_core::uapi::service_name::ServiceName;
use ipvs_core::uapi::stats::Stats;
use ipvs_host_tests::{
    attr,
    Buffer, //
};
use proptest::collection::vec;
use proptest::prelude::*;

fn addr() -> impl Strategy<Value = Addr> {
    (any::<bool>(), any::<[u8; 16]>()).prop_map(|(v6, octets)| {
        Addr::from_octets16(if v6 { Family::V6 } else { Family::V4 }, &octets)
    })
}

fn service_key() -> impl Strategy<Value = ServiceKey> {
    (
        addr(),
        any::<u16>(),
        any::<u16>(),
        any::<u32>(),
        any::<bool>(),
    )
        .prop_map(|(addr, proto, port, mark, marked)| ServiceKey {
            family: addr.family(),
            id: if marked && mark != 0 {
                ServiceId::Fwmark(mark)
            } else {
                ServiceId::Address {
                    proto,
                    addr,
                    port: Be16::from_host(port),
                }
            },
        })
}

fn name() -> impl Strategy<Value = Name> {
    vec(1u8.., 1..=15).prop_map(|bytes| Name::new(&bytes).unwrap())
}

/// Attributes, mostly of types and sizes that mean something, some of them broken.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let data = prop_oneof![
        4 => vec(any::<u8>(), 0..20),
        1 => Just(vec![2, 0]),
        1 => Just(vec![10, 0]),
        1 => Just(b"wlc\0".to_vec()),
        1 => Just(vec![0; 8]),
    ];
    let one = (0u16..20, data).prop_map(|(kind, data)| attr(kind, &data));
    let all = vec(one, 0..16).prop_map(|attrs| attrs.concat());
    (all, vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)).prop_map(|(mut bytes, flips)| {
        for (at, byte) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

/// The walk with an index that C makes, without any of core's code.
fn walk(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while bytes.len() >= at + 4 {
        let len = usize::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]));
        if len < 4 || at + len > bytes.len() {
            break;
        }
        let kind = u16::from_ne_bytes([bytes[at + 2], bytes[at + 3]]) & 0x3fff;
        found.push((kind, bytes[at + 4..at + len].to_vec()));
        at += (len + 3) & !3;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn attributes_are_those_of_an_obvious_walk(bytes in prop_oneof![hostile(), vec(any::<u8>(), 0..80)]) {
        let found: Vec<_> = Attrs::new(&bytes)
            .map(|attr| (attr.kind, attr.data.to_vec()))
            .collect();

        prop_assert_eq!(found, walk(&bytes));
    }

    #[test]
    fn hostile_services(bytes in hostile()) {
        let id = parse_service(&bytes, false);
        let full = parse_service(&bytes, true);
        // A full entry has an identity, and the same one.
        if let Ok((key, Some(_))) = full {
            prop_assert_eq!(id, Ok((key, None)));
        }
        if let Err(error) = id {
            prop_assert_eq!(full, Err(error));
        }
    }

    #[test]
    fn hostile_destinations(bytes in hostile()) {
        for family in [Family::V4, Family::V6] {
            if let Ok((key, Some(spec))) = parse_dest(&bytes, family, true) {
                prop_assert_eq!(parse_dest(&bytes, family, false), Ok((key, None)));
                prop_assert!(spec.method < 8);
                let _ = spec.validate(key.addr.family(), family);
            }
        }
    }

    #[test]
    fn services_come_back(
        key in service_key(), sched in prop::option::of(name()), pe in prop::option::of(name()),
        flags: u32, old: u32, timeout: u32, netmask: u32,
    ) {
        let view = ServiceView {
            key,
            sched: sched.as_ref(),
            pe: pe.as_ref(),
            flags,
            timeout,
            netmask,
            slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
            stats: Stats::default(),
        };
        let mut buffer = Buffer::default();
        emit_service(&mut buffer, &view).unwrap();
        let (parsed, spec) = parse_service(buffer.payload(), true).unwrap();
        let spec = spec.unwrap();

        prop_assert_eq!(parsed, key);
        prop_assert_eq!(spec.scheduler(), sched.as_ref().map(Name::as_bytes));
        prop_assert_eq!(spec.pe, pe);
        prop_assert_eq!(spec.merged_flags(old), flags);
        prop_assert_eq!((spec.timeout, spec.netmask), (timeout, netmask));
    }

    #[test]
    fn destinations_come_back(
        addr in addr(), port: u16, method in 0u32..8, weight: i32, thresholds: (u32, u32),
        tunnel: (u8, u16, u16), v6: bool,
    ) {
        let spec = DestSpec {
            method,
            weight,
            u_threshold: thresholds.0,
            l_threshold: thresholds.1,
            tun_type: tunnel.0,
            tun_port: Be16::from_host(tunnel.1),
            tun_flags: tunnel.2,
        };
        let key = DestKey { addr, port: Be16::from_host(port) };
        let mut buffer = Buffer::default();
        let view = DestView { key, spec, active: 1, inactive: 2, persist: 3, drain: None, feedback: 1000, answers: None, stats: Stats::default() };
        emit_dest(&mut buffer, &view).unwrap();
        let service = if v6 { Family::V6 } else { Family::V4 };

        prop_assert_eq!(parse_dest(buffer.payload(), service, true), Ok((key, Some(spec))));
    }

    /// A request is read the same whatever follows its last attribute, and in any order.
    #[test]
    fn order_and_junk_do_not_matter(
        order in Just((0usize..8).collect::<Vec<_>>()).prop_shuffle(), junk in vec(0u8..4, 0..4),
    ) {
        let attrs = [
            attr(1, &[2, 0]),
            attr(2, &[6, 0]),
            attr(3, &[192, 0, 2, 1]),
            attr(4, &[0, 80]),
            attr(6, b"rr\0"),
            attr(7, &[0; 8]),
            attr(8, &[0; 4]),
            attr(9, &[0xff; 4]),
        ];
        let mut shuffled: Vec<u8> = order.iter().flat_map(|at| attrs[*at].clone()).collect();
        shuffled.extend(junk);

        prop_assert_eq!(parse_service(&shuffled, true), parse_service(&attrs.concat(), true));
    }
}
