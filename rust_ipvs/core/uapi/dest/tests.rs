// SPDX-License-Identifier: GPL-2.0

use super::super::drain::{
    read_drain,
    Action,
    State, //
};
use super::super::tests::{
    attr,
    Buffer, //
};
use super::*;
use core::net::Ipv4Addr;
use std::vec::Vec;

const ADDRESS: Addr = Addr::V4(Ipv4Addr::new(172, 16, 0, 2));

/// 172.16.0.2:8080 by NAT with weight 5 and thresholds 100 and 80.
fn full() -> Vec<Vec<u8>> {
    std::vec![
        attr(ADDR, &[172, 16, 0, 2]),
        attr(PORT, &[0x1f, 0x90]),
        attr(FWD_METHOD, &[0, 0, 0, 0]),
        attr(WEIGHT, &[5, 0, 0, 0]),
        attr(U_THRESH, &[100, 0, 0, 0]),
        attr(L_THRESH, &[80, 0, 0, 0]),
    ]
}

fn with(more: &[Vec<u8>]) -> Vec<Vec<u8>> {
    [&full()[..], more].concat()
}

fn parse(attrs: &[Vec<u8>], full: bool) -> Result<(DestKey, Option<DestSpec>), SpecError> {
    parse_dest(&attrs.concat(), Family::V4, full)
}

fn spec(attrs: &[Vec<u8>]) -> DestSpec {
    parse(attrs, true).unwrap().1.unwrap()
}

#[test]
fn full_entry() {
    let (key, spec) = parse(&full(), true).unwrap();
    let expected = DestSpec {
        method: 0,
        weight: 5,
        u_threshold: 100,
        l_threshold: 80,
        tun_type: 0,
        tun_port: Be16::ZERO,
        tun_flags: 0,
    };

    assert_eq!(key.addr, ADDRESS);
    assert_eq!(key.port.to_host(), 8080);
    assert_eq!(spec, Some(expected));
    assert_eq!(expected.method(), Some(Method::Masq));
    assert_eq!(parse(&full(), false), Ok((key, None)));
}

#[test]
fn parts_that_must_be_there() {
    for (missing, error) in [
        (0, SpecError::DestId),
        (1, SpecError::DestId),
        (2, SpecError::DestIncomplete),
        (3, SpecError::DestIncomplete),
        (4, SpecError::DestIncomplete),
        (5, SpecError::DestIncomplete),
    ] {
        let mut attrs = full();
        attrs.remove(missing);

        assert_eq!(parse(&attrs, true), Err(error));
        assert_eq!(parse(&attrs, false).is_ok(), missing > 1);
    }
}

#[test]
fn family_is_that_of_the_service_unless_said() {
    let family = |attrs: &[Vec<u8>], service| {
        parse_dest(&attrs.concat(), service, false).map(|(key, _)| key.addr.family())
    };

    assert_eq!(family(&full(), Family::V4), Ok(Family::V4));
    assert_eq!(family(&full(), Family::V6), Ok(Family::V6));
    assert_eq!(
        family(&with(&[attr(ADDR_FAMILY, &[0, 0])]), Family::V6),
        Ok(Family::V6)
    );
    assert_eq!(
        family(&with(&[attr(ADDR_FAMILY, &[2, 0])]), Family::V6),
        Ok(Family::V4)
    );
    assert_eq!(
        family(&with(&[attr(ADDR_FAMILY, &[3, 0])]), Family::V4),
        Err(SpecError::DestFamily)
    );
}

#[test]
fn what_is_missing_comes_before_the_family() {
    let mut attrs = with(&[attr(ADDR_FAMILY, &[3, 0])]);
    assert_eq!(parse(&attrs, true), Err(SpecError::DestFamily));
    attrs.remove(3);
    assert_eq!(parse(&attrs, true), Err(SpecError::DestIncomplete));
}

#[test]
fn tunnels() {
    let spec = spec(&with(&[
        attr(FWD_METHOD, &[0xfa, 0xff, 0xff, 0xff]),
        attr(TUN_TYPE, &[1]),
        attr(TUN_PORT, &[0x16, 0xfe]),
        attr(TUN_FLAGS, &[2, 0]),
    ]));

    assert_eq!(spec.method, 2);
    assert_eq!(spec.method(), Some(Method::Tunnel));
    assert_eq!((spec.tun_type, spec.tun_flags), (1, 2));
    assert_eq!(spec.tun_port.to_host(), 5886);
}

#[test]
fn sizes() {
    for (kind, len, error) in [
        (ADDR, 17, SpecError::DestAddr),
        (PORT, 1, SpecError::DestPort),
        (FWD_METHOD, 3, SpecError::DestFwdMethod),
        (WEIGHT, 3, SpecError::DestWeight),
        (U_THRESH, 3, SpecError::DestUThresh),
        (L_THRESH, 3, SpecError::DestLThresh),
        (ACTIVE_CONNS, 3, SpecError::DestActiveConns),
        (INACT_CONNS, 3, SpecError::DestInactConns),
        (PERSIST_CONNS, 3, SpecError::DestPersistConns),
        (STATS, 3, SpecError::DestStats),
        (ADDR_FAMILY, 1, SpecError::DestAddrFamily),
        (TUN_TYPE, 0, SpecError::DestTunType),
        (TUN_PORT, 1, SpecError::DestTunPort),
        (TUN_FLAGS, 1, SpecError::DestTunFlags),
    ] {
        assert_eq!(
            parse(&with(&[attr(kind, &[0; 17][..len])]), true),
            Err(error)
        );
    }
}

