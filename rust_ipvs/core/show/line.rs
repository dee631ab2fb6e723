// SPDX-License-Identifier: GPL-2.0

//! Text without the machinery of [`core::fmt`], for files that have a line per connection.

/// Text of at most `N` bytes. What does not fit is cut off.
///
/// What is behind its end is blank, so that padding costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Line<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    #[inline]
    pub const fn new() -> Self {
        Self {
            bytes: [b' '; N],
            len: 0,
        }
    }

    /// What has been written.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }

    /// Appends so many bytes, if there is room for all of them.
    #[inline]
    pub fn chunk<const M: usize>(&mut self, chunk: [u8; M]) {
        let room = self.bytes.get_mut(self.len..);
        if let Some(place) = room.and_then(|room| room.first_chunk_mut()) {
            *place = chunk;
            self.len = self.len.wrapping_add(M);
        }
    }

    /// Appends a byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.chunk([byte]);
    }

    /// Appends text.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
            self.len = self.len.wrapping_add(1);
        }
    }

    /// Appends text, and blanks to a width.
    #[inline]
    pub fn left(&mut self, text: &str, width: usize) {
        let end = self.len.saturating_add(width).min(N);
        self.text(text);
        self.len = self.len.max(end);
    }

    /// Appends 16 bits as four capital digits.
    #[inline]
    pub fn hex4(&mut self, value: u16) {
        self.chunk(digits4(value, b'A'));
    }

    /// Appends 32 bits as eight capital digits.
    #[inline]
    pub fn hex8(&mut self, value: u32) {
        self.chunk(digits8(value, b'A'));
    }

    /// Appends the eight groups of an IPv6 address, all of them with four small digits.
    pub fn groups(&mut self, addr: core::net::Ipv6Addr) {
        let [first, rest @ ..] = addr.segments();
        self.chunk(digits4(first, b'a'));
        for group in rest {
            self.byte(b':');
            self.chunk(digits4(group, b'a'));
        }
    }

    /// Appends a number as capital digits, with blanks before it to a width.
    pub fn hex_right(&mut self, value: u64, width: usize) {
        let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
        let high = digits8(u32::from_be_bytes([a, b, c, d]), b'A');
        let low = digits8(u32::from_be_bytes([e, f, g, h]), b'A');
        let mut digits = [0; 16];
        for (to, from) in digits.iter_mut().zip(high.iter().chain(&low)) {
            *to = *from;
        }
        let used = 64u32.wrapping_sub(value.leading_zeros()).div_ceil(4).max(1);
        self.right(&digits, used as usize, width);
    }

    /// Appends a number, with blanks before it to a width.
    pub fn dec_right(&mut self, value: u64, width: usize) {
        let (digits, used) = decimal(value);
        self.right(&digits, used, width);
    }

    /// Appends a number, with blanks behind it to a width.
    #[inline]
    pub fn dec_left(&mut self, value: i64, width: usize) {
        match u8::try_from(value) {
            // Most are like that.
            Ok(digit @ 0..=9) => {
                let end = self.len.saturating_add(width).min(N);
                self.byte(b'0'.wrapping_add(digit));
                self.len = self.len.max(end);
            }
            _ => self.dec_left_any(value, width),
        }
    }

    fn dec_left_any(&mut self, value: i64, width: usize) {
        let end = self.len.saturating_add(width).min(N);
        if value < 0 {
            self.byte(b'-');
        }
        let (digits, used) = decimal(value.unsigned_abs());
        self.right(&digits, used, 0);
        self.len = self.len.max(end);
    }

    /// Appends a number.
    pub fn dec(&mut self, value: u64) {
        self.dec_right(value, 0);
    }

    /// Appends the last `used` digits, with blanks before them to a width.
    fn right<const M: usize>(&mut self, digits: &[u8; M], used: usize, width: usize) {
        self.len = self.len.saturating_add(width.saturating_sub(used)).min(N);
        let from = M.saturating_sub(used);
        self.bytes(digits.get(from..).unwrap_or(digits));
    }
}

