// SPDX-License-Identifier: GPL-2.0

//! Trees of netlink attributes, right or wrong, and their bytes.

use std::fmt;

/// Says that an attribute is a nest.
pub const NESTED: u16 = 1 << 15;
/// Says that a number is in network order.
pub const NET_BYTEORDER: u16 = 1 << 14;

/// Length of an attribute's header.
const HEADER_LEN: usize = 4;

/// What an attribute has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Attributes.
    Nest(Vec<Attr>),
}

/// An attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr {
    /// Type and flags.
    pub kind: u16,
    /// What it has.
    pub data: Data,
    /// The length that its header has, if not the right one.
    pub lie: Option<u16>,
}

impl Attr {
    /// With bytes.
    pub fn new(kind: u16, bytes: &[u8]) -> Self {
        Self {
            kind,
            data: Data::Bytes(bytes.to_vec()),
            lie: None,
        }
    }

    /// With attributes.
    pub fn nest(kind: u16, attrs: Vec<Self>) -> Self {
        Self {
            kind,
            data: Data::Nest(attrs),
            lie: None,
        }
    }

    /// With a string.
    pub fn text(kind: u16, text: &str) -> Self {
        Self::new(kind, &[text.as_bytes(), b"\0"].concat())
    }

    /// With a number of 16 bits.
    pub fn u16(kind: u16, value: u16) -> Self {
        Self::new(kind, &value.to_ne_bytes())
    }

    /// With a number of 16 bits in network order.
    pub fn be16(kind: u16, value: u16) -> Self {
        Self::new(kind, &value.to_be_bytes())
    }

    /// With a number of 32 bits.
    pub fn u32(kind: u16, value: u32) -> Self {
        Self::new(kind, &value.to_ne_bytes())
    }
}

/// The bytes of attributes in a row.
pub fn encode(attrs: &[Attr]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for attr in attrs {
        let data = match &attr.data {
            Data::Bytes(data) => data.clone(),
            Data::Nest(inner) => encode(inner),
        };
        let len = attr.lie.unwrap_or((HEADER_LEN + data.len()) as u16);
        bytes.extend(len.to_ne_bytes());
        bytes.extend(attr.kind.to_ne_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind & !(NESTED | NET_BYTEORDER))?;
        if self.kind & NESTED != 0 {
            f.write_str("+nested")?;
        }
        if self.kind & NET_BYTEORDER != 0 {
            f.write_str("+net")?;
        }
        if let Some(len) = self.lie {
            write!(f, "~{len}")?;
        }
        match &self.data {
            Data::Bytes(data) if data.len() > 64 => write!(f, "=({} bytes)", data.len()),
            Data::Bytes(data) => {
                f.write_str("=")?;
                data.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Data::Nest(inner) => {
                f.write_str("{")?;
                for (number, attr) in inner.iter().enumerate() {
                    let space = if number == 0 { "" } else { " " };
                    write!(f, "{space}{attr}")?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipvs_core::uapi::nla::Attrs;

    #[test]
    fn bytes_are_those_that_the_kernel_reads() {
        let attrs = [
            Attr::nest(1 | NESTED, vec![Attr::u16(1, 2), Attr::text(6, "rr")]),
            Attr::u32(4, 900),
        ];
        let bytes = encode(&attrs);
        let read: Vec<_> = Attrs::new(&bytes)
            .map(|attr| (attr.kind, attr.data.len()))
            .collect();
        assert_eq!(read, [(1, 16), (4, 4)]);
        assert_eq!(bytes.len(), 28);
        assert_eq!(format!("{}", attrs[0]), "1+nested{1=0200 6=727200}");
    }

    #[test]
    fn a_lie_is_in_the_header_only() {
        let mut attr = Attr::u32(4, 900);
        attr.lie = Some(70);
        let bytes = encode(&[attr]);
        assert_eq!(bytes[..4], [70, 0, 4, 0]);
        assert_eq!(bytes.len(), 8);
    }
}
