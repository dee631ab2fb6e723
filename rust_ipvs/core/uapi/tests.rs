// SPDX-License-Identifier: GPL-2.0

//! What the tests of messages share. Literals are of a little-endian machine.

use super::nla::Sink;
use core::convert::Infallible;
use std::vec::Vec;

/// An attribute with its padding.
pub(crate) fn attr(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend((4 + data.len() as u16).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Keeps what is written.
#[derive(Default)]
pub(crate) struct Buffer(pub(crate) Vec<u8>);

impl Sink for Buffer {
    type Error = Infallible;

    fn put(&mut self, kind: u16, data: &[u8]) -> Result<(), Infallible> {
        self.0.extend(attr(kind, data));
        Ok(())
    }

    /// Where it begins.
    type Nest = usize;

    fn begin_nest(&mut self, kind: u16) -> Result<usize, Infallible> {
        let start = self.0.len();
        self.put(kind, &[])?;
        Ok(start)
    }

    fn end_nest(&mut self, start: usize) -> Result<(), Infallible> {
        let len = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&len.to_ne_bytes());
        Ok(())
    }
}

/// Has room for so many attributes.
pub(crate) struct Full(pub(crate) usize);

impl Sink for Full {
    type Error = &'static str;

    fn put(&mut self, _: u16, _: &[u8]) -> Result<(), Self::Error> {
        self.0 = self.0.checked_sub(1).ok_or("full")?;
        Ok(())
    }

    type Nest = ();

    fn begin_nest(&mut self, kind: u16) -> Result<(), Self::Error> {
        self.put(kind, &[])
    }

    fn end_nest(&mut self, (): ()) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[test]
fn family() {
    assert_eq!(super::GENL_NAME.to_bytes_with_nul(), b"IPVS\0");
    assert_eq!(super::GENL_VERSION, 1);
    assert_eq!(super::VERSION_CODE, 0x010201);
}
