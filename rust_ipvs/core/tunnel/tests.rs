// SPDX-License-Identifier: GPL-2.0

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use super::outer::*;
use super::*;
use crate::wire::ipv4;

const PORT: Be16 = Be16::from_host(6080);
const SPORT: Be16 = Be16::from_host(50000);
const OPEN: OpenChecksum = OpenChecksum { start: 20, at: 36 };

fn gue(flags: u16) -> Tunnel {
    Tunnel::new(tun_type::GUE, PORT, flags)
}

fn gre(flags: u16) -> Tunnel {
    Tunnel::new(tun_type::GRE, PORT, flags)
}

#[test]
fn what_user_space_says() {
    let ipip = Tunnel {
        kind: Kind::Ipip,
        checksum: false,
    };
    assert_eq!(Tunnel::new(tun_type::IPIP, Be16::ZERO, 0), ipip);
    assert_eq!(Tunnel::new(tun_type::IPIP, PORT, 3), ipip);
    assert_eq!(Tunnel::new(77, PORT, 3), ipip);

    assert!(!gue(0).checksum);
    assert!(gue(tun_flag::CSUM).checksum);
    assert!(gue(tun_flag::REMCSUM).checksum);
    assert!(gue(tun_flag::REMCSUM).leaves_checksum(true));
    assert!(!gue(tun_flag::REMCSUM).leaves_checksum(false));
    assert!(!gue(tun_flag::CSUM).leaves_checksum(true));

    assert!(!gre(tun_flag::REMCSUM).checksum);
    assert!(gre(tun_flag::CSUM).checksum);
    assert!(!gre(tun_flag::REMCSUM).leaves_checksum(true));
}

#[test]
fn protocols_of_the_outer_header() {
    let ipip = Tunnel::new(tun_type::IPIP, Be16::ZERO, 0);
    assert_eq!(ipip.protocol(Family::V4), 4);
    assert_eq!(ipip.protocol(Family::V6), 41);
    for inner in [Family::V4, Family::V6] {
        assert_eq!(gue(0).protocol(inner), 17);
        assert_eq!(gre(0).protocol(inner), 47);
    }
}

#[test]
fn overhead_is_what_is_put_before() {
    let tunnels = [
        (Tunnel::new(tun_type::IPIP, Be16::ZERO, 0), 0),
        (gue(0), 12),
        (gue(tun_flag::CSUM), 12),
        (gue(tun_flag::REMCSUM), 20),
        (gre(0), 4),
        (gre(tun_flag::CSUM), 8),
    ];
    for (tunnel, shim) in tunnels {
        let open = tunnel.leaves_checksum(true).then_some(OPEN);
        let made = tunnel.shim(Family::V4, 100, SPORT, open);
        assert_eq!(made.as_bytes().len(), shim, "{tunnel:?}");
        assert_eq!(tunnel.overhead(Family::V4, true), 20 + shim);
        assert_eq!(tunnel.overhead(Family::V6, true), 40 + shim);
    }
    assert_eq!(gue(tun_flag::REMCSUM).overhead(Family::V4, false), 32);
}

#[test]
fn mtu_inside() {
    let ipip = Tunnel::new(tun_type::IPIP, Be16::ZERO, 0);
    assert_eq!(ipip.inner_mtu(1500, Family::V4, false), Some(1480));
    assert_eq!(ipip.inner_mtu(1500, Family::V6, false), Some(1460));
    assert_eq!(gue(2).inner_mtu(1500, Family::V4, true), Some(1460));
    assert_eq!(gre(1).inner_mtu(1500, Family::V4, true), Some(1472));

    assert_eq!(ipip.inner_mtu(88, Family::V4, false), Some(68));
    assert_eq!(ipip.inner_mtu(87, Family::V4, false), None);
    assert_eq!(ipip.inner_mtu(19, Family::V4, false), None);
    assert_eq!(ipip.inner_mtu(1320, Family::V6, false), Some(1280));
    assert_eq!(ipip.inner_mtu(1319, Family::V6, false), None);
}

#[test]
fn ipip_has_nothing_in_between() {
    let ipip = Tunnel::new(tun_type::IPIP, Be16::ZERO, 0);
    assert_eq!(ipip.shim(Family::V4, 100, SPORT, None).as_bytes(), []);
}

#[test]
fn gue_bytes() {
    assert_eq!(
        gue(0).shim(Family::V4, 100, SPORT, None).as_bytes(),
        [0xc3, 0x50, 0x17, 0xc0, 0, 112, 0, 0, 0, 4, 0, 0]
    );
    assert_eq!(
        gue(2).shim(Family::V6, 100, SPORT, Some(OPEN)).as_bytes(),
        [0xc3, 0x50, 0x17, 0xc0, 0, 120, 0, 0, 2, 41, 0, 1, 0x80, 0, 0, 0, 0, 20, 0, 36]
    );
}

#[test]
fn udp_has_no_length_for_what_is_too_long() {
    let longest = gue(0).shim(Family::V4, 65535 - 12, SPORT, None);
    assert_eq!(longest.as_bytes()[4..6], [0xff, 0xff]);
    let longer = gue(0).shim(Family::V4, 65536 - 12, SPORT, None);
    assert_eq!(longer.as_bytes()[4..6], [0, 0]);
}

#[test]
fn gre_bytes() {
    assert_eq!(
        gre(0).shim(Family::V4, 100, SPORT, None).as_bytes(),
        [0, 0, 8, 0]
    );
    assert_eq!(
        gre(1).shim(Family::V6, 100, SPORT, None).as_bytes(),
        [0x80, 0, 0x86, 0xdd, 0, 0, 0, 0]
    );
}

#[test]
fn congestion_is_told_once() {
    assert_eq!(encapsulate_tos(0xb8), 0xb8);
    assert_eq!(encapsulate_tos(0xb9), 0xb9);
    assert_eq!(encapsulate_tos(0xba), 0xba);
    assert_eq!(encapsulate_tos(0xbb), 0xba);
}

#[test]
fn outer_headers() {
    let inherited = Inherited {
        ttl: 9,
        tos: 0xbb,
        dont_fragment: true,
    };
    let (src, dst) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
    let header = ipv4::Header::parse(&header4(inherited, 47, src, dst)).unwrap();
    assert_eq!(header.header_len(), 20);
    assert_eq!((header.ttl, header.tos, header.protocol), (9, 0xba, 47));
    assert_eq!((header.src, header.dst), (src, dst));
    assert!(header.dont_fragment() && !header.is_fragment());
    let may = Inherited {
        dont_fragment: false,
        ..inherited
    };
    let header = ipv4::Header::parse(&header4(may, 4, src, dst)).unwrap();
    assert!(!header.dont_fragment());

    let (src, dst): (Ipv6Addr, Ipv6Addr) = ("fd00::1".parse().unwrap(), "fd00::2".parse().unwrap());
    let header = header6(inherited, 41, src, dst);
    assert_eq!(header[..8], [0x6b, 0xa0, 0, 0, 0, 0, 41, 9]);
    assert_eq!(header[8..24], src.octets());
    assert_eq!(header[24..], dst.octets());
}
