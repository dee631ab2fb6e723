// SPDX-License-Identifier: GPL-2.0

//! The current task.
//!
//! C headers: [`include/linux/capability.h`](srctree/include/linux/capability.h),
//! [`include/linux/sched.h`](srctree/include/linux/sched.h)

use ipvs_bindings as helpers;
use kernel::{bindings, prelude::*};

/// Lets others run in a long loop.
///
/// # Context
///
/// May sleep.
pub fn cond_resched() {
    // SAFETY: No requirements but the context, which lockdep checks.
    unsafe { helpers::rust_ipvs_helper_cond_resched() };
}

/// Whether the current task administrates the network of the whole system (`CAP_NET_ADMIN` in the
/// first user namespace).
pub fn is_net_admin() -> bool {
    // SAFETY: No requirements but process context, and the number is a capability.
    unsafe { bindings::capable(bindings::CAP_NET_ADMIN as c_int) }
}
