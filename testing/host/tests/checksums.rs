// SPDX-License-Identifier: GPL-2.0

//! A checksum that was changed is the checksum of what was changed.

use std::net::Ipv4Addr;

use ipvs_core::byteorder::Be16;
use ipvs_core::csum::{
    Delta,
    Sum, //
};
use ipvs_host_tests::checksum;
use proptest::collection::vec;
use proptest::prelude::*;

fn full(bytes: &[u8]) -> Be16 {
    Be16::from_host(checksum(bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn sum_is_that_of_the_rfc(bytes in vec(any::<u8>(), 0..2000)) {
        prop_assert_eq!(Sum::new().add_bytes(&bytes).checksum(), full(&bytes));
    }

    #[test]
    fn parts_add_up(parts in vec(vec(any::<u8>(), 0..40), 0..8)) {
        let sum = parts.iter().fold(Sum::new(), |sum, part| sum.add_bytes(part));

        prop_assert_eq!(sum.checksum(), full(&parts.concat()));
    }

    #[test]
    fn pseudo_header(src: [u8; 4], dst: [u8; 4], proto: u8, len: u16, data in vec(any::<u8>(), 0..9)) {
        let (src, dst) = (Ipv4Addr::from(src), Ipv4Addr::from(dst));
        let mut bytes = ipvs_host_tests::pseudo(src, dst, proto, len.into());
        bytes.extend(&data);
        let sum = Sum::new().add_bytes(&data);
        // In front or behind, as long as the data before has an even length.
        if data.len() % 2 == 0 {
            prop_assert_eq!(sum.add_pseudo_v4(src, dst, proto, len).checksum(), full(&bytes));
        }
        prop_assert_eq!(
            Sum::new().add_pseudo_v4(src, dst, proto, len).add_bytes(&data).checksum(),
            full(&bytes)
        );
    }

    /// Any words of a header that is not all zero are replaced by any other.
    #[test]
    fn incremental_is_full(
        mut header in vec(any::<u8>(), 20..=20),
        words in vec((0usize..10, any::<u16>()), 0..6),
        addresses in vec((0usize..5, any::<[u8; 4]>()), 0..3),
    ) {
        header[0] |= 0x40;
        let before = full(&header);
        let mut delta = Delta::new();
        for (at, new) in words {
            let field = &mut header[2 * at..][..2];
            let old = Be16::from_bytes([field[0], field[1]]);
            field.copy_from_slice(&new.to_be_bytes());
            delta = delta.change2(old, Be16::from_host(new));
        }
        for (at, new) in addresses {
            let field = &mut header[4 * at..][..4];
            let old = Ipv4Addr::new(field[0], field[1], field[2], field[3]);
            field.copy_from_slice(&new);
            delta = delta.change4(old, Ipv4Addr::from(new));
        }
        // Only zeroes have a sum of zero, and there the two zeroes of ones' complement differ.
        prop_assume!(header.iter().any(|byte| *byte != 0));

        prop_assert_eq!(delta.apply(before), full(&header));
        prop_assert_ne!(delta.apply_udp(before), Be16::ZERO);
        let partial = Be16::from_raw(!delta.apply_partial(Be16::from_raw(!before.raw())).raw());
        prop_assert_eq!(partial, full(&header));
    }

    #[test]
    fn deltas_are_a_sum(a: u16, b: u16, c: u16, d: u16, check in 0u16..0xffff) {
        let [a, b, c, d, check] = [a, b, c, d, check].map(Be16::from_host);
        let (one, two) = (Delta::new().change2(a, b), Delta::new().change2(c, d));

        prop_assert_eq!(one.and(two).apply(check), two.and(one).apply(check));
        prop_assert_eq!(one.and(two).apply(check), two.apply(one.apply(check)));
        prop_assert_eq!(Delta::new().change2(b, a).apply(one.apply(check)), check);
    }

    #[test]
    fn time_to_live(ttl in 1u8.., mut header in vec(any::<u8>(), 20..=20)) {
        header[0] = 0x45;
        header[8] = ttl;
        let before = full(&header);
        header[8] -= 1;

        prop_assert_eq!(Delta::TTL_DECREMENTED.apply(before), full(&header));
    }
}
