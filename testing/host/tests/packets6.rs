// SPDX-License-Identifier: GPL-2.0

//! The parser of IPv6 packets.

use ipvs_core::packet::{
    parse_ipv6,
    Malformed,
    Parsed,
    L4, //
};
use proptest::{
    collection::vec,
    prelude::*, //
};

/// A packet whose first header behind that of IPv6 is `next`.
fn packet(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, payload.len() as u8, next, 64];
    packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    packet.extend(payload);
    packet
}

const UDP: [u8; 8] = [0xc3, 0x50, 0, 53, 0, 8, 0, 0];

#[test]
fn extension_headers_are_passed_over() {
    for count in 0..=12usize {
        let mut payload = Vec::new();
        for i in 1..=count {
            payload.extend([if i == count { 17 } else { 60 }, 0, 1, 4, 0, 0, 0, 0]);
        }
        payload.extend(UDP);
        let whole = packet(if count == 0 { 17 } else { 60 }, &payload);
        let Parsed::Headers(headers) = parse_ipv6(&whole[..], 0) else {
            panic!("{count} headers");
        };

        assert_eq!(usize::from(headers.l4_offset), 40 + 8 * count);
        assert_eq!(
            (headers.flow.sport.to_host(), headers.flow.dport.to_host()),
            (50000, 53)
        );
        assert_eq!((headers.l4, headers.ttl), (L4::Udp, 64));
    }
}

#[test]
fn fragments() {
    let fragment = |offset: [u8; 2]| {
        let header = [&[17, 0, offset[0], offset[1], 0, 0, 0, 1][..], &UDP].concat();
        packet(44, &header)
    };

    assert!(matches!(
        parse_ipv6(&fragment([0, 1])[..], 0),
        Parsed::Headers(_)
    ));
    assert_eq!(
        parse_ipv6(&fragment([0, 8])[..], 0),
        Parsed::Fragment { proto: 17 }
    );
}

proptest! {
    /// Nothing makes it panic, and what it finds is there.
    #[test]
    fn any_bytes(next: u8, payload in vec(any::<u8>(), 0..200), cut in 0usize..240) {
        let whole = packet(next, &payload);
        for bytes in [&whole[..cut.min(whole.len())], &payload[..]] {
            match parse_ipv6(bytes, 0) {
                Parsed::Headers(headers) if headers.l4 != L4::Ipsec => {
                    let at = usize::from(headers.l4_offset);
                    prop_assert_eq!(&headers.flow.sport.to_bytes()[..], &bytes[at..at + 2]);
                }
                Parsed::Malformed(Malformed::Ports) => prop_assert!(bytes.len() >= 40),
                _ => (),
            }
        }
    }
}
