// SPDX-License-Identifier: GPL-2.0

//! Generic UDP encapsulation, version 0: the header after that of UDP.
//!
//! Layout and numbers: `include/net/gue.h`.

use super::{
    OpenChecksum,
    MAX_SHIM, //
};
use crate::wire::udp;

const LEN: usize = 4;
/// Flags that Linux alone has, and the option of one of them.
const PRIVATE_LEN: usize = 4 + 4;

/// The longest header, in bytes.
pub(super) const MAX_LEN: usize = LEN + PRIVATE_LEN;

/// The bits of the first byte that say how many words of four bytes follow the first one.
const WORDS: u8 = 0x1f;

/// `GUE_FLAG_PRIV`: flags that Linux alone has follow.
const FLAG_PRIVATE: u16 = 1;
/// `GUE_PFLAG_REMCSUM`, one of these: remote checksum offload.
const PRIVATE_FLAG_REMOTE_CHECKSUM: u32 = 1 << 31;

/// Length of a header in bytes, with or without a checksum that the server is to complete.
pub(super) const fn len(leaves_checksum: bool) -> usize {
    match leaves_checksum {
        true => MAX_LEN,
        false => LEN,
    }
}

/// Length of a header that begins with `start`, in bytes, if it is one of version 0 before a packet of
/// `protocol`, with whatever options.
pub(super) const fn data_len(start: [u8; LEN], protocol: u8) -> Option<usize> {
    let [first, of, _, _] = start;
    // What is not zero is the version, or says that this is a control message.
    if first & !WORDS != 0 || of != protocol {
        return None;
    }
    // At most 124.
    Some((first as usize).wrapping_mul(4).wrapping_add(LEN))
}

/// A header behind one of UDP. `protocol` is the one of the packet. What is beyond [`len`] is zero.
pub(super) fn after(
    udp: [u8; udp::LEN],
    protocol: u8,
    open: Option<OpenChecksum>,
) -> [u8; MAX_SHIM] {
    let [u0, u1, u2, u3, u4, u5, u6, u7] = udp;
    // Version 0, a data message, and how many words follow the first one.
    let Some(OpenChecksum { start, at }) = open else {
        return [
            u0, u1, u2, u3, u4, u5, u6, u7, 0, protocol, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
    };
    let words = (PRIVATE_LEN / 4) as u8;
    let [f0, f1] = FLAG_PRIVATE.to_be_bytes();
    let [p0, p1, p2, p3] = PRIVATE_FLAG_REMOTE_CHECKSUM.to_be_bytes();
    let [s0, s1] = start.to_be_bytes();
    let [a0, a1] = at.to_be_bytes();

    [
        u0, u1, u2, u3, u4, u5, u6, u7, words, protocol, f0, f1, p0, p1, p2, p3, s0, s1, a0, a1,
    ]
}
