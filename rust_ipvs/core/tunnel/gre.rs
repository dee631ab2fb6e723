// SPDX-License-Identifier: GPL-2.0

//! Generic routing encapsulation, RFC 2784: version 0, without key and sequence number.

use super::MAX_SHIM;
use crate::addr::Family;
use crate::wire::ethertype;

const LEN: usize = 4;
const CHECKSUM_LEN: usize = 4;

/// `GRE_CSUM`: a checksum, and two bytes that are zero, follow.
const FLAG_CHECKSUM: u16 = 0x8000;

/// Length of a header in bytes.
pub(super) const fn len(checksum: bool) -> usize {
    match checksum {
        true => LEN + CHECKSUM_LEN,
        false => LEN,
    }
}

/// Length of a header that begins with `start`, in bytes, if there is nothing else in it than
/// [`header`] would have put there before a packet of `inner`.
pub(super) const fn len_of(start: [u8; LEN], inner: Family) -> Option<usize> {
    let [f0, f1, p0, p1] = start;
    if u16::from_be_bytes([p0, p1]) != ethertype::of(inner) {
        return None;
    }
    match u16::from_be_bytes([f0, f1]) {
        0 => Some(len(false)),
        FLAG_CHECKSUM => Some(len(true)),
        _ => None,
    }
}

/// A header. What is beyond [`len`] is zero.
pub(super) fn header(inner: Family, checksum: bool) -> [u8; MAX_SHIM] {
    let flags = match checksum {
        true => FLAG_CHECKSUM,
        false => 0,
    };
    let [f0, f1] = flags.to_be_bytes();
    let [p0, p1] = ethertype::of(inner).to_be_bytes();

    [
        f0, f1, p0, p1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
}
