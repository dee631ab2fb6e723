// SPDX-License-Identifier: GPL-2.0

//! Addresses of either family, and addresses with a port.
//!
//! Numbers of families are those of `AF_INET` and `AF_INET6` in `include/linux/socket.h`.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::byteorder::Be16;

/// Address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `AF_INET`.
    V4,
    /// `AF_INET6`.
    V6,
}

impl Family {
    /// From the number user space sends; `None` for a family that IPVS does not balance.
    #[inline]
    pub const fn from_af(af: u16) -> Option<Self> {
        match af {
            2 => Some(Self::V4),
            10 => Some(Self::V6),
            _ => None,
        }
    }

    /// The number user space knows.
    #[inline]
    pub const fn af(self) -> u16 {
        match self {
            Self::V4 => 2,
            Self::V6 => 10,
        }
    }
}

/// An address of either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Addr {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl Addr {
    /// `0.0.0.0` or `::`.
    #[inline]
    pub const fn unspecified(family: Family) -> Self {
        match family {
            Family::V4 => Self::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => Self::V6(Ipv6Addr::UNSPECIFIED),
        }
    }

    /// Takes the 16 bytes of C's `union nf_inet_addr`: an IPv4 address is the first four.
    #[inline]
    pub const fn from_octets16(family: Family, octets: &[u8; 16]) -> Self {
        match family {
            Family::V4 => {
                let [a, b, c, d, ..] = *octets;
                Self::V4(Ipv4Addr::new(a, b, c, d))
            }
            Family::V6 => Self::V6(Ipv6Addr::from_bits(u128::from_be_bytes(*octets))),
        }
    }

    /// The 16 bytes of C's `union nf_inet_addr`; what an IPv4 address leaves free is zero.
    #[inline]
    pub const fn to_octets16(self) -> [u8; 16] {
        match self {
            // Like this it is compiled to one load.
            Self::V4(addr) => (u32::from_le_bytes(addr.octets()) as u128).to_le_bytes(),
            Self::V6(addr) => addr.octets(),
        }
    }

    /// The same as two words, for a hash.
    #[inline]
    pub const fn to_words(self) -> [u64; 2] {
        let [a0, a1, a2, a3, a4, a5, a6, a7, b @ ..] = self.to_octets16();
        [
            u64::from_ne_bytes([a0, a1, a2, a3, a4, a5, a6, a7]),
            u64::from_ne_bytes(b),
        ]
    }

    /// The family of the address.
    #[inline]
    pub const fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Whether this is `0.0.0.0` or `::`.
    #[inline]
    pub const fn is_unspecified(self) -> bool {
        match self {
            Self::V4(addr) => addr.is_unspecified(),
            Self::V6(addr) => addr.is_unspecified(),
        }
    }
}

/// Whether `addr` can be that of one other host, reached by a route and not by a link alone: unicast,
/// not link-local, and no IPv4 address in disguise (`::ffff:0:0/96`).
pub const fn is_routable6(addr: Ipv6Addr) -> bool {
    const LINK_LOCAL: u16 = 0xfe80;
    let [first, ..] = addr.segments();

    !(addr.is_multicast()
        || addr.is_unspecified()
        || first & 0xffc0 == LINK_LOCAL
        || addr.to_ipv4_mapped().is_some())
}

/// Whether `addr` is that of one host, as the kernel's types of addresses have it.
pub const fn is_unicast6(addr: Ipv6Addr) -> bool {
    !(addr.is_multicast() || addr.is_unspecified() || addr.to_ipv4_mapped().is_some())
}

impl From<Addr> for IpAddr {
    #[inline]
    fn from(addr: Addr) -> Self {
        match addr {
            Addr::V4(addr) => Self::V4(addr),
            Addr::V6(addr) => Self::V6(addr),
        }
    }
}

impl From<IpAddr> for Addr {
    #[inline]
    fn from(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => Self::V4(addr),
            IpAddr::V6(addr) => Self::V6(addr),
        }
    }
}

impl From<Ipv4Addr> for Addr {
    #[inline]
    fn from(addr: Ipv4Addr) -> Self {
        Self::V4(addr)
    }
}

impl From<Ipv6Addr> for Addr {
    #[inline]
    fn from(addr: Ipv6Addr) -> Self {
        Self::V6(addr)
    }
}

/// An address with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The address.
    pub addr: Addr,
    /// The port, in network order; 0 stands for every port where a service says so.
    pub port: Be16,
}

impl Endpoint {
    /// An address with a port.
    #[inline]
    pub const fn new(addr: Addr, port: Be16) -> Self {
        Self { addr, port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const V6: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    #[test]
    fn families_are_2_and_10() {
        assert_eq!(Family::from_af(2), Some(Family::V4));
        assert_eq!(Family::from_af(10), Some(Family::V6));
        for af in [0, 1, 3, 9, 11, 0x0200, 0xffff] {
            assert_eq!(Family::from_af(af), None);
        }
        assert_eq!((Family::V4.af(), Family::V6.af()), (2, 10));
    }

    #[test]
    fn ipv4_is_in_the_first_four_bytes() {
        let mut octets = [0xee; 16];
        octets[..4].copy_from_slice(&[192, 0, 2, 1]);
        let addr = Addr::from_octets16(Family::V4, &octets);

        assert_eq!(addr, Addr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(addr.family(), Family::V4);
        assert_eq!(
            addr.to_octets16(),
            [192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn ipv6_is_all_sixteen() {
        let addr = Addr::from_octets16(Family::V6, &V6);

        assert_eq!(addr, Addr::V6("fd00::1".parse().unwrap()));
        assert_eq!(addr.family(), Family::V6);
        assert_eq!(addr.to_octets16(), V6);
        let words: Vec<u8> = addr
            .to_words()
            .into_iter()
            .flat_map(u64::to_ne_bytes)
            .collect();
        assert_eq!(words, V6);
    }

    #[test]
    fn addresses_of_other_hosts() {
        for addr in [
            "2001:db8::1",
            "fd00::1",
            "fec0::1",
            "::1",
            "::192.0.2.1",
            "100::",
            "64:ff9b::1",
        ] {
            assert!(is_routable6(addr.parse().unwrap()), "{addr}");
        }
        for addr in [
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "ff0e::1",
            "::ffff:192.0.2.1",
        ] {
            assert!(!is_routable6(addr.parse().unwrap()), "{addr}");
        }
    }

    #[test]
    fn unspecified() {
        for family in [Family::V4, Family::V6] {
            assert!(Addr::unspecified(family).is_unspecified());
            assert_eq!(Addr::unspecified(family).family(), family);
        }
        assert!(!Addr::from_octets16(Family::V6, &V6).is_unspecified());
        assert!(!Addr::V4(Ipv4Addr::LOCALHOST).is_unspecified());
    }
}
