// SPDX-License-Identifier: GPL-2.0

//! Netfilter's connection tracking.
//!
//! C headers: [`include/net/netfilter/nf_conntrack.h`](srctree/include/net/netfilter/nf_conntrack.h),
//! [`include/net/netfilter/nf_conntrack_core.h`](srctree/include/net/netfilter/nf_conntrack_core.h)

use super::{
    namespace::{Handle, Net},
    skbuff::SkBuffMut, //
};
use crate::sync::rcu::Reader;
use ipvs_bindings as helpers;
use kernel::{
    prelude::*,
    sync::{
        rcu,
        Arc, //
    },
};

/// Which part of the tuple of replies is replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ReplyEnd {
    /// Where replies come from.
    Source,
    /// Where they go to.
    Destination,
}

/// An address with a port, both in network order: 4 or 16 bytes of address.
#[derive(Clone, Copy)]
pub struct End<'a> {
    /// The address.
    pub addr: &'a [u8],
    /// The port.
    pub port: [u8; 2],
}

/// What a conntrack entry has counted, as far as the extensions are there that do.
#[derive(Clone, Copy, Default)]
pub struct Counters {
    /// Packets and bytes of the way of the first packet, and of the other.
    pub counts: Option<[(u64, u64); 2]>,
    /// Nanoseconds since it was made.
    pub age: Option<u64>,
}

/// So many numbers the C side may write.
const NUMBERS: usize = 5;
/// The C side has written packets and bytes.
const KNOWN_COUNTS: c_uint = 1;
/// The C side has written the age.
const KNOWN_AGE: c_uint = 2;

/// The conntrack entries of a namespace, as long as that is there.
pub struct Tracker(Arc<Handle>);

impl Tracker {
    /// Those of `handle`.
    pub fn new(handle: Arc<Handle>) -> Self {
        Self(handle)
    }

    /// Calls `f` with the namespace, unless that is about to go.
    pub fn with_net(&self, f: impl FnOnce(&Net, Reader<'_>)) {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        if let Some(net) = self.0.get(reader) {
            f(net, reader);
        }
    }

    /// What the entry of a connection in the default zone has counted; addresses are as those of
    /// [`Self::kill`].
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub fn counters(&self, proto: u8, src: End<'_>, dst: End<'_>) -> Counters {
        let guard = rcu::read_lock();
        let Some(net) = self.0.get(Reader::from(&guard)) else {
            return Counters::default();
        };
        if src.addr.len() != dst.addr.len() {
            return Counters::default();
        }
        let mut numbers = [0; NUMBERS];
        // SAFETY: As for `kill()`; the C side writes no more than there are `numbers`.
        let known = unsafe {
            helpers::rust_ipvs_helper_ct_counters(
                net.as_raw(),
                proto,
                src.addr.as_ptr(),
                dst.addr.as_ptr(),
                src.addr.len() as c_uint,
                u16::from_ne_bytes(src.port),
                u16::from_ne_bytes(dst.port),
                numbers.as_mut_ptr(),
            )
        };
        let [packets, bytes, reply_packets, reply_bytes, age] = numbers;
        Counters {
            counts: (known & KNOWN_COUNTS != 0)
                .then_some([(packets, bytes), (reply_packets, reply_bytes)]),
            age: (known & KNOWN_AGE != 0).then_some(age),
        }
    }

    /// Removes the entry of a connection in the default zone, if there is one, and the namespace is
    /// not about to go. `proto` is the number of the protocol; both addresses are of one family.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub fn kill(&self, proto: u8, src: End<'_>, dst: End<'_>) {
        let guard = rcu::read_lock();
        let Some(net) = self.0.get(Reader::from(&guard)) else {
            return;
        };
        if src.addr.len() != dst.addr.len() {
            return;
        }
        // SAFETY: The namespace is valid. Both addresses are as long as is said, and the C side looks
        // at no more than 16 bytes.
        unsafe {
            helpers::rust_ipvs_helper_ct_kill(
                net.as_raw(),
                proto,
                src.addr.as_ptr(),
                dst.addr.as_ptr(),
                src.addr.len() as c_uint,
                u16::from_ne_bytes(src.port),
                u16::from_ne_bytes(dst.port),
            )
        };
    }
}

impl SkBuffMut<'_> {
    /// Says where replies to this packet come from, or go to, if it is the first one of its conntrack
    /// entry. Does nothing if it has none, or one that is in the table already.
    pub fn alter_conntrack_reply(self, end: ReplyEnd, new: End<'_>) {
        // SAFETY: By the type invariants, the packet is valid and ours. The address is as long as is
        // said.
        unsafe {
            helpers::rust_ipvs_helper_ct_alter_reply(
                self.as_raw(),
                end == ReplyEnd::Source,
                new.addr.as_ptr(),
                new.addr.len() as c_uint,
                u16::from_ne_bytes(new.port),
            )
        };
    }

    /// Puts the conntrack entry of the packet into the table, as at its last hook. Returns whether
    /// the packet may go on.
    pub fn confirm_conntrack(self) -> bool {
        // SAFETY: By the type invariants, the packet is valid and ours.
        unsafe { helpers::rust_ipvs_helper_skb_ct_confirm(self.as_raw()) }
    }
}
