// SPDX-License-Identifier: GPL-2.0
//! What is to be written: text whose digits and blanks are not checked to be text.

use std::fmt;

/// A text that grows. What only prints uses `write!`; rows of long lists use the rest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<u8>);

impl Text {
    /// An empty one with room for so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends text.
    pub fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Appends another one.
    pub fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Appends a character.
    pub fn push(&mut self, c: char) {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => self.0.push(byte),
            _ => self.push_str(c.encode_utf8(&mut [0; 4])),
        }
    }

    /// Takes the last character away if it is a line feed.
    pub(super) fn pop_line_feed(&mut self) -> bool {
        let ends = self.0.last() == Some(&b'\n');
        if ends {
            self.0.pop();
        }
        ends
    }

    /// Cuts to so many bytes, less a broken character.
    pub(super) fn cut(&mut self, max: usize) {
        let mut end = max.min(self.0.len());
        while end > 0 && self.0.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1;
        }
        self.0.truncate(end);
    }

    /// Appends blanks until what begins at `start` has `width` characters.
    pub(super) fn pad(&mut self, start: usize, width: usize) {
        let text = self.0.get(start..).unwrap_or_default();
        let length = if text.is_ascii() {
            text.len()
        } else {
            text.iter().filter(|byte| *byte & 0xc0 != 0x80).count()
        };
        self.blanks(width.saturating_sub(length));
    }

    /// Appends `text`, of ASCII, in at least `width` places, to the left.
    pub(super) fn left(&mut self, text: &str, width: usize) {
        self.push_str(text);
        self.blanks(width.saturating_sub(text.len()));
    }

    /// Appends a number in at least `width` places, 32 at most, to the left, after a blank.
    pub(super) fn column(&mut self, number: impl Into<i64>, width: usize) {
        // one copy of a fixed length costs less than two that fit
        const CELL: usize = 33;
        self.0.push(b' ');
        let start = self.0.len();
        self.decimal(number);
        let end = self.0.len().max(start + width);
        self.0.extend_from_slice(&[b' '; CELL]);
        self.0.truncate(end);
    }

    /// Appends so many blanks, at most 32.
    pub(super) fn blanks(&mut self, count: usize) {
        let end = self.0.len() + count.min(32);
        self.0.extend_from_slice(&[b' '; 32]);
        self.0.truncate(end);
    }

    /// Appends a number: what `write!` does, at a fraction of the cost.
    pub(super) fn decimal(&mut self, number: impl Into<i64>) {
        let number = number.into();
        match u8::try_from(number) {
            // most are like that
            Ok(number) => {
                let [text @ .., length] = SMALL[usize::from(number)];
                let end = self.0.len() + usize::from(length);
                self.0.extend_from_slice(&text);
                self.0.truncate(end);
            }
            Err(_) => self.large(number),
        }
    }

    /// The same for any number.
    fn large(&mut self, number: i64) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        let mut rest = number.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            self.0.push(b'-');
        }
        self.0.extend_from_slice(&digits[at..]);
    }
}

/// The digits of each number of eight bits, and how many they are.
static SMALL: [[u8; 4]; 256] = {
    let mut all = [[b'0'; 4]; 256];
    let mut number = 0;
    while number < 256 {
        let (high, middle, low) = (number / 100, number / 10 % 10, number % 10);
        let digits = [high as u8 + b'0', middle as u8 + b'0', low as u8 + b'0'];
        all[number] = match number {
            0..10 => [digits[2], 0, 0, 1],
            10..100 => [digits[1], digits[2], 0, 2],
            _ => [digits[0], digits[1], digits[2], 3],
        };
        number += 1;
    }
    all
};

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_others_write_them() {
        let near = |n: i64| [n.wrapping_sub(1), n, n.wrapping_add(1)];
        let powers = (0..19).flat_map(|power| near(10_i64.pow(power)));
        for number in (-300..70_000).chain(powers).chain(near(i64::MAX)) {
            let mut text = Text::default();
            text.decimal(number);
            assert_eq!(text.to_string(), number.to_string());
            text.clear();
            text.column(number, 6);
            assert_eq!(text.to_string(), format!(" {number:<6}"));
        }
    }

    #[test]
    fn characters_are_not_broken() {
        let mut text = Text::default();
        text.push_str("a\u{e9}\u{20ac}");
        text.push('\u{e9}');
        for (max, left) in [
            (9, "a\u{e9}\u{20ac}\u{e9}"),
            (5, "a\u{e9}"),
            (2, "a"),
            (0, ""),
        ] {
            text.cut(max);
            assert_eq!(text.to_string(), left);
        }
        text.push('\u{e9}');
        text.pad(0, 3);
        assert_eq!(text.to_string(), "\u{e9}  ");
    }
}
