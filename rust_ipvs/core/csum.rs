// SPDX-License-Identifier: GPL-2.0

//! The Internet checksum: RFC 1071 (computing it) and RFC 1624 (changing it).
//!
//! Sums are of words as they lie in memory, never swapped: a ones' complement sum is the same in
//! either byte order up to the order of its result (RFC 1071, 2(B)), and the result is only written
//! back.

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::byteorder::Be16;

/// Folds a sum to 16 bits by adding the carries back.
#[inline]
const fn fold(sum: u64) -> u16 {
    // 2^32 and 2^16 are both 1 modulo 2^16 - 1, so halves add up.
    let sum = (sum & 0xffff_ffff).wrapping_add(sum >> 32);
    let sum = (sum & 0xffff)
        .wrapping_add((sum >> 16) & 0xffff)
        .wrapping_add(sum >> 32);
    let sum = (sum & 0xffff).wrapping_add(sum >> 16);

    ((sum & 0xffff).wrapping_add(sum >> 16)) as u16
}

/// A running sum over parts of a packet.
///
/// Parts may have odd lengths: the next part then begins in the middle of a word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    sum: u64,
    odd: bool,
}

impl Sum {
    /// The sum of nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { sum: 0, odd: false }
    }

    /// Adds bytes; the last one of an odd number is as if a zero followed.
    pub fn add_bytes(self, bytes: &[u8]) -> Self {
        let mut sum = 0u64;
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk::<4>() {
            sum = sum.wrapping_add(u64::from(u32::from_ne_bytes(*word)));
            rest = tail;
        }
        if let Some((word, tail)) = rest.split_first_chunk::<2>() {
            sum = sum.wrapping_add(u64::from(u16::from_ne_bytes(*word)));
            rest = tail;
        }
        if let [last] = rest {
            sum = sum.wrapping_add(u64::from(u16::from_ne_bytes([*last, 0])));
        }

        self.add_part(fold(sum), bytes.len() & 1 != 0)
    }

    /// Adds a number of 16 bits, such as a port or the length in a pseudo header.
    #[inline]
    pub fn add_be16(self, word: Be16) -> Self {
        self.add_part(word.raw(), false)
    }

    /// Adds an IPv4 address.
    #[inline]
    pub fn add_addr(self, addr: Ipv4Addr) -> Self {
        self.add_part(fold(u64::from(u32::from_ne_bytes(addr.octets()))), false)
    }

    /// Adds the pseudo header of TCP or UDP over IPv4 (RFC 793, 3.1; RFC 768).
    ///
    /// `len` is the length of the TCP or UDP header and its data, in bytes.
    #[inline]
    pub fn add_pseudo_v4(self, src: Ipv4Addr, dst: Ipv4Addr, proto: u8, len: u16) -> Self {
        self.add_addr(src)
            .add_addr(dst)
            .add_be16(Be16::from_bytes([0, proto]))
            .add_be16(Be16::from_host(len))
    }

    /// Adds the pseudo header of an upper-layer protocol over IPv6 (RFC 8200, 8.1).
    ///
    /// `len` is the length of the upper-layer header and its data, in bytes.
    pub fn add_pseudo_v6(self, src: Ipv6Addr, dst: Ipv6Addr, proto: u8, len: u32) -> Self {
        self.add_bytes(&src.octets())
            .add_bytes(&dst.octets())
            .add_bytes(&len.to_be_bytes())
            .add_be16(Be16::from_bytes([0, proto]))
    }

    /// The sum, not complemented: what `CHECKSUM_PARTIAL` keeps of a pseudo header.
    #[inline]
    pub const fn fold(self) -> u16 {
        fold(self.sum)
    }

    /// The checksum of what was added, as it goes into a header.
    ///
    /// The field itself must have been zero, or been left out.
    #[inline]
    pub const fn checksum(self) -> Be16 {
        Be16::from_raw(!self.fold())
    }

    /// The checksum as UDP sends it: 0 means "none" there, so that 0xffff takes its place (RFC 768).
    #[inline]
    pub const fn udp_checksum(self) -> Be16 {
        no_zero(self.checksum())
    }

    #[inline]
    fn add_part(mut self, part: u16, odd: bool) -> Self {
        // A part that begins at the second byte of a word has its bytes the other way round.
        let part = if self.odd { part.swap_bytes() } else { part };
        self.sum = self.sum.wrapping_add(u64::from(part));
        self.odd ^= odd;
        self
    }
}

