// SPDX-License-Identifier: GPL-2.0

//! What C does not have: the name that people and programs call a service by, as an attribute in its
//! nest. It has no influence on packets, and several services may have the same one.

use super::error::SpecError;
use super::nla::{
    Attrs,
    Rule,
    Sink, //
};

/// String of up to [`MAX_LEN`] letters, digits and [`MARKS`]; the empty one takes a name away. Far from
/// the numbers that C may come to need.
pub const SERVICE_NAME: u16 = 0x1002;

/// Longest name, without its NUL.
pub const MAX_LEN: usize = 63;

/// What a name may have beside letters and digits of ASCII: it is one word in a file of rules, and
/// needs no escape wherever it is shown.
pub const MARKS: &[u8] = b"-_.:/@+";

/// Name of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceName {
    /// Zero from `len` on, so that the NUL is always there.
    bytes: [u8; MAX_LEN + 1],
    len: u8,
}

impl ServiceName {
    /// None.
    pub const EMPTY: Self = Self {
        bytes: [0; MAX_LEN + 1],
        len: 0,
    };

    /// Takes the bytes up to the first NUL, or all of them; `None` if these make no name.
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut name = Self::EMPTY;
        let mut room = name.bytes.iter_mut().take(MAX_LEN);
        for byte in text.iter().take_while(|byte| **byte != 0) {
            let is_first_mark = name.len == 0 && !byte.is_ascii_alphanumeric();
            if is_first_mark || !is_allowed(*byte) {
                return None;
            }
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

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || MARKS.contains(&byte)
}

/// Reads [`SERVICE_NAME`] in the nest of a service; of several the last.
pub fn read_service_name(nest: &[u8]) -> Result<Option<ServiceName>, SpecError> {
    match Attrs::new(nest)
        .filter(|attr| attr.kind == SERVICE_NAME)
        .last()
    {
        None => Ok(None),
        Some(attr) if !Rule::Text(MAX_LEN).allows(attr.data) => Err(SpecError::ServiceName),
        Some(attr) => ServiceName::new(attr.data)
            .map(Some)
            .ok_or(SpecError::ServiceName),
    }
}

/// Writes a name, if there is one.
#[inline(always)]
pub fn emit_service_name<S: Sink>(sink: &mut S, name: &ServiceName) -> Result<(), S::Error> {
    match name.is_empty() {
        true => Ok(()),
        false => sink.put(SERVICE_NAME, name.with_nul()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::attr;
    use super::*;

    #[test]
    fn words_are_names() {
        for text in ["web", "7", "shop/web-1.eu:443@b_c+d", &"x".repeat(MAX_LEN)] {
            let name = ServiceName::new(text.as_bytes()).unwrap();
            assert_eq!(name.as_bytes(), text.as_bytes());
            assert_eq!(name.with_nul().len(), text.len() + 1);
            assert!(!name.is_empty());
        }
        assert_eq!(ServiceName::new(b"web\0junk"), ServiceName::new(b"web"));
        assert_eq!(ServiceName::new(b"\0"), Some(ServiceName::EMPTY));
    }

    #[test]
    fn others_are_none() {
        for text in [
            "-web",
            ".web",
            "a b",
            "a\"b",
            "a\\b",
            "a\nb",
            "b\u{e4}r",
            "a{b",
            &"x".repeat(MAX_LEN + 1),
        ] {
            assert_eq!(ServiceName::new(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn in_a_nest() {
        let mut nest = attr(6, b"rr\0");
        assert_eq!(read_service_name(&nest), Ok(None));
        nest.extend(attr(SERVICE_NAME, b"web\0"));
        assert_eq!(read_service_name(&nest), Ok(ServiceName::new(b"web")));
        nest.extend(attr(SERVICE_NAME, b"\0"));
        assert_eq!(read_service_name(&nest), Ok(Some(ServiceName::EMPTY)));
        for broken in [&b"web"[..], b"a b\0", b""] {
            let mut nest = nest.clone();
            nest.extend(attr(SERVICE_NAME, broken));
            assert_eq!(read_service_name(&nest), Err(SpecError::ServiceName));
        }
    }
}
