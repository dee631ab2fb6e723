// SPDX-License-Identifier: GPL-2.0

//! The IPv6 header and its extension headers (RFC 8200).

use core::net::Ipv6Addr;

/// Length of the header, without extension headers.
pub const LEN: usize = 40;
/// Length of what follows, in bytes: 2 bytes.
pub const OFFSET_LEN: usize = 4;
/// Hop limit: 1 byte.
pub const OFFSET_HOP_LIMIT: usize = 7;
/// Source address: 16 bytes.
pub const OFFSET_SRC: usize = 8;
/// Destination address: 16 bytes.
pub const OFFSET_DST: usize = 24;

/// A packet with more extension headers makes no sense (`IP6_MAX_EXT_HDRS_CNT`).
pub const MAX_EXTENSIONS: usize = 12;

/// Protocol numbers of extension headers.
pub mod ext {
    /// Hop-by-hop options.
    pub const HOP_BY_HOP: u8 = 0;
    /// Routing header.
    pub const ROUTING: u8 = 43;
    /// Fragment header.
    pub const FRAGMENT: u8 = 44;
    /// Authentication header, RFC 4302, which is passed over as the others are.
    pub const AUTH: u8 = 51;
    /// Not a header: nothing follows.
    pub const NONE: u8 = 59;
    /// Destination options.
    pub const DEST_OPTIONS: u8 = 60;

    /// Whether this is the number of a header that something else follows.
    #[inline]
    pub const fn is_extension(number: u8) -> bool {
        matches!(
            number,
            HOP_BY_HOP | ROUTING | FRAGMENT | AUTH | DEST_OPTIONS
        )
    }
}

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// DSCP and ECN.
    pub traffic_class: u8,
    /// Length of what follows in bytes, extension headers included; 0 for more than 65,535 bytes.
    pub payload_len: u16,
    /// Protocol of the payload, or number of the first extension header.
    pub next: u8,
    /// Hop limit.
    pub hop_limit: u8,
    /// Source address.
    pub src: Ipv6Addr,
    /// Destination address.
    pub dst: Ipv6Addr,
}

impl Header {
    /// Reads a header. `None` if the version is not 6.
    #[inline]
    pub const fn parse(bytes: &[u8; LEN]) -> Option<Self> {
        let [v, c, _, _, l0, l1, next, hop_limit, addrs @ ..] = *bytes;
        if v >> 4 != 6 {
            return None;
        }
        let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, dst @ ..] =
            addrs;
        let src = [
            s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15,
        ];

        Some(Self {
            traffic_class: (v << 4) | (c >> 4),
            payload_len: u16::from_be_bytes([l0, l1]),
            next,
            hop_limit,
            src: Ipv6Addr::from_bits(u128::from_be_bytes(src)),
            dst: Ipv6Addr::from_bits(u128::from_be_bytes(dst)),
        })
    }
}

/// The first four bytes of an extension header, of which `kind` is the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What follows: a protocol, or another extension header.
    pub next: u8,
    /// Its length in bytes.
    pub len: usize,
    /// Of a fragment header: position of the fragment's payload in its packet, in bytes. Of others 0.
    pub fragment_offset: u16,
}

impl Extension {
    /// Reads the beginning of a header.
    #[inline]
    pub const fn parse(kind: u8, bytes: [u8; 4]) -> Self {
        let [next, len, f0, f1] = bytes;
        let (len, fragment_offset) = match kind {
            ext::FRAGMENT => (8, u16::from_be_bytes([f0, f1]) & !7),
            // In words of four bytes, less two.
            ext::AUTH => ((len as usize).wrapping_add(2) << 2, 0),
            // In words of eight bytes, less one.
            _ => ((len as usize).wrapping_add(1) << 3, 0),
        };

        Self {
            next,
            len,
            fragment_offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(&[0x6b, 0x80, 0, 0, 0x01, 0x02, 6, 63]);
        bytes[OFFSET_SRC] = 0xfd;
        bytes[OFFSET_SRC + 15] = 1;
        bytes[OFFSET_DST] = 0xfe;
        bytes[OFFSET_DST + 15] = 2;
        let header = Header::parse(&bytes).unwrap();

        assert_eq!(header.traffic_class, 0xb8);
        assert_eq!(header.payload_len, 0x102);
        assert_eq!((header.next, header.hop_limit), (6, 63));
        assert_eq!(header.src, "fd00::1".parse::<Ipv6Addr>().unwrap());
        assert_eq!(header.dst, "fe00::2".parse::<Ipv6Addr>().unwrap());
        assert_eq!(bytes[OFFSET_HOP_LIMIT], 63);
        for version in [0x00, 0x45, 0x5f, 0x70] {
            bytes[0] = version;
            assert_eq!(Header::parse(&bytes), None);
        }
    }

    #[test]
    fn lengths_of_extensions() {
        let len = |kind, len| Extension::parse(kind, [6, len, 0, 0]).len;

        assert_eq!(len(ext::HOP_BY_HOP, 0), 8);
        assert_eq!(len(ext::DEST_OPTIONS, 255), 2048);
        assert_eq!(len(ext::AUTH, 4), 24);
        assert_eq!(len(ext::FRAGMENT, 77), 8);
    }

    #[test]
    fn fragments() {
        let last = Extension::parse(ext::FRAGMENT, [17, 0, 0x05, 0xa8]);
        assert_eq!((last.next, last.fragment_offset), (17, 1448));
        let first = Extension::parse(ext::FRAGMENT, [17, 0, 0x00, 0x01]);
        assert_eq!(first.fragment_offset, 0);
        let options = Extension::parse(ext::DEST_OPTIONS, [17, 0, 0x05, 0xa8]);
        assert_eq!(options.fragment_offset, 0);
    }
}
