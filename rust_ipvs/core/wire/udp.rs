// SPDX-License-Identifier: GPL-2.0

//! The UDP header (RFC 768).

use crate::byteorder::Be16;

/// Length of the header.
pub const LEN: usize = 8;
/// Source port: 2 bytes.
pub const OFFSET_SPORT: usize = 0;
/// Destination port: 2 bytes.
pub const OFFSET_DPORT: usize = 2;
/// Checksum, 0 if there is none: 2 bytes.
pub const OFFSET_CHECK: usize = 6;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Source port.
    pub sport: Be16,
    /// Destination port.
    pub dport: Be16,
    /// Length of header and data, in bytes, not verified.
    pub len: u16,
    /// Checksum, not verified; 0 if there is none.
    pub check: Be16,
}

impl Header {
    /// Reads a header.
    #[inline]
    pub const fn parse(bytes: &[u8; LEN]) -> Self {
        let [s0, s1, d0, d1, l0, l1, c0, c1] = *bytes;

        Self {
            sport: Be16::from_bytes([s0, s1]),
            dport: Be16::from_bytes([d0, d1]),
            len: u16::from_be_bytes([l0, l1]),
            check: Be16::from_bytes([c0, c1]),
        }
    }
}

/// Makes a header before `data_len` bytes, without a checksum. An aggregate beyond 65,535 bytes has the
/// length 0.
#[inline]
pub fn header(sport: Be16, dport: Be16, data_len: usize) -> [u8; LEN] {
    let len = u16::try_from(data_len.saturating_add(LEN)).unwrap_or(0);
    let ([s0, s1], [d0, d1], [l0, l1]) = (sport.to_bytes(), dport.to_bytes(), len.to_be_bytes());

    [s0, s1, d0, d1, l0, l1, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let bytes = [0xc3, 0x50, 0x1f, 0x90, 0x00, 0x0c, 0x85, 0xce];
        let header = Header::parse(&bytes);

        assert_eq!(header.sport.to_host(), 50000);
        assert_eq!(header.dport.to_host(), 8080);
        assert_eq!(header.len, 12);
        assert_eq!(header.check.to_host(), 0x85ce);
        assert_eq!(bytes[OFFSET_SPORT..][..2], [0xc3, 0x50]);
        assert_eq!(bytes[OFFSET_DPORT..][..2], [0x1f, 0x90]);
        assert_eq!(bytes[OFFSET_CHECK..][..2], [0x85, 0xce]);
    }
    #[test]
    fn made_and_read() {
        let made = header(Be16::from_host(50000), Be16::from_host(8080), 4);

        assert_eq!(made, [0xc3, 0x50, 0x1f, 0x90, 0, 12, 0, 0]);
        assert_eq!(Header::parse(&made).len, 12);
        assert_eq!(header(Be16::ZERO, Be16::ZERO, 65528)[4..6], [0, 0]);
    }
}
