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
mod hook;
mod netns;
mod packet;
mod scheduler;
mod service;
mod stats;
mod sysctl;

use kernel::prelude::*;
use linux_ext::net::namespace::Registration;
use netns::Netns;

module! {
    type: RustIpvs,
    name: "rust_ipvs",
    authors: ["The rust_ipvs developers"],
    description: "IP Virtual Server",
    license: "GPL",
    // What the kernel asks modprobe for when somebody looks for the family.
    alias: ["net-pf-16-proto-16-family-IPVS"],
    params: {
        conn_tab_bits: u8 {
            default: 16,
            description: "Binary logarithm of the number of buckets of the connection table, 8 to 24",
        },
    },
}

/// The module.
#[pin_data]
struct RustIpvs {
    #[pin]
    netns: Registration<Netns>,
}

impl kernel::InPlaceModule for RustIpvs {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            netns <- Registration::new(module),
        })
    }
}
