// SPDX-License-Identifier: GPL-2.0

//! Lines of the description of IPVS's behaviour, section 4, and of what it says about them.

use super::*;
use core::net::Ipv4Addr;
use std::string::String;

fn text<const N: usize>(line: &Line<N>) -> String {
    String::from_utf8(line.as_bytes().to_vec()).unwrap()
}

fn v4(proto: u16, port: u16) -> ServiceKey {
    ServiceKey {
        family: Family::V4,
        id: ServiceId::Address {
            proto,
            addr: Addr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            port: Be16::from_host(port),
        },
    }
}

fn line(key: ServiceKey, sched: &str, flags: u32, timeout_ticks: u32, netmask: u32) -> String {
    let service = Service {
        key,
        sched,
        flags,
        timeout_ticks,
        netmask,
    };
    text(&service.line())
}

#[test]
fn header() {
    assert_eq!(
        text(&super::header(256)),
        "IP Virtual Server version 1.2.1 (size=256)\n\
         Prot LocalAddress:Port Scheduler Flags\n\
         \x20 -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
    );
}

#[test]
fn version_of_the_socket_interface() {
    assert_eq!(
        text(&version(4096)),
        "IP Virtual Server version 1.2.1 (size=4096)\0"
    );
    assert!(text(&version(u32::MAX)).ends_with(")\0"));
}

#[test]
fn the_longest_fit() {
    let all = Addr::V6(core::net::Ipv6Addr::from_bits(u128::MAX));
    let key = ServiceKey {
        family: Family::V6,
        id: ServiceId::Address {
            proto: u16::MAX,
            addr: all,
            port: Be16::from_host(1),
        },
    };
    assert!(line(key, "fifteen-letters", 0x5, 1 << 31, u32::MAX).ends_with(" FFFFFFFF\n"));
    let dest = Dest {
        addr: all,
        port: Be16::from_host(1),
        method: 2,
        weight: i32::MIN,
        active: u32::MAX,
        inactive: i32::MAX as u32,
    };
    assert!(text(&dest.line()).ends_with(" -2147483648 -1         2147483647\n"));
}

#[test]
fn persistent_service() {
    assert_eq!(
        line(v4(6, 8080), "wlc", 0x3, 90000, u32::MAX),
        "TCP  C0000201:1F90 wlc  persistent 90000 FFFFFFFF\n"
    );
    assert_eq!(
        line(
            v4(6, 8080),
            "wlc",
            0x3,
            90000,
            u32::from_ne_bytes([255, 255, 255, 0])
        ),
        "TCP  C0000201:1F90 wlc  persistent 90000 FFFFFF00\n"
    );
    assert_eq!(
        line(v4(6, 8080), "wlc", 0x1, 0x8000_0000, 0),
        "TCP  C0000201:1F90 wlc  persistent -2147483648 00000000\n"
    );
}

#[test]
fn one_packet_service() {
    assert_eq!(
        line(v4(17, 5060), "rr", 0x6, 0, 0),
        "UDP  C0000201:13C4 rr ops  \n"
    );
    assert_eq!(
        line(v4(17, 5060), "none", 0x2, 0, 0),
        "UDP  C0000201:13C4 none  \n"
    );
}

#[test]
fn ipv6_service() {
    let key = ServiceKey {
        family: Family::V6,
        id: ServiceId::Address {
            proto: 6,
            addr: Addr::V6("fd00::1".parse().unwrap()),
            port: Be16::from_host(80),
        },
    };
    let start = "TCP  [fd00:0000:0000:0000:0000:0000:0000:0001]:0050 rr ";

    // Neither with nor without "ops".
    assert_eq!(line(key, "rr", 0x6, 0, 128), [start, "\n"].concat());
    assert_eq!(
        line(key, "rr", 0x3, 90000, 128),
        [start, "persistent 90000 80000000\n"].concat()
    );
}

#[test]
fn mark() {
    for family in [Family::V4, Family::V6] {
        let key = ServiceKey {
            family,
            id: ServiceId::Fwmark(7),
        };

        assert_eq!(line(key, "sh", 0x2, 0, 0), "FWM  00000007 sh \n");
        assert_eq!(line(key, "sh", 0x6, 0, 0), "FWM  00000007 sh ops \n");
        assert_eq!(
            line(key, "sh", 0x3, 100, u32::MAX),
            "FWM  00000007 sh persistent 100 FFFFFFFF\n"
        );
    }
}

#[test]
fn destinations() {
    let mut dest = Dest {
        addr: Addr::V4(Ipv4Addr::new(172, 16, 0, 2)),
        port: Be16::from_host(8080),
        method: 0,
        weight: 1,
        active: 0,
        inactive: 3,
    };
    assert_eq!(
        text(&dest.line()),
        "  -> AC100002:1F90      Masq    1      0          3         \n"
    );
    dest.addr = Addr::V6("fd00::2".parse().unwrap());
    dest.method = 2;
    assert_eq!(
        text(&dest.line()),
        "  -> [fd00:0000:0000:0000:0000:0000:0000:0002]:1F90      Tunnel  1      0          3         \n"
    );
    // A method that forwards nothing.
    dest.method = 7;
    assert!(text(&dest.line()).contains("      Masq    1 "));
}