/// What a set of changes does to a checksum (RFC 1624, equation 3).
///
/// The changes of a connection are the same for each of its packets, so that they can be computed
/// once and applied many times. Applying costs one addition and one carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta(u16);

impl Default for Delta {
    fn default() -> Self {
        Self::new()
    }
}

impl Delta {
    /// The time to live, or hop limit, of an IPv4 header goes down by one.
    pub const TTL_DECREMENTED: Self = Self(!Be16::from_bytes([1, 0]).raw());

    /// No change.
    #[inline]
    pub const fn new() -> Self {
        Self(0)
    }

    /// A field of 16 bits changes.
    #[inline]
    pub const fn change2(self, old: Be16, new: Be16) -> Self {
        self.add(!old.raw() as u64).add(new.raw() as u64)
    }

    /// An IPv4 address changes.
    #[inline]
    pub const fn change4(self, old: Ipv4Addr, new: Ipv4Addr) -> Self {
        self.add(!u32::from_ne_bytes(old.octets()) as u64)
            .add(u32::from_ne_bytes(new.octets()) as u64)
    }

    /// An IPv6 address changes.
    #[inline]
    pub const fn change16(self, old: Ipv6Addr, new: Ipv6Addr) -> Self {
        self.add(!sum16(old) as u64).add(sum16(new) as u64)
    }

    /// Both sets of changes.
    #[inline]
    pub const fn and(self, other: Self) -> Self {
        Self(self.sum(other.0))
    }

    /// The checksum after the changes, from the one before: for a complemented checksum as it is in
    /// the headers of IPv4, TCP and ICMP.
    #[inline]
    pub const fn apply(self, check: Be16) -> Be16 {
        Be16::from_raw(!self.sum(!check.raw()))
    }

    /// As [`Self::apply`], for UDP: a result of 0 becomes 0xffff.
    ///
    /// A checksum of 0 means that there is none: the caller looks before.
    #[inline]
    pub const fn apply_udp(self, check: Be16) -> Be16 {
        no_zero(self.apply(check))
    }

    /// The sum after the changes: for one that is not complemented, as a header holds it with
    /// `CHECKSUM_PARTIAL`. Only changes of the pseudo header count there.
    #[inline]
    pub const fn apply_partial(self, sum: Be16) -> Be16 {
        Be16::from_raw(self.sum(sum.raw()))
    }

    #[inline]
    const fn add(self, word: u64) -> Self {
        Self(fold((self.0 as u64).wrapping_add(word)))
    }

    /// Ones' complement addition: of two 16-bit numbers there is at most one carry.
    #[inline]
    const fn sum(self, word: u16) -> u16 {
        let (sum, carry) = self.0.overflowing_add(word);

        sum.wrapping_add(carry as u16)
    }
}

/// The sum of an IPv6 address.
#[inline]
const fn sum16(addr: Ipv6Addr) -> u16 {
    let words = u128::from_ne_bytes(addr.octets());
    let (sum, carry) = (words as u64).overflowing_add((words >> 64) as u64);

    // 2^64 is 1 modulo 2^16 - 1, too.
    fold(sum.wrapping_add(carry as u64))
}

/// The checksum after a 16-bit field changed.
#[inline]
pub const fn replace2(check: Be16, old: Be16, new: Be16) -> Be16 {
    Delta::new().change2(old, new).apply(check)
}

/// The checksum after an IPv4 address changed.
#[inline]
pub const fn replace4(check: Be16, old: Ipv4Addr, new: Ipv4Addr) -> Be16 {
    Delta::new().change4(old, new).apply(check)
}

#[inline]
const fn no_zero(check: Be16) -> Be16 {
    if check.raw() == 0 {
        Be16::from_raw(0xffff)
    } else {
        check
    }
}

#[cfg(test)]
mod tests;
