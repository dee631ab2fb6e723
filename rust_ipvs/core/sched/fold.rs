// SPDX-License-Identifier: GPL-2.0

//! Addresses as single words, and hashes of words, as all directors have to compute them.

use crate::addr::{
    Addr,
    Family, //
};

/// The address as a scheduler of a service of `family` sees it: one of IPv4 as a number, one of IPv6
/// as the difference of its four words; of one of the wrong family as much as there is.
#[inline]
pub fn fold(family: Family, addr: Addr) -> u32 {
    match (family, addr) {
        (_, Addr::V4(addr)) => addr.to_bits(),
        (Family::V6, Addr::V6(addr)) => {
            let bits = addr.to_bits();
            let halves = (bits as u64) ^ bits.wrapping_shr(64) as u64;
            (halves as u32) ^ halves.wrapping_shr(32) as u32
        }
        // The first four bytes.
        (Family::V4, Addr::V6(addr)) => addr.to_bits().wrapping_shr(96) as u32,
    }
}

/// The highest `bits` of the product with the golden ratio.
#[inline]
pub const fn hash32(value: u32, bits: u32) -> u32 {
    const GOLDEN_RATIO: u32 = 0x61C8_8647;
    let product = value.wrapping_mul(GOLDEN_RATIO);
    product.wrapping_shr(u32::BITS.wrapping_sub(bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{
        Ipv4Addr,
        Ipv6Addr, //
    };

    #[test]
    fn folded() {
        let four = Addr::V4(Ipv4Addr::new(10, 0, 0, 1));
        let six = Addr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6));

        assert_eq!(fold(Family::V4, four), 0x0a00_0001);
        assert_eq!(fold(Family::V6, four), 0x0a00_0001);
        assert_eq!(
            fold(Family::V6, six),
            0x2001_0db8 ^ 0x0001_0002 ^ 0x0003_0004 ^ 0x0005_0006
        );
        assert_eq!(fold(Family::V4, six), 0x2001_0db8);
    }

    #[test]
    fn hashed() {
        assert_eq!(hash32(0, 8), 0);
        assert_eq!(hash32(1, 8), 0x61);
        // 0xc0000201 * 0x61c88647 = ...
        assert_eq!(
            hash32(0xc000_0201, 8),
            ((0xc000_0201_u64 * 0x61c8_8647) as u32) >> 24
        );
        assert!(hash32(u32::MAX, 10) < 1024);
    }
}
