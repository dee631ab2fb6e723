// SPDX-License-Identifier: GPL-2.0

//! Safe abstractions that `rust/kernel` does not have yet.
//!
//! All unsafe code of the module is in this crate; nothing in it knows what it is used for. Every
//! file is written as if it were `rust/kernel/<same path>`.

#![crate_name = "linux_ext"]
#![deny(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

pub mod cpumask;
pub mod memory;
pub mod module;
pub mod module_param;
pub mod net;
pub mod percpu;
pub mod proc;
pub mod random;
pub mod sync;
pub mod task;
pub mod time;
pub mod timer;
pub mod trace;
pub mod workqueue;

/// Prefix of the messages printed from this crate.
const __LOG_PREFIX: &[u8] = b"rust_ipvs\0";
