// SPDX-License-Identifier: GPL-2.0

//! What IPVS decides, without a kernel.
//!
//! This crate is asked and answers with a value. It reads no clock, allocates nothing, does no I/O,
//! has no `unsafe` and no path that panics. The kernel module performs the answers; the host tests,
//! fuzzes and shares the numbers of the control interface with the command line tool.
//!
//! From the bottom up:
//!
//! * [`byteorder`], [`addr`], [`hash`], [`csum`]: numbers.
//! * [`wire`]: fields of protocol headers; [`packet`]: one packet, parsed once; [`flow`]: its tuple;
//!   [`ip`]: what the versions of IP have each in its own way.
//! * [`conn`], [`proto`]: what a connection is, and how packets move its state.
//! * [`quote`]: ICMP errors and the packets inside of them.
//! * [`sched`]: which destination takes a new connection; [`persist`]: which connections go to one.
//! * [`forgotten`]: which connections are dropped in need.
//! * [`reason`]: why a packet goes no further.
//! * [`tunnel`]: what is put before a packet on its way to the server.
//! * [`setting`]: what can be set per namespace; [`policy`]: what a service may have of its own
//!   over that.
//! * [`estimate`]: rates from counters.
//! * [`uapi`], [`show`]: what user space sends and what it reads.

#![crate_name = "ipvs_core"]
#![cfg_attr(not(MODULE), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

#[cfg(test)]
extern crate std;

pub mod addr;
pub mod byteorder;
pub mod conn;
pub mod csum;
pub mod estimate;
pub mod flow;
pub mod forgotten;
pub mod hash;
pub mod ip;
pub mod packet;
pub mod persist;
pub mod policy;
pub mod proto;
pub mod quote;
pub mod reason;
pub mod reset;
pub mod sched;
pub mod setting;
pub mod show;
pub mod sizing;
pub mod sort;
pub mod tunnel;
pub mod uapi;
pub mod wire;
