// SPDX-License-Identifier: GPL-2.0

//! What IPv4 and IPv6 have each in its own way.
//!
//! Whatever deals with packets is generic over the type of address, so that IPv4 pays neither with
//! time nor with memory for IPv6.

use core::fmt::Debug;
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::Be16;
use crate::csum::{
    Delta,
    Sum, //
};
use crate::flow::Flow;
use crate::hash;
use crate::packet::{
    parse_ipv4,
    parse_ipv6,
    parse_plain_ipv4,
    parse_plain_ipv6,
    parse_quoted_ipv4,
    parse_quoted_ipv6,
    Bytes,
    Headers,
    Parsed, //
};
use crate::quote::fill_in_check;
use crate::tunnel::outer::{
    self,
    Inherited, //
};
use crate::wire::{
    ipv4,
    ipv6,
    proto, //
};

/// A version of IP, by its type of address.
pub trait Ip: Copy + Eq + Debug + Into<Addr> + Send + Sync + 'static {
    /// Which one it is.
    const FAMILY: Family;
    /// `0.0.0.0` or `::`.
    const UNSPECIFIED: Self;
    /// The protocol number of its control messages.
    const ICMP: u8;
    /// Length of a header without options or extension headers, in bytes.
    const HEADER_LEN: usize;
    /// Where the header has the source address, in bytes.
    const OFFSET_SRC: usize;
    /// Where the header has the destination address, in bytes.
    const OFFSET_DST: usize;

    /// The address, if it is one of this version.
    fn from_addr(addr: Addr) -> Option<Self>;

    /// Whether no packet with this address may be outside of a host.
    fn is_loopback_addr(self) -> bool;

    /// The network that the address is in. `netmask` is a mask whose memory is in network order, or
    /// for IPv6 the length of a prefix.
    fn network(self, netmask: u32) -> Self;

    /// What stands for a firewall mark where there would be an address.
    fn from_mark(mark: u32) -> Self;

    /// Compares tuples.
    fn is_same_flow(a: &Flow<Self>, b: &Flow<Self>) -> bool;

    /// Hash of a tuple; all 32 bits are usable.
    fn hash_flow(flow: &Flow<Self>, key: &hash::Key) -> u32;

    /// Parses a packet of TCP or UDP without anything unusual. `None` says nothing about others.
    fn parse_plain<B: Bytes + ?Sized>(bytes: &B) -> Option<Headers<Self>>;

    /// Parses the packet at `base`.
    fn parse<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self>;

    /// Parses the packet at `base` that an ICMP error quotes.
    fn parse_quoted<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self>;

    /// What it does to a checksum that an address changes.
    fn change(delta: Delta, old: Self, new: Self) -> Delta;

    /// Adds the pseudo header of TCP or UDP. `len` is that of their header and data, in bytes.
    fn add_pseudo(sum: Sum, src: Self, dst: Self, proto: u8, len: usize) -> Sum;

    /// Puts the address into a header, at `offset`.
    fn put(self, header: &mut [u8], offset: usize) -> Option<()>;

    /// Type of service, or traffic class, from the first two bytes of the header.
    fn tos(begin: [u8; 2]) -> u8;

    /// Takes one from the time to live, or hop limit. Returns what that does to the checksum of the
    /// header.
    fn lower_ttl(header: &mut [u8]) -> Option<Delta>;

    /// Makes the checksum of the header right, if it has one, after the changes `delta`.
    fn update_check(header: &mut [u8], delta: Delta) -> Option<()>;

    /// Writes a header without options, complete, of a packet that is not to be fragmented. `len` is
    /// the length of what follows, in bytes.
    fn put_header(
        header: &mut [u8],
        src: Self,
        dst: Self,
        proto: u8,
        ttl: u8,
        len: u16,
    ) -> Option<()>;
}

impl Ip for Ipv4Addr {
    const FAMILY: Family = Family::V4;
    const UNSPECIFIED: Self = Self::UNSPECIFIED;
    const ICMP: u8 = proto::ICMP;
    const HEADER_LEN: usize = ipv4::MIN_LEN;
    const OFFSET_SRC: usize = ipv4::OFFSET_SRC;
    const OFFSET_DST: usize = ipv4::OFFSET_DST;

    #[inline]
    fn from_addr(addr: Addr) -> Option<Self> {
        match addr {
            Addr::V4(addr) => Some(addr),
            Addr::V6(_) => None,
        }
    }

    #[inline]
    fn is_loopback_addr(self) -> bool {
        self.is_loopback()
    }

    fn network(self, netmask: u32) -> Self {
        let bits = u32::from_ne_bytes(self.octets()) & netmask;
        Self::from(bits.to_ne_bytes())
    }

    fn from_mark(mark: u32) -> Self {
        Self::from_bits(mark)
    }

    /// Compares words without a branch in between: packets that reach the comparison mostly match.
    #[inline]
    fn is_same_flow(a: &Flow<Self>, b: &Flow<Self>) -> bool {
        let (a0, a1) = a.words();
        let (b0, b1) = b.words();

        ((a0 ^ b0) | (a1 ^ b1)) == 0
    }

    #[inline(always)]
    fn hash_flow(flow: &Flow<Self>, key: &hash::Key) -> u32 {
        let (w0, w1) = flow.words();

        // The low half, as SipHash is uniform in every bit.
        key.hash_13_bytes(w0, w1) as u32
    }

    #[inline(always)]
    fn parse_plain<B: Bytes + ?Sized>(bytes: &B) -> Option<Headers<Self>> {
        parse_plain_ipv4(bytes)
    }

    fn parse<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self> {
        parse_ipv4(bytes, base)
    }

    fn parse_quoted<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self> {
        parse_quoted_ipv4(bytes, base)
    }

