// SPDX-License-Identifier: GPL-2.0

use super::*;
use std::vec;

/// A header of IPv4 with a right checksum and `options` bytes of options.
fn header4(options: usize) -> vec::Vec<u8> {
    let mut header = vec![0; 20 + options];
    header[0] = 0x45 + (options / 4) as u8;
    header[8..10].copy_from_slice(&[64, 6]);
    header[12..20].copy_from_slice(&[10, 0, 0, 2, 192, 0, 2, 1]);
    let check = Sum::new().add_bytes(&header).checksum();
    header[10..12].copy_from_slice(&check.to_bytes());
    header
}

#[test]
fn checksum_of_ipv4_stays_right() {
    for options in [0, 4, 40] {
        let mut header = header4(options);
        let (old, new) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(172, 16, 0, 2));
        new.put(&mut header, Ipv4Addr::OFFSET_DST).unwrap();
        let delta = <Ipv4Addr as Ip>::change(Delta::new(), old, new);
        let delta = delta.and(Ipv4Addr::lower_ttl(&mut header).unwrap());
        Ipv4Addr::update_check(&mut header, delta).unwrap();

        assert_eq!(header[8], 63);
        assert_eq!(header[16..20], [172, 16, 0, 2]);
        assert_eq!(Sum::new().add_bytes(&header).checksum(), Be16::ZERO);
    }
}

#[test]
fn ipv6_has_no_checksum() {
    let mut header = [0xee; 40];
    Ipv6Addr::LOCALHOST
        .put(&mut header, Ipv6Addr::OFFSET_SRC)
        .unwrap();
    header[7] = 1;
    let delta = Ipv6Addr::lower_ttl(&mut header).unwrap();
    Ipv6Addr::update_check(&mut header, delta).unwrap();

    assert_eq!(header[..7], [0xee; 7]);
    assert_eq!(header[7], 0);
    assert_eq!(header[8..24], Ipv6Addr::LOCALHOST.octets());
    assert_eq!(header[24..], [0xee; 16]);
}

#[test]
fn what_is_too_short_stays() {
    assert_eq!(Ipv6Addr::LOCALHOST.put(&mut [0; 23], 8), None);
    assert_eq!(Ipv6Addr::lower_ttl(&mut [0; 7]), None);
    assert_eq!(Ipv4Addr::lower_ttl(&mut [0; 8]), None);
    assert_eq!(Ipv4Addr::update_check(&mut [0; 11], Delta::new()), None);
}

#[test]
fn an_address_of_the_other_version_is_none() {
    let (v4, v6) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);

    assert_eq!(Ipv4Addr::from_addr(v4.into()), Some(v4));
    assert_eq!(Ipv4Addr::from_addr(v6.into()), None);
    assert_eq!(Ipv6Addr::from_addr(v6.into()), Some(v6));
    assert_eq!(Ipv6Addr::from_addr(v4.into()), None);
}