impl<const N: usize> Default for Line<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> core::fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.text(text);
        Ok(())
    }
}

/// Decimal digits, right-aligned, and how many there are.
fn decimal(value: u64) -> ([u8; 20], usize) {
    let mut digits = [b'0'; 20];
    let mut used: usize = 0;
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        // Division of 64 bits is slow, and numbers are small.
        let (quotient, last) = match u32::try_from(rest) {
            Ok(small) => (u64::from(small / 10), small % 10),
            Err(_) => (rest / 10, (rest % 10) as u32),
        };
        *digit = b'0'.wrapping_add(last as u8);
        used = used.wrapping_add(1);
        rest = quotient;
        if rest == 0 {
            break;
        }
    }

    (digits, used)
}

/// Hexadecimal digits; `a` is the first that is a letter.
#[inline]
const fn digits8(value: u32, a: u8) -> [u8; 8] {
    // Each digit to a byte of its own, all at once.
    let mut x = value as u64;
    x = ((x << 16) | x) & 0x0000_ffff_0000_ffff;
    x = ((x << 8) | x) & 0x00ff_00ff_00ff_00ff;
    x = ((x << 4) | x) & 0x0f0f_0f0f_0f0f_0f0f;
    // One where it is above nine.
    let letter = (x.wrapping_add(0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    let more = a.wrapping_sub(b'0').wrapping_sub(10) as u64;
    x.wrapping_add(0x3030_3030_3030_3030)
        .wrapping_add(letter.wrapping_mul(more))
        .to_be_bytes()
}

/// Hexadecimal digits; `a` is the first that is a letter.
#[inline]
const fn digits4(value: u16, a: u8) -> [u8; 4] {
    let [_, _, _, _, w, x, y, z] = digits8(value as u32, a);

    [w, x, y, z]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    fn said(fill: impl FnOnce(&mut Line<64>)) -> String {
        let mut line = Line::new();
        fill(&mut line);
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn hexadecimal() {
        for value in [0, 1, 9, 10, 15, 16, 0x0123_4567, 0x89ab_cdef, u32::MAX] {
            assert_eq!(said(|line| line.hex8(value)), format!("{value:08X}"));
            let short = value as u16;
            assert_eq!(said(|line| line.hex4(short)), format!("{short:04X}"));
            for long in [u64::from(value), u64::from(value) << 31, u64::MAX] {
                for width in [0, 1, 8, 16] {
                    assert_eq!(
                        said(|line| line.hex_right(long, width)),
                        format!("{long:width$X}")
                    );
                }
            }
        }
    }

    #[test]
    fn decimal() {
        for value in [0, 1, 9, 10, 99, 100, 4_294_967_295, 4_294_967_296, u64::MAX] {
            for width in [0, 1, 7, 25] {
                assert_eq!(
                    said(|line| line.dec_right(value, width)),
                    format!("{value:width$}")
                );
            }
        }
        for value in [0, 1, -1, 2_147_483_647, -2_147_483_648, i64::MIN] {
            for width in [0, 6, 10] {
                assert_eq!(
                    said(|line| line.dec_left(value, width)),
                    format!("{value:<width$}")
                );
            }
        }
    }

    #[test]
    fn text_and_groups() {
        assert_eq!(said(|line| line.left("TCP", 5)), "TCP  ");
        assert_eq!(said(|line| line.left("ESTABLISHED", 5)), "ESTABLISHED");
        assert_eq!(
            said(|line| line.groups("fd00:abcd::1".parse().unwrap())),
            "fd00:abcd:0000:0000:0000:0000:0000:0001"
        );
    }

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let mut line = Line::<6>::new();
        line.left("abc", 4);
        line.hex4(0x1234);
        assert_eq!(line.as_bytes(), b"abc ");
        line.text("defg");
        assert_eq!(line.as_bytes(), b"abc de");
        line.dec_left(5, 100);
        line.dec_right(5, 100);
        assert_eq!(line.as_bytes(), b"abc de");
    }
}
