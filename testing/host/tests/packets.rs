// SPDX-License-Identifier: GPL-2.0

//! Parsing any bytes, whole, cut, or in pieces.

use std::net::Ipv4Addr;

use ipvs_core::byteorder::Be16;
use ipvs_core::flow::{
    Flow,
    Flow4, //
};
use ipvs_core::hash::Key;
use ipvs_core::packet::{
    parse_ipv4,
    parse_quoted_ipv4,
    Bytes,
    Parsed,
    L4, //
};
use ipvs_host_tests::{
    packet,
    siphash13, //
};
use proptest::collection::vec;
use proptest::prelude::*;

fn flow() -> impl Strategy<Value = Flow4> {
    let proto = prop_oneof![Just(6u8), Just(17u8), Just(132u8)];
    (
        any::<[u8; 4]>(),
        any::<[u8; 4]>(),
        any::<u16>(),
        any::<u16>(),
        proto,
    )
        .prop_map(|(src, dst, sport, dport, proto)| Flow {
            src: Ipv4Addr::from(src),
            dst: Ipv4Addr::from(dst),
            sport: Be16::from_host(sport),
            dport: Be16::from_host(dport),
            proto,
        })
}

/// Bytes in two pieces, as in a packet of which only the start is linear.
struct Pieces<'a>(&'a [u8], &'a [u8]);

impl Bytes for Pieces<'_> {
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let at = offset.checked_add(at)?;
            *byte = *self.0.iter().chain(self.1).nth(at)?;
        }
        Some(bytes)
    }

    fn len(&self) -> usize {
        self.0.len() + self.1.len()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_was_built_is_parsed(
        flow in flow(), flags: u8, options in 0usize..=10, data in vec(any::<u8>(), 0..50), base in 0usize..40,
    ) {
        let whole = packet(&flow, flags, 4 * options, &data);
        let framed = [vec![0x45; base], whole.clone()].concat();
        let Parsed::Headers(headers) = parse_ipv4(&framed[..], base) else {
            return Err(TestCaseError::fail("not parsed"));
        };

        prop_assert_eq!(headers.flow, flow);
        prop_assert_eq!(usize::from(headers.l4_offset), 20 + 4 * options);
        prop_assert_eq!(usize::from(headers.total_len), whole.len());
        prop_assert_eq!((headers.ttl, headers.dont_fragment), (64, true));
        match headers.l4 {
            L4::Tcp(parsed) => prop_assert_eq!((parsed.0, flow.proto), (flags, 6)),
            L4::Udp => prop_assert_eq!(flow.proto, 17),
            L4::Sctp(_) => prop_assert_eq!(flow.proto, 132),
            L4::Ipsec | L4::Truncated => prop_assert!(false),
        }
    }

    #[test]
    fn pieces_are_the_whole(flow in flow(), cut in 0usize..60, bytes in vec(any::<u8>(), 0..60)) {
        for whole in [packet(&flow, 2, 4, b"data"), bytes] {
            let (head, tail) = whole.split_at(cut.min(whole.len()));
            let pieces = Pieces(head, tail);

            prop_assert_eq!(parse_ipv4(&pieces, 0), parse_ipv4(&whole[..], 0));
            prop_assert_eq!(parse_quoted_ipv4(&pieces, 0), parse_quoted_ipv4(&whole[..], 0));
        }
    }

    /// What can be read of a prefix does not change when more can be read.
    #[test]
    fn more_bytes_only_tell_more(flow in flow(), first in 0usize..70) {
        let whole = packet(&flow, 0x12, 8, b"more");
        let Parsed::Headers(mut all) = parse_ipv4(&whole[..], 0) else {
            return Err(TestCaseError::fail("not parsed"));
        };
        if let Parsed::Headers(some) = parse_ipv4(&whole[..first.min(whole.len())], 0) {
            if matches!(some.l4, L4::Truncated | L4::Sctp(_)) {
                all.l4 = some.l4;
            }
            prop_assert_eq!(some, all);
        }
    }

    #[test]
    fn hash_is_siphash_of_the_tuple(flow in flow(), k0: u64, k1: u64) {
        let mut bytes = [flow.src.octets(), flow.dst.octets()].concat();
        bytes.extend([flow.sport.to_bytes(), flow.dport.to_bytes()].concat());
        bytes.push(flow.proto);

        prop_assert_eq!(flow.hash(&Key::new(k0, k1)), siphash13(k0, k1, &bytes) as u32);
    }

    #[test]
    fn equality_is_that_of_the_fields(a in flow(), b in flow(), pick in 0u8..32) {
        let take = |bit: u8| pick & (1 << bit) != 0;
        let mixed = Flow {
            src: if take(0) { b.src } else { a.src },
            dst: if take(1) { b.dst } else { a.dst },
            sport: if take(2) { b.sport } else { a.sport },
            dport: if take(3) { b.dport } else { a.dport },
            proto: if take(4) { b.proto } else { a.proto },
        };
        let fields = |f: &Flow4| (f.src, f.dst, f.sport, f.dport, f.proto);

        prop_assert_eq!(mixed == a, fields(&mixed) == fields(&a));
        prop_assert_eq!(mixed.reversed().reversed(), mixed);
    }
}

#[test]
fn buckets_fill_evenly() {
    let key = Key::new(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210);
    let mut low = [0u32; 1024];
    let mut high = [0u32; 1024];
    for client in 0..102_400u32 {
        let flow = Flow {
            src: Ipv4Addr::from(0x0a00_0000 + client / 1000),
            dst: Ipv4Addr::new(192, 0, 2, 1),
            sport: Be16::from_host(1024 + (client % 1000) as u16),
            dport: Be16::from_host(80),
            proto: 6,
        };
        let hash = flow.hash(&key);
        low[(hash & 1023) as usize] += 1;
        high[(hash >> 22) as usize] += 1;
    }
    // 100 in each; six standard deviations are 60.
    for count in low.into_iter().chain(high) {
        assert!((40..=160).contains(&count), "{count}");
    }
}
