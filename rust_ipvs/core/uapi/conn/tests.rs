// SPDX-License-Identifier: GPL-2.0

use super::super::attr::svc;
use super::super::tests::{
    attr as put,
    Buffer,
    Full, //
};
use super::attr::*;
use super::*;
use crate::uapi::service::ServiceId;
use std::vec::Vec;

fn end(addr: &str, port: u16) -> Endpoint {
    Endpoint::new(addr_from(addr), Be16::from_host(port))
}

fn addr_from(text: &str) -> Addr {
    match text.parse().unwrap() {
        core::net::IpAddr::V4(addr) => Addr::V4(addr),
        core::net::IpAddr::V6(addr) => Addr::V6(addr),
    }
}

fn bytes(addr: &str) -> Vec<u8> {
    match addr_from(addr) {
        Addr::V4(addr) => addr.octets().to_vec(),
        Addr::V6(addr) => addr.octets().to_vec(),
    }
}

fn service(port: u16) -> ServiceKey {
    ServiceKey {
        family: Family::V4,
        id: ServiceId::Address {
            proto: 6,
            addr: addr_from("192.0.2.1"),
            port: Be16::from_host(port),
        },
    }
}

fn conn() -> ConnView {
    ConnView {
        proto: 6,
        client: end("10.1.2.3", 50000),
        addressed: end("192.0.2.1", 80),
        server: end("172.16.0.2", 8080),
        service: service(80),
        method: 0,
        state: "ESTABLISHED",
        idle: 5000,
        expires: 895_000,
        is_template: false,
    }
}

fn conn6() -> ConnView {
    ConnView {
        client: end("2001:db8::17", 50000),
        addressed: end("fd00::1", 80),
        server: end("fd00:1::2", 80),
        ..conn()
    }
}

/// What a request with these attributes in its nest says.
fn read(attrs: &[(u16, Vec<u8>)]) -> Result<ConnFilter, SpecError> {
    let nest: Vec<u8> = attrs
        .iter()
        .flat_map(|(kind, data)| put(*kind, data))
        .collect();
    ConnFilter::read(&put(CONN, &nest)).map(|(filter, _)| filter)
}

fn selects(attrs: &[(u16, Vec<u8>)], conn: &ConnView) -> bool {
    read(attrs).unwrap().selects(conn, Traffic::default)
}

fn u16s(value: u16) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn port(value: u16) -> Vec<u8> {
    value.to_be_bytes().to_vec()
}

fn u32s(value: u32) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn u64s(value: u64) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

#[test]
fn nothing_selects_all_connections_but_no_template() {
    assert!(selects(&[], &conn()));
    assert!(selects(&[], &conn6()));
    let template = ConnView {
        is_template: true,
        ..conn()
    };
    assert!(!selects(&[], &template));
    assert!(selects(&[(FLAGS, u32s(flag::TEMPLATE))], &template));
    assert!(selects(&[(FLAGS, u32s(flag::TEMPLATE))], &conn()));
}

#[test]
fn each_attribute_selects() {
    let cases = [
        (AF, u16s(2), u16s(10)),
        (PROTOCOL, u16s(6), u16s(17)),
        (CLIENT, bytes("10.1.2.3"), bytes("10.1.2.4")),
        (CLIENT, bytes("10.1.2.3"), bytes("::10.1.2.3")),
        (CLIENT_PORT, port(50000), port(50001)),
        (VIRTUAL, bytes("192.0.2.1"), bytes("192.0.2.2")),
        (VIRTUAL_PORT, port(80), port(81)),
        (SERVER, bytes("172.16.0.2"), bytes("172.16.0.3")),
        (SERVER_PORT, port(8080), port(80)),
        (STATE, b"ESTABLISHED\0".to_vec(), b"ESTABLISH\0".to_vec()),
        (IDLE, u64s(5000), u64s(5001)),
    ];
    for (kind, good, bad) in cases {
        assert!(selects(&[(kind, good.clone())], &conn()), "{kind}");
        assert!(!selects(&[(kind, bad.clone())], &conn()), "{kind}");
        // Of several the last.
        assert!(selects(&[(kind, bad), (kind, good)], &conn()), "{kind}");
    }
}

#[test]
fn prefixes() {
    let with = |addr, len: u8| [(CLIENT, bytes(addr)), (CLIENT_PREFIX, std::vec![len])];
    for (addr, len, good) in [
        ("10.1.2.3", 32, true),
        ("10.1.2.2", 32, false),
        ("10.1.2.2", 31, true),
        ("10.1.0.0", 16, true),
        ("10.2.0.0", 16, false),
        ("0.0.0.0", 0, true),
        ("255.0.0.0", 0, true),
        ("128.0.0.0", 1, false),
        ("::", 0, false),
    ] {
        assert_eq!(selects(&with(addr, len), &conn()), good, "{addr}/{len}");
    }
    for (addr, len, good) in [
        ("2001:db8::17", 128, true),
        ("2001:db8::16", 128, false),
        ("2001:db8::16", 127, true),
        ("2001:db9::", 31, true),
        ("2001:db9::", 32, false),
        ("::", 0, true),
        ("0.0.0.0", 0, false),
    ] {
        assert_eq!(selects(&with(addr, len), &conn6()), good, "{addr}/{len}");
    }
    let refused = |attrs: &[_]| read(attrs).unwrap_err();
    assert_eq!(
        refused(&with("10.0.0.0", 33)),
        SpecError::ConnClientPrefixRange
    );
    assert_eq!(refused(&with("::", 129)), SpecError::ConnClientPrefixRange);
    assert_eq!(
        refused(&[(CLIENT_PREFIX, std::vec![8])]),
        SpecError::ConnPrefixAlone
    );
}

