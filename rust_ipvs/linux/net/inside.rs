// SPDX-License-Identifier: GPL-2.0

//! Packets of IPv4 inside of others.
//!
//! C headers: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h),
//! [`include/net/route.h`](srctree/include/net/route.h)

use super::{
    namespace::Net,
    skbuff::OwnedSkBuff, //
};
use ipvs_bindings as helpers;
use kernel::prelude::*;

/// Length of an IPv4 header without options.
const MIN_LEN: usize = 20;

impl OwnedSkBuff {
    /// Cuts the first `len` bytes off a packet of IPv4, so that what they carried is the packet, one of
    /// IPv4 with a header of `header_len` bytes. Its route stays that of what it was in.
    ///
    /// `None` if it is shorter than that or memory is short; it is freed then.
    pub fn strip4(self, len: usize, header_len: usize) -> Option<Self> {
        if !self.is_ipv4() || header_len < MIN_LEN {
            return None;
        }
        let (len, header_len) = (
            c_uint::try_from(len).ok()?,
            c_uint::try_from(header_len).ok()?,
        );
        // INVARIANT: The network header is where the data is afterwards, and the control block has
        // no options.
        // SAFETY: By the type invariants, the pointer is valid and ours; the C side checks lengths.
        let done =
            unsafe { helpers::rust_ipvs_helper_skb_strip4(self.as_raw().cast(), len, header_len) };
        done.then_some(self)
    }

    /// Has the kernel know that a packet of IPv4 like this one, which this host has sent, was longer than
    /// a link on its way carries, whose MTU this is.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn update_pmtu4(&self, net: &Net, mtu: u16) {
        if !self.is_ipv4() || self.head_len() < MIN_LEN {
            return;
        }
        // SAFETY: By the type invariants, the pointer is valid and the data begins with an IP header,
        // all of which is in one piece of memory.
        unsafe { helpers::ipv4_update_pmtu(self.as_raw().cast(), net.as_raw(), mtu.into(), 0, 0) };
    }
}
