// SPDX-License-Identifier: GPL-2.0

//! The IPv4 header (RFC 791, section 3.1).

use core::net::Ipv4Addr;

use crate::byteorder::Be16;

/// Length of a header without options.
pub const MIN_LEN: usize = 20;
/// Type of service, today DSCP and ECN: 1 byte.
pub const OFFSET_TOS: usize = 1;
/// Length of the whole packet, in bytes: 2 bytes.
pub const OFFSET_LEN: usize = 2;
/// Time to live: 1 byte.
pub const OFFSET_TTL: usize = 8;
/// Header checksum: 2 bytes.
pub const OFFSET_CHECK: usize = 10;
/// Source address: 4 bytes.
pub const OFFSET_SRC: usize = 12;
/// Destination address: 4 bytes.
pub const OFFSET_DST: usize = 16;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// The fixed part of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    header_len: u8,
    /// DSCP and ECN.
    pub tos: u8,
    /// Length of the whole packet in bytes; 0 for an aggregate beyond 65,535 bytes ("BIG TCP").
    pub total_len: u16,
    /// Identification, common to the fragments of a packet.
    pub id: Be16,
    frag: u16,
    /// Time to live.
    pub ttl: u8,
    /// Protocol of the payload.
    pub protocol: u8,
    /// Header checksum, not verified.
    pub check: Be16,
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
}

impl Header {
    /// Reads a header.
    ///
    /// `None` if the version is not 4, the header length is below 20 bytes, or the total length is
    /// less than the header (and not 0).
    #[inline]
    pub const fn parse(bytes: &[u8; MIN_LEN]) -> Option<Self> {
        match Self::parse_quoted(bytes) {
            // Less one on both sides, so that 0 is the highest and passes.
            Some(header)
                if header.total_len.wrapping_sub(1) >= header.header_len.wrapping_sub(1) as u16 =>
            {
                Some(header)
            }
            _ => None,
        }
    }

    /// Reads a header without options. `None` if it has some, or [`Self::parse`] would say so.
    #[inline(always)]
    pub const fn parse_plain(bytes: &[u8; MIN_LEN]) -> Option<Self> {
        // Less one on both sides, as in `parse`.
        const LEAST: u16 = (MIN_LEN as u16).wrapping_sub(1);
        let [0x45, ..] = bytes else {
            return None;
        };
        match Self::parse_quoted(bytes) {
            Some(header) if header.total_len.wrapping_sub(1) >= LEAST => Some(header),
            _ => None,
        }
    }

    /// Reads a header that an ICMP error quotes. Its total length is what some old router made of it,
    /// so that it is not looked at.
    #[inline(always)]
    pub const fn parse_quoted(bytes: &[u8; MIN_LEN]) -> Option<Self> {
        let [version, tos, l0, l1, i0, i1, f0, f1, ttl, protocol, c0, c1, s0, s1, s2, s3, d0, d1, d2, d3] =
            *bytes;
        // Version and length share a byte: 0x45 to 0x4f are good.
        if version < 0x45 || version > 0x4f {
            return None;
        }
        let header_len = (version & 0xf) << 2;

        Some(Self {
            header_len,
            tos,
            total_len: u16::from_be_bytes([l0, l1]),
            id: Be16::from_bytes([i0, i1]),
            frag: u16::from_be_bytes([f0, f1]),
            ttl,
            protocol,
            check: Be16::from_bytes([c0, c1]),
            src: Ipv4Addr::new(s0, s1, s2, s3),
            dst: Ipv4Addr::new(d0, d1, d2, d3),
        })
    }

    /// Length of the header with its options, in bytes: 20 to 60.
    #[inline]
    pub const fn header_len(&self) -> usize {
        self.header_len as usize
    }

    /// Whether routers must not fragment the packet.
    #[inline]
    pub const fn dont_fragment(&self) -> bool {
        self.frag & DONT_FRAGMENT != 0
    }

    /// Whether this is a part of a packet: the first, a middle or the last one.
    #[inline]
    pub const fn is_fragment(&self) -> bool {
        self.frag & (MORE_FRAGMENTS | FRAGMENT_OFFSET) != 0
    }

    /// Position of a fragment's payload in its packet, in bytes; 0 for the first fragment.
    #[inline]
    pub const fn fragment_offset(&self) -> u16 {
        (self.frag & FRAGMENT_OFFSET) << 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN to 192.0.2.1 with four bytes of options, not to be fragmented.
    const SYN: [u8; 20] = [
        0x46, 0xb8, 0x00, 0x2c, 0xbe, 0xef, 0x40, 0x00, 0x3f, 0x06, 0x12, 0x34, 10, 0, 0, 2, 192,
        0, 2, 1,
    ];

    fn with(offset: usize, value: u8) -> [u8; 20] {
        let mut bytes = SYN;
        bytes[offset] = value;
        bytes
    }

    #[test]
    fn fields() {
        let header = Header::parse(&SYN).unwrap();

        assert_eq!(header.header_len(), 24);
        assert_eq!(header.tos, 0xb8);
        assert_eq!(header.total_len, 44);
        assert_eq!(header.id, Be16::from_host(0xbeef));
        assert!(header.dont_fragment());
        assert!(!header.is_fragment());
        assert_eq!(header.fragment_offset(), 0);
        assert_eq!(header.ttl, 63);
        assert_eq!(header.protocol, 6);
        assert_eq!(header.check, Be16::from_host(0x1234));
        assert_eq!(header.src, Ipv4Addr::new(10, 0, 0, 2));
        assert_eq!(header.dst, Ipv4Addr::new(192, 0, 2, 1));
    }

    #[test]
    fn offsets_are_those_of_the_fields() {
        assert_eq!(Header::parse(&with(OFFSET_TOS, 7)).unwrap().tos, 7);
        assert_eq!(Header::parse(&with(OFFSET_TTL, 7)).unwrap().ttl, 7);
        assert_eq!(
            Header::parse(&with(OFFSET_CHECK, 7))
                .unwrap()
                .check
                .to_bytes(),
            [7, 0x34]
        );
        assert_eq!(
            Header::parse(&with(OFFSET_SRC, 7)).unwrap().src.octets(),
            [7, 0, 0, 2]
        );
        assert_eq!(
            Header::parse(&with(OFFSET_DST, 7)).unwrap().dst.octets(),
            [7, 0, 2, 1]
        );
    }

    #[test]
    fn fragments() {
        let first = Header::parse(&with(6, 0x20)).unwrap();
        assert!(first.is_fragment() && !first.dont_fragment());
        assert_eq!(first.fragment_offset(), 0);

        let last = Header::parse(&with(7, 0xb9)).unwrap();
        assert!(last.is_fragment());
        assert_eq!(last.fragment_offset(), 1480);
    }

    #[test]
    fn impossible_headers() {
        for version in [0x05, 0x35, 0x55, 0x65, 0xf5] {
            assert_eq!(Header::parse(&with(0, version)), None);
        }
        assert_eq!(Header::parse(&with(0, 0x44)), None);
        assert_eq!(Header::parse(&with(0, 0x50)), None);
        assert_eq!(Header::parse(&with(3, 23)), None);
        assert!(Header::parse(&with(3, 24)).is_some());
        assert!(Header::parse(&with(3, 0)).is_some());
    }

    #[test]
    fn a_quoted_header_may_have_any_length() {
        for len in 0..=255 {
            assert!(Header::parse_quoted(&with(3, len)).is_some());
        }
        assert_eq!(Header::parse_quoted(&with(0, 0x44)), None);
        assert_eq!(Header::parse_quoted(&with(0, 0x65)), None);
    }
}