#[test]
fn services() {
    let nest = |port_of: u16| {
        let mut nest = put(svc::AF, &u16s(2));
        nest.extend(put(svc::PROTOCOL, &u16s(6)));
        nest.extend(put(svc::ADDR, &bytes("192.0.2.1")));
        nest.extend(put(svc::PORT, &port(port_of)));
        nest
    };
    let of = |port| ConnFilter::read(&put(SERVICE, &nest(port))).unwrap().0;
    assert!(of(80).selects(&conn(), Traffic::default));
    assert!(!of(81).selects(&conn(), Traffic::default));
    assert_eq!(of(80).must_select(), Ok(()));
    let incomplete = put(SERVICE, &put(svc::AF, &u16s(2)));
    assert_eq!(ConnFilter::read(&incomplete), Err(SpecError::ServiceId));
}

#[test]
fn age_selects_where_it_is_known() {
    let filter = read(&[(AGE, u64s(1000))]).unwrap();
    let aged = |age| {
        move || Traffic {
            age,
            ..Traffic::default()
        }
    };
    assert!(filter.selects(&conn(), aged(Some(1000))));
    assert!(!filter.selects(&conn(), aged(Some(999))));
    assert!(!filter.selects(&conn(), aged(None)));
}

#[test]
fn what_ends_all_says_so() {
    let refused = Err(SpecError::ConnSelectsAll);
    assert_eq!(read(&[]).unwrap().must_select(), refused);
    for flags in [flag::RESET, flag::TEMPLATE] {
        assert_eq!(
            read(&[(FLAGS, u32s(flags))]).unwrap().must_select(),
            refused
        );
    }
    assert_eq!(
        read(&[(FLAGS, u32s(flag::ALL))]).unwrap().must_select(),
        Ok(())
    );
    assert_eq!(read(&[(AF, u16s(2))]).unwrap().must_select(), Ok(()));
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        (AF, std::vec![2], SpecError::ConnAf),
        (AF, u16s(3), SpecError::ConnFamily),
        (PROTOCOL, std::vec![6], SpecError::ConnProtocol),
        (CLIENT, std::vec![0; 5], SpecError::ConnClient),
        (CLIENT_PREFIX, std::vec![], SpecError::ConnClientPrefix),
        (CLIENT_PORT, std::vec![0], SpecError::ConnClientPort),
        (VIRTUAL, std::vec![0; 15], SpecError::ConnVirtual),
        (VIRTUAL_PORT, std::vec![0], SpecError::ConnVirtualPort),
        (SERVER, std::vec![0; 17], SpecError::ConnServer),
        (SERVER_PORT, std::vec![0], SpecError::ConnServerPort),
        (STATE, b"X".to_vec(), SpecError::ConnState),
        (IDLE, u32s(1), SpecError::ConnIdle),
        (AGE, u32s(1), SpecError::ConnAge),
        (FLAGS, u16s(1), SpecError::ConnFlags),
        (FLAGS, u32s(8), SpecError::ConnFlagsUnknown),
        (COOKIE, u32s(1), SpecError::ConnCookie),
    ];
    for (kind, data, error) in cases {
        assert_eq!(read(&[(kind, data)]), Err(error), "{kind}");
        assert!(matches!(error.place(), crate::uapi::error::Place::In(CONN, k) if k == kind));
    }
}

#[test]
fn what_is_told_of_a_connection() {
    let mut out = Buffer::default();
    let traffic = Traffic {
        from_client: Some((3, 300)),
        from_server: Some((2, 2000)),
        age: Some(7000),
    };
    emit_conn(&mut out, &conn(), &traffic).unwrap();
    let nest = Attrs::new(&out.0).next().unwrap();
    assert_eq!(nest.kind, CONN);
    let all: Vec<_> = Attrs::new(nest.data).collect();
    let get = |kind| {
        all.iter()
            .find(|attr| attr.kind == kind)
            .map(|attr| attr.data.to_vec())
    };
    assert_eq!(get(CLIENT), Some(bytes("10.1.2.3")));
    assert_eq!(get(SERVER_PORT), Some(port(8080)));
    assert_eq!(get(STATE), Some(b"ESTABLISHED\0".to_vec()));
    assert_eq!(get(IN_PKTS), Some(u64s(3)));
    assert_eq!(get(OUT_BYTES), Some(u64s(2000)));
    assert_eq!(get(AGE), Some(u64s(7000)));
    let count = all.len();

    // What nobody has counted is not there.
    let mut out = Buffer::default();
    emit_conn(&mut out, &conn6(), &Traffic::default()).unwrap();
    let nest = Attrs::new(&out.0).next().unwrap();
    let all: Vec<_> = Attrs::new(nest.data).collect();
    assert_eq!(all.len(), count - 5);
    assert!(all.iter().any(|attr| attr.data == bytes("fd00:1::2")));
    for room in 0..=all.len() {
        let full = emit_conn(&mut Full(room), &conn6(), &Traffic::default());
        assert_eq!(full.is_err(), room < all.len() + 1);
    }
}

#[test]
fn progress() {
    let told = |cookie| {
        let mut out = Buffer::default();
        let progress = Progress {
            looked: 10,
            ended: 3,
            reset: 2,
            cookie,
        };
        emit_progress(&mut out, &progress).unwrap();
        let nest = Attrs::new(&out.0).next().unwrap().data.to_vec();
        // Where to go on is read as it was written.
        let (_, at) = ConnFilter::read(&put(CONN, &nest)).unwrap();
        (Attrs::new(&nest).count(), at)
    };
    assert_eq!(told(Some(0x1_0000_0007)), (4, 0x1_0000_0007));
    assert_eq!(told(None), (3, 0));
}
