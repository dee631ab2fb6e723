// SPDX-License-Identifier: GPL-2.0

//! A layer-4 load balancer: the generic netlink family `IPVS`, its netfilter hooks, and what lies
//! between the two.
//!
//! What is decided is decided in `ipvs_core`, what the kernel offers is in `linux_ext`; this crate
//! joins them. `Documentation/architecture.rst` follows a packet and a control message through it.

#![crate_name = "rust_ipvs"]
#![forbid(unsafe_code)]

mod config;
mod conn;
mod control;
mod defence;
mod events;
mod family;
mod hook;
mod netns;
mod packet;
mod policy;
mod reasons;
mod resizing;
mod scheduler;
mod service;
mod stats;
mod sysctl;

use kernel::prelude::*;
use linux_ext::{
    int_param,
    net::namespace::Registration, //
};
use netns::Netns;

module! {
    type: RustIpvs,
    name: "rust_ipvs",
    authors: ["The rust_ipvs developers"],
    description: "IP Virtual Server",
    license: "GPL",
    // What the kernel asks modprobe for when somebody looks for the family.
    alias: ["net-pf-16-proto-16-family-IPVS"],
}

int_param! {
    /// Binary logarithm of the number of buckets that a table of connections has at most.
    static CONN_TAB_BITS = "conn_tab_bits", conn::table::UNSET,
        "Binary logarithm of the largest number of buckets of a connection table, 8 to 27"
}

/// The module.
#[pin_data]
struct RustIpvs {
    #[pin]
    netns: Registration<Netns>,
}

impl kernel::InPlaceModule for RustIpvs {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        conn::table::settle_bounds();
        try_pin_init!(Self {
            netns <- Registration::new(module),
        })
    }
}
