// SPDX-License-Identifier: GPL-2.0

//! ICMP for IPv4 (RFC 792; code 3/4 with its MTU: RFC 1191).

use crate::byteorder::Be16;

/// Length of the header; the packet that an error quotes begins behind it.
pub const LEN: usize = 8;
/// Checksum: 2 bytes.
pub const OFFSET_CHECK: usize = 2;

/// Type: destination unreachable.
pub const DEST_UNREACH: u8 = 3;
/// Type: source quench, of old routers.
pub const SOURCE_QUENCH: u8 = 4;
/// Type: time exceeded.
pub const TIME_EXCEEDED: u8 = 11;

/// Code of [`DEST_UNREACH`]: host.
pub const HOST_UNREACH: u8 = 1;
/// Code of [`DEST_UNREACH`]: port.
pub const PORT_UNREACH: u8 = 3;
/// Code of [`DEST_UNREACH`]: too big and not to be fragmented.
pub const FRAG_NEEDED: u8 = 4;
/// Code of [`TIME_EXCEEDED`]: in transit.
pub const TTL_EXCEEDED: u8 = 0;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Type.
    pub kind: u8,
    /// Code, by type.
    pub code: u8,
    /// Checksum, not verified.
    pub check: Be16,
    /// MTU of the next hop in bytes, for [`FRAG_NEEDED`]; 0 from routers before RFC 1191.
    pub mtu: u16,
    /// All of the word that the MTU is in, whose meaning depends on the type.
    pub rest: u32,
}

impl Header {
    /// Reads a header.
    #[inline]
    pub const fn parse(bytes: &[u8; LEN]) -> Self {
        let [kind, code, c0, c1, r0, r1, m0, m1] = *bytes;

        Self {
            kind,
            code,
            check: Be16::from_bytes([c0, c1]),
            mtu: u16::from_be_bytes([m0, m1]),
            rest: u32::from_be_bytes([r0, r1, m0, m1]),
        }
    }

    /// Whether the packet was too big for the next link.
    #[inline]
    pub const fn is_frag_needed(&self) -> bool {
        self.kind == DEST_UNREACH && self.code == FRAG_NEEDED
    }

    /// Whether this is an error, about a packet it quotes, that IPVS relates to a connection.
    #[inline]
    pub const fn is_handled_error(&self) -> bool {
        matches!(self.kind, DEST_UNREACH | SOURCE_QUENCH | TIME_EXCEEDED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frag_needed() {
        let header = Header::parse(&[3, 4, 0x12, 0x34, 0, 7, 0x05, 0xdc]);

        assert_eq!((header.kind, header.code), (DEST_UNREACH, FRAG_NEEDED));
        assert_eq!(header.check.to_host(), 0x1234);
        assert_eq!((header.mtu, header.rest), (1500, 0x705dc));
        assert!(header.is_frag_needed());
        assert!(!Header::parse(&[3, 3, 0, 0, 0, 0, 0, 0]).is_frag_needed());
    }

    #[test]
    fn three_types_are_handled() {
        for kind in 0..=255 {
            let header = Header::parse(&[kind, 0, 0, 0, 0, 0, 0, 0]);

            assert_eq!(header.is_handled_error(), [3, 4, 11].contains(&kind));
        }
    }
}
