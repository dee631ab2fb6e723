// SPDX-License-Identifier: GPL-2.0

//! Short names, by value.

use super::PENAME_MAXLEN;

/// Longest name, without its NUL.
pub const MAX_LEN: usize = PENAME_MAXLEN;

/// Name of a scheduler, a persistence engine or an interface: up to 16 bytes, none of them NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Zero from `len` on, so that the NUL is always there.
    bytes: [u8; MAX_LEN + 1],
    len: u8,
}

impl Name {
    /// Takes the bytes up to the first NUL, or all of them; `None` if these are more than 16.
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut name = Self {
            bytes: [0; MAX_LEN + 1],
            len: 0,
        };
        let mut room = name.bytes.iter_mut().take(MAX_LEN);
        for byte in text.iter().take_while(|byte| **byte != 0) {
            *room.next()? = *byte;
            name.len = name.len.wrapping_add(1);
        }

        Some(name)
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The name and its NUL, as it is sent.
    pub fn with_nul(&self) -> &[u8] {
        let end = usize::from(self.len).wrapping_add(1);

        self.bytes.get(..end).unwrap_or_default()
    }

    /// The name as a string of C.
    pub fn as_c_str(&self) -> &core::ffi::CStr {
        core::ffi::CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }

    /// Whether there is nothing before the NUL.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_nul() {
        let name = Name::new(b"wlc\0junk").unwrap();

        assert_eq!(name.as_bytes(), b"wlc");
        assert_eq!(name.with_nul(), b"wlc\0");
        assert_eq!(name, Name::new(b"wlc").unwrap());
        assert!(!name.is_empty());
    }

    #[test]
    fn sixteen_bytes_and_a_nul() {
        let name = Name::new(b"0123456789abcdef").unwrap();

        assert_eq!(name.as_bytes().len(), 16);
        assert_eq!(name.with_nul(), b"0123456789abcdef\0");
        assert_eq!(name.as_c_str(), c"0123456789abcdef");
        assert_eq!(Name::new(b"0123456789abcdefg"), None);
    }

    #[test]
    fn empty() {
        for text in [&b""[..], b"\0", b"\0rr"] {
            let name = Name::new(text).unwrap();

            assert!(name.is_empty());
            assert_eq!(name.with_nul(), b"\0");
        }
    }
}
