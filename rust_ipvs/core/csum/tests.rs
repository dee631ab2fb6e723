// SPDX-License-Identifier: GPL-2.0

//! Literal examples; properties are in `testing/host`.

use super::*;

fn be(value: u16) -> Be16 {
    Be16::from_host(value)
}

fn sum(bytes: &[u8]) -> u16 {
    Be16::from_raw(Sum::new().add_bytes(bytes).fold()).to_host()
}

/// A header of 20 bytes of a UDP packet from 10.0.0.2 to 192.0.2.1, time to live 64.
const IPV4: [u8; 20] = [
    0x45, 0x00, 0x00, 0x20, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, 10, 0, 0, 2, 192, 0, 2,
    1,
];

#[test]
fn example_of_rfc_1071() {
    // Section 3: 00 01 f2 03 f4 f5 f6 f7 add up to ddf2.
    assert_eq!(
        sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]),
        0xddf2
    );
}

#[test]
fn odd_length_is_padded() {
    assert_eq!(sum(&[0x12, 0x34, 0x56]), 0x1234 + 0x5600);
    assert_eq!(sum(&[0xff]), 0xff00);
    assert_eq!(sum(&[]), 0);
}

#[test]
fn parts_may_end_anywhere() {
    let bytes = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xff, 0xfe];
    for cut in 0..=bytes.len() {
        for second in cut..=bytes.len() {
            let parts = Sum::new()
                .add_bytes(&bytes[..cut])
                .add_bytes(&bytes[cut..second])
                .add_bytes(&bytes[second..]);

            assert_eq!(parts.fold(), Sum::new().add_bytes(&bytes).fold());
        }
    }
}

#[test]
fn ipv4_header() {
    // 4500+0020+1234+4000+4011+0a00+0002+c000+0201 = 1a368 -> a369, complemented 5c96.
    assert_eq!(Sum::new().add_bytes(&IPV4).checksum(), be(0x5c96));

    let mut whole = IPV4;
    whole[10..12].copy_from_slice(&[0x5c, 0x96]);
    assert_eq!(Sum::new().add_bytes(&whole).checksum(), be(0));
}

#[test]
fn udp_with_pseudo_header() {
    // 0a00+0002+c000+0201 + 0011+000c + c350+1f90+000c+0000 + 6162+6364 = 273d2 -> 73d4.
    let src = Ipv4Addr::new(10, 0, 0, 2);
    let dst = Ipv4Addr::new(192, 0, 2, 1);
    let datagram = [
        0xc3, 0x50, 0x1f, 0x90, 0x00, 0x0c, 0x00, 0x00, b'a', b'b', b'c', b'd',
    ];
    let sum = Sum::new()
        .add_pseudo_v4(src, dst, 17, 12)
        .add_bytes(&datagram);

    assert_eq!(Be16::from_raw(sum.fold()), be(0x73d4));
    assert_eq!(sum.udp_checksum(), be(0x8c2b));
}

#[test]
fn pseudo_header_of_ipv6() {
    // fd00+0001 + fd00+0002 + 0001+1170 + 003a = 20bae -> 0bb0; the length is beyond 16 bits.
    let sum = Sum::new().add_pseudo_v6(
        "fd00::1".parse().unwrap(),
        "fd00::2".parse().unwrap(),
        58,
        0x0001_1170,
    );

    assert_eq!(Be16::from_raw(sum.fold()), be(0x0bb0));
}

#[test]
fn example_of_rfc_1624() {
    // Section 4: checksum dd2f, a field goes from 5555 to 3285; the result is 0000, not ffff.
    assert_eq!(replace2(be(0xdd2f), be(0x5555), be(0x3285)), be(0x0000));
}

#[test]
fn udp_never_says_none() {
    let delta = Delta::new().change2(be(0x5555), be(0x3285));

    assert_eq!(delta.apply_udp(be(0xdd2f)), be(0xffff));
    assert_eq!(delta.apply_udp(be(0xdd30)), delta.apply(be(0xdd30)));
    // ffff + 0000 sums to ffff, complemented 0.
    assert_eq!(Sum::new().add_be16(be(0xffff)).udp_checksum(), be(0xffff));
}

#[test]
fn no_change_changes_nothing() {
    for check in [0x0000, 0x0001, 0x5c96, 0xfffe] {
        assert_eq!(Delta::new().apply(be(check)), be(check));
        assert_eq!(replace2(be(check), be(7), be(7)), be(check));
    }
}

#[test]
fn address_and_time_to_live() {
    let rewritten = Ipv4Addr::new(172, 16, 0, 2);
    let delta = Delta::new()
        .change4(Ipv4Addr::new(192, 0, 2, 1), rewritten)
        .and(Delta::TTL_DECREMENTED);
    let mut header = IPV4;
    header[8] -= 1;
    header[16..20].copy_from_slice(&rewritten.octets());

    assert_eq!(
        delta.apply(be(0x5c96)),
        Sum::new().add_bytes(&header).checksum()
    );
    assert_eq!(
        replace4(
            be(0x5c96),
            Ipv4Addr::new(10, 0, 0, 2),
            Ipv4Addr::new(10, 0, 0, 3)
        ),
        be(0x5c95)
    );
}

#[test]
fn partial_sum_is_not_complemented() {
    let delta = Delta::new().change2(be(0x0201), be(0x0202));

    assert_eq!(delta.apply_partial(be(0x1000)), be(0x1001));
    assert_eq!(delta.apply(be(0x1000)), be(0x0fff));
}
