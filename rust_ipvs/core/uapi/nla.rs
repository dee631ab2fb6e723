// SPDX-License-Identifier: GPL-2.0

//! Netlink attributes as bytes: reading them as `nla_parse_deprecated()` does, and writing them.
//!
//! An attribute is its length with this header (u16), its type (u16), and data; the next one begins
//! at a multiple of four (`include/uapi/linux/netlink.h`).

use core::iter;

use super::conn::addr_of;
use super::error::SpecError;
use super::name::Name;
use crate::addr::Addr;
use crate::byteorder::Be16;

/// The type without the bits that say how to read the data.
const TYPE_MASK: u16 = 0x3fff;

/// Length of an attribute's header.
const HEADER_LEN: usize = 4;

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr<'a> {
    /// Its type, without flags.
    pub kind: u16,
    /// Its data, without padding.
    pub data: &'a [u8],
}

/// The attributes in some bytes, in their order.
///
/// Ends where no further attribute can begin: at fewer than four bytes, or at a length that is too
/// small or goes beyond the end. What is left then is not an error.
#[derive(Clone, Copy, Debug)]
pub struct Attrs<'a> {
    rest: &'a [u8],
}

impl<'a> Attrs<'a> {
    /// Takes the data of a message or of a nest.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The same with the place in the bytes where each begins.
    pub(crate) fn with_places(self) -> impl Iterator<Item = (usize, Attr<'a>)> + Clone {
        let len = self.rest.len();
        let mut attrs = self;

        iter::from_fn(move || {
            let start = len.wrapping_sub(attrs.rest.len());
            attrs.next().map(|attr| (start, attr))
        })
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Attr<'a>;

    fn next(&mut self) -> Option<Attr<'a>> {
        let [l0, l1, k0, k1] = *self.rest.first_chunk::<HEADER_LEN>()?;
        let len = usize::from(u16::from_ne_bytes([l0, l1]));
        let data = self.rest.get(HEADER_LEN..len)?;
        // The padding of the last attribute may be missing.
        let next = len.wrapping_add(3) & !3;
        self.rest = self.rest.get(next..).unwrap_or_default();

        Some(Attr {
            kind: u16::from_ne_bytes([k0, k1]) & TYPE_MASK,
            data,
        })
    }
}

impl iter::FusedIterator for Attrs<'_> {}

/// What the data of an attribute must look like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// At least so many bytes; further ones do not matter.
    Min(usize),
    /// At most so many bytes.
    Max(usize),
    /// A string of at most so many characters, with its NUL.
    Text(usize),
    /// An address, of 4 or 16 bytes.
    Addr,
    /// Nothing, or room for an attribute.
    Nest,
}

impl Rule {
    pub(crate) fn allows(self, data: &[u8]) -> bool {
        match self {
            Self::Min(min) => data.len() >= min,
            Self::Max(max) => data.len() <= max,
            Self::Text(max) => is_text(data, max),
            Self::Addr => addr_of(data).is_some(),
            Self::Nest => data.is_empty() || data.len() >= HEADER_LEN,
        }
    }
}

/// A NUL ends the string in time. Bytes behind it are allowed as long as there are few: at most `max`
/// in all, not counting a NUL at the very end.
fn is_text(data: &[u8], max: usize) -> bool {
    let length = match data {
        [before @ .., 0] => before.len(),
        _ => data.len(),
    };

    length <= max && data.contains(&0)
}

/// Rules by type, each with the error that breaking it is.
pub(crate) type Policy<const N: usize> = [Option<(Rule, SpecError)>; N];

/// The data of the attributes of a nest by type, of several of one type the last.
pub(crate) struct Table<'a, const N: usize>([Option<&'a [u8]>; N]);

impl<'a, const N: usize> Table<'a, N> {
    /// Reads a nest. Types from `N` on, and 0, are ignored.
    pub(crate) fn read(nest: &'a [u8], policy: &Policy<N>) -> Result<Self, SpecError> {
        let mut table = [None; N];
        for attr in Attrs::new(nest).filter(|attr| attr.kind != 0) {
            let kind = usize::from(attr.kind);
            let Some(slot) = table.get_mut(kind) else {
                continue;
            };
            if let Some(Some((rule, error))) = policy.get(kind) {
                if !rule.allows(attr.data) {
                    return Err(*error);
                }
            }
            *slot = Some(attr.data);
        }

        Ok(Self(table))
    }

