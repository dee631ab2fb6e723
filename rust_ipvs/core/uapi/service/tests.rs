// SPDX-License-Identifier: GPL-2.0

use super::super::tests::{
    attr,
    Buffer,
    Full, //
};
use super::*;
use crate::estimate::{
    Counters,
    Rates, //
};
use core::net::Ipv4Addr;
use std::vec::Vec;

/// TCP 192.0.2.1:8080.
fn id() -> Vec<Vec<u8>> {
    std::vec![
        attr(AF, &[2, 0]),
        attr(PROTOCOL, &[6, 0]),
        attr(ADDR, &[192, 0, 2, 1]),
        attr(PORT, &[0x1f, 0x90]),
    ]
}

/// The same with wlc, persistent for 300 s.
fn full() -> Vec<Vec<u8>> {
    let mut attrs = id();
    attrs.extend([
        attr(SCHED_NAME, b"wlc\0"),
        attr(FLAGS, &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        attr(TIMEOUT, &[0x2c, 1, 0, 0]),
        attr(NETMASK, &[255, 255, 255, 0]),
    ]);
    attrs
}

fn key() -> ServiceKey {
    ServiceKey {
        family: Family::V4,
        id: ServiceId::Address {
            proto: 6,
            addr: Addr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            port: Be16::from_host(8080),
        },
    }
}

fn parse(attrs: &[Vec<u8>], full: bool) -> Result<(ServiceKey, Option<ServiceSpec>), SpecError> {
    parse_service(&attrs.concat(), full)
}

fn spec(attrs: &[Vec<u8>]) -> ServiceSpec {
    parse(attrs, true).unwrap().1.unwrap()
}

#[test]
fn identity() {
    assert_eq!(parse(&id(), false), Ok((key(), None)));
    // What is not asked for is not looked for, but checked.
    assert_eq!(parse(&full(), false), Ok((key(), None)));
    let mut bad = id();
    bad.push(attr(TIMEOUT, &[1, 2]));
    assert_eq!(parse(&bad, false), Err(SpecError::ServiceTimeout));
}

#[test]
fn identity_needs_all_its_parts() {
    for missing in 0..4 {
        let mut attrs = id();
        attrs.remove(missing);

        assert_eq!(parse(&attrs, false), Err(SpecError::ServiceId));
    }
    assert_eq!(parse_service(&[], true), Err(SpecError::ServiceId));
}

#[test]
fn a_mark_is_an_identity() {
    let mark = [attr(AF, &[10, 0]), attr(FWMARK, &[7, 0, 0, 0])];
    let key = ServiceKey {
        family: Family::V6,
        id: ServiceId::Fwmark(7),
    };

    assert_eq!(parse(&mark, false), Ok((key, None)));
    // The address does not matter then.
    let both = [&mark[..], &id()[1..]].concat();
    assert_eq!(parse(&both, false), Ok((key, None)));
    assert_eq!(parse(&mark[1..], false), Err(SpecError::ServiceId));
}

#[test]
fn a_mark_of_0_is_tcp_to_nowhere() {
    let nowhere = ServiceId::Address {
        proto: 6,
        addr: Addr::V4(Ipv4Addr::UNSPECIFIED),
        port: Be16::ZERO,
    };
    let attrs = [&id()[..], &[attr(FWMARK, &[0; 4])]].concat();

    assert_eq!(parse(&attrs, false).unwrap().0.id, nowhere);
}

#[test]
fn families() {
    let mut attrs = id();
    attrs[0] = attr(AF, &[7, 0]);
    assert_eq!(parse(&attrs, false), Err(SpecError::ServiceFamily));
    // Before what is missing of a full entry, after what is missing of the identity.
    assert_eq!(parse(&attrs, true), Err(SpecError::ServiceFamily));
    attrs.pop();
    assert_eq!(parse(&attrs, true), Err(SpecError::ServiceId));
}

#[test]
fn any_protocol_is_an_identity() {
    let mut attrs = id();
    attrs[1] = attr(PROTOCOL, &[0x06, 0x01]);
    let ServiceId::Address { proto, .. } = parse(&attrs, false).unwrap().0.id else {
        panic!();
    };

    assert_eq!(proto, 0x0106);
}

#[test]
fn full_entry() {
    let spec = spec(&full());

    assert_eq!(spec.scheduler(), Some(&b"wlc"[..]));
    assert_eq!((spec.flags, spec.mask), (1, u32::MAX));
    assert_eq!(spec.timeout, 300);
    assert_eq!(spec.netmask.to_ne_bytes(), [255, 255, 255, 0]);
    assert_eq!(spec.pe, None);
}

#[test]
fn full_entry_needs_all_its_parts() {
    for missing in 4..8 {
        let mut attrs = full();
        attrs.remove(missing);

        assert_eq!(parse(&attrs, true), Err(SpecError::ServiceIncomplete));
    }
}

#[test]
fn names() {
    let with = |kind, name: &[u8]| [&full()[..], &[attr(kind, name)]].concat();

    assert_eq!(spec(&with(SCHED_NAME, b"none\0")).scheduler(), None);
    assert_eq!(spec(&with(SCHED_NAME, b"\0")).scheduler(), Some(&b""[..]));
    assert_eq!(spec(&with(PE_NAME, b"sip\0")).pe, Name::new(b"sip"));
    assert_eq!(spec(&with(PE_NAME, b"\0")).pe, None);
    assert!(parse(&with(SCHED_NAME, b"0123456789abcde\0"), true).is_ok());
    assert_eq!(
        parse(&with(SCHED_NAME, b"0123456789abcdef\0"), true),
        Err(SpecError::ServiceSchedName)
    );
    assert!(parse(&with(PE_NAME, b"0123456789abcdef\0"), true).is_ok());
    assert_eq!(
        parse(&with(PE_NAME, b"sip"), true),
        Err(SpecError::ServicePeName)
    );
}

#[test]
fn the_service_of_a_dump() {
    let nest = attr(cmd::SERVICE, &id().concat());
    let of = |attrs: &[&[u8]]| service_of_dump(&attrs.concat()).map(<[u8]>::to_vec);

    assert_eq!(of(&[]), None);
    assert_eq!(of(&[&nest]), Some(id().concat()));
    assert_eq!(of(&[&attr(cmd::SERVICE, &[]), &nest]), Some(id().concat()));
    assert_eq!(of(&[&nest, &attr(77, &[1]), &[1, 2]]), Some(id().concat()));
    for (kind, len) in [(cmd::SERVICE, 3), (cmd::DAEMON, 1), (cmd::TIMEOUT_UDP, 3)] {
        assert_eq!(of(&[&attr(kind, &[0; 3][..len]), &nest]), None);
    }
}

#[test]
fn flags_merge() {
    let flags = |bytes: &[u8]| spec(&[&full()[..], &[attr(FLAGS, bytes)]].concat());

    assert_eq!(
        flags(&[5, 0, 0, 0, 4, 0, 0, 0]).merged_flags(0x8 | 0x2),
        0xe
    );
    assert_eq!(flags(&[0, 0, 0, 0, 4, 0, 0, 0]).merged_flags(0x6), 0x2);
    // Without a mask nothing changes.
    assert_eq!(flags(&[1]).merged_flags(0x4), 0x4);
    assert_eq!(flags(&[0xff; 8]).merged_flags(0), u32::MAX);
}

#[test]
fn sizes() {
    let sizes: [(u16, usize, SpecError); 8] = [
        (AF, 1, SpecError::ServiceAf),
        (PROTOCOL, 1, SpecError::ServiceProtocol),
        (ADDR, 17, SpecError::ServiceAddr),
        (PORT, 1, SpecError::ServicePort),
        (FWMARK, 3, SpecError::ServiceFwmark),
        (FLAGS, 9, SpecError::ServiceFlags),
        (NETMASK, 3, SpecError::ServiceNetmask),
        (STATS, 3, SpecError::ServiceStats),
    ];
    for (kind, len, error) in sizes {
        let attrs = [&full()[..], &[attr(kind, &[0; 17][..len])]].concat();

        assert_eq!(parse(&attrs, true), Err(error));
    }
    // STATS64 came later and was never looked at.
    assert!(parse(&[&full()[..], &[attr(STATS64, &[1])]].concat(), true).is_ok());
}

#[test]
fn prefixes_of_ipv6() {
    let with = |netmask| ServiceSpec {
        netmask,
        ..spec(&full())
    };
    for (netmask, good) in [
        (0, false),
        (1, true),
        (128, true),
        (129, false),
        (0xffff_ffff, false),
    ] {
        assert_eq!(with(netmask).validate(Family::V6).is_ok(), good);
        assert_eq!(with(netmask).validate(Family::V4), Ok(()));
    }
}

fn stats() -> Stats {
    Stats {
        counters: Counters {
            conns: 0x1_0000_0002,
            in_pkts: 3,
            out_pkts: 4,
            in_bytes: 0x5_0000_0006,
            out_bytes: 7,
        },
        rates: Rates {
            cps: 8,
            in_pps: 9,
            out_pps: 10,
            in_bps: 0x1_0000_000b,
            out_bps: 12,
        },
    }
}

#[test]
fn emission() {
    let sched = Name::new(b"wlc").unwrap();
    let mut buffer = Buffer::default();
    let view = ServiceView {
        key: key(),
        sched: Some(&sched),
        pe: None,
        flags: 0x3,
        timeout: 300,
        netmask: u32::from_ne_bytes([255, 255, 255, 0]),
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: stats(),
    };
    emit_service(&mut buffer, &view).unwrap();

    #[rustfmt::skip]
    let expected = [
        &[0x2c, 0x01, 1, 0][..], // SERVICE, 4 + 80 + 92 + 124 = 300 bytes, without NLA_F_NESTED
        &[6, 0, 1, 0, 2, 0, 0, 0], // AF
        &[6, 0, 2, 0, 6, 0, 0, 0], // PROTOCOL
        &[20, 0, 3, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // ADDR
        &[6, 0, 4, 0, 0x1f, 0x90, 0, 0], // PORT
        &[8, 0, 6, 0, b'w', b'l', b'c', 0], // SCHED_NAME
        &[12, 0, 7, 0, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], // FLAGS
        &[8, 0, 8, 0, 0x2c, 1, 0, 0], // TIMEOUT
        &[8, 0, 9, 0, 255, 255, 255, 0], // NETMASK
        &[92, 0, 10, 0], // STATS
        &[8, 0, 1, 0, 2, 0, 0, 0], // the low half
        &[8, 0, 2, 0, 3, 0, 0, 0],
        &[8, 0, 3, 0, 4, 0, 0, 0],
        &[12, 0, 4, 0, 6, 0, 0, 0, 5, 0, 0, 0],
        &[12, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0],
        &[8, 0, 6, 0, 8, 0, 0, 0],
        &[8, 0, 7, 0, 9, 0, 0, 0],
        &[8, 0, 8, 0, 10, 0, 0, 0],
        &[8, 0, 9, 0, 11, 0, 0, 0], // the low half
        &[8, 0, 10, 0, 12, 0, 0, 0],
        &[124, 0, 12, 0], // STATS64
        &[12, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0],
        &[12, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 4, 0, 6, 0, 0, 0, 5, 0, 0, 0],
        &[12, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 6, 0, 8, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 7, 0, 9, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 8, 0, 10, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0, 9, 0, 11, 0, 0, 0, 1, 0, 0, 0],
        &[12, 0, 10, 0, 12, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(buffer.0, expected);
}

#[test]
fn emission_of_a_mark_without_a_scheduler() {
    let pe = Name::new(b"sip").unwrap();
    let mut buffer = Buffer::default();
    let view = ServiceView {
        key: ServiceKey {
            family: Family::V6,
            id: ServiceId::Fwmark(7),
        },
        sched: None,
        pe: Some(&pe),
        flags: 0,
        timeout: 0,
        netmask: 128,
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: Stats::default(),
    };
    emit_service(&mut buffer, &view).unwrap();

    #[rustfmt::skip]
    let start = [
        &[6, 0, 1, 0, 10, 0, 0, 0][..], // AF
        &[8, 0, 5, 0, 7, 0, 0, 0], // FWMARK
        &[9, 0, 6, 0, b'n', b'o', b'n', b'e', 0, 0, 0, 0], // SCHED_NAME
        &[8, 0, 11, 0, b's', b'i', b'p', 0], // PE_NAME
        &[12, 0, 7, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], // FLAGS
        &[8, 0, 8, 0, 0, 0, 0, 0], // TIMEOUT
        &[8, 0, 9, 0, 128, 0, 0, 0], // NETMASK
    ]
    .concat();
    assert_eq!(buffer.0[4..][..start.len()], start);
    // What is emitted is also a valid request.
    let (key, spec) = parse_service(&buffer.0[4..], true).unwrap();
    assert_eq!(key, view.key);
    assert_eq!(spec.unwrap().scheduler(), None);
    assert_eq!(spec.unwrap().pe, Some(pe));
}

#[test]
fn lack_of_room_is_passed_on() {
    let view = ServiceView {
        key: key(),
        sched: None,
        pe: None,
        flags: 0,
        timeout: 0,
        netmask: 0,
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: Stats::default(),
    };
    let attributes = (0..100).find(|room| emit_service(&mut Full(*room), &view).is_ok());

    // SERVICE, 8 of its own, two nests of 10 each.
    assert_eq!(attributes, Some(1 + 8 + 2 * 11));
}

#[test]
fn slow_start() {
    let with = |data: &[u8]| {
        let mut attrs = full();
        attrs.push(attr(SLOW_START, data));
        parse_service(&attrs.concat(), true)
    };
    assert_eq!(spec(&full()).slow_start, None);
    let (_, found) = with(&30_u32.to_ne_bytes()).unwrap();
    assert_eq!(found.unwrap().slow_start, Some(30));
    let (_, found) = with(&[0, 0, 0, 0, 9]).unwrap();
    assert_eq!(found.unwrap().slow_start, Some(0));
    assert_eq!(with(&[1, 0, 0]), Err(SpecError::ServiceSlowStart));

    let mut view = ServiceView {
        key: key(),
        sched: None,
        pe: None,
        flags: 0,
        timeout: 0,
        netmask: 0,
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: Stats::default(),
    };
    let (mut without, mut shown) = (Buffer::default(), Buffer::default());
    emit_service_brief(&mut without, &view).unwrap();
    view.slow_start = 30;
    emit_service_brief(&mut shown, &view).unwrap();
    // The nest is longer, and the attribute comes last.
    assert_eq!(shown.0[4..without.0.len()], without.0[4..]);
    assert_eq!(shown.0[without.0.len()..], attr(SLOW_START, &[30, 0, 0, 0]));
}
