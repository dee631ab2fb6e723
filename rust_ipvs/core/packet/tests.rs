// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::flow::Flow4;
use std::vec::Vec;

/// A SYN from 10.0.0.2:50000 to 192.0.2.1:8080, four bytes of IP options, not to be fragmented.
const SYN: [u8; 44] = [
    0x46, 0x00, 0x00, 0x2c, 0xbe, 0xef, 0x40, 0x00, 0x3f, 0x06, 0x00, 0x00, 10, 0, 0, 2, 192, 0, 2,
    1, 1, 1, 1, 0, //
    0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0xab, 0xcd, 0, 0,
];

/// "ping" by UDP between the same ports, without options.
const UDP: [u8; 32] = [
    0x45, 0x00, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x00, 0x00, 10, 0, 0, 2, 192, 0, 2,
    1, //
    0xc3, 0x50, 0x1f, 0x90, 0x00, 0x0c, 0x00, 0x00, b'p', b'i', b'n', b'g',
];

/// INIT between the same ports.
const INIT: [u8; 36] = [
    0x45, 0x00, 0x00, 0x24, 0x00, 0x01, 0x00, 0x00, 0x40, 0x84, 0x00, 0x00, 10, 0, 0, 2, 192, 0, 2,
    1, //
    0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 0, 1, 2, 3, 4, 0x01, 0x00, 0x00, 0x14,
];

fn with(bytes: &[u8], offset: usize, value: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[offset] = value;
    bytes
}

fn flow(proto: u8) -> Flow4 {
    Flow {
        src: Ipv4Addr::new(10, 0, 0, 2),
        dst: Ipv4Addr::new(192, 0, 2, 1),
        sport: Be16::from_host(50000),
        dport: Be16::from_host(8080),
        proto,
    }
}

#[test]
fn plain_packets_are_parsed_like_others() {
    for protocol in [6, 17, 132, 1, 50] {
        for (byte, value) in [
            (0, 0x45),
            (0, 0x46),
            (0, 0x65),
            (3, 19),
            (3, 20),
            (6, 0x20),
            (6, 0x40),
            (7, 1),
        ] {
            let mut packet = [0x11; 64];
            packet[0] = 0x45;
            packet[2..4].copy_from_slice(&[0, 64]);
            packet[6..8].copy_from_slice(&[0, 0]);
            packet[9] = protocol;
            packet[byte] = value;
            for len in 0..=packet.len() {
                let packet = &packet[..len];

                match (parse_plain_ipv4(packet), parse_ipv4(packet, 0)) {
                    (Some(plain), other) => assert_eq!(Parsed::Headers(plain), other),
                    (None, Parsed::Headers(headers)) => {
                        let with_ports = matches!(headers.l4, L4::Tcp(_) | L4::Udp);
                        assert!(!with_ports || headers.l4_offset != 20);
                    }
                    _ => (),
                }
            }
        }
    }
}

#[test]
fn plain_packets_of_ipv6_are_parsed_like_others() {
    // TCP, UDP, SCTP, ESP, and behind other headers.
    for next in [6, 17, 132, 50, 58, 0, 43, 44, 51, 60] {
        for (byte, value) in [(0, 0x60), (0, 0x45), (1, 0xff), (4, 0xff), (5, 0), (7, 0)] {
            let mut packet = [0x11; 80];
            packet[0] = 0x60;
            packet[4..6].copy_from_slice(&[0, 40]);
            packet[6] = next;
            // An extension header of eight bytes, of a fragment the first one.
            packet[40..44].copy_from_slice(&[6, 0, 0, 1]);
            packet[byte] = value;
            for len in 0..=packet.len() {
                let packet = &packet[..len];

                match (parse_plain_ipv6(packet), parse_ipv6(packet, 0)) {
                    (Some(plain), other) => {
                        assert_eq!(plain.l4_offset, 40);
                        assert_eq!(Parsed::Headers(plain), other);
                    }
                    (None, Parsed::Headers(headers)) => {
                        let with_ports = matches!(headers.l4, L4::Tcp(_) | L4::Udp);
                        assert!(!with_ports || headers.l4_offset != 40);
                    }
                    _ => (),
                }
            }
        }
    }
}

/// Bytes of which only the first ones are easy to read.
struct InPieces<'a>(&'a [u8], usize);

impl Bytes for InPieces<'_> {
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.read(offset)
    }

    fn peek<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.get(..self.1)?.read(offset)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn what_is_not_easy_to_read_is_not_plain() {
    for (protocol, l4_len) in [(6, 20), (17, 8)] {
        let mut four = [0x11; 60];
        four[0] = 0x45;
        four[2..4].copy_from_slice(&[0, 60]);
        four[6..8].copy_from_slice(&[0, 0]);
        four[9] = protocol;
        let mut six = [0x11; 60];
        six[0] = 0x60;
        six[4..6].copy_from_slice(&[0, 20]);
        six[6] = protocol;
        for easy in 0..=60 {
            let plain4 = parse_plain_ipv4(&InPieces(&four, easy));
            assert_eq!(plain4.is_some(), easy >= 20 + l4_len);
            assert!(matches!(
                parse_ipv4(&InPieces(&four, easy), 0),
                Parsed::Headers(_)
            ));
            let plain6 = parse_plain_ipv6(&InPieces(&six, easy));
            assert_eq!(plain6.is_some(), easy >= 40 + l4_len);
            assert!(matches!(
                parse_ipv6(&InPieces(&six, easy), 0),
                Parsed::Headers(_)
            ));
        }
    }
}

