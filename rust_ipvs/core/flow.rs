// SPDX-License-Identifier: GPL-2.0

//! The tuple of a packet, and what of it goes into a hash.

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::byteorder::Be16;
use crate::hash;
use crate::ip::Ip;

/// Protocol, addresses and ports of one packet, as they are on the wire.
///
/// Generic over the address so that IPv4 does not pay for the size of IPv6.
#[derive(Clone, Copy, Debug)]
pub struct Flow<A> {
    /// Source address.
    pub src: A,
    /// Destination address.
    pub dst: A,
    /// Source port.
    pub sport: Be16,
    /// Destination port.
    pub dport: Be16,
    /// IP protocol number.
    pub proto: u8,
}

/// The tuple of an IPv4 packet: 13 bytes.
pub type Flow4 = Flow<Ipv4Addr>;

/// The tuple of an IPv6 packet.
pub type Flow6 = Flow<Ipv6Addr>;

/// Which way a packet goes through its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Client to virtual service.
    Original,
    /// Real server to client.
    Reply,
}

impl<A: Copy> Flow<A> {
    /// The tuple of a packet that answers this one.
    #[inline]
    pub const fn reversed(&self) -> Self {
        Self {
            src: self.dst,
            dst: self.src,
            sport: self.dport,
            dport: self.sport,
            proto: self.proto,
        }
    }

    /// Ports and protocol as one word: sport, dport, proto in the order of memory.
    #[inline]
    fn tail(&self) -> u64 {
        u64::from(self.sport.raw().to_le())
            | (u64::from(self.dport.raw().to_le()) << 16)
            | (u64::from(self.proto) << 32)
    }
}

impl<A: Ip> Flow<A> {
    /// Hash of the tuple; all 32 bits are usable.
    #[inline]
    pub fn hash(&self, key: &hash::Key) -> u32 {
        A::hash_flow(self, key)
    }
}

impl Flow4 {
    /// The whole tuple as two words; equal words mean equal tuples.
    #[inline]
    pub fn words(&self) -> (u64, u64) {
        let src = u32::from_le_bytes(self.src.octets());
        let dst = u32::from_le_bytes(self.dst.octets());

        (u64::from(src) | (u64::from(dst) << 32), self.tail())
    }
}

impl Flow6 {
    /// The whole tuple as five words, the addresses in the order of memory; equal words mean equal
    /// tuples.
    #[inline]
    pub fn words(&self) -> [u64; 5] {
        let [s0, s1] = halves(self.src);
        let [d0, d1] = halves(self.dst);

        [s0, s1, d0, d1, self.tail()]
    }
}

/// An address as two words, little-endian.
#[inline]
fn halves(addr: Ipv6Addr) -> [u64; 2] {
    let [a0, a1, a2, a3, a4, a5, a6, a7, b @ ..] = addr.octets();

    [
        u64::from_le_bytes([a0, a1, a2, a3, a4, a5, a6, a7]),
        u64::from_le_bytes(b),
    ]
}

impl<A: Ip> PartialEq for Flow<A> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        A::is_same_flow(self, other)
    }
}

impl<A: Ip> Eq for Flow<A> {}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: hash::Key = hash::Key::new(3, 5);

    fn flow() -> Flow4 {
        Flow {
            src: Ipv4Addr::new(10, 0, 0, 2),
            dst: Ipv4Addr::new(192, 0, 2, 1),
            sport: Be16::from_host(50000),
            dport: Be16::from_host(8080),
            proto: 6,
        }
    }

    #[test]
    fn words_are_the_bytes_of_the_wire() {
        let (w0, w1) = flow().words();

        assert_eq!(w0.to_le_bytes(), [10, 0, 0, 2, 192, 0, 2, 1]);
        assert_eq!(w1.to_le_bytes(), [0xc3, 0x50, 0x1f, 0x90, 6, 0, 0, 0]);
        assert_eq!(flow().hash(&KEY), KEY.hash_13_bytes(w0, w1) as u32);
    }

    #[test]
    fn reversed_twice_is_the_same() {
        let reply = flow().reversed();

        assert_eq!(reply.src, flow().dst);
        assert_eq!(reply.sport, flow().dport);
        assert_ne!(reply, flow());
        assert_eq!(reply.reversed(), flow());
    }

    #[test]
    fn every_field_tells_flows_apart() {
        let changed: [fn(&mut Flow4); 5] = [
            |f| f.src = Ipv4Addr::new(10, 0, 0, 3),
            |f| f.dst = Ipv4Addr::new(192, 0, 2, 2),
            |f| f.sport = Be16::from_host(50001),
            |f| f.dport = Be16::from_host(8081),
            |f| f.proto = 17,
        ];
        for change in changed {
            let mut other = flow();
            change(&mut other);

            assert_ne!(other, flow());
            assert_ne!(other.hash(&KEY), flow().hash(&KEY));
        }
    }

    #[test]
    fn ipv6_hashes_all_fields() {
        let flow = Flow6 {
            src: "fd00::1".parse().unwrap(),
            dst: "fd00::2".parse().unwrap(),
            sport: Be16::from_host(50000),
            dport: Be16::from_host(8080),
            proto: 6,
        };
        let changed: [fn(&mut Flow6); 7] = [
            |f| f.src = "fd01::1".parse().unwrap(),
            |f| f.src = "fd00::3".parse().unwrap(),
            |f| f.dst = "fd01::2".parse().unwrap(),
            |f| f.dst = "fd00::3".parse().unwrap(),
            |f| f.sport = Be16::from_host(50001),
            |f| f.dport = Be16::from_host(8081),
            |f| f.proto = 17,
        ];
        for change in changed {
            let mut other = flow;
            change(&mut other);

            assert_ne!(other, flow);
            assert_ne!(other.hash(&KEY), flow.hash(&KEY));
        }
        let [s0, _, _, d1, tail] = flow.words();
        assert_eq!(s0.to_le_bytes(), [0xfd, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(d1.to_le_bytes(), [0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(tail.to_le_bytes(), [0xc3, 0x50, 0x1f, 0x90, 6, 0, 0, 0]);
    }

    #[test]
    fn ipv6_compares_all_fields() {
        let flow = Flow6 {
            src: Ipv6Addr::LOCALHOST,
            dst: Ipv6Addr::UNSPECIFIED,
            sport: Be16::from_host(1),
            dport: Be16::from_host(2),
            proto: 17,
        };

        assert_eq!(flow, flow.reversed().reversed());
        assert_ne!(flow, flow.reversed());
        assert_ne!(flow, Flow6 { proto: 6, ..flow });
        assert_ne!(
            flow,
            Flow6 {
                dst: flow.src,
                ..flow
            }
        );
    }
}