    #[inline]
    fn change(delta: Delta, old: Self, new: Self) -> Delta {
        delta.change4(old, new)
    }

    #[inline]
    fn add_pseudo(sum: Sum, src: Self, dst: Self, proto: u8, len: usize) -> Sum {
        sum.add_pseudo_v4(src, dst, proto, len as u16)
    }

    #[inline(always)]
    fn put(self, header: &mut [u8], offset: usize) -> Option<()> {
        put(header, offset, self.octets())
    }

    #[inline]
    fn tos([_, tos]: [u8; 2]) -> u8 {
        tos
    }

    #[inline(always)]
    fn lower_ttl(header: &mut [u8]) -> Option<Delta> {
        let [ttl] = get(header, ipv4::OFFSET_TTL)?;
        put(header, ipv4::OFFSET_TTL, [ttl.wrapping_sub(1)])?;
        Some(Delta::TTL_DECREMENTED)
    }

    #[inline(always)]
    fn update_check(header: &mut [u8], delta: Delta) -> Option<()> {
        if header.len() > ipv4::MIN_LEN {
            // The IP layer fills in options (such as a recorded route) and leaves the checksum for later.
            return fill_in_check(header);
        }
        let check = Be16::from_bytes(get(header, ipv4::OFFSET_CHECK)?);
        put(header, ipv4::OFFSET_CHECK, delta.apply(check).to_bytes())
    }

    fn put_header(
        header: &mut [u8],
        src: Self,
        dst: Self,
        proto: u8,
        ttl: u8,
        len: u16,
    ) -> Option<()> {
        put(header, 0, outer::header4(plain(ttl), proto, src, dst))?;
        let len = len.wrapping_add(ipv4::MIN_LEN as u16);
        put(header, ipv4::OFFSET_LEN, len.to_be_bytes())?;
        fill_in_check(header)
    }
}

impl Ip for Ipv6Addr {
    const FAMILY: Family = Family::V6;
    const UNSPECIFIED: Self = Self::UNSPECIFIED;
    const ICMP: u8 = proto::ICMPV6;
    const HEADER_LEN: usize = ipv6::LEN;
    const OFFSET_SRC: usize = ipv6::OFFSET_SRC;
    const OFFSET_DST: usize = ipv6::OFFSET_DST;

    #[inline]
    fn from_addr(addr: Addr) -> Option<Self> {
        match addr {
            Addr::V6(addr) => Some(addr),
            Addr::V4(_) => None,
        }
    }

    #[inline]
    fn is_loopback_addr(self) -> bool {
        self.is_loopback()
    }

    fn network(self, netmask: u32) -> Self {
        let host = u128::BITS.saturating_sub(netmask);
        // With no prefix at all nothing is left.
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        Self::from_bits(self.to_bits() & mask)
    }

    fn from_mark(mark: u32) -> Self {
        // As C's union has it: where an address of IPv4 would be.
        let [a, b, c, d] = mark.to_be_bytes();
        Self::from([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    #[inline]
    fn is_same_flow(a: &Flow<Self>, b: &Flow<Self>) -> bool {
        let pairs = a.words().into_iter().zip(b.words());

        pairs.fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    }

    #[inline]
    fn hash_flow(flow: &Flow<Self>, key: &hash::Key) -> u32 {
        key.hash_37_bytes(flow.words()) as u32
    }

    #[inline(always)]
    fn parse_plain<B: Bytes + ?Sized>(bytes: &B) -> Option<Headers<Self>> {
        parse_plain_ipv6(bytes)
    }

    fn parse<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self> {
        parse_ipv6(bytes, base)
    }

    fn parse_quoted<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Self> {
        parse_quoted_ipv6(bytes, base)
    }

    #[inline]
    fn change(delta: Delta, old: Self, new: Self) -> Delta {
        delta.change16(old, new)
    }

    #[inline]
    fn add_pseudo(sum: Sum, src: Self, dst: Self, proto: u8, len: usize) -> Sum {
        sum.add_pseudo_v6(src, dst, proto, len as u32)
    }

    #[inline]
    fn put(self, header: &mut [u8], offset: usize) -> Option<()> {
        put(header, offset, self.octets())
    }

    #[inline]
    fn tos([first, second]: [u8; 2]) -> u8 {
        (first << 4) | (second >> 4)
    }

    #[inline]
    fn lower_ttl(header: &mut [u8]) -> Option<Delta> {
        let [limit] = get(header, ipv6::OFFSET_HOP_LIMIT)?;
        put(header, ipv6::OFFSET_HOP_LIMIT, [limit.wrapping_sub(1)])?;
        Some(Delta::new())
    }

    #[inline]
    fn update_check(_header: &mut [u8], _delta: Delta) -> Option<()> {
        Some(())
    }

    fn put_header(
        header: &mut [u8],
        src: Self,
        dst: Self,
        proto: u8,
        ttl: u8,
        len: u16,
    ) -> Option<()> {
        put(header, 0, outer::header6(plain(ttl), proto, src, dst))?;
        put(header, ipv6::OFFSET_LEN, len.to_be_bytes())
    }
}

/// A header that has nothing of another one.
const fn plain(ttl: u8) -> Inherited {
    Inherited {
        ttl,
        tos: 0,
        dont_fragment: true,
    }
}

/// `N` bytes at `offset`, if they are there.
#[inline(always)]
pub fn get<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// Writes `N` bytes at `offset`, if there is room.
#[inline(always)]
pub fn put<const N: usize>(bytes: &mut [u8], offset: usize, value: [u8; N]) -> Option<()> {
    *bytes.get_mut(offset..)?.first_chunk_mut()? = value;
    Some(())
}

#[cfg(test)]
mod tests;
