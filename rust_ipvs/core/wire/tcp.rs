// SPDX-License-Identifier: GPL-2.0

//! The TCP header (RFC 9293, section 3.1).

use crate::byteorder::Be16;

/// Length of a header without options.
pub const MIN_LEN: usize = 20;
/// Source port: 2 bytes.
pub const OFFSET_SPORT: usize = 0;
/// Destination port: 2 bytes.
pub const OFFSET_DPORT: usize = 2;
/// Flags: 1 byte.
pub const OFFSET_FLAGS: usize = 13;
/// Checksum: 2 bytes.
pub const OFFSET_CHECK: usize = 16;

/// The control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Opens a connection.
    pub const SYN: Self = Self(0x02);
    /// Aborts a connection.
    pub const RST: Self = Self(0x04);
    /// The acknowledgment field is valid.
    pub const ACK: Self = Self(0x10);

    /// Whether the packet neither opens nor ends anything: ACK without SYN, FIN and RST.
    #[inline]
    pub const fn is_plain_ack(self) -> bool {
        self.0 & (Self::FIN.0 | Self::SYN.0 | Self::RST.0 | Self::ACK.0) == Self::ACK.0
    }

    /// Whether FIN is set.
    #[inline]
    pub const fn fin(self) -> bool {
        self.0 & Self::FIN.0 != 0
    }

    /// Whether SYN is set.
    #[inline]
    pub const fn syn(self) -> bool {
        self.0 & Self::SYN.0 != 0
    }

    /// Whether RST is set.
    #[inline]
    pub const fn rst(self) -> bool {
        self.0 & Self::RST.0 != 0
    }

    /// Whether ACK is set.
    #[inline]
    pub const fn ack(self) -> bool {
        self.0 & Self::ACK.0 != 0
    }
}

/// The fixed part of a header, as far as IPVS reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Source port.
    pub sport: Be16,
    /// Destination port.
    pub dport: Be16,
    /// Length of the header with its options, in bytes: 20 to 60.
    pub header_len: u8,
    /// Control bits.
    pub flags: Flags,
    /// Checksum, not verified.
    pub check: Be16,
}

impl Header {
    /// Reads a header; `None` if its length is below 20 bytes.
    #[inline]
    pub const fn parse(bytes: &[u8; MIN_LEN]) -> Option<Self> {
        let [s0, s1, d0, d1, _, _, _, _, _, _, _, _, offset, flags, _, _, c0, c1, _, _] = *bytes;
        let header_len = (offset >> 4) << 2;
        if (header_len as usize) < MIN_LEN {
            return None;
        }

        Some(Self {
            sport: Be16::from_bytes([s0, s1]),
            dport: Be16::from_bytes([d0, d1]),
            header_len,
            flags: Flags(flags),
            check: Be16::from_bytes([c0, c1]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYN+ACK with a header of 24 bytes.
    const BYTES: [u8; 20] = [
        0xc3, 0x50, 0x1f, 0x90, 1, 2, 3, 4, 5, 6, 7, 8, 0x60, 0x12, 0xff, 0xff, 0xab, 0xcd, 0, 0,
    ];

    #[test]
    fn fields() {
        let header = Header::parse(&BYTES).unwrap();

        assert_eq!(header.sport.to_host(), 50000);
        assert_eq!(header.dport.to_host(), 8080);
        assert_eq!(header.header_len, 24);
        assert_eq!(header.flags, Flags(0x12));
        assert_eq!(header.check.to_host(), 0xabcd);
    }

    #[test]
    fn offsets_are_those_of_the_fields() {
        assert_eq!(BYTES[OFFSET_SPORT..][..2], [0xc3, 0x50]);
        assert_eq!(BYTES[OFFSET_DPORT..][..2], [0x1f, 0x90]);
        assert_eq!(BYTES[OFFSET_FLAGS], 0x12);
        assert_eq!(BYTES[OFFSET_CHECK..][..2], [0xab, 0xcd]);
    }

    #[test]
    fn each_flag_is_its_bit() {
        type Get = fn(Flags) -> bool;
        let all: [(u8, Get); 4] = [
            (0x01, Flags::fin),
            (0x02, Flags::syn),
            (0x04, Flags::rst),
            (0x10, Flags::ack),
        ];
        for (bit, get) in all {
            assert!(get(Flags(bit)));
            assert!(!get(Flags(!bit)));
        }
    }

    #[test]
    fn plain_ack() {
        for bits in 0..=255 {
            let flags = Flags(bits);
            let plain = flags.ack() && !flags.syn() && !flags.fin() && !flags.rst();

            assert_eq!(flags.is_plain_ack(), plain);
        }
    }

    #[test]
    fn header_must_have_its_fixed_part() {
        for (offset, good) in [(0x00, false), (0x40, false), (0x4f, false), (0x50, true)] {
            let mut bytes = BYTES;
            bytes[12] = offset;

            assert_eq!(Header::parse(&bytes).is_some(), good);
        }
    }
}