    pub(crate) fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.0.get(usize::from(kind)).copied().flatten()
    }

    /// The first bytes, which the policy made sure of.
    pub(crate) fn array<const L: usize>(&self, kind: u16) -> Option<[u8; L]> {
        self.get(kind)?.first_chunk().copied()
    }

    pub(crate) fn u8(&self, kind: u16) -> Option<u8> {
        self.array(kind).map(u8::from_ne_bytes)
    }

    pub(crate) fn u16(&self, kind: u16) -> Option<u16> {
        self.array(kind).map(u16::from_ne_bytes)
    }

    pub(crate) fn be16(&self, kind: u16) -> Option<Be16> {
        self.array(kind).map(Be16::from_bytes)
    }

    pub(crate) fn u32(&self, kind: u16) -> Option<u32> {
        self.array(kind).map(u32::from_ne_bytes)
    }

    pub(crate) fn u64(&self, kind: u16) -> Option<u64> {
        self.array(kind).map(u64::from_ne_bytes)
    }

    pub(crate) fn addr(&self, kind: u16) -> Option<Addr> {
        self.get(kind).and_then(addr_of)
    }

    pub(crate) fn i32(&self, kind: u16) -> Option<i32> {
        self.array(kind).map(i32::from_ne_bytes)
    }

    pub(crate) fn name(&self, kind: u16) -> Option<Name> {
        Name::new(self.get(kind)?)
    }

    /// The data, with zeroes for what is missing.
    pub(crate) fn padded<const L: usize>(&self, kind: u16) -> Option<[u8; L]> {
        let mut padded = [0; L];
        for (to, from) in padded.iter_mut().zip(self.get(kind)?) {
            *to = *from;
        }

        Some(padded)
    }
}

/// Where in a nest the attribute of type `kind` begins: of several the first that breaks its rule, or
/// else the last, which is the one that counts.
pub(crate) fn find<const N: usize>(nest: &[u8], kind: u16, policy: &Policy<N>) -> Option<usize> {
    let rule = policy.get(usize::from(kind)).copied().flatten();
    let breaks = |data| rule.is_some_and(|(rule, _)| !rule.allows(data));
    let mut found = None;
    for (start, attr) in Attrs::new(nest).with_places() {
        if attr.kind == kind {
            found = Some(start);
            if breaks(attr.data) {
                break;
            }
        }
    }

    found
}

/// Where attributes are written to.
///
/// What writes to it is inlined as a whole: where a sink knows how much room there is, the places of
/// attributes are then known when this is compiled.
pub trait Sink {
    /// Why something could not be written, in practice for lack of room.
    type Error;

    /// Writes an attribute.
    fn put(&mut self, kind: u16, data: &[u8]) -> Result<(), Self::Error>;

    /// A nest that was begun.
    type Nest;

    /// Begins an attribute whose data is what is written until [`Sink::end_nest`]. Its type carries no
    /// flag: programs compare types without masking them.
    ///
    /// Not a function that is given one which writes the content: that would not be inlined.
    fn begin_nest(&mut self, kind: u16) -> Result<Self::Nest, Self::Error>;

    /// Ends the nest that was begun last and has not ended.
    fn end_nest(&mut self, nest: Self::Nest) -> Result<(), Self::Error>;
}

/// Writes an address of either family, which is 16 bytes of which IPv4 has the first four.
#[inline(always)]
pub(crate) fn emit_addr<S: Sink>(sink: &mut S, kind: u16, addr: &Addr) -> Result<(), S::Error> {
    // Apart, so that each is a few stores.
    match addr {
        Addr::V4(_) => sink.put(kind, &addr.to_octets16()),
        Addr::V6(addr) => sink.put(kind, &addr.octets()),
    }
}

#[cfg(test)]
mod tests;
