// SPDX-License-Identifier: GPL-2.0
//! Lines of a stream, and their words.

use crate::dialect::Dialect;
use crate::error::{self, Error};
use std::io::{BufRead, ErrorKind};

/// Lines that have been read, and where others come from.
pub struct Lines<'a> {
    input: &'a mut dyn BufRead,
    /// Whole lines.
    text: String,
    /// Where in `text` the next one begins.
    at: usize,
    /// What has been read of a line whose end has not.
    begun: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// Begins a stream.
    pub fn new(input: &'a mut dyn BufRead) -> Self {
        Self {
            input,
            text: String::new(),
            at: 0,
            begun: Vec::new(),
        }
    }

    /// Whether the next line has been read, so that there is no need to wait for it.
    pub fn is_next_here(&self) -> bool {
        self.at < self.text.len()
    }

    /// The next line, if need be after waiting for it; `None` at the end. Stock takes a failure for
    /// the end.
    pub fn next(&mut self, dialect: Dialect) -> Result<Option<&str>, Error> {
        if !self.is_next_here() {
            match self.read() {
                Err(error) if !dialect.is_stock() => return Err(unreadable(error)),
                _ => {}
            }
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = find(rest.as_bytes(), b'\n' + 1, |byte| byte == b'\n');
        let length = end.map_or(rest.len(), |end| end + 1);
        self.at += length;
        Ok(rest.get(..length).filter(|line| !line.is_empty()))
    }

    /// Reads up to the end of a line at least, or of the stream.
    fn read(&mut self) -> std::io::Result<()> {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        bytes.append(&mut self.begun);
        self.at = 0;
        loop {
            let more = match self.input.fill_buf() {
                Ok(more) => more,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let length = more.len();
            let lines = more.iter().rposition(|byte| *byte == b'\n');
            let (lines, begun) = more.split_at(lines.map_or(0, |last| last + 1));
            if lines.is_empty() {
                bytes.extend_from_slice(begun);
            } else {
                bytes.extend_from_slice(lines);
                self.begun.extend_from_slice(begun);
            }
            let enough = length == 0 || !lines.is_empty();
            self.input.consume(length);
            if enough {
                break;
            }
        }
        self.text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(())
    }
}

/// What was to be restored cannot be read to its end.
pub fn unreadable(error: std::io::Error) -> Error {
    Error::refused(format!("cannot read the input: {}", error::text(&error)))
}

/// The words of a line. What calls the program by its name is left out, wherever it stands.
pub fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(16);
    let mut rest = line;
    loop {
        let end = find(rest.as_bytes(), b' ' + 1, is_blank);
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if !word.is_empty() && word != "ipvsadm" {
            words.push(word);
        }
        match behind.get(1..) {
            Some(behind) => rest = behind,
            None => return words,
        }
    }
}

/// Where the first of the wanted bytes is, all of which are less than `limit`, 128 at most. Looks at
/// eight bytes at a time.
fn find(bytes: &[u8], limit: u8, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..)?.first_chunk() {
        let eight = u64::from_le_bytes(*chunk);
        // Bytes that are less than the limit have a bit here, and perhaps some that follow those.
        let less = eight.wrapping_sub(ONES * u64::from(limit)) & !eight & (ONES << 7);
        if less == 0 {
            at += 8;
            continue;
        }
        at += less.trailing_zeros() as usize / 8;
        if wanted(*bytes.get(at)?) {
            return Some(at);
        }
        at += 1;
    }
    let rest = bytes.get(at..)?.iter().position(|byte| wanted(*byte))?;
    Some(at + rest)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_blank() {
        for length in 0..40 {
            for blank in [b' ', b'\t', b'\r', b'\n', 0] {
                for at in 0..length {
                    // what is less than a blank, next to it, and more
                    for others in [0x01, 0x0b, 0x1f, 0x21, b'a', 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![others; length];
                        assert_eq!(find(&bytes, b' ' + 1, is_blank), None);
                        bytes[at] = blank;
                        assert_eq!(find(&bytes, b' ' + 1, is_blank), Some(at));
                    }
                }
            }
        }
    }

    #[test]
    fn lines_of_any_length_and_bytes() {
        let mut text = Vec::new();
        for length in [0, 1, 7, 8, 9, 100, 9000, 3] {
            text.extend(vec![b'x'; length]);
            text.push(b'\n');
        }
        text.extend(b"\xff end");
        for room in [1, 7, 8, 64, 20_000] {
            let mut input = std::io::BufReader::with_capacity(room, text.as_slice());
            let mut lines = Lines::new(&mut input);
            let mut found = String::new();
            while let Some(line) = lines.next(Dialect::Own).unwrap() {
                assert!(line.ends_with('\n') || line.ends_with("end"));
                found.push_str(line);
            }
            assert_eq!(found, String::from_utf8_lossy(&text));
        }
    }
}
