// SPDX-License-Identifier: GPL-2.0
//! Netlink attributes: a writer, and a reader that sorts them by type.

use ipvs_core::uapi::nla::Attrs;

const NESTED: u16 = 1 << 15;

/// A reply that lacks something or is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Attributes of lengths that are known when this is compiled; `N` is what they take
/// together at most.
///
/// All of it is inlined, so that nothing is computed but the values.
pub struct Cells<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Cells<N> {
    /// Appends an attribute.
    #[inline(always)]
    pub fn put<const L: usize>(&mut self, kind: u16, value: [u8; L]) {
        let (len, kind) = ((4 + L as u16).to_ne_bytes(), kind.to_ne_bytes());
        self.bytes[self.len..][..4].copy_from_slice(&[len[0], len[1], kind[0], kind[1]]);
        self.bytes[self.len + 4..][..L].copy_from_slice(&value);
        self.len += (4 + L).next_multiple_of(4);
    }

    /// Appends a number in the host's order.
    #[inline(always)]
    pub fn put_u16(&mut self, kind: u16, value: u16) {
        self.put(kind, value.to_ne_bytes());
    }

    /// Appends a number in the host's order.
    #[inline(always)]
    pub fn put_u32(&mut self, kind: u16, value: u32) {
        self.put(kind, value.to_ne_bytes());
    }
}

/// Attributes being written.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Appends attributes.
    #[inline(always)]
    pub fn put_cells<const N: usize>(&mut self, fill: impl FnOnce(&mut Cells<N>)) {
        let mut cells = Cells {
            bytes: [0; N],
            len: 0,
        };
        fill(&mut cells);
        self.0.extend_from_slice(&cells.bytes[..cells.len]);
    }

    /// Appends an attribute.
    pub fn put(&mut self, kind: u16, value: &[u8]) {
        let start = self.begin(kind);
        self.0.extend_from_slice(value);
        self.end(start);
    }

    /// Appends text and the zero that ends it.
    pub fn put_str(&mut self, kind: u16, text: &str) {
        let start = self.begin(kind);
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self.end(start);
    }

    /// Appends a number in the host's order.
    pub fn put_u16(&mut self, kind: u16, value: u16) {
        self.put(kind, &value.to_ne_bytes());
    }

    /// Appends a number in the host's order.
    pub fn put_u32(&mut self, kind: u16, value: u32) {
        self.put(kind, &value.to_ne_bytes());
    }

    /// Appends an attribute that holds attributes.
    pub fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        let start = self.begin(kind | NESTED);
        fill(self);
        self.end(start);
    }

    /// Appends attributes that have been written.
    pub fn append(&mut self, attributes: &[u8]) {
        self.0.extend_from_slice(attributes);
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn begin(&mut self, kind: u16) -> usize {
        let start = self.0.len();
        let [low, high] = kind.to_ne_bytes();
        self.0.extend_from_slice(&[0, 0, low, high]);
        start
    }

    /// Fills in the length (everything here is far shorter than 64 KiB) and pads.
    fn end(&mut self, start: usize) {
        let len = self.0.len() - start;
        let padding = len.next_multiple_of(4) - len;
        self.0.extend_from_slice(&[0; 3][..padding]);
        let len = u16::try_from(len).unwrap_or(u16::MAX);
        self.0[start..start + 2].copy_from_slice(&len.to_ne_bytes());
    }
}

/// Attributes of types 1 to `N` - 1; of several of one type the last.
pub struct Table<'a, const N: usize>([Option<&'a [u8]>; N]);

impl<'a, const N: usize> Table<'a, N> {
    /// Takes attributes apart. What is of another type or incomplete is passed over.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut slots = [None; N];
        for attr in Attrs::new(bytes) {
            if let Some(slot) = slots.get_mut(usize::from(attr.kind)) {
                *slot = Some(attr.data);
            }
        }
        Self(slots)
    }

    /// The bytes of an attribute.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.0.get(usize::from(kind)).copied().flatten()
    }

    /// The bytes of an attribute that must be there.
    pub fn need(&self, kind: u16) -> Result<&'a [u8], Malformed> {
        self.get(kind).ok_or(Malformed)
    }

    /// The first bytes of an attribute that must be there.
    pub fn array<const L: usize>(&self, kind: u16) -> Result<[u8; L], Malformed> {
        self.need(kind)?.first_chunk().copied().ok_or(Malformed)
    }

    /// The same for one that may be missing.
    pub fn array_or_zero<const L: usize>(&self, kind: u16) -> Result<[u8; L], Malformed> {
        match self.get(kind) {
            Some(_) => self.array(kind),
            None => Ok([0; L]),
        }
    }

    /// A number in the host's order.
    pub fn u32(&self, kind: u16) -> Result<u32, Malformed> {
        self.array(kind).map(u32::from_ne_bytes)
    }

    /// A number in the host's order.
    pub fn u16(&self, kind: u16) -> Result<u16, Malformed> {
        self.array(kind).map(u16::from_ne_bytes)
    }

    /// Text up to the zero that ends it.
    pub fn text(&self, kind: u16) -> Result<String, Malformed> {
        let bytes = self.need(kind)?;
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_attributes_are_padded_and_nested() {
        let mut writer = Writer::default();
        writer.put_u16(1, 2);
        writer.nest(2, |inner| inner.put_str(3, "rr"));
        let mut expected = vec![6, 0, 1, 0, 2, 0, 0, 0];
        expected.extend([12, 0, 2, 0x80, 7, 0, 3, 0, b'r', b'r', 0, 0]);
        assert_eq!(writer.finish(), expected);
    }

    #[test]
    fn the_last_one_counts_and_junk_does_not() {
        let bytes = [
            6, 0, 1, 0, 1, 0, 0, 0, 6, 0, 1, 0x80, 9, 0, 0, 0, 4, 0, 2, 0, 5, 0, 77, 0, 1, 0, 0, 0,
            255, 0, 2, 0, 1,
        ];
        let table = Table::<4>::new(&bytes);
        assert_eq!(table.u16(1), Ok(9));
        assert_eq!(table.get(2), Some(&[][..]));
        assert_eq!(table.u16(2), Err(Malformed));
        assert_eq!(table.u16(3), Err(Malformed));
        assert_eq!(table.get(77), None);
        assert_eq!(table.array_or_zero::<2>(3), Ok([0, 0]));
    }

    #[test]
    fn a_length_of_less_than_a_header_ends_the_walk() {
        assert_eq!(
            Table::<4>::new(&[3, 0, 1, 0, 6, 0, 1, 0, 1, 0, 0, 0]).get(1),
            None
        );
    }
}
