// SPDX-License-Identifier: GPL-2.0

//! Numbers in network byte order, as types.
//!
//! A port or an address is kept in the order it has on the wire, so that the packet path copies and
//! compares without swapping. Only arithmetic and output convert.

use core::cmp::Ordering;
use core::fmt;

macro_rules! big_endian {
    ($(#[$doc:meta])* $name:ident, $int:ty, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        #[repr(transparent)]
        pub struct $name($int);

        impl $name {
            /// Zero, which is the same in both orders.
            pub const ZERO: Self = Self(0);

            /// Takes a number in host order.
            #[inline]
            pub const fn from_host(value: $int) -> Self {
                Self(value.to_be())
            }

            /// The number in host order.
            #[inline]
            pub const fn to_host(self) -> $int {
                <$int>::from_be(self.0)
            }

            /// Takes an integer whose memory is already in network order (C's `__be` types).
            #[inline]
            pub const fn from_raw(raw: $int) -> Self {
                Self(raw)
            }

            /// The integer whose memory is in network order.
            #[inline]
            pub const fn raw(self) -> $int {
                self.0
            }

            /// Takes the bytes as they are on the wire.
            #[inline]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(<$int>::from_ne_bytes(bytes))
            }

            /// The bytes as they go on the wire.
            #[inline]
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0.to_ne_bytes()
            }
        }

        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                self.to_host().cmp(&other.to_host())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.to_host(), f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.to_host(), f)
            }
        }
    };
}

big_endian! {
    /// A 16-bit number in network byte order: a port, a checksum.
    Be16, u16, 2
}

big_endian! {
    /// A 32-bit number in network byte order: an IPv4 netmask, a multicast group.
    Be32, u32, 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn port_8080_is_1f90_on_the_wire() {
        let port = Be16::from_host(8080);

        assert_eq!(port.to_bytes(), [0x1f, 0x90]);
        assert_eq!(Be16::from_bytes([0x1f, 0x90]), port);
        assert_eq!(port.to_host(), 8080);
        assert_eq!(Be16::from_raw(port.raw()), port);
        assert_eq!(port.raw(), u16::from_ne_bytes([0x1f, 0x90]));
    }

    #[test]
    fn word_keeps_its_bytes() {
        let mask = Be32::from_bytes([255, 255, 255, 0]);

        assert_eq!(mask.to_host(), 0xffff_ff00);
        assert_eq!(Be32::from_host(0xffff_ff00), mask);
        assert_eq!(mask.to_bytes(), [255, 255, 255, 0]);
    }

    #[test]
    fn order_and_output_are_those_of_the_host_number() {
        // 0x00ff < 0x0100, but not when compared as little-endian memory.
        assert!(Be16::from_host(0x00ff) < Be16::from_host(0x0100));
        assert_eq!(
            format!("{} {:?}", Be16::from_host(80), Be16::from_host(443)),
            "80 443"
        );
    }
}
