// SPDX-License-Identifier: GPL-2.0

//! The tracepoint for packets that go no further, `drop` of the module's own system.
//!
//! C header: [`include/linux/tracepoint.h`](srctree/include/linux/tracepoint.h)

use crate::net::{
    skbuff::{AF_INET, AF_INET6},
    Net, //
};
use core::net::IpAddr;
use ipvs_bindings as helpers;
use kernel::prelude::*;

/// A packet that goes no further.
pub struct Dropped<'a> {
    /// Where.
    pub net: &'a Net,
    /// Its protocol.
    pub protocol: u8,
    /// Its source, with the port in network order.
    pub source: (IpAddr, u16),
    /// Its destination, with the port in network order.
    pub destination: (IpAddr, u16),
    /// What it was for, with the port in network order.
    pub service: Option<(IpAddr, u16)>,
    /// The mark that it was found by, or 0.
    pub mark: u32,
    /// Why.
    pub reason: &'static CStr,
}

/// Whether somebody listens.
#[inline]
pub fn is_enabled() -> bool {
    // SAFETY: No requirements.
    unsafe { helpers::rust_ipvs_helper_traces_drops() }
}

/// An address, of IPv4 in the first four bytes.
fn octets(addr: IpAddr) -> [u8; 16] {
    match addr {
        IpAddr::V4(addr) => {
            let [a, b, c, d] = addr.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(addr) => addr.octets(),
    }
}

impl Dropped<'_> {
    /// Tells whoever listens.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn tell(&self) {
        let (saddr, sport) = self.source;
        let (daddr, dport) = self.destination;
        let (vaddr, vport) = self
            .service
            .map_or(([0; 16], 0), |(addr, port)| (octets(addr), port));
        let packet = helpers::rust_ipvs_dropped {
            net: self.net.as_raw(),
            reason: self.reason.as_char_ptr(),
            family: match saddr {
                IpAddr::V4(_) => AF_INET,
                IpAddr::V6(_) => AF_INET6,
            },
            protocol: self.protocol,
            saddr: octets(saddr),
            daddr: octets(daddr),
            sport,
            dport,
            vaddr,
            vport,
            mark: self.mark,
        };
        // SAFETY: The namespace is valid, and the name of the reason ends.
        unsafe { helpers::rust_ipvs_helper_trace_drop(&raw const packet) };
    }
}