#[test]
fn tcp_with_options() {
    let expected = Parsed::Headers(Headers {
        flow: flow(6),
        l4_offset: 24,
        total_len: 44,
        ttl: 63,
        dont_fragment: true,
        l4: L4::Tcp(tcp::Flags::SYN),
    });

    assert_eq!(parse_ipv4(&SYN[..], 0), expected);
    // Behind a link-layer header.
    let framed = [&[0xee; 14][..], &SYN].concat();
    assert_eq!(parse_ipv4(&framed[..], 14), expected);
}

#[test]
fn udp() {
    assert_eq!(
        parse_ipv4(&UDP[..], 0),
        Parsed::Headers(Headers {
            flow: flow(17),
            l4_offset: 20,
            total_len: 32,
            ttl: 64,
            dont_fragment: false,
            l4: L4::Udp,
        })
    );
}

#[test]
fn sctp() {
    let expected = |l4| {
        Parsed::Headers(Headers {
            flow: flow(132),
            l4_offset: 20,
            total_len: 36,
            ttl: 64,
            dont_fragment: false,
            l4,
        })
    };
    let init = sctp::Chunks::First(sctp::Chunk::Init);

    assert_eq!(parse_ipv4(&INIT[..], 0), expected(L4::Sctp(init)));
    for len in 32..36 {
        assert_eq!(
            parse_ipv4(&INIT[..len], 0),
            expected(L4::Sctp(sctp::Chunks::None))
        );
    }
}

#[test]
fn ipsec_goes_with_its_key_exchange() {
    for proto in [50, 51] {
        for (offset, value) in [(6, 0x00), (6, 0x20), (7, 0x01)] {
            let packet = with(&with(&UDP, 9, proto), offset, value);
            let expected = Parsed::Headers(Headers {
                flow: Flow {
                    sport: Be16::from_host(500),
                    dport: Be16::from_host(500),
                    ..flow(17)
                },
                l4_offset: 20,
                total_len: 32,
                ttl: 64,
                dont_fragment: false,
                l4: L4::Ipsec,
            });

            assert_eq!(parse_ipv4(&packet[..], 0), expected);
            assert_eq!(parse_ipv4(&packet[..20], 0), expected);
            assert_eq!(parse_quoted_ipv4(&packet[..], 0), expected);
        }
    }
}

#[test]
fn tcp_data_offset_does_not_matter() {
    assert_eq!(
        parse_ipv4(&with(&SYN, 36, 0x00)[..], 0),
        parse_ipv4(&SYN[..], 0)
    );
}

#[test]
fn every_length_has_its_result() {
    for (whole, ip, l4) in [(&SYN[..], 24, 20), (&UDP[..], 20, 8), (&INIT[..], 20, 12)] {
        for len in 0..=whole.len() {
            let cut = &whole[..len];
            match parse_ipv4(cut, 0) {
                Parsed::Malformed(Malformed::Network) => assert!(len < 20),
                Parsed::Malformed(Malformed::Ports) => assert!((20..ip + 4).contains(&len)),
                Parsed::Headers(headers) => {
                    assert!(len >= ip + 4);
                    assert_eq!(headers.l4 == L4::Truncated, len < ip + l4);
                    assert_eq!(headers.flow, flow(whole[9]));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn impossible_ip_header() {
    let malformed = Parsed::Malformed(Malformed::Network);

    assert_eq!(parse_ipv4(&with(&UDP, 0, 0x65)[..], 0), malformed);
    assert_eq!(parse_ipv4(&with(&UDP, 0, 0x44)[..], 0), malformed);
    assert_eq!(parse_ipv4(&UDP[..], usize::MAX), malformed);
}

#[test]
fn fragments_of_what_has_ports() {
    for (offset, value) in [(6, 0x20), (7, 0x01), (6, 0x21)] {
        assert_eq!(
            parse_ipv4(&with(&UDP, offset, value)[..], 0),
            Parsed::Fragment { proto: 17 }
        );
    }
}

#[test]
fn other_protocols_even_in_fragments() {
    for proto in [0, 1, 47, 58, 255] {
        let packet = with(&with(&UDP, 9, proto), 6, 0x20);

        assert_eq!(
            parse_ipv4(&packet[..], 0),
            Parsed::NotHandled {
                proto,
                l4_offset: 20,
                is_fragment: true
            }
        );
    }
}

#[test]
fn quoted_first_fragment_has_ports() {
    let first = with(&UDP, 6, 0x20);
    assert!(matches!(
        parse_quoted_ipv4(&first[..], 0),
        Parsed::Headers(_)
    ));
    // RFC 792 promises eight bytes of the payload, which is enough.
    assert!(matches!(
        parse_quoted_ipv4(&SYN[..32], 0),
        Parsed::Headers(_)
    ));

    let second = with(&UDP, 7, 0x01);
    assert_eq!(
        parse_quoted_ipv4(&second[..], 0),
        Parsed::Fragment { proto: 17 }
    );
}

#[test]
fn headers_stay_small() {
    assert!(size_of::<Headers<Ipv4Addr>>() <= 24);
    assert!(size_of::<L4>() <= 2);
}