#[test]
fn checks_and_their_order() {
    let good = spec(&full());
    let check = |spec: DestSpec| spec.validate(Family::V4, Family::V4);
    assert_eq!(check(good), Ok(()));

    // Everything is wrong; each check in turn is satisfied.
    let mut bad = DestSpec {
        method: 3,
        weight: -1,
        u_threshold: 0x8000_0000,
        l_threshold: 0x8000_0001,
        tun_type: tun_type::GUE,
        ..good
    };
    assert_eq!(
        bad.validate(Family::V6, Family::V4),
        Err(SpecError::DestMixedFamily)
    );
    bad.method = 2;
    assert_eq!(
        bad.validate(Family::V6, Family::V4),
        Err(SpecError::DestWeightRange)
    );
    bad.weight = i32::MAX;
    assert_eq!(check(bad), Err(SpecError::DestThresholds));
    bad.l_threshold = 0x8000_0000;
    assert_eq!(check(bad), Err(SpecError::DestUThreshRange));
    (bad.l_threshold, bad.u_threshold) = (0x7fff_ffff, 0x7fff_ffff);
    assert_eq!(check(bad), Err(SpecError::DestGuePort));
    bad.method = 0;
    assert_eq!(check(bad), Err(SpecError::DestGuePort));
    bad.tun_port = Be16::from_host(1);
    assert_eq!(check(bad), Ok(()));
}

#[test]
fn weights_beyond_an_int_are_negative() {
    let spec = spec(&with(&[attr(WEIGHT, &[0, 0, 0, 0x80])]));

    assert_eq!(spec.weight, i32::MIN);
    assert_eq!(
        spec.validate(Family::V4, Family::V4),
        Err(SpecError::DestWeightRange)
    );
}

#[test]
fn emission() {
    let mut buffer = Buffer::default();
    let view = DestView {
        key: DestKey {
            addr: ADDRESS,
            port: Be16::from_host(8080),
        },
        spec: DestSpec {
            tun_type: 1,
            tun_port: Be16::from_host(5886),
            tun_flags: 2,
            method: 2,
            ..spec(&full())
        },
        active: 3,
        inactive: 4,
        persist: 5,
        drain: None,
        feedback: ONE,
        answers: None,
        stats: Stats::default(),
    };
    emit_dest(&mut buffer, &view).unwrap();

    #[rustfmt::skip]
    let start = [
        &[0x50, 0x01, 2, 0][..], // DEST, 4 + 116 + 92 + 124 = 336 bytes, without NLA_F_NESTED
        &[20, 0, 1, 0, 172, 16, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // ADDR
        &[6, 0, 2, 0, 0x1f, 0x90, 0, 0], // PORT
        &[8, 0, 3, 0, 2, 0, 0, 0], // FWD_METHOD
        &[8, 0, 4, 0, 5, 0, 0, 0], // WEIGHT
        &[5, 0, 13, 0, 1, 0, 0, 0], // TUN_TYPE
        &[6, 0, 14, 0, 0x16, 0xfe, 0, 0], // TUN_PORT
        &[6, 0, 15, 0, 2, 0, 0, 0], // TUN_FLAGS
        &[8, 0, 5, 0, 100, 0, 0, 0], // U_THRESH
        &[8, 0, 6, 0, 80, 0, 0, 0], // L_THRESH
        &[8, 0, 7, 0, 3, 0, 0, 0], // ACTIVE_CONNS
        &[8, 0, 8, 0, 4, 0, 0, 0], // INACT_CONNS
        &[8, 0, 9, 0, 5, 0, 0, 0], // PERSIST_CONNS
        &[6, 0, 11, 0, 2, 0, 0, 0], // ADDR_FAMILY
        &[92, 0, 10, 0], // STATS
    ]
    .concat();
    assert_eq!(buffer.0[..start.len()], start);
    assert_eq!(buffer.0.len(), start.len() + 88 + 124);
    assert_eq!(buffer.0[start.len() + 88..][..4], [124, 0, 12, 0]);
    // What C does not have comes last.
    let drain = DrainView {
        state: State::Draining,
        action: Action::Keep,
        remaining_ms: None,
    };
    let draining = DestView {
        drain: Some(drain),
        ..view
    };
    let mut longer = Buffer::default();
    emit_dest(&mut longer, &draining).unwrap();
    assert_eq!(longer.0[4..buffer.0.len()], buffer.0[4..]);
    let nest = longer.0[buffer.0.len()..].to_vec();
    assert_eq!(nest[..4], [20, 0, 1, 0x10]);
    assert_eq!(read_drain(&nest[4..]), Some(drain));
    // What is emitted is also a valid request.
    assert_eq!(
        parse_dest(&buffer.0[4..], Family::V6, true),
        Ok((view.key, Some(view.spec)))
    );
}
